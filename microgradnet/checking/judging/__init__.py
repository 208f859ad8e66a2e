"""Judge the claims of a run, step by step.

In reading order: judged_steps.py (the steps of a check, from top to bottom), runs.py (a claim, and
the values and gradients it is held against), claims.py (the moves, and the values that are named as
derivatives), judgement.py (which claims are right, up to a common factor), bounds.py (how far
rounding can move a gradient), recognising.py (gradients found by value, whatever their names),
update_rules.py (the rules of known optimizers), updates.py (moves by these rules; parameters that
never move, and updates that are lost), taken.py (the gradients that an optimizer takes, right or
not, and those that are cut to a limit), predicting.py (predictions compared with training).
"""

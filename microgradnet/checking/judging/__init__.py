"""Judge what a run claims, step by step.

In reading order: judged_steps.py (the steps of a check, from top to bottom), claims.py (the moves,
and the values that are named as derivatives), judgement.py (which claims are right, up to a common
factor), reference.py (exact gradients confirmed by differences), bounds.py (how far rounding can
move a gradient), recognising.py (gradients found by value, whatever their names), update_rules.py
(the rules of known optimizers), updates.py (moves by these rules; parameters that never move, and
updates that are lost), predicting.py (predictions compared with training).
"""

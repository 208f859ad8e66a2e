"""Derivations as code, run at many points: which factor is wrong, and why.

In reading order: numbers_only.py, watching.py (code run on Values), points.py, runs.py (what a
run computed), judging.py (right, wrong, or only following from what is wrong), factors.py,
mistakes.py (the mistake in words), smallest.py (the example), repair.py (a mistake in the forward
pass), examining.py (all of it, to a report); functions.py (mg.check), first_step.py, trainers.py
(mg.check_training).
"""

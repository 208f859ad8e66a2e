"""Derivations by hand, checked: which factor is wrong, and why.

Numbers at one point: comparing.py (compare). Code, run at many points: watching.py (it is run on
Values), points.py, runs.py (what a run computed), judging.py with rounding.py (right, wrong, or
only following from what is wrong), cases.py and mistakes.py (the mistake in words), smallest.py
(the example), repair.py (a mistake in the forward pass), examining.py (all of it, to a report);
functions.py (check), first_step.py and trainers.py (check_training). Both use names.py (how
derivatives are called) and report.py (what was found).
"""

from microgradnet.checking.comparing import compare
from microgradnet.checking.functions import check
from microgradnet.checking.report import Report, Row
from microgradnet.checking.trainers import check_training

__all__ = ["Report", "Row", "check", "check_training", "compare"]

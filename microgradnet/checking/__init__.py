"""Derivations by hand, checked: which factor is wrong, and why.

Numbers at one point: comparing.py (compare). Code, run at many points: binding.py (tracing runs
it on Values; what its names are bound to), points.py, runs.py (what a run computed), judging.py
with rounding.py (right, wrong, or only following from what is wrong), cases.py and mistakes.py
(the mistake in words), smallest.py (the example), repair.py (a mistake in the forward pass),
examining.py (all of it, to a report); functions.py and taking.py (check), first_step.py and
trainers.py (check_training). Both use names.py (how derivatives are called) and report.py (what
was found).

Arrays, in any dialect: tracing runs the code; samples.py (data like an example), guessing.py (a
loss, where none is computed), claims.py (what a name says), recognising.py (what an array is the
gradient of), by_value.py (all that is found), blaming.py (what is wrong: what is right put in its
place mends the rest), editing.py and edits.py (the mistake in words: the edit that mends it),
slips.py (those that stand in the text itself), array_report.py (check_backward, a row an array).
"""

from microgradnet.checking.array_report import check_backward
from microgradnet.checking.comparing import compare
from microgradnet.checking.report import Report
from microgradnet.checking.report import Row as Row
from microgradnet.checking.taking import check
from microgradnet.checking.trainers import check_training

__all__ = ["Report", "check", "check_backward", "check_training", "compare"]

"""Verdicts on derivations by hand, from a tape of the run: which line is wrong, what mends it.

A run is recorded (the room `tape`). What it moves are its parameters, and the number of which most
moves are gradients is its loss (parameters.py, losses.py). Each move, and each value that its name
or place calls a derivative, is a claim (claims.py, vocabulary.py), and is compared with the exact
gradient at other numbers (points.py, judging.py, proportions.py), within what rounding can do
(rounding.py, reference.py). Where one is wrong, the edits of the statements
behind it (sites.py, edits.py with edit_kinds.py, edit_calls.py, edit_places.py, edit_parts.py) are
looked at as plain numbers (screening.py), the few that may mend are tried on the tape, and the
smallest set that makes all claims right is to blame (mending.py), or what stands at the wrong place
(orders.py). What an optimizer adds is told by a table of rules (optimizers.py), what never moves
and what is lost by updates.py; recognising.py tells a gradient by its value, predicting.py
compares what is predicted with what was trained. What was computed by calling what derives, or by
differences, is no derivation and cannot be told (automatic.py).

check.py is the line of work from top to bottom; entry_points.py begins it, for files, functions and
classes. reporting.py makes the report: wording.py, describing.py, examples.py (the smallest
example), observations.py (what was seen of the run), sketching.py (its picture). backward.py judges
pairs of a forward and a backward pass: passes.py (the two calls), pairing.py (which gradient
belongs to what), blame.py and solving.py (the value that mends), other_shapes.py
(repeated indices, other sizes).
"""

from microgradnet.checking.backward import check_backward
from microgradnet.checking.comparing import compare
from microgradnet.checking.entry_points import check, check_training
from microgradnet.checking.report import Report
from microgradnet.checking.report import Row as Row

__all__ = ["Report", "check", "check_backward", "check_training", "compare"]

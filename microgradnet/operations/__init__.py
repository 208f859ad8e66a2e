"""The table of elementary functions: each stated once, its value and its derivatives.

In reading order: operation.py (what a row is), ops.py (the rows), weighted.py (weighted_sum),
functions.py (the function of a row), kinds.py (what that takes and gives, for type checkers),
ieee.py (an answer where Python raises), sampling.py (points to try a row at), own.py (mg.op: one of
your own), differences.py (derivatives by differences), operators.py (those of Python, for a
class), lines.py (a formula as a straight line of primitives), spelling.py (a formula as text),
lesson.py (as a person writes it). For all rooms: numbers.py (a number, or an error that names it),
calls.py (calls as other libraries have them), extras.py (the command that installs one), files.py
(a file written whole), streams.py (text as a stream can take it, and how wide), muting.py (what
a thread prints is not shown).
"""

from microgradnet.operations import ops
from microgradnet.operations.functions import exemplify
from microgradnet.operations.operation import FUNCTIONS, OPS, Op
from microgradnet.operations.own import op
from microgradnet.operations.weighted import weighted_sum

__all__ = ["FUNCTIONS", "OPS", "Op", "op", "ops", "weighted_sum"]

for _name, _function in FUNCTIONS.items():
    exemplify(_function, OPS[_name])

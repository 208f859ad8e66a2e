"""The table of elementary functions: each stated once, its value and its derivatives.

In reading order: operation.py (what a row is), kinds.py (what its function takes and gives, for
type checkers), ops.py (the rows), own.py (mg.op: one of your own),
differences.py (derivatives by differences), lines.py (a formula as a straight line of primitives),
spelling.py (a formula as text). For all rooms: numbers.py (a number, or an error that names it),
extras.py (the command that installs one), files.py (a file written whole), streams.py (text as a
stream can take it).
"""

from microgradnet.operations import ops
from microgradnet.operations.operation import FUNCTIONS, OPS, Op, exemplify
from microgradnet.operations.ops import weighted_sum
from microgradnet.operations.own import op

__all__ = ["FUNCTIONS", "OPS", "Op", "op", "ops", "weighted_sum"]

for _op in OPS.values():
    exemplify(_op)

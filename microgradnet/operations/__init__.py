"""The table of elementary functions: each stated once, its value and its derivatives.

In reading order: operation.py (what a row is), ops.py (the rows), own.py (mg.op: one of your own),
differences.py (derivatives by differences), lines.py (a formula as a straight line of primitives),
spelling.py (a formula as text). Beside them, for every room: files.py (a file written whole).
"""

from microgradnet.operations import ops
from microgradnet.operations.operation import FUNCTIONS, OPS, Op
from microgradnet.operations.own import op

__all__ = ["FUNCTIONS", "OPS", "Op", "op", "ops"]

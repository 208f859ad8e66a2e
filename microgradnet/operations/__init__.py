"""The table of elementary functions: each stated once, with its value and its derivatives.

In reading order: operation.py (a row of the table, its public function, their types), ops.py (the
rows, and weighted_sum), own.py (mg.op: a row of your own), differences.py (derivatives by
differences), lines.py (a formula as a straight line of primitives; Python's operators for a class,
and names for generated text).

For all rooms: arguments.py (checks of numbers; hints for calls in the style of other libraries),
files.py (a file written whole).
"""

from microgradnet.operations import ops
from microgradnet.operations.operation import FUNCTIONS, OPS, Op, exemplify
from microgradnet.operations.ops import weighted_sum
from microgradnet.operations.own import op

__all__ = ["FUNCTIONS", "OPS", "Op", "op", "ops", "weighted_sum"]

for _name, _function in FUNCTIONS.items():
    exemplify(_function, OPS[_name])

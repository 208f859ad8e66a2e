"""The table of elementary functions: each stated once, its value and its derivatives.

In reading order: operation.py (a row of the table), ops.py (the rows), weighted.py
(weighted_sum), functions.py (the public function of a row), kinds.py (its types), ieee.py (an
answer where Python raises), sampling.py (points to try a row at), own.py (mg.op: a row of your
own), differences.py (derivatives by differences), lines.py (a formula as a straight line of
primitives; Python's operators for a class, and names for generated text).

For all rooms: numbers.py (a number, or an error that names it), calls.py (calls as other libraries
have them), extras.py (the command that installs an optional package), files.py (a file written
whole), streams.py (text that a stream can encode, and its width).
"""

from microgradnet.operations import ops
from microgradnet.operations.functions import exemplify
from microgradnet.operations.operation import FUNCTIONS, OPS, Op
from microgradnet.operations.own import op
from microgradnet.operations.weighted import weighted_sum

__all__ = ["FUNCTIONS", "OPS", "Op", "op", "ops", "weighted_sum"]

for _name, _function in FUNCTIONS.items():
    exemplify(_function, OPS[_name])

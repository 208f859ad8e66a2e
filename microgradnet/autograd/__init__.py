"""A number that remembers how it was computed, and its gradient.

In reading order: value.py (Value), graph.py (what was recorded, in order), gradient.py (what
backward() does), checks.py (what it refuses), derivatives.py (grad), replaying.py (a graph run
again), methods.py (methods for added rows, NumPy, uses of a Value as a number), labels.py (labels
that know their neuron and role), modes.py (what a thread may do with Values meanwhile), unread.py
(an update that moves nothing), copying.py (copies, pickles).
"""

from microgradnet.autograd.checks import NonFiniteError
from microgradnet.autograd.derivatives import grad
from microgradnet.autograd.modes import BranchError
from microgradnet.autograd.value import Value

__all__ = ["BranchError", "NonFiniteError", "Value", "grad"]

"""A number that remembers how it was computed, and its gradient.

In reading order: value.py (Value), graph.py (the recorded nodes in order, and computed again),
gradient.py (what backward() and grad() do, and what they refuse), methods.py (methods for added
rows, NumPy, uses of a Value as a number), labels.py (labels that know their neuron and role),
modes.py (what a thread may do with Values meanwhile), lifetimes.py (copies, pickles, and results
that die unused).
"""

from microgradnet.autograd.gradient import NonFiniteError, grad
from microgradnet.autograd.modes import BranchError
from microgradnet.autograd.value import Value

__all__ = ["BranchError", "NonFiniteError", "Value", "grad"]

"""A number that remembers how it was computed, and its gradient.

In reading order: value.py (Value), graph.py (walks over what was recorded), gradient.py (grad, and
what backward() does), labels.py (labels that know their neuron and role), modes.py (what a thread
may do with Values meanwhile), copying.py (copies, pickles).
"""

from microgradnet.autograd.gradient import NonFiniteError, grad
from microgradnet.autograd.modes import BranchError
from microgradnet.autograd.value import Value

__all__ = ["BranchError", "NonFiniteError", "Value", "grad"]

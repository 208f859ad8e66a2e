"""The class Value, a number that remembers how it was computed, and its gradients.

In reading order: value.py (Value), graph.py (the recorded nodes in order, and computed again),
gradient.py (what backward() and grad() do, and what they refuse), methods.py (functions as methods,
NumPy, uses of a Value as a number), labels.py (labels that know their neuron and role),
modes.py (per-thread modes: recording, standing in for numbers), lifetimes.py (copies, pickles, and
a warning for results that are never used).
"""

from microgradnet.autograd.gradient import NonFiniteError, grad
from microgradnet.autograd.modes import BranchError
from microgradnet.autograd.value import Value

__all__ = ["BranchError", "NonFiniteError", "Value", "grad"]

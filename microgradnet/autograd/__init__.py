"""A number that remembers how it was computed, and its gradient.

In reading order: value.py (Value), graph.py (walks over what was recorded), gradient.py
(backward, grad), labels.py (labels that know their neuron and role), modes.py (what a thread may do
with Values meanwhile), unrolled.py (how a row records, written out), copying.py (copies, pickles).

Here `Value` is put together.
"""

from __future__ import annotations

from microgradnet.autograd import copying, gradient
from microgradnet.autograd.gradient import NonFiniteError, grad
from microgradnet.autograd.modes import BranchError
from microgradnet.autograd.value import Value

__all__ = ["BranchError", "NonFiniteError", "Value", "grad"]

Value.backward = gradient.backward  # type: ignore[method-assign, assignment]
Value.__copy__ = copying.copied  # type: ignore[attr-defined]
Value.__deepcopy__ = copying.deeply_copied  # type: ignore[attr-defined]
Value.__reduce__ = copying.reduced  # type: ignore[method-assign, assignment]

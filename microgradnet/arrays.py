"""NumPy's functions on Values: `np.maximum(v, 0.0)` records as `mg.maximum(v, 0.0)` does."""

from __future__ import annotations

from typing import Any

import numpy as np

from microgradnet.operation import OPS
from microgradnet.value import Value

_rows = {op.numpy: op for op in OPS.values()}


def _ufunc(self: Value, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """Record the row of that name; among arrays, let NumPy go through their elements."""
    op = _rows.get(ufunc.__name__)
    scalars = all(isinstance(x, (Value, int, float, np.number, np.bool_)) for x in inputs)
    if op is not None and scalars and op.arity == len(inputs) and not options:
        return Value.apply(op, inputs)
    return getattr(ufunc, method)(*map(_as_array, inputs), **options)


def _as_array(x: Any) -> Any:
    if type(x) is not Value:
        return x
    array = np.empty((), dtype=object)
    array[()] = x
    return array


Value.__array_ufunc__ = _ufunc  # type: ignore[attr-defined]

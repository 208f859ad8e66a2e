"""Where NumPy meets Values: its functions by name, and a Value among arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from microgradnet.operations.operation import OPS, Op

__all__ = ["as_array", "by_numpy", "of_numpy"]


def by_numpy() -> dict[str, Op]:
    """Return the rows of the table by what NumPy calls them.

    >>> by_numpy()["multiply"].name
    'mul'
    """
    return {op.numpy: op for op in OPS.values()}


def of_numpy(ufunc: np.ufunc, inputs: Sequence[object]) -> Op | None:
    """Return the row that a function of NumPy is on single numbers, or None.

    >>> of_numpy(np.exp, [1.0]).name, of_numpy(np.exp, [np.ones(2)])
    ('exp', None)
    """
    op = by_numpy().get(ufunc.__name__)
    if op is None or op.arity != len(inputs):
        return None
    numbers = (int, float, np.number, np.bool_)
    return op if all(isinstance(x, numbers) or is_value(x) for x in inputs) else None


def as_array(x: object) -> object:
    """Return a Value as an array without dimensions, and anything else as it is.

    >>> from microgradnet import Value
    >>> as_array(Value(2.0)).shape, as_array(3.0)
    ((), 3.0)
    """
    if not is_value(x):
        return x
    array = np.empty((), dtype=object)
    array[()] = x
    return array


def is_value(x: object) -> bool:
    """Whether something is a Value, told without importing it.

    >>> is_value(3.0)
    False
    """
    return hasattr(x, "operation") and hasattr(x, "inputs")

"""What Value answers to beyond its own methods: functions that were added, and names of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from microgradnet.operations.functions import add_learner
from microgradnet.operations.kinds import Operand
from microgradnet.operations.operation import FUNCTIONS, OPS, Op

__all__ = ["Instead", "LearnedMethods"]


class LearnedMethods:
    """Methods for functions of the table, by their names and NumPy's; those of Value go before.

    They are for rows that are added, such as those of `mg.op`. With a `__getattr__` in their place
    each look at a field of a Value took 30 ns more, and a step of training a fifth.

    >>> from microgradnet import Value, op
    >>> square = op("squared", lambda x: x * x, lambda x: 2 * x)
    >>> Value(3.0).squared().data
    9.0
    """

    __slots__ = ()

    apply: Callable[..., Operand]


def _learn(op: Op) -> None:
    def method(self: LearnedMethods, *others: Operand) -> Operand:
        return self.apply(OPS[op.name], (self, *others))

    for name in (op.name, op.numpy):
        setattr(LearnedMethods, name, method)


for _name in FUNCTIONS:
    _learn(OPS[_name])
add_learner(_learn)


class Instead:
    """A name that Value does not have; asking for it is an AttributeError that says what to write.

    >>> from microgradnet import Value
    >>> Value(2.0).item()
    Traceback (most recent call last):
    AttributeError: 'Value' object has no attribute 'item': take .data
    """

    def __init__(self, what: str) -> None:
        self.what = what

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, node: object, kind: type) -> NoReturn:
        says = f"{kind.__name__!r} object has no attribute {self.name!r}"
        raise AttributeError(f"{says}: {self.what}")

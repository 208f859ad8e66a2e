"""What Value answers to beyond its own methods: functions that were added, and names of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from microgradnet.autograd.modes import is_standing_in
from microgradnet.operations.functions import add_learner
from microgradnet.operations.kinds import Operand
from microgradnet.operations.operation import FUNCTIONS, OPS, Op

if TYPE_CHECKING:
    from microgradnet.autograd.value import Value

__all__ = ["Instead", "LearnedMethods", "NamesOfOthers", "in_place"]


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

    among_floats: whether a Value that stands in for a float returns itself.
    """

    def __init__(self, what: str, among_floats: bool = False) -> None:
        self.what, self.among_floats = what, among_floats

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, node: object, kind: type) -> Callable[[], object]:
        if self.among_floats and is_standing_in():
            return lambda: node
        says = f"{kind.__name__!r} object has no attribute {self.name!r}"
        raise AttributeError(f"{says}: {self.what}")


class NamesOfOthers:
    """Names that code written for micrograd, or for arrays, asks for and Value does not have.

    >>> from microgradnet import Value
    >>> Value(2.0).zero_grad()
    Traceback (most recent call last):
    AttributeError: 'Value' object has no attribute 'zero_grad': set its grad to 0.0
    """

    __slots__ = ()

    _backward = Instead("call backward() of the result, which goes through all nodes in order")
    topo = Instead("backward() goes through the nodes in order; mg.explain and mg.draw show them")
    item = Instead("take .data", among_floats=True)
    zero_grad = Instead("set its grad to 0.0")


def in_place(node: Value) -> Value:
    """Return what `+=` or `-=` made of a leaf: it warns if nothing uses it (see unread.py)."""
    from microgradnet.autograd.unread import until_read

    return until_read(node)

"""The operators of Python for a class that rows can be applied to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from microgradnet.operations.kinds import Operand
from microgradnet.operations.operation import OPS, Op

__all__ = ["with_operators"]

C = TypeVar("C", bound=type)
NAMES = {name: name for name in ("add", "sub", "mul", "pow", "neg", "abs")} | {"truediv": "div"}


def with_operators(kind: C) -> C:
    """Give a class the operators that it has not: each applies the row of its name.

    kind: has `apply(op, inputs)`, as `Value` has.

    >>> @with_operators
    ... class Spelled:
    ...     apply = staticmethod(lambda op, inputs: op.spelling)
    >>> 2.0 * Spelled(), -Spelled()
    ('*', '-')
    """
    for name, row in NAMES.items():
        for method, reflected in ((f"__{name}__", False), (f"__r{name}__", True)):
            if method not in vars(kind):
                setattr(kind, method, _operator(OPS[row], kind, reflected))
    return kind


def _operator(op: Op, kind: type, reflected: bool) -> Callable[..., Operand]:
    apply = kind.apply  # type: ignore[attr-defined]

    def method(self: Operand, *others: Operand) -> Operand:
        return apply(op, (*others, self) if reflected else (self, *others))

    return method

"""What `backward()` refuses: data set after its use, and numbers that are not finite, by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from numbers import Real
from typing import TYPE_CHECKING, TypeGuard

from microgradnet.autograd.graph import describe, numbers, operands

if TYPE_CHECKING:
    from microgradnet.autograd.value import Computed, Value

__all__ = [
    "NonFiniteError",
    "clock",
    "is_computed",
    "refuse_changed",
    "refuse_gradients",
    "refuse_labels",
    "refuse_non_finite",
]


class NonFiniteError(ArithmeticError):
    """A value or a gradient is inf or nan; `node` is the first such node.

    >>> from microgradnet import Value, log
    >>> log(Value(0.0, "x")).backward()
    Traceback (most recent call last):
    microgradnet.NonFiniteError: log('x' = 0.0) is -inf
    """

    __module__ = "microgradnet"

    def __init__(self, message: str, node: Value | None = None) -> None:
        super().__init__(message)
        self.node = node


class Clock:
    """What is counted of nodes: when a leaf was set last, in the order of all that is made."""

    last_change = -1


clock = Clock()


def is_computed(node: Value) -> TypeGuard[Computed]:
    """Whether a value was computed, so that it has an operation.

    >>> from microgradnet import Value
    >>> is_computed(Value(2.0)), is_computed(-Value(2.0))
    (False, True)
    """
    return node.operation is not None


def changed(inner: Sequence[Value]) -> list[Value]:
    """Return the leaves whose data was set after their use in these computed nodes."""
    if not inner or inner[0].order > clock.last_change:
        return []
    edges = ((x, node) for node in inner for x in operands(node))
    return list(dict.fromkeys(x for x, node in edges if x.order > node.order))


def refuse_changed(inner: Sequence[Value]) -> None:
    """Raise ValueError, naming the leaf, where its data was set after its use in a graph."""
    for leaf in changed(inner):
        raise ValueError(
            f"the data of {describe(leaf)} was set after its use in this graph; "
            "compute the result again from the new data"
        )


def refuse_labels(nodes: Iterable[Value]) -> None:
    """Raise TypeError, naming the node by its number, where a label was set to what is no str."""
    for node in nodes:
        if not isinstance(node.label, str):
            kind = type(node.label).__name__
            raise TypeError(f"a label is a str, not {kind}: set that of the Value {node._data!r}")


def refuse_gradients(leaves: Iterable[Value]) -> None:
    """Raise TypeError, naming the leaf, where a `grad` was set to what is no number."""
    for leaf in leaves:
        if leaf.grad is not None and not isinstance(leaf.grad, Real):
            kind = type(leaf.grad).__name__
            says = f"the grad of {describe(leaf)} is a number, not {kind}: set it to 0.0"
            raise TypeError(says) from None


def refuse_non_finite(nodes: Iterable[Value]) -> None:
    """Raise NonFiniteError, naming the first node whose number is inf or nan."""
    for node in nodes:
        if not isfinite(node._data):
            raise NonFiniteError(f"{_calculation(node)} is {node._data}", node)


def non_finite_gradient(nodes: Sequence[Value]) -> NonFiniteError:
    """Name the node nearest to the loss whose gradient is not finite."""
    node = next(node for node in reversed(nodes) if not isfinite(node.grad))
    users = [user for user in nodes if any(x is node for x in user.inputs)]
    used = " and ".join(f"{_calculation(user)} = {user._data!r}" for user in users[:3])
    says = f"the gradient of {describe(node)} is {node.grad}: it goes into {used}"
    return NonFiniteError(says, node)


def _calculation(node: Value) -> str:
    """The operation with its inputs and their numbers: log('x' = 0.0)."""
    if node.operation is None:
        return describe(node)
    labels = [x.label if not isinstance(x, float) else "" for x in node.inputs]
    pairs = zip(labels, numbers(node))
    inputs = [f"{label!r} = {x!r}" if label else repr(x) for label, x in pairs]
    name = node.operation.name
    return f"{f'{node.label!r} = {name}' if node.label else name}({', '.join(inputs)})"

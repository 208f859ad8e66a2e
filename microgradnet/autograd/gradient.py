"""The gradient: each node hands its own, times the local derivative, to its inputs."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any

from microgradnet.autograd.graph import changed, describe, numbers, operands, reachable
from microgradnet.operations.operation import OPS

if TYPE_CHECKING:
    from microgradnet.autograd.value import Computed, Value

__all__ = ["NonFiniteError", "grad", "refuse_changed", "refuse_non_finite"]


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


def sweep(inner: Sequence[Computed]) -> None:
    """From the last node to the first: x.grad += node.grad * d(node)/d(x) for each input x."""
    for node in reversed(inner):
        op, x, y, g = node.operation, node._x, node._y, node.grad
        if type(x) is tuple:
            slopes = op.slopes(y, node._data)
            for i in op.order:
                if type(x[i]) is not float:
                    x[i].grad += g * slopes[i]
        elif y is None:
            x.grad += g * op.partials[0](x._data, node._data)
        else:
            a = x if type(x) is float else x._data
            b = y if type(y) is float else y._data
            if type(x) is not float:
                x.grad += g * op.partials[0](a, b, node._data)
            if type(y) is not float:
                y.grad += g * op.partials[1](a, b, node._data)


def refuse_changed(inner: Sequence[Value]) -> None:
    """Raise ValueError, naming the leaf, where its data was set after its use in a graph."""
    for leaf in changed(inner):
        raise ValueError(
            f"the data of {describe(leaf)} was set after its use in this graph; "
            "compute the result again from the new data"
        )


def complete(
    root: Value, leaves: Sequence[Value], inner: Sequence[Computed], before: Sequence[float]
) -> None:
    """Add what leaves had before to what was handed to them, and refuse what is not finite."""
    total = 0.0
    for node in inner:
        total += node._data
    for leaf, g in zip(leaves, before):
        if g:
            leaf.grad += g
        total += leaf._data + leaf.grad
    if not isfinite(total):
        refuse_non_finite([*leaves, *inner])
        _hand_to_the_chosen(root, leaves, inner, before)
        if not all(isfinite(leaf.grad) for leaf in leaves):
            raise _non_finite_gradient([*leaves, *inner])


def _hand_to_the_chosen(
    root: Value, leaves: Sequence[Value], inner: Sequence[Computed], before: Sequence[float]
) -> None:
    """Give each node its gradient anew, but none to what a choice did not choose: see `grad`."""
    nodes = [*leaves, *inner]
    if any(isnan(leaf.grad) for leaf in leaves) and any(n.operation.chooses for n in inner):
        for node, found in zip(nodes, grad(root, nodes)):
            node.grad = found._data
        for leaf, g in zip(leaves, before):
            leaf.grad += g


def put_back(leaves: Sequence[Value], inner: Sequence[Computed], before: Sequence[float]) -> None:
    """Leave leaves as they were, and no gradient in between."""
    for leaf, g in zip(leaves, before):
        leaf.grad = g
    for node in inner:
        node.grad = 0.0


def refuse_non_finite(nodes: Iterable[Value]) -> None:
    """Raise NonFiniteError, naming the first node whose number is inf or nan."""
    for node in nodes:
        if not isfinite(node._data):
            raise NonFiniteError(f"{_calculation(node)} is {node._data}", node)


def _non_finite_gradient(nodes: Sequence[Value]) -> NonFiniteError:
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


def grad(y: Value, xs: Sequence[Value]) -> list[Value]:
    """Return dy/dx for each x as a Value that can be derived again; no node is changed.

    y: a Value; xs: the Values to derive by, leaves or not. The numbers are those of `backward`
    to the last bit; 0 where y does not depend on x.

    Raises TypeError where an x is not a Value, ValueError as `backward` does.

    >>> from microgradnet import Value
    >>> x = Value(2.0)
    >>> dy, = grad(x**3, [x])
    >>> d2y, = grad(dy, [x])
    >>> dy.data, d2y.data
    (12.0, 12.0)
    """
    if hasattr(xs, "operation"):
        raise TypeError("grad takes a list of Values to derive by: grad(y, [x])")
    xs = list(xs)
    for x in [y, *xs]:
        if not hasattr(x, "operation"):
            raise TypeError(f"grad is of a Value by Values, not {type(x).__name__}")
    leaves, inner = reachable(y)
    refuse_changed(inner)
    depends = set(xs)
    for node in inner:
        if not depends.isdisjoint(operands(node)):
            depends.add(node)
    gradients = _sweep_values(y, inner, depends)
    if any(isnan(g if isinstance(g, float) else g._data) for g in gradients.values()):
        gradients = _sweep_values(y, inner, depends, only_chosen=True)
    return _separate([gradients.get(x, 0.0) for x in xs], {*leaves, *inner}, y.apply)


def _sweep_values(
    y: Value, inner: Sequence[Computed], depends: set[Value], only_chosen: bool = False
) -> dict[Value, Any]:
    """As `sweep`, recorded, to what depends on an x.

    only_chosen: what a choice did not choose gets nothing, not 0 times what comes: 0 * inf is nan.
    """
    gradients: dict[Value, Any] = {y: 1.0}
    for node in reversed(inner):
        if node not in depends or node not in gradients:
            continue
        times = functools.partial(_chosen, node.operation.chooses) if only_chosen else _times
        inputs, slopes = node.inputs, _slopes(node)
        for i in node.operation.order:
            x = inputs[i]
            if not isinstance(x, float) and x in depends:
                term = times(gradients[node], slopes[i])
                if term is not None:
                    gradients[x] = gradients[x] + term if x in gradients else term
    return gradients


def _slopes(node: Computed) -> Sequence[Any]:
    op = node.operation
    try:
        return op.slopes(node.inputs, node)
    except TypeError as error:
        if not op.own:
            raise
        raise TypeError(
            f"a partial of {op.name!r} takes numbers only ({error}); "
            "written with + - * / ** and mg functions it can be derived again"
        ) from error


def _is(x: Any, number: float) -> bool:
    return isinstance(x, float) and x == number


def _times(g: Any, slope: Any) -> Any:
    if _is(g, 1.0):
        return slope
    return g if _is(slope, 1.0) else g * slope


def _chosen(chooses: bool, g: Any, slope: Any) -> Any:
    """The product; None for no slope, and where one side is a choice of 0, such a choice too.

    chooses: whether the slope is that of a choice.
    """
    if chooses and _is(slope, 0.0):
        return None
    for choice, other in ((slope, g), (g, slope)):
        may_be = chooses or choice is g
        if may_be and not isinstance(choice, float) and choice.operation is OPS["where"]:
            c, *ways = choice.inputs
            products = [x if _is(x, 0.0) else _times(other, x) for x in ways]
            return choice.apply(OPS["where"], (c, *products))
    return _times(g, slope)


def _separate(gradients: Sequence[Any], taken: set[Any], apply: Any) -> list[Value]:
    """Each gradient as a node of its own: d(x * y)/dx is not to be y itself."""
    results = []
    for g in gradients:
        # a constant is recorded as 1.0 * g too: it is no leaf that somebody could set
        value = apply(OPS["mul"], (1.0, g)) if type(g) is float or g in taken else g
        taken.add(value)
        results.append(value)
    return results

"""The gradient: each node hands its own, times the local derivative, to its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from microgradnet.autograd.graph import changed, reachable
from microgradnet.autograd.value import Value, describe, made_after
from microgradnet.operations.operation import OPS

__all__ = ["NonFiniteError", "grad", "refuse_changed", "refuse_non_finite"]


class NonFiniteError(ArithmeticError):
    """A value or a gradient is inf or nan; `node` is the first such node.

    >>> from microgradnet import Value, log
    >>> log(Value(0.0, "x")).backward()
    Traceback (most recent call last):
    microgradnet.NonFiniteError: log('x' = 0.0) is -inf
    """

    def __init__(self, message: str, node: Value | None = None) -> None:
        super().__init__(message)
        self.node = node


def backward(loss: Value) -> None:
    """Add d(loss)/d(leaf) to the `grad` of each leaf; set the `grad` of the nodes between.

    Nodes between start from 0 at each call, so two calls give exactly twice the gradient.

    Raises NonFiniteError, naming the first bad node, where a value or a gradient on the way is
    inf or nan, and ValueError, naming the leaf, where its data was set after its use. The
    gradients of the leaves are then as they were.

    >>> x = Value(3.0)
    >>> loss = x * x
    >>> loss.backward(); loss.backward()
    >>> x.grad
    12.0
    """
    before: dict[Value, float] = {}
    inner: list[Value] = []
    try:
        _start(loss, before, inner)
        loss.grad = 1.0
        _sweep(inner)
        total = 0.0
        for leaf, g in before.items():
            if g:
                leaf.grad += g
            total += leaf._data + leaf.grad
        for node in inner:
            total += node._data
        if not isfinite(total):
            _refuse_non_finite([*before, *inner])
    except BaseException:
        for leaf, g in before.items():
            leaf.grad = g
        for node in inner:
            node.grad = 0.0
        raise


# Marks a node that the walk has met, by identity, and is where its sum starts: -0.0 + g is g to
# the last bit, 0.0 + g is not where g is -0.0. A set of met nodes would take 1 us of 9.
_MET = float("-0.0")


def _start(loss: Value, before: dict[Value, float], inner: list[Value]) -> None:
    """Find the leaves, with their gradients before, and the computed nodes; start all gradients.

    Depth first: nodes made one after the other are met so too, and stand close in memory.
    """
    _meet(loss, before, inner)
    waiting: list[Value] = []
    node = inner[0] if inner else None
    while node is not None:
        x, y = node._x, node._y
        node = None
        # _meet(y) and _meet(x) written out: calls would take 0.9 us of 7
        if type(y) is Value and y.grad is not _MET:
            if y.operation is None:
                before[y] = y.grad
            else:
                inner.append(y)
                node = y
            y.grad = _MET
        if type(x) is Value and x.grad is not _MET:
            if x.operation is None:
                before[x] = x.grad
            else:
                inner.append(x)
                if node is not None:
                    waiting.append(node)
                node = x
            x.grad = _MET
        elif type(x) is tuple:
            n = len(inner)
            for z in x:
                _meet(z, before, inner)
            waiting += inner[n:]
        if node is None and waiting:
            node = waiting.pop()
    inner.sort(key=made_after)
    refuse_changed(inner)


def _meet(x: Value | float, before: dict[Value, float], inner: list[Value]) -> None:
    if type(x) is Value and x.grad is not _MET:
        if x.operation is None:
            before[x] = x.grad
        else:
            inner.append(x)
        x.grad = _MET


def refuse_changed(inner: Sequence[Value]) -> None:
    """Raise ValueError, naming the leaf, where its data was set after its use in a graph."""
    for leaf in changed(inner):
        raise ValueError(
            f"the data of {describe(leaf)} was set after its use in this graph; "
            "compute the result again from the new data"
        )


def _sweep(inner: Sequence[Any]) -> None:
    """From the last node to the first: x.grad += node.grad * d(node)/d(x) for each input x."""
    for node in reversed(inner):
        pull = node.operation.pull  # the same, written out for the row
        if pull is not None:
            pull(node)
            continue
        numbers = [x._data if type(x) is Value else x for x in node.inputs]
        for x, partial in zip(node.inputs, node.operation.partials):
            if type(x) is Value:
                x.grad += node.grad * partial(*numbers, node._data)


def refuse_non_finite(nodes: Sequence[Value]) -> None:
    """Raise NonFiniteError, naming the first node whose number is inf or nan."""
    for node in nodes:
        if not isfinite(node._data):
            raise NonFiniteError(f"{_calculation(node)} is {node._data}", node)


def _refuse_non_finite(nodes: Sequence[Value]) -> None:
    refuse_non_finite(nodes)
    for node in reversed(nodes):
        if not isfinite(node.grad):
            users = [user for user in nodes if any(x is node for x in user.inputs)]
            used = " and ".join(f"{_calculation(user)} = {user._data!r}" for user in users[:3])
            raise NonFiniteError(
                f"the gradient of {describe(node)} is {node.grad}: it goes into {used}", node
            )


def _calculation(node: Any) -> str:
    """The operation with its inputs and their numbers: log('x' = 0.0)."""
    if node.operation is None:
        return describe(node)
    inputs = [
        f"{x.label!r} = {x._data!r}"
        if type(x) is Value and x.label
        else f"{getattr(x, '_data', x)!r}"
        for x in node.inputs
    ]
    name = f"{node.label!r} = {node.operation.name}" if node.label else node.operation.name
    return f"{name}({', '.join(inputs)})"


def grad(y: Value, xs: Sequence[Value]) -> list[Value]:
    """Return dy/dx for each x as a Value that can be derived again; no node is changed.

    y: a Value; xs: the Values to derive by, leaves or not. The numbers are those of `backward`
    to the last bit; 0 where y does not depend on x.

    Raises TypeError where an x is not a Value, ValueError as `backward` does.

    >>> x = Value(2.0)
    >>> dy, = grad(x**3, [x])
    >>> d2y, = grad(dy, [x])
    >>> dy.data, d2y.data
    (12.0, 12.0)
    """
    if isinstance(xs, Value):
        raise TypeError("grad takes a list of Values to derive by: grad(y, [x])")
    xs = list(xs)
    for x in [y, *xs]:
        if type(x) is not Value:
            raise TypeError(f"grad is of a Value by Values, not {type(x).__name__}")
    leaves, inner = reachable(y)
    refuse_changed(inner)
    depends = set(xs)
    for node in inner:
        if any(type(x) is Value and x in depends for x in node.inputs):
            depends.add(node)
    gradients: dict[Value, Any] = {y: 1.0}
    for node in reversed(inner):
        if node in depends and node in gradients:
            _hand_down(node, depends, gradients)
    return _separate([gradients.get(x, 0.0) for x in xs], {*leaves, *inner})


def _separate(gradients: Sequence[Any], taken: set[Value]) -> list[Value]:
    """Each gradient as a node of its own: d(x * y)/dx is not to be y itself."""
    results = []
    for g in gradients:
        # a constant is recorded as 1.0 * g too: it is no leaf that somebody could set
        value = Value.apply(OPS["mul"], (1.0, g)) if type(g) is float or g in taken else g
        taken.add(value)
        results.append(value)
    return results


def _hand_down(node: Any, depends: set[Value], gradients: dict[Value, Any]) -> None:
    g = gradients[node]
    for x, partial in zip(node.inputs, node.operation.partials):
        if type(x) is Value and x in depends:
            term = _times(g, _partial(node, partial))
            gradients[x] = gradients[x] + term if x in gradients else term


def _partial(node: Any, partial: Any) -> Any:
    try:
        return partial(*node.inputs, node)
    except TypeError as error:
        if not node.operation.own:
            raise
        raise TypeError(
            f"a partial of {node.operation.name!r} takes numbers only ({error}); "
            "written with + - * / ** and mg functions it can be derived again"
        ) from error


def _times(g: Any, partial: Any) -> Any:
    if type(g) is float and g == 1.0:
        return partial
    return g if type(partial) is float and partial == 1.0 else g * partial

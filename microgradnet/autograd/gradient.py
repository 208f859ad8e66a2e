"""Compute gradients as numbers (`backward`) or as Values (`grad`), and refuse non-finite ones."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from math import isfinite, isnan
from numbers import Real
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from microgradnet.autograd.graph import describe, numbers, operands, reachable
from microgradnet.operations.operation import OPS

if TYPE_CHECKING:
    from microgradnet.autograd.value import Computed, Value

__all__ = ["NonFiniteError", "clock", "complete", "grad", "is_computed", "put_back"]
__all__ += ["refuse_changed", "refuse_gradients", "refuse_labels", "refuse_non_finite", "sweep"]

ADD, SUB, MUL = OPS["add"], OPS["sub"], OPS["mul"]
Gradient: TypeAlias = "Value | float"


# Gradients as numbers.


def sweep(inner: Sequence[Computed]) -> None:
    """Add node.grad * d(node)/d(x) to x.grad for each input x, from the last node to the first.

    The derivatives of sums and products are spelled out, the others are those of the table.
    """
    for node in reversed(inner):
        op, x, y, g = node.operation, node._x, node._y, node.grad
        if y is None:
            x.grad += g * op.partials[0](x._data, node._data)
        elif op.pairs:  # a weighted sum: its bias, and pairs of factors
            if type(x[-1]) is not float:
                x[-1].grad += g
            for i, other in op.pairs:
                if type(one := x[i]) is not float:
                    one.grad += g * y[other]
        elif op is ADD or op is SUB:
            if type(x) is not float:
                x.grad += g
            if type(y) is not float:
                y.grad += g if op is ADD else -g
        elif type(x) is not tuple:
            a = x if type(x) is float else x._data
            b = y if type(y) is float else y._data
            if type(x) is not float:
                x.grad += g * (b if op is MUL else op.partials[0](a, b, node._data))
            if type(y) is not float:
                y.grad += g * (a if op is MUL else op.partials[1](a, b, node._data))
        else:
            _hand_to_several(node)


def _hand_to_several(node: Computed) -> None:
    slopes = node.operation.slopes(node._y, node._data)
    for i in node.operation.order:
        if type(x := node._x[i]) is not float:
            x.grad += node.grad * slopes[i]


def complete(
    root: Value, leaves: Sequence[Value], inner: Sequence[Computed], before: Sequence[float]
) -> None:
    """Add the earlier gradients of the leaves to the new ones, and refuse non-finite numbers."""
    if any(before):
        for leaf, g in zip(leaves, before):
            if g:
                leaf.grad += g
    total = 0.0
    for node in inner:
        total += node._data
    for leaf in leaves:
        total += leaf._data + leaf.grad
    if not isfinite(total):
        refuse_non_finite([*leaves, *inner])
        _hand_to_the_chosen(root, leaves, inner, before)
        if not all(isfinite(leaf.grad) for leaf in leaves):
            raise _non_finite_gradient([*leaves, *inner])


def put_back(leaves: Sequence[Value], inner: Sequence[Computed], before: Sequence[float]) -> None:
    """Restore the gradients of the leaves, and set those of computed nodes to 0."""
    for leaf, g in zip(leaves, before):
        leaf.grad = g
    for node in inner:
        node.grad = 0.0


# Gradients as Values, which can be derived again.


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
) -> dict[Value, Gradient]:
    """Run `sweep` on Values, through the nodes that depend on an x, and record it.

    only_chosen: inputs that a choice did not choose get nothing, instead of 0 times the gradient,
    since 0 * inf is nan.
    """
    gradients: dict[Value, Gradient] = {y: 1.0}
    plus = _sum if only_chosen else operator.add
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
                    gradients[x] = plus(gradients[x], term) if x in gradients else term
    return gradients


def _slopes(node: Computed) -> Sequence[Gradient]:
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


def _is(x: Gradient, number: float) -> bool:
    return isinstance(x, float) and x == number


def _times(g: Gradient, slope: Gradient) -> Gradient:
    if _is(g, 1.0):
        return slope
    return g if _is(slope, 1.0) else g * slope


def _chosen(chooses: bool, g: Gradient, slope: Gradient) -> Gradient | None:
    """Return g * slope, None for no slope, or a choice where one factor is a choice.

    chooses: whether the slope is that of a choice.
    """
    if chooses and _is(slope, 0.0):
        return None
    for choice, other in ((slope, g), (g, slope)):
        if (chooses or choice is g) and _is_choice(choice):
            c, *ways = choice.inputs
            products = [x if _is(x, 0.0) else _times(other, x) for x in ways]
            return choice.apply(OPS["where"], (c, *products))
    return _times(g, slope)


def _is_choice(x: Gradient) -> TypeGuard[Computed]:
    return not isinstance(x, float) and x.operation is OPS["where"]


def _sum(g: Gradient, term: Gradient) -> Gradient:
    """Return the sum; two choices with the same condition become one choice of sums."""
    if _is_choice(g) and _is_choice(term) and g.inputs[0] is term.inputs[0]:
        c, *ways = g.inputs
        return g.apply(OPS["where"], (c, *map(operator.add, ways, term.inputs[1:])))
    return g + term


def _separate(
    gradients: Sequence[Gradient], taken: set[Value], apply: Callable[..., Value]
) -> list[Value]:
    """Return each gradient as a separate node: d(x * y)/dx must not be y itself."""
    results = []
    for g in gradients:
        # a constant is recorded as 1.0 * g too, since a leaf could be set by the user
        value = apply(OPS["mul"], (1.0, g)) if isinstance(g, float) or g in taken else g
        taken.add(value)
        results.append(value)
    return results


def _hand_to_the_chosen(
    root: Value, leaves: Sequence[Value], inner: Sequence[Computed], before: Sequence[float]
) -> None:
    """Compute all gradients again by `grad`, without those of inputs that were not chosen."""
    nodes = [*leaves, *inner]
    if any(isnan(leaf.grad) for leaf in leaves) and any(n.operation.chooses for n in inner):
        for node, found in zip(nodes, grad(root, nodes)):
            node.grad = found._data
        for leaf, g in zip(leaves, before):
            leaf.grad += g


# Checks: data set after its use, and numbers that are not finite, by name.


class NonFiniteError(ArithmeticError):
    """Raised if a value or a gradient is inf or nan; `node` is the first such node.

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
    """The order number at which the data of a leaf was last set."""

    last_change = -1


clock = Clock()


def is_computed(node: Value) -> TypeGuard[Computed]:
    """Return whether a Value was computed, so that it has an operation.

    >>> from microgradnet import Value
    >>> is_computed(Value(2.0)), is_computed(-Value(2.0))
    (False, True)
    """
    return node.operation is not None


def _changed(inner: Sequence[Value]) -> list[Value]:
    """Return the leaves whose data was set after their use in these computed nodes."""
    if not inner or inner[0].order > clock.last_change:
        return []
    edges = ((x, node) for node in inner for x in operands(node))
    return list(dict.fromkeys(x for x, node in edges if x.order > node.order))


def refuse_changed(inner: Sequence[Value]) -> None:
    """Raise ValueError, naming the leaf, where its data was set after its use in a graph."""
    for leaf in _changed(inner):
        raise ValueError(
            f"the data of {describe(leaf)} was set after its use in this graph; "
            "compute the result again from the new data"
        )


def refuse_labels(nodes: Iterable[Value]) -> None:
    """Raise TypeError, naming the node by its number, where a label is not a str."""
    for node in nodes:
        if not isinstance(node.label, str):
            kind = type(node.label).__name__
            raise TypeError(f"a label is a str, not {kind}: set that of the Value {node._data!r}")


def refuse_gradients(leaves: Iterable[Value]) -> None:
    """Raise TypeError, naming the leaf, where a `grad` is not a number."""
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


def _non_finite_gradient(nodes: Sequence[Value]) -> NonFiniteError:
    """Return the error that names the node nearest to the loss with a non-finite gradient."""
    node = next(node for node in reversed(nodes) if not isfinite(node.grad))
    users = [user for user in nodes if any(x is node for x in user.inputs)]
    used = " and ".join(f"{_calculation(user)} = {user._data!r}" for user in users[:3])
    says = f"the gradient of {describe(node)} is {node.grad}: it goes into {used}"
    return NonFiniteError(says, node)


def _calculation(node: Value) -> str:
    """Return the operation as text, with its inputs and their numbers: log('x' = 0.0)."""
    if node.operation is None:
        return describe(node)
    labels = [x.label if not isinstance(x, float) else "" for x in node.inputs]
    pairs = zip(labels, numbers(node))
    inputs = [f"{label!r} = {x!r}" if label else repr(x) for label, x in pairs]
    name = node.operation.name
    return f"{f'{node.label!r} = {name}' if node.label else name}({', '.join(inputs)})"

"""Derivatives of something else than the loss: of one array by another, entry by entry."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from microgradnet.autograd.derivatives import grad
from microgradnet.autograd.graph import operands
from microgradnet.autograd.value import Value, made_after
from microgradnet.checking.claims import bare, plainest
from microgradnet.checking.names import parts
from microgradnet.checking.recognising import Point, equal, versions
from microgradnet.checking.rounding import SAME
from microgradnet.tracing.events import Event

__all__ = ["is_slope", "local_gradient"]


def local_gradient(point: Point, event: Event) -> np.ndarray | None:
    """Return the derivative that an array is called, d_A_d_B; None where it is no array.

    Of a number by an array it is the gradient; of arrays of one shape, entry by entry, that of
    each entry; of a product by a factor the other factor, as it is written by hand.
    """
    for a, b in parts(bare(event.name)):
        several, others = (versions(point, plainest(part)) for part in (a, b))
        if several and others:
            of, by = point.forward[several[-1]].nodes, point.forward[others[-1]].nodes
            options = [m for m in _jacobians(of, by) if m.shape in (event.shape, event.shape[::-1])]
            options = [m if m.shape == event.shape else m.T for m in options]
            right = [m for m in options if equal(event.numbers, m)]
            return next(iter([*right, *options[:1]]), None)
    return None


def _jacobians(of: np.ndarray, by: np.ndarray) -> Iterator[np.ndarray]:
    """What may be written for the derivative of one array by another."""

    def gradient(x: object, wanted: np.ndarray) -> np.ndarray:
        found = grad(x, list(wanted.flat)) if isinstance(x, Value) else []
        return np.array([g.data for g in found] or [0.0] * wanted.size).reshape(wanted.shape)

    if of.size == 1:
        yield gradient(of.item(), by)
    elif of.shape == by.shape and not gradient(of.flat[0], by.ravel())[1:].any():
        yield np.array([gradient(x, np.array([b]))[0] for x, b in zip(of.flat, by.flat)]).reshape(
            of.shape
        )
    elif of.ndim == by.ndim == 2:
        yield np.array([gradient(x, by[:, 0]) for x in of[:, 0]])
        yield np.array([gradient(x, by[0]) for x in of[0]])


def is_slope(event: Event, point: Point) -> bool:
    """Whether what a function returns is the derivative, entry by entry, of a forward array.

    So a helper returns it, `deriv_sigmoid(z)`, and is right, whatever it is used for.
    """
    if not isinstance(event.statement.node, ast.Return) or not event.value.size:
        return False
    if event not in point.slopes:
        point.slopes[event] = _is_slope(event, point)
    return point.slopes[event]


def _is_slope(event: Event, point: Point) -> bool:
    first = event.numbers.flat[0]
    alike = {f.nodes.flat[0]: f.nodes for f in point.forward if f.nodes.shape == event.shape}
    for of, nodes in alike.items():
        for by, slope in _derivatives_near(of).items():
            if by is not of and by in alike and abs(slope - first) <= SAME * abs(first):
                return any(equal(event.numbers, m) for m in _jacobians(nodes, alike[by]))
    return False


CLOSE = 200  # nodes from an entry back: more than any activation, and not the whole graph


def _derivatives_near(of: Value) -> dict[Value, float]:
    """The derivatives of a number by those that it was computed from last."""
    near, found = {of: None}, {of: 1.0}
    to_meet = [of]
    for node in to_meet:  # which grows on the way
        new = {x: None for x in operands(node) if x not in near and len(near) < CLOSE}
        near.update(new)
        to_meet += new
    for node in sorted((x for x in near if x.inputs), key=made_after, reverse=True):
        numbers = [x.data if isinstance(x, Value) else x for x in node.inputs]
        slopes = node.operation.slopes(numbers, node.data) if node.operation else ()
        for x, slope in zip(node.inputs, slopes):
            if isinstance(x, Value) and node in found:
                found[x] = found.get(x, 0.0) + found[node] * float(slope)
    return found

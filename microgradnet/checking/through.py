"""The gradient by an array as far as it comes through one other: of a layer, of one step on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

import numpy as np

from microgradnet.autograd.derivatives import grad
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.found import Found
from microgradnet.checking.recognising import Match, Point, equal, matched
from microgradnet.tracing.events import same_nodes

__all__ = ["gradient_through", "match_through"]


def gradient_through(point: Point, k: int, through: int) -> np.ndarray:
    """Return what the loss changes by a forward array through another, with all else as it is."""
    of, by = point.forward[through], point.forward[k].nodes
    weighed = [x * float(g) for x, g in zip(of.nodes.flat, of.gradient.flat) if g]
    slopes = grad(sum(weighed[1:], weighed[0]), list(by.flat)) if weighed else []
    return np.array([g.data for g in slopes] or [0.0] * by.size).reshape(by.shape)


def match_through(
    one: Found, points: Sequence[Point], right: Iterable[int], constant: float
) -> Match | None:
    """Return what something is the gradient by, through one of the arrays by which others are.

    right: those others; constant: what all are times a gradient. What is called the gradient by an
    array is to be that by what a function took, through what it returned: else a way is forgotten.
    """
    written = [one.written(point) for point in points]
    forward = points[0].forward
    named = [k for k, f in enumerate(forward) if f.name and f.nodes.shape == one.event.shape]
    for through in right:
        below = {x for several in reachable(*_nodes(forward[through].nodes)) for x in several}
        below -= {*forward[through].nodes.flat}
        for k in one.by or named:
            own = _nodes(forward[k].nodes)
            if len(own) < forward[k].nodes.size or below.isdisjoint(own):
                continue
            if one.by and not _is_of_function(one, points[0], k, through):
                continue
            if not equal(written[0], constant * gradient_through(points[0], k, through)):
                continue
            found = matched(written, [gradient_through(point, k, through) for point in points])
            if found is not None and not found[1]:
                return Match(k, found[0], through=through)
    return None


def _is_of_function(one: Found, point: Point, k: int, through: int) -> bool:
    """Whether a function that does not derive took the one array, and returned the other."""
    trace, forward = point.trace, point.forward
    given = (step for step, _, x in trace.looped if same_nodes(x, forward[k].nodes))
    took = {trace.reads[step].function for step in given if step < len(trace.reads)}
    took -= {one.event.statement.function}
    made = [e for e in trace.own if same_nodes(e.value, forward[through].nodes)]
    ends = {(s.function, text) for s in trace.reads for text in _returned(s.node)}
    return any(
        e.statement.function in took
        and (e.name.startswith("return ") or (e.statement.function, e.name) in ends)
        for e in made
    )


def _returned(node: ast.stmt) -> list[str]:
    value = node.value if isinstance(node, ast.Return) else None
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    return [ast.unparse(part) for part in parts if part is not None]


def _nodes(array: np.ndarray) -> list[Value]:
    return [x for x in array.flat if isinstance(x, Value)]

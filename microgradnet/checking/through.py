"""The gradient by an array as far as it comes through one other: of a layer, of one step on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

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
    return next(_gradients_through(point, [k], through))


def _gradients_through(point: Point, several: Sequence[int], through: int) -> Iterator[np.ndarray]:
    """The same by several arrays, in one sweep."""
    of, by = point.forward[through], [point.forward[k].nodes for k in several]
    weighed = [x * float(g) for x, g in zip(of.nodes.flat, of.gradient.flat) if g]
    nodes = dict.fromkeys(x for array in by for x in array.flat)
    slopes = grad(sum(weighed[1:], weighed[0]), [*nodes]) if weighed and nodes else []
    found = {x: g.data for x, g in zip(nodes, slopes)}
    for array in by:
        yield np.array([found.get(x, 0.0) for x in array.flat]).reshape(array.shape)


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
        several = [k for k in one.by or named if _is_below(forward[k].nodes, below)]
        if one.by:
            several = [k for k in several if _is_of_function(one, points[0], k, through)]
        for k, right_there in zip(several, _gradients_through(points[0], several, through)):
            if not equal(written[0], constant * right_there):
                continue
            found = matched(written, [gradient_through(point, k, through) for point in points])
            if found is not None and not found[1]:
                return Match(k, found[0], through=through)
    return None


def _is_below(array: np.ndarray, below: set[Value]) -> bool:
    """Whether an array is all of nodes, and some of them are among those."""
    own = _nodes(array)
    return len(own) == array.size and not below.isdisjoint(own)


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

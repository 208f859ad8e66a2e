"""Which derivatives are the ends, those by the parameters, where the verdict rests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.found import Found, ids_of, later
from microgradnet.checking.recognising import Match, Point, matched, recognised, without_penalty
from microgradnet.tracing.events import same_nodes

__all__ = ["call_ends", "hold_apart", "leave_parts"]


def leave_parts(found: Sequence[Found], points: Sequence[Point]) -> None:
    """Of several by one parameter, that which others are computed from is only a part.

    So is what a local name held before, and what the rounds of a loop give of a sum.
    """
    _leave_rounds(found, points)
    point = points[0]
    last: dict[Value, set[Value]] = {}  # by the first entry of a parameter, whatever its name
    sums: dict[Value, set[Value]] = {}  # whose name does not say what it is by
    for one in reversed([one for one in found if not one.update]):
        nodes = one.event.nodes
        if not one.ends:
            of_number = one.event.goes_on and one.event.value.size == 1 and not one.says
            match = recognised(one.event.index, points) if of_number else one.match
            if match and point.forward[match.index].leaf:
                by = point.forward[match.index].nodes.flat[0]
                sums.setdefault(by, set()).update(reachable(*nodes)[1])
            continue
        by = point.forward[one.by[0]].nodes.flat[0]
        again = one.event.name.isidentifier() and any(later(one.event, point))
        itself = one.match is not None and one.match.index in one.by
        of_sum = not itself and not sums.get(by, set()).isdisjoint(nodes)
        is_part = of_sum or not last.get(by, set()).isdisjoint(nodes)
        if is_part and one.says:
            one.says = replace(one.says, of_loss=False)  # of another loss, without a penalty
        one.ends = not (is_part or again)
        if one.ends:
            leaves, inner = reachable(*nodes)
            last.setdefault(by, set()).update(leaves, inner)


def _leave_rounds(found: Sequence[Found], points: Sequence[Point]) -> None:
    """Where the rounds of a loop together are right, and each overwrites the one before, what is
    wrong is what the last is kept as: `sum_b = nabla_b`.
    """
    rounds: dict[tuple[str, int], list[Found]] = {}
    for one in found:
        if one.ends and not one.update:
            rounds.setdefault((one.name, one.event.statement.number), []).append(one)
    for *parts, last in rounds.values():
        gradients = [point.forward[last.by[0]].gradient for point in points]
        shapes = {one.event.shape for one in [*parts, last]} | {x.shape for x in gradients}
        if not parts or len(shapes) > 1 or len(points) < 2:
            continue
        sums = [np.sum([one.written(p) for one in [*parts, last]], axis=0) for p in points]
        if matched(sums, gradients):
            for one in parts:
                one.ends = False
            several = [e for i, e in points[0].events.items() if all(i in p.events for p in points)]
            last.event = [e for e in several if same_nodes(e.value, last.event.value)][-1]


def hold_apart(found: Sequence[Found], points: Sequence[Point]) -> None:
    """Hold a gradient, to which only the update of its parameter adds the penalty's, against that
    of the loss without the penalty: it joins what is forward.
    """
    for one in found:
        k = one.by[0] if one.by else -1
        if one.update or one.match or not one.ends or not _is_completed(one, found, points):
            continue
        parts = [without_penalty(point, k) for point in points]
        match = matched([one.written(point) for point in points], [f.gradient for f in parts])
        if match is not None:
            one.by = [len(points[0].forward)]
            one.match = Match(one.by[0], *match)
            for point, part in zip(points, parts):
                point.forward.append(part)


def _is_completed(one: Found, found: Sequence[Found], points: Sequence[Point]) -> bool:
    """Whether the update that is computed from a gradient is more than a multiple of it."""
    own, forward = set(one.event.nodes), points[0].forward
    written = [one.written(point) for point in points]
    return any(
        update.update
        and same_nodes(forward[update.by[0]].nodes, forward[one.by[0]].nodes)
        and not own.isdisjoint(reachable(*update.event.nodes)[1])
        and not matched([update.written(point) for point in points], written)
        for update in found
    )


def call_ends(found: Sequence[Found], point: Point) -> None:
    """What a function gives away as the gradient by a parameter is held to be one where it is made.

    So `db` is of a function that is called for each layer, and knows no `b2`.
    """
    ends: dict[tuple[int, ...], Found] = {}
    for one in reversed(found):
        other = None if one.update else ends.get(ids_of(one.event))
        if other and _may_be(one, point) and _other_function(one, other):
            one.by, one.match, one.ends = other.by, other.match, True
        elif one.ends and not one.update:
            ends[ids_of(one.event)] = one


def _may_be(one: Found, point: Point) -> bool:
    """Whether a name says that something is a derivative, and of nothing that is computed."""
    leaves = all(point.forward[k].leaf for k in one.by)
    return one.says is not None and leaves and "delta" not in one.name


def _other_function(one: Found, other: Found) -> bool:
    return one.event.statement.function != other.event.statement.function

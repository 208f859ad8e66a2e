"""Comparisons of the forward pass are to go both ways: else a slope is seen on one side only."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.array_runs import FURTHER
from microgradnet.checking.recognising import Point, group_of
from microgradnet.tracing.events import Event
from microgradnet.tracing.rewriting import Statement

__all__ = ["Choice", "both_sides"]

SMALL, LARGE = 0.01, 10.0  # with 1e-7, 1 - 1e-7 or 500 numbers are compared against log(0), inf
CHOOSING = ("abs", "leaky_relu", "maximum", "minimum", "relu", "where")
Key = tuple[object, ...]


@dataclass(eq=False)
class Choice:
    """A comparison of an array, or a function with a kink: where it stands, which ways it went.

    forward: whether it is one of the forward pass, and no guard: data may be drawn for it;
    spoils: whether a derivative, or an array of the forward pass, is made by it; nodes: what it
    compares, at all points; ways: which it went where L depends on it; gone: or where not,
    as where a unit above is off.
    """

    statement: Statement
    forward: bool
    spoils: bool
    nodes: set[Value]
    ways: set[bool] = field(default_factory=set)
    gone: set[bool] = field(default_factory=set)

    @property
    def inputs(self) -> set[Value]:
        """What it compares, and all that this is computed from."""
        leaves, inner = reachable(*self.nodes)
        return {*leaves, *inner}

    @property
    def open(self) -> bool:
        """Whether it has gone one way only, and can go both."""
        return self.forward and len(self.ways) == 1


@dataclass
class Sides:
    """Further points, at which comparisons go the other way, and what has gone one way at all.

    uneven: whether there is one that goes one way only at the first point.
    """

    more: list[Point]
    unseen: list[Choice]
    uneven: bool


def both_sides(points: Sequence[Point], at: Callable[[int], Point | None]) -> Sides:
    """Return points at which comparisons go the other way, as far as there are some.

    at: the point of a seed. What is no comparison of the forward pass is to go as it did: so a
    gradient is not clipped where it was not.
    """
    known = _choices(points[0])
    uneven = any(choice.open for choice in known.values())
    for other in points[1:]:
        _add(known, _choices(other))
    found: list[Point] = []
    for seed in FURTHER:
        if not any(choice.open for choice in known.values()):
            break
        point = at(seed)
        here = _choices(point) if point is not None else {}
        strange = any(
            not choice.forward and key in known and not choice.ways <= known[key].ways
            for key, choice in here.items()
        )
        helps = any(
            choice.open and key in here and not here[key].ways <= choice.ways
            for key, choice in known.items()
        )
        if point is not None and helps and not strange:
            found.append(point)
            _add(known, here)
    unseen = [c for c in known.values() if c.open and c.spoils and len(c.gone) == 1]
    return Sides(found, unseen, uneven)


def _add(known: dict[Key, Choice], more: Mapping[Key, Choice]) -> None:
    for key, choice in more.items():
        known.setdefault(key, choice).ways.update(choice.ways)
        known[key].gone |= choice.gone
        known[key].nodes |= choice.nodes


def _choices(point: Point) -> dict[Key, Choice]:
    found: dict[Key, Choice] = {}
    on_way = {*reachable(point.loss)[1]}
    ahead = [e for e in point.trace.own if not on_way.isdisjoint(e.value.flat)]
    for key, choice, way, counts in (*_kinks(point, ahead, on_way), *_comparisons(point, ahead)):
        found.setdefault(key, choice).nodes.update(choice.nodes)
        found[key].gone.add(way)
        found[key].ways |= {way} if counts else set()
    return found


Look = tuple[Key, Choice, bool, bool]


def _kinks(point: Point, ahead: Sequence[Event], on_way: Container[Value]) -> Iterator[Look]:
    """The functions with a kink on the way to the loss, by the array that they are computed for."""
    point.loss.backward()
    events: dict[Value, Event] = {}
    for event, nodes in _made_for(ahead):
        events |= {node: event for node in nodes if _kink(node) is not None}
    for array in point.trace.made:  # np.where(z > 0, z, f(np.minimum(z, 0))): half of it is lost
        known = [events[x] for x in array.flat if x in events]
        if known:
            events |= {x: known[0] for x in array.flat if x not in events and _kink(x) is not None}
    places = {event: (event.statement.key, group_of(event)[1]) for event in {*events.values()}}
    for node, event in events.items():
        fixed = [x for x in node.inputs if not isinstance(x, Value)]
        inputs = {x for x in node.inputs if isinstance(x, Value)}
        choice = Choice(event.statement, not any(map(_is_guard, fixed)), True, inputs)
        key = (node.op, *places[event], *fixed)
        yield key, choice, (_kink(node) or 0.0) > 0.0, node in on_way and node.grad != 0.0


def _kink(node: object) -> float | None:
    """How far a node is from its kink, on which side; None for one that has none."""
    op = node.operation if isinstance(node, Value) else None
    if op is None or op.kink is None or op.name not in CHOOSING or not isinstance(node, Value):
        return None
    return float(op.kink(*(x.data if isinstance(x, Value) else x for x in node.inputs)))


def _made_for(ahead: Sequence[Event]) -> Iterator[tuple[Event, list[Value]]]:
    """The arrays of the forward pass that have names, with the nodes first computed for each."""
    seen: set[Value] = set()
    named = [event for event in ahead if _is_named(event)]
    last = {tuple(map(id, event.value.flat)): event for event in named}
    for event in named:
        made, stack = [], event.nodes
        while stack:
            if (node := stack.pop()) not in seen:
                seen.add(node)
                made.append(node)
                stack += [x for x in node.inputs if isinstance(x, Value)]
        yield last[tuple(map(id, event.value.flat))], made


def _is_named(event: Event) -> bool:
    return not event.name.startswith("return ")


def _comparisons(point: Point, ahead: Sequence[Event]) -> Iterator[Look]:
    """What was compared by < and >, by the statement that did and the array that it is of."""
    trace = point.trace
    names, used = _names(point, ahead), [*ahead, *point.events.values()]
    before = [e.end for e in trace.events[trace.steps.left.start : trace.steps.left.stop]]
    start = max(before, default=0)  # what was compared in a step that is left behind is over
    derived = {point.loss, *(x for event in point.events.values() for x in event.value.flat)}
    known: dict[int, tuple[Key, bool]] = {}
    for i, (x, other) in enumerate(trace.compared.sides):
        at = bisect.bisect_right(trace.looks, i) - 1
        if at < start or not isinstance(other, (Value, int, float)):
            continue
        statement = trace.reads[at]
        if at not in known:
            known[at] = statement.key, _is_used(statement, at, used)
        key, spoils = known[at]
        both = [v for v in (x, other) if isinstance(v, Value)]
        nodes = _of_names(both, names, at, derived)
        number = None if isinstance(other, Value) else float(other)
        forward = bool(nodes) and (number is None or not _is_guard(number))
        of = tuple(sorted({names[node][0] for node in nodes}))
        more = x.data > (other.data if isinstance(other, Value) else other)
        yield ("<", key, of, number), Choice(statement, forward, spoils, nodes), more, True


Names = Mapping[Value, tuple[str, int]]


def _names(point: Point, ahead: Sequence[Event]) -> Names:
    """The first name of each node of the forward pass, and when it has got that.

    So too of what L would depend on, had a comparison of it gone the other way.
    """
    groups = {group_of(event) for event in ahead}
    events = [e for e in point.trace.own if _is_named(e) and group_of(e) in groups]
    found = {x: (group_of(e)[1], e.end) for e in reversed(events) for x in e.value.flat}
    return found | {x: (f.name, 0) for f in point.forward if f.leaf for x in f.nodes.flat}


def _of_names(
    nodes: Sequence[Value], names: Names, at: int, derived: Container[Value]
) -> set[Value]:
    """The nodes with names of the forward pass, before a statement, that some are computed from.

    None where a derivative, or the loss, comes before.
    """
    found: set[Value] = set()
    seen, stack = set(nodes), [*nodes]
    while stack:
        node = stack.pop()
        if node in names and names[node][1] <= at:
            found.add(node)
            continue
        if node in derived:
            return set()
        inputs = {x for x in node.inputs if isinstance(x, Value)} - seen
        seen |= inputs
        stack += inputs
    return found


def _is_used(statement: Statement, at: int, used: Sequence[Event]) -> bool:
    """Whether what a statement compares makes something: by itself, or by a mask.

    used: the arrays of the forward pass, and derivatives.
    """
    if any(event.step <= at < event.end for event in used):
        return True
    names = {event.name.partition("[")[0] for event in used}
    return not statement.writes.isdisjoint(names.union(*(e.statement.reads for e in used)))


def _is_guard(number: float) -> bool:
    size = abs(number)
    return 0.0 < size <= SMALL or 0.0 < abs(size - 1.0) <= SMALL or size >= LARGE

"""What a run writes with something put in the place of what it wrote, told by its graph alone."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Computed, Value, made_after
from microgradnet.tracing.events import Event, numbers_of
from microgradnet.tracing.noted import Trace
from microgradnet.tracing.rewriting import Statement
from microgradnet.tracing.stepping import array_of

__all__ = ["Graph", "Written"]

Written = tuple[list[Event], Mapping[Value, tuple[Value, Statement]]]  # and what was clipped


class Graph:
    """All that a run computed, in the order it was made."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        compared = trace.compared
        pairs = [*compared.sides, *((x, n) for x, several in compared.items() for n in several)]
        self.pairs = list(dict.fromkeys(pairs))
        nodes = [x for event in trace.events for x in event.nodes]
        nodes += [x for pair in pairs for x in pair if isinstance(x, Value)]
        self.nodes: list[Computed] = sorted(reachable(*nodes)[1], key=made_after)
        self.first: dict[Value, int] = {}  # of each node the event that wrote it first
        for event in trace.events:
            for x in event.nodes if not event.name.startswith("return ") else ():
                self.first.setdefault(x, event.index)

    def written(self, put: Mapping[int, np.ndarray]) -> Written | None:
        """Return the events with some put there, by their index, as running the code again does.

        A twentieth of the time of that. None where it takes that: numbers of another shape, or what
        has an older name too, by which it goes on as it was; or where a comparison goes the other
        way now.
        """
        events = self.trace.events
        if not all(index < len(events) and self._has(events[index], put[index]) for index in put):
            return None
        now: dict[Value, Value] = {}
        first = events[min(put)].made if put else 0
        made = iter(self.nodes[bisect(self.nodes, first, key=made_after) :])
        node = next(made, None)
        found: list[Event] = []
        for event in events:
            while node is not None and made_after(node) < event.made:
                _compute(node, now)
                node = next(made, None)
            found.append(_with(event, now, put.get(event.index)))
        while node is not None:
            _compute(node, now)
            node = next(made, None)
        if not self._goes_on_alike(now):
            return None
        clipped = {now.get(a, a): (now.get(x, x), by) for a, (x, by) in self.trace.clipped.items()}
        return found, clipped

    def _goes_on_alike(self, now: Mapping[Value, Value]) -> bool:
        """Whether all comparisons of the run go as they went."""
        changed = (pair for pair in self.pairs if not now.keys().isdisjoint(pair))
        return all(_side(pair) == _side([_now(x, now) for x in pair]) for pair in changed)

    def _has(self, event: Event, right: np.ndarray) -> bool:
        """Whether an event wrote nodes of that shape, none of which has an older name."""
        own = (self.first.get(x, event.index) >= event.index for x in event.value.flat)
        return event.value.size > 0 and event.shape == right.shape and all(own)


def _now(x: Any, now: Mapping[Value, Value]) -> Any:
    return now.get(x, x) if isinstance(x, Value) else x


def _side(pair: Iterable[Any]) -> int:
    """On which side of the second the first of two numbers is, 0 where they are equal."""
    one, other = (x.data if isinstance(x, Value) else x for x in pair)
    return (one > other) - (one < other)


def _compute(node: Computed, now: dict[Value, Value]) -> None:
    """Compute a node anew, if something that it is computed from is another one now."""
    if not now.keys().isdisjoint(node.inputs):
        now[node] = Value.apply(node.operation, [_now(x, now) for x in node.inputs])


def _with(event: Event, now: dict[Value, Value], right: np.ndarray | None) -> Event:
    """An event as it is now, and with something put there, which goes on from here."""
    nodes = [*event.value.flat]
    value = [_now(x, now) for x in nodes]
    if right is None:
        if all(x is y for x, y in zip(nodes, value)):
            return event
        return replace(event, value=array_of(value, event.shape))
    written = numbers_of(array_of(value, event.shape))
    there = [Value(float(x)) * 1.0 for x in right.flat]  # no leaf: none is a parameter
    now.update(zip(nodes, there))
    return replace(event, value=array_of(there, event.shape), written=written)

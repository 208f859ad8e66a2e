"""A graph with some of its nodes for others: a loss before the step, gradients not clipped."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.tracing.events import Event
from microgradnet.tracing.noted import Trace
from microgradnet.tracing.rewriting import Statement

__all__ = ["clips_of_gradients", "instead", "not_clipped"]


def instead(nodes: Sequence[Value], others: Mapping[Value, Value]) -> list[Value]:
    """Return nodes as they are with others in the place of some that they are computed from.

    What there is already, of the same operation and inputs, is not made again.

    >>> w, x, moved = Value(2.0), Value(3.0), Value(1.0)
    >>> before, after = w * x, moved * x
    >>> instead([after], {moved: w}) == [w * x]
    False
    >>> [y.data for y in instead([after], {moved: w})]
    [6.0]
    """
    now = dict(others)
    known: dict[tuple[object, ...], Value] = {}
    for node in reachable(*nodes)[1]:
        if node in others:
            continue
        inputs = [now.get(x, x) if isinstance(x, Value) else x for x in node.inputs]
        key = (node.operation, *inputs)
        if all(x is y for x, y in zip(inputs, node.inputs)):
            known.setdefault(key, node)
        else:
            now[node] = known.get(key) or Value.apply(node.operation, inputs)
    return [now.get(node, node) for node in nodes]


Place = tuple[str, int, str]  # Statement.key


def clips_of_gradients(trace: Trace, on_way: Container[Value]) -> set[Place]:
    """Return the statements that clip nothing which is on the way to the loss."""
    forward = {by.key for node, (_, by) in trace.clipped.items() if node in on_way}
    return {by.key for _, by in trace.clipped.values()} - forward


def not_clipped(
    events: Iterable[Event],
    clipped: Mapping[Value, tuple[Value, Statement]],
    clips: Collection[Place],
) -> list[Event]:
    """Return events as if some statements clipped nothing: gradients are judged as they were.

    clipped: what was clipped, as a trace has it.
    """
    others = {node: x for node, (x, by) in clipped.items() if by.key in clips}
    return [_instead(event, others) for event in events] if others else [*events]


def _instead(event: Event, others: Mapping[Value, Value]) -> Event:
    nodes = [x for x in event.value.flat if isinstance(x, Value)]
    if others.keys().isdisjoint({*nodes, *reachable(*nodes)[0]}):
        return event
    now = iter(instead(nodes, others))
    value = [next(now) if isinstance(x, Value) else x for x in event.value.flat]
    return replace(event, value=np.array(value, dtype=object).reshape(event.shape))

"""What an array is the gradient of, told by its numbers: up to one constant, at every point."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from microgradnet.autograd.derivatives import grad
from microgradnet.autograd.graph import operands, reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.claims import Claim, bare, claim, is_local, is_target, plainest
from microgradnet.checking.rounding import SAME
from microgradnet.checking.substituting import clips_of_gradients, not_clipped
from microgradnet.tracing.events import Event, numbers_of, same_nodes
from microgradnet.tracing.noted import Trace

__all__ = ["Forward", "Match", "Point", "equal", "read", "recognised"]

Key = tuple[object, ...]
ZERO = 1e-13  # of the largest derivative: what is left of terms that cancel


@dataclass(eq=False)
class Forward:
    """An array of the forward pass: its name ("" where it has none), its nodes, its gradient.

    key: what it is known by at all points: the assignment, or which of all that NumPy made it is;
    without_penalty: whether the gradient is without what the loss has of each entry alone.
    """

    name: str
    nodes: np.ndarray
    gradient: np.ndarray
    leaf: bool
    key: Key
    without_penalty: bool = False


@dataclass
class Point:
    """One run: what it noted, the loss, the arrays that the loss depends on, the others.

    forward: first those with names, in the order of the run; events: of what is no part of the
    forward pass, by the index that the same assignment has at the first point; updates: what leaves
    were moved, and the arrays that they were, by the same; keys: what each assignment of the run is
    known by at all points; computed: whether the code computes the loss; alone: the leaves of which
    it has functions, as the square in a penalty; size: the largest derivative; slopes: whether what
    a function returned is one, where that was asked.
    """

    trace: Trace
    loss: Value
    forward: list[Forward]
    events: dict[int, Event]
    updates: dict[int, tuple[Event, Forward]] = field(default_factory=dict)
    keys: Sequence[Key] = ()
    computed: bool = False
    alone: set[Value] = field(default_factory=set)
    size: float = 0.0
    slopes: dict[Event, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """An array recognised: it is `constant` times the gradient by forward array `index`.

    decays: whether it has a part of that array itself besides, or of its signs; through: of which
    forward array alone, if not of all.
    """

    index: int
    constant: float
    transposed: bool = False
    decays: bool = False
    through: int | None = None


def read(trace: Trace, given: Mapping[str, np.ndarray], loss: Value) -> Point:
    """Read a run: its gradients, what is forward, what is not.

    given: the arrays of Values that the code was given, by name.

    Raises NonFiniteError where a number on the way is inf or nan, ArithmeticError where the loss of
    a later step comes from the derivatives of one before it: what moved is not all known.
    """
    leaves, inner = reachable(loss)
    for node in leaves:
        node.grad = 0.0
    loss.backward()
    on_way = {*leaves, *inner}
    keys = _keys(trace.events)
    forward = [_forward(name, nodes, on_way, (name,)) for name, nodes in given.items()]
    own = {x for nodes in given.values() for x in nodes.flat}
    for index, name, nodes in _moved_before(trace):
        if not on_way.isdisjoint(nodes.flat) and own.isdisjoint(nodes.flat):
            forward.append(_forward(name, nodes, on_way, keys[index]))
    known = {plainest(e.name) for e in trace.events if not on_way.isdisjoint(e.value.flat)}
    known |= {plainest(name) for name in given}
    on_the_way, events, updates = _told_apart(trace, loss, known, on_way)
    computing = [*_carried(trace, known, on_way), *on_the_way]
    forward += [_forward(e.name, e.value, on_way, keys[e.index]) for e in computing]
    events |= {e.index: e for e in on_the_way if _only_for_derivatives(e, on_the_way)}
    events = dict(sorted(events.items()))
    forward += [*_unnamed(trace, {id(f.nodes) for f in forward}, on_way)]
    size = _without_rounding(forward)
    computed = any(not e.shape and e.value.item() is loss for e in trace.events)
    of_one = [set(operands(x)) for x in inner]
    alone = {v for values in of_one if len(values) == 1 for v in values}
    point = Point(trace, loss, forward, events, {}, keys, computed, alone, size)
    for event in _whole_updates(updates):
        old = [f for f in point.forward if f.name and same_nodes(f.nodes, event.old)]
        if old:
            point.updates[event.index] = (event, old[0])
    return point


def _unnamed(trace: Trace, named: set[int], on_way: set[Value]) -> Iterator[Forward]:
    """The arrays that NumPy made on the way to the loss, and that have no names."""
    for i, array in enumerate(trace.made):
        if id(array) not in named and not on_way.isdisjoint(array.flat):
            yield _forward("", array.view(np.ndarray), on_way, (i, len(trace.made)))


def _moved_before(trace: Trace) -> Iterator[tuple[int, str, np.ndarray]]:
    """What is in the place of the leaves that steps before moved: where each was assigned first."""
    for event in trace.events[: trace.steps.left.start] if trace.steps.now else ():
        nodes = trace.steps.nodes_now(event.value)
        if not same_nodes(nodes, event.value):
            yield event.index, event.name, nodes


def _keys(events: Sequence[Event]) -> list[Key]:
    """What each assignment is known by: its name, how many come after it, how many there are.

    Where a point runs other lines, as the branch of a loop, a sum is added to more often, or less:
    its last is known by how often one was begun.
    """
    names = [(e.statement.file, e.statement.function, e.name) for e in events]
    all_of, begun = Counter(names), Counter(n for n, e in zip(names, events) if not e.goes_on)
    after = Counter[Key]()
    found: list[Key] = []
    for event, name in zip(reversed(events), reversed(names)):
        is_sum = event.goes_on and not after[name]
        count = ("begun", begun[name]) if is_sum else (after[name], all_of[name])
        found.append((*name, *count))
        after[name] += 1
    return found[::-1]


def _carried(trace: Trace, known: Collection[str], on_way: set[Value]) -> list[Event]:
    """What a step before left that the loss is computed from; no derivative may be."""
    left = trace.steps.left
    before = trace.events[left.start : left.stop]
    carried = [e for e in before if not on_way.isdisjoint(e.value.flat)]
    if any(said(e, known) for e in carried):
        raise ArithmeticError
    return carried


def _told_apart(
    trace: Trace, loss: Value, known: Collection[str], on_way: set[Value]
) -> tuple[list[Event], dict[int, Event], list[Event]]:
    """The events on the way to the loss, those that may derive, by index, and the updates."""
    on_the_way: list[Event] = []
    events: dict[int, Event] = {}
    updates: list[Event] = []
    for event in not_clipped(trace.own, trace.clipped, clips_of_gradients(trace, on_way)):
        if not event.shape and event.value.item() is loss:
            continue
        says = said(event, known)
        ahead = not on_way.issuperset(event.value.flat)  # of the loss: it has numbers of its own
        derived = is_local(event.name, known) or (says and (says.by or ahead))
        moved = not says and _moves(event, on_way)
        if moved:
            updates.append(event)
        elif on_way.isdisjoint(event.value.flat) or derived:
            events[event.index] = event
        else:
            on_the_way.append(event)
    return on_the_way, events, updates


def _only_for_derivatives(event: Event, on_the_way: Sequence[Event]) -> bool:
    """Whether one more name is given to something, which the forward pass then never reads."""
    function = event.statement.function
    later = (e for e in on_the_way if e.index > event.index)
    return is_renamed(event) and not any(e.statement.takes(event.name, function) for e in later)


def is_renamed(event: Event) -> bool:
    """Whether a statement only gives one more name to something: `l2_error = l2`."""
    node = event.statement.node
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Name)
        and all(isinstance(target, ast.Name) for target in node.targets)
    )


def _moves(event: Event, on_way: set[Value]) -> bool:
    """Whether something on the way to the loss is changed, all or in part, to what is not."""
    if not event.goes_on or event.old is None or on_way.isdisjoint(event.old.flat):
        return False
    same = event.old.shape == event.shape
    old = set(event.old.flat) if same else set()
    new = [x for x in event.value.flat if x not in old]
    return on_way.isdisjoint(new) and (bool(new) or not same)


def _whole_updates(updates: Sequence[Event]) -> list[Event]:
    """The updates, those that go on with one before them as one: entry by entry, in two parts."""
    found: list[Event] = []
    for event in updates:
        before = [e for e in found if same_nodes(e.value, event.old)]
        found = [e for e in found if e not in before]
        found.append(replace(event, old=before[-1].old) if before else event)
    return found


def said(event: Event, known: Collection[str]) -> Claim | None:
    """Return what the name of an event says; known: the names of the forward pass."""
    returns = isinstance(event.statement.node, ast.Return)
    return claim(event.name, known, event.statement.function if returns else "")


def _without_rounding(forward: Sequence[Forward]) -> float:
    """The largest derivative, beside which what is left of terms that cancel becomes 0."""
    size = max((float(np.abs(f.gradient).max(initial=0.0)) for f in forward), default=0.0)
    for f in forward:
        f.gradient[np.abs(f.gradient) <= ZERO * size] = 0.0
    return size


def _forward(name: str, nodes: np.ndarray, on_way: set[Value], key: Key) -> Forward:
    gradient = [x.grad if isinstance(x, Value) and x in on_way else 0.0 for x in nodes.flat]
    leaf = all(not isinstance(x, Value) or x.operation is None for x in nodes.flat)
    return Forward(name, nodes, np.array(gradient).reshape(nodes.shape), leaf, key)


def recognised(index: int, points: Sequence[Point], by: Sequence[int] = ()) -> Match | None:
    """Return what the array of an event is the gradient of, None where it is of nothing.

    by: the forward arrays that are tried first.
    """
    written = [point.events[index].numbers for point in points]
    first = points[0].forward

    def later(k: int) -> tuple[bool, bool, bool, bool]:  # a target last
        return k not in by, first[k].leaf, not first[k].name, is_target(bare(first[k].name))

    order = sorted(range(len(first)), key=later)
    for k in order:
        gradients = [point.forward[k].gradient for point in points]
        match = matched(written, gradients)
        if match is not None:
            return Match(k, *match)
    return None


def decayed(written: Sequence[np.ndarray], points: Sequence[Point], k: int) -> Match | None:
    """Return what an array is where it is a gradient and some of the parameter itself.

    So are updates with weight decay, and gradients of a loss with a penalty that is not computed.
    """
    forward = [point.forward[k] for point in points]
    penalised = not points[0].alone.isdisjoint(forward[0].nodes.flat)
    if (
        penalised
        or not forward[0].leaf
        or any(d.shape != f.nodes.shape for d, f in zip(written, forward))
    ):
        return None
    d = np.concatenate([x.ravel() for x in written])
    g = np.concatenate([f.gradient.ravel() for f in forward])
    w = np.concatenate([numbers_of(f.nodes).ravel() for f in forward])
    several = (parts_of(d, g, part) for part in (w, np.sign(w)) if d.size > 4)
    return next((Match(k, found[0], decays=True) for found in several if found), None)


def parts_of(d: np.ndarray, g: np.ndarray, other: np.ndarray) -> tuple[float, float] | None:
    """Return how much of a gradient and of something else numbers are, None where they are not."""
    found, _, rank, _ = np.linalg.lstsq(np.stack([g, other], axis=1), d, rcond=None)
    apart = np.abs(d - found[0] * g - found[1] * other).max()
    fits = rank == 2 and found[0] and apart <= SAME * np.abs(d).max()
    return (float(found[0]), float(found[1])) if fits else None


def without_penalty(point: Point, k: int) -> Forward:
    """Return a forward array with the gradient without what the loss has of each entry alone."""
    f = point.forward[k]
    penalty = dict.fromkeys(f.nodes.flat, 0.0)
    for node in reachable(point.loss)[1]:
        x, *others = set(operands(node))
        if x in penalty and not others:
            penalty[x] += node.grad * grad(node, [x])[0].data
    parts = np.array([penalty[x] for x in f.nodes.flat]).reshape(f.nodes.shape)
    return replace(f, gradient=f.gradient - parts, without_penalty=True)


def is_nothing(written: Sequence[np.ndarray], by: int, points: Sequence[Point]) -> bool:
    """Whether what was written is 0 but for rounding, as the gradient by a forward array is."""
    return all(
        not point.forward[by].gradient.any()
        and np.abs(d).max(initial=0.0) <= 100 * ZERO * point.size
        for d, point in zip(written, points)
    )


def matched(
    written: Sequence[np.ndarray], gradients: Sequence[np.ndarray]
) -> tuple[float, bool] | None:
    """Return the constant between arrays, the same at all points, and whether one is transposed."""
    if all(d.shape == g.shape or _close(d, g) for d, g in zip(written, gradients)):
        constant = _constant(written, gradients)
        if constant is not None:
            return constant, False
    if all(d.ndim == 2 and d.shape == g.T.shape for d, g in zip(written, gradients)):
        constant = _constant(written, [g.T for g in gradients])
        if constant is not None:
            return constant, True
    return None


def equal(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether arrays agree but for rounding, relative to the largest entry."""
    return one.shape == other.shape and not off(one, other).any()


def off(written: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return which entries are not right by more than rounding, relative to the largest."""
    same: np.ndarray = np.abs(written - right) <= SAME * np.abs(right).max(initial=0.0)
    return ~same


def _close(d: np.ndarray, g: np.ndarray) -> bool:
    """Whether shapes differ only by axes of length 1: (5,) and (1, 5)."""
    return [n for n in d.shape if n > 1] == [n for n in g.shape if n > 1]


def _constant(written: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> float | None:
    d = np.concatenate([x.ravel() for x in written])
    g = np.concatenate([x.ravel() for x in right])
    if d.shape != g.shape or not np.isfinite(d).all() or not g.any():
        return None
    constant = float(d @ g / (g @ g))
    apart = np.abs(d - constant * g).max()
    return constant if constant and apart <= SAME * np.abs(d).max() else None


def group_of(event: Event) -> tuple[int, str]:
    """Return what the same assignment has in common over the rounds of a loop.

    Of a list that is written out each entry is computed in its own way.
    """
    value = getattr(event.statement.node, "value", None)
    each = isinstance(value, (ast.List, ast.Tuple))
    return event.statement.number, event.name if each else re.sub(r"\[.*\]$", "", event.name)


def versions(point: Point, by: str) -> list[int]:
    """Return the forward arrays of a name, `plainest`."""
    return [k for k, f in enumerate(point.forward) if f.name and plainest(f.name) == by]


def finite(trace: Trace, given: Mapping[str, np.ndarray], loss: Value) -> Point | None:
    """Return a run as it is read, None where it is outside the domain, or cannot be read."""
    try:
        return read(trace, given, loss)
    except ArithmeticError:
        return None

"""The derivatives that a run has: what says that it is one, or is one, by which arrays."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.claims import Claim, bare, is_local, is_target, plainest
from microgradnet.checking.locally import local_gradient
from microgradnet.checking.recognising import (
    Forward,
    Match,
    Point,
    decayed,
    group_of,
    is_nothing,
    matched,
    recognised,
    said,
    versions,
)
from microgradnet.tracing.events import Event, is_computed, is_start, numbers_of, same_nodes
from microgradnet.tracing.rewriting import Statement
from microgradnet.words import say

__all__ = ["DATA", "Found", "found_in", "ids_of", "is_given_target", "later"]

DATA = ("x", "xs", "data", "input", "inputs", "a0", "xtrain", "xbatch", "features", "images")


@dataclass(eq=False)
class Found:
    """One derivative as it was found: the event that wrote it last, what it says, what it is.

    by: the forward arrays that it may be of, by its name; match: what it is the gradient of;
    ends: whether it is the derivative by a parameter, where the verdict rests; update: whether it
    is an update line; words: the mistake, where it is known already; local: of d_A_d_B, which is
    no gradient of the loss, what is right at each point; writer: of several that wrote it, the one
    where the mistake stands, as far as that is known; again: of an update by what gradient its
    parameter is moved a second time.
    """

    event: Event
    says: Claim | None
    by: list[int]
    match: Match | None
    ends: bool
    update: bool = False
    right: bool = False
    blamed: bool = False
    follows: list[str] = field(default_factory=list)
    constant: float = 1.0
    words: str = ""
    local: list[np.ndarray] | None = None
    writer: Event | None = None
    again: int | None = None

    @property
    def name(self) -> str:
        """The name of its row."""
        name = self.event.name.removesuffix("[]")  # of what is appended
        return f"update {name.removeprefix('self.')}" if self.update else name

    def written(self, point: Point) -> np.ndarray:
        """Return what it is at a point; of an update how far it moves, against the sign."""
        if not self.update:
            return point.events[self.event.index].numbers
        event, old = point.updates[self.event.index]
        return np.asarray(numbers_of(old.nodes) - event.numbers)


def found_in(points: Sequence[Point], data: Sequence[str] = DATA) -> list[Found]:
    """What says that it is a derivative, or is one, in the order of the run."""
    first = points[0]
    known = {plainest(f.name) for f in first.forward if f.name}
    found: list[Found] = []
    by_nodes: dict[tuple[int, ...], Claim | None] = {}
    after = {ids_of(event) for event, _ in first.updates.values()}  # rate times gradient
    for index, event in first.events.items():
        if any(index not in point.events for point in points):
            continue  # a part of a sum, of which there are more at one point than at another
        says = said(event, known)
        nodes = ids_of(event)
        if _partial(event, first) or _cleared(event, first) or nodes in after:
            continue
        handed_on = nodes in by_nodes and _same_claim(says, by_nodes[nodes])
        local = is_local(event.name, known)
        if handed_on and not (local or _by_place(says, first)):
            continue  # the same array: one row
        by_nodes[nodes] = says
        one = _local(event, says, points) if local else _by_value(event, says, points, data)
        found.append(one)
    for _, (event, old) in first.updates.items():
        k = first.forward.index(old)
        if old.leaf and any(p.forward[k].gradient.any() for p in points):  # else made on the way
            found.append(_update(event, k, points))
    _recognise_single(found, points)
    left = [one for one in found if not (one.match or one.update)]
    moments = {one.name for one in left if _is_of_squares(one, found)}
    found = [one for one in found if one not in left or one.name not in moments]
    _end_unsaid(found, first)
    for one in [one for one in found if one.update]:
        _go_on(one, found, points)
    return found


def _is_of_squares(one: Found, found: Sequence[Found]) -> bool:
    """Whether something is computed from squares of what it is called: a moment, as of Adam."""
    same = [f for f in found if f.match and not f.update and f.match.index in one.by]
    known = {_multiple_of(x) for f in same for x in f.event.nodes}

    def is_square(node: Value) -> bool:
        bases = [_multiple_of(x) for x in node.inputs if isinstance(x, Value)]
        by_power = node.op == "**" and node.inputs[1] == 2
        by_itself = node.op == "*" and len(bases) == 2
        return (by_power or by_itself) and len({*bases}) == 1 and bases[0] in known

    return bool(known) and any(map(is_square, reachable(*one.event.nodes)[1]))


def _multiple_of(node: Value) -> Value:
    """What a node is a number times; itself where it is none."""
    values = [x for x in node.inputs if isinstance(x, Value)]
    scaled = node.op in ("*", "/") and len(values) == 1
    return _multiple_of(values[0]) if scaled else node


def _end_unsaid(found: Sequence[Found], point: Point) -> None:
    """Let what is the gradient by a moved parameter be held to be one, where no name says so."""
    moved: set[object] = set()
    ended: set[object] = set()
    for one in (one for one in found if one.ends):
        (moved if one.update else ended).add(point.forward[one.by[0]].nodes.flat[0])
    for one in reversed(found):
        k = one.match.index if one.match and not (one.says or one.by) else -1
        of = point.forward[k].nodes.flat[0] if k >= 0 else None
        if of in moved - ended and not _is_step(one, found):
            one.by, one.ends = [k], True
            ended.add(of)


def _is_step(one: Found, found: Sequence[Found]) -> bool:
    """Whether something is made of another gradient by the same array, as a velocity is."""
    below = {*reachable(*one.event.nodes)[1]}.difference(one.event.value.flat)
    same = (f for f in found if f.match and one.match and f.match.index == one.match.index)
    return any(not below.isdisjoint(f.event.value.flat) for f in same if not f.update)


def _go_on(one: Found, found: list[Found], points: Sequence[Point]) -> None:
    """Let an update be all that moves its parameter: by another gradient, or its own again."""
    first, k = points[0], one.by[0]
    for event in first.events.values():
        if not event.goes_on or not same_nodes(one.event.value, event.old):
            continue
        events = [point.events[event.index] for point in points if event.index in point.events]
        by = _moved_by(one, events, points) if len(events) == len(points) else None
        if by is not None:
            for point, e in zip(points, events):
                point.updates[event.index] = e, point.forward[k]
            found[:] = [f for f in found if f is not one and f.event is not event]
            found.append(_update(event, k, points))
            found[-1].again = by
            words = "is moved a second time, by the gradient of {name}"
            found[-1].words = say(words, name=first.forward[by].name.removeprefix("self."))
            return


def _moved_by(one: Found, events: Sequence[Event], points: Sequence[Point]) -> int | None:
    """The parameter by whose gradient one is moved once more: at the same rate, if at any."""
    steps = [(numbers_of(e.old) - e.numbers).ravel() for e in events if e.old is not None]
    rate = one.match.constant if one.match else 0.0
    several: dict[int, float] = {}
    for i, f in enumerate(points[0].forward):
        gradients = [point.forward[i].gradient.ravel() for point in points]
        if f.leaf and f.name and (match := matched(steps, gradients)):
            several[i] = abs(match[0] - rate)
    return min(several, key=lambda i: (several[i] > 1e-7 * abs(rate), i != one.by[0]), default=None)


def _recognise_single(found: Sequence[Found], points: Sequence[Point]) -> None:
    """Recognise what is one number, whatever its name, where it is like a gradient by no chance.

    The same statement writes gradients that are arrays.
    """
    known = {group_of(one.event) for one in found if one.match and one.event.value.size > 1}
    for one in found:
        if not (one.says or one.update or one.match) and group_of(one.event) in known:
            one.match = recognised(one.event.index, points)


def _by_value(
    event: Event, says: Claim | None, points: Sequence[Point], data: Sequence[str]
) -> Found:
    """What something is the gradient by, of the arrays that its name may mean, or of any."""
    first = points[0]
    by = _counted_from_one(says, first) or (
        versions(first, says.by) if says and says.by else _by_place(says, first)
    )
    by = [k for k in by if not is_given_target(first.forward[k])]  # nobody derives by it
    anew = _written_anew(event, first)
    same = [k for k in by if first.forward[k].gradient.size == event.value.size]
    summed = [k for k in by if _is_summed(event.shape, first.forward[k].nodes.shape)]
    by = same or summed or [k for k in by if first.forward[k].leaf and not anew]
    by = [k for k in by if first.forward[k].gradient.any()] or by
    match = recognised(event.index, points, by)
    by.sort(key=lambda k: match is None or k != match.index)
    written = [point.events[event.index].numbers for point in points]
    if match is None and by and not first.computed:
        match = decayed(written, points, by[0])
    nothing = match is None and bool(by) and is_nothing(written, by[0], points)
    of_data = all(plainest(first.forward[k].name) in data for k in by)
    if match is not None and match.index not in by and (anew or (of_data and not same)):
        by = []  # the name is said of what it holds last, or of what has another shape
    if not says and (event.value.size == 1 or not is_computed(event.value)):
        match = None  # one number is like another by chance, and ones are like a mean's gradient
    leaf = bool(by) and all(first.forward[k].leaf for k in by)
    is_data = bool(by) and _is_data(first.forward[by[0]], first, data)
    if nothing:  # of a bias before a normalisation
        match, leaf = Match(by[0], 1.0), False
    return Found(event, says, by, match, leaf and not is_data)


def _is_data(one: Forward, point: Point, data: Sequence[str]) -> bool:
    """Whether an array is among the given data, by any of their names: `A = X`."""
    named_so = (f for f in point.forward if f.leaf and plainest(f.name) in data)
    return not {x for f in named_so for x in f.nodes.flat}.isdisjoint(one.nodes.flat)


def ids_of(event: Event) -> tuple[int, ...]:
    """Return what tells whether two events wrote the same nodes."""
    return tuple(map(id, event.value.flat))


def _is_summed(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether a shape is another with an axis summed up and kept: it is spread out in silence."""
    pairs = list(zip(shape, whole))
    return len(shape) == len(whole) > 0 and shape != whole and all(a in (1, b) for a, b in pairs)


def _counted_from_one(says: Claim | None, point: Point) -> list[int]:
    """The parameter in a list that `dW1` is by, where that is `W[0]`, as `dW2` is by the last."""
    found = re.fullmatch(r"([^\W\d_]+)(\d+)", says.by) if says else None
    if found is None or says is None or "[" in bare(says.name):
        return []
    base, number = found.group(1), int(found.group(2))
    entries: dict[int, int] = {}
    for k, f in enumerate(point.forward):
        entry = re.fullmatch(r"(.+)\[(\d+)\]", f.name)
        if entry and f.leaf and plainest(entry.group(1)) == base:
            entries[int(entry.group(2))] = k
        elif plainest(f.name) == says.by:
            return []
    last = f"{base}{len(entries)}"
    whole = bool(entries) and any(plainest(e.name).endswith(last) for e in point.events.values())
    return [entries[number - 1]] if whole and number - 1 in entries else []


OF_A_LIST = re.compile(r"(?:nabla|grads?|gradients?|d|delta)_?([wb])\w*\[(-?\d+)\]", re.I)


def _by_place(says: Claim | None, point: Point) -> list[int]:
    """The parameter in a list that `nabla_w[-1]` is by: the last of `weights`."""
    found = OF_A_LIST.fullmatch(says.name.rpartition(".")[2]) if says else None
    lists: dict[str, dict[tuple[int, ...], int]] = {}
    for k, f in enumerate(point.forward):
        base, bracket, _ = f.name.rpartition("[")
        if found and f.leaf and bracket and bare(base)[:1].lower() == found.group(1).lower():
            lists.setdefault(base, {}).setdefault(tuple(map(id, f.nodes.flat)), k)
    if found is None or len(lists) != 1:
        return []
    [several], i = (list(each.values()) for each in lists.values()), int(found.group(2))
    return [several[i]] if -len(several) <= i < len(several) else []


def _local(event: Event, says: Claim | None, points: Sequence[Point]) -> Found:
    """What is a derivative of something else than the loss: it is held against that by its name."""
    rights = [local_gradient(point, point.events[event.index]) for point in points]
    known = [right for right in rights if right is not None]
    one = Found(event, says or Claim(event.name), [], None, False)
    one.local = known if len(known) == len(points) else None
    return one


def is_given_target(f: Forward) -> bool:
    """Return whether an array is what is to be predicted: nobody derives by it."""
    return f.leaf and is_target(bare(f.name))


def _same_claim(one: Claim | None, before: Claim | None) -> bool:
    return one is None or (before is not None and (not one.by or one.by == before.by))


def _update(event: Event, index: int, points: Sequence[Point]) -> Found:
    one = Found(event, None, [index], None, True, True)
    steps = [one.written(point) for point in points]
    found = matched(steps, [point.forward[index].gradient for point in points])
    one.match = Match(index, *found) if found else decayed(steps, points, index)
    return one


def _partial(event: Event, point: Point) -> bool:
    """Whether something is only begun, or set and never read: what is written next counts."""
    if event.name[-2:] == "[]":  # of zeros that are appended what is put in their place counts
        places = [e for e in point.events.values() if e.name.startswith(event.name[:-1])]
        return is_start(event.value) and any(e.name != event.name for e in places)
    after = next(later(event, point), None)
    if after is None or not (after.goes_on or event.name.isidentifier()):
        return False
    between = point.trace.reads[event.step + 1 : after.step + (not after.goes_on)]
    return not any(_reads(s, event) for s in between)


def _reads(statement: Statement, event: Event) -> bool:
    """Whether a statement reads what an event wrote; of a dict handed on whole the entry is not."""
    holder, bracket, _ = event.name.partition("[")
    takes = statement.takes(event.name, event.statement.function)
    if not takes or not bracket or event.name in statement.reads:
        return takes
    nodes = [*ast.walk(statement.node)]
    given = [x for n in nodes if isinstance(n, ast.Call) for x in n.args]
    given += [n.value for n in nodes if isinstance(n, (ast.Return, ast.Assign)) and n.value]
    used = [n for n in nodes if isinstance(n, ast.Name) and n.id == holder]
    return any(n not in given for n in used if isinstance(n.ctx, ast.Load)) or not used


def _cleared(event: Event, point: Point) -> bool:
    """Whether what was used is set to 0, for the next step: nothing reads it before that."""
    if any(x.data or x.inputs for x in event.nodes):
        return False
    function = event.statement.function
    same = [e for e in point.events.values() if e.name == event.name and e.index < event.index]
    later = point.trace.reads[event.step + 1 :]
    return bool(same) and not any(s.takes(event.name, function) for s in later)


def _written_anew(event: Event, point: Point) -> bool:
    """Whether another statement of the function gives the name something else later."""
    own, local = event.statement.key, event.name.isidentifier()
    anew = (e for e in later(event, point) if not e.goes_on and e.statement.key != own)
    return local and any(anew)


def later(event: Event, point: Point) -> Iterator[Event]:
    """Yield what is written to the same name later: to a local one, by the same function."""
    local, function = event.name.isidentifier(), event.statement.function
    for e in point.events.values():
        same = e.name == event.name and (not local or e.statement.function == function)
        if same and e.index > event.index:
            yield e

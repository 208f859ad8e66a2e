"""A derivation in arrays examined: recognised by value, blamed by putting right what is wrong."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.array_runs import SEEDS, Code
from microgradnet.checking.claims import Claim, bare, is_local, is_target, plainest
from microgradnet.checking.guessing import Guessed, guessed_losses
from microgradnet.checking.recognising import (
    Forward,
    Key,
    Match,
    Point,
    decayed,
    finite,
    is_nothing,
    local_gradient,
    losses,
    matched,
    recognised,
    said,
    versions,
)
from microgradnet.checking.report import TAKEN
from microgradnet.checking.samples import Sample
from microgradnet.checking.sides import Choice, both_sides
from microgradnet.operations.kinds import Formula
from microgradnet.tracing.events import Event, is_start, numbers_of
from microgradnet.tracing.running import Trace
from microgradnet.words import listed, say

__all__ = ["Examined", "Found", "examined", "is_given_target", "moved"]

UNGUARDED = "The small number that is added in a logarithm, against log(0), is left out."
OTHER_RULE = "The update is not plain gradient descent: checked are the gradients."
DATA = ("x", "xs", "data", "input", "inputs", "a0", "xtrain", "xbatch", "features", "images")


@dataclass(eq=False)
class Found:
    """One derivative as it was found: the event that wrote it last, what it says, what it is.

    by: the forward arrays that it may be of, by its name; match: what it is the gradient of;
    ends: whether it is the derivative by a parameter, where the verdict rests; update: whether it
    is an update line; words: the mistake, where it is known already; local: of d_A_d_B, which is
    no gradient of the loss, what is right at each point.
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

    @property
    def name(self) -> str:
        """The name of its row."""
        name = self.event.name.removesuffix("[]")  # of what is appended
        return f"update {name.removeprefix('self.')}" if self.update else name


@dataclass
class Examined:
    """All that was found of a derivation: at its points, in the order of the run.

    predicted: which forward array a predicting method gives, too, and what it gives; later: what
    is found of the step after so many, and so many rounds of the loop around it; unseen: what was
    compared and has gone one way only; code: what was run; anew: what is found of other code with
    the same loss; loss_of: the loss of a run.
    """

    points: list[Point]
    found: list[Found]
    constant: float
    note: str
    rerun: Callable[..., tuple[Trace, Sample]]
    sample: Callable[[int], Sample]
    assumed: bool
    code: Code
    anew: Callable[[Code], Examined]
    loss_of: Callable[[Trace, Sample], Value | None]
    exact: bool = False
    put: dict[int, np.ndarray] = field(default_factory=dict)
    others: list[Examined] = field(default_factory=list)
    predicted: tuple[int, np.ndarray] | None = None
    later: Callable[[int, int], Examined] | None = None
    unseen: Sequence[Choice] = ()

    def drop_updates(self) -> None:
        """Leave the updates out, where they are by another rule."""
        if any(one.update for one in self.found):
            self.found = [one for one in self.found if not one.update]
            self.note = listed((self.note, say(OTHER_RULE)), " ")

    def batches(self) -> set[float]:
        """Return the numbers of rows, or columns, of the data that the code was given."""
        given = [f.nodes.shape for f in self.points[0].forward if f.leaf and f.nodes.ndim == 2]
        return {float(n) for shape in given for n in shape if n > 2}

    def right_of(self, one: Found, point: int = 0) -> np.ndarray | None:
        """Return what is right in the place of what was written."""
        if one.local is not None:
            return one.local[point]
        if not one.by:
            return None
        gradient = self.points[point].forward[one.by[0]].gradient
        shape = one.event.shape
        if gradient.shape != shape == gradient.T.shape:
            gradient = gradient.T
        same = gradient.size == one.event.value.size
        return one.constant * (gradient.reshape(shape) if same else gradient)


def examined(
    function: Callable[..., object] | str,
    names: Sequence[str],
    example: Sequence[object],
    loss: Formula | None = None,
    data: Sequence[str] = DATA,
    sizes: Mapping[int, int] | None = None,
    seeds: Sequence[int] = SEEDS,
) -> Examined:
    """Return what is found of a function, or of a file, of arrays that computes derivatives.

    names, example: of its arguments; loss: what L is where the code computes none; data: names
    of what nobody moves: without any the gradients are to be those of L by all it is given, and
    not up to a constant; sizes: the whole numbers of a file that others stand in for; seeds: of
    its points.

    Raises ValueError where no loss can be told, or nothing is a derivative.
    """
    code = Code(function, names, example, sizes=sizes or {}).with_drawn()
    return _examined(code, loss, data, seeds)


def _examined(
    code: Code, loss: Formula | None, data: Sequence[str], seeds: Sequence[int] = SEEDS
) -> Examined:
    runs = [code.run(seed) for seed in seeds]
    options = _options(runs, loss)
    if not code.unguarded and any(trace.guards for trace, _ in runs):
        other = replace(code, unguarded=True)
        others = _options([other.run(seed) for seed in seeds], loss)
        if _matches_each(others[0].points) > _matches_each(options[0].points):
            code, options = other, others
    made: list[Examined] = []
    anew = partial(_examined, loss=loss, data=data)
    for points, unseen, (_, note, assumed, loss_of) in _on_both_sides(code, options):
        found = _found(points, data)
        _leave_parts(found, points[0])
        note = listed((note, say(UNGUARDED) if code.unguarded else ""), " ")
        own = code.run, code.sample, assumed, code, anew, loss_of
        made.append(Examined(points, found, 1.0, note, *own, not data))
        made[-1].unseen = unseen
        made[-1].later = lambda *behind: anew(replace(code, behind=behind))
    if not made[0].found:
        words = "nothing computed is a derivative of the loss; the names are {names}"
        names = listed(dict.fromkeys(e.name for e in runs[0][0].events))
        raise ValueError(say(words, names=names))
    made[0].others = made[1:]
    return made[0]


Run = tuple[Trace, Sample]


class Option(NamedTuple):
    """The points, under a loss: what is said of it, whether it is assumed, what it is of a run."""

    points: list[Point]
    note: str
    assumed: bool
    loss: Callable[[Trace, Sample], Value | None]


def _options(runs: Sequence[Run], loss: Formula | None) -> list[Option]:
    """The points, with the loss that is computed; else with all known, the likeliest first."""
    options: list[Option] = []
    several = [losses(trace, sample.given)[:3] for trace, sample in runs]
    for k, roots in enumerate(zip(*several)):
        points = _read_all([(*run, root) for run, root in zip(runs, roots)])
        if points and any(_found(points)):
            return [Option(points, "", False, partial(_computed_loss, k))]
    for name in guessed_losses(loss):
        of = partial(_guessed_loss, name)
        made = [(t, s, of(t, s)) for t, s in runs]
        if all(root is not None for _, _, root in made):
            points = _read_all(made)
            note = say(TAKEN, loss=name.words)
            options += [Option(points, note, True, of)] if points and _is_of_all(points) else []
    if not options:
        raise ValueError(
            say(
                "no loss is computed, and what is predicted and its target are not told apart: "
                "compute the loss, or give loss="
            )
        )
    best = options[0]
    for option in options[1:]:  # one match more may be by the mistake itself
        if _matches(option.points) > _matches(best.points) + 1:
            best = option
    return [best, *(option for option in options if option is not best)]


def _computed_loss(k: int, trace: Trace, sample: Sample) -> Value | None:
    return dict(enumerate(losses(trace, sample.given))).get(k)


def _guessed_loss(name: Guessed, trace: Trace, sample: Sample) -> Value | None:
    return name.of(trace, sample.given, {**sample.fixed, **trace.fixed})


def _on_both_sides(
    code: Code, options: Sequence[Option]
) -> Iterator[tuple[list[Point], list[Choice], Option]]:
    """The options, at further points where comparisons have gone one way only at the first."""
    runs: dict[int, Run] = {}

    def point(option: Option, seed: int) -> Point | None:
        with contextlib.suppress(ArithmeticError, ValueError, LookupError, TypeError):
            trace, sample = runs[seed] = runs.get(seed) or code.run(seed)
            root = option.loss(trace, sample)
            found = None if root is None else finite(trace, sample.given, root)
            return found if found and _shape(found) == _shape(option.points[0]) else None
        return None

    for option in options:
        sides = both_sides(option.points, partial(point, option))
        known = _alike([*option.points, *sides.more])
        known = _alike(_telling_first(known)) if sides.uneven else known
        yield known, sides.unseen, option


def _telling_first(points: list[Point]) -> list[Point]:
    """Points, of which the first is where most is no gradient that is one elsewhere."""
    several = [one for one in _found(points) if one.match is None and one.by]
    off = [0] * len(points)
    for one in several:
        constants = []
        for point in points:
            step = moved(point, one.event.index) if one.update else None
            written = point.events[one.event.index].numbers if step is None else step
            found = matched([written], [point.forward[one.by[0]].gradient])
            constants.append(found and float(f"{found[0]:.7g}"))
        usual = max(constants, key=lambda c: (c is not None, constants.count(c)))
        off = [n + (c != usual) for n, c in zip(off, constants)]
    at = off.index(max(off))
    return [points[at], *points[:at], *points[at + 1 :]]


def _is_of_all(points: Sequence[Point]) -> bool:
    """Whether a loss depends on all that is moved: else it is none."""
    moved_ones = [points[0].forward.index(old) for _, old in points[0].updates.values()]
    return all(any(point.forward[k].gradient.any() for point in points) for k in moved_ones)


def _matches(points: Sequence[Point]) -> int:
    return sum(one.match is not None for one in _found(points))


def _matches_each(points: Sequence[Point]) -> int:
    """The same one point after the other: 1e-8 in a logarithm is lost beside a larger gradient."""
    return sum(_matches([point]) for point in points)


def _read_all(runs: Sequence[tuple[Trace, Sample, Value | None]]) -> list[Point]:
    points = [finite(trace, sample.given, root) for trace, sample, root in runs if root is not None]
    known = [p for p in points if p is not None]
    return _alike(known) if known else []


def _alike(points: Sequence[Point]) -> list[Point]:
    """Those of which the same was noted, as the first has it, with what is forward at all."""
    several = [_shape(point) for point in points]
    usual = max(several, key=several.count)
    known = [p for p, shape in zip(points, several) if shape == usual]
    first = known[0]
    ahead = set.intersection(*({f.key for f in p.forward} for p in known))
    order = [f.key for f in first.forward if f.key in ahead]
    index = {key: i for i, key in enumerate(first.keys)}
    for point in known:
        forward = {f.key: f for f in point.forward}
        point.forward = [forward[key] for key in order]
        at = {i: index[key] for i, key in enumerate(point.keys) if key in index}
        point.events = {at[e.index]: e for e in point.events.values() if e.index in at}
        point.updates = {at[e.index]: (e, old) for e, old in point.updates.values()}
    return known


def _shape(point: Point) -> tuple[frozenset[Key], list[Key]]:
    """What the points of one code have in common: what each name was given last, the updates."""
    last = {key[:3]: key for key in point.keys}
    return frozenset(last.values()), [point.keys[e.index] for e, _ in point.updates.values()]


def _found(points: Sequence[Point], data: Sequence[str] = DATA) -> list[Found]:
    """What says that it is a derivative, or is one, in the order of the run."""
    first = points[0]
    known = {plainest(f.name) for f in first.forward if f.name}
    found: list[Found] = []
    by_nodes: dict[tuple[int, ...], Claim | None] = {}
    after = {_ids(event) for event, _ in first.updates.values()}  # from 0, and rate times gradient
    named_so = [f for f in first.forward if f.leaf and plainest(f.name) in data]
    given_data = {x for f in named_so for x in f.nodes.flat}  # by any of their names: `A = X`
    for index, event in first.events.items():
        if any(index not in point.events for point in points):
            continue  # a part of a sum, of which there are more at one point than at another
        says = said(event, known)
        nodes = _ids(event)
        if _partial(event, first) or _cleared(event, first) or nodes in after:
            continue
        handed_on = nodes in by_nodes and _same_claim(says, by_nodes[nodes])
        local = is_local(event.name, known)
        if handed_on and not (local or _by_place(says, first)):
            continue  # the same array: one row
        by_nodes[nodes] = says
        if local:
            found.append(_local(event, says, points))
            continue
        by = versions(first, says.by) if says and says.by else _by_place(says, first)
        by = [k for k in by if not is_given_target(first.forward[k])]  # nobody derives by it
        anew = _written_anew(event, first)
        same = [k for k in by if first.forward[k].gradient.size == event.value.size]
        summed = [k for k in by if _is_summed(event.shape, first.forward[k].nodes.shape)]
        by = same or summed or [k for k in by if first.forward[k].leaf and not anew]
        by = [k for k in by if first.forward[k].gradient.any()] or by
        match = recognised(index, points, by)
        written = [point.events[index].numbers for point in points]
        if match is None and by and not first.computed:
            match = decayed(written, points, by[0])
        nothing = match is None and bool(by) and is_nothing(written, by[0], points)
        of_data = all(plainest(first.forward[k].name) in data for k in by)
        if match is not None and match.index not in by and (anew or (of_data and not same)):
            by = []  # the name is said of what it holds last, or of what has another shape
        if event.value.size == 1 and not says:
            match = None  # one number is like another by chance
        leaf = bool(by) and all(first.forward[k].leaf for k in by)
        is_data = bool(by) and not given_data.isdisjoint(first.forward[by[0]].nodes.flat)
        if nothing:  # of a bias before a normalisation
            match, leaf = Match(by[0], 1.0), False
        found.append(Found(event, says, by, match, leaf and not is_data))
    for _, (event, old) in first.updates.items():
        if old.leaf and old.gradient.any():  # else it was made on the way
            found.append(_update(event, first.forward.index(old), points))
    return found


def _ids(event: Event) -> tuple[int, ...]:
    return tuple(map(id, event.value.flat))


def _is_summed(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether a shape is another with an axis summed up and kept: it is spread out in silence."""
    pairs = list(zip(shape, whole))
    return len(shape) == len(whole) > 0 and shape != whole and all(a in (1, b) for a, b in pairs)


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


def _leave_parts(found: Sequence[Found], point: Point) -> None:
    """Of several by one parameter, that which others are computed from is only a part.

    So is what a local name held before.
    """
    last: dict[Value, set[Value]] = {}  # by the first entry of a parameter, whatever its name
    sums: dict[Value, set[Value]] = {}  # whose name does not say what it is by
    for one in reversed([one for one in found if not one.update]):
        nodes = [x for x in one.event.value.flat if isinstance(x, Value)]
        if not one.ends:
            if one.match and point.forward[one.match.index].leaf:
                by = point.forward[one.match.index].nodes.flat[0]
                sums.setdefault(by, set()).update(reachable(*nodes)[1])
            continue
        by = point.forward[one.by[0]].nodes.flat[0]
        again = one.event.name.isidentifier() and any(_later(one.event, point))
        itself = one.match is not None and one.match.index in one.by
        of_sum = not itself and not sums.get(by, set()).isdisjoint(nodes)
        is_part = of_sum or not last.get(by, set()).isdisjoint(nodes)
        if is_part and one.says:
            one.says = replace(one.says, of_loss=False)  # of another loss, without a penalty
        one.ends = not (is_part or again)
        if one.ends:
            leaves, inner = reachable(*nodes)
            last.setdefault(by, set()).update(leaves, inner)


def _update(event: Event, index: int, points: Sequence[Point]) -> Found:
    steps = [moved(point, event.index) for point in points]
    found = matched(steps, [point.forward[index].gradient for point in points])
    match = Match(index, *found) if found else decayed(steps, points, index)
    return Found(event, None, [index], match, True, True)


def moved(point: Point, index: int) -> np.ndarray:
    """Return how far an update line moved a parameter, against the sign: rate times gradient."""
    event, old = point.updates[index]
    return np.asarray(numbers_of(old.nodes) - event.numbers)


def _partial(event: Event, point: Point) -> bool:
    """Whether something is only begun, or set and never read: what is written next counts."""
    if event.name[-2:] == "[]":  # of zeros that are appended what is put in their place counts
        places = [e for e in point.events.values() if e.name.startswith(event.name[:-1])]
        return is_start(event.value) and any(e.name != event.name for e in places)
    later = next(_later(event, point), None)
    if later is None or not (later.goes_on or event.name.isidentifier()):
        return False
    between = point.trace.reads[event.step + 1 : later.step + (not later.goes_on)]
    function = event.statement.function
    return not any(s.takes(event.name, function) for s in between)


def _cleared(event: Event, point: Point) -> bool:
    """Whether what was used is set to 0, for the next step: nothing reads it before that."""
    known = [x for x in event.value.flat if isinstance(x, Value)]
    if any(x.data or x.inputs for x in known):
        return False
    function = event.statement.function
    same = [e for e in point.events.values() if e.name == event.name and e.index < event.index]
    later = point.trace.reads[event.step + 1 :]
    return bool(same) and not any(s.takes(event.name, function) for s in later)


def _written_anew(event: Event, point: Point) -> bool:
    """Whether another statement of the function gives the name something else later."""
    own, local = event.statement.key, event.name.isidentifier()
    anew = (e for e in _later(event, point) if not e.goes_on and e.statement.key != own)
    return local and any(anew)


def _later(event: Event, point: Point) -> Iterator[Event]:
    """What is written to the same name later: to a local one, by the same function."""
    local, function = event.name.isidentifier(), event.statement.function
    for e in point.events.values():
        same = e.name == event.name and (not local or e.statement.function == function)
        if same and e.index > event.index:
            yield e

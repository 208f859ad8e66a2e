"""A derivation in arrays examined: recognised by value, blamed by putting right what is wrong."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.checking.array_runs import SEEDS, Code
from microgradnet.checking.claims import is_target
from microgradnet.checking.ends import call_ends, hold_apart, leave_parts
from microgradnet.checking.found import DATA, Found, found_in
from microgradnet.checking.guessing import is_log_likelihood
from microgradnet.checking.options import Option, Run, alike, matches_each, options_of, shape_of
from microgradnet.checking.putting import Graph
from microgradnet.checking.recognising import (
    Point,
    finite,
    matched,
)
from microgradnet.checking.samples import Sample
from microgradnet.checking.sides import Choice, both_sides
from microgradnet.operations.kinds import Formula
from microgradnet.tracing.events import numbers_of
from microgradnet.tracing.noted import Trace
from microgradnet.words import listed, say

__all__ = ["Examined", "examined"]

AT = "{name} is {x} here: at 0 nothing is seen of what it multiplies."
CLIMBED = "L is a log-likelihood, which is to be large: the updates are to go up its gradient."
UNGUARDED = "The small number that is added in a logarithm, against log(0), is left out."
OTHER_RULE = "The update is not plain gradient descent: checked are the gradients."


@dataclass
class Examined:
    """All that was found of a derivation: at its points, in the order of the run.

    predicted: which forward array a predicting method gives, too, and what it gives; later: what
    is found of the step after so many, and so many rounds of the loop around it; unseen: what was
    compared and has gone one way only; climbed: whether the updates go up the gradient, and L is
    to be large; code: what was run; anew: what is found of other code with the same loss; loss_of:
    the loss of a run.
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
    climbed: bool = False

    @cached_property
    def graph(self) -> Graph:
        """What the run at the first point computed."""
        return Graph(self.points[0].trace)

    def drop_updates(self) -> None:
        """Leave the updates out, where they are by another rule."""
        if any(one.update for one in self.found):
            self.found = [one for one in self.found if not one.update]
            self.note = listed((self.note, say(OTHER_RULE)), " ")

    def batches(self) -> set[float]:
        """Return the numbers of rows, or columns, of the data that the code was given."""
        given = [f.nodes.shape for f in self.points[0].forward if f.leaf and f.nodes.ndim == 2]
        return {float(n) for shape in given for n in shape if n > 2}

    def samples(self) -> set[float]:
        """Return what may be the number of samples: an axis of the data that no parameter has.

        So is how often a loop took another target.
        """
        point = self.points[0]
        moved_ones = [old for _, old in point.updates.values()]
        moved_ones += [point.forward[k] for one in self.found if one.ends for k in one.by]
        own = {x for f in moved_ones for x in f.nodes.flat}
        sizes = {n for f in moved_ones for n in f.nodes.shape}
        given = [f.nodes for f in point.forward if own.isdisjoint(f.nodes.flat)]
        given += point.trace.fixed.values()
        looped = Counter(name for _, name, _ in point.trace.looped if is_target(name))
        known = {*looped.values(), *(n for nodes in given for n in nodes.shape)}
        return {float(n) for n in known - sizes if n > 2}

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
    code: Code,
    loss: Formula | None,
    data: Sequence[str],
    seeds: Sequence[int] = SEEDS,
    own: bool = True,
) -> Examined:
    """The same of code; own: whether the losses that the file defines are tried."""
    runs = _moving_all(code, [code.run(seed) for seed in seeds])
    options = options_of(runs, loss, own)
    if not code.unguarded and any(trace.guards for trace, _ in runs):
        other = replace(code, unguarded=True)
        others = options_of([other.run(seed) for seed in seeds], loss, own)
        if matches_each(others[0].points) > matches_each(options[0].points):
            code, options = other, others
    made: list[Examined] = []
    for points, unseen, (_, note, assumed, loss_of, by_file) in _on_both_sides(code, options):
        anew = partial(_examined, loss=loss, data=data, own=by_file)
        found = found_in(points, data)
        leave_parts(found, points)
        call_ends(found, points[0])
        hold_apart(found, points)
        raised = (say(AT, name=name, x=x) for name, x in runs[0][1].raised.items())
        climbed = not assumed and _is_climbed(points[0].loss, found)
        also = (say(CLIMBED) if climbed else "", say(UNGUARDED) if code.unguarded else "")
        note = listed((note, *also, *raised), " ")
        rest = code.run, code.sample, assumed, code, anew, loss_of
        made.append(Examined(points, found, 1.0, note, *rest, not data))
        made[-1].unseen, made[-1].climbed = unseen, climbed
        made[-1].later = partial(_later, anew, code)
    if not made[0].found:
        words = "nothing computed is a derivative of the loss; the names are {names}"
        names = listed(dict.fromkeys(e.name for e in runs[0][0].events))
        raise ValueError(say(words, names=names))
    made[0].others = made[1:]
    return made[0]


def _is_climbed(loss: Value, found: Sequence[Found]) -> bool:
    """Whether the updates are to go up: the gradients are of a likelihood, not of minus it."""
    own = [one.match.constant for one in found if one.ends and one.match and not one.update]
    return bool(own) and min(own) > 0.0 and is_log_likelihood(loss)


MORE = range(100, 106)  # seeds of further runs, where a parameter is moved by 0 in all


def _moving_all(code: Code, runs: list[Run]) -> list[Run]:
    """Runs, and further ones in which what stood still in all of them moves, if that can be."""
    still = set.intersection(*(_moved_by_nothing(trace) for trace, _ in runs))
    for seed in MORE if still else ():
        trace, sample = code.run(seed)
        moving = still - _moved_by_nothing(trace)
        runs = [*runs, (trace, sample)] if moving else runs
        still -= moving
        if not still:
            break
    return runs


def _moved_by_nothing(trace: Trace) -> set[tuple[object, ...]]:
    updates = [
        (e, numbers_of(e.old)) for e in trace.own if e.old is not None and trace.is_update(e)
    ]
    return {(e.statement.key, e.name) for e, old in updates if np.array_equal(e.numbers, old)}


def _later(anew: Callable[[Code], Examined], code: Code, steps: int, rounds: int) -> Examined:
    return anew(replace(code, behind=(steps, rounds)))


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
            return found if found and shape_of(found) == shape_of(option.points[0]) else None
        return None

    for option in options:
        sides = both_sides(option.points, partial(point, option))
        known = alike(sorted([*option.points, *sides.more], key=_unmoved))
        known = alike(_telling_first(known)) if sides.uneven else known
        yield known, sides.unseen, option


def _unmoved(point: Point) -> int:
    """How many parameters are moved by 0 at a point, by a sample of zeros, say."""
    return sum(not old.gradient.any() for _, old in point.updates.values())


def _telling_first(points: list[Point]) -> list[Point]:
    """Points, of which the first is where most is no gradient that is one elsewhere."""
    several = [one for one in found_in(points) if one.match is None and one.by]
    off = [0] * len(points)
    for one in several:
        constants = []
        for point in points:
            found = matched([one.written(point)], [point.forward[one.by[0]].gradient])
            constants.append(found and float(f"{found[0]:.7g}"))
        usual = max(constants, key=lambda c: (c is not None, constants.count(c)))
        off = [n + (c != usual) for n, c in zip(off, constants)]
    at = off.index(max(off))
    return [points[at], *points[:at], *points[at + 1 :]]

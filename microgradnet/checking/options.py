"""The losses that a derivation may be of, the likeliest first, each with the points under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from microgradnet.autograd.value import Value
from microgradnet.checking.found import found_in
from microgradnet.checking.guessing import (
    Guessed,
    guessed_losses,
    is_only_returned,
    losses,
    losses_of_file,
)
from microgradnet.checking.recognising import Key, Point, finite
from microgradnet.checking.samples import Sample
from microgradnet.operations.kinds import Formula
from microgradnet.tracing.events import numbers_of
from microgradnet.tracing.noted import Trace
from microgradnet.words import say

__all__ = ["Option", "Run", "alike", "matches_each", "options_of", "shape_of"]

Run = tuple[Trace, Sample]


class Option(NamedTuple):
    """The points, under a loss: what is said of it, whether it is assumed, what it is of a run.

    by_file: whether a function of the file says what it is.
    """

    points: list[Point]
    note: str
    assumed: bool
    loss: Callable[[Trace, Sample], Value | None]
    by_file: bool = False


def options_of(runs: Sequence[Run], loss: Formula | None, own: bool) -> list[Option]:
    """Return the points, with the loss that is computed; else with all known, the likeliest first.

    own: whether those come before that a function of the file says.
    """
    options: list[Option] = []
    computed: list[Option] = []
    several = [losses(trace, sample.given)[:3] for trace, sample in runs]
    for k, roots in enumerate(zip(*several)):
        points = _read_all([(*run, root) for run, root in zip(runs, roots)])
        if points and any(found := found_in(points)):
            computed = [*computed, Option(points, "", False, partial(_computed_loss, k))]
            agrees = any(one.match for one in found)
            if agrees or not is_only_returned(runs[0][0], roots[0]):
                return computed[-1:]
    several = [losses(trace, sample.given, True)[:1] for trace, sample in runs] if not loss else []
    for roots in zip(*several):
        points = _read_all([(*run, root) for run, root in zip(runs, roots)])
        if points and _is_of_all(points):
            options.append(Option(points, "", True, _computed_error))
    options += _with_known(guessed_losses(loss), runs)
    by_file = [*_with(losses_of_file(runs[0][0]), runs)] if own and not loss else []
    by_file = [option._replace(by_file=True) for option in by_file]
    by_file.sort(key=lambda option: _matches(option.points), reverse=True)
    if computed and not any(_matches(option.points) for option in (*by_file, *options)):
        return computed[:1]
    if not options and not by_file:
        raise ValueError(
            say(
                "no loss is computed, and what is predicted and its target are not told apart: "
                "compute the loss, or give loss="
            )
        )
    return [*by_file, *_likeliest_first(options)]


def _likeliest_first(options: list[Option]) -> list[Option]:
    best = options[:1]
    for option in options[1:]:  # one match more may be by the mistake itself
        more = _matches(option.points) - _matches(best[0].points)
        if more > 1 or (not more and _exact(option.points) > _exact(best[0].points)):
            best = [option]
    return [*best, *(option for option in options if option not in best)]


PAIRINGS = 3  # of what is predicted with targets, which are tried where nothing agrees


def _with_known(guesses: Sequence[Guessed], runs: Sequence[Run]) -> list[Option]:
    """The points under known losses, by the likeliest pairing under which one by a parameter is."""
    first: list[Option] = []
    for likelier in range(PAIRINGS):
        options = [*_with(guesses, runs, likelier)]
        if any(one.ends and one.match for option in options for one in found_in(option.points)):
            return options
        first = first or options
    return first


def _with(guesses: Sequence[Guessed], runs: Sequence[Run], likelier: int = 0) -> Iterator[Option]:
    """The points under losses that there may be: those on which all depends that is moved."""
    for guess in guesses:
        of = partial(_guessed_loss, guess, likelier)
        made = [(t, s, of(t, s)) for t, s in runs]
        points = _read_all(made) if all(root is not None for _, _, root in made) else []
        if points and _is_of_all(points):
            yield Option(points, guess.note, True, of)


def _computed_loss(k: int, trace: Trace, sample: Sample) -> Value | None:
    return dict(enumerate(losses(trace, sample.given))).get(k)


def _computed_error(trace: Trace, sample: Sample) -> Value | None:
    return next(iter(losses(trace, sample.given, True)), None)


def _guessed_loss(name: Guessed, likelier: int, trace: Trace, sample: Sample) -> Value | None:
    return name.of(trace, sample.given, {**sample.fixed, **trace.fixed}, likelier)


def _is_of_all(points: Sequence[Point]) -> bool:
    """Whether a loss depends on all that is moved: else it is none."""
    for index, (_, old) in points[0].updates.items():
        k = points[0].forward.index(old)
        pairs = [p.updates[index] for p in points]
        still = not any((numbers_of(before.nodes) - new.numbers).any() for new, before in pairs)
        if not still and not any(point.forward[k].gradient.any() for point in points):
            return False
    trace = points[0].trace
    return bool(points[0].updates) or not any(map(trace.is_update, trace.own))


def _matches(points: Sequence[Point]) -> int:
    """How many are gradients, those by parameters twice: the others are computed for them."""
    return sum(1 + one.ends for one in found_in(points) if one.match is not None)


def _exact(points: Sequence[Point]) -> int:
    """How many are gradients themselves, and not times a constant."""
    found = (one.match for one in found_in(points) if not one.update)
    return sum(match is not None and abs(match.constant - 1.0) <= 1e-9 for match in found)


def matches_each(points: Sequence[Point]) -> int:
    """Return how many are gradients, one point after the other.

    All at once, 1e-8 in a logarithm is lost beside a larger gradient.
    """
    return sum(_matches([point]) for point in points)


def _read_all(runs: Sequence[tuple[Trace, Sample, Value | None]]) -> list[Point]:
    points = [finite(trace, sample.given, root) for trace, sample, root in runs if root is not None]
    known = [p for p in points if p is not None]
    return alike(known) if known else []


def alike(points: Sequence[Point]) -> list[Point]:
    """Return those of which the same was noted, as the first has it, and what is forward in all."""
    several = [shape_of(point) for point in points]
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


def shape_of(point: Point) -> tuple[frozenset[Key], list[Key]]:
    """Return what the points of one code have in common: what each name was given last, updates."""
    last = {key[:3]: key for key in point.keys}
    return frozenset(last.values()), [point.keys[e.index] for e, _ in point.updates.values()]

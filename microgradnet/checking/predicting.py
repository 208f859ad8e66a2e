"""A training pass that is not the predicting one: the edit by which it is, and what follows."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.blaming import afresh, weigh
from microgradnet.checking.by_value import Examined
from microgradnet.checking.claims import plainest
from microgradnet.checking.editing import fitting_edits
from microgradnet.checking.names import PREDICTING
from microgradnet.checking.recognising import Point, equal
from microgradnet.checking.report import WRONG, Row, written_at
from microgradnet.checking.rounding import farthest
from microgradnet.tracing.arrays import Values, has_values, noting
from microgradnet.tracing.events import Event, numbers_of
from microgradnet.tracing.replacing import Namespace
from microgradnet.tracing.rewriting import Statement
from microgradnet.tracing.stepping import Over
from microgradnet.words import say

__all__ = ["as_predicted"]

MOST = 30  # calls of what predicts, with one or another argument
PLACES = 4  # statements of the training pass that may be where it parts


def as_predicted(whole: Examined) -> tuple[Examined, Row, set[str]] | None:
    """Return a derivation with its training pass mended, the row on that, and what follows.

    Mended is it where after one small edit it computes what `predict` does, and less is wrong than
    before. None where it computes that as it stands, where no edit is known, or nothing is wrong.
    """
    before = afresh(whole)
    wrong = weigh(before)
    updates = [one.event for one in whole.found if one.update]
    if not wrong or not updates or whole.points[0].trace.steps.left:
        return None
    for out in _predicted(whole, 0, updates[0]):
        for event, edited, words in _mending(whole, updates[0], out):
            code = replace(whole.code, edited={event.statement.key: edited})
            try:
                other = whole.anew(code)
            except ValueError:  # nothing can be told of it
                continue
            same = _computed(other, out.numbers)
            after = afresh(other)
            if same is not None and len(weigh(after)) < len(wrong):
                right = {one.name for one in after.found if one.right}
                follow = {one.name for one in before.found if not one.right} & right
                return other, _row(whole, event, same, words, out), follow
    return None


class _Out:
    """What a predicting function gives: how it is called, its numbers, and those on the way."""

    def __init__(self, name: str, which: int, value: Any) -> None:
        self.name, self.which = name, which
        nodes = np.array(value, dtype=object).ravel()
        self.numbers = numbers_of(nodes)
        inner = reachable(*(x for x in nodes if isinstance(x, Value)))[1]
        self.on_the_way = {_short(x.data) for x in inner}

    def has(self, numbers: np.ndarray) -> bool:
        """Whether these numbers are computed on the way to the output, or are it."""
        return bool(numbers.size) and all(_short(x) in self.on_the_way for x in numbers.flat)


def _short(number: float) -> str:
    """A number without what rounding does to it."""
    return f"{number:.10g}"


def _predicted(whole: Examined, k: int, update: Event) -> list[_Out]:
    """What predicts otherwise than training does, where the first parameter is about to be moved.

    k: of the point.
    """
    found: list[_Out] = []

    def look(_: Statement, names: Namespace) -> None:
        with noting(None), np.errstate(all="ignore"):
            found.extend(_outputs(names))
        raise Over  # what predicts may have changed what the step goes on with

    whole.rerun(whole.points[k].trace.seed, at_step=(update.step, look))
    same = {out.name for out in found if _computed(whole, out.numbers, k)}  # else called otherwise
    return [out for out in found if out.name not in same]


def _outputs(names: Namespace) -> Iterator[_Out]:
    for name, function in _predicting(names):
        calls = itertools.islice(_arguments(function, names), MOST)
        for which, given in enumerate(calls):
            try:
                value = function(*given)
            except Exception:  # not what it takes
                continue
            if has_values(value):
                yield _Out(name, which, value)


def _predicting(names: Namespace) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions, and the methods of what trains, that have a usual name of what predicts."""
    own = {name: x for name, x in names.items() if inspect.isfunction(x)}
    net = names.get("self")
    own |= {name: getattr(net, name) for name in dir(type(net))} if net is not None else {}
    spelled = {plainest(name): name for name, x in own.items() if callable(x)}
    for name in PREDICTING:
        if name in spelled:
            yield spelled[name], own[spelled[name]]


def _arguments(function: Callable[..., Any], names: Namespace) -> Iterator[list[Any]]:
    """What a function may be called with: what has the names of its arguments, or is like data."""
    data = [x for name, x in names.items() if _is_data(x)]
    taken = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    several = [[names[p.name]] if p.name in names else [] for p in taken]
    unnamed = [options for options in several if not options] or several[: len(several) == 1]
    for options in unnamed:
        options += data
    for given in itertools.product(*several):
        yield [x.copy() if isinstance(x, (np.ndarray, list)) else x for x in given]


def _is_data(x: object) -> bool:
    if isinstance(x, (list, tuple)):
        return bool(x) and all(isinstance(n, (int, float, Value, list, tuple)) for n in x)
    return isinstance(x, Values | Value | np.ndarray)


def _computed(whole: Examined, numbers: np.ndarray, k: int = 0) -> Event | None:
    """Where the training pass computes some numbers; None where it does not."""
    for event in _passed(whole.points[k]):
        if event.value.size == numbers.size and equal(event.numbers.ravel(), numbers):
            return event
    return None


def _passed(point: Point) -> list[Event]:
    """The events of the training pass, from what was given up to the loss."""
    inner = {*reachable(point.loss)[1]}
    return [event for event in point.trace.own if inner.issuperset(event.value.flat)]


def _mending(whole: Examined, update: Event, out: _Out) -> Iterator[tuple[Event, Any, str]]:
    """The edits after which a statement of the training pass writes what predicting computes."""
    again = [one for one in _predicted(whole, 1, update) if one.name == out.name]
    twin = next((one for one in again if one.which == out.which), None)
    if twin is None:
        return
    off = [e for e in _passed(whole.points[0]) if not out.has(e.numbers)]
    for event in off[:PLACES]:
        seeds = [point.trace.seed for point in whole.points[:2]]
        for _, node, words in fitting_edits(whole, [event], [out.has, twin.has], seeds):
            yield event, node, words


def _row(whole: Examined, event: Event, same: Event, words: str, out: _Out) -> Row:
    """The row of the training pass: what it computes, and what predicting does, in one entry."""
    trained = whole.points[0].trace.events[same.index].numbers
    predicted = out.numbers.reshape(trained.shape)
    at = farthest(trained, predicted)
    why = say("training does not compute what {name} does", name=out.name)
    numbers = float(trained[at]), float(predicted[at])
    row = Row("forward", WRONG, *numbers, 0.0, None, why, words)
    return written_at(row, event.statement.file, event.statement.line)

"""The mistake of an array in words: which entries, what factor, which edit mends it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.checking.by_value import Examined
from microgradnet.checking.editing import by_edit, chain
from microgradnet.checking.edits import edits
from microgradnet.checking.found import Found
from microgradnet.checking.mistakes import DIVIDED, factor_in_words
from microgradnet.checking.one_edit import mends
from microgradnet.checking.recognising import equal, group_of, matched, off
from microgradnet.checking.trying import (
    constant_now,
    fits,
    is_same,
    named_numbers,
    names_at,
    written_now,
)
from microgradnet.tracing.events import Event, numbers_of, same_nodes
from microgradnet.words import listed, say

__all__ = ["OTHER_SHAPE", "convention", "decay", "gradient_of", "mistake_of", "where_in_words"]


OTHER_SHAPE = "its shape is {written}, not {right}"


def where_in_words(written: np.ndarray, right: np.ndarray) -> str:
    """Return which entries are wrong."""
    if right.shape != written.shape:
        return say(OTHER_SHAPE, written=str(written.shape), right=str(right.shape))
    wrong = off(written, right)
    if not (n := int(wrong.sum())):
        return ""
    if not wrong.ndim or wrong.all():
        return say("all {n} entries are wrong", n=wrong.size) if wrong.size > 1 else ""
    if wrong.ndim == 2:
        for axis, (one, several) in enumerate(LINES):
            bad = np.flatnonzero(wrong.any(axis=1 - axis))
            if len(bad) < wrong.shape[axis] and wrong.take(bad, axis=axis).all():
                return say(several if len(bad) > 1 else one, which=listed(map(str, bad)))
    if wrong.ndim == 1 and n <= FEW:
        one, several = "entry {which} is wrong", "entries {which} are wrong"
        return say(one if n == 1 else several, which=listed(map(str, np.flatnonzero(wrong))))
    words = "{n} of {size} entries is wrong" if n == 1 else "{n} of {size} entries are wrong"
    return say(words, n=n, size=wrong.size)


FEW = 3  # entries that are told one by one
LINES = (
    ("row {which} is wrong", "rows {which} are wrong"),
    ("column {which} is wrong", "columns {which} are wrong"),
)


def gradient_of(whole: Examined, one: Found) -> str:
    """Return what an array is the gradient by, "" where it is none."""
    if one.match is None:
        return ""
    forward = whole.points[0].forward[one.match.index]
    of = f"dL/d{forward.name}"
    if not forward.name:
        of = say("the gradient of L by a step without a name")
    elif forward.name.startswith(RETURNED):
        of = say("the gradient of L by {step}", step=_called(forward.name))
    if forward.without_penalty:
        of = say("{of} without the penalty", of=of)
    if one.match.through is not None:
        name = whole.points[0].forward[one.match.through].name
        of = say("{of} through {step}", of=of, step=_called(name) if name else say("one step"))
    if abs(one.match.constant - 1.0) > 1e-7:
        of = say("{times:.6g} times {of}", times=one.match.constant, of=of)
    return say("{of}, transposed", of=of) if one.match.transposed else of


RETURNED = "return "  # of what has no name but that a function returns it


def _called(name: str) -> str:
    """A step of the forward pass in words."""
    code = name.removeprefix(RETURNED)
    return name if code == name else say("what {code} gives", code=code)


def mistake_of(whole: Examined, one: Found, right: np.ndarray) -> str:
    """Return what was done wrong, "" where nothing that is known explains it."""
    if one.match is not None and one.match.index in one.by and one.match.transposed:
        return say("is transposed")
    ratio, several, edit = _ratio(whole, one), _written_by(whole, one), ""
    if len(several) > 1 and (one.by or one.local):
        edit, one.writer = _edit_in_words(whole, one, several)
        one.writer = one.writer or (several[-1] if ratio else _not_only_scaled(several))
    if ratio is not None and (factor := _factor(ratio, whole, one)):
        one.writer = one.writer or _made_once(whole, one.event)
        if DIVIDED.partition("{")[0] in factor and "mean(" in one.event.statement.text:
            return say("averages where it should sum: {factor}", factor=factor)
        return factor
    if _kept_last(whole, one, right):
        return say("keeps only the last round of the loop: = where += belongs")
    if len(several) == 1 and (one.by or one.local):
        edit, _ = _edit_in_words(whole, one, several)
        if not edit and (made := _returned(whole, one.event)):
            edit, _ = _edit_in_words(whole, one, [made])
            named = getattr(
                one.event.statement.node, "value", None
            )  # `nabla_b[-l] = sp`: not there
            one.writer = made if edit or not isinstance(named, ast.Name) else one.writer
    if not edit and not one.ends:
        edit, one.writer = _edit_before(whole, one)
    if edit := edit or _edit_of_sum(whole, one, several):
        return edit
    return _of_another(whole, one)


def _of_another(whole: Examined, one: Found) -> str:
    """By what it is a gradient, if not by what it is called after."""
    match, forward = one.match, whole.points[0].forward
    if match is None or match.index in one.by or not one.by:
        return ""
    is_of, meant = forward[match.index].name, forward[one.by[0]].name
    both = {"of": _called(is_of), "meant": _called(meant)}
    return say("is the gradient by {of}, not by {meant}", **both) if is_of and meant else ""


def _ratio(whole: Examined, one: Found) -> float | None:
    """How many times what is right it is, all of it or all that is wrong; None for no number."""
    match, before = one.match, _put_before(whole, one.event)
    if match is None or match.index not in one.by:
        return None if before else _ratio_where_wrong(whole, one)
    now = written_now(whole, put=before) if before else {}
    constant = constant_now(whole, one, now) if now else match.constant
    return constant / one.constant if constant else None


def _not_only_scaled(several: Sequence[Event]) -> Event:
    """The last that does more than to divide all by a number, which would show as a factor."""
    left = [*several]
    while len(left) > 1 and matched([left[-1].numbers], [left[-2].numbers]):
        left.pop()
    return left[-1]


def _returned(whole: Examined, event: Event) -> Event | None:
    """Where a function computed what only gets a name here, with what it was given: a helper."""
    made = [e for e in whole.points[0].trace.own if same_nodes(e.value, event.value)]
    returned = (e for e in made[::-1] if isinstance(e.statement.node, ast.Return))
    return next(returned, None) or _made_once(whole, event)


def _made_once(whole: Examined, event: Event) -> Event | None:
    """Where another function computed what only gets a name here, if it computes no other so."""
    own = whole.points[0].trace.own
    made = next((e for e in own if same_nodes(e.value, event.value)), event)  # not one clipped
    once = sum(e.statement is made.statement for e in own) == 1
    return made if once and made.statement.function != event.statement.function else None


def _edit_in_words(
    whole: Examined, one: Found, several: Sequence[Event]
) -> tuple[str, Event | None]:
    """Return the small edit that makes it right at all points, and where; "" where there is none.

    several: the events that wrote it.
    """
    spoilt = _put_before(whole, several[0])  # put right at the first only
    points = range(1 if spoilt else len(whole.points))
    seeds = [point.trace.seed for point in whole.points]
    rights = [x for k in points if (x := _right_number(whole, one, k)) is not None]
    for events in (several, several[-1:])[: len(several)]:
        words, event = by_edit(whole, events, rights, seeds, partial(mends, whole, one))
        if words:
            return words, event
    return "", None


MOST = 40  # edits run from the start; 0.1 s each where a file takes long


def _edit_of_sum(whole: Examined, one: Found, several: Sequence[Event]) -> str:
    """The edit that makes it right in all rounds of the loop in which it is summed up."""
    last = several[-1].statement
    if one.update or not one.by or sum(e.statement is last for e in several) < 2:
        return ""
    names = names_at(whole, several[-1])
    own = {f.event.index for f in whole.found if f.name == one.name}
    put = {index: right for index, right in whole.put.items() if index not in own}
    for _, (node, words) in zip(range(MOST), edits(last.node, names)):
        now = written_now(whole, put=put, edited={last.key: node})
        if now and fits(whole, one, now):
            return words
    return ""


def _edit_before(whole: Examined, one: Found) -> tuple[str, Event | None]:
    """The edit by which all comes right of what has no verdict and it is computed from; and where.

    So is a slope that has a name of its own, or that a function returns. Of several mistakes none
    is all.
    """
    if {group_of(f.event) for f in whole.found if f.blamed} != {group_of(one.event)} or not one.by:
        return "", one.writer
    point, known = whole.points[0], {f.event.index for f in whole.found if f.match or f.says}
    below = {x for nodes in reachable(*one.event.nodes) for x in nodes}
    before = (e for e in point.events.values() if e.index < one.event.index)
    several = [e for e in before if e.index not in known and not below.isdisjoint(e.value.flat)]
    last = {e.statement.key: e for e in several}
    nearest = sorted(last.values(), key=lambda e: -e.index)[:NEAREST]
    for e in nearest:
        for _, (node, words) in zip(range(MOST), edits(e.statement.node, names_at(whole, e))):
            now = written_now(whole, put={}, edited={e.statement.key: node})
            if now and all(fits(whole, f, now) for f in whole.found if f.ends or f is one):
                return words, e
    return "", one.writer


NEAREST = 2  # statements


def _put_before(whole: Examined, event: Event) -> dict[int, np.ndarray]:
    """What was put right before something: by itself it is judged with that."""
    return {index: right for index, right in whole.put.items() if index < event.index}


def _ratio_where_wrong(whole: Examined, one: Found) -> float | None:
    """How many times what is right was written, where only some entries are wrong."""
    ratios: list[float] = []
    for k, point in enumerate(whole.points):
        written = one.written(point)
        right = whole.right_of(one, k)
        if right is None or right.shape != written.shape:
            return None
        wrong = off(written, right)
        if wrong.all() or not wrong.any() or not right[wrong].all():
            return None
        ratios += list(written[wrong] / right[wrong])
    same = ratios and np.ptp(ratios) <= 1e-7 * np.abs(ratios).max()
    return float(ratios[0]) if same and ratios[0] else None


def _written_by(whole: Examined, one: Found) -> list[Event]:
    """The events that wrote it: an update is made by its own line alone."""
    return [one.event] if one.update else chain(one.event, whole.points[0])


def _right_number(whole: Examined, one: Found, point: int) -> np.ndarray | None:
    """What is right where something was written: of an update the parameter after it."""
    right = whole.right_of(one, point)
    if not one.update or right is None:
        return right
    _, old = whole.points[point].updates[one.event.index]
    after: np.ndarray = numbers_of(old.nodes) - right
    return after


def _kept_last(whole: Examined, one: Found, right: np.ndarray) -> bool:
    """Whether all rounds of a loop together are right, of which each overwrote the one before."""
    same = [
        e.numbers
        for e in whole.points[0].trace.own
        if e.statement is one.event.statement and e.name == one.event.name
        if not e.goes_on and e.index <= one.event.index
    ]
    if len(same) < 2 or any(x.shape != right.shape for x in same):
        return False
    sums = np.cumsum(same[::-1], axis=0)  # the rounds of another unit come before
    return any(equal(x, right) for x in sums[1:])


def _factor(ratio: float, whole: Examined, one: Found) -> str:
    """A constant too many or missing, in words; a number of the data is called by what it is.

    "" for a number that nobody writes: the quotient of two numbers of the data, say.
    """
    samples = whole.samples()
    known = (1.0, *FACTORS, *samples, *_literals(one), *named_numbers(whole))
    if not any(is_same(x, y) for x in (abs(ratio), abs(1.0 / ratio)) for y in known):
        return ""
    return factor_in_words(ratio, one.update, samples, whole.climbed)


FACTORS = (2.0, 3.0, 4.0)  # which people write too often, or forget: of a square, a cube


def _literals(one: Found) -> list[float]:
    """The numbers that stand in a statement."""
    found = (n.value for n in ast.walk(one.event.statement.node) if isinstance(n, ast.Constant))
    return [float(x) for x in found if isinstance(x, (int, float))]


def decay(whole: Examined) -> str:
    """Return what is pulled to 0 besides, by a penalty that L has not."""
    by_name = {
        whole.points[0].forward[f.match.index].name
        for f in whole.found
        if f.match and f.match.decays
    }
    words = "Weight decay pulls {names} to 0 besides, by a penalty that L has not."
    return say(words, names=listed(sorted(by_name))) if by_name else ""


def convention(whole: Examined) -> str:
    """Return what all gradients have in common, and no mistake is."""
    if abs(whole.constant - 1.0) <= 1e-7:
        return ""
    n, inverse = whole.constant, 1.0 / whole.constant
    several = [f.match.constant for f in whole.found if f.match and not (f.update or f.blamed)]
    same = [is_same(c, n) for c in several]
    if same and not any(same):
        return ""  # it is that of update lines
    which = say("All derivatives" if all(same) else "The derivatives by the parameters")
    mean = round(inverse) in whole.samples() and is_same(inverse, round(inverse))
    words = (
        MEAN
        if mean
        else "{which} are {n:.6g} times those of L, which is a convention and no mistake."
    )
    return say(words, which=which, n=round(inverse) if mean else n)


MEAN = (
    "{which} are those of L divided by {n}, the number of samples, which is a convention and no "
    "mistake."
)

"""The report on a derivation in arrays: one row an array, with its line and its verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.array_examples import with_examples
from microgradnet.checking.array_sketch import sketch_of_arrays
from microgradnet.checking.array_words import (
    convention,
    decay,
    gradient_of,
    mistake_of,
    where_in_words,
)
from microgradnet.checking.blaming import settle, spoilt_by, used_nodes
from microgradnet.checking.by_value import Examined
from microgradnet.checking.claims import claim, plainest
from microgradnet.checking.evidence import is_gathered, of_arrays
from microgradnet.checking.found import Found
from microgradnet.checking.names import OF_LAYER, PARAMETER
from microgradnet.checking.recognising import equal, group_of, off, versions
from microgradnet.checking.report import (
    CANNOT_TELL,
    FOLLOWS,
    ORDER,
    RIGHT,
    WRONG,
    Report,
    Row,
    loss_called,
    written_at,
)
from microgradnet.checking.rounding import SAME, farthest
from microgradnet.checking.slips import slip
from microgradnet.checking.through import match_through
from microgradnet.tracing.events import Event, same_nodes
from microgradnet.words import listed, say

__all__ = ["report_on"]


def report_on(whole: Examined, more: Sequence[Row] = ()) -> Report:
    """Return the report on what was found; more: further rows.

    Raises ValueError where no loss is computed, and under none that is known is anything right, or
    would be with one array put right.
    """
    mended: list[Report] = []
    for option in (whole, *whole.others):
        settled = settle(option)
        report = _report(settled, more)
        ends = [one for one in option.found if one.ends] or option.found
        right = any(one.match for one in ends) or any(row.mistake for row in report.rows)
        if right or not whole.assumed or _is_later(whole):
            return with_examples(settled, report)
        mended += [report] * any(one.follows for one in ends)
    if mended:
        return mended[0]
    raise ValueError(
        say(
            "no loss is computed, and under none that is known is anything here its gradient by a "
            "parameter: compute the loss, or give loss="
        )
    )


def _report(whole: Examined, more: Sequence[Row]) -> Report:
    groups: dict[object, list[Found]] = {}
    numbers = _numbers_only(whole)
    used = used_nodes(whole)
    for one in whole.found:
        if one.says or one.match or one.blamed or one.update:
            groups.setdefault((one.update, *group_of(one.event), one.name), []).append(one)
    for several in reversed(groups.values()):
        used |= _told_through(whole, several, used)
    rows: dict[str, Row] = {}
    found: dict[str, Found] = {}
    for several in groups.values():
        one = _shown(whole, several)
        row = _row(whole, one, used)
        if row is not None and row.verdict == RIGHT:
            row = _if_seen(row, whole, one)
        if row is not None and (row.name not in rows or _worse(row, rows[row.name])):
            rows[row.name], found[row.name] = row, one
    rows |= {row.name: row for row in (*_never_updated(whole), *numbers, *more)}
    ordered = sorted(rows.values(), key=lambda row: ORDER.index(row.verdict))
    said = listed((whole.note, convention(whole), decay(whole)), " ")
    first = whole.points[0]
    own = (e.name for e in first.trace.events if not e.shape and e.value.item() is first.loss)
    loss = loss_called(next(own, ""), whole.note)
    sketch = sketch_of_arrays(first, found, ordered, loss)
    report = Report(tuple(ordered), said, {}, loss, sketch=sketch)
    if not is_gathered():
        return report
    right = {k: found[k] for k, row in rows.items() if row.verdict == RIGHT and k in found}
    return replace(report, evidence=of_arrays(whole, right))


def _told_through(whole: Examined, several: Sequence[Found], used: set[Value]) -> set[Value]:
    """The nodes of what cannot be told, if it is the gradient through one array that is right.

    So is what a layer returns for its input, which another layer uses, too, and what a step of a
    recurrence hands back. several: of one statement.
    """
    if (
        any(f.match or f.local is not None for f in several)
        or _verdict(whole, several[-1], used) != CANNOT_TELL
    ):
        return set()
    matches = (f.match for f in whole.found if f.match and not (f.blamed or f.follows or f.update))
    forward = whole.points[0].forward
    known = [forward[k].gradient for k in {match.index for match in matches}]
    right = [k for k, f in enumerate(forward) if any(equal(f.gradient, g) for g in known)]
    for one in several[:FEW]:
        one.match = match_through(one, whole.points, right, whole.constant)
        if one.match:
            return {x for part in reachable(*one.event.nodes) for x in part}
    return set()


FEW = 3  # rounds of a loop: more say no more


def _shown(whole: Examined, several: Sequence[Found]) -> Found:
    """Of the rounds of a loop the one that its row shows: what is wrong where it is off."""
    spoilt = [f for f in several if f.blamed] or [f for f in several if f.follows]
    for f in spoilt if len(spoilt) > 1 else ():
        right, written = whole.right_of(f), f.written(whole.points[0])
        if right is not None and right.shape == written.shape and off(written, right).any():
            return f
    known = [f for f in several if f.match or f.local is not None]
    return spoilt[0] if spoilt else (known or several)[-1]


def _is_later(whole: Examined) -> bool:
    """Whether it is of a later step: what the loss is is known, and not each must move in each."""
    return bool(whole.points[0].trace.steps.left)


def _never_updated(whole: Examined) -> list[Row]:
    """The parameters that are left as they are, or lost, where others are moved."""
    updates = [one for one in whole.found if one.update and not _is_later(whole)]
    forward = whole.points[0].forward
    moved_nodes = {x for one in updates for x in forward[one.by[0]].nodes.flat}
    moved_ones = {f.name for f in forward if not moved_nodes.isdisjoint(f.nodes.flat)}
    stems = {re.sub(r"\d+$", "", name) for name in moved_ones}
    layers = {_layer_of(name) for name in moved_ones} - {""}
    again = [one for one in updates if one.blamed and one.again is not None]
    instead = {forward[one.again or 0].nodes.flat[0]: one.name for one in again}
    anew = {event.name for event in whole.points[0].events.values()}
    rows = []
    for f in forward if updates else ():
        alike = PARAMETER.match(f.name) or re.sub(r"\d+$", "", f.name) in stems
        alike = alike or _layer_of(f.name) in layers
        if f.leaf and alike and f.gradient.any() and f.name not in moved_ones:
            name, at = f.name.removeprefix("self."), np.abs(f.gradient).argmax()
            lost = "is assigned anew, and keeps nothing of what it was: = where += or -= belongs"
            words = say(lost if f.name in anew else "{name} is never updated", name=name)
            right = updates[0].constant * float(f.gradient.flat[at])
            row = Row(f"update {name}", WRONG, 0.0, right, 0.0, None, "", words)
            if other := instead.get(f.nodes.flat[0]):  # another parameter was moved in its place
                row = replace(row, verdict=FOLLOWS, follows=(other,), why=words, mistake="")
            rows.append(row)
    return rows


def _layer_of(name: str) -> str:
    """What the name of weights or of a bias says of its layer, "" if nothing: `out` of `bout`."""
    found = OF_LAYER.match(name)
    return found["layer"].lower() if found else ""


def _numbers_only(whole: Examined) -> list[Row]:
    """The derivatives that are one plain number, though the loss depends on what they are by.

    An update by such a number follows from it.
    """
    point = whole.points[0]
    known = {plainest(f.name) for f in point.forward if f.name}
    events = {event.name for event in point.trace.events}
    rows = []
    for name, (number, statement) in point.trace.numbers.items():
        says = claim(name, known)
        by = versions(point, says.by) if says and says.by and name not in events else []
        if by and point.forward[by[0]].leaf and point.forward[by[0]].gradient.any():
            right = whole.constant * float(point.forward[by[0]].gradient.flat[0])
            words = "is the number {number:g}, whatever {name} is"
            words = say(words, number=number, name=point.forward[by[0]].name)
            row = Row(name, WRONG, number, right, 0.0, None, "", words)
            rows.append(written_at(row, statement.file, statement.line))
            for one in whole.found:
                if one.update and one.by == by[:1] and name in one.event.statement.reads:
                    one.blamed, one.follows = False, [name]
    return rows


def _if_seen(row: Row, whole: Examined, one: Found) -> Row:
    """The row of what is right; where a comparison below it has gone one way only, no verdict."""
    by = whole.points[0].forward[one.match.index].nodes.flat if one.match else ()
    for choice in whole.unseen:
        if not choice.inputs.isdisjoint(by):
            words = "line {line} goes one way at all numbers tried: of the other nothing is seen"
            why = say(words, line=choice.statement.line)
            return replace(row, verdict=CANNOT_TELL, why=why)
    return row


def _worse(row: Row, other: Row) -> bool:
    """Whether a later row of the same name says more: one that is wrong stays."""
    return ORDER.index(row.verdict) < ORDER.index(other.verdict) or row.verdict == other.verdict


def _row(whole: Examined, one: Found, used: set[Value]) -> Row | None:
    """The row of one; used: the nodes that recognised gradients are computed from."""
    verdict = _verdict(whole, one, used)
    if not verdict:
        return None
    event = one.event
    right = whole.right_of(one)
    written = one.written(whole.points[0])
    why, mistake, where = _words(whole, one, verdict, written, right)
    if right is not None and verdict == WRONG and one.match is not None and one.match.transposed:
        right = right.T if right.shape != right.T.shape else right  # as it should have been
    at, bound = _where(written, right)
    if one.update and verdict == WRONG and right is not None:
        event = _writer(whole, event, np.abs(written - right) > bound)
    event = one.writer or event
    number = float(written[at]) if verdict == RIGHT else np.nan
    if right is not None and verdict != RIGHT:
        number = float(right[at]) if right.ndim == written.ndim else float(right.flat[0])
    row = Row(
        *(one.name, verdict, float(written[at]), number, bound, None, why, mistake),
        follows=tuple(one.follows),
        shape=event.shape,
        where=where,
        of=gradient_of(whole, one),
    )
    return written_at(row, event.statement.file, event.line)


def _verdict(whole: Examined, one: Found, used: set[Value]) -> str:
    """The verdict on one, "" where it is no row; it keeps what it follows from."""
    one.follows = list(dict.fromkeys(one.follows))  # of the rounds of a loop, one
    if one.blamed or one.follows or one.match is not None or one.local is not None:
        return WRONG if one.blamed else FOLLOWS if one.follows else RIGHT
    if not one.says or not used.isdisjoint(one.event.value.flat):
        return ""  # a temporary, or what a recognised gradient is computed from
    one.follows = list(dict.fromkeys(other.name for other in spoilt_by(whole, one)))
    return FOLLOWS if one.follows else CANNOT_TELL


def _words(
    whole: Examined, one: Found, verdict: str, written: np.ndarray, right: np.ndarray | None
) -> tuple[str, str, str]:
    """Why the verdict is so, what the mistake is, and where it is."""
    if verdict == WRONG and (found := _slip(whole)):
        return "", found, ""
    if one.words:
        return "", one.words, ""
    if verdict == WRONG and right is not None:
        return "", mistake_of(whole, one, right), where_in_words(written, right)
    if verdict == WRONG:
        words = say("is not the gradient of the loss by anything that the code computes")
    elif verdict == CANNOT_TELL:
        words = say("called a derivative, but nothing is found here that it is the gradient by")
    else:
        words = say("follows from {names}", names=listed(one.follows)) if one.follows else ""
    return words, "", ""


def _writer(whole: Examined, event: Event, wrong: np.ndarray) -> Event:
    """The last that wrote a wrong entry of what an update moves in several parts."""
    events = whole.points[0].trace.events
    at: Event | None = events[event.index]
    while at is not None and at.old is not None and at.old.shape == at.shape == wrong.shape:
        changed = np.array([x is not y for x, y in zip(at.old.flat, at.value.flat)])
        if changed[wrong.ravel()].any():
            return at
        old = at.old
        at = next((e for e in reversed(events[: at.index]) if same_nodes(e.value, old)), None)
    return event


def _slip(whole: Examined) -> str:
    """What is wrong in the text itself of the statements that were run."""
    reads = dict.fromkeys(whole.points[0].trace.reads)
    return slip((statement.line, statement.node) for statement in reads)


def _where(written: np.ndarray, right: np.ndarray | None) -> tuple[tuple[int, ...], float]:
    """Where the two are farthest apart, as far as both reach; how far rounding can take them."""
    if right is None:
        return farthest(written, written), 0.0
    if right.ndim != written.ndim:
        return tuple(0 for _ in written.shape), 0.0
    both = tuple(slice(min(n)) for n in zip(written.shape, right.shape))
    return farthest(written[both], right[both]), SAME * float(np.abs(right).max(initial=0.0))

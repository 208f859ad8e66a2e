"""A later step of training, from the state that the first left: what is wrong only there.

So are sums that are not set to zero between the steps, and what is kept from the first of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from microgradnet.checking.array_report import report_on
from microgradnet.checking.by_value import Examined
from microgradnet.checking.found import Found
from microgradnet.checking.recognising import Point, parts_of
from microgradnet.checking.report import FOLLOWS, WRONG, Report, Row
from microgradnet.checking.rounding import SAME
from microgradnet.tracing.events import Event, numbers_of, same_nodes
from microgradnet.tracing.stepping import Steps
from microgradnet.words import listed, say

__all__ = ["report_on_steps"]

# How many steps are left behind, and rounds of the loop around them, and what is said then.
STEPS = (
    ((1, 0), "in the first step it is right, in the second it is wrong"),
    ((1, 1), "it is wrong only in the second round of the loop around the steps"),
)
KEPT = "is not set to 0 before the step: what the step before it left is still in it"


def report_on_steps(whole: Examined, more: Sequence[Row] = ()) -> Report:
    """Return the report on the first step, or, where all of that is right, on one that is not.

    more: further rows.
    """
    report = report_on(whole, more)
    steps = STEPS if report else ()
    is_wrong = any(row.verdict in (WRONG, FOLLOWS) for row in report.rows)
    for behind, words in (*steps, *_with_more_rounds(whole)) if not is_wrong else ():
        later = _later(whole, behind, report.note)
        if later is None or not _is_as_large(later.points[0]):
            continue
        found = report_on(later, more)
        if any(row.verdict == WRONG for row in found.rows):
            rows = [_said(row, later, say(words)) for row in found.rows]
            return replace(found, rows=tuple(rows))
        if later.points[0].trace.steps.rounds < 0:
            break  # the second step was in another round already
    return report


MOST = 8  # further steps that are looked at for a loop of several rounds


def _with_more_rounds(whole: Examined) -> Iterator[tuple[tuple[int, int], str]]:
    """The first step in which a loop that derives has several rounds, and had one in the first.

    So `d_b = temp` is right for a text of one word.
    """
    first = whole.points[0].trace
    alone = {first.reads[k].key for several in first.once.values() for k in several}
    alone &= {one.event.statement.key for one in whole.found if not one.update}
    for n in range(2, MOST) if alone else ():
        try:
            trace, _ = replace(whole.code, behind=(n, 0)).run(first.seed)
        except Exception:  # of the code, which may end before
            return
        left = trace.steps.left
        begun = trace.events[left.stop - 1].end if left else 0
        counts = Counter(statement.key for statement in trace.reads[begun:])
        if not trace.steps.over:
            return
        if any(counts[key] > 1 for key in alone):
            yield (
                (n, 0),
                "it is right where the loop around it has one round, and wrong in a longer one",
            )
            return


def _later(whole: Examined, behind: tuple[int, int], note: str) -> Examined | None:
    """What is found of a later step, under the loss of the first; None where there is none."""
    steps = whole.points[0].trace.steps
    if whole.later is None or not steps.over or (behind[1] and not steps.nested):
        return None
    try:
        later = whole.later(*behind)
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError):
        return None  # the code ends before, or what it moves cannot be told
    for option in (later, *later.others):
        if option.assumed == whole.assumed and option.note in note:
            option.others = []
            option.found = [one for one in option.found if not _has_momentum(option, one)]
            over = all(point.trace.steps.over for point in option.points)
            return option if over and option.found else None
    return None


def _is_as_large(point: Point) -> bool:
    """Whether a step has arrays like those before: a last batch may be of fewer samples.

    So it is where the data were cut, and need not be where they were not.
    """
    events, left = point.trace.events, point.trace.steps.left
    before = {(event.name, event.shape) for event in events[left.start : left.stop]}
    names = {name for name, _ in before}
    now = [event for event in events[left.stop :] if event.name in names]
    return all((event.name, event.shape) in before for event in now)


def _has_momentum(whole: Examined, one: Found) -> bool:
    """Whether something is a gradient and a part of what it was a step before: a rule of its own.

    All of what it was is no rule: it was not set to 0.
    """
    part = _part_kept(whole, one)
    return part is not None and abs(part - 1.0) > SAME


def _part_kept(whole: Examined, one: Found) -> float | None:
    """How much of what it was a step before something has besides a gradient; None for nothing."""
    if one.match is not None or not one.by:
        return None
    columns: list[np.ndarray] = []
    for point in whole.points:
        gradient, before = point.forward[one.by[0]].gradient, _before(point, one)
        now = one.written(point)
        if before is None or not before.size == gradient.size == now.size:
            return None
        columns.append(np.stack([gradient.ravel(), before.ravel(), now.ravel()]))
    gradient, before, now = np.concatenate(columns, axis=1)
    found = parts_of(now, gradient, before) if now.size > 2 else None
    return found[1] if found else None


def _before(point: Point, one: Found) -> np.ndarray | None:
    """What something was at the end of the step before; of an update how far it moved."""
    trace, left = point.trace, point.trace.steps.left
    here = point.updates[one.event.index][0] if one.update else point.events[one.event.index]
    alike = [e for e in trace.events[left.start :] if e.name == here.name]
    before = [e for e in alike if e.index < left.stop]
    at = len(before) - 1
    if here.index >= left.stop:  # as many in each step, as of neurons in a loop
        at = sum(e.index < here.index for e in alike) - (len(alike) - len(before))
    if not 0 <= at < len(before):
        return None
    return _moved(before[at::-1], trace.steps) if one.update else before[at].numbers


def _moved(several: Sequence[Event], steps: Steps) -> np.ndarray | None:
    """How far the first of several events moved a parameter, with those before of its entries."""
    moved, own = None, None
    for event in several:
        now = None if event.old is None else steps.nodes_now(event.old)
        if event.old is None or now is None or not (own is None or same_nodes(now, own)):
            break
        own, moved = now, numbers_of(event.old) - event.numbers + (0.0 if moved is None else moved)
    return moved


def _said(row: Row, whole: Examined, when: str) -> Row:
    """A row of a later step, with what is wrong there and when."""
    if row.verdict != WRONG:
        return row
    kept = any(
        one.name == row.name and (part := _part_kept(whole, one)) and abs(part - 1.0) <= SAME
        for one in whole.found
    )
    mistake = say(KEPT) if kept else row.mistake
    return replace(row, mistake=mistake, why=listed((row.why, when), "; "))

"""Describe the row of a claim in words, with an example and the numbers of the point."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType

import numpy as np

from microgradnet.checking.check import Step
from microgradnet.checking.claims import Claim, Runs
from microgradnet.checking.examples import Example, smallest_example
from microgradnet.checking.judging import BLURRED
from microgradnet.checking.report import (
    CANNOT_TELL,
    NOT_CHECKED,
    ORDER,
    RIGHT,
    SCALED,
    WRONG,
    Report,
    Row,
    written_at,
)
from microgradnet.checking.wording import (
    copied,
    derivative_in_words,
    factor_in_words,
    loss_in_words,
    places_of,
    stored_at,
)
from microgradnet.tape.recording import Recording
from microgradnet.tape.tape import Tape
from microgradnet.words import say, sentence

MOST = 200  # the most numbers of a point that are shown


def described(row: Row, tape: Tape, step: Step, claim: Claim, factor: float) -> Row:
    """Return the row of a claim with its words: which derivative it is, why, an example.

    factor: the factor that the claim should have.
    """
    runs, judgement = step.runs, step.judgement
    times = _times(row, step, claim, factor)
    of = derivative_in_words(claim, runs, times)
    if row.verdict == SCALED:
        loss = loss_in_words(step.loss)
        why = say("{times:.6g} times the gradient of {loss}", times=times, loss=loss)
        reason = factor_in_words(times, runs, judgement.claims)
        if reason:
            why = say("{words}: {reason}", words=why, reason=reason)
            of = say("{words}: {reason}", words=of, reason=reason) if of else of
        return replace(row, of=of, why=row.why or why)
    if row.verdict != WRONG:
        return replace(row, of=of)
    if not row.mistake:
        return replace(row, of=of)
    row = replace(row, of=of, mistake=copied(row.mistake, claim, judgement.claims, runs))
    return with_example(row, smallest_example(tape, claim, factor, runs))


def _times(row: Row, step: Step, claim: Claim, factor: float) -> float:
    """Return how many times the derivative a claim's value is, for the words of its row."""
    if row.verdict == RIGHT and claim.kind == "inner":
        return factor
    if row.verdict != SCALED:
        return 1.0
    i = next(k for k, c in enumerate(step.judgement.claims) if c is claim)
    own = step.judgement.proportions[i]
    return step.judgement.scale if claim.kind == "move" or not own else own


def as_claimed(row: Row, tape: Tape, step: Step, statement: ast.stmt) -> Row:
    """Return the row of a statement with the words of the claim stored there, if there is one.

    An "inner" claim adds no words: it is right up to a constant that is not known.
    """
    for claim in step.judgement.claims:
        if claim.place.statement is statement and claim.kind not in ("move", "inner"):
            row = replace(row, of=derivative_in_words(claim, step.runs))
            row = replace(row, mistake=copied(row.mistake, claim, step.judgement.claims, step.runs))
            return with_example(row, smallest_example(tape, claim, 1.0, step.runs))
    return row


def with_example(row: Row, found: Example | None) -> Row:
    """Return a row with an example, if there is one."""
    if found is None:
        return row
    return replace(row, example=found.numbers, at_example=(found.written, found.right))


def point_of(runs: Runs, tape: Tape, given: Iterable[int] = ()) -> dict[str, float]:
    """Return the numbers of the point that a report shows, by their names.

    given: entries of arguments, which are shown too.
    """
    found: dict[str, float] = {}
    shown = dict.fromkeys([*given, *runs.given])
    for n, name in places_of(tape, [n for n in shown if n < runs.end]).items():
        value = np.asarray(runs.values[0][n], dtype=float)
        for index in np.ndindex(*value.shape):
            found[f"{name}[{', '.join(map(str, index))}]" if index else name] = float(value[index])
    return found if len(found) <= MOST else {}


def stopped(recording: Recording) -> list[Row]:
    """Return a row for the error that ended the code, since the rest is not checked.

    No row if a loop was cut short before: that may have caused the error.
    """
    error, trees = recording.error, recording.trees
    if error is None or recording.tape.left:
        return []
    own = [t for t in _frames(error) if t.tb_frame.f_code.co_filename in trees]
    file, line = (own[-1].tb_frame.f_code.co_filename, own[-1].tb_lineno) if own else ("", 0)
    said = say("{kind}: {text}", kind=type(error).__name__, text=sentence(error))
    why = say("the code stops here with {error}; the rest is not checked", error=said)
    name = stored_at(trees[file], line) if own else said
    made = Row(name, NOT_CHECKED, math.nan, math.nan, 0.0, why=why)
    return [written_at(made, file, line) if own else made]


def _frames(error: BaseException) -> Iterator[TracebackType]:
    """Yield the frames of a traceback, the outermost first."""
    at = error.__traceback__
    while at is not None:
        yield at
        at = at.tb_next


def once(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of several steps, only the worst row of each claim."""
    found: dict[tuple[str, int], Row] = {}
    for row in rows:
        key = (row.name, row.line)
        other = found.get(key)
        is_worse = other is not None and ORDER.index(row.verdict) < ORDER.index(other.verdict)
        if other is None or shows_nothing(other) or (is_worse and not shows_nothing(row)):
            found[key] = row
    return list(found.values())


def shows_nothing(row: Row) -> bool:
    """Whether a row is undecided because its numbers are 0, or as small as rounding."""
    return row.verdict == CANNOT_TELL and row.why in (say(NOTHING), say(BLURRED))


def merged(reports: Sequence[Report]) -> Report:
    """Merge the reports of one code at several inputs, to replace rows that show nothing."""
    first, *others = reports
    known = {(r.name, r.line): r for other in others for r in other.rows if not shows_nothing(r)}
    rows = [known.get((r.name, r.line), r) if shows_nothing(r) else r for r in first.rows]
    rows += [r for key, r in known.items() if r.verdict == WRONG and r not in rows]
    ordered = sorted(once(rows), key=lambda r: ORDER.index(r.verdict))
    return replace(first, rows=tuple(ordered))


NOTHING = "0 at all numbers tried: a mistake would not show"

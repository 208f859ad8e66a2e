"""Put a row into words: which entries are wrong, which derivative it is, its factor, why."""

from __future__ import annotations

import ast
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from microgradnet.autograd.labels import element
from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.proportions import HOLDS, common, is_equal, proportion
from microgradnet.checking.finding.upstream import ASSUMED, Loss
from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.judging.judgement import sizes
from microgradnet.checking.judging.runs import Claim, Runs
from microgradnet.checking.reporting.examples import Example, places_of, smallest_example
from microgradnet.checking.reporting.report import (
    NOT_CHECKED,
    RIGHT,
    SCALED,
    WRONG,
    Row,
    first_line,
    without_numbers,
)
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.recording import Recording
from microgradnet.tape.sources import line_of_file
from microgradnet.tape.tape import Tape
from microgradnet.words import listed, say, sentence

FEW = 3  # entries that are listed one by one
LINES = (
    ("row {which} is wrong", "rows {which} are wrong"),
    ("column {which} is wrong", "columns {which} are wrong"),
)
MOST = 200  # the most numbers of a point that are shown


def code_at(place: Place) -> str:
    """Return the line of a statement as the person wrote it, as far as a row shows it."""
    written = first_line(line_of_file(place.file, place.line))
    return written or ast.unparse(place.statement).split("\n")[0]


def stored_at(tree: ast.Module, line: int) -> str:
    """Return the target that a line stores; without one, the words for the line itself."""
    if (node := _storing(tree).get(line)) is None:
        return say("line {line}", line=line)
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return listed(ast.unparse(t) for t in targets)


@lru_cache(maxsize=8)
def _storing(tree: ast.Module) -> dict[int, ast.stmt]:
    """Return the outermost statement that stores something, by line."""
    found = dict[int, ast.stmt]()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            for line in range(node.lineno, (node.end_lineno or 0) + 1):
                found.setdefault(line, node)
    return found


def corrected(suggestion: str, written: ast.stmt, file: str) -> str:
    """Return a corrected statement as a person writes it; of a lambda, its whole line."""
    line = line_of_file(file, written.lineno).encode()
    before, after = line[: written.col_offset], line[written.end_col_offset :]
    is_lambda = isinstance(written, ast.Return) and line[len(before) :][:6] != b"return"
    if suggestion and is_lambda and line and written.end_lineno == written.lineno:
        new = suggestion.removeprefix("return ").encode()
        return (before + new + after).decode().strip()
    return as_written(suggestion)


def as_written(suggestion: str) -> str:
    """Return a corrected statement without the brackets around a tuple that is assigned."""
    if not suggestion:
        return ""
    statement = ast.parse(suggestion).body[0]
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Tuple):
        return suggestion
    several = ", ".join(map(ast.unparse, statement.value.elts))
    statement.value = ast.Name("_")
    return ast.unparse(statement)[:-1] + several


def different(written: Any, right: Any) -> np.ndarray:
    """Return a mask of the entries of two arrays that differ by more than rounding."""
    largest = float(np.abs(right).max(initial=0.0))
    off: np.ndarray = ~(np.abs(written - right) <= HOLDS * max(largest, 1e-300))
    return off


def entries_in_words(written: Any, right: Any) -> str:
    """Return the words for the wrong entries; "" for a scalar."""
    written, right = np.asarray(written, dtype=float), np.asarray(right, dtype=float)
    if right.shape != written.shape:
        words = "its shape is {written}, not {right}"
        return say(words, written=str(written.shape), right=str(right.shape))
    wrong = different(written, right)
    n = int(wrong.sum())
    if not n or wrong.size == 1:
        return ""
    if wrong.all() and n == 2:
        return say("both entries are wrong")
    if wrong.all():
        return say("all {n} entries are wrong", n=wrong.size)
    return _lines(wrong) or _few(wrong, n)


def _lines(wrong: np.ndarray) -> str:
    """Return the words for rows or columns of a matrix that are wrong as a whole; else ""."""
    for axis, (one, several) in enumerate(LINES) if wrong.ndim == 2 else ():
        bad = np.flatnonzero(wrong.any(axis=1 - axis))
        if len(bad) < wrong.shape[axis] and wrong.take(bad, axis=axis).all():
            return say(several if len(bad) > 1 else one, which=listed(map(str, bad)))
    return ""


def _few(wrong: np.ndarray, n: int) -> str:
    if wrong.ndim == 1 and n <= FEW:
        one, several = "entry {which} is wrong", "entries {which} are wrong"
        return say(one if n == 1 else several, which=listed(map(str, np.flatnonzero(wrong))))
    words = "{n} of {size} entries is wrong" if n == 1 else "{n} of {size} entries are wrong"
    return say(words, n=n, size=wrong.size)


def name_of(claim: Claim) -> str:
    """Return the name of a claim: as in the code, `update W1` for a move."""
    return update_of(claim.name) if claim.kind == "move" else claim.name


def update_of(name: str) -> str:
    """Return the name of the row of a parameter's move."""
    return f"update {name.removeprefix('self.')}"


def derivative_in_words(claim: Claim, runs: Runs, times: float = 1.0) -> str:
    """Return the derivative that a claim is, in words: "dL/dW1", "4 times dL/dZ1"."""
    if claim.kind == "move":
        return ""
    of = "L" if claim.of is None else _short(runs.entries[claim.of])
    by = _short(runs.entries[claim.bys[0]])
    by = by if isinstance(claim.by, int) else by.partition("[")[0]
    whole = f"d{of}/d{by}"
    return whole if is_equal(times, 1.0) else say("{times:.6g} times {of}", times=times, of=whole)


def _short(entry: Entry) -> str:
    """Return the attribute, key or name of an entry; else its formula in brackets."""
    return vocabulary.last_part(entry.names[0]) if entry.names else f"({entry.place.text})"


def loss_in_words(loss: Loss) -> str:
    """Return the name of a loss; of an assumed one, its kind and its formula."""
    if not loss.is_assumed or loss.place is None or loss.carried is not None:
        return loss.name
    node, kind = loss.place.node, say(loss.kind)
    if loss.kind != ASSUMED[0] and isinstance(node, ast.BinOp):
        words = "the {kind} of {prediction} and {target}"
        sides = [ast.unparse(side) for side in (node.left, node.right)]
        return say(words, kind=kind, prediction=sides[0], target=sides[1])
    return say("the {kind} of {code}", kind=kind, code=loss.place.text)


def factor_in_words(scale: float, runs: Runs, claims: Iterable[Claim]) -> str:
    """Return the words for a common factor of all derivatives, left out or added."""
    if scale < 0:
        more = factor_in_words(-scale, runs, claims) if not is_equal(scale, -1.0) else ""
        minus = "the minus of the update is in it"
        climbed = "it is climbed, as a likelihood is"
        return listed((say(minus if runs.loss.is_cost else climbed), more), "; ")
    counts = sizes(runs.entries)
    n = next((n for n in counts if is_equal(scale, n)), 0)
    if n > 1 and n != 2 and n in _samples(runs, claims):
        return say("the mean over {n} samples is left out", n=n)
    if n > 1 and n != 2:
        return say("the mean over {n} is left out", n=n)
    for number, text in _factors(counts):
        if is_equal(scale * number, 1.0):
            return say("the factor {factor} is left out", factor=text)
    for number, text in _factors(counts):
        if is_equal(scale, number):
            return say("a factor {factor} that the gradient does not have", factor=text)
    return ""


def _factors(counts: Iterable[int]) -> Iterator[tuple[float, str]]:
    """Yield the usual factors of losses, as a person writes them."""
    yield from ((2.0, "2"), (0.5, "1/2"))
    yield from ((1 / n, f"1/{n}") for n in counts)
    yield from ((2 / n, f"2/{n}") for n in counts)
    yield from ((0.5 / n, f"1/(2 × {n})") for n in counts)


def _samples(runs: Runs, claims: Iterable[Claim]) -> set[int]:
    """Return the possible numbers of samples: sizes of an axis that two arrays of data share."""
    parameters = {n for c in claims if c.kind in ("move", "named") for n in c.bys}
    entries = (e for e in runs.entries if e.is_source and not e.aside)
    data = [e.shape for e in entries if e.number not in parameters]
    counts = Counter(n for shape in data for n in {*shape} if n > 1)
    return {n for n, times in counts.items() if times > 1}


def copied(words: str, claim: Claim, others: Iterable[Claim], runs: Runs) -> str:
    """Return the words of a mistake, with the derivative that the claim is a copy of, if any."""
    if "used" not in getattr(words, "parts", {}) or claim.kind == "move":
        return words
    for other in others:
        is_other = other.number != claim.number and other.kind != "move"
        pairs = ((claim.written(v), other.written(v)) for v in runs.values)
        if is_other and is_equal(common(proportion(*pair) for pair in pairs) or 0.0, 1.0):
            return say("{words}: copied from {name}?", words=words, name=other.name)
    return words


def shown_entry(written: Any, right: Any) -> tuple[Any, ...]:
    """Return the index of the entry that is farthest off; if none is off, of the largest."""
    off = np.abs(written - right)
    is_off = off > 1e-7 * np.abs(right).max(initial=0.0)
    where = np.where(is_off, off, 0) if is_off.any() else np.abs(right)
    return np.unravel_index(int(np.argmax(where)), where.shape)


def described(row: Row, tape: Tape, step: Step, claim: Claim, factor: float) -> Row:
    """Return the row of a claim with its words: which derivative it is, why, an example."""
    runs, judgement = step.runs, step.judgement
    times = _times(row, step, claim, factor)
    of = derivative_in_words(claim, runs, times)
    if row.verdict == SCALED:
        loss = loss_in_words(step.loss)
        why = say("{times:.6g} times the gradient of {loss}", times=times, loss=loss)
        reason = factor_in_words(times, runs, judgement.claims)
        if claim.kind == "mean" and times < 1:
            words = "the mean over {n} rows is taken here: the loss must not take it again"
            reason = say(words, n=round(1 / times))
        if reason:
            why = say("{words}: {reason}", words=why, reason=reason)
            of = say("{words}: {reason}", words=of, reason=reason) if of else of
        return replace(row, of=of, why=row.why or why)
    if row.verdict != WRONG or not row.mistake:
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
    """Return the numbers of the point that a report shows, by their names."""
    found: dict[str, float] = {}
    shown = dict.fromkeys([*given, *runs.given])
    for n, name in places_of(tape, [n for n in shown if n < runs.end]).items():
        value = np.asarray(runs.values[0][n], dtype=float)
        found |= {element(name, i): float(x) for i, x in np.ndenumerate(value)}
    return found if len(found) <= MOST else {}


def stopped(recording: Recording) -> list[Row]:
    """Return a row for the error that ended the code, since the rest is not checked.

    No row if a loop was cut short before: that may have caused the error.
    """
    error, trees = recording.error, recording.trees
    if error is None or recording.tape.left:
        return []
    frames = [(f.f_code.co_filename, n) for f, n in traceback.walk_tb(error.__traceback__)]
    file, line = next((at for at in reversed(frames) if at[0] in trees), ("", 0))
    said = say("{kind}: {text}", kind=type(error).__name__, text=sentence(error))
    why = say("the code stops here with {error}; the rest is not checked", error=said)
    name = stored_at(trees[file], line) if file else said
    return [without_numbers(name, NOT_CHECKED, why, file, line)]

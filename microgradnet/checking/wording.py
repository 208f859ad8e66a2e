"""Put a row into words: which entries are wrong, which derivative it is, and its factor."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from microgradnet.checking import vocabulary
from microgradnet.checking.claims import Claim, Runs
from microgradnet.checking.judging import sizes
from microgradnet.checking.loss_finding import Loss
from microgradnet.checking.proportions import HOLDS, common, is_equal, proportion
from microgradnet.checking.report import first_line
from microgradnet.checking.upstream import ASSUMED
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.sources import line_of_file
from microgradnet.tape.tape import Tape
from microgradnet.words import listed, say

FEW = 3  # entries that are listed one by one
LINES = (
    ("row {which} is wrong", "rows {which} are wrong"),
    ("column {which} is wrong", "columns {which} are wrong"),
)


def code_at(place: Place) -> str:
    """Return the line of a statement as the person wrote it, as far as a row shows it."""
    written = first_line(line_of_file(place.file, place.line))
    return written or ast.unparse(place.statement).split("\n")[0]


def stored_at(tree: ast.Module, line: int) -> str:
    """Return the target that a line stores; without one, the words for the line itself."""
    for node in ast.walk(tree):
        is_there = isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if is_there and isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            return listed(ast.unparse(t) for t in targets)
    return say("line {line}", line=line)


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


def called(entry: Entry) -> str:
    """Return the person's name for an entry: its first name, else its formula."""
    name = entry.names[0] if entry.names else entry.place.text
    return name.removeprefix("self.")


def name_of(claim: Claim) -> str:
    """Return the name of a claim: as in the code, `update W1` for a move."""
    return update_of(claim.name) if claim.kind == "move" else claim.name


def update_of(name: str) -> str:
    """Return the name of the row of a parameter's move."""
    return f"update {name.removeprefix('self.')}"


def places_of(tape: Tape, numbers: Iterable[int]) -> dict[int, str]:
    """Return the first unique names of entries, with index and key."""
    wanted, found = set(numbers), dict[int, str]()
    for stored in tape.stores:
        if stored.number in wanted:
            found.setdefault(stored.number, stored.slot.removeprefix("self."))
    count = Counter(found.values())
    return {n: name for n, name in sorted(found.items()) if count[name] == 1}


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
    if not loss.is_assumed or loss.place is None:
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
        is_cost = runs.loss.is_cost
        minus = (
            "the minus of the update is in it" if is_cost else "it is climbed, as a likelihood is"
        )
        return listed((say(minus), more), "; ")
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
        if is_other and is_equal(_proportion(claim, other, runs) or 0.0, 1.0):
            return say("{words}: copied from {name}?", words=words, name=other.name)
    return words


def _proportion(claim: Claim, other: Claim, runs: Runs) -> float | None:
    return common(proportion(claim.written(v), other.written(v)) for v in runs.values)


def shown_entry(written: Any, right: Any) -> tuple[Any, ...]:
    """Return the index of the entry that is farthest off; if none is off, of the largest."""
    off = np.abs(written - right)
    is_off = off > 1e-7 * np.abs(right).max(initial=0.0)
    where = np.where(is_off, off, 0) if is_off.any() else np.abs(right)
    return np.unravel_index(int(np.argmax(where)), where.shape)

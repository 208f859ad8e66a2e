"""Recognise gradients of the loss among the values of a run, by their numbers alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.proportions import common, is_equal, proportion
from microgradnet.checking.finding.vocabulary import last_part
from microgradnet.checking.judging.judgement import Judgement
from microgradnet.checking.judging.runs import Claim, Runs
from microgradnet.tape.entry import Entry
from microgradnet.tape.replay import ancestors, gradients
from microgradnet.tape.rules.rows import is_complex
from microgradnet.tape.tape import Tape

SOFT = ("named", "inner", "exact")  # claims that rest on a name alone
MOST = 20  # gradients of one fingerprint that are compared in full
MOST_SLOPES = 20_000  # pairs of values, one the slope of a function of the other by its name


class Gradients:
    """The gradients of the loss by its ancestors, in a table to look values up in."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.by_looks: dict[Any, list[int]] = {}
        for n, g in enumerate(runs.by_loss[0]):
            is_loss = n == runs.loss.number
            if not (g is None or is_loss or isinstance(g, list) or runs.values[0][n] is None):
                for looks in _looks(g):
                    self.by_looks.setdefault(looks, []).append(n)
        self._found: dict[int, tuple[int, float] | None] = {}

    def of(self, number: int) -> tuple[int, float] | None:
        """Return the entry that a value is the gradient by, and the factor; None without one."""
        if number not in self._found:
            self._found[number] = self._of(number)
        return self._found[number]

    def is_exact(self, number: int) -> bool:
        """Whether a value is a gradient, and no multiple of one."""
        found = self.of(number)
        return found is not None and is_equal(found[1], 1.0)

    def _of(self, number: int) -> tuple[int, float] | None:
        value = self.runs.values[0][number]
        if value is None or np.asarray(value).dtype.kind not in "fiu":
            return None
        for looks in _looks(value)[:1]:
            for n in self.by_looks.get(looks, ())[:MOST]:
                c = common(
                    proportion(_as(values[number], g[n]), g[n])
                    for values, g in zip(self.runs.values, self.runs.by_loss)
                )
                if c:
                    return n, c
        return None


def named_gradients(
    tape: Tape, runs: Runs, forward: set[int], above: set[int]
) -> tuple[set[int], int]:
    """Return the right statements of a backward pass, and the first doubtful one, by identity.

    The value of a right statement is the gradient that its name says (`dh` of the forward pass's h)
    at all points, or a value that only right ones are computed from, other than through a sum. A
    doubtful one has such a name and another value; 0 without one. above: the upstream gradients.
    """
    entries, last = tape.entries, max(forward, default=0)
    before = [s for s in tape.stores if s.number in forward]
    by_name: dict[str, set[int]] = {}
    for s in before:
        for name in vocabulary.gradients_of(last_part(s.text)):
            by_name.setdefault(name, set()).add(s.number)
    exact, doubtful, denied, tried = set[int](), 0, set[int](), 0
    for s in [s for s in tape.stores if s.number not in forward and s.number > last]:
        named = by_name.get(vocabulary.spelled(s.text), set())
        at, is_pulled = id(s.place.statement), not above.isdisjoint(ancestors(entries, [s.number]))
        pairs: list[tuple[int | None, int]] = [(None, n) for n in named]
        if not is_pulled:  # such as the slope du of u, by x
            both = ((n, other.number) for n in named for other in before if other.number != n)
            pairs = [*islice(both, MOST_SLOPES - tried)]
            tried += len(pairs)
        if any(_is_gradient(runs, s.number, *pair) for pair in pairs):
            exact.add(s.number)
        else:
            denied.add(at)
            is_named = any(entries[n].shape == entries[s.number].shape for n in named)
            doubtful = doubtful or (at if is_named and is_pulled else 0)
    sums = {e.number for e in entries if row(e) in ("sum", "mean")}
    behind, found = ancestors(entries, exact, sums), dict[int, bool]()
    for e in entries[last:]:
        if not e.is_source and not e.aside:
            at = id(e.place.statement)
            found[at] = found.get(at, True) and e.number in behind
    right = {id(entries[n].place.statement) for n in exact} - denied
    return right | {at for at, is_right in found.items() if is_right}, doubtful


def _is_gradient(runs: Runs, number: int, of: int | None, by: int) -> bool:
    """Whether an entry is the gradient of another, or of the loss, at all points, and not 0."""
    entries = runs.entries
    if entries[number].shape != entries[by].shape or number >= runs.end:
        return False
    claim = Claim("local", "", number, by, entries[number].place, of)
    c = runs.proportions([claim])[0]
    return c is not None and is_equal(c, 1.0)


def carried(
    judgement: Judgement, runs: Runs, ruled: set[int], limited: Mapping[int, int]
) -> set[int]:
    """Return the named claims that are off, though right moves are computed from their values.

    A sum that is not yet divided or masked is such a value on the way to a derivative. So is the
    share of one round or call, of which the right derivative is a sum. limited: the entries of the
    moves whose gradient is judged before it is cut to a limit.
    """
    claims = enumerate(judgement.claims)
    moves = [(i, limited.get(i, c.number)) for i, c in claims if c.kind == "move"]
    off = judgement.wrong | judgement.untold.keys()
    left = {n for i, n in moves if i in off - ruled}
    right, values = {n for _, n in moves} - left, runs.values[0]
    named = {i for i in off if judgement.claims[i].kind in SOFT}
    shares = _shares(judgement, runs, named, off)
    soft = {i for i in named if i not in judgement.hard or judgement.proportions[i]}
    if not right or not soft:
        return shares
    rng, spoilt = np.random.default_rng(2), ancestors(runs.entries, left)
    seeds = {n: rng.normal(size=np.shape(values[n])) for n in right}
    found = gradients(runs.entries, values, seeds, runs.given)
    numbers = {i: judgement.claims[i].number for i in soft}
    return shares | {
        i for i, n in numbers.items() if n < len(found) and n not in spoilt and np.any(found[n])
    }


def _shares(judgement: Judgement, runs: Runs, named: set[int], off: Collection[int]) -> set[int]:
    """Return the named claims that a right derivative with respect to the same is computed from."""
    claims, right = judgement.claims, dict[Any, list[int]]()
    for c in (c for j, c in enumerate(claims) if j not in off and c.kind in SOFT):
        right.setdefault((c.bys, c.of), []).append(c.number)
    alike = {i: (claims[i].bys, claims[i].of) for i in named}
    behind = {k: ancestors(runs.entries, right.get(k, []), runs.given) for k in {*alike.values()}}
    return {i for i, k in alike.items() if claims[i].number in behind[k]}


def cut_gradients(move: Claim, runs: Runs, forward: set[int]) -> list[Entry]:
    """Return the clips on the way to a move whose limits are not symmetric about 0."""
    found = []
    for n in sorted(ancestors(runs.entries, [move.number], runs.given) - forward):
        entry = runs.entries[n]
        if row(entry) != "clip" or entry.shape != np.shape(runs.entries[move.bys[0]].value):
            continue
        limits = [x for x in (*entry.args[1:], *entry.kw.values()) if x is not None]
        values = [runs.values[0][x] if type(x) is not int and x in range(n) else x for x in limits]
        numbers = [float(v) for v in values if np.ndim(v) == 0]
        if len(numbers) == 2 and not is_equal(-min(numbers), max(numbers)):
            found.append(entry)
    return found


def _as(value: Any, g: Any) -> Any:
    """Return a value, or its transpose if that has the shape of the gradient."""
    is_turned = np.ndim(value) == 2 and np.shape(value) != np.shape(g)
    return (
        np.asarray(value).T if is_turned and np.shape(np.asarray(value).T) == np.shape(g) else value
    )


def _looks(value: Any) -> list[Any]:
    """Return fingerprints that an array shares with its multiples and with their transposes."""
    v = np.asarray(() if is_complex(value) else value, dtype=float)
    if not v.size or not np.isfinite(v).all():
        return []
    largest = v.flat[int(np.argmax(np.abs(v)))]
    if abs(largest) < 1e-12:
        return []
    total = float(np.round(np.sum(v / largest), 5))
    shape = tuple(n for n in v.shape if n != 1)
    return [(shape, total), (shape[::-1], total)] if len(shape) == 2 else [(shape, total)]

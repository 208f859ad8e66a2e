"""Moves that are no mere rate times the gradient: an optimizer's rule, and parameters left behind.

Where a gradient stands on the way to a move, and all that the move takes from the loss comes by
way of such gradients, the rest is the optimizer's: it has to go down. A parameter that the loss
depends on, of which a gradient is computed, and that does not move, is named; so is one whose new
value nobody reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.replaying import ancestors, dependents
from microgradnet.tape.tape import Tape
from microgradnet.verdicts import vocabulary
from microgradnet.verdicts.claims import Claim, Runs
from microgradnet.verdicts.losses import penalties
from microgradnet.verdicts.parameters import Parameter, origin, row
from microgradnet.verdicts.proportions import common, is_equal, proportion
from microgradnet.words import say

LOOKED_AT = 40  # entries on the way to a move, the last ones


@dataclass(slots=True)
class Unmoved:
    """A parameter that stays where it is: its name, where it is given a value, and why."""

    name: str
    place: Place
    reason: str


def standing(claim: Claim, runs: Runs, forward: set[int]) -> dict[int, float]:
    """Return the entries on the way to a move that are a number times its gradient."""
    shape = np.shape(runs.entries[claim.bys[0]].value)
    way = ancestors(runs.entries, [claim.number], runs.given) - forward - {claim.number}
    near = sorted(n for n in way if np.shape(runs.entries[n].value) == shape)[-LOOKED_AT:]
    found = {}
    for n in near:
        c = common(
            proportion(values[n], runs.right(claim, k)) for k, values in enumerate(runs.values)
        )
        if c:
            found[n] = c
    return found


def by_a_rule(
    moves: Sequence[Claim],
    proportions: Sequence[float | None],
    wrong: set[int],
    runs: Runs,
    forward: set[int],
    used_by: Any,
    before: Sequence[Any] | None = None,
) -> set[int]:
    """Return the wrong moves that are an optimizer's step by right gradients, by position.

    An optimizer moves all parameters by its rule; one alone may decay, or have a rate of its own
    that has a name. before: the moves of the step before, in the run itself; None at the first.
    """
    found = {
        i
        for i in wrong
        if (c := proportions[i]) and c < 0 and _is_in(-c, _rates(runs.entries, moves[i], used_by))
    }
    wrong = {i for i in wrong if proportions[i] is None}
    is_of_all = len(wrong) == len(moves)
    stand = [standing(m, runs, forward) for m in moves]
    shared = _shared([set(map(_rounded, s.values())) for s in stand if s])
    stand = [{n: c for n, c in s.items() if _rounded(c) in shared} for s in stand]
    cut = {n for s in stand for n in s} | {m.bys[0] for m in moves}
    moved = dependents([m.bys[0] for m in moves], used_by)
    terms = penalties(runs.entries, forward, {n for m in moves for n in m.bys}, runs.given)
    penalised = ancestors(runs.entries, terms, runs.given)
    for i in wrong:
        if not stand[i] or not _all_by(runs.entries, moves[i], cut, moved, forward):
            continue
        is_rule = (
            _goes_down(moves[i], runs) if before is None else _goes_on(moves[i], runs, before[i])
        )
        is_decay = moves[i].bys[0] not in penalised and _decays(moves[i], runs)
        if (is_of_all and is_rule) or is_decay:
            found.add(i)
    return found


def _rates(entries: Sequence[Entry], move: Claim, used_by: Any) -> list[float]:
    """Return the named positive numbers that a move is multiplied by: one may be its rate."""
    step = entries[move.number].operands
    near = {*step, *(n for s in step for n in entries[s].operands)}
    single = [entries[n] for n in near if entries[n].is_source and np.ndim(entries[n].value) == 0]
    return [float(e.value) for e in single if e.names and e.value > 0]


def _is_in(number: float, several: Sequence[float]) -> bool:
    return any(is_equal(number, x) for x in several)


def _rounded(c: float) -> float:
    return float(f"{c:.8g}")


def _shared(several: list[set[float]]) -> set[float]:
    return set.intersection(*several) if several else set()


def _all_by(
    entries: Sequence[Entry], move: Claim, cut: set[int], moved: set[int], forward: set[int]
) -> bool:
    """Whether all that a move takes from the loss comes by way of gradients that stand there."""
    seen, todo = set[int](), list(entries[move.number].operands)
    while todo:
        n = todo.pop()
        if n in seen or n in cut or n not in moved:
            continue
        if n in forward:
            return False
        seen.add(n)
        todo += entries[n].operands
    return True


def _goes_down(move: Claim, runs: Runs) -> bool:
    """Whether each entry of a move is against its gradient, at all points."""
    for k, values in enumerate(runs.values):
        u, g = move.written(values), np.asarray(runs.right(move, k))
        if u is None or not np.isfinite(u).all():
            return False
        product, largest = u * g, float(np.abs(u).max() * np.abs(g).max())
        if (product > 1e-12 * largest).any() or not (product < 0).any():
            return False
    return True


def _goes_on(move: Claim, runs: Runs, before: Any) -> bool:
    """Whether a later move is down its gradient, plus a part of the move before: a momentum.

    A whole one is no momentum, but gradients that are never set back to 0. A rule that is not
    linear in the gradient (Adam) is taken for one.
    """
    moved = [move.written(v) for v in runs.values]
    slopes = [np.asarray(runs.right(move, k)) for k in range(len(runs.values))]
    if any(u is None for u in moved):
        return False
    differences = [(u - moved[0], g - slopes[0]) for u, g in zip(moved[1:], slopes[1:])]
    a = common(proportion(u, g) for u, g in differences)
    if a is None:
        return True
    part = proportion(moved[0] - a * slopes[0], before)
    return a < 0 and part is not None and 0 <= part < 1 and not is_equal(part, 1.0)


def leaves_out(move: Claim, moves: Sequence[Claim], runs: Runs, forward: set[int]) -> bool:
    """Whether a move is the gradient of the loss without its terms of the parameters alone."""
    terms = penalties(runs.entries, forward, {n for m in moves for n in m.bys}, runs.given)
    found = []
    for k, values in enumerate(runs.values):
        g = np.array(runs.right(move, k), dtype=float)
        for n in terms:
            g -= runs.gradient(None, k, n) * runs.gradient(n, k, move.bys[0])
        found.append(proportion(move.written(values), g))
    return bool(terms) and bool(common(found))


def _decays(move: Claim, runs: Runs) -> bool:
    """Whether a move is a number times the gradient and a number times the parameter, both down."""
    found = []
    for k, values in enumerate(runs.values):
        u, w = move.written(values), np.ravel(np.asarray(values[move.bys[0]], dtype=float))
        if u is None:
            return False
        columns = np.array([np.ravel(runs.right(move, k)), w], dtype=float).T
        found.append((columns, np.ravel(u)))
    columns, u = (np.concatenate(parts) for parts in zip(*found))
    if not np.isfinite(columns).all() or not np.isfinite(u).all():
        return False
    numbers, *_ = np.linalg.lstsq(columns, u, rcond=None)
    rest = float(np.abs(u - columns @ numbers).max())
    is_exact = rest <= 1e-7 * float(np.abs(u).max()) and len(u) > 2
    return is_exact and bool(numbers[0] < 0) and bool(numbers[1] <= 1e-9 * abs(numbers[0]))


def cut_gradients(move: Claim, runs: Runs, forward: set[int]) -> list[Entry]:
    """Return the clips on the way to a move that let through gradients of one sign only."""
    found = []
    for n in sorted(ancestors(runs.entries, [move.number], runs.given) - forward):
        entry = runs.entries[n]
        if row(entry) != "clip" or np.shape(entry.value) != np.shape(
            runs.entries[move.bys[0]].value
        ):
            continue
        limits = [x for x in (*entry.args[1:], *entry.kw.values()) if x is not None]
        values = [runs.values[0][x] if type(x) is not int and x in range(n) else x for x in limits]
        numbers = [float(v) for v in values if np.ndim(v) == 0]
        if len(numbers) == 2 and not is_equal(-min(numbers), max(numbers)):
            found.append(entry)
    return found


def unmoved(
    tape: Tape, parameters: Sequence[Parameter], claims: Sequence[Claim], forward: set[int]
) -> list[Unmoved]:
    """Return the parameters that the loss depends on and no step moves."""
    entries, found = tape.entries, []
    started = {origin(entries, v) for p in parameters for v in p.versions}
    names: dict[int, str] = {}
    for stored in tape.stores:
        if entries[stored.number].is_source:
            names.setdefault(stored.number, stored.text)
    derived = {n for c in claims if c.kind in ("named", "exact") for n in c.bys}
    for n in sorted(forward):
        entry = entries[n]
        if not entry.is_source or n in started or n not in names or not _may_move(entry):
            continue
        if vocabulary.is_parameter(names[n]) and (n in derived or not np.any(entry.value)):
            found.append(Unmoved(names[n], entry.place, say("{name} never changes", name=names[n])))
    return found


def _may_move(entry: Entry) -> bool:
    return np.asarray(entry.value).dtype.kind == "f"


def lost(tape: Tape, parameters: Sequence[Parameter], used_by: Sequence[Any]) -> list[Unmoved]:
    """Return the parameters whose new value nobody reads, though the old one is read again."""
    found = []
    for p in parameters:
        old, new = p.versions[0], p.versions[1]
        others = [
            n for n in used_by[new] if tape.entries[n].place.statement is not p.place.statement
        ]
        if len(p.versions) > 2 or others:
            continue
        if p.moves > 1:
            reason = say("{name} moves, but nothing reads its new value again", name=p.name)
            found.append(Unmoved(p.name, p.place, reason))
        elif any(n > new for n in used_by[old]):
            reason = say("the new value of {name} is lost: the old one is read again", name=p.name)
            found.append(Unmoved(p.name, p.place, reason))
    return found

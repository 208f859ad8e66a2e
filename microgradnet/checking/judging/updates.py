"""Judge moves that are not a rate times the gradient, and parameters that do not move.

A move that no rule of update_rules.py explains, but that depends on the loss only through right
gradients, is open. Reported is a parameter of the loss that does not move or is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.carried_loss import penalties
from microgradnet.checking.finding.increments import SAME, is_root, origin, row
from microgradnet.checking.finding.loss_finding import of_another_step
from microgradnet.checking.finding.parameters import Group, Parameter, move_of
from microgradnet.checking.finding.points import FILLING
from microgradnet.checking.finding.proportions import common, proportion
from microgradnet.checking.finding.upstream import Loss
from microgradnet.checking.judging.runs import Claim, Runs
from microgradnet.checking.judging.update_rules import RULES, WITHOUT_EPSILON, Move, Optimizer
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.replay import ancestors, dependents, gradients
from microgradnet.tape.tape import Tape, is_numeric
from microgradnet.words import say

LOOKED_AT = 40  # the last entries on the way to a move that are searched
LOOKED_BACK = 250  # the most earlier steps whose gradients are computed again
FEW = 4  # scales of gradients that are tried
BY_SIGNS = "it moves by the signs of its gradient, which is nowhere computed"
CLIPPING = {"clip", "minimum", "min_of"}


@dataclass(slots=True)
class Unmoved:
    """A parameter that does not move: its name, the place of its value, and the reason."""

    name: str
    place: Place
    reason: str


@dataclass(slots=True)
class Past:
    """The steps before a step: the exact gradients of each, and the moves of the last one."""

    gradients: list[list[Any]] = field(default_factory=list)
    moved: list[Any] | None = None


def past(group: Group, k: int, loss: Loss) -> Past:
    """Return the recorded steps before step k; without gradients if they are too many."""
    moving, entries = group.moving(k), group.tape.entries
    recorded = [e.value for e in entries]
    found = Past()
    if not k:
        return found
    found.moved = [_or_nothing(move_of(p, k - 1, recorded), p, recorded) for p in moving]
    for step in range(k) if k <= LOOKED_BACK else ():
        other = of_another_step(loss, group, step)
        if other is None:
            found.gradients.clear()
            break
        given = set(group.starts(step))
        own = range(min(given), len(entries))  # not the steps before
        g = gradients(entries, recorded, other.seeds(recorded), given, inside=own)
        several = [g[n] if (n := p.versions[step]) < len(g) else None for p in moving]
        found.gradients.append([_or_nothing(x, p, recorded) for x, p in zip(several, moving)])
    return found


def _or_nothing(x: Any, parameter: Parameter, recorded: Sequence[Any]) -> Any:
    return np.zeros(np.shape(recorded[parameter.versions[0]])) if x is None else np.asarray(x)


def standing(claim: Claim, runs: Runs, forward: set[int]) -> dict[int, float]:
    """Return the entries on the way to a move that are multiples of its gradient, with factors."""
    shape = np.shape(runs.entries[claim.bys[0]].value)
    way = ancestors(runs.entries, [claim.number], runs.given) - forward - {claim.number}
    near = sorted(n for n in way if runs.entries[n].shape == shape)[-LOOKED_AT:]
    found = {}
    for n in near:
        pairs = enumerate(runs.values)
        c = common(proportion(values[n], runs.right(claim, k)) for k, values in pairs)
        if c:
            found[n] = c
    return found


@dataclass(slots=True)
class Ruled:
    """The moves of a step that an optimizer explains.

    rule: its name; by: the positions of the moves that are its steps; open: those with a right
    gradient that no known rule turns into such a step; gradients: the entries of these gradients;
    signs: those by the signs of a gradient that is nowhere on their way.
    """

    optimizer: Optimizer
    rule: str
    by: set[int]
    open: set[int]
    gradients: set[int]
    signs: set[int]


def by_a_rule(
    claims: Sequence[Claim],
    proportions: Sequence[float | None],
    wrong: set[int],
    runs: Runs,
    forward: set[int],
    used_by: Any,
    before: Past,
) -> Ruled:
    """Return which wrong claims are an optimizer's step from right gradients, by position.

    A rule has to explain the moves of all parameters.
    """
    right = {i for i, c in enumerate(proportions) if c} - wrong
    stand = [standing(m, runs, forward) for m in claims] if wrong else []
    behind = ancestors(runs.entries, [m.number for m in claims]) - forward if wrong else set()
    numbers = sorted(_numbers(runs.entries, behind))
    scales = sorted({_rounded(abs(c)) for s in stand for c in s.values()} - {1.0})[-FEW:]
    below = dependents([m.bys[0] for m in claims], used_by) if wrong else set()
    rates = [*numbers, *_sizes(runs.entries[n] for n in behind - below)]
    has_root = any(is_root(runs.entries, runs.entries[n]) for n in behind)
    moves = _moves(claims, runs, before)
    terms = _terms(claims, runs, forward) if wrong else []
    for claim, move in zip(claims, moves):
        move.may_decay = not _is_penalised(claim, terms, runs)
    optimizer = Optimizer(moves, numbers, rates, [1.0, *scales], has_root)
    if any(_varies(claims[i], runs) for i in right):  # a rule with a root makes no plain steps
        optimizer.names = WITHOUT_EPSILON
    rule, by = optimizer.explained() if wrong else ("", set[int]())
    if wrong and not by and runs.loss.is_climbed:
        optimizer = replace(optimizer, is_up=True, columns=None)
        rule, by = optimizer.explained()
    by = {i for i in by if i in right or proportions[i] is None}  # a factor is no rule
    is_by_sign = rule == RULES[-1].name  # those of a wrong gradient may be those of the right one
    signs = {i for i in by & wrong if is_by_sign and not stand[i]}
    by -= signs
    if by.isdisjoint(wrong) or not right <= by:
        is_some = before.moved is not None and all(proportions[i] is None for i in wrong)
        rule, by = _of_some(optimizer, sorted(wrong)) if is_some else ("", set())
    is_of_all = bool(wrong) and not any(proportions) and not by
    cut = _standing_for_all(stand)
    open_ = _open(claims, stand, cut, runs, forward, used_by) if is_of_all else set()
    near = {i for i in wrong - by if not cut.isdisjoint(stand[i])}
    open_ |= {i for i in near if _is_clipped(claims[i], runs, forward)}
    return Ruled(optimizer, rule, by & wrong, open_, cut, signs)


def _is_clipped(move: Claim, runs: Runs, forward: set[int]) -> bool:
    """Whether a move is computed from clipped numbers."""
    behind = ancestors(runs.entries, [move.number], runs.given) - forward
    return any(row(runs.entries[n]) in CLIPPING for n in behind)


def _varies(claim: Claim, runs: Runs) -> bool:
    """Whether the length of a gradient is another one at another point."""
    lengths = [np.linalg.norm(runs.right(claim, k)) for k in range(len(runs.values))]
    return bool(np.ptp(lengths) > 0.01 * max(lengths))


def _of_some(optimizer: Optimizer, wrong: Sequence[int]) -> tuple[str, set[int]]:
    """Return the rule that explains all of the wrong moves, if the others follow none."""
    own = [optimizer.moves[i] for i in wrong]
    alone = replace(optimizer, moves=own, columns=None, names=[rule.name for rule in RULES])
    rule, by = alone.explained() if wrong else ("", set[int]())
    return (rule, set(wrong)) if len(by) == len(wrong) else ("", set())


def _standing_for_all(stand: Sequence[dict[int, float]]) -> set[int]:
    """Return the entries of gradients whose factor is shared by gradients of all moves."""
    several = [set(map(_rounded, s.values())) for s in stand if s]
    shared = set.intersection(*several) if several else set()
    return {n for s in stand for n, c in s.items() if _rounded(c) in shared}


def _open(
    claims: Sequence[Claim],
    stand: Sequence[dict[int, float]],
    cut: set[int],
    runs: Runs,
    forward: set[int],
    used_by: Any,
) -> set[int]:
    """Return the moves that depend on the loss only through right gradients."""
    starts, entries = [m.bys[0] for m in claims], runs.entries
    moved, every = dependents(starts, used_by), cut.union(starts)
    pairs = enumerate(zip(claims, stand))
    return {i for i, (m, s) in pairs if s and all_by(entries, m, every, moved, forward)}


def _numbers(entries: Sequence[Entry], behind: Iterable[int]) -> set[float]:
    """Return the sizes of the code's numbers among the operands of some entries."""
    operands = {origin(entries, m) for n in behind for m in entries[n].operands}
    return _sizes(entries[n] for n in operands if entries[n].is_source)


def _sizes(several: Iterable[Entry]) -> set[float]:
    """Return the absolute values of scalar entries: a rate may include its minus."""
    values = [e.value for e in several if not e.shape and is_numeric(e.value)]
    return {abs(float(x)) for x in values if x}


def _moves(claims: Sequence[Claim], runs: Runs, past: Past) -> list[Move]:
    """Return the moves of a step at all points; NaN where one cannot be computed."""
    found, count = [], len(runs.values)
    for i, claim in enumerate(claims):
        size = np.size(runs.values[0][claim.bys[0]])
        written = [claim.written(values) for values in runs.values]
        start = [values[claim.bys[0]] for values in runs.values]
        now = [runs.right(claim, k) for k in range(count)]
        last = None if past.moved is None else past.moved[i]
        alike = [[x[i]] * count for x in past.gradients]
        moved, at, before = (table(x, size) for x in (written, start, [last] * count))
        at = np.where((moved == 0).all(axis=0), 0.0, at)  # of a table, other rows do not decay
        found.append(Move(moved, at, before, [table(x, size) for x in (*alike, now)]))
    return found


def table(several: Sequence[Any], size: int) -> Any:
    """Return values as the rows of a table; NaN for a value of another size."""
    nothing = np.full(size, np.nan)
    return np.array(
        [nothing if x is None or np.size(x) != size else np.ravel(x) for x in several], dtype=float
    )


def _rounded(c: float) -> float:
    return float(f"{c:.8g}")


def all_by(
    entries: Sequence[Entry], move: Claim, cut: set[int], moved: set[int], forward: set[int]
) -> bool:
    """Whether a move depends on the loss only through gradients at the entries of `cut`."""
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


def leaves_out(move: Claim, moves: Sequence[Claim], runs: Runs, forward: set[int]) -> bool:
    """Whether a move is the gradient of the loss without the terms of regularisation."""
    terms, points = _terms(moves, runs, forward), range(len(runs.values))
    own = [_of_terms(move, terms, runs, k) for k in points]
    pairs = [(move.written(runs.values[k]), runs.right(move, k) - own[k]) for k in points]
    return bool(np.any(own)) and bool(common(proportion(*pair) for pair in pairs))


def _terms(moves: Sequence[Claim], runs: Runs, forward: set[int]) -> list[int]:
    """Return the terms of regularisation in the loss."""
    own, entries = {n for m in moves for n in m.bys}, runs.entries
    several = [entries[n] for n in sorted(forward - own)]
    return [*penalties(several, entries, runs.loss.ends(), own, runs.given)]


def _of_terms(move: Claim, terms: Sequence[int], runs: Runs, k: int) -> Any:
    """Return the part of a move's gradient that terms of regularisation have, at a point."""
    several = [runs.gradient(None, k, n) * runs.gradient(n, k, move.bys[0]) for n in terms]
    return sum(several, np.zeros(np.shape(runs.right(move, k))))


def _is_penalised(move: Claim, terms: Sequence[int], runs: Runs) -> bool:
    """Whether the loss has a term of regularisation for a parameter."""
    if runs.loss.carried is not None:
        return move.bys[0] in runs.loss.carried.penalised
    return not runs.loss.is_assumed and bool(np.any(_of_terms(move, terms, runs, 0)))


def unmoved(group: Group, claims: Sequence[Claim], forward: set[int]) -> list[Unmoved]:
    """Return the parameters that the loss depends on and no step moves."""
    tape, entries, found = group.tape, group.tape.entries, []
    versions = [v for p in group.every for v in p.versions]
    started = {*versions, *(origin(entries, v) for v in versions if entries[v].shape)}
    names: dict[int, str] = {}
    parts: dict[int, int] = {}  # the list of an entry
    reading = [n for n in forward if not started.isdisjoint(entries[n].operands)]
    first = min(reading, default=len(entries))  # a list filled later holds no parameters
    for stored in (s for s in tape.stores if s.at <= first):
        if entries[stored.number].is_source or stored.part:
            names.setdefault(stored.number, stored.text)
        if stored.part:
            parts[stored.number] = stored.part[0]
    last = {s.text: s.number for s in sorted(tape.stores, key=lambda s: s.number)}
    derived = {n for c in claims if c.kind in ("named", "exact", "local") for n in c.bys}
    moved: set[Any] = {parts[n] for n in started & parts.keys()}
    moved |= {_kind_of_name(names[n]) for n in started & names.keys()} - {""}
    made = {s.number: (s.text, s.place.statement) for s in reversed(tape.stores)}
    moved |= {made[n] for n in started & names.keys()}  # by a constructor, for the next layer
    for n in sorted(forward & names.keys() - started):
        entry, beside = entries[n], {parts.get(n), _kind_of_name(names[n]), made[n]}
        if entry.kind != "f" or not _is_read(entries, n, forward):
            continue
        is_again = last[names[n]] > n  # a sum begins
        is_named = vocabulary.is_parameter(names[n]) and entry.is_source and not is_again
        if beside & moved or (is_named and (n in derived or not np.any(entry.value))):
            still = say("{name} never changes", name=names[n])
            if made[n] in moved:  # more rounds might move it
                words = "{name} of shape {shape} does not change in the steps that ran"
                still = say(words, name=names[n], shape=entry.shape)
            found.append(_unmoved(tape, names[n], entry, n, still))
    return found


def kept_at_zero(tape: Tape, claims: Sequence[Claim], forward: set[int]) -> list[Unmoved]:
    """Return the arrays that stay 0 in all moves, such as a momentum that is never stored."""
    entries, found = tape.entries, dict[str, Unmoved]()
    written = {n for e in entries if e.is_written for n in e.operands[:1]}
    moved = [c for c in claims if c.kind == "move"]
    starts = {n for c in claims for n in c.bys}
    for c in moved:
        shape = entries[c.bys[0]].shape
        for n in ancestors(entries, [c.number], starts) - forward - starts if shape else ():
            entry = entries[n]
            is_filled = entry.is_source or row(entry) in FILLING
            is_zero = is_filled and entry.shape == shape and not np.any(entry.value)
            if is_zero and entry.names and n not in written and not _again(tape, n):
                reason = say("{name} stays 0: nothing is kept in it", name=entry.names[-1])
                found.setdefault(entry.names[-1], Unmoved(entry.names[-1], entry.place, reason))
    return list(found.values())


def _again(tape: Tape, number: int) -> bool:
    """Whether another value is stored later under an entry's name, or in its list or dict."""
    names = {name.partition("[")[0] for name in tape.entries[number].names}
    return any(s.text.partition("[")[0] in names and s.number > number for s in tape.stores)


def _unmoved(tape: Tape, name: str, entry: Entry, number: int, still: str) -> Unmoved:
    """Return the finding on a parameter that no step moves, with its place and reason."""
    for stored in tape.stores:
        is_again = stored.text == name and stored.number > number
        if is_again and name.startswith("self.") and stored.place.function:
            words = say("{name} is assigned anew, and keeps nothing of what it was", name=name)
            if stored.place.statement is not entry.place.statement:
                return Unmoved(name, stored.place, words)
    return Unmoved(name, entry.place, still)


def _kind_of_name(name: str) -> str:
    """Return the stem that numbered parameters share: "self.w" for self.w1; "" for other names."""
    is_own = name.startswith("self.") and vocabulary.is_parameter(name)
    return name.rstrip("0123456789") if is_own and name[-1].isdigit() else ""


def _is_read(entries: Sequence[Entry], number: int, forward: set[int]) -> bool:
    """Whether a value itself is an operand, and not only an array that it is written into."""
    readers = (entries[n] for n in forward if number in entries[n].operands)
    return any(not e.is_written and row(e) not in SAME for e in readers)


def lost(group: Group) -> list[Unmoved]:
    """Return the parameters whose new value is never read, though the old one is read again."""
    found, entries, used_by = [], group.tape.entries, group.used_by
    for p in group.parameters:
        (old, new), at, words = p.versions[:2], p.place.statement, ""
        is_read = any(entries[n].place.statement is not at for n in used_by[new])
        if p.moves == 1 and max(q.moves for q in group.parameters) > 2:
            words = "{name} moves only once, and others in each round"
        elif len(p.versions) == 2 and not is_read and p.moves > 1:
            words = "{name} moves, but nothing reads its new value again"
        elif len(p.versions) == 2 and not is_read and any(n > new for n in used_by[old]):
            words = "the new value of {name} is lost: the old one is read again"
        if words:
            found.append(Unmoved(p.name, p.place, say(words, name=p.name)))
    return found

"""Find the gradients that an optimizer takes, whether they are right or not.

A move is not always a rate times a gradient: Adam divides by a root. But if the move is a step by
a known rule from some value on its way, and depends on the loss through that value alone, then
the code takes this value for the gradient. Then the value is judged, instead of the move. So is
the gradient before a cut, where it is cut to a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.checking.finding.increments import (
    SAME,
    increments,
    moved_from,
    origin,
    row,
    shrunk,
)
from microgradnet.checking.finding.loss_finding import squares
from microgradnet.checking.finding.parameters import Group
from microgradnet.checking.finding.proportions import (
    HOLDS,
    common,
    fitted,
    is_equal,
    proportion,
    with_decay,
)
from microgradnet.checking.judging.judgement import Judgement, constants, is_in, rates_near
from microgradnet.checking.judging.runs import Claim, Runs, at_or_none
from microgradnet.checking.judging.update_rules import LATER, RULES, WITHOUT_EPSILON, Optimizer
from microgradnet.checking.judging.updates import LOOKED_AT, Ruled, all_by, table
from microgradnet.tape.entry import Entry
from microgradnet.tape.replay import ancestors, dependents, gradients
from microgradnet.words import say

if TYPE_CHECKING:
    from microgradnet.checking.judging.judged_steps import Step

LENGTHS = ("sqrt", "norm", "abs", "hypot")
CUTTING = (*LENGTHS, "clip", "minimum", "maximum", "min_of", "max_of", "where")
COMPARED = ("less", "less_equal", "greater", "greater_equal")
NEAR = 12  # entries before a written limit, among which is its comparison with the gradient
ROOTED = [rule.name for rule in RULES if rule.name not in WITHOUT_EPSILON]


def taken(
    group: Group, k: int, claims: Sequence[Claim], optimizer: Optimizer, runs: Runs, ahead: set[int]
) -> tuple[str, list[Claim]]:
    """Return the rule of step k, and the claims for the gradients that its moves take.

    claims: the moves; optimizer: their rule as far as it is known; ahead: the forward pass. The
    list is empty unless one rule explains all moves.
    """
    moved, rules = dependents([m.bys[0] for m in claims], group.used_by), dict[str, list[Claim]]()
    for claim, move in zip(claims, optimizer.moves) if optimizer.has_root else ():
        for n in _on_the_way(claim, runs, moved, ahead):
            before = _before(group, k, n)
            if before is None:
                continue
            several = [*([x] * len(runs.values) for x in before), [v[n] for v in runs.values]]
            own = replace(move, gradients=[table(x, move.moved.shape[1]) for x in several])
            found = replace(optimizer, moves=[own], columns=None, names=ROOTED).goes_on_as()
            for rule in found:
                made = replace(claim, number=n, is_taken=True, times=-1.0)
                rules.setdefault(rule, []).append(made)
            if found:
                break
    whole = [(rule, several) for rule, several in rules.items() if len(several) == len(claims)]
    if len({rule for rule, _ in whole}) > 1:  # as Adam's first step is also one of AdaGrad
        return say("an optimizer"), whole[0][1]
    return whole[0] if whole else ("", [])


def looked_ahead(
    group: Group, k: int, claims: Sequence[Claim], wrong: set[int], runs: Runs, ahead: set[int]
) -> dict[int, str]:
    """Return the wrong moves whose gradient is taken elsewhere than at the parameter, with reasons.

    Such is Nesterov's method, where the place is the parameter plus a part of its last move. ahead:
    the forward pass.
    """
    before, found = {v for p in group.parameters for v in p.versions[:k]}, dict[int, str]()
    below = dependents([n for c in claims for n in c.bys if k and wrong], group.used_by)
    for i, claim in ((i, claims[i]) for i in sorted(wrong) if k):
        way = ancestors(runs.entries, [claim.number], claim.bys) - ahead - {claim.number}
        for q in (runs.entries[n] for n in way if runs.entries[n].names):
            is_place = claim.bys[0] in moved_from(runs.entries, q)
            more = increments(runs.entries, q.number, claim.bys[0]) if is_place else []
            is_last_move = before & ancestors(runs.entries, more) and below.isdisjoint(more)
            readers = [row(runs.entries[n]) for n in group.used_by[q.number] if n in way]
            if is_last_move and any(x not in ("add", "subtract", *SAME) for x in readers):
                found[i] = say("the gradient is taken at {place}, not at it", place=q.names[0])
    return found


def without_decay(
    entries: Sequence[Entry], claims: Sequence[Claim], ruled: Ruled, judgement: Judgement
) -> list[Claim]:
    """Return the moves of gradient descent without the part by which parameters decay.

    Those that are not right are taken to decay as others of their statement do, or else as all
    that decay. Empty if none decays.
    """
    wrong, factor = judgement.wrong, judgement.factors["move"]
    is_plain, found = ruled.rule == RULES[0].name, dict[int, float]()
    moves = {i for i in wrong if i < len(claims)}
    for i in sorted(ruled.by if is_plain else moves):
        move = ruled.optimizer.moves[i]
        fit = with_decay(move.moved, move.gradients[-1], move.start) if move.may_decay else None
        if is_plain or (fit is not None and factor and is_equal(fit[0], factor)):
            found[i] = fit[1] if fit is not None else 0.0
    several = [d for d in found.values() if d]
    own = {i: shrunk_by(entries, claims[i]) for i in moves - found.keys()}
    own = {i: d for i, d in own.items() if d < 0 and ruled.optimizer.moves[i].may_decay}
    if own and not several:
        return [replace(c, decay=own.get(i, 0.0)) for i, c in enumerate(claims)]
    if not several or not all(is_equal(d, several[0]) for d in several):
        return []
    statements = [id(c.place.statement) for c in claims]
    alike = {s: found.get(i, 0.0) for i, s in enumerate(statements) if i in found or i not in wrong}
    found = {i: alike.get(statements[i], several[0]) for i in moves} | found
    return [replace(c, decay=found.get(i, 0.0)) for i, c in enumerate(claims)]


def with_open_penalty(
    judgement: Judgement, ruled: Ruled, wrong: set[int], runs: Runs
) -> dict[int, str]:
    """Return the wrong moves that are right but for the factor of a penalty, with the reason.

    Beside a sum over rows that stand for all, such a factor is open; not beside a mean, of which
    the factor of the right moves is a rate.
    """
    whole, factor, found = runs.loss.carried, judgement.factors["move"], dict[int, str]()
    if whole is None or not whole.has_rows or not factor:
        return found
    for i in sorted(wrong):
        claim, move = judgement.claims[i], ruled.optimizer.moves[i]
        is_rate = is_in(-factor, rates_near(runs.entries, claim))
        if claim.bys[0] in whole.penalised and not is_rate:
            fit = fitted(move.moved, [move.gradients[-1], move.start, np.sign(move.start)])
            if fit is not None and is_equal(fit[0], factor):
                found[i] = say("right but for its penalty, whose share of a sum over rows is open")
    return found


def with_own_loss(
    group: Group, k: int, judgement: Judgement, wrong: set[int], runs: Runs
) -> dict[int, str]:
    """Return the wrong moves that go down a squared error of their own, with the reason.

    No right move is a part of it, as that of a baseline which a policy's loss takes as given.
    """
    several = [(i, c) for i, c in enumerate(judgement.claims) if c.kind == "move"]
    right = {c.bys[0] for i, c in several if i not in wrong and judgement.proportions[i]}
    found = dict[int, str]()
    for loss in squares(group, k, runs.end) if wrong and right and runs.loss.is_computed else ():
        if not ancestors(runs.entries, loss.ends(), runs.given).isdisjoint(right):
            continue
        swept = [gradients(runs.entries, v, loss.seeds(v), runs.given) for v in runs.values]
        for i, c in ((i, c) for i, c in several if i in wrong):
            known = [(c.written(v), at_or_none(g, c.bys[0])) for v, g in zip(runs.values, swept)]
            factor = common(proportion(u, g) for u, g in known)
            if factor and factor < 0:
                words = "it goes down the squared error of {code}, a loss of its own"
                found[i] = say(words, code=loss.place.text if loss.place else loss.name)
    return found


def shrunk_by(entries: Sequence[Entry], move: Claim) -> float:
    """Return the share of its parameter in a move by a written factor (-0.1 of `0.9 * w`); or 0."""
    todo, start = [move.number], origin(entries, move.bys[0])
    for n in todo:  # the loop appends to it
        inner = shrunk(entries, n)
        if inner == start != n:
            factor = next(m for m in entries[n].operands if origin(entries, m) != start)
            return float(entries[factor].value) - 1.0
        if row(entries[n]) in ("add", "subtract", *SAME) and len(todo) < LOOKED_AT:
            todo += entries[n].operands
    return 0.0


def name_rules(steps: Sequence[Step]) -> None:
    """Name the rule of each step by the last one with a rule: some differ only in later steps."""
    for step in steps:
        ruled = next((s for s in reversed(steps) if s.rule), step)
        if step.ruled or step.rule or ruled.rule in LATER:
            several = ruled.optimizer.goes_on_as() if ruled.optimizer and not ruled.k else ()
            is_known = ruled.rule in WITHOUT_EPSILON or len(several) < 2
            step.rule = ruled.rule if is_known else say("an optimizer")
        step.is_up = bool(ruled.optimizer and ruled.optimizer.is_up)


def _on_the_way(move: Claim, runs: Runs, moved: set[int], ahead: set[int]) -> list[int]:
    """Return the entries that a move depends on the loss through, the last one first.

    One that the move is a multiple of is what a rule has made of a gradient.
    """
    entries, shape = runs.entries, runs.entries[move.bys[0]].shape
    way = ancestors(entries, [move.number], runs.given) - ahead - {move.number}
    near = sorted((n for n in way & moved if entries[n].shape == shape), reverse=True)
    start, several = move.bys[0], [(move.written(v), v) for v in runs.values]
    own = [n for n in near[:LOOKED_AT] if all_by(entries, move, {n, start}, moved, ahead)]
    return [n for n in own if not common(proportion(u, v[n]) for u, v in several)]


def _before(group: Group, k: int, number: int) -> list[Any] | None:
    """Return the recorded values of an entry of step k in the steps before; None if it has none."""
    entries, ends = group.tape.entries, [0, *(group.end(step) for step in range(k + 1))]
    place = entries[number].place
    rounds = [
        [n for n in range(first, last) if entries[n].place is place]
        for first, last in pairwise(ends)
    ]
    if number not in rounds[-1] or any(len(several) != len(rounds[-1]) for several in rounds):
        return None
    at = rounds[-1].index(number)
    return [entries[several[at]].value for several in rounds[:-1]]


def limited(
    judgement: Judgement, wrong: set[int], runs: Runs, forward: set[int]
) -> dict[int, Claim]:
    """Return claims for the gradients before a cut, for the wrong moves that are a rate times it.

    The gradient has to be right where the forward pass may be cut, too, as Huber's loss is. But a
    number written in a branch (`if dw > 1: dw = 1.0`) is computed from nothing, so that only what
    the branch compared can be judged.
    """
    return {i: c for i in wrong if (c := _uncut(judgement, judgement.claims[i], runs, forward))}


def _uncut(judgement: Judgement, move: Claim, runs: Runs, forward: set[int]) -> Claim | None:
    """Return the claim for the gradient that a move takes, before it is cut; None without a cut."""
    entries, factor, other = runs.entries, judgement.factors["move"], None
    numbers, is_plain = constants(entries), not any(row(entries[n]) in CUTTING for n in forward)
    rates, shape = rates_near(entries, move), entries[move.bys[0]].shape
    way = ancestors(entries, [move.number], runs.given) - forward - {move.number}
    near = sorted((n for n in way if entries[n].shape == shape), reverse=True)[:LOOKED_AT]
    lengths = {m for m in way if row(entries[m]) in LENGTHS}
    for n in near if isinstance(move.by, int) else ():
        c = common(proportion(move.written(v), v[n]) for v in runs.values)
        if not c or not (is_equal(c, factor) if factor else is_in(-c, rates)):
            continue
        if row(entries[n]) == "sign":  # no cut to 1
            continue
        for g in _before_a_cut(entries, n, near):
            if not _is_cut_at_all(runs, n, g, lengths, forward, numbers):
                continue
            made = replace(move, number=g, is_taken=True, times=c)
            scale = runs.proportions([made])[0]
            if scale and is_in(scale / c, (1.0, judgement.scale)):
                return made
            other = other or (made if is_plain or entries[n].is_source else None)
    return other


def _is_cut_at_all(
    runs: Runs, n: int, g: int, lengths: set[int], forward: set[int], numbers: set[float]
) -> bool:
    """Whether an entry is another one cut, at all points, and differs from it at one."""
    entries, pairs = runs.entries, [(v[n], v[g]) for v in runs.values]
    if all(np.array_equal(*pair) for pair in pairs):
        return False
    own = lengths and ancestors(entries, [n], {g}) & lengths
    of_length = ancestors(entries, own, {g})  # of one for all, other gradients as well
    has_length = g in of_length and of_length.isdisjoint(forward)
    return all(is_cut(*pair, numbers, has_length) for pair in pairs)


def _before_a_cut(entries: Sequence[Entry], n: int, near: Sequence[int]) -> list[int]:
    """Return the likely gradient before the cut that gives an entry, among those near."""
    behind, before = ancestors(entries, [n]) - {n}, list[int]()
    if not entries[n].shape and entries[n].is_source:
        tests = [e for e in entries[max(0, n - NEAR) : n] if row(e) in COMPARED]
        before = [m for e in tests for g in e.operands for m in (g, *entries[g].operands)]
    return [*(m for m in near if m in behind), *before]


def is_cut(cut: Any, g: Any, numbers: Sequence[float] | set[float], has_length: bool) -> bool:
    """Whether a value is a gradient cut to one of some numbers, or one scaled to a length."""
    if cut is None or g is None or np.shape(cut) != np.shape(g):
        return False
    cut, g = np.asarray(cut, dtype=float), np.asarray(g, dtype=float)
    if has_length and (proportion(cut, g) or -1.0) > 0:
        return True
    other = np.abs(cut - g) > HOLDS * np.abs(g)  # no element: at this point it is not cut
    limits, beyond = np.abs(cut[other]), (g * np.sign(cut))[other]
    is_one = all(is_equal(x, limits[0]) and is_in(x, [*numbers]) for x in limits)
    return is_one and bool((beyond > limits).all())

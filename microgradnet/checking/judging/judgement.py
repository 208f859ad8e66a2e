"""Judge which claims of a run are right at all points, up to one factor that they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.proportions import Factor, is_equal, most_frequent
from microgradnet.checking.finding.upstream import PULLED
from microgradnet.checking.judging.runs import Claim, Runs, is_confirmed
from microgradnet.tape.entry import Entry
from microgradnet.tape.replay import ancestors, is_coefficient
from microgradnet.words import say

BLURRED = "rounding is too large here to tell it from a wrong one"
Factors = dict[str, float | None]


@dataclass(slots=True)
class Judgement:
    """The judgement on some claims.

    factors: by kind, the factor that a claim should have; None if it is unknown. hard: the
    positions of the claims that may be called wrong; wrong: those of the claims that are not right.
    scale: the factor of all derivatives, such as a mean that is left out; 1 without one. untold:
    the claims that are neither right nor wrong, since rounding could hide a mistake, with reasons;
    may_climb: whether the moves may go up what the code computes.
    """

    claims: list[Claim]
    proportions: list[float | None]
    factors: Factors
    hard: set[int]
    scale: float = 1.0
    untold: dict[int, str] = field(default_factory=dict)
    may_climb: bool = False

    @property
    def starts(self) -> set[int]:
        """The entries that a step starts from."""
        return {n for c in self.claims if c.kind == "move" for n in c.bys}

    @property
    def wrong(self) -> set[int]:
        """The claims that are not right."""
        return self.off(self.proportions) - self.untold.keys()

    def off(self, proportions: Sequence[float | None], is_new: bool = False) -> set[int]:
        """Return the claims that are wrong with other proportions."""
        factors = self.factors
        said = _of(self.claims, self.proportions, "named")
        said += _of(self.claims, self.proportions, "exact")
        # Named gradients and moves together show the rate.
        is_known = any(said) and factors["move"] is not None
        moves = {i for i, c in enumerate(self.claims) if c.kind == "move"}
        if is_new and not is_known and moves <= self.wrong | self.untold.keys():
            other, _ = most_frequent(_of(self.claims, proportions, "move"))
            was, _ = most_frequent(_of(self.claims, self.proportions, "move"))
            is_denied = other is not None and was is not None and is_equal(other, was)
            if other is not None and (other < 0 or self.may_climb) and not is_denied:
                factors = {**factors, "move": other}
        pairs = enumerate(zip(self.claims, proportions))
        return {i for i, (claim, c) in pairs if not fits(claim, c, factors)}


def _of(
    claims: Sequence[Claim], proportions: Sequence[float | None], kind: str
) -> list[float | None]:
    return [p for c, p in zip(claims, proportions) if c.kind == kind]


def fits(claim: Claim, proportion: float | None, factors: Factors) -> bool:
    """Whether a claim has the factor of its kind; a claim that is 0 everywhere has any factor."""
    if proportion is None:
        return False
    if claim.kind == "inner":  # any factor: a later statement may multiply by a constant
        return True
    factor = factors[claim.kind]
    return proportion == 0.0 or (factor is not None and is_equal(proportion, factor))


def judged(claims: list[Claim], runs: Runs) -> Judgement:
    """Judge the claims of a run.

    Moves and local derivatives are hard: they may be called wrong. If parameters move, a name alone
    can only deny "right"; if none moves, the names of gradients are all there is to judge.
    """
    proportions = runs.proportions(claims)
    mark_means(claims, proportions, runs)
    has_moves = any(c.kind == "move" for c in claims)
    hard = {i for i, c in enumerate(claims) if _is_hard(c, runs, has_moves)}
    factors, scale = _factors(claims, proportions, runs)
    if of_own := with_own_rates(claims, proportions, factors["move"], runs):
        claims = [of_own.get(i, c) for i, c in enumerate(claims)]
        proportions = runs.proportions(claims)
        factors, scale = _factors(claims, proportions, runs)
    return Judgement(claims, proportions, factors, hard, scale, may_climb=not runs.loss.is_cost)


def with_own_rates(
    claims: Sequence[Claim], proportions: Sequence[float | None], factor: float | None, runs: Runs
) -> dict[int, Claim]:
    """Return the moves with a named rate of their own as moves with the common rate, by position.

    factor: of the moves with the common rate. The own rate is that of no right move.
    """
    moves = [(i, c) for i, c in enumerate(claims) if c.kind == "move" and c.times == 1.0]
    near = {i: rates_near(runs.entries, c, is_named=True) for i, c in moves}
    right = [i for i, _ in moves if factor and (p := proportions[i]) and is_equal(p, factor)]
    taken = {x for i in right for x in near[i]}
    rate = next((x for x in taken if factor and is_equal(x, -factor)), None)
    found = {}
    for i, claim in moves if rate else ():
        own = [x for x in near[i] if not is_in(x, [*taken])]
        p = proportions[i]
        own = [x for x in own if p is None or is_equal(x, -p)]
        if i not in right and len(own) == 1 and len(own) == len({*near[i]}):
            found[i] = replace(claim, times=(rate or 1.0) / own[0])
    return found


def mark_means(claims: Sequence[Claim], proportions: Sequence[float | None], runs: Runs) -> None:
    """Mark gradients that differ from others by the number of rows, if all of their kind do.

    Of a backward pass, those by its parameters are means over rows, and that by the rows is none:
    the loss of the net is a mean whose upstream gradient is a sum. Of a loss that is a mean, that
    by the rows is not divided yet. A parameter has no axis of rows; a single one may be a mistake.
    """
    is_pair = runs.loss.name == PULLED
    if not is_pair and any(c.kind == "move" for c in claims):
        return
    pairs = zip(claims, proportions)
    found = [(c, p, runs.entries[c.bys[0]].shape) for c, p in pairs if c.kind in _BY_NAME]
    for n in {n for _, _, shape in found for n in shape if n > 2}:
        others = [(c, p) for c, p, shape in found if n not in shape]
        others = others if is_pair else [(c, p) for c, p in others if p]
        base = 1 / n if is_pair else others[0][1] if others else None
        rows = [c for c, p, shape in found if n in shape and base and p and is_equal(p, base * n)]
        if rows and base and len(others) > 1 and all(p and is_equal(p, base) for _, p in others):
            for claim in [c for c, _ in others] if is_pair else rows:
                claim.kind = "mean"


_BY_NAME = ("named", "returned")


def _is_hard(claim: Claim, runs: Runs, has_moves: bool) -> bool:
    """Whether a claim may be called wrong."""
    if claim.kind == "exact":  # for arrays, a later statement often multiplies by a constant
        is_number = not runs.entries[claim.number].shape
        return is_number and not (runs.loss.is_assumed and has_moves)
    return claim.kind in ("move", "local", "returned") or (claim.kind == "named" and not has_moves)


def rank(judgement: Judgement) -> tuple[int, bool, int]:
    """Return a sort key: most right claims first, those without claims last, then fewest wrong."""
    right = sum(1 for i, p in enumerate(judgement.proportions) if p and i not in judgement.wrong)
    return -right, not judgement.claims, len(judgement.wrong)


def settle(judgement: Judgement, runs: Runs, but: set[int]) -> None:
    """Compare claims that are not right with their error bounds, which may explain the difference.

    but: the positions of claims that are right in another way. The factors are computed again as
    the bounds show more claims to be right, until no further claim is left to compare.
    """
    claims, proportions = judgement.claims, judgement.proportions
    unclear = {i for i, c in enumerate(proportions) if isinstance(c, Factor) and not c.is_clear}
    ranges: dict[int, Factor | None] = {}
    while wrong := (judgement.wrong | unclear) - but - ranges.keys():
        for i in sorted(wrong):
            c = ranges[i] = runs.ranged(claims[i])
            proportions[i] = c if c is not None and c.is_clear else None
        judgement.factors, judgement.scale = _factors(claims, proportions, runs)
    if not ranges:
        return
    for i, c in ranges.items():
        if c is not None and not c.is_clear and _may_fit(claims[i], judgement.factors, runs):
            judgement.untold[i] = say(BLURRED)
    if judgement.wrong & judgement.hard - but:
        _confirm(judgement, runs)
    judgement.hard -= judgement.untold.keys()


def _confirm(judgement: Judgement, runs: Runs) -> None:
    """Mark the claims as untold whose exact gradient a finite difference does not confirm."""
    known: dict[object, bool] = {}
    for i in sorted(judgement.hard - judgement.untold.keys()):
        claim = judgement.claims[i]
        key = (claim.of, claim.by)
        if key not in known:
            known[key] = is_confirmed(runs, claim)
        if not known[key]:
            judgement.untold[i] = say("its derivative could not be confirmed by a small change")
            judgement.proportions[i] = None
    if not all(known.values()):
        judgement.factors, judgement.scale = _factors(judgement.claims, judgement.proportions, runs)


def _may_fit(claim: Claim, factors: Factors, runs: Runs) -> bool:
    """Whether a claim may have the factor of its kind, within the error bounds."""
    factor = None if claim.kind == "inner" else factors[claim.kind]
    return factor is None or runs.may_be(claim, factor)


def _factors(
    claims: Sequence[Claim], proportions: Sequence[float | None], runs: Runs
) -> tuple[Factors, float]:
    """Return the factor of each kind, and the scale that all derivatives share.

    A scale counts only if people use it; else the factor is 1, and the scaled claims are wrong.
    Under an assumed loss, any scale belongs to the assumption.
    """
    said = _of(claims, proportions, "named") + _of(claims, proportions, "exact")
    found, _ = most_frequent([None if p is None else -p for p in said], [-1.0])
    scale = 1.0 if found is None else -found
    moves = [c for c in claims if c.kind == "move"]
    near = {x for claim in moves for x in rates_near(runs.entries, claim, is_named=True)}
    written = constants(runs.entries)
    of_moves, _ = most_frequent(
        _of(claims, proportions, "move"), [-abs(scale) * x for x in written]
    )
    is_computed = not runs.loss.is_assumed
    plain, _ = most_frequent(_of(claims, proportions, "move"), [-x for x in near])
    if is_computed and plain and is_in(-plain, [*written]):
        of_moves, scale = plain, 1.0  # right by a plain rate, whatever the names before it say
    is_down = of_moves is not None and of_moves < 0  # the update may contain the minus
    is_cost = runs.loss.is_cost and not is_down
    if is_computed and not is_meant(scale, sizes(runs.entries), is_cost):
        of_moves = None if of_moves is None else of_moves / scale
        scale = 1.0
    if not is_computed and not any(c.kind == "move" for c in claims):
        scale = abs(scale)  # no gradient of an error has the other sign
    if of_moves is not None and of_moves > 0 and runs.loss.is_cost:
        of_moves = -of_moves
    factors: Factors = {"move": of_moves, "named": scale, "exact": scale}
    factors |= {"local": 1.0, "returned": 1.0}
    factors["mean"], _ = most_frequent(_of(claims, proportions, "mean"))
    common = abs(scale) if is_down else scale
    return factors, common if is_computed else 1.0


def rates_near(entries: Sequence[Entry], move: Claim, is_named: bool = False) -> list[float]:
    """Return the positive numbers that a move is multiplied by: one of them may be its rate.

    is_named: only those with a name, or written in the statement of the move.
    """
    at = move.place.statement
    step = [n for n in entries[move.number].operands if n not in move.bys]
    near = {*step, *(n for s in step for n in entries[s].operands)}
    single = [
        e for n in near if not (e := entries[n]).shape and (e.is_source or _is_part(entries, e))
    ]
    own = [e for e in single if not is_named or e.names or e.place.statement is at]
    return [float(e.value) for e in own if e.value > 0]


def has_rate(entries: Sequence[Entry], pairs: Iterable[tuple[Claim, float | None]]) -> bool:
    """Whether a move is a gradient times a rate that is written near it. pairs: with factors."""
    moves = [(c, p) for c, p in pairs if c.kind == "move" and p is not None]
    return any(is_in(-p, rates_near(entries, c)) for c, p in moves)


def _is_part(entries: Sequence[Entry], rate: Entry) -> bool:
    """Whether a number is a rate times a number below 1 that is written, which is no 1/2."""
    several = [entries[n] for n in rate.operands if not entries[n].shape]
    is_written = all(is_coefficient(entries, e.number, ()) for e in several)
    is_product = row(rate) == "multiply" and len(several) == 2 and is_written
    return is_product and any(not e.names and 0 < e.value < 1 and e.value != 0.5 for e in several)


def shared_rates(entries: Sequence[Entry], claims: Sequence[Claim], forward: set[int]) -> set[int]:
    """Return the numbers that cut all gradients to a common length.

    All moves are multiplied or divided by such a number, and it is computed by a square root.
    """
    several: list[dict[int, int]] = []  # by place: in a loop each move has an entry of its own
    for move in (c for c in claims if c.kind == "move"):
        found, todo = dict[int, int](), [*entries[move.number].operands]
        for n in todo:  # the loop appends to it
            if row(entries[n]) in ("multiply", "divide"):
                todo += entries[n].operands
            elif not entries[n].shape and not entries[n].is_source:
                way = ancestors(entries, [n], forward) - forward
                if any(row(entries[m]) in ("sqrt", "norm") for m in way):
                    found[id(entries[n].place)] = n
        several.append(found)
    shared = set.intersection(*map(set, several)) if several else set()
    return {found[place] for found in several for place in shared}


def is_in(number: float, several: Sequence[float]) -> bool:
    """Whether a number is one of several."""
    return any(is_equal(number, x) for x in several)


def is_meant(scale: float, counts: Sequence[int], is_cost: bool) -> bool:
    """Whether people leave out such a factor: 2, the number of rows or outputs, their products.

    A likelihood is maximised, so all its gradients may have the other sign.
    """
    meant = {1.0, 2.0, 0.5}
    meant |= {f * x for n in counts for x in (float(n), 1.0 / n) for f in (1.0, 2.0, 0.5)}
    return is_in(scale if is_cost else abs(scale), list(meant))


def constants(entries: Sequence[Entry]) -> set[float]:
    """Return the positive numbers written in the code: one of them may be a rate."""
    known = (e for e in entries if e.is_source and not (e.aside or e.is_complex))
    single = [e for e in known if not e.shape]
    return {float(e.value) for e in single if e.value > 0}


def sizes(entries: Sequence[Entry]) -> list[int]:
    """Return the sizes of the data, the most frequent first: numbers of samples, of outputs."""
    found: dict[int, int] = {}
    for entry in entries:
        is_given = not any(entries[n].shape for n in entry.operands)
        if is_given and isinstance(entry.value, np.ndarray):
            for n in entry.value.shape:
                found[n] = found.get(n, 0) + (n > 1)
    return sorted((n for n in found if n > 1), key=lambda n: -found[n])[:4]

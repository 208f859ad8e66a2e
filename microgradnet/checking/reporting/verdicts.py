"""Give the verdict on each claim of a step, and the reason in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from microgradnet.checking.finding.proportions import common, is_equal
from microgradnet.checking.judging.judged_steps import NO_OPTIMIZER, Step
from microgradnet.checking.judging.judgement import fits, is_meant, sizes
from microgradnet.checking.judging.recognising import Gradients
from microgradnet.checking.judging.runs import Claim
from microgradnet.checking.judging.update_rules import RULES
from microgradnet.checking.judging.updates import all_by, leaves_out
from microgradnet.checking.mending.bench import Mending
from microgradnet.checking.mending.missing_path import Path, wrong_path
from microgradnet.checking.mending.proving import has_rival
from microgradnet.checking.reporting.report import (
    CANNOT_TELL,
    FOLLOWS,
    NOTHING,
    PASSED,
    RIGHT,
    SCALED,
    WRONG,
    Row,
    unchecked,
    with_causes,
)
from microgradnet.checking.reporting.wording import loss_in_words
from microgradnet.tape.replay import ancestors, changed, dependents, uses
from microgradnet.words import say

OTHER_RATE = "its gradient is right, but it moves by a rate of its own"
CONSTANT = "0, as it should be: the output does not change with it"
DOWN = "a step of {rule}, down the right gradient"
UP = "a step of {rule}, up the right gradient: it is climbed, as a likelihood is"
LIMITED = "a step down the right gradient, cut to a limit"
OPEN = "a step up: right if {loss} is to grow, wrong if it is a cost"
OTHER_FACTOR = "right up to a factor, which other moves do not share"
OFF_LATER = "right in the first step; step {k} is otherwise, which may be meant or a mistake"
UNTOLD_BEFORE = "not right in step {k}; the first step does not tell"


class Verdicts:
    """Gives the verdicts of one step."""

    def __init__(self, step: Step, mending: Mending | None, first: Step | None) -> None:
        self.step, self.mending, self.first = step, mending, first
        is_whole = mending is not None and bool(mending.edits) and not mending.left
        # The claims that are wrong although their operands are right.
        self.own = set[int]() if is_whole or not step.off else wrong_by_themselves(step)
        self.was_right = first is not None and first is not step

    @cached_property
    def has_rival(self) -> bool:
        """Whether two factors are equally likely, and nothing is mended."""
        return self.mending is None and has_rival(self.step)

    @cached_property
    def known(self) -> Gradients:
        """The gradients of the step, to look values up in."""
        return Gradients(self.step.runs)

    @cached_property
    def moved(self) -> set[int]:
        """The entries that depend on the start of the step."""
        return dependents(self.step.judgement.starts, uses(self.step.runs.entries))

    @cached_property
    def path(self) -> Path | None:
        """The path of the chain rule that all wrong claims lack, if there is one."""
        return wrong_path(self.step)

    def of(self, i: int) -> tuple[str, str]:
        """Return the verdict on a claim, and the reason."""
        step, judgement = self.step, self.step.judgement
        if self.has_rival and judgement.claims[i].kind == "move" and judgement.proportions[i]:
            return CANNOT_TELL, say(OTHER_FACTOR)
        if i in step.ruled or i not in judgement.wrong | judgement.untold.keys():
            return self.of_right(i)
        if i in step.carried or (i not in judgement.hard and self.other(i)):
            return RIGHT, self.other(i)
        if i in judgement.untold:
            return CANNOT_TELL, judgement.untold[i]
        if judgement.claims[i].kind == "local" and i in self.own:
            return WRONG, say("it is not the derivative that its name says")
        if self.own and i not in self.own and i in step.off:
            return FOLLOWS, ""
        if self.mending is not None and self.mending.edits and i not in self.mending.off:
            return FOLLOWS, ""
        return self.of_undecided(i) or self.of_unproven(i)

    def of_right(self, i: int) -> tuple[str, str]:
        """Return the verdict on a claim that is right, perhaps up to a factor."""
        step, claim = self.step, self.step.judgement.claims[i]
        if step.runs.is_nothing(claim):
            is_constant = claim.kind == "returned" and not step.runs.reaches(claim.bys[0])
            return (RIGHT, say(CONSTANT)) if is_constant else (CANNOT_TELL, say(NOTHING))
        kind = RIGHT if i in step.ruled else kind_of_right(step, i)
        if kind == SCALED and self.was_right and not is_scaled(self.first):
            return CANNOT_TELL, say(OFF_LATER, k=step.k + 1)
        is_up = step.is_up or (step.judgement.factors["move"] or 0.0) > 0
        if step.loss.may_be_climbed and is_up and claim.kind == "move":
            return CANNOT_TELL, say(OPEN, loss=loss_in_words(step.loss))
        if i in step.limited:
            return kind, say(LIMITED)
        is_ruled = step.rule not in ("", RULES[0].name) and claim.kind == "move"
        is_ruled = is_ruled and (i in step.ruled or not step.ruled)
        return kind, say(UP if step.is_up else DOWN, rule=step.rule) if is_ruled else ""

    def of_undecided(self, i: int) -> tuple[str, str] | None:
        """Return the verdict on a claim that is not right, if it may still be no mistake."""
        step, judgement = self.step, self.step.judgement
        if i in step.apart:
            return CANNOT_TELL, say("{loss} does not depend on it", loss=loss_in_words(step.loss))
        if step.apart:
            return unsure(step)
        if i not in judgement.hard:
            c = judgement.proportions[i]
            if c and is_meant(abs(c), sizes(step.runs.entries), True):
                return SCALED, ""
            return CANNOT_TELL, say("named like a derivative, but it is not that gradient")
        if i in step.open:
            return CANNOT_TELL, say(NO_OPTIMIZER)
        if self.goes_on_from_right(judgement.claims[i]):
            is_other_rate = judgement.proportions[i] and step.support > 0
            return CANNOT_TELL, say(OTHER_RATE if is_other_rate else NO_OPTIMIZER)
        if step.k and self.was_right and not self.is_of_this_step(judgement.claims[i]):
            is_untold = self.first is not None and self.first.judgement.untold
            return CANNOT_TELL, say(UNTOLD_BEFORE if is_untold else OFF_LATER, k=step.k + 1)
        return None

    def of_unproven(self, i: int) -> tuple[str, str]:
        """Return the verdict on a claim that no edit repairs."""
        step, claims = self.step, self.step.judgement.claims
        if step.loss.is_assumed and self.mending is None:
            return unsure(step)
        claim, moves = claims[i], [c for c in claims if c.kind == "move"]
        loss = loss_in_words(step.loss)
        if claim in moves and leaves_out(claim, moves, step.runs, step.forward):
            return WRONG, say("the regularisation in {loss} is left out", loss=loss)
        is_returned = claim.kind == "returned"  # of a loss that the check itself adds
        if not is_returned and (step.loss.is_assumed or not step.support):
            path = None if step.loss.is_assumed else self.path
            # A path may be left out on purpose, as for the target of another network.
            return (CANNOT_TELL, path.said) if path else unsure(step)
        if claim.is_taken and step.rule:
            words = "the gradient that {rule} takes is not that of {loss}"
            return WRONG, say(words, rule=step.rule, loss=loss)
        return WRONG, say("it is not the gradient of {loss}", loss=loss)

    def is_of_this_step(self, claim: Claim) -> bool:
        """Whether a move has no state of earlier steps, and others are right gradients of L."""
        step, right = self.step, set(range(len(self.step.judgement.claims))) - self.step.off
        if claim.kind != "move" or not any(self.is_plain(i) for i in right):
            return False
        entries, starts = step.runs.entries, step.judgement.starts
        before = dependents(self.first.judgement.starts, uses(entries)) if self.first else set()
        way = ancestors(entries, [claim.number], {*step.runs.given, *starts}) - starts
        return not any(n < min(starts) for n in way & before)

    def is_plain(self, i: int) -> bool:
        """Whether a claim is a move that is a rate times a gradient, which is not 0."""
        step, claim = self.step, self.step.judgement.claims[i]
        is_zero = step.runs.is_nothing(claim)
        return claim.kind == "move" and bool(step.judgement.proportions[i]) and not is_zero

    def goes_on_from_right(self, move: Claim) -> bool:
        """Whether a move depends on the loss only through its own gradient, which is right."""
        if move.kind != "move":
            return False
        step, judgement = self.step, self.step.judgement
        right = [c for i, c in enumerate(judgement.claims) if i not in judgement.wrong]
        own = {c.number for c in right if c.kind in ("named", "exact") and c.bys == move.bys}
        return bool(own) and all_by(step.runs.entries, move, own, self.moved, step.forward)

    def other(self, i: int) -> str:
        """Return the words for another role of a value: a gradient by another name; else ""."""
        step, claims = self.step, self.step.judgement.claims
        claim = claims[i]
        found = self.known.of(claim.number) if claim.kind in ("named", "inner") else None
        moved = {c.bys[0] for c in claims if c.kind == "move"} if claim.kind == "named" else ()
        if found is not None and found[0] not in moved:
            by = step.runs.entries[found[0]]
            what = [by.place.text, *by.names][-1]
            return say("it is the gradient by {what}", what=what)
        return say("what is right is computed from it") if i in step.carried else ""


def wrong_by_themselves(step: Step) -> set[int]:
    """Return the claims that are wrong although their operands are right, if they explain all.

    A local derivative needs no loss, and a returned one has the loss that the check adds. Other
    claims need a computed loss that some right claim is the gradient of.
    """
    found, claims = put_right(step), step.judgement.claims
    sure = {i for i in found if claims[i].kind in ("local", "returned")}
    is_known = not step.loss.is_assumed and step.support > 0
    return found if is_known or found == sure else set()


def put_right(step: Step) -> set[int]:
    """Return the claims that are wrong by themselves: with their right values all others are right.

    Each claim is computed again with the right values of those before it. A value that is no claim
    may still be the cause.
    """
    runs, judgement, blamed = step.runs, step.judgement, set[int]()
    claims, factors = judgement.claims, judgement.factors
    order = sorted(ancestors(runs.entries, [claims[i].number for i in step.off]))
    right: list[dict[int, Any]] = [{} for _ in runs.values]
    for i in sorted(step.off, key=lambda i: (claims[i].kind == "move", claims[i].number)):
        claim = claims[i]
        found = [
            runs.proportion(claim, k, changed(runs.entries, v, right[k], order), {})
            for k, v in enumerate(runs.values)
        ]
        if not fits(claim, common(found), factors):
            blamed.add(i)
            factor = 1.0 if claim.kind in ("local", "exact") else factors.get(claim.kind)
            for k, known in enumerate(right) if factor and claim.kind != "move" else ():
                value = np.asarray(runs.right(claim, k), dtype=float) * factor
                known[claim.number] = value if value.ndim else float(value)
    return blamed


def is_scaled(step: Step | None) -> bool:
    """Whether all derivatives of a step share a factor other than 1."""
    return step is not None and not is_equal(step.judgement.scale, 1.0)


def kind_of_right(step: Step, i: int) -> str:
    """Return the verdict on a claim that is right up to a factor: "right" or "scaled"."""
    judgement, claim = step.judgement, step.judgement.claims[i]
    # Of an inner claim, a constant is left for a later statement.
    if step.loss.is_assumed or claim.kind in ("local", "inner") or not judgement.proportions[i]:
        return RIGHT
    return SCALED if is_scaled(step) or claim.kind == "mean" else RIGHT


def unsure(step: Step) -> tuple[str, str]:
    """Return the verdict on a claim that is no gradient of a loss that may be another."""
    loss = loss_in_words(step.loss)
    return CANNOT_TELL, say("not the gradient of {loss}, or that is not the loss", loss=loss)


def agreed(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Return rows, as not checked where other made-up sizes and numbers give another verdict."""
    passed = {(row.name, row.line) for row in others if row.verdict in PASSED}
    off = [row for row in others if row.verdict in (WRONG, FOLLOWS)]
    names, lines = {row.name for row in off}, {row.line for row in off if row.verdict == WRONG}
    found, why = list[Row](), say("other made-up sizes and numbers give another verdict")
    for row in rows:
        is_same = row.verdict not in PASSED or (row.name, row.line) in passed
        if row.verdict == WRONG:  # words, and so the line, may be found in one of them alone
            is_same = row.name in names or row.line in lines
        found.append(row if is_same else unchecked(row, why))
    return with_causes(found)

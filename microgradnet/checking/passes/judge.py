"""Compare the gradients of a recorded backward pass with those of its forward pass.

Returned gradients are paired with the arguments by position, gradients kept in attributes with the
parameters by name, before any value is looked at.
"""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.increments import origin
from microgradnet.checking.finding.parameters import Parameter
from microgradnet.checking.finding.points import Point, is_symmetric, sets_of_points, without_guards
from microgradnet.checking.finding.proportions import is_equal
from microgradnet.checking.finding.unseen import copied
from microgradnet.checking.finding.upstream import NAMED, PULLED, Loss
from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.judging.judgement import constants, is_meant, judged, settle, sizes
from microgradnet.checking.judging.recognising import named_gradients
from microgradnet.checking.judging.runs import Claim, Runs, at_or_none
from microgradnet.checking.mending.sites import only_reads
from microgradnet.checking.passes.both_calls import Passes, Seen
from microgradnet.checking.passes.pairing import Number, Pairs, is_called, is_list, kept, last
from microgradnet.checking.reporting.report import (
    NOT_CHECKED,
    RIGHT,
    SCALED,
    WRONG,
    Report,
    Row,
    sorted_rows,
    unchecked,
    with_causes,
)
from microgradnet.checking.reporting.reporter import Reporter
from microgradnet.checking.reporting.sketching import sketched
from microgradnet.checking.reporting.wording import name_of
from microgradnet.tape.entry import Entry
from microgradnet.tape.replay import ancestors, replayed
from microgradnet.words import say

PARAMETERS = {"params", "parameters", "weights", "biases"}  # lists and dicts of them
DIGITS, NEAR = range(5, 10), 1e-5
ROUNDED = say("right to 5 digits, as numbers of the code may be")
LONG = 40  # the most letters of a row's name
SURROGATE = "its exact gradient is 0, as steps have: a surrogate of it is no mistake in itself"
STEPPED = "it moves by an optimizer of its own, which is not looked into"
TINY = 1e-4  # a smaller number only keeps a divisor from 0


def untold(why: str) -> Report:
    """Return a report of one row that is not checked."""
    return Report((Row("backward", NOT_CHECKED, 0.0, 0.0, 0.0, None, why),), loss=PULLED)


class Judge:
    """Compares the gradients of a backward pass with those of its forward pass."""

    def __init__(self, passes: Passes, reporter: Reporter, seen: Seen) -> None:
        self.passes, self.reporter, self.seen = passes, reporter, seen
        self.tape = reporter.tape
        self.entries = self.tape.entries
        assert seen.loss is not None
        self.loss = Loss(PULLED, seen.loss, votes=1, prior=NAMED, place=seen.place)
        self.stepped = list[Claim]()  # moves by an optimizer of a layer's own
        self.scale = 1.0  # how many times the gradient the moves are
        known = [*(several[0] for several in seen.held), *seen.given]
        self.by = {n.number: n for n in known if n.number is not None}
        reporter.unseen.update(copied(self.entries, {*self.by, *seen.above}))

    def report(self) -> Report:
        """Return the report."""
        pairs = self.passes.pairs()
        behind = ancestors(self.entries, [self.loss.number or 0])
        behind -= {a.number for a in self.seen.given}  # a cache of an earlier run holds it
        held = kept(self.seen.slots, self.seen.held)
        held = [(g, a) for g, a in held if not a.is_replaced or a.number in behind]
        held += self.handed_on(held)
        step = self.judged_step([*pairs.found, *held])
        if step is not None and step.off:  # a gradient by hand leaves the guards out
            bare = without_guards(self.entries[: self.loss.number])
            other = self.judged_step([*pairs.found, *held], bare) if bare else None
            step = other if other is not None and len(other.off) < len(step.off) else step
        if step is None:
            return untold(say("the output does not depend on what is given, or it is not finite"))
        self.step: Step = step
        self.seen.notes += differenced(self.tape.entries, step.forward)
        symmetric = [a.name for a in self.by.values() if is_symmetric(a.value)]
        kept_so = "{name} stays symmetric, as in the example"
        self.seen.notes += [say(kept_so, name=name) for name in symmetric]
        have = [a for _, a in [*pairs.found, *held]]
        rows = self.rows() + self.rows_of_twin() + self.rows_of_rest(pairs, have)
        if not rows:
            return untold(say("no gradient is returned or kept"))
        sketch = sketched(self.tape, step, rows)
        return Report(sorted_rows(rows), "; ".join(self.seen.notes), loss=PULLED, sketch=sketch)

    def handed_on(self, held: Sequence[tuple[Number, Number]]) -> Iterator[tuple[Number, Number]]:
        """Yield the gradients that the backward pass only hands on: dW of `opt.update(W, dW)`."""
        moved = {s.path for s in self.seen.slots}
        for several in self.seen.held:
            a = several[0]
            is_moved = any(p.path in moved for p in several)
            if not _is_trained(several) or is_moved or any(a is x for _, x in held):
                continue
            later = (s for s in self.tape.stores if s.at > (self.loss.number or 0))
            stored = [s for s in later if any(is_called(s.slot, p) for p in several)]
            behind = ancestors(self.entries, [s.number for s in stored[-1:]])
            if stored and {s.number for s in stored} <= behind:  # else of one round of several
                s, value = stored[-1], self.entries[stored[-1].number].value
                if np.shape(value) == np.shape(a.value):
                    yield Number((s.slot,), value, s.number, s.slot, s.place), a

    def judged_step(
        self, pairs: Sequence[tuple[Number, Number]], fixed: Point | None = None
    ) -> Step | None:
        """Return the step with its claims judged; None if the loss depends on no argument.

        fixed: entries that have other numbers than the code's.
        """
        points = [self.buffers | p | (fixed or {}) for p in self.points()]
        if not points:
            return None
        values = [replayed(self.entries, p) for p in points]
        runs = Runs(self.entries, self.loss, values, points[0].keys())
        found = runs.by_loss[0]
        if all(n >= len(found) or found[n] is None for n in self.by):
            return None
        claims = [c for c in (self.claim(*pair) for pair in pairs) if c is not None]
        claims += self.moved(runs)
        forward = ancestors(self.entries, [self.loss.number or 0])
        judgement = judged(claims, runs)
        self.stepped = [claims[i] for i in judgement.wrong if self.is_stepped(claims[i])]
        claims = [c for c in claims if c not in self.stepped]
        judgement = judged(claims, runs) if self.stepped else judgement
        settle(judgement, runs, set())
        flat = [i for i in judgement.wrong if claims[i].kind == "returned"]
        flat = [i for i in flat if (by := claims[i].bys[0]) in forward and not is_felt(runs, by)]
        judgement.untold.update(dict.fromkeys(flat, say(SURROGATE)))
        judgement.hard -= {*flat}
        rates = (n.value for n in self.settings if vocabulary.is_rate(last(n.path)))
        rate = self.seen.rate or (None if self.buffers else next(rates, None))
        factor = judgement.factors["move"]
        if rate is not None and factor is not None:
            if is_meant(-factor / rate, sizes(runs.entries), True):
                self.scale = -factor / rate
            else:
                judgement.factors["move"] = -rate
        step = Step(0, self.loss, runs, judgement, forward, points)
        moves = [c for c in claims if c.kind == "move"]
        ends = [origin(self.entries, c.number) for c in moves]
        own = [Parameter(c.name, [c.bys[0], n], c.place) for c, n in zip(moves, ends)]
        self.reporter.prover.moved = own  # what reads one after its move may be wrong
        if step.off:
            said = named_gradients(self.tape, runs, forward, set(self.seen.above))
            step.proven, step.doubtful = said
        return step

    @cached_property
    def buffers(self) -> Point:
        """The arrays of a layer that only its backward pass reads and changes, set back to 0."""
        changed = {s.path for s in self.seen.slots}
        numbers = {n.number for n in self.of_backward if n.is_array and n.path in changed}
        return {n: np.zeros(self.entries[n].shape) for n in numbers if n is not None}

    @cached_property
    def settings(self) -> list[Number]:
        """The numbers of a layer that only its backward pass reads, as a learning rate."""
        return [n for n in self.of_backward if not np.shape(n.value)]

    @cached_property
    def of_backward(self) -> list[Number]:
        """What a layer holds and its forward pass does not read."""
        forward = ancestors(self.entries, [self.loss.number or 0])
        held = (n for several in self.seen.held for n in several)
        return [n for n in held if n.number is not None and n.number not in forward]

    def is_stepped(self, claim: Claim) -> bool:
        """Whether a move is computed from arrays that only its optimizer uses."""
        behind = ancestors(self.entries, [claim.number])
        return claim.kind == "move" and not behind.isdisjoint(self.buffers)

    def points(self) -> list[Point]:
        """Return the points at which the loss is finite."""
        # An upstream gradient of 0 is that of a flat output.
        above = [n for n in self.seen.above if np.any(self.entries[n].value)]
        fixed = {n.number for n in self.seen.given if n.is_default and not n.is_array}
        fixed |= {n.number for n in self.settings}
        tiny = {
            n
            for n in self.by
            if not self.entries[n].shape and 0 < abs(self.entries[n].value) < TINY
        }
        given = [n for n in [*self.by, *above] if n not in fixed | tiny | self.buffers.keys()]
        found = list(sets_of_points(self.tape, [], len(self.entries), given, is_all=True))
        known = [(n, np.asarray(self.entries[n].value)) for n in given]
        off = {  # no rectifier has a derivative at 0
            n: np.where(x == 0, 0.01, x)
            for n, x in known
            if x.ndim and np.any(x % 1) and np.any(x == 0)
        }
        points = [p for several in found[:1] for p in several]
        points += [{**off, **p} for s in found[1:] for p in s[:1]]
        values = [replayed(self.entries[: (self.loss.number or 0) + 1], p) for p in points]
        return [p for p, v in zip(points, values) if v[-1] is not None and np.isfinite(v[-1]).all()]

    def claim(self, gradient: Number, by: Number) -> Claim | None:
        """Return the claim of a gradient; None if the gradient or its argument is no entry."""
        if gradient.number is None or by.number is None or gradient.place is None:
            return None
        text = gradient.text if _is_name(gradient.text) else f"return {gradient.text}"
        is_of_another = any(is_called(text, a) for a in self.seen.given) and not is_called(text, by)
        if not gradient.text or len(text) > LONG or is_of_another:
            text = f"d{by.name.removeprefix('self.')}"
        g, of = gradient.number, np.asarray(gradient.value)
        is_symmetric_too = is_symmetric(by.value) and of.shape == np.shape(by.value)
        is_mirrored = is_symmetric_too and np.allclose(of, np.swapaxes(of, -1, -2))
        return Claim("returned", text, g, by.number, gradient.place, is_mirrored=is_mirrored)

    def moved(self, runs: Runs) -> list[Claim]:
        """Return the claims of the parameters that the backward pass itself updates."""
        found = []
        paths = {p.path: several[0] for several in self.seen.held for p in several}
        for slot in self.seen.slots:
            old = paths.get(slot.path)
            if old is None or old.number is None or slot.number is None or slot.place is None:
                continue
            g = runs.right(Claim("move", "", slot.number, old.number, slot.place), 0)
            if np.any(g) and vocabulary.is_weight(last(old.path)):
                found.append(Claim("move", old.name, slot.number, old.number, slot.place))
        return found

    # Rows.

    def rows(self) -> list[Row]:
        """Return the rows of the claims."""
        step = self.step
        rows = [self.without_return(r) for r in self.reporter.of_step(step)]
        if any(map(_is_rounded, constants(self.entries))):
            rows = with_causes([unless_near(r, NEAR, ROUNDED) for r in rows])
        if not is_equal(self.scale, 1.0):
            moves = {name_of(c) for c in step.judgement.claims if c.kind == "move"}
            why = say("{scale:g} times the gradient, by the rate", scale=self.scale)
            rows = [
                replace(r, verdict=SCALED, why=why) if r.name in moves and r.verdict == RIGHT else r
                for r in rows
            ]
        return rows

    def without_return(self, row: Row) -> Row:
        """Return the row without the line that only returns names among its alternatives."""
        place = self.seen.place
        value = getattr(place and place.statement, "value", None)
        if place is None or not isinstance(value, ast.Tuple) or not only_reads(place.statement):
            return row
        return replace(row, alternatives=tuple(n for n in row.alternatives if n != place.line))

    def rows_of_rest(self, pairs: Pairs, have: Sequence[Number]) -> list[Row]:
        """Return rows for gradients that are missing, None, no number, or of no known argument."""
        place = self.seen.place
        rows = [self.told("backward", WRONG, why, place) for why in pairs.faults]
        for r, a in pairs.found:
            if r.value is None and self.is_felt(a):
                if _is_mask_or_target(a) or not (a.is_array and vocabulary.is_weight(a.name)):
                    self.seen.notes.append(say("None is returned for {name}", name=a.name))
                    continue
                why = say("None is returned, though the output depends on {name}", name=a.name)
                rows.append(self.told(f"d{a.name}", NOT_CHECKED, why, place))
            elif r.value is not None and r.number is None and self.is_felt(a):
                rows.append(self.told(f"d{a.name}", WRONG, say("it is no number"), place))
        for a in pairs.missing:
            is_weight = vocabulary.is_weight(a.name)
            if (is_weight or vocabulary.is_input(a.name)) and self.is_felt(a):
                why = say("no gradient by {name} is returned", name=a.name)
                if is_weight or not have:
                    is_sure = not have or any(vocabulary.is_weight(h.name) for h in have)
                    is_sure &= bool(self.seen.returned) or self.passes.owner is None  # no layer
                    verdict = WRONG if is_sure else NOT_CHECKED
                    rows.append(self.told(f"d{a.name}", verdict, why, place))
                else:  # a whole net needs none
                    self.seen.notes.append(why)
        for c in self.stepped:
            rows.append(self.told(name_of(c), NOT_CHECKED, say(STEPPED), c.place))
        claimed = {c.number for c in [*self.step.judgement.claims, *self.stepped]}
        known_ = {id(s.value) for s in self.seen.slots if s.number in claimed}
        left = {id(s.value): s for s in self.seen.slots if id(s.value) not in known_}
        of_none = [s for s in left.values() if s.is_array and s.path[1:] and is_list(s)]
        for r in [*pairs.more, *of_none]:
            why = say("it cannot be told of what it is the gradient")
            rows.append(self.told(r.text or r.name, NOT_CHECKED, why, place))
        claims = [*self.step.judgement.claims, *self.stepped]
        known = {c.bys[0] for c in claims} | {h.number for h in have}
        owner = self.passes.owner
        given = {} if owner is None else inspect.signature(type(owner)).parameters
        for several in self.seen.held:
            a = several[0]
            is_constant = not a.is_array and last(a.path) in given  # Loss(gamma=2.0)
            is_left = not is_constant and a.number not in known
            if is_left and _is_trained(several) and self.is_felt(a):
                why = say("no gradient by {name} is found", name=a.name)
                rows.append(self.told(f"d{a.name}", NOT_CHECKED, why, place))
        return rows

    def rows_of_twin(self) -> list[Row]:
        """Return a row if another forward pass computes something else."""
        twin, runs = self.seen.twin, self.step.runs
        pairs = [] if twin is None else [(v[self.loss.number or 0], v[twin]) for v in runs.values]
        if all(np.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in pairs):
            return []
        why = say("its forward rule does not return what the function returns")
        place = None if twin is None else self.entries[twin].place
        returns = [p for p, _ in self.tape.returns if p.function != self.passes.backward.__name__]
        return [self.told("forward", WRONG, why, returns[-1] if returns else place)]

    def told(self, name: str, verdict: str, why: str, place: Any) -> Row:
        """Return a row that has a reason and no numbers."""
        return self.reporter.placed(Row(name, verdict, 0.0, 0.0, 0.0, why=why), place)

    def is_felt(self, a: Number) -> bool:
        """Whether the gradient of the loss by a number is not 0 at some point."""
        return a.number is not None and is_felt(self.step.runs, a.number)


def _is_rounded(x: float) -> bool:
    """Whether a number of the code has as many digits as one that was rounded: 0.797885."""
    return len(repr(abs(x)).partition("e")[0].replace(".", "").strip("0")) in DIGITS


def unless_near(row: Row, tolerance: float, why: str) -> Row:
    """Return a row as not checked if it is wrong without a mistake, and this near to the right."""
    is_near = row.right != 0 and math.isclose(row.written, row.right, rel_tol=tolerance)
    return unchecked(row, why) if row.verdict == WRONG and is_near and not row.mistake else row


def is_felt(runs: Runs, number: int) -> bool:
    """Whether the gradient of the loss by an entry is not 0 at some point; that of steps is."""
    found = (at_or_none(g, number) for g in runs.by_loss)
    return any(g is not None and np.any(g) for g in found)


def differenced(entries: Sequence[Entry], forward: set[int]) -> list[str]:
    """Return a note for each function of a forward pass that is differentiated by differences."""
    rows = {e.operation for e in map(entries.__getitem__, forward) if e.operation and e.kind == "f"}
    names = sorted({row.name for row in rows if row.is_opaque})
    words = "the derivative of {name} is taken by differences: tape.operation can give it"
    return [say(words, name=name) for name in names]


def _is_trained(several: Sequence[Number]) -> bool:
    """Whether a number that a layer holds is a weight, by any of its paths."""
    return any(
        vocabulary.is_weight(last(p.path))
        or vocabulary.is_weight(last(p.path).rpartition("_")[2])  # layer_W
        or vocabulary.spelled(p.path[1][1:]) in PARAMETERS
        for p in several
    )


def _is_mask_or_target(a: Number) -> bool:
    """Whether an argument is a mask, of 0 and one other number, or is named as a target."""
    values = np.unique(a.value)
    is_mask = np.ndim(a.value) > 0 and values.size == 2 and 0 in values
    return is_mask or vocabulary.is_target(a.name)


def _is_name(text: str) -> bool:
    """Whether a text is a name, or an attribute or entry of one."""
    node = ast.parse(text).body[0] if text else None
    inner = node.value if isinstance(node, ast.Expr) else None
    return isinstance(inner, (ast.Name, ast.Attribute, ast.Subscript))

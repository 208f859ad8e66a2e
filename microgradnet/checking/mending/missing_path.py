"""Find the path of the chain rule that wrong gradients lack, or have with a wrong factor.

A gradient is a sum over all paths from its variable to the loss. If the value of the code is that
sum but for the paths by one value of the forward pass, at all points, this path is the mistake.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.proportions import common, is_equal, proportion
from microgradnet.checking.finding.vocabulary import last_part
from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.judging.recognising import Gradients
from microgradnet.checking.judging.runs import Claim, Runs
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.replay import hand_back
from microgradnet.tape.tape import Tape
from microgradnet.words import say

MOST = 400  # values of the forward pass whose paths are tried
LONG = 40  # characters of a formula that is named
LEAST = 4  # numbers, at all points: any one number is some multiple of another
CONSTANT = "takes {code}, line {line}, as a constant: the path by it is left out"
SIGN = "the sign of the path by {code}, line {line}, is wrong"
TIMES = "has the path by {code}, line {line}, {times:g} times"


@dataclass(frozen=True, slots=True)
class Path:
    """The paths by some values of the forward pass, those of one expression in several rounds.

    through: the values; at: the position of the only operand that the paths come from, None for
    all; times: how often the wrong gradients have them, 0 where they are left out; parts: at the
    first point, what passes along the paths, by entry.
    """

    through: tuple[Entry, ...]
    at: int | None
    times: float
    parts: Mapping[int, Any]

    @property
    def said(self) -> str:
        """The mistake in words."""
        entry = self.through[0]
        names = [n for n in entry.names if n.isidentifier()]
        code, line = (names or [entry.place.text])[0], entry.place.line_in_words
        node = entry.place.node
        if self.at is not None and isinstance(node, ast.BinOp):
            side = ast.unparse(node.right if self.at else node.left)
            code = say("{code} in {formula}", code=side, formula=entry.place.text)
        if not self.times:
            return say(CONSTANT, code=code, line=line)
        if is_equal(self.times, -1.0):
            return say(SIGN, code=code, line=line)
        return say(TIMES, code=code, line=line, times=self.times)

    def first_without(
        self, known: Gradients, step: Step, tape: Tape, places: Sequence[Place]
    ) -> Place | None:
        """Return the first of some statements that is about a gradient without these paths.

        It stores that gradient, or by its name one that these paths belong to.
        """
        values, by_loss = step.runs.values[0], step.runs.by_loss[0]
        parts = {n: part for n, part in self.parts.items() if np.any(part)}
        known_ = [(by_loss[n], part) for n, part in parts.items() if by_loss[n] is not None]
        less = [g - (1.0 - self.times) * part for g, part in known_]
        before = {s.text for s in tape.stores if s.number in parts.keys() & step.forward}
        named = {name for text in before for name in vocabulary.gradients_of(last_part(text))}
        possible = {id(p.statement) for p in places}
        late = range(max(step.forward, default=0) + 1, step.runs.end)
        stores = (s for s in tape.stores if s.number in late)
        for stored in (s for s in stores if not tape.entries[s.number].overwritten_by):
            is_named = bool(np.any(values[stored.number]))
            is_named &= vocabulary.spelled(stored.text) in named
            is_named &= id(stored.place.statement) in possible
            is_less = any(_is_same(values[stored.number], g) for g in less)
            if (is_named or is_less) and not known.is_exact(stored.number):
                return stored.place
        return None


def wrong_path(step: Step) -> Path | None:
    """Return the path that all wrong claims of a step lack or have with another factor, if one."""
    claims = [step.judgement.claims[i] for i in sorted(step.off)]
    factors = [step.judgement.factors.get(c.kind) for c in claims]
    if not claims or not all(factors) or any(c.of is not None for c in claims):
        return None
    off = [_errors(step.runs, c, f) for c, f in zip(claims, factors) if f]
    if sum(np.size(x) for errors in off for x in errors) < LEAST:
        return None
    found = []
    for through, at in _several(step):
        path = _path(step.runs, through, at, claims, off)
        if path is not None:
            found.append(path)
    return min(found, key=_rank, default=None)


def _rank(path: Path) -> tuple[Any, ...]:
    entry = path.through[0]
    is_named = any(n.isidentifier() for n in entry.names)
    text = entry.place.text
    kind = path.times != 0, path.at is not None, not is_named
    return *kind, len(text) > LONG, -len(text), -len(path.through), entry.number


def _several(step: Step) -> Iterator[tuple[tuple[Entry, ...], int | None]]:
    """Yield the values of the forward pass by which a path may go, by expression.

    With each there is the position of the operand that it comes from, None for all of them; then
    the same without the first round, as a backward pass may leave out what goes to a round before.
    """
    runs, found = step.runs, dict[int, list[Entry]]()
    for n in sorted(step.forward - {step.loss.number}):
        entry = runs.entries[n]
        is_felt = n < len(runs.by_loss[0]) and runs.by_loss[0][n] is not None
        if is_felt and not entry.is_source and n not in runs.given:
            found.setdefault(id(entry.place.node), []).append(entry)
    groups = [tuple(several) for several in found.values()]
    groups += [several[1:] for several in groups if len(several) > 1]
    for several in groups[:MOST]:
        yield several, None
        is_of_two = isinstance(several[0].place.node, ast.BinOp)
        yield from ((several, k) for k in range(len(several[0].operands)) if is_of_two)


def _errors(runs: Runs, claim: Claim, factor: float) -> list[Any]:
    """Return the excess of a claim, point by point; None where it cannot be computed."""
    found = list[Any]()
    for k, values in enumerate(runs.values):
        written, right = claim.written(values), runs.right(claim, k)
        is_like = written is not None and np.size(written) == np.size(right)
        found.append(np.reshape(written, np.shape(right)) / factor - right if is_like else None)
    return found


def _path(
    runs: Runs,
    through: Sequence[Entry],
    at: int | None,
    claims: Sequence[Claim],
    off: Sequence[Sequence[Any]],
) -> Path | None:
    """Return the path by some entries, if it explains the errors of all claims at all points."""
    found, first = list[float | None](), dict[int, Any]()
    for k in range(len(runs.values)):
        parts = _passed(runs, through, at, k)
        first = first or parts
        for claim, errors in zip(claims, off):
            part = _part(claim, parts)
            if part is None or errors[k] is None:
                return None
            c = proportion(errors[k], part)
            whole = runs.right(claim, k)
            if c is None or not c or proportion(whole, part) is not None:
                return None
            found.append(c)
    c = common(found)
    return None if c is None else Path(tuple(through), at, _rounded(1.0 + c), first)


def _rounded(times: float) -> float:
    return 0.0 if abs(times) < 1e-8 else times


def _part(claim: Claim, parts: Mapping[int, Any]) -> Any:
    """Return the gradient along a path to the variables of a claim; None if nothing passes."""
    several = [parts.get(n) for n in claim.bys]
    if all(p is None for p in several):
        return None
    if isinstance(claim.by, int):
        return several[0]
    return np.array([0.0 if p is None else p for p in several])


def _passed(runs: Runs, through: Sequence[Entry], at: int | None, k: int) -> dict[int, Any]:
    """Return by entry the part of its gradient that passes through some entries, at a point."""
    values, by_loss, parts = runs.values[k], runs.by_loss[k], Parts()
    whole = {e.number for e in through}
    with np.errstate(all="ignore"):
        for n in range(max(whole), -1, -1):
            entry = runs.entries[n]
            is_flat = entry.operation is None or entry.operation.is_flat
            if is_flat or n in runs.given:
                continue
            if n not in whole:
                _hand_on(entry, parts[n], parts, values)
            elif at is None:
                _hand_on(entry, by_loss[n], parts, values)
            else:
                _hand_on(entry, by_loss[n], parts, values, entry.operands[at : at + 1])
                _hand_on(entry, parts[n], parts, values, entry.operands[:at])
                _hand_on(entry, parts[n], parts, values, entry.operands[at + 1 :])
    return {n: g for n, g in parts.items() if not isinstance(g, list)}


def _hand_on(
    entry: Entry, g: Any, parts: Parts, values: Any, only: Sequence[int] | None = None
) -> None:
    """Add the gradients that an entry hands back, to its operands or to some of them only."""
    if g is None or (only is not None and not only):
        return
    if only is None:
        hand_back(entry, g, parts, values)
        return
    own = Parts()
    hand_back(entry, g, own, values)
    for n in only:
        if own[n] is not None:
            parts[n] = own[n] if parts[n] is None else parts[n] + own[n]


class Parts(dict[int, Any]):
    """Gradients by entry; None for those without one."""

    def __missing__(self, number: int) -> None:
        return None


def _is_same(value: Any, g: Any) -> bool:
    """Whether a value is a gradient, and not 0."""
    c = proportion(value, g)
    return c is not None and c != 0.0 and is_equal(c, 1.0)

"""The fewest lines that explain what is wrong: each is judged with all others put right.

Every derivative has an aim: the forward array that it is to be the gradient by. With all that are
aimed at put in their places, what a line writes by itself tells whether it is wrong, however many
others are. Where a name leaves an aim open, or constants differ, it is that by which the fewest
lines are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.by_value import Examined
from microgradnet.checking.claims import plainest
from microgradnet.checking.found import Found, is_given_target
from microgradnet.checking.locally import is_slope
from microgradnet.checking.recognising import decayed, group_of, matched, versions
from microgradnet.checking.trying import (
    could_be,
    in_time,
    is_same,
    named_numbers,
    shaped,
    written_now,
)
from microgradnet.tracing.events import numbers_of

__all__ = ["Explanation", "explained", "meant"]

Line = list[Found]  # what one statement writes, in all rounds of a loop


@dataclass
class Explanation:
    """The aims of all derivatives, and the lines that are wrong by these.

    aims: the forward array of each, by the index of its event; between: the constant of what is
    between, times its scale where one comes in on the way; ends, rate: those of the ends and of the
    updates; has_ends: whether there are ends that are no updates; written: what each writes by
    itself; wrong: what is wrong by itself.
    """

    aims: dict[int, int]
    between: float = 1.0
    ends: float = 1.0
    rate: float = 1.0
    has_ends: bool = True
    scales: dict[int, float] = field(default_factory=dict)
    written: dict[Found, float | None] = field(default_factory=dict)
    wrong: list[Found] = field(default_factory=list)
    cost: tuple[Any, ...] = ()

    def constant(self, one: Found) -> float:
        """How many times the gradient something is to be."""
        if one.update:  # without ends the rate has the constant of what is between in it
            return self.rate * self.ends if self.has_ends else self.rate
        return self.ends if one.ends else self.between * self.scales.get(one.event.index, 1.0)


MOST = 150_000  # numbers written, and ten a statement: 500 a run of a two-layer net, 4 ms
LEAST = 200  # runs that have to be possible: with fewer it is not told what is the fewest
ERROR = re.compile(r"(\w+?)_?err(?:or)?s?", re.I)


class _Lines:
    """The lines of a derivation, and what is wrong of them by an explanation."""

    def __init__(self, whole: Examined, exact: bool, moves: bool) -> None:
        self.whole, self.exact, self.moves = whole, exact, moves
        self.forward = whole.points[0].forward
        point = whole.points[0]
        several: dict[Any, Line] = {}
        sums = {group_of(one.event) for one in whole.found if one.ends and one.event.goes_on}
        ahead = {e.statement.number for e in point.trace.events if e.index not in point.events}
        for one in whole.found:
            other = one.event.statement.number in ahead or group_of(one.event) in sums
            other = other or is_slope(one.event, point)
            if one.update or one.ends or not (one.local or other):
                several.setdefault((one.update, *group_of(one.event)), []).append(one)
        self.lines = list(several.values())
        self.judgeable = [one for line in self.lines for one in line]
        first: dict[tuple[int, ...], int] = {}
        nodes = (tuple(map(id, f.nodes.flat)) for f in self.forward)
        self.same = [first.setdefault(ids, k) for k, ids in enumerate(nodes)]
        self.aimed = self._aimed()
        deltas = [one for one in self.judgeable if one.by and not _by(one)]
        self.below = {one: _below(self.forward[one.by[0]].nodes) for one in deltas}
        self.rates = named_numbers(whole)
        trace = point.trace
        numbers = sum(event.value.size for event in trace.events)
        self.most = MOST // (10 * len(trace.reads) + numbers)
        self.known: dict[frozenset[tuple[int, bytes]], dict[int, np.ndarray]] = {}

    def _aimed(self) -> list[int]:
        """What a derivative without a name may be by: of z and -z the first, and no target."""
        seen: set[bytes] = set()
        targets = {self.same[k] for k, f in enumerate(self.forward) if is_given_target(f)}
        found = []
        for k in sorted(range(len(self.forward)), key=lambda k: not self.forward[k].name):
            gradient = self.forward[k].gradient
            if (-gradient).tobytes() not in seen and self.same[k] not in targets:
                found.append(k)
                seen.add(gradient.tobytes())
        return found

    def right(self, one: Found, e: Explanation) -> np.ndarray | None:
        """What is to be written in the place of something, None where it has no aim."""
        k = e.aims.get(one.event.index)
        return None if k is None else shaped(e.constant(one) * self.forward[k].gradient, one.event)

    def put(self, e: Explanation, several: Sequence[Found]) -> dict[int, np.ndarray]:
        """What is right in the place of each, of what no update writes."""
        found = {one.event.index: self.right(one, e) for one in several if not one.update}
        return {index: right for index, right in found.items() if right is not None}

    def now(self, put: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
        """What each writes by itself with these put right; nothing where that fails."""
        key = frozenset((index, right.tobytes()) for index, right in put.items())
        if key not in self.known and len(self.known) < self.most:
            now = written_now(self.whole, put={**self.whole.put, **put})
            written = (
                (e.index, e.numbers if e.written is None else e.written) for e in now.values()
            )
            self.known[key] = dict(written)
        return self.known.get(key, {})

    def constants(self, e: Explanation, now: dict[int, np.ndarray]) -> dict[Found, float | None]:
        """How many times its gradient each line with an aim writes by itself."""
        found: dict[Found, float | None] = {}
        for one in self.whole.found:
            k = e.aims.get(one.event.index)
            if k is None or one.local is not None:
                continue
            written, forward = now[one.event.index], self.forward[k]
            if one.update:
                written = numbers_of(forward.nodes) - written
            match = matched([written], [forward.gradient])
            if match is None and not self.whole.points[0].computed:
                pulled = decayed([written], self.whole.points[:1], k)
                match = None if pulled is None else (pulled.constant, False)
            found[one] = None if match is None or match[1] else match[0]
        return found

    def against(self, one: Found, e: Explanation) -> float:
        """What it costs that something is no gradient, or none by what its name says."""
        aim = e.aims.get(one.event.index)
        of = meant(self.whole, one)
        if aim is None:
            return 1.0 if _by(one) else 1.5 if of or one.by else 0.5
        if of:  # at what it is the gradient by as it stands, or at what it says
            known = {self.same[k] for k in [*of, *([one.match.index] if one.match else [])]}
            return 1.25 * (self.same[aim] not in known)  # more than one more line that is wrong
        as_named = self.same[aim] in {self.same[k] for k in one.by}
        if one.by and not _by(one):  # a delta is by what the activation is computed from
            as_named = not as_named and not self.below[one].isdisjoint(self.forward[aim].nodes.flat)
        cost = 0.5 if one.event.goes_on else 1.0  # its name may be of what it was before
        return cost * (bool(one.by) and not as_named)

    def is_one(self, e: Explanation) -> bool:
        """Whether one line is wrong, and all that is called a derivative is one."""
        alone = len({(one.update, *group_of(one.event)) for one in e.wrong}) < 2
        return alone and all(self.against(one, e) < 1.0 for one in self.judgeable)

    def _fitting(self, e: Explanation, now: dict[int, np.ndarray]) -> dict[int, int]:
        """The aims of what had none and is a gradient now: it only followed from others."""
        found = {}
        for one in self.judgeable:
            if one.event.index in e.aims or _by(one):
                continue
            numbers = now[one.event.index]
            for k in self.aimed if numbers.size > 1 else ():
                match = matched([numbers], [self.forward[k].gradient])
                if match and not match[1] and is_same(match[0], e.constant(one)):
                    found[one.event.index] = k
                    break
        return found

    def between(self, e: Explanation) -> list[float]:
        """What constant the derivatives between may have: as written, or as 1/m comes later."""
        several = [one for one in self.whole.found if not (one.update or one.ends)]
        written = [
            one.match.constant
            for one in several
            if one.match and e.aims.get(one.event.index) == one.match.index
        ]
        signs = () if self.exact else (-1.0, *self.whole.batches())
        return list(dict.fromkeys([*written[:2], 1.0, *signs]))

    def judged(self, e: Explanation) -> Explanation:
        """The explanation with the constants of the ends under which the fewest lines are wrong."""
        now = self.now(self.put(replace(e, ends=1.0), self.whole.found))
        if not now:
            return replace(e, cost=(10**6,))
        e = replace(e, aims={**e.aims, **self._fitting(e, now)})
        found = self.constants(e, now)
        e = replace(e, has_ends=any(one.ends and not one.update for one in found))
        told = {one: c for one, c in found.items() if c and _tells(one)}
        ends = _distinct(c for one, c in told.items() if one.ends and not one.update)
        rates = _distinct(abs(c) for one, c in told.items() if one.update)
        kinds = [1.0] if self.exact else list(dict.fromkeys([*ends, e.between, 1.0]))
        options = [
            self._counted(replace(e, ends=k, rate=rate), found)
            for k in kinds
            for rate in rates[:3] or [1.0]
        ]
        return min(options, key=_cost)

    def _counted(self, e: Explanation, found: dict[Found, float | None]) -> Explanation:
        wrong, twice = [], set()  # a sign and a factor are two mistakes
        for one, c in found.items():
            down = np.sign(e.ends) if e.has_ends else 1.0
            meant = e.rate * down if one.update else e.constant(one)
            if c is None or not is_same(c, meant):
                wrong.append(one)
            if c and c * meant < 0.0 and not is_same(-c, meant):
                twice.add(group_of(one.event))
        count = float(len({(one.update, *group_of(one.event)) for one in wrong}))
        count += sum(self.against(one, e) for one in self.judgeable)
        count += 2.0 * self.moves * sum(one.update for one in wrong)
        count += self.exact and not is_same(e.between, 1.0)  # a convention is a mistake there
        convention = not self.whole.assumed and not is_same(e.ends, 1.0)
        matches = [one.match for one in found if not one.update and one.match]
        several = len({*e.scales.values()})
        count += convention and bool(several)  # one or the other, as 1/m that comes in on the way
        by_chance = any(is_same(match.constant, 1.0) for match in matches)
        count += convention and (e.ends < 0.0 or by_chance)  # no mistake makes right
        convention |= self.exact and not is_same(e.between, 1.0)
        unnamed = not any(is_same(e.rate, x) for x in self.rates), not is_same(e.rate, 1.0)
        mean = any(is_same(e.ends * n, e.between) for n in self.whole.batches())
        factor = not self.whole.assumed and not is_same(e.between, 1.0)
        cost = (
            count,
            len(twice),
            several,
            convention,
            e.ends < 0.0,
            factor,
            unnamed,
            not mean,
            abs(np.log(abs(e.ends / e.between))),
        )
        return replace(e, written=found, wrong=wrong, cost=cost)

    def rescaled(self, e: Explanation, line: Line) -> Iterator[Explanation]:
        """With what a line writes as the constant from there on: a factor that comes in there.

        Where it is for what comes later too, something later is right by it; where it is for itself
        alone, what is computed from it is right as it stands.
        """
        found = [c for one in line if (c := e.written.get(one)) is not None]
        ratios = _distinct(c / e.constant(one) for one, c in zip(line, found))
        if self.exact or len(found) < len(line) or len(ratios) > 1:
            return
        own = [one.event.index for one in line]
        later = [one.event.index for one in self.judgeable if one.event.index >= own[0]]
        signs = (1.0, -1.0) if ratios[0] < 0.0 and not is_same(ratios[0], -1.0) else (1.0,)
        for several, sign in product((own, later), signs):  # the sign may be wrong alone
            scales = {i: e.scales.get(i, 1.0) * sign * ratios[0] for i in several}
            other = self.judged(replace(e, scales={**e.scales, **scales}))
            ends = [f for f in self._ends_of(line) if f not in other.wrong]
            if any(several is later or _stands(f, other) for f in ends):
                yield other

    def _ends_of(self, line: Line) -> list[Found]:
        """The ends, and the updates, that are computed from a line."""
        own = {x for one in line for x in one.event.value.flat}
        ends = [one for one in self.whole.found if one.ends]
        return [one for one in ends if not own.isdisjoint(reachable(*_values(one))[1])]


def _stands(one: Found, e: Explanation) -> bool:
    """Whether an end is right as it is written, with nothing put right."""
    c = e.written.get(one)
    return bool(one.match and c and one.match.index in one.by and is_same(one.match.constant, c))


def meant(whole: Examined, one: Found) -> list[int]:
    """Return what an error is of, as its name says: `l1_error`, which may be the one by l1."""
    found = None if one.says and one.says.by else ERROR.fullmatch(one.name)
    return versions(whole.points[0], plainest(found[1])) if found else []


def _below(nodes: np.ndarray) -> set[Value]:
    """What an array is computed from, and itself."""
    return {x for several in reachable(*nodes.flat) for x in several}


def _values(one: Found) -> list[Value]:
    return [x for x in one.event.value.flat if isinstance(x, Value)]


def _distinct(constants: Iterable[float]) -> list[float]:
    """Constants that differ by more than rounding, the usual ones first."""
    groups: dict[str, list[float]] = {}
    for c in constants:
        groups.setdefault(f"{c:.7g}", []).append(c)
    return [several[0] for several in sorted(groups.values(), key=len, reverse=True)]


def _tells(one: Found) -> bool:
    """Whether something tells a constant: one number is any other times one."""
    return one.event.value.size > 1 or one.match is not None


def explained(whole: Examined, exact: bool, moves: bool) -> Explanation | None:
    """Return the explanation with the fewest wrong lines, None where there is none.

    exact: whether the gradients are to be those of L, and not up to a constant; moves: whether all
    updates have to come right.
    """
    lines = _Lines(whole, exact, moves)
    if lines.most < LEAST:
        return None
    first = {k: v for line in lines.lines for k, v in next(_options(lines, line), {}).items()}
    e = Explanation(first)
    starts = [_judged(lines, replace(e, between=c)) for c in lines.between(e)]
    starts.sort(key=lambda start: start.cost[0])  # of equals the likeliest first
    best = min(starts, key=_cost)
    for start in starts:
        best = min(best, _improved(lines, start), key=_cost)
        if lines.is_one(best):
            break
    if not whole.assumed and not is_same(best.ends, 1.0):  # where the first is wrong, as L is
        e = replace(best, between=best.between / best.ends)
        best = min(best, _judged(lines, e), key=_cost)
    if not best.wrong or (moves and any(one.update for one in best.wrong)):
        return None
    return best if _holds(lines, best) else None


def _cost(e: Explanation) -> tuple[Any, ...]:
    return e.cost


def _judged(lines: _Lines, e: Explanation) -> Explanation:
    """An explanation with what is wrong by it, and the factors that come in on the way."""
    best = lines.judged(e)
    for line in lines.lines:
        if any(one in best.wrong and not (one.ends or one.update) for one in line):
            best = min([best, *lines.rescaled(best, line)], key=_cost)
    return best


def _improved(lines: _Lines, best: Explanation) -> Explanation:
    """With other aims by which fewer lines are wrong: one line at a time, that which helps most."""
    while True:
        before = best
        for line in lines.lines:
            if all(
                _by(one) and one not in before.wrong and not lines.against(one, before)
                for one in line
            ):
                continue
            own = {one.event.index for one in line}
            others = {k: v for k, v in before.aims.items() if k not in own}
            for option in _options(lines, line):
                if {**others, **option} != before.aims:
                    other = _judged(lines, replace(before, aims={**others, **option}))
                    best = min(best, other, key=_cost)
            if best is not before and lines.is_one(best):
                return best  # all else comes right
        if best is before:
            return best


def _options(lines: _Lines, line: Line) -> Iterator[dict[int, int]]:
    """What the derivatives of a line may be by, the likeliest first."""
    named = all(_by(one) for one in line)
    as_is = {one.event.index: one.match.index for one in line if one.match}
    if line[0].update or line[0].ends or (named and len(line) == 1):
        yield {one.event.index: _named(one) for one in line}
    if line[0].update or line[0].ends:
        return
    if as_is:
        yield as_is
    yield {}
    events = lines.whole.points[0].trace.events[: line[0].event.index]
    if named and len(line) == 1 and line[0].event.name not in {e.name for e in events}:
        return
    if len(line) == 1:
        event = line[0].event
        alike = [k for k in lines.aimed if could_be(lines.forward[k], event)]
        for k in dict.fromkeys([*meant(lines.whole, line[0]), *alike, *lines.aimed]):
            yield {event.index: k}
    else:
        for ks in in_time(lines.forward, line, line[0].by):
            yield {one.event.index: k for one, k in zip(line, ks)}


def _by(one: Found) -> list[int]:
    """What something is by, as its name says; a delta is the one before the activation."""
    return [] if "delta" in one.name and not one.ends else one.by


def _named(one: Found) -> int:
    """The same as one: of several of that name, what it matches."""
    match = one.match.index if one.match else -1
    return match if match in one.by else one.by[0]


def _holds(lines: _Lines, e: Explanation) -> bool:
    """Whether all comes right with what is right in the place of the wrong lines alone."""
    lines.most += 1  # however many were tried before
    now = lines.now(lines.put(e, e.wrong))
    if not now:
        return False
    found = lines.constants(e, now)
    return all(
        c is not None and is_same(c, e.constant(one))
        for one, c in found.items()
        if one not in e.wrong and (one.ends or one.update)
    )

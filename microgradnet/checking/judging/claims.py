"""Find the claims of a run: the moves of parameters, and values named as derivatives.

A claim is an entry's value, what it should be the derivative of, and by which entry. A move
claims to be the gradient of the loss by the parameter, up to one factor that all moves share. A
name such as `d_h1_d_w2` claims a derivative of one value by another; `dW1` one of the loss.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.parameters import Group, change, is_drawn
from microgradnet.checking.finding.proportions import (
    Factor,
    alike,
    common,
    is_equal,
    may_be,
    proportion,
    ranged,
)
from microgradnet.checking.finding.rounding import Rounding, Seeds, of_difference
from microgradnet.checking.finding.upstream import PULLED, Loss
from microgradnet.checking.judging.update_rules import Optimizer
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.replay import ancestors, dependents, gradients, uses
from microgradnet.tape.tape import Stored, Tape

NEAR = 12  # the last values of a name that a derivative may be taken by


@dataclass(slots=True)
class Claim:
    """A value that is said to be a derivative.

    kind: "move" of a parameter; "named": a derivative of the loss by a parameter or input, as its
    name says (`dW`); "exact": one whose name says so in full (`d_L_d_ypred`); "inner": of the loss
    by another value (`dZ`), to a constant; "local": of one value by another; "returned": of the
    loss by an argument of a layer, with the shape of that argument; "mean": by a parameter, a mean
    over rows. number: the entry; by: the entry it is the derivative with respect to, several for a
    list of numbers; of: the entry it is the derivative of, None for the loss.
    """

    kind: str
    name: str
    number: int
    by: int | tuple[int, ...]
    place: Place
    of: int | None = None

    @property
    def bys(self) -> tuple[int, ...]:
        """The entries it is the derivative with respect to."""
        return (self.by,) if isinstance(self.by, int) else self.by

    def written(self, values: Any) -> Any:
        """Return the value that the code computes; for a move, the change of the parameter."""
        value = values[self.number]
        if self.kind == "returned" and np.shape(value) != np.shape(values[self.bys[0]]):
            return value if np.ndim(value) == 0 and not value else None
        if value is None or np.iscomplexobj(value):
            return None  # such as a root of a negative number: no derivative
        if self.kind != "move":
            return value
        return change(values[self.bys[0]], value)


class Runs:
    """The tape at some points: the values, and the gradients of the loss and of other entries."""

    def __init__(
        self, entries: Sequence[Entry], loss: Loss, values: Sequence[Any], given: Collection[int]
    ) -> None:
        self.entries, self.loss, self.values, self.given = entries, loss, values, given
        self.end = len(entries)
        self.by_loss = [gradients(entries, v, loss.seeds(v), given) for v in values]
        self._of: dict[int, list[list[Any]]] = {}
        self._seeds: dict[int, Seeds] = {}
        self.roundings = [Rounding(entries, v, given) for v in values]
        self._scales: dict[tuple[int | None, int], float] = {}
        self.optimizer: Optimizer | None = None  # the optimizer whose rule the moves follow, if any

    def gradients(self, of: int | None) -> list[list[Any]]:
        """Return the gradients of an entry, or of the loss, by all entries, point by point."""
        if of is None:
            return self.by_loss
        if of not in self._of:
            seeds = self.seeds(of)
            self._of[of] = [gradients(self.entries, v, seeds(v), self.given) for v in self.values]
        return self._of[of]

    def seeds(self, of: int | None) -> Seeds:
        """Return the function from values to the upstream gradient of an entry, or of the loss."""
        if of is None:
            return self.loss.seeds
        if of not in self._seeds:
            self._seeds[of] = lambda values: {of: np.ones(np.shape(values[of]))}
        return self._seeds[of]

    def right(self, claim: Claim, point: int) -> Any:
        """Return the exact derivative that a claim is about; 0 if there is no dependence."""
        several = [self.gradient(claim.of, point, n) for n in claim.bys]
        return several[0] if isinstance(claim.by, int) else np.array(several)

    def gradient(self, of: int | None, point: int, by: int) -> Any:
        """Return the gradient of an entry, or of the loss, by another; 0 if there is no path."""
        g = _at(self.gradients(of)[point], by)
        return np.zeros(np.shape(self.values[point][by])) if g is None else g

    def reaches(self, number: int) -> bool:
        """Whether the loss depends on an entry."""
        return any(_at(found, number) is not None for found in self.by_loss)

    def is_nothing(self, claim: Claim) -> bool:
        """Whether a claim is 0 at all points and should be: a mistake would not show."""
        points = range(len(self.values))
        return not any(
            np.any(claim.written(self.values[k])) or np.any(self.right(claim, k)) for k in points
        )

    def scale(self, of: int | None, point: int) -> float:
        """Return the largest gradient of an entry, or of the loss, by the drawn entries."""
        if (of, point) not in self._scales:
            found = self.gradients(of)[point]
            several = [found[n] for n in self.given if n < len(found) and found[n] is not None]
            sizes = [float(np.abs(g).max(initial=0.0)) for g in several if not isinstance(g, list)]
            self._scales[of, point] = max([s for s in sizes if np.isfinite(s)], default=0.0) or 1.0
        return self._scales[of, point]

    def bounds(self, claim: Claim, point: int, mended: Rounding | None = None) -> tuple[Any, Any]:
        """Return the error bounds of a claim's value, and of the exact derivative."""
        at = self.roundings[point]
        own = at if mended is None else mended
        e = own.of(claim.number)
        if claim.kind == "move":
            e = of_difference(claim.written(own.values), e, own.of(claim.bys[0]))
        found = self.gradients(claim.of)[point]
        several = [at.of_gradient(n, found, self.seeds(claim.of)) for n in claim.bys]
        return e, several[0] if isinstance(claim.by, int) else np.array(several)

    def proportion(
        self, claim: Claim, point: int, values: Any = None, swaps: Mapping[int, int] | None = None
    ) -> float | None:
        """Return the factor between a claim's value and its derivative; None if none is proven."""
        several = self.values[point] if values is None else values

        def bounds() -> tuple[Any, Any]:
            is_same = values is None
            mended = None if is_same else Rounding(self.entries, values, self.given, swaps)
            return self.bounds(claim, point, mended)

        u, g = claim.written(several), self.right(claim, point)
        return proportion(u, g, bounds, self.scale(claim.of, point))

    def proportions(self, claims: Iterable[Claim]) -> list[float | None]:
        """Return the factor of each claim, the same at all points; None if none is proven."""
        points = range(len(self.values))
        return [common(self.proportion(c, k) for k in points) for c in claims]

    def ranged(
        self, claim: Claim, several: Sequence[Any] = (), swaps: Mapping[int, int] | None = None
    ) -> Factor | None:
        """Return the factor that a claim may have at all points, within the error bounds.

        None: there is no such factor, and the claim is wrong. A point with large error bounds can
        only exclude factors; if all points are such, the factor is not clear. several, swaps: the
        values by point, and the swapped entries, of a repaired run.
        """
        best: Factor | None = None
        for k, values in enumerate(several or self.values):
            pair = alike(claim.written(values), self.right(claim, k))
            mended = Rounding(self.entries, values, self.given, swaps) if several else None
            scale = self.scale(claim.of, k)
            c = None if pair is None else ranged(*pair, *self.bounds(claim, k, mended), scale)
            if c is None or (best is not None and not is_equal(c, best)):
                return None
            if best is None or _worth(c) > _worth(best):
                best = c
        return best

    def may_be(self, claim: Claim, factor: float) -> bool:
        """Whether a claim may have a given factor, within the error bounds at all points."""
        for k, values in enumerate(self.values):
            pair = alike(claim.written(values), self.right(claim, k))
            if pair is None or not may_be(*pair, factor, *self.bounds(claim, k)):
                return False
        return True


def _worth(c: Factor) -> tuple[bool, float]:
    """Return how much a factor tells: most if clear and not 0, then by its small error."""
    return c.is_clear and c != 0.0, -c.error if c.error < np.inf else -float(not c.is_clear) * 1e300


def claims(group: Group, k: int, runs: Runs, forward: set[int]) -> list[Claim]:
    """Return the claims of step k: its moves, then the values named as derivatives."""
    tape, moved = group.tape, group.moving(k)
    found = [Claim("move", p.name, p.versions[k + 1], p.versions[k], p.place) for p in moved]
    first = max((p.versions[k] for p in moved), default=0) if k else 0
    now = {v: p.versions[min(k, len(p.versions) - 1)] for p in group.parameters for v in p.versions}
    named = _Names(tape, runs, now, forward)
    said, called = dict[str, list[Claim]](), dict[tuple[int, str], str]()
    for stored in tape.stores:
        if first <= stored.number < runs.end and stored.at <= runs.end + 1:
            claim = named.claim(stored.text, stored.number, stored.place, stored.at)
            key = stored.number, vocabulary.spelled(stored.text)
            is_again = called.setdefault(key, stored.text) != stored.text  # of a dict of locals
            if is_again and stored.number not in forward:
                said.pop(stored.text, None)  # its earlier value was an incomplete sum
            is_new = stored.number not in forward and not is_again
            if claim is not None and is_new and claim.by != claim.number:
                said.setdefault(stored.text, []).append(claim)
    for several in said.values():  # the last claim of a name that is not 0 at all points
        found.append(next((c for c in several[::-1] if not runs.is_nothing(c)), several[-1]))
    return found


def unclaimed(
    tape: Tape, known: Sequence[Claim], runs: Runs, proven: Collection[int]
) -> dict[str, Place]:
    """Return the places of names in full that no claim was found for.

    They are names such as drelu_dz where a value is called z, and d_L_d_w9, but of a training only
    the former. proven: entries that the moves of a training show to be right.
    """
    names = {c.name for c in known}
    stored = [s for s in tape.stores if s.number < runs.end and s.place.kind != "argument"]
    values = {vocabulary.plain(s.text) for s in stored}
    open_ = [s for s in stored if s.number not in proven and s.text.isidentifier()]
    found = {
        s.text: s.place
        for s in open_
        if _is_by_one_of(s.text, values) or (vocabulary.is_full(s.text) and not proven)
    }
    return {text: place for text, place in found.items() if text not in names}


def _is_by_one_of(text: str, values: Collection[str]) -> bool:
    """Whether a name is that of a derivative by one of some values. values: names, `plain`."""
    said = vocabulary.derivative(text) if vocabulary.is_exact(text) else None
    return said is not None and vocabulary.plain(said[1]) in values


def returned(
    tape: Tape, given: Sequence[int], out: Sequence[int], known: Sequence[Claim], runs: Runs
) -> list[Claim]:
    """Return claims for the gradients that a function returns, paired by value, then by shape."""
    taken, said = {n for c in known for n in c.bys}, {c.number for c in known}
    open_ = [
        n for n in given if n not in taken and all(_at(g, n) is not None for g in runs.by_loss)
    ]
    said |= set(runs.loss.ends()) if runs.loss.kind == PULLED else set()  # the output itself
    left = [n for n in dict.fromkeys(out) if n not in said and n not in given]
    found, shapes = list[Claim](), [tape.entries[n].shape for n in left]
    is_all = len(left) > 1 and all(
        shapes.count(s) <= sum(tape.entries[n].shape == s for n in open_) for s in shapes
    )
    is_pulled = runs.loss.kind == PULLED and len(left) == 1  # what a backward pass gives back
    for is_by_value in (True, False):
        for by in list(open_):
            for n in left:
                entry = tape.entries[n]
                name = entry.names[-1] if entry.names else entry.place.text
                claim = Claim("named", name, n, by, entry.place)
                is_alike = entry.shape == tape.entries[by].shape
                c = runs.proportions([claim])[0] if is_alike else None
                is_likely = is_all or is_pulled or bool(found or known)
                if c if is_by_value else is_alike and is_likely:
                    found.append(claim)
                    left.remove(n)
                    open_.remove(by)
                    break
    return found


def is_called_derivative(tape: Tape, stored: Stored) -> bool:
    """Whether a computed value is stored under the name of a derivative."""
    is_computed = not tape.entries[stored.number].is_source and stored.place.kind != "argument"
    return is_computed and vocabulary.derivative(stored.text) is not None


def unmatched(tape: Tape, out: Sequence[int], known: Sequence[Claim]) -> list[Entry]:
    """Return the entries in a returned list of gradients that no claim covers."""
    lists = {c.name.partition("[")[0] for c in known if "[" in c.name}
    left = [tape.entries[n] for n in out if n not in {c.number for c in known}]
    return [e for e in left if any(name.partition("[")[0] in lists for name in e.names[-1:])]


def _at(found: Sequence[Any], n: int) -> Any:
    return found[n] if n < len(found) else None


class _Names:
    """Finds the entries that the names of derivatives refer to."""

    def __init__(self, tape: Tape, runs: Runs, now: dict[int, int], forward: set[int]) -> None:
        self.tape, self.runs, self.starts, self.forward = tape, runs, {*now.values()}, forward
        self.drawn = dependents(runs.given, uses(runs.entries))
        # By spelling: when, which entry, and in which function.
        self.stored: dict[str, list[tuple[int, int, str]]] = {}
        for s in tape.stores:
            if s.number < runs.end:
                stored = self.stored.setdefault(vocabulary.spelled(s.text), [])
                own = now.get(s.number, s.number)  # a parameter: its version in this step
                stored.append((s.at, own, s.place.function))

    def near(self, name: str, at: int, function: str) -> list[int]:
        """Return the entries stored under a name before `at`, if possible in the same function."""
        several = [s for s in self.stored.get(vocabulary.spelled(name), ()) if s[0] < at]
        return [n for _, n, f in several if f == function] or [n for _, n, _ in several]

    def before(self, name: str, at: int, function: str) -> list[int | tuple[int, ...]]:
        """Return the entries stored under a name before `at`, the latest first."""
        found: list[int | tuple[int, ...]] = [*self.near(name, at, function)]
        last: list[int | tuple[int, ...]] = list(dict.fromkeys(reversed(found)))[:NEAR]
        return last or self.listed(name, at, function)

    def listed(self, name: str, at: int, function: str) -> list[int | tuple[int, ...]]:
        """Return the entries of a list with that name as one tuple; [] if there is no list."""
        parts: list[int] = []
        while True:
            found = self.near(f"{name}[{len(parts)}]", at, function)
            if not found:
                return [tuple(parts)] if parts else []
            parts.append(found[-1])

    def claim(self, text: str, number: int, place: Place, at: int) -> Claim | None:
        """Return the claim that a named value makes; None if the name refers to no entry."""
        said = vocabulary.derivative(text)
        if said is None or place.kind == "argument":
            return None
        of, by = said
        if of:
            return self.local(text, number, place, of, by, at)
        if self.starts and not self.varies(number) and not vocabulary.is_exact(text):
            return None  # a constant, or an empty buffer
        for function in (place.function, ""):  # elsewhere if its own function has no such entry
            near = [n for n in self.before(by, at, function) if self.is_ahead(n) and n != number]
            if near:
                break
        else:
            return None
        shape = self.tape.entries[number].shape
        fits = [n for n in near if self.is_right(Claim("inner", text, number, n, place))]
        fits += [n for n in near if self.shape(n) == shape]
        fits += [n for n in near if sorted(self.shape(n)) == sorted(shape)]  # transposed
        if not fits and self.is_of_another_shape(number, near[0]):
            fits = near[:1]
        if not fits:
            return None  # the name refers to another thing
        chosen = fits[0]
        single = chosen if isinstance(chosen, int) else chosen[0]
        is_leaf = single in self.starts or is_drawn(self.tape.entries, single)
        if vocabulary.is_exact(text):
            return Claim("exact", text, number, chosen, place)
        return Claim("named" if is_leaf else "inner", text, number, chosen, place)

    def is_of_another_shape(self, number: int, by: int | tuple[int, ...]) -> bool:
        """Whether a value is a gradient of the wrong shape: it depends on more than its leaf."""
        entries, given = self.tape.entries, set(self.runs.given)
        leaf = isinstance(by, int) and (by in given or entries[by].is_source)
        behind = ancestors(entries, [number]) & given
        return leaf and len(behind) > 1 and not entries[number].names[1:] and self.varies(number)

    def varies(self, n: int) -> bool:
        """Whether a value depends on the drawn entries, and is not 0 at all points."""
        return n in self.drawn and any(np.any(values[n]) for values in self.runs.values)

    def shape(self, n: int | tuple[int, ...]) -> tuple[int, ...]:
        if isinstance(n, int):
            return self.tape.entries[n].shape
        return (len(n), *np.shape(self.tape.entries[n[0]].value))

    def local(
        self, text: str, number: int, place: Place, of: str, by: str, at: int
    ) -> Claim | None:
        """Return the claim of a derivative of one number by another."""
        ofs, bys = (self.before(x, at, place.function) for x in (of, by))
        if not ofs or not bys or not isinstance(ofs[0], int):
            return None
        if np.size(self.tape.entries[ofs[0]].value) != 1:
            return None
        return Claim("local", text, number, bys[0], place, ofs[0])

    def is_ahead(self, n: int | tuple[int, ...]) -> bool:
        """Whether the loss is computed from a value."""
        return (n if isinstance(n, int) else n[0]) in self.forward

    def is_right(self, claim: Claim) -> bool:
        return self.runs.proportions([claim])[0] is not None

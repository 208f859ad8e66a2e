"""Find the claims of a run: the moves of parameters, and values named as derivatives.

A claim is an entry's value, what it should be the derivative of, and by which entry. A move
claims to be the gradient of the loss by the parameter, up to one factor that all moves share. A
name such as `d_h1_d_w2` claims a derivative of one value by another; `dW1` one of the loss.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.parameters import Group
from microgradnet.checking.finding.upstream import PULLED
from microgradnet.checking.judging.runs import Claim, Runs, at_or_none
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.replay import ancestors, dependents, uses
from microgradnet.tape.tape import Stored, Tape

SCALING = ("multiply", "divide", "add", "subtract")
NEAR = 12  # the last values of a name that a derivative may be taken by


def claims(group: Group, k: int, runs: Runs, forward: set[int]) -> list[Claim]:
    """Return the claims of step k: its moves, then the values named as derivatives."""
    tape, moved = group.tape, group.moving(k)
    found = [Claim("move", p.name, p.moved(k), p.versions[k], p.place) for p in moved]
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
    reached = {n for n in given if all(at_or_none(g, n) is not None for g in runs.by_loss)}
    open_ = [n for n in given if n in reached - taken]
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
        """Return the entries of a list of that name, alike in shape, as one tuple; [] if none."""
        parts: list[int] = []
        while True:
            found = self.near(f"{name}[{len(parts)}]", at, function)
            if not found:
                is_one = len({self.tape.entries[n].shape for n in parts}) == 1
                return [tuple(parts)] if is_one else []
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
        is_leaf = single in self.starts or _is_drawn(self.tape.entries, single)
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


def _is_drawn(entries: Sequence[Entry], n: int) -> bool:
    """Whether a value is a source, or an array of numbers scaled by single ones: 0.01 * randn()."""
    while (e := entries[n]).operation is not None and e.operation.name in SCALING:
        arrays = [m for m in e.operands if entries[m].shape]
        if len(arrays) != 1:
            return False
        n = arrays[0]
    return e.is_source

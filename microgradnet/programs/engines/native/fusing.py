"""Fuse elementwise steps of one size into one loop; results read only there stay in registers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from microgradnet.programs.lifted import (
    Elementwise,
    Lifted,
    Mean,
    Product,
    Scan,
    Step,
    StepOperand,
    is_range,
    read,
)
from microgradnet.programs.program import ONE, Constant

MOST = 64  # steps in one loop
NOWHERE = -1


Source = int | Constant | StepOperand  # the number of an earlier member, a constant, or places


@dataclass(frozen=True, eq=False)
class Member:
    """A step of a loop: its operation, its sources, and the first place it writes."""

    op: str
    sources: tuple[Source, ...]
    to: int


@dataclass(frozen=True, eq=False)
class Loop:
    """Elementwise steps in one loop over `size` registers."""

    size: int
    members: tuple[Member, ...]

    def is_logistic(self, x: Source, y: Source) -> bool:
        """Return whether y is 1 + e, e = exp(-abs(...)), and each lane of x is 1 or e."""
        total, choice = self._member("add", y), self._member("where", x)
        if total is None or choice is None:
            return False
        one, e = total.sources
        power = self._member("exp", e)
        less = power and self._member("neg", power.sources[0])
        size = less and self._member("abs", less.sources[0])
        return size is not None and one == ONE and choice.sources[1:] == (ONE, e)

    def _member(self, op: str, x: Source) -> Member | None:
        found = self.members[x] if type(x) is int else None
        return found if found and found.op == op else None


@dataclass(frozen=True, eq=False)
class Fused:
    """The steps for a chunk of rows, on the `n_places` registers that are written to memory."""

    steps: tuple[Product | Scan | Loop, ...]
    means: tuple[Mean, ...]
    outputs: np.ndarray
    n_places: int


def fuse(lifted: Lifted) -> Fused:
    """Join elementwise steps into loops, and place the registers that they write side by side."""
    parts = list(_parts(lifted))
    place = _places(lifted, parts)
    number = dict(enumerate(map(Constant, lifted.constants.tolist()), lifted.n_given))
    steps = [
        _loop(part, place, number) if isinstance(part, tuple) else part.moved(place)
        for part in parts
    ]
    made = lifted.moved(place, int(place.max(initial=NOWHERE)) + 1)
    return Fused(tuple(steps), made.means, made.outputs, made.n_registers)


Part = Product | Scan | tuple[Elementwise, ...]


def _parts(lifted: Lifted) -> Iterator[Part]:
    """Yield the steps; elementwise ones move forward to share a loop with others of their size."""
    done = np.zeros(lifted.n_registers, dtype=bool)
    done[: lifted.n_columns] = True
    waiting = list(lifted.steps)
    while waiting:
        first, *waiting = waiting
        group: Sequence[Step] = [first]
        if isinstance(first, Elementwise):
            group, waiting = _together(first, waiting, done)
            yield tuple(group)
        else:
            yield first
        for step in group:
            done[step.start : step.start + step.size] = True


def _together(
    first: Elementwise, others: Sequence[Step], done: np.ndarray
) -> tuple[list[Elementwise], list[Step]]:
    """Split steps into those that can share the loop of the first step, and the others."""
    group, starts = [first], {first.start}
    rest: list[Step] = []
    for step in others:
        if (
            isinstance(step, Elementwise)
            and step.size == first.size
            and len(group) < MOST
            and all(_inside(index, starts) or done[index].all() for index in read(step))
        ):
            group.append(step)
            starts.add(step.start)
        else:
            rest.append(step)
    return group, rest


def _inside(index: np.ndarray, starts: dict[int, int] | set[int]) -> bool:
    """Return whether an operand is the result of a step of the loop, element by element."""
    return index.flat[0] in starts and is_range(index)


def _places(lifted: Lifted, parts: Sequence[Part]) -> np.ndarray:
    """Return the place where each register is written, or NOWHERE."""
    is_read = np.zeros(lifted.n_registers, dtype=bool)
    is_read[lifted.outputs[~lifted.is_shared]] = True
    for index in [index for mean in lifted.means for index in read(mean)]:
        is_read[index] = True
    several = [part if isinstance(part, tuple) else (part,) for part in parts]
    for steps in several:
        starts = {step.start for step in steps if isinstance(step, Elementwise)}
        for index in [index for step in steps for index in read(step)]:
            is_read[index] |= not _inside(index, starts)
    place = np.full(lifted.n_registers, NOWHERE)
    place[: lifted.n_columns] = np.arange(lifted.n_columns)
    count = lifted.n_columns
    for step in chain(*several):
        results = slice(step.start, step.start + step.size)
        if not isinstance(step, Elementwise) or is_read[results].any():
            place[results] = np.arange(count, count + step.size)
            count += step.size
    return place


def _loop(steps: Sequence[Elementwise], place: np.ndarray, number: dict[int, Constant]) -> Loop:
    starts = {step.start: i for i, step in enumerate(steps)}

    def source(x: StepOperand) -> Source:
        first = int(x.index[0])
        if not x.is_shared:
            return starts[first] if _inside(x.index, starts) else StepOperand(False, place[x.index])
        return number[first] if first in number and np.all(x.index == first) else x

    members = [
        Member(step.op, tuple([source(x) for x in step.operands]), int(place[step.start]))
        for step in steps
    ]
    return Loop(steps[0].size, tuple(members))

"""Registers used again: as few as live at a time, so that a chunk of rows stays in the cache."""

from __future__ import annotations

import numpy as np

from microgradnet.programs.lifted import Elementwise, Lifted, Step, is_range, read

__all__ = ["compacted"]


def compacted(lifted: Lifted) -> Lifted:
    """Return the same steps with registers used again as soon as nobody reads them any more.

    An elementwise step may then write where it reads: each result in the place of an operand of
    its own, never of another's.
    """
    return lifted.moved(*_placed(lifted))


def _placed(lifted: Lifted) -> tuple[np.ndarray, int]:
    """Of each register its new place, and how many places there are."""
    steps, n = lifted.steps, lifted.n_registers
    sizes = [lifted.n_columns, *[step.size for step in steps]]
    starts = [0, *[step.start for step in steps]]
    block, moved = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for i, (start, size) in enumerate(zip(starts, sizes)):
        block[start : start + size] = i
    last = _last_uses(lifted, block)
    dying: list[list[int]] = [[] for _ in range(len(steps) + 2)]
    for i, step in enumerate(last.tolist()):
        dying[step].append(i)
    room = _Room()
    begins = [room.take(sizes[0])]
    moved[: sizes[0]] = np.arange(sizes[0])
    for i, step in enumerate(steps, start=1):
        dead = [b for b in dying[i] if b != i]
        heir = _replaced(step, dead, starts, sizes, block)
        begins.append(room.take(step.size) if heir is None else begins[heir])
        moved[step.start : step.start + step.size] = np.arange(begins[i], begins[i] + step.size)
        unread = [i] if last[i] == i else []  # of no use, but it has to write somewhere
        for b in [*(b for b in dead if b != heir), *unread]:
            room.give(begins[b], sizes[b])
    return moved, room.height


def _last_uses(lifted: Lifted, block: np.ndarray) -> np.ndarray:
    """Of each block the last step that reads it, counted from 1; one more for what stays."""
    last = np.arange(len(lifted.steps) + 1)
    for i, step in enumerate(lifted.steps, start=1):
        for index in read(step):
            last[block[index]] = i
    meant = [index for mean in lifted.means for index in read(mean)]
    for index in (*meant, lifted.outputs[~lifted.is_shared]):
        last[block[index]] = len(last)
    return last


def _replaced(
    step: Step, dead: list[int], starts: list[int], sizes: list[int], block: np.ndarray
) -> int | None:
    """The block that a step reads last and element by element, in whose place it may write."""
    if not isinstance(step, Elementwise):
        return None
    for b in dead:
        if sizes[b] == step.size:
            mine = [index for index in read(step) if np.any(block[index] == b)]
            if mine and all(index[0] == starts[b] and is_range(index) for index in mine):
                return b
    return None


class _Room:
    """Stretches of registers, taken where the first one free is long enough."""

    def __init__(self) -> None:
        self.free: list[tuple[int, int]] = []  # from, to; sorted
        self.height = 0

    def take(self, size: int) -> int:
        for i, (start, stop) in enumerate(self.free):
            if stop - start >= size:
                self.free[i : i + 1] = [(start + size, stop)] if stop - start > size else []
                return start
        start = self.height
        if self.free and self.free[-1][1] == self.height:  # what is free at the end is not enough
            start = self.free.pop()[0]
        self.height = start + size
        return start

    def give(self, start: int, size: int) -> None:
        """Take back a stretch, and join it to its neighbours."""
        stop = start + size
        joined = [x for x in self.free if x[1] == start or x[0] == stop]
        self.free = [x for x in self.free if x not in joined]
        first, last = min([start, *[x[0] for x in joined]]), max([stop, *[x[1] for x in joined]])
        self.free = sorted([*self.free, (first, last)])

"""Lift a program from lines on scalars to steps on arrays, using its data flow alone."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from microgradnet.programs.blocks import Blocks, Space
from microgradnet.programs.dataflow import AFTER, BEFORE, PAIR, ROWS, DataFlow
from microgradnet.programs.lifted import Average, Lifted, Mean, Outer, Step, read
from microgradnet.programs.program import Constant, Program

__all__ = ["lift"]

# The product of all registers of two blocks pays off if at least this share of it is needed.
LEAST_SHARE = 0.25


def lift(
    program: Program,
    n_given: int,
    means: bool = False,
    exact: bool = False,
    arrays: Sequence[np.ndarray] = (),
) -> Lifted:
    """Return a program as steps on arrays; n_given: the number of inputs that all rows share.

    means: for the mean over the rows, else for each row. Sums of products with the same registers
    are rows of one matrix product. Lines of one operation whose operands are ready at the same time
    are one elementwise step. Products that are only averaged over the rows are one matrix product.
    Any other line is a step of its own, so any program can be lifted. The terms of a sum are added
    in another order than in the program; all other numbers are the same. exact: keep sums as they
    are, to the last bit. arrays: places of shared numbers to treat as one block.
    """
    flow = DataFlow(program, n_given, means)
    spaces = {True: Space(), False: Space()}
    shared, registers = spaces[True], spaces[False]
    columns = range(n_given, program.n_inputs)
    shared.add(n_given, range(n_given))
    registers.add(len(columns), columns)
    for array in arrays:
        shared.split(array.ravel().tolist())
    # Finding sums may add constants and earlier lines, so find all before placing any.
    rows, after = Blocks(flow, ROWS, spaces, exact), Blocks(flow, AFTER, spaces, exact)
    before = Blocks(flow, BEFORE, spaces, exact)
    _note_factors(flow, rows, after, before)
    shared.add(len(flow.constants))
    before.arrange()
    rows.arrange()
    found = _means(rows, shared) if means else []
    after.arrange()
    return _made(flow, spaces, [before, rows, after], found)


def _note_factors(flow: DataFlow, *phases: Blocks) -> None:
    """Register the constants in factors and biases of sums, in addition to those in lines."""
    for phase in phases:
        for found in phase.sums.values():
            factors = [x for _, x in found.terms]
            for x in (*factors, found.bias):
                if type(x) is Constant:
                    flow.constants.add(x)


def _made(
    flow: DataFlow, spaces: dict[bool, Space], phases: Sequence[Blocks], means: list[Mean]
) -> Lifted:
    shared, registers = spaces[True], spaces[False]
    is_shared = [type(x) is Constant or x in shared.place for x in flow.outputs]
    outputs = [
        flow.place(x) if type(x) is Constant else spaces[kind].place[x]
        for x, kind in zip(flow.outputs, is_shared)
    ]
    before, rows, after = (tuple(_in_order(phase)) for phase in phases)
    return Lifted(
        flow.n_given,
        flow.constants.array(),
        len(shared.block),
        flow.n_inputs - flow.n_given,
        len(registers.block),
        before,
        rows,
        tuple(means),
        after,
        np.array(outputs, dtype=np.int64),
        np.array(is_shared, dtype=bool),
    )


def _in_order(phase: Blocks) -> list[Step]:
    """Sort the steps by their last lines, each after the steps that it reads."""
    steps, block = phase.steps, np.array(phase.space.block)
    step_of = {int(block[step.start]): i for i, step in enumerate(steps)}
    users = defaultdict(list)
    waiting = []
    for i, step in enumerate(steps):
        found = {
            x for index in read(step, phase.phase != ROWS) for x in block[index].ravel().tolist()
        }
        needs = [step_of[x] for x in found if x in step_of]
        waiting.append(len(needs))
        for j in needs:
            users[j].append(i)
    ready = [(max(steps[i].lines), i) for i, n in enumerate(waiting) if not n]
    heapq.heapify(ready)
    ordered = []
    while ready:
        _, i = heapq.heappop(ready)
        ordered.append(steps[i])
        for j in users[i]:
            waiting[j] -= 1
            if not waiting[j]:
                heapq.heappush(ready, (max(steps[j].lines), j))
    return ordered


def _means(rows: Blocks, shared: Space) -> list[Mean]:
    """Return the means over the rows that outputs need, and give them places in `shared`."""
    flow, registers = rows.flow, rows.space
    place, block = registers.place, registers.block
    grids: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
    for r in flow.lines(PAIR):
        left, right = (place[x] for x in flow.operands[r] if type(x) is int)
        if block[left] < block[right]:
            left, right = right, left
        grids[block[left], block[right]].append((left, right, r))
    found: list[Mean] = []
    alone: list[int] = []
    for grid in grids.values():
        if not _is_worth_it(grid):
            alone += [r for _, _, r in grid]
            continue
        outer, order = _outer(grid, len(shared.block))
        shared.add(len(outer.left) * len(outer.right))
        shared.place |= order
        found.append(outer)
    rows.add_plain(alone)
    return [*found, *_averages(flow, alone, registers, shared)]


def _is_worth_it(grid: Sequence[tuple[int, int, int]]) -> bool:
    m, p = len({left for left, _, _ in grid}), len({right for _, right, _ in grid})
    is_diagonal = len(grid) == m == p > 1
    return not is_diagonal and len(grid) >= LEAST_SHARE * m * p


def _outer(grid: Sequence[tuple[int, int, int]], start: int) -> tuple[Outer, dict[int, int]]:
    """Return the product of two blocks, and the place of each line's mean in it."""
    left = sorted({i for i, _, _ in grid})
    right = sorted({j for _, j, _ in grid})
    row = {at: i * len(right) for i, at in enumerate(left)}
    column = {at: j for j, at in enumerate(right)}
    order = {r: start + row[i] + column[j] for i, j, r in grid}
    return Outer(np.array(left), np.array(right), start), order


def _averages(flow: DataFlow, alone: list[int], registers: Space, shared: Space) -> list[Mean]:
    """Return the means of registers that later lines or outputs read."""
    read = [x for r in flow.lines(AFTER) for x in flow.operands[r]]
    wanted = dict.fromkeys([*alone, *(x for x in (*read, *flow.outputs) if type(x) is int)])
    by_block = defaultdict(list)
    for x in wanted:
        if flow.phase[x] == ROWS or x in registers.place:
            by_block[registers.block[registers.place[x]]].append(x)
    found: list[Mean] = []
    for _, group in sorted(by_block.items()):
        group.sort(key=registers.place.__getitem__)
        start = shared.add(len(group), group)
        found.append(Average(np.array([registers.place[x] for x in group]), start))
    return found

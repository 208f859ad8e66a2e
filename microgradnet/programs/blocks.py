"""Group similar lines into steps on arrays, once their operands are computed.

A block is the result of one step. Its registers are adjacent, so that a step that reads them all
copies nothing. Lines are similar if they apply the same operation to registers of the same blocks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import TypeAlias

import numpy as np

from microgradnet.programs.dataflow import BEFORE, ROWS, DataFlow, SumOfProducts, sum_at
from microgradnet.programs.lifted import Elementwise, Product, Scan, Step, StepOperand
from microgradnet.programs.program import MINUS_ONE, ONE, Constant, Operand

# Limits: with more than MANY_GROUPS groups of one operation, groups of fewer than FEW_LINES lines
# are merged; with more than MANY_BLOCKS blocks in one sum, its registers count as one block.
MANY_GROUPS, FEW_LINES, MANY_BLOCKS = 8, 4, 3

# Operations whose chains are one step, such as the maximum of several numbers.
CHAINED = ("maximum", "minimum", "mul")

Term: TypeAlias = tuple[int, Operand]  # the place of a register, and its factor in a sum
# A block and whether the factors are constants; the terms of a sum in that block.
Part: TypeAlias = tuple[tuple[int, bool], tuple[Term, ...]]
# An operand: whether it is shared; its block or constant, or None for any.
Kind: TypeAlias = tuple[bool, int | Constant | None]
Form: TypeAlias = tuple[str, tuple[Kind, ...]]


class Space:
    """The places of results, allocated a block at a time."""

    def __init__(self) -> None:
        self.place: dict[int, int] = {}
        self.block: list[int] = []
        self.sizes: list[int] = []  # of the blocks

    def add(self, size: int, registers: Iterable[int] = ()) -> int:
        """Allocate a new block for the registers, if any, and return its first place."""
        start = len(self.block)
        self.place |= zip(registers, range(start, start + size))
        self.block += [len(self.sizes)] * size
        self.sizes.append(size)
        return start

    def split(self, places: Sequence[int]) -> None:
        """Move places from another block to a block of their own."""
        for at in places:
            self.block[at] = len(self.sizes)
        self.sizes.append(len(places))


class Blocks:
    """The steps of a phase, as `arrange` builds them.

    exact: keep sums as they are, and take all lines of one operation together.
    """

    def __init__(self, flow: DataFlow, phase: int, spaces: dict[bool, Space], exact: bool) -> None:
        self.flow, self.phase, self.spaces, self.exact = flow, phase, spaces, exact
        self.space = spaces[phase != ROWS]
        self.steps: list[Step] = []
        self.sums: dict[int, SumOfProducts] = {}
        self.waiting: dict[int, int] = {}  # the number of missing operands
        self.users: dict[int, list[int]] = defaultdict(list)
        self.wave: list[int] = []  # lines whose operands are computed
        self.find()

    def find(self) -> None:
        """Find the lines to compute, leaving out those that are only part of a sum."""
        flow, phase = self.flow, self.phase
        needed = flow.wanted.copy()
        for r in range(len(flow.op) - 1, flow.n_inputs - 1, -1):
            if flow.phase[r] != phase or not needed[r]:
                continue
            found = None if self.exact else sum_at(flow, r)
            if found is None:
                operands = [x for x in flow.operands[r] if type(x) is int]
            else:
                self.sums[r] = found
                operands = [x for x, _ in found.terms]
            for x in operands:
                needed[x] = True
            self.await_(r, operands)

    def await_(self, r: int, operands: Sequence[int]) -> None:
        """Register a line to wait for its missing operands; without any, compute it next."""
        place = self.space.place
        missing = [x for x in operands if self.flow.phase[x] == self.phase and x not in place]
        missing = [x for x in missing if x >= self.flow.n_inputs]
        self.waiting[r] = len(missing)
        for x in missing:
            self.users[x].append(r)
        if not missing:
            self.wave.append(r)

    def arrange(self) -> None:
        """Compute the lines in waves: each wave holds the lines whose operands are known."""
        while self.wave:
            wave, self.wave = sorted(self.wave), []
            sums = [r for r in wave if r in self.sums]
            plain = [r for r in wave if r not in self.sums]
            if sums:
                self.add_sums(sums)
                plain += self.wave  # the first lines of sums that are not rows of a matrix
                self.wave = []
            chains = [] if self.exact or self.phase != ROWS else self.add_chains(plain)
            self.add_plain([r for r in plain if r not in self.space.place])
            for r in (*sums, *plain, *chains):
                for user in self.users.pop(r, ()) if r in self.space.place else ():
                    self.waiting[user] -= 1
                    if not self.waiting[user] and user not in self.space.place:
                        self.wave.append(user)

    # Steps of one operation.

    def add_plain(self, lines: Sequence[int]) -> None:
        """Add elementwise steps for lines, each step of one operation."""
        groups: dict[Form, list[int]] = defaultdict(list)
        for r in lines:
            groups[self.form(r)].append(r)
        several = Counter(op for op, _ in groups)
        few: dict[Form, list[int]] = defaultdict(list)
        joined: dict[Form, list[tuple[list[int], set[int]]]] = defaultdict(list)
        for (op, kinds), group in sorted(groups.items(), key=lambda item: len(item[1]) < FEW_LINES):
            if self.exact or (several[op] > MANY_GROUPS and len(group) < FEW_LINES):
                few[op, tuple([(is_shared, None) for is_shared, _ in kinds])] += group
            else:
                self.join(group, joined[self.loosened(op, kinds)])
        for group in [*few.values(), *(group for found in joined.values() for group, _ in found)]:
            self.add_elementwise(group)

    def join(self, group: list[int], others: list[tuple[list[int], set[int]]]) -> None:
        """Join a few lines with a group that reads other registers of the same block."""
        at = {x for r in group for x in self.flow.operands[r] if type(x) is int}
        read = {x for x in at if not self.is_shared(x) or self.phase != ROWS}
        if len(group) < FEW_LINES:
            for lines, others_read in others:
                if read.isdisjoint(others_read):
                    lines += group
                    others_read |= read
                    return
        others.append((list(group), read))

    def loosened(self, op: str, kinds: tuple[Kind, ...]) -> Form:
        """Loosen a form: keep the block of the largest operand, allow any block for the others."""
        sizes = [self.space.sizes[of] if type(of) is int else 0 for _, of in kinds]
        if max(sizes) < 2:
            return op, kinds
        largest = kinds[sizes.index(max(sizes))]
        return op, (largest, *[(x, of if type(of) is Constant else None) for x, of in kinds])

    def form(self, r: int) -> Form:
        """Return the form of a line; lines of one form make one step."""
        flow, kinds = self.flow, list[Kind]()
        for x in flow.operands[r]:
            if type(x) is Constant:
                kinds.append((True, x))
            elif self.phase == ROWS and self.is_shared(x):
                kinds.append((True, None))  # any shared number will do
            else:
                kinds.append((self.phase != ROWS, self.space.block[self.space.place[x]]))
        return flow.op[r], tuple(kinds)

    def add_chains(self, lines: Sequence[int]) -> list[int]:
        """Add the chains that begin at lines, as scans; return the later lines of the chains."""
        found: list[int] = []
        for r in lines:
            if self.flow.op[r] in CHAINED:
                chain = max((self.chain(r, i) for i in (1, 0)), key=len)
                if len(chain) > 2:
                    index = np.array([self.space.place[x] for x, _ in chain])
                    results = tuple([line for _, line in chain[1:]])
                    start = self.space.add(len(results), results)
                    self.steps.append(Scan(self.flow.op[r], index, start, results))
                    found += results[1:]
        return found

    def chain(self, r: int, i: int) -> list[tuple[int, int]]:
        """Return the registers and lines of a chain of one operation.

        It begins at line r, whose operand i is the second register. All registers but the first
        are in one block.
        """
        flow, place, block = self.flow, self.space.place, self.space.block
        first, second = flow.operands[r][1 - i], flow.operands[r][i]
        if type(first) is Constant or type(second) is Constant or first == second:
            return []
        if self.is_shared(first) or self.is_shared(second):
            return []
        chain = [(first, r), (second, r)]
        of, last = block[place[second]], r
        while True:
            for user in self.users.get(last, ()):
                if flow.op[user] != flow.op[r]:
                    continue
                x, y = flow.operands[user]
                x = y if x == last else x
                if (
                    type(x) is int
                    and x in place
                    and not self.is_shared(x)
                    and block[place[x]] == of
                ):
                    chain.append((x, user))
                    last = user
                    break
            else:
                return chain

    def is_shared(self, x: Operand) -> bool:
        return type(x) is Constant or self.phase != ROWS or self.flow.phase[x] == BEFORE

    def at(self, x: Operand) -> int:
        """Return the place of an operand."""
        if type(x) is Constant:
            return self.flow.place(x)
        return self.spaces[self.is_shared(x)].place[x]

    def add_elementwise(self, group: list[int]) -> None:
        """Add one step, its results in the order of the places that it reads."""
        flow = self.flow
        columns = list(zip(*[flow.operands[r] for r in group]))
        kinds = [all(self.is_shared(x) for x in column) for column in columns]
        places = [[self.at(x) for x in column] for column in columns]
        order = sorted(range(len(group)), key=list(zip(*self.keys(kinds, places))).__getitem__)
        operands = [
            StepOperand(kind, np.array([column[i] for i in order]))
            for kind, column in zip(kinds, places)
        ]
        lines = tuple([group[i] for i in order])
        self.step(flow.op[group[0]], operands, lines, lines)

    def keys(self, kinds: Sequence[bool], places: list[list[int]]) -> list[list[int]]:
        """Return the operands as sort keys, the one with most places in fewest blocks first."""

        def order(k: int) -> tuple[bool, int, int]:
            of = self.spaces[kinds[k]].block
            return kinds[k], -len(set(places[k])), len({of[at] for at in places[k]})

        return [places[k] for k in sorted(range(len(places)), key=order)]

    def step(
        self,
        op: str,
        operands: Sequence[StepOperand],
        lines: tuple[int, ...],
        results: tuple[int, ...],
    ) -> StepOperand:
        """Add a step; results: the registers that it completes, if any."""
        start = self.space.add(len(lines), results)
        self.steps.append(Elementwise(op, tuple(operands), start, lines))
        return StepOperand(self.phase != ROWS, np.arange(start, start + len(lines)))

    # Matrix products.

    def add_sums(self, roots: Sequence[int]) -> None:
        """Add matrix products for sums of the same form; compute other sums line by line."""
        parts = {r: self.parts(self.sums[r]) for r in roots}
        same = Counter(_places(part) for found in parts.values() for part in found)
        alike = Counter((b, len(terms)) for found in parts.values() for b, terms in found)
        forms: dict[tuple[object, ...], list[int]] = defaultdict(list)
        matrices: dict[int, list[Part]] = {}
        for r, found in parts.items():
            chosen = [p for p in found if _is_matrix(p, same[_places(p)], alike[p[0], len(p[1])])]
            if not chosen:
                self.add_inside(r)
                continue
            matrices[r] = chosen
            left = [(b, x) for b, terms in found if (b, terms) not in chosen for _, x in terms]
            rest = [(b, x if type(x) is Constant else None) for b, x in left]
            bias = self.sums[r].bias is not None
            forms[tuple(map(_places, chosen)), tuple(rest), bias].append(r)
        products: dict[tuple[object, ...], list[list[int]]] = defaultdict(list)
        for group in forms.values():
            factors = {r: tuple([self.at(x) for _, x in matrices[r][0][1]]) for r in group}
            group.sort(key=factors.__getitem__)
            if parts[group[0]] != matrices[group[0]] or len(matrices[group[0]]) > 1:
                self.add_long(group, matrices, parts)
            else:
                numbers = tuple([factors[r] for r in group])
                biases = [None if (b := self.sums[r].bias) is None else self.at(b) for r in group]
                products[numbers, tuple(biases)].append(group)
        for groups in products.values():
            self.add_product(groups, matrices, 0, True)

    def parts(self, found: SumOfProducts) -> list[Part]:
        """Group the terms of a sum by block, and by whether their factors are constants."""
        place, block = self.space.place, self.space.block
        by_block: dict[tuple[int, bool], list[Term]] = defaultdict(list)
        for x, factor in found.terms:
            by_block[block[place[x]], type(factor) is Constant].append((place[x], factor))
        if len(by_block) > MANY_BLOCKS:
            by_block = {(-1, False): [term for terms in by_block.values() for term in terms]}
        return [
            (b, tuple(sorted(terms, key=itemgetter(0)))) for b, terms in sorted(by_block.items())
        ]

    def add_inside(self, r: int) -> None:
        """Compute the lines of a sum one by one."""
        found = self.sums.pop(r)
        for line in found.inside:
            if line == r or line not in self.waiting:
                self.await_(line, [x for x in self.flow.operands[line] if type(x) is int])

    def add_product(
        self, groups: Sequence[list[int]], matrices: dict[int, list[Part]], i: int, is_whole: bool
    ) -> StepOperand:
        """Add one product of a matrix and several columns of registers."""
        first = groups[0]
        matrix = np.array([[self.at(x) for _, x in matrices[r][i][1]] for r in first])
        columns = [[at for at, _ in matrices[group[0]][i][1]] for group in groups]
        bias = None
        if i == 0 and self.sums[first[0]].bias is not None:
            bias = np.array([self.at(x) for r in first if (x := self.sums[r].bias) is not None])
        lines = tuple([r for row in zip(*groups) for r in row])
        start = self.space.add(len(lines), lines if is_whole else ())
        self.steps.append(Product(matrix, np.array(columns).T, bias, start, lines))
        return StepOperand(self.phase != ROWS, np.arange(start, start + len(lines)))

    def add_long(
        self, group: list[int], matrices: dict[int, list[Part]], parts: dict[int, list[Part]]
    ) -> None:
        """Add several products and the other terms of a sum, added up step by step."""
        lines = tuple(group)
        n = len(matrices[lines[0]])
        addends = [("add", self.add_product([group], matrices, i, False)) for i in range(n)]
        for k in range(len(parts[lines[0]])):
            if parts[lines[0]][k] not in matrices[lines[0]]:
                addends += self.scaled([parts[r][k][1] for r in group], lines)
        (_, total), *others = addends
        for i, (op, x) in enumerate(others):
            total = self.step(op, (total, x), lines, lines if i == len(others) - 1 else ())

    def scaled(
        self, rows: Sequence[tuple[Term, ...]], lines: tuple[int, ...]
    ) -> list[tuple[str, StepOperand]]:
        """Scale the terms of similar sums; return each with the operation that adds it."""
        found = []
        for column in zip(*rows):
            x = StepOperand(self.phase != ROWS, np.array([at for at, _ in column]))
            factors = [factor for _, factor in column]
            if factors[0] in (ONE, MINUS_ONE):
                found.append(("add" if factors[0] == ONE else "sub", x))
                continue
            scale = StepOperand(True, np.array([self.at(factor) for factor in factors]))
            found.append(("add", self.step("mul", (scale, x), lines, ())))
        return found


def _places(part: Part) -> tuple[int, ...]:
    return tuple([at for at, _ in part[1]])


def _is_matrix(part: Part, same: int, alike: int) -> bool:
    """Return whether terms of one block are best computed as a row of a matrix.

    same: how many sums have terms of the same registers; alike: how many have as many terms in
    that block.
    """
    terms = part[1]
    if any(type(factor) is int for _, factor in terms):
        return len(terms) > 1 or same > 1
    return len(terms) > 1 and (same > 1 or (len(terms) > 2 and alike == 1))

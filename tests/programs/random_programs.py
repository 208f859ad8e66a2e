"""Random programs, held on engines against the graph.

Where bits are promised (python, native row by row, numpy without functions of the library) they are
compared, elsewhere numbers are to lie within what rounding explains: networks.py.
"""

from __future__ import annotations

import contextlib
import functools
import operator
import random
from dataclasses import replace

import numpy as np

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.operations.operation import OPS
from tests.programs.drawn_programs import MOST, drawn, with_own_operations
from tests.programs.networks import differs

EXACT = {"neg", "abs", "where", "maximum", "minimum", "add", "sub", "mul", "div", "sqrt"}
LIBRARY = {op.name for op in OPS.values() if op.primitive} - EXACT
EXACT_ROWS = ("python", "native")  # call and scan have the bits of the graph


class Held:
    """A program with what is right for it at its rows."""

    def __init__(self, made):
        self.made = made
        self.whole = np.array([[*made.shared, *row] for row in made.rows])
        self.table = self.whole[:, made.n_shared :]
        outputs, leaves = made.recorded(self.whole[0].tolist())
        self.program = mg.compile(outputs, leaves)
        self.nodes = nodes(outputs)

    def at(self, numbers):
        """The outputs of the graph at a row, and the gradient if it is made of the same nodes.

        It is not where `grad` met 0 * inf, and recorded nothing for what was not chosen.
        """
        outputs, leaves = self.made.recorded([float(x) for x in numbers])
        n = len(self.made.outputs)
        if not self.made.has_gradient or nodes(outputs) != self.nodes:
            return [x.data for x in outputs[:n]]
        with contextlib.suppress(mg.NonFiniteError):
            outputs[n - 1].backward()
            # A zero has the sign of grad's unless 0 * inf was left out: 0.0 + -0.0 is 0.0.
            slopes = [x.data + 0.0 for x in outputs[n:]]
            _same("backward", [x.grad + 0.0 for x in leaves], slopes)
        return [x.data for x in outputs]

    def replayed(self, k, epochs):
        """The last state and the history, by the graph alone; None where its nodes are others."""
        state, history = list(self.made.shared), []
        for _ in range(epochs):
            sums = [0.0] * (len(self.program.outputs) - k)
            for row in self.made.rows:
                outputs = self.at([*state, *row])
                if len(outputs) < len(self.program.outputs):
                    return None
                state = outputs[:k]
                sums = [a + b for a, b in zip(sums, outputs[k:], strict=True)]
            history += [a / len(self.made.rows) for a in sums]
        return [*state, *history]

    def check(self, engine):
        """Hold an engine's call, map, mean and scan."""
        program = replace(self.program, engine=engine)
        is_exact = engine == "numpy" and LIBRARY.isdisjoint(op for op, _ in program.lines)
        has_bits = is_exact or engine in EXACT_ROWS
        self.check_calls(program, has_bits)
        self.check_rows(program)
        if has_bits and self.made.n_shared <= len(program.outputs):
            self.check_scan(program)

    def check_calls(self, program, has_bits):
        for row in self.whole:
            found, right = program(*row), self.at(row)
            if has_bits:
                _same(f"{program.engine} call", found[: len(right)], right)
            else:
                self.within(f"{program.engine} call", row[None], [found], False)

    def check_more(self, n):
        """Hold calls of the python engine at n more rows: of a thousand one differs in a bit."""
        for row in self.made.more[:n]:
            right = self.at(row)
            _same("python call", self.program(*row)[: len(right)], right)

    def check_rows(self, program):
        made, engine, n = self.made, program.engine, len(self.whole)
        mapped = program.map(made.shared, self.table)
        means = program.mean(made.shared, self.table)
        if engine == "python":
            calls = [program(*row) for row in self.whole]
            sums = [functools.reduce(operator.add, x, 0.0) / n for x in zip(*calls, strict=True)]
            _same("python map and mean", [*mapped.ravel(), *means], [*np.ravel(calls), *sums])
        else:
            self.within(f"{engine} map", self.whole, mapped, False)
            self.within(f"{engine} mean", self.whole, means, True)

    def within(self, what, rows, found, means):
        off = differs(self.program, self.made.n_shared, rows, np.array(found), means)
        if np.any(off):
            raise AssertionError(f"{what}: {found}, off where {off}")

    def check_scan(self, program):
        right = self.replayed(self.made.n_shared, epochs=2)
        if right is not None:
            state, history = program.scan(self.made.shared, self.table, 2)
            _same(f"{program.engine} scan", [*state, *history.ravel()], right)


def nodes(outputs):
    """What a graph is made of, in order."""
    return [x.operation.name for x in reachable(*outputs)[1]]


def _same(what, found, right):
    """The same bits, any nan being one."""
    for i, (x, y) in enumerate(zip(found, right, strict=True)):
        assert float(x).hex() == float(y).hex(), f"{what}: output {i} is {x!r}, not {y!r}"


def check_many(count, seed, engines, more=MOST):
    """Hold programs "seed 0", "seed 1", ... on engines; more: at how many rows besides."""
    with_own_operations()
    for i in range(count):
        made = drawn(random.Random(f"{seed} {i}"))
        try:
            held = Held(made)
            held.check_more(more)
            for engine in engines:
                held.check(engine)
        except AssertionError as error:
            raise AssertionError(f"program {seed} {i}: {error}\n{made}") from None

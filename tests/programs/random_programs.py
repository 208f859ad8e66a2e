"""Random programs, held on every engine against the graph and against 50 digits.

`python -m tests.programs.random_programs 20000 --seed 1` tries so many. Where bits are promised
(python, native row by row, numpy without functions of the library) they are compared, elsewhere
numbers are to lie in intervals that hold every rounding: enclosures.py.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import operator
import random
from dataclasses import replace

import mpmath
import numpy as np

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.operations.operation import OPS
from microgradnet.programs.program import Constant
from tests.programs import enclosures
from tests.programs.drawn_programs import MOST, drawn, with_own_operations
from tests.programs.textbook import textbook

ULPS = {"python": 1, "numpy": 4, "native": 2, "jax": 3}
LIBRARY = {op.name for op in OPS.values() if op.primitive} - enclosures.EXACT - enclosures.ROUNDED
EXACT_ROWS = ("python", "native")  # call and scan have the bits of the graph


class Difference(AssertionError):
    """What an engine gave and what is right."""


class Held:
    """A program with what is right for it at its rows."""

    def __init__(self, made):
        self.made = made
        self.whole = [[*made.shared, *row] for row in made.rows]
        self.table = np.array(made.rows).reshape(len(made.rows), -1)
        outputs, leaves = made.recorded(self.whole[0])
        self.program = mg.compile(outputs, leaves)
        self.nodes = nodes(outputs)
        self.eager = [self.at(row) for row in self.whole]
        self.enclosures = {}

    def at(self, numbers):
        """The outputs of the graph at a row, and the gradient if it is made of the same nodes.

        It is not where `grad` met 0 * inf, and recorded nothing for what was not chosen.
        """
        outputs, leaves = self.made.recorded(numbers)
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
        self.check_calls(program)
        self.check_rows(program)
        if self.made.n_shared <= len(program.outputs):
            self.check_scan(program)

    def has_bits(self, program):
        """Whether each line is rounded as the graph rounds it, row by row."""
        exact = program.engine == "numpy" and LIBRARY.isdisjoint(op for op, _ in program.lines)
        return exact or program.engine in EXACT_ROWS

    def enclosed(self, engine, k, in_order):
        """The intervals and sizes of the outputs at row k."""
        key = ULPS[engine], k, in_order, engine == "jax"
        if key not in self.enclosures:
            points = [(x, x) for x in self.whole[k]]
            self.enclosures[key] = self.outputs_of(points, engine, in_order)
        return self.enclosures[key]

    def outputs_of(self, intervals, engine, in_order):
        below = enclosures.SMALLEST if engine == "jax" else 0.0
        options = {"ulps": ULPS[engine], "in_order": in_order, "below": below}
        return enclosures.outputs_of(self.program, intervals, **options)

    def check_calls(self, program):
        engine = program.engine
        for k, (row, right) in enumerate(zip(self.whole, self.eager, strict=True)):
            if self.has_bits(program):
                _same(f"{engine} call", program(*row)[: len(right)], right)
            elif k == 0:
                _within(f"{engine} call", program(*row), self.enclosed(engine, k, True))

    def check_more(self, n):
        """Hold calls of the python engine at n more rows: of a thousand one differs in a bit."""
        for row in self.made.more[:n]:
            right = self.at(row)
            _same("python call", self.program(*row)[: len(right)], right)

    def check_rows(self, program):
        made, engine, n = self.made, program.engine, len(self.whole)
        mapped = program.map(made.shared, self.table).tolist()
        means = program.mean(made.shared, self.table).tolist()
        if engine == "python":
            calls = [program(*row) for row in self.whole]
            sums = [functools.reduce(operator.add, x, 0.0) / n for x in zip(*calls, strict=True)]
            _same("python map and mean", np.ravel([*mapped, means]), np.ravel([*calls, sums]))
            return
        found = [self.enclosed(engine, k, False) for k in range(n)]
        for x, bounds in zip(mapped, found, strict=True):
            _within(f"{engine} map", x, bounds)
        _within(f"{engine} mean", means, self.averaged(found))

    def averaged(self, found):
        """The intervals of means over rows."""
        n = len(self.program.lines)
        return [(enclosures.mean_of(x, n), 0.0) for x in zip(*found, strict=True)]

    def check_scan(self, program):
        made, k = self.made, self.made.n_shared
        if self.has_bits(program):
            right = self.replayed(k, epochs=2)
            if right is not None:
                state, history = program.scan(made.shared, self.table, 2)
                _same(f"{program.engine} scan", [*state, *history.ravel()], right)
            return
        state, history = program.scan(made.shared, self.table, 1)
        now, passed = [(x, x) for x in made.shared], []
        for row in made.rows:
            outputs = self.outputs_of([*now, *zip(row, row)], program.engine, True)
            now = [x for x, _ in outputs[:k]]
            passed.append(outputs[k:])
        bounds = [*((x, 0.0) for x in now), *self.averaged(passed)]
        _within(f"{program.engine} scan", [*state.tolist(), *history.ravel().tolist()], bounds)

    def is_folded(self):
        """Whether a constant of the program may be made of several, each sum of them rounded."""
        drawn = {x for _, operands in self.made.lines for x in operands if type(x) is float}
        known = drawn | {-x for x in drawn} | {0.01}  # the slope of leaky_relu
        read = [x for _, operands in self.program.lines for x in operands]
        found = {x.value for x in (*read, *self.program.outputs) if type(x) is Constant}
        return not all(x in known or (2.0 * x).is_integer() for x in found)

    def check_digits(self):
        """Hold the graph's numbers against 50 digits; return how many, and how many tightly."""
        if self.is_folded():
            return 0, 0, 0
        row, right = self.whole[0], self.eager[0]
        bounds, held, tight = self.enclosed("python", 0, True), 0, 0
        for x, exact, (interval, _) in zip(right, textbook(self.made, row), bounds):
            if exact is None or interval is None:
                continue
            held += 1
            tight += enclosures.is_tight(interval)
            if not (enclosures.holds(interval, x) and holds_digits(interval, exact)):
                raise Difference(f"50 digits: {x!r} and {exact} in {interval}?")
        return len(bounds), held, tight


def nodes(outputs):
    """What a graph is made of, in order."""
    return [x.operation.name for x in reachable(*outputs)[1]]


def holds_digits(interval, exact):
    """Whether the exact number lies in an interval."""
    return mpmath.mpf(interval[0]) <= exact <= mpmath.mpf(interval[1])


def _same(what, found, right):
    """The same bits, any nan being one."""
    for i, (x, y) in enumerate(zip(found, right, strict=True)):
        if float(x).hex() != float(y).hex():
            raise Difference(f"{what}: output {i} is {float(x)!r}, not {float(y)!r}")


def _within(what, found, bounds):
    """In the intervals; where there is none, nothing is known."""
    for i, (x, (interval, _)) in enumerate(zip(found, bounds, strict=True)):
        if not enclosures.holds(interval, x):
            raise Difference(f"{what}: output {i} is {x!r}, not in {interval}")


def check(seed, engines, more=MOST):
    """Draw a program and hold it on engines; more: at how many rows besides.

    Returns how many numbers there are, how many are held against 50 digits, how many tightly.
    """
    made = drawn(random.Random(seed))
    try:
        held = Held(made)
        held.check_more(more)
        for engine in engines:
            held.check(engine)
        return held.check_digits()
    except Difference as error:
        raise Difference(f"program {seed}: {error}\n{made}") from None


def check_many(count, seed, engines, more=MOST):
    """Check programs "seed 0", "seed 1", ...; return what differs, and the three counts."""
    with_own_operations()
    differences, counts = [], (0, 0, 0)
    for i in range(count):
        if i and i % 1_000 == 0:
            print(f"{i:,} programs, {len(differences)} differ", flush=True)
        chosen = [name for name, every in engines.items() if i % every == 0]
        try:
            found = check(f"{seed} {i}", chosen, more)
        except Difference as error:
            differences.append(str(error))
            print(error, flush=True)
        else:
            counts = tuple(map(operator.add, counts, found))
    return differences, counts


def main():
    """Try as many programs as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engines", default="python:1,numpy:1,native:1", help="name:every")
    parser.add_argument("--more", type=int, default=MOST, help="rows for calls alone")
    given = parser.parse_args()
    engines = {name: int(n) for name, n in (x.split(":") for x in given.engines.split(","))}
    differences, (n, held, tight) = check_many(given.count, given.seed, engines, given.more)
    print(
        f"{given.count:,} programs, seed {given.seed}, {given.engines}: {len(differences)} differ; "
        f"{n:,} numbers, {held:,} held against 50 digits, {tight:,} within 1e-6"
    )


if __name__ == "__main__":
    main()

"""Random programs, held on every engine against the graph and against 50 digits.

`python -m tests.programs.random_programs 20000 --seed 1` tries so many. Where bits are promised
(python, native row by row, numpy without functions of the library) they are compared, elsewhere
numbers are to lie in intervals that hold every rounding: enclosures.py.
"""

from __future__ import annotations

import argparse
import functools
import math
import operator
import random
from dataclasses import dataclass, field, replace

import mpmath
import numpy as np

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.operations import ops
from microgradnet.operations.operation import FUNCTIONS, OPS
from tests.programs import enclosures
from tests.programs.textbook import textbook

BOWL = mg.op("random_bowl", lambda x, y: x**2 + 3 * y**2, [lambda x, y: 2 * x, lambda x, y: 6 * y])
CUBIC = mg.op("random_cubic", lambda x: x**3 - x, lambda x: 3 * x**2 - 1.0)
OWN = {"random_bowl": BOWL, "random_cubic": CUBIC}
OPERATORS = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": ops.div,  # of floats too by IEEE 754
    "pow": ops.power,
    "neg": lambda x: -x,
    "abs": abs,
}
APPLIED = OPERATORS | {k: f for k, f in FUNCTIONS.items() if not OPS[k].own} | OWN
APPLIED["weighted_sum"] = lambda *x: mg.weighted_sum(x[:-1:2], x[1::2], x[-1])
FREQUENT = ["add", "sub", "mul", "maximum", "minimum", "where"]
CONSTANTS = [0.0, -0.0, 1.0, 2.0, 3.0, 4.0, 5.0, -1.0, -2.0, 0.5, 10.0, 0.1]
LARGEST = 1e6  # at the row that is looked at
MOST = 40  # rows at which a gradient is compared bit by bit
ULPS = {"python": 1, "numpy": 4, "native": 2, "jax": 3}
LIBRARY = {op.name for op in OPS.values() if op.primitive} - enclosures.EXACT - enclosures.ROUNDED
EXACT_ROWS = ("python", "native")  # call and scan have the bits of the graph


@dataclass
class Drawn:
    """A program as lines (name, operands), an operand ("r", register) or a float; and rows."""

    n_inputs: int
    n_shared: int
    lines: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    has_gradient: bool = False
    shared: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    more: list = field(default_factory=list)  # rows for calls alone

    def applied(self, inputs, functions):
        """The outputs that the lines make of inputs of any kind."""
        registers = list(inputs)
        for name, operands in self.lines:
            given = [registers[x[1]] if type(x) is tuple else x for x in operands]
            registers.append(functions[name](*given))
        return [registers[i] for i in self.outputs]

    def recorded(self, numbers):
        """The outputs and inputs of the graph at a row; with the gradient of the last output."""
        leaves = [mg.Value(x, f"x{i}") for i, x in enumerate(numbers)]
        outputs = self.applied(leaves, APPLIED)
        if self.has_gradient:
            outputs += mg.grad(outputs[-1], leaves)
        return outputs, leaves


def drawn(rng):
    """Draw a program of 1 to 60 lines, and rows for it."""
    n = rng.randint(1, 6)
    made = Drawn(n, rng.randint(0, n))
    made.shared = [_number(rng) for _ in range(made.n_shared)]
    width = n - made.n_shared
    made.rows = [[_number(rng) for _ in range(width)] for _ in range(rng.randint(2, 4))]
    values = [*made.shared, *made.rows[0]]
    n_lines = round(60 ** rng.random())
    while len(made.lines) < n_lines:
        for line in PATTERNS[rng.randrange(len(PATTERNS))](rng, len(values)):
            _add(made, values, line, rng)
    made.has_gradient = rng.random() < 0.5
    if made.has_gradient and rng.random() < 0.8:
        near = [i for i, x in enumerate(values) if abs(x) < 4.0] or [0]
        _add(made, values, (rng.choice(["tanh", "sigmoid"]), (("r", rng.choice(near[-3:])),)), rng)
    last = len(values) - 1
    made.outputs = [rng.randint(0, last) for _ in range(rng.randint(0, 4))] + [last]
    if made.has_gradient:
        made.more = [[_number(rng) for _ in range(n)] for _ in range(MOST)]
    return made


def _add(made, values, line, rng):
    """Add a line, or one in its place that is not too large at the first row."""
    name, operands = line
    found = APPLIED[name](*[values[x[1]] if type(x) is tuple else x for x in operands])
    if not abs(found) <= LARGEST and rng.random() < 0.98:
        line = name, operands = "tanh", (operands[0] if type(operands[0]) is tuple else ("r", 0),)
        found = math.tanh(values[operands[0][1]])
    made.lines.append(line)
    values.append(float(found))


def _number(rng):
    return rng.choice(CONSTANTS) if rng.random() < 0.3 else rng.uniform(-3.0, 3.0)


def _operand(rng, n):
    if rng.random() < 0.25:
        return rng.choice(CONSTANTS) if rng.random() < 0.6 else float(rng.randrange(n))
    return _register(rng, n)


def _register(rng, n):
    return ("r", rng.randrange(n) if rng.random() < 0.5 else max(0, n - 1 - rng.randrange(5)))


def _one(rng, n):
    """Any operation."""
    names = FREQUENT if rng.random() < 0.5 else sorted(APPLIED)
    name = rng.choice(names)
    arity = 2 * rng.randint(1, 3) + 1 if name == "weighted_sum" else OPS[name].arity
    operands = [_operand(rng, n) for _ in range(arity)]
    operands[rng.randrange(arity)] = _register(rng, n)
    return [(name, tuple(operands))]


def _chain(rng, n):
    """A chain of one operation, or of a choice among some."""
    names = rng.choice([["maximum"], ["minimum"], ["mul"], ["where"], FREQUENT])
    lines = []
    for i in range(rng.randint(2, 5)):
        name = rng.choice(names)
        operands = [_operand(rng, n) for _ in range(OPS[name].arity)]
        operands[rng.randrange(len(operands))] = ("r", n + i - 1) if i else _register(rng, n)
        lines.append((name, tuple(operands)))
    return lines


def _sum(rng, n):
    """A sum of registers, constants and products, in any order and association."""
    lines, terms = [], []
    for _ in range(rng.randint(3, 6)):
        terms.append(_operand(rng, n))
        if rng.random() < 0.4:
            lines.append(("mul", (_register(rng, n), terms.pop())))
            terms.append(("r", n + len(lines) - 1))
    terms[0] = _register(rng, n) if type(terms[0]) is float else terms[0]
    while len(terms) > 1:
        x, y = (terms.pop(rng.randrange(len(terms))) for _ in range(2))
        if type(x) is float and type(y) is float:
            x = _register(rng, n)
        lines.append((rng.choice(["add", "add", "sub"]), (x, y)))
        terms.append(("r", n + len(lines) - 1))
    return lines


def _layer(rng, n):
    """Neurons of the same inputs."""
    inputs = [_register(rng, n) for _ in range(rng.randint(1, 3))]
    function = rng.choice(["tanh", "sigmoid", "relu", "softplus", "neg"])
    lines, k = [], rng.randint(1, 3)
    for _ in range(k):
        pairs = [x for y in inputs for x in (_operand(rng, n), y)]
        lines.append(("weighted_sum", (*pairs, _operand(rng, n))))
    return lines + [(function, (("r", n + i),)) for i in range(k)]


PATTERNS = (_one, _one, _one, _chain, _sum, _layer)


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
        if all(math.isfinite(x.data) for x in reachable(*outputs)[1]):
            outputs[n - 1].backward()
            _same("backward", [x.grad for x in leaves], [x.data for x in outputs[n:]])
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

    def check_digits(self):
        """Hold the graph's numbers against 50 digits; return how many, and how many tightly."""
        if any(name == "where" and type(x[0]) is float for name, x in self.made.lines):
            return 0, 0, 0  # what it chooses is folded with others, each rounded, to one constant
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
    differences, counts = [], (0, 0, 0)
    for i in range(count):
        chosen = [name for name, every in engines.items() if i % every == 0]
        try:
            found = check(f"{seed} {i}", chosen, more)
        except Difference as error:
            differences.append(str(error))
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
    print(*differences, sep="\n")
    print(
        f"{given.count:,} programs, seed {given.seed}, {given.engines}: {len(differences)} differ; "
        f"{n:,} numbers, {held:,} held against 50 digits, {tight:,} within 1e-6"
    )


if __name__ == "__main__":
    main()

"""Draw programs of all operations, and rows for them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import microgradnet as mg
from microgradnet.operations import ops
from microgradnet.operations.operation import FUNCTIONS, OPS

BOWL = mg.op("random_bowl", lambda x, y: x**2 + 3 * y**2, [lambda x, y: 2 * x, lambda x, y: 6 * y])
CUBIC = mg.op("random_cubic", lambda x: x**3 - x, lambda x: 3 * x**2 - 1.0)
OWN = {"random_bowl": BOWL, "random_cubic": CUBIC}
# Out of the tables again, which other tests go through: `with_own_operations` puts them back.
ROWS = {name: (OPS.pop(name), FUNCTIONS.pop(name)) for name in OWN}
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


def with_own_operations():
    """Put the operations of one's own into the tables; a test's end takes them out."""
    for name, (row, function) in ROWS.items():
        OPS[name], FUNCTIONS[name] = row, function


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

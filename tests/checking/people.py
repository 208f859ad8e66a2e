"""Nets as people write them down, by choices: how samples are taken, and where parameters are."""

import random
from dataclasses import dataclass

STEP = "0.1"
INPUTS = {
    "whole numbers": "np.array([[0, 0], [0, 1], [1, 0], [1, 1]])",
    "floats": "np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])",
    "drawn": "np.random.rand(4, 2)",
    "lists": "[[0, 0], [0, 1], [1, 0], [1, 1]]",
    "lists of floats": "[[0.5, 0.1], [0.2, 0.9], [0.7, 0.3], [0.4, 0.6]]",
}
TARGETS = (
    "np.array([[0], [1], [1], [0]])",
    "np.array([0, 1, 1, 0])",
    "np.array([[0.0], [1.0], [1.0], [0.0]])",
    "[0, 1, 1, 0]",
    "[[0], [1], [1], [0]]",
    "np.random.rand(4, 1)",
)
LOOPS = (
    ("for x, t in zip(X, y):",),
    ("for k in range(4):", "    x, t = X[k], y[k]"),
    ("for k in range(len(X)):", "    x = X[k]", "    t = y[k]"),
    ("for k, x in enumerate(X):", "    t = y[k]"),
    ("for _ in range(4):", "    k = np.random.randint(len(X))", "    x = X[k]", "    t = y[k]"),
    ("for k in np.random.permutation(4):", "    x, t = X[k], y[k]"),
)
STARTS = (
    "np.random.uniform(-1, 1, {})",
    "np.random.randn{}",
    "2 * np.random.random({}) - 1",
    "np.random.randn{} * 0.5",
)
ACTIVATIONS = (
    ("1 / (1 + np.exp(-{}))", "{0} * (1 - {0})"),
    ("np.tanh({})", "(1 - {0} ** 2)"),
)


@dataclass
class Written:
    """A file, how many parameters it moves, and the lines by the name of what they compute."""

    text: str
    parameters: int
    lines: dict[str, int]

    def spoilt(self, name, old, new):
        """The same with a mistake in one line."""
        lines = self.text.splitlines()
        at = self.lines[name] - 1
        assert old in lines[at]
        lines[at] = lines[at].replace(old, new)
        return "\n".join(lines) + "\n"


def indented(lines, by=1):
    return ["    " * by + line for line in lines]


def in_a_place(place, data, start, loop):
    """A file whose training stands in the script, in a function, or in a method."""
    if place == "script":
        return [*data, *start, *loop]
    if place == "function":
        return ["def train(X, y):", *indented(start + loop), *data, "train(X, y)"]
    made = ["class Net:", "    def __init__(self):", *indented(start, 2)]
    return [*made, "    def train(self, X, y):", *indented(loop, 2), *data, "Net().train(X, y)"]


def one_by_one(seed):
    """A net of one hidden layer that is trained sample by sample."""
    rng = random.Random(seed)
    kind, place = rng.choice([*INPUTS]), rng.choice(["script", "function", "method"])
    own = "self." if place == "method" else ""
    first, last, *biases = (own + name for name in ("W", "V", "b", "c"))
    as_row, has_bias, minus = (rng.random() < 0.5 for _ in range(3))
    drawn = rng.choice(STARTS)
    start = [f"{first} = {drawn.format('(2, 5)')}", f"{last} = {drawn.format('(5, 1)')}"]
    sizes = ("(1, 5)", "(1, 1)") if as_row else ("5", "1")
    start += [f"{n} = np.zeros({s})" for n, s in zip(biases, sizes) if has_bias]
    (f, slope), (g, last_slope) = (rng.choice(ACTIVATIONS) for _ in range(2))
    added = [f" + {bias}" if has_bias else "" for bias in biases]
    given = ["x = np.array(x)"] if kind.startswith("lists") else []
    forward = [f"z1 = x @ {first}{added[0]}", f"h = {f.format('z1')}"]
    forward += [f"z2 = h @ {last}{added[1]}", f"o = {g.format('z2')}"]
    back = [f"delta2 = {'(o - t)' if minus else '(t - o)'} * {last_slope.format('o')}"]
    back += [f"delta1 = (delta2 @ {last}.T) * {slope.format('h')}"]
    outer = "{}.T @ {}" if as_row else "np.outer({}, {})"
    moves = {last: outer.format("h", "delta2"), first: outer.format("x", "delta1")}
    moves |= dict(zip(biases, ("delta1", "delta2"))) if has_bias else {}
    way = "-" if minus else "+"
    style = rng.choice(["{0} {1}= {2} * {3}", "{0} = {0} {1} {2} * {3}"])
    steps = [style.format(name, way, STEP, by) for name, by in moves.items()]
    row = ["x = x.reshape(1, -1)"] if as_row else []
    head, *taken = rng.choice(LOOPS)
    inner = [head, *taken, *indented([*given, *row, *forward, *back, *steps])]
    data = [f"X = {INPUTS[kind]}", f"y = {rng.choice(TARGETS)}"]
    return _written(place, data, start, ["for epoch in range(100):", *indented(inner)], len(moves))


def in_batches(seed):
    """A net of one hidden layer on all samples at once, as rows or as columns."""
    rng = random.Random(seed)
    rows, mean, has_bias = (rng.random() < 0.5 for _ in range(3))
    place, kept = rng.choice(["script", "function"]), rng.choice(["names", "dict", "lists"])
    named = {
        "names": {"W1": "W1", "W2": "W2", "b1": "b1", "b2": "b2"},
        "dict": {name: f'params["{name}"]' for name in ("W1", "W2", "b1", "b2")},
        "lists": {"W1": "W[0]", "W2": "W[1]", "b1": "b[0]", "b2": "b[1]"},
    }[kept]
    shapes = {"W1": "(4, 6)", "W2": "(6, 3)", "b1": "(1, 6)", "b2": "(1, 3)"}
    if not rows:
        shapes = {"W1": "(6, 4)", "W2": "(3, 6)", "b1": "(6, 1)", "b2": "(3, 1)"}
    drawn = {k: f"np.random.randn{s} * 0.5" for k, s in shapes.items() if k[0] == "W"}
    drawn |= {k: f"np.zeros({s})" for k, s in shapes.items() if k[0] == "b" and has_bias}
    if kept == "lists":
        start = [f"{n} = [{drawn[n + '1']}, {drawn[n + '2']}]" for n in "Wb" if n + "1" in drawn]
    else:
        start = ["params = {}"] + [f"{named[k]} = {x}" for k, x in drawn.items()]

    def times(a, b):
        return f"{a} @ {b}" if rows else f"{b} @ {a}"

    added = {k: f" + {named[k]}" if has_bias else "" for k in ("b1", "b2")}
    f, slope = rng.choice(ACTIVATIONS)
    axis, count = (1, "X.shape[0]") if rows else (0, "X.shape[1]")
    per = " / m" if mean else ""
    loop = [
        f"m = {count}",
        f"z1 = {times('X', named['W1'])}{added['b1']}",
        f"a1 = {f.format('z1')}",
    ]
    loop += [f"z2 = {times('a1', named['W2'])}{added['b2']}"]
    loop += ["e = np.exp(z2)", f"a2 = e / np.sum(e, axis={axis}, keepdims=True)"]
    loop += [f"loss = -np.sum(y * np.log(a2)){per}"] * (rng.random() < 0.7)
    loop += [f"dz2 = (a2 - y){per}", f"dW2 = {times('a1.T', 'dz2')}"]
    loop += [f"da1 = {times('dz2', named['W2'] + '.T')}", f"dz1 = da1 * {slope.format('a1')}"]
    loop += [f"dW1 = {times('X.T', 'dz1')}"]
    both = ("1", "2") if has_bias else ()
    loop += [f"db{i} = np.sum(dz{i}, axis={1 - axis}, keepdims=True)" for i in both]
    loop += [f"{named[k]} -= {STEP} * d{k}" for k in drawn]
    turned = "" if rows else ".T"
    data = [f"X = np.random.randn(20, 4){turned}"]
    data += [f"y = np.eye(3)[np.random.randint(0, 3, 20)]{turned}"]
    return _written(place, data, start, ["for epoch in range(100):", *indented(loop)], len(drawn))


def _written(place, data, start, loop, parameters):
    lines = ["import numpy as np", *in_a_place(place, data, start, loop)]
    at = {}
    for number, line in enumerate(lines, 1):
        name = line.strip().partition(" ")[0]
        at[f"update {name}" if STEP in line and name in line else name] = number
    return Written("\n".join(lines) + "\n", parameters, at)

"""Correct derivations at random, as source: architectures times styles times spellings."""

import itertools
import random
from dataclasses import dataclass

import numpy as np

import microgradnet as mg
from tests.sources import executed

from .handmade import Net, Varied, data

HEAD = """
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))
"""


@dataclass
class Derivation:
    """Source of a correct derivation, and an example of its arguments."""

    style: str
    source: str
    example: tuple = ()
    name: str = "derive"

    def names(self):
        """What the source defines."""
        return executed(self.source)

    def report(self):
        """What the checker says of it."""
        names = self.names()
        if self.style == "tutorial":
            return mg.check_training(names[self.name](), "train", *self.example)
        if self.style == "layers":
            return mg.check_backward(names["forward"], names["backward"], *self.example)
        return mg.check(names[self.name], *self.example)


class Spelling:
    """The choices of one person: how products, sums, slopes and means are written."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.dot = self.random.choice(["np.dot({}, {})", "{} @ {}", "{}.dot({})"])
        self.short = self.dot == "{} @ {}"
        self.normal = np.random.default_rng(seed).normal

    def one(self, *ways):
        return self.random.choice(ways)

    def product(self, a, b):
        return self.dot.format(a, b)

    def factor(self, a, b):
        """A matrix product in brackets, where something follows it."""
        return f"({self.product(a, b)})" if self.short else self.product(a, b)

    def mean(self, what, m="m"):
        return self.one(f"{what} / {m}", f"(1 / {m}) * {what}", f"1 / {m} * {what}")

    def slope(self, f, z, a):
        return {
            "tanh": self.one(f"(1 - {a} ** 2)", f"(1 - np.power({a}, 2))", f"(1 - {a} * {a})"),
            "sigmoid": self.one(f"{a} * (1 - {a})", f"sigmoid({z}) * (1 - sigmoid({z}))"),
            "relu": self.one(f"({z} > 0)", f"({a} > 0)", f"np.where({z} > 0, 1, 0)"),
        }[f]

    def activation(self, f, z):
        return {
            "tanh": f"np.tanh({z})",
            "sigmoid": f"sigmoid({z})",
            "relu": self.one(f"np.maximum(0, {z})", f"np.maximum({z}, 0)"),
        }[f]


ACTIVATIONS = ("tanh", "sigmoid", "relu")


def _function(arguments, lines, head=HEAD):
    body = "\n".join("    " + line for line in lines)
    return f"{head}\ndef derive({arguments}):\n{body}\n"


def course(seed):
    """Samples in columns, dZ and dA, the mean over m; one or two hidden layers."""
    s = Spelling(seed)
    sizes = [s.one(2, 3), *[s.one(3, 4) for _ in range(s.one(1, 1, 2))], 1]
    n, f = len(sizes) - 1, s.one(*ACTIVATIONS)
    lines = ["m = X.shape[1]", "A0 = X"]
    for k in range(1, n + 1):
        lines.append(f"Z{k} = {s.product(f'W{k}', f'A{k - 1}')} + b{k}")
        lines.append(f"A{k} = {s.activation(f if k < n else 'sigmoid', f'Z{k}')}")
    out = f"A{n}"
    if s.one(True, True, False):
        logs = f"Y * np.log({out}) + (1 - Y) * np.log(1 - {out})"
        lines.append(s.one(f"cost = -np.sum({logs}) / m", f"cost = -(1 / m) * np.sum({logs})"))
    for k in range(n, 0, -1):
        if k == n:
            lines.append(f"dZ{k} = {out} - Y")
        elif s.one(True, False):
            lines.append(f"dA{k} = {s.product(f'W{k + 1}.T', f'dZ{k + 1}')}")
            lines.append(f"dZ{k} = dA{k} * {s.slope(f, f'Z{k}', f'A{k}')}")
        else:
            back = s.factor(f"W{k + 1}.T", f"dZ{k + 1}")
            lines.append(f"dZ{k} = {back} * {s.slope(f, f'Z{k}', f'A{k}')}")
        lines.append(f"dW{k} = {s.mean(s.factor(f'dZ{k}', f'A{k - 1}.T'))}")
        total = s.mean(f"np.sum(dZ{k}, axis=1, keepdims=True)")
        mean = f"np.mean(dZ{k}, axis=1, keepdims=True)"
        lines.append(f"db{k} = {s.one(total, mean)}")
    names = [f"{p}{k}" for k in range(1, n + 1) for p in "Wb"]
    moves = s.one(True, False)
    if moves:
        lines += [
            s.one(f"{p} = {p} - learning_rate * d{p}", f"{p} -= learning_rate * d{p}")
            for p in names
        ]
    ends = [f"d{p}" for p in names] + names * moves
    if any(line.startswith("cost") for line in lines):
        ends = ["cost", *ends]
    lines.append(f"return {', '.join(ends)}")
    shapes = [s.normal(size=shape) for k in range(n) for shape in _layer(sizes, k)]
    X, Y = s.normal(size=(sizes[0], 6)), np.array([[0.0, 1, 1, 0, 1, 0]])
    arguments = f"X, Y, {', '.join(names)}, learning_rate=0.1"
    return Derivation("course", _function(arguments, lines), (X, Y, *shapes))


def _layer(sizes, k):
    return (sizes[k + 1], sizes[k]), (sizes[k + 1], 1)


def two_layer(seed):
    """Samples in rows, softmax, dscores, gradients in a dict, with or without regularisation."""
    s = Spelling(seed)
    f, d = s.one("relu", "relu", "tanh"), s.one("d", "grad_")
    reg = s.one(True, False)
    lines = [
        'W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]',
        s.one("N = X.shape[0]", "N = len(X)"),
        f"z = {s.product('X', 'W1')} + b1",
        f"hidden = {s.activation(f, 'z')}",
        f"scores = {s.product('hidden', 'W2')} + b2",
        "exp_scores = np.exp(scores - np.max(scores, axis=1, keepdims=True))",
        "probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)",
        s.one(
            "loss = np.sum(-np.log(probs[np.arange(N), y])) / N",
            "loss = -np.mean(np.log(probs[range(N), y]))",
        ),
    ]
    lines += ["loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 ** 2))"] * reg
    lines += [
        f"{d}scores = probs.copy()",
        f"{d}scores[np.arange(N), y] -= 1",
        s.one(f"{d}scores /= N", f"{d}scores = {d}scores / N"),
        "grads = {}",
        f'grads["W2"] = {s.product("hidden.T", d + "scores")}',
        f'grads["b2"] = {s.one("np.sum({}, axis=0)", "{}.sum(axis=0)").format(d + "scores")}',
        f"{d}hidden = {s.product(d + 'scores', 'W2.T')}",
    ]
    masked = [f"{d}z = {d}hidden.copy()", f"{d}z[z <= 0] = 0"]
    times = [f"{d}z = {d}hidden * {s.slope(f, 'z', 'hidden')}"]
    lines += s.one(masked, times) if f == "relu" else times
    lines += [
        f'grads["W1"] = {s.product("X.T", d + "z")}',
        f'grads["b1"] = np.sum({d}z, axis=0)',
    ]
    lines += ['grads["W2"] += reg * W2', 'grads["W1"] += reg * W1'] * reg
    lines.append("return loss, grads")
    h, c = s.one(4, 5), s.one(2, 3)
    params = {
        "W1": s.normal(size=(4, h)),
        "b1": s.normal(size=h),
        "W2": s.normal(size=(h, c)),
        "b2": s.normal(size=c),
    }
    y = np.array([0, 1, c - 1, 1, 0, 1])
    source = _function("X, y, params, reg", lines)
    return Derivation("two_layer", source, (s.normal(size=(6, 4)), y, params, 0.1))


def script(seed):
    """l2_error, l2_delta and updates with +=, a slope by a function of the output."""
    s = Spelling(seed)
    head = """
import numpy as np

def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))
"""
    up = s.one(True, False)
    error, sign = ("y - l2", "+=") if up else ("l2 - y", "-=")
    rate = s.one("", "0.5 * ", "alpha * ")

    def slope(a):
        return s.one(f"nonlin({a}, deriv=True)", f"nonlin({a}, True)", f"({a} * (1 - {a}))")

    lines = [
        "alpha = 0.1",
        "for _ in range(3):",
        "    l0 = X",
        f"    l1 = nonlin({s.product('l0', 'syn0')})",
        f"    l2 = nonlin({s.product('l1', 'syn1')})",
        f"    l2_error = {error}",
        f"    l2_delta = l2_error * {slope('l2')}",
        f"    l1_error = {s.product('l2_delta', 'syn1.T')}",
        f"    l1_delta = l1_error * {slope('l1')}",
        f"    syn1 {sign} {rate}{s.factor('l1.T', 'l2_delta')}",
        f"    syn0 {sign} {rate}{s.factor('l0.T', 'l1_delta')}",
        "return syn0, syn1",
    ]
    example = (
        s.normal(size=(4, 3)),
        np.array([[0.0], [1], [1], [0]]),
        s.normal(size=(3, 4)),
        s.normal(size=(4, 1)),
    )
    return Derivation("script", _function("X, y, syn0, syn1", lines, head), example)


def recurrent(seed):
    """Gradients summed over time, dhnext carried back."""
    s = Spelling(seed)
    d = s.one("d", "d", "grad_")
    lines = [
        "xs, hs, ps = {}, {}, {}",
        "hs[-1] = np.copy(hprev)",
        "loss = 0",
        "for t in range(len(inputs)):",
        "    xs[t] = np.zeros((Why.shape[0], 1))",
        "    xs[t][inputs[t]] = 1",
        f"    z = {s.factor('Wxh', 'xs[t]')} + {s.factor('Whh', 'hs[t - 1]')} + bh",
        "    hs[t] = np.tanh(z)",
        f"    y = {s.product('Why', 'hs[t]')} + by",
        "    ps[t] = np.exp(y) / np.sum(np.exp(y))",
        "    loss += -np.log(ps[t][targets[t], 0])",
        *(f"{d}{p} = np.zeros_like({p})" for p in ("Wxh", "Whh", "Why", "bh", "by")),
        f"{d}hnext = np.zeros_like(hs[0])",
        "for t in reversed(range(len(inputs))):",
        f"    {d}y = np.copy(ps[t])",
        f"    {d}y[targets[t]] -= 1",
        f"    {d}Why += {s.product(d + 'y', 'hs[t].T')}",
        f"    {d}by += {d}y",
        f"    {d}h = {s.factor('Why.T', d + 'y')} + {d}hnext",
        f"    {d}raw = {s.one('(1 - hs[t] * hs[t])', '(1 - hs[t] ** 2)')} * {d}h",
        f"    {d}bh += {d}raw",
        f"    {d}Wxh += {s.product(d + 'raw', 'xs[t].T')}",
        f"    {d}Whh += {s.product(d + 'raw', 'hs[t - 1].T')}",
        f"    {d}hnext = {s.product('Whh.T', d + 'raw')}",
        f"return loss, {', '.join(d + p for p in ('Wxh', 'Whh', 'Why', 'bh', 'by'))}",
    ]
    n, v = s.one(3, 4), 3
    shapes = [(n, 1), (n, v), (n, n), (v, n), (n, 1), (v, 1)]
    example = [0, 2, 1], [2, 1, 0], *(s.normal(size=shape) for shape in shapes)
    source = _function("inputs, targets, hprev, Wxh, Whh, Why, bh, by", lines)
    return Derivation("recurrent", source, example)


def regression(seed):
    """One layer: dw and db of linear or logistic regression, with or without its cost."""
    s = Spelling(seed)
    linear = s.one(True, False)
    p, e = s.one("y_hat", "a", "y_pred"), s.one("error", "dz", "diff")
    z = s.product("X", "w") + " + b"
    if linear:
        lines = [f"{p} = {z}"]
        costs = [
            f"cost = np.sum(({p} - y) ** 2) / (2 * m)",
            f"loss = 0.5 * np.mean((y - {p}) ** 2)",
        ]
    else:
        lines = [f"z = {z}", f"{p} = sigmoid(z)"]
        logs = f"y * np.log({p}) + (1 - y) * np.log(1 - {p})"
        costs = [f"cost = -np.mean({logs})", f"loss = -np.sum({logs}) / m"]
    lines = [s.one("m = X.shape[0]", "m = len(y)", "m, n = X.shape"), *lines]
    lines += [s.one(*costs)] * s.one(True, True, False)
    inner = f"{p} - y"
    if s.one(True, False):
        lines.append(f"{e} = {inner}")
        inner = e
    bracketed = inner if inner == e else f"({inner})"
    lines += [
        f"dw = {s.mean(s.factor('X.T', bracketed))}",
        f"db = {s.one(s.mean(f'np.sum({inner})'), f'np.mean({inner})')}",
    ]
    if s.one(True, False):
        lines += ["w = w - lr * dw", "b = b - lr * db"]
    lines.append("return dw, db, w, b")
    y = s.normal(size=6) if linear else np.array([0.0, 1, 1, 0, 1, 0])
    example = s.normal(size=(6, 3)), y, s.normal(size=3), 0.5
    return Derivation("regression", _function("X, y, w, b, lr=0.1", lines), example)


def nabla(seed):
    """Lists of weights and biases, nabla_w[-l], one column a sample; no loss computed."""
    s = Spelling(seed)
    head = HEAD + "\ndef sigmoid_prime(z):\n    return sigmoid(z) * (1 - sigmoid(z))\n"
    T = s.one(".T", ".transpose()")
    sizes = [3, *[s.one(3, 4) for _ in range(s.one(1, 2))], 2]
    lines = [
        "nabla_b = [np.zeros(b.shape) for b in biases]",
        "nabla_w = [np.zeros(w.shape) for w in weights]",
        "activation, activations, zs = x, [x], []",
        "for b, w in zip(biases, weights):",
        f"    z = {s.product('w', 'activation')} + b",
        "    zs.append(z)",
        "    activation = sigmoid(z)",
        "    activations.append(activation)",
        "delta = (activations[-1] - y) * sigmoid_prime(zs[-1])",
        "nabla_b[-1] = delta",
        f"nabla_w[-1] = {s.product('delta', 'activations[-2]' + T)}",
        "for l in range(2, len(weights) + 1):",
        "    sp = sigmoid_prime(zs[-l])",
        f"    delta = {s.factor('weights[-l + 1]' + T, 'delta')} * sp",
        "    nabla_b[-l] = delta",
        f"    nabla_w[-l] = {s.product('delta', 'activations[-l - 1]' + T)}",
        "return nabla_b, nabla_w",
    ]
    weights = [s.normal(size=(b, a)) for a, b in itertools.pairwise(sizes)]
    biases = [s.normal(size=(b, 1)) for b in sizes[1:]]
    example = s.normal(size=(3, 1)), np.array([[1.0], [0.0]]), weights, biases
    return Derivation("nabla", _function("x, y, weights, biases", lines, head), example)


def layers(seed):
    """A pair of functions: an affine layer with its activation, dout and cache."""
    s = Spelling(seed)
    f = s.one(*ACTIVATIONS)
    lines = [
        HEAD,
        "def forward(x, w, b):",
        f"    z = {s.product('x', 'w')} + b",
        f"    out = {s.activation(f, 'z')}",
        "    return out, (x, w, z, out)",
        "",
        "def backward(dout, cache):",
        "    x, w, z, out = cache",
        f"    dz = dout * {s.slope(f, 'z', 'out')}",
        f"    dx = {s.product('dz', 'w.T')}",
        f"    dw = {s.product('x.T', 'dz')}",
        f"    db = {s.one('dz.sum(axis=0)', 'np.sum(dz, axis=0)', 'dz.sum(0)')}",
        "    return dx, dw, db",
        "",
        "def derive(x, w, b):",
        "    out, cache = forward(x, w, b)",
        "    return backward(1 + out, cache)",
    ]
    n, k = s.one(3, 4), s.one(2, 3)
    example = s.normal(size=(5, n)), s.normal(size=(n, k)), s.normal(size=k)
    return Derivation("layers", "\n".join(lines) + "\n", example)


def _net(seed):
    rng = random.Random(seed)
    names = ["sigmoid", "tanh", "relu"]
    return Net(rng.randint(1, 3), rng.randint(1, 3), rng.choice(names), rng.choice(names[:2]))


def numbers(seed):
    """The tutorial's scalar function, a number a name."""
    source = _net(seed).function(Varied(seed), products=seed % 3 > 0)
    return Derivation("numbers", source, name="by_hand")


def tutorial(seed):
    """The tutorial's class with its training loop."""
    net = _net(seed)
    return Derivation("tutorial", net.trainer(Varied(seed)), data(net.n), "Net")


STYLES = (course, layers, nabla, numbers, recurrent, regression, script, tutorial, two_layer)

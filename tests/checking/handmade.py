"""Derivations as a person writes them, as source, for any n-h-1 net: to check and to spoil."""

import linecache
import math
import random
from itertools import chain, count

import numpy as np

import microgradnet as mg

_files = count()
PRELUDE = """
import math
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def deriv_sigmoid(x):
    fx = sigmoid(x)
    return fx * (1 - fx)

def tanh(x):
    return math.tanh(x)

def deriv_tanh(x):
    return 1 - tanh(x) ** 2

def relu(x):
    return x if x > 0 else 0 * x

def deriv_relu(x):
    return 1 if x > 0 else 0
"""


class Plain:
    """The tutorial's way to write things."""

    def product(self, *factors):
        return " * ".join(factors)

    def total(self, *terms):
        return " + ".join(terms)

    def slope(self, f, total, out):
        return f"deriv_{f}({total})"

    def loss(self):
        return "(y_true - y_pred) ** 2", "-2 * (y_true - y_pred)"


class Varied(Plain):
    """The same, written differently each time: orders, groupings, look-alikes."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def _grouped(self, sign, parts):
        parts = self.random.sample(parts, len(parts))
        while len(parts) > 1:
            i = self.random.randrange(len(parts) - 1)
            parts[i : i + 2] = [f"({parts[i]} {sign} {parts[i + 1]})"]
        return parts[0]

    def product(self, *factors):
        return self._grouped("*", list(factors))

    def total(self, *terms):
        return self._grouped("+", list(terms))

    def slope(self, f, total, out):
        ways = {
            "sigmoid": [f"{out} * (1 - {out})", f"({out} - {out} ** 2)", f"(1 - {out}) * {out}"],
            "tanh": [f"(1 - {out} ** 2)", f"(1 + {out}) * (1 - {out})"],
            "relu": [f"(1.0 if {out} > 0 else 0.0)"],
        }
        return self.random.choice([f"deriv_{f}({total})", *(f"({w})" for w in ways[f])])

    def loss(self):
        return self.random.choice(
            [
                ("(y_true - y_pred) ** 2", "-2 * (y_true - y_pred)"),
                ("(y_pred - y_true) ** 2", "(y_pred - y_true) * 2"),
                ("0.5 * (y_true - y_pred) ** 2", "-(y_true - y_pred)"),
                ("(y_pred - y_true) ** 2 / 2", "y_pred - y_true"),
                ("(y_pred - y_true) * (y_pred - y_true)", "2 * y_pred - 2 * y_true"),
            ]
        )


class Net:
    """The names of an n-h-1 net, numbered as in the tutorial."""

    def __init__(self, n, h, hidden="sigmoid", output="sigmoid"):
        self.n, self.h, self.hidden, self.output = n, h, hidden, output
        self.x = [f"x[{j}]" for j in range(n)]
        self.weights = [[f"w{i * n + j + 1}" for j in range(n)] for i in range(h)]
        self.out_weights = [f"w{h * n + i + 1}" for i in range(h)]
        self.biases = [f"b{i + 1}" for i in range(h + 1)]
        self.parameters = [*chain(*self.weights), *self.out_weights, *self.biases]

    def forward(self, style, of=""):
        lines = []
        for i in range(self.h):
            terms = [style.product(of + w, x) for w, x in zip(self.weights[i], self.x)]
            lines.append(f"sum_h{i + 1} = {style.total(*terms, of + self.biases[i])}")
            lines.append(f"h{i + 1} = {self.hidden}(sum_h{i + 1})")
        terms = [style.product(of + w, f"h{i + 1}") for i, w in enumerate(self.out_weights)]
        lines.append(f"sum_o1 = {style.total(*terms, of + self.biases[-1])}")
        lines.append(f"o1 = {self.output}(sum_o1)")
        return [*lines, "y_pred = o1"]

    def factors(self, style, of=""):
        slope = style.slope(self.output, "sum_o1", "o1")
        lines = []
        for i, w in enumerate(self.out_weights):
            lines.append(f"d_ypred_d_{w} = {style.product(f'h{i + 1}', slope)}")
        lines.append(f"d_ypred_d_{self.biases[-1]} = {slope}")
        for i, w in enumerate(self.out_weights):
            lines.append(f"d_ypred_d_h{i + 1} = {style.product(of + w, slope)}")
        for i in range(self.h):
            slope = style.slope(self.hidden, f"sum_h{i + 1}", f"h{i + 1}")
            for w, x in zip(self.weights[i], self.x):
                lines.append(f"d_h{i + 1}_d_{w} = {style.product(x, slope)}")
            lines.append(f"d_h{i + 1}_d_{self.biases[i]} = {slope}")
        return lines

    def chains(self):
        """The factors of the gradient by each parameter."""
        chains = {}
        for i in range(self.h):
            for p in [*self.weights[i], self.biases[i]]:
                chains[p] = ["d_L_d_ypred", f"d_ypred_d_h{i + 1}", f"d_h{i + 1}_d_{p}"]
        for p in [*self.out_weights, self.biases[-1]]:
            chains[p] = ["d_L_d_ypred", f"d_ypred_d_{p}"]
        return chains

    def function(self, style=None, products=True):
        """The source of by_hand(parameters, x, y_true), which returns its locals."""
        style = style or Plain()
        loss, slope = style.loss()
        lines = [
            *self.forward(style),
            f"L = {loss}",
            f"d_L_d_ypred = {slope}",
            *self.factors(style),
        ]
        if products:
            lines += [f"d_L_d_{p} = {style.product(*c)}" for p, c in self.chains().items()]
        head = f"def by_hand({', '.join(self.parameters)}, x, y_true):"
        return _source([PRELUDE, head], "    ", [*lines, "return locals()"])

    def trainer(self, style=None):
        """The source of a class as in the tutorial."""
        style = style or Plain()
        lines = [*self.forward(style, "self."), f"d_L_d_ypred = {Plain().loss()[1]}"]
        lines += self.factors(style, "self.")
        lines += [
            f"self.{p} -= learn_rate * {style.product(*factors)}"
            for p, factors in self.chains().items()
        ]
        start = [f"self.{p} = np.random.normal()" for p in self.parameters]
        parts = [
            _source([PRELUDE, "class Net:", "    def __init__(self):"], "        ", start),
            _source(
                ["    def feedforward(self, x):"],
                "        ",
                [*self.forward(Plain(), "self."), "return o1"],
            ),
            _source(
                [
                    "    def train(self, data, all_y_trues):",
                    "        learn_rate = 0.1",
                    "        for epoch in range(1000):",
                    "            for x, y_true in zip(data, all_y_trues):",
                ],
                " " * 16,
                lines,
            ),
            _source(
                ["            if epoch % 10 == 0:"],
                " " * 16,
                [
                    "y_preds = np.apply_along_axis(self.feedforward, 1, data)",
                    "loss = ((all_y_trues - y_preds) ** 2).mean()",
                    "print('Epoch %d loss: %.3f' % (epoch, loss))",
                ],
            ),
        ]
        return "\n".join(parts)


def _source(heads, indent, lines):
    return "\n".join([*heads, *(indent + line for line in lines)]) + "\n"


def made(source, name):
    """What a source defines under a name, as if it stood in a file."""
    file = f"<handmade {next(_files)}>"
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    names = {"__name__": "handmade"}
    exec(compile(source, file, "exec"), names)
    return names[name]


def spoil(source, old, new):
    """The source with one line changed; the line is there once."""
    assert source.count(old) == 1, (old, source.count(old))
    return source.replace(old, new)


def data(n, rows=5):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, n)) * math.sqrt(n), rng.integers(0, 2, rows)


TUTORIAL = Net(2, 2)


def check(source, **options):
    return mg.check(made(source, "by_hand"), **options)


def check_training(source, n=2, **options):
    return mg.check_training(made(source, "Net")(), "train", *data(n), **options)


def mistakes(net):
    """Known ways to go wrong in an n-h-1 net: line, spoiled line, what is to blame, in words."""
    w, v, b = net.weights[-1][-1], net.out_weights, net.biases
    h = f"h{net.h}"
    first, last = net.x[0], net.x[-1]
    slope, out_slope = f"deriv_{net.hidden}(sum_{h})", f"deriv_{net.output}(sum_o1)"
    return [
        (f"d_{h}_d_{w} = {last} *", f"d_{h}_d_{w} = {first} *", f"d_{h}_d_{w}", "where"),
        (
            f"d_ypred_d_{b[-1]} = {out_slope}",
            f"d_ypred_d_{b[-1]} = 0",
            f"d_ypred_d_{b[-1]}",
            "is 0",
        ),
        ("d_L_d_ypred = -2 *", "d_L_d_ypred = -1 *", "d_L_d_ypred", "factor 2 is missing"),
        ("d_L_d_ypred = -2 *", "d_L_d_ypred = 2 *", "d_L_d_ypred", "sign"),
        (
            f"d_{h}_d_{b[-2]} = {slope}",
            f"d_{h}_d_{b[-2]} = {net.hidden}(sum_{h})",
            f"d_{h}_d_{b[-2]}",
            f"uses {h} itself where its derivative belongs",
        ),
        (
            f"d_{h}_d_{b[-2]} = {slope}",
            f"d_{h}_d_{b[-2]} = deriv_{net.hidden}({h})",
            f"d_{h}_d_{b[-2]}",
            "activated already",
        ),
        (
            f"d_ypred_d_{h} = {v[-1]} *",
            f"d_ypred_d_{h} = {h} *",
            f"d_ypred_d_{h}",
            f"uses {h} where {v[-1]} belongs",
        ),
        (
            f"d_ypred_d_{h} = {v[-1]} * {out_slope}",
            f"d_ypred_d_{h} = {v[-1]}",
            f"d_ypred_d_{h}",
            "left out",
        ),
    ]

"""A picture of each kind, as svg."""

import gpt
import numpy as np

import microgradnet as mg
from microgradnet import MLP, Value, check, draw, mse
from tests.drawing.shown import svg_of
from tests.strategies import pictured


def gpt_block(letters=1, as_numbers=False):
    """The mean loss of letters one after another, by the net of examples/gpt.py.

    as_numbers: whether each letter is 27 numbers, a 1 and zeros, as in examples/gpt.py.
    """
    rng = np.random.default_rng(0)
    w = {
        name: [[mg.Value(x, f"{name}[{i}, {j}]") for j, x in enumerate(row)] for i, row in rows]
        for name, rows in (
            (name, enumerate((0.08 * rng.standard_normal(shape)).tolist()))
            for name, shape in gpt.SHAPES.items()
        )
    }
    past, losses = [], []
    rows = [[mg.Value(float(i == 3 * k)) for i in range(27)] for k in range(letters + 1)]
    for i in range(letters):
        token = [gpt.dot(rows[i], column) for column in zip(*w["token"])]
        scores = gpt.scores(w, token if as_numbers else w["token"][3 * i], past)
        losses.append(mg.softmax_cross_entropy(scores, rows[i + 1] if as_numbers else 5 + i))
    loss = sum(losses[1:], losses[0]) / letters
    loss.label = "loss"
    return loss


def loss_of(n_in, sizes):
    row = [Value(0.3 * (i % 7 + 1) * (-1) ** i, f"x{i + 1}") for i in range(n_in)]
    return mse(MLP(n_in, sizes, seed=0)(row), Value(1, "y_true"))


def chain_of(steps):
    value = Value(0.5, "v")
    for _ in range(steps):
        value = (1.1 * value + 0.1).tanh()
    return value


def for_a_page():
    """The loss of so many large layers that they are drawn for a page, with a step between two."""
    h = MLP(16, [64, 64, 64], seed=0)([Value(0.1 * i, f"x{i + 1}") for i in range(16)])
    total = sum(h)
    return mse(MLP(64, [64, 10], seed=0)([a / total for a in h]), [0.0] * 10)


def by_hand(w, b, x, y_true):
    y_pred = w * x + b
    L = (y_true - y_pred) ** 2
    d_L_d_w = 2 * (y_true - y_pred) * x
    d_L_d_b = -2 * (y_true - y_pred)
    return locals()


KINDS = {
    "values": lambda: draw(pictured()[1]),
    "across": lambda: draw(pictured()[1], rankdir="LR"),
    "long numbers": lambda: draw(pictured()[1], number_format="{:.9e}", theme="dark"),
    "formula": lambda: draw(pictured()[1], show="formula"),
    "neurons": lambda: draw(loss_of(3, [4, 4, 1]), depth="neurons"),
    "layers": lambda: draw(loss_of(7, [16, 16, 1]), depth="layers"),
    "matrices": lambda: draw(loss_of(7, [16, 9, 1]), depth="matrices"),
    "matrices, in Chinese": lambda: draw(loss_of(3, [8, 1]), depth="matrices", lang="zh"),
    "matrices for a page": lambda: draw(for_a_page()),
    "neurons, in Chinese": lambda: draw(loss_of(3, [4, 4, 1]), depth="neurons", lang="zh"),
    "layers, in Chinese": lambda: draw(loss_of(7, [16, 16, 1]), depth="layers", lang="zh"),
    "a folded chain": lambda: draw(chain_of(12)),
    "a net": lambda: draw(MLP(2, [3, 1], seed=0)),
    "layers of a net": lambda: draw(MLP(20, [30, 1], seed=0), depth="layers"),
    "matrices of a net": lambda: draw(MLP(9, [8, 1], seed=0)),
    "a report": lambda: check(by_hand).draw(),
}


def svg_of_kind(kind):
    return svg_of(KINDS[kind]())

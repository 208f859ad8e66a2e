"""A picture of each kind, as svg."""

from microgradnet import MLP, Value, check, draw, mse
from microgradnet.pages.layers_page import LayersOf
from tests.drawing.shown import svg_of
from tests.strategies import pictured


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
    "matrices for a telephone": lambda: LayersOf(loss_of(7, [16, 9, 1]), "zh").drawings(True)[0],
    "matrices of a net": lambda: draw(MLP(9, [8, 1], seed=0)),
    "a report": lambda: check(by_hand).draw(),
}


def svg_of_kind(kind):
    return svg_of(KINDS[kind]())

"""Run it with `.venv/bin/python examples/pictures.py`: the README's pictures, to examples/pictures.

It takes 1 s of CPU time, on two cores of an AMD EPYC.
"""

import re
from pathlib import Path

import microgradnet as mg

FOLDER = Path(__file__).parent / "pictures"
WEIGHTS = {"w1": -0.79, "w2": 0.13, "w3": -0.39, "w4": 0.31, "w5": 0.38, "w6": -1.3}
BIASES = {"b1": -0.97, "b2": 0.67, "b3": -0.48}


def record(net, row):
    """The loss of one row, on named inputs, so that they show in the picture."""
    x = [mg.Value(number, f"x{i + 1}") for i, number in enumerate(row)]
    return mg.mse(net(x), mg.Value(1, "y_true"))


def tutorial_loss():
    net = mg.MLP(2, [2, 1])
    net.load_state_dict(WEIGHTS | BIASES)
    return record(net, [-2, -1])


def wide_loss():
    """The loss of a 16-16-10 net, whose layers are drawn as matrices."""
    net = mg.MLP(16, [16, 10], seed=0)
    x = [mg.Value((7 * i % 11 - 5) / 5, f"x{i + 1}") for i in range(16)]
    return mg.mse(net(x), [mg.Value(float(i == 3), f"y{i + 1}") for i in range(10)])


def chain():
    """Twelve like steps, which are drawn as one."""
    v = mg.Value(0.5, "x")
    for _ in range(12):
        v = mg.tanh(1.1 * v + 0.1)
    return v


def pictures():
    """The drawing of each picture by name."""
    loss = tutorial_loss()
    return {
        "values": mg.draw(loss),
        "formula": mg.draw(loss, show="formula"),
        "neurons": mg.draw(record(mg.MLP(3, [4, 4, 1], seed=0), [0.3, -0.6, 0.9])),
        "matrices": mg.draw(wide_loss(), lang="en"),
        "chain": mg.draw(chain()),
    }


def svg(drawing):
    """The picture without the comments, which name the version of the layout program."""
    return re.sub(r"<!--.*?-->\n?", "", drawing.svg(), flags=re.S)


def main():
    FOLDER.mkdir(exist_ok=True)
    for name, drawing in pictures().items():
        path = FOLDER / f"{name}.svg"
        path.write_text(svg(drawing), encoding="utf-8")
        print(path.relative_to(FOLDER.parent.parent), f"{path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

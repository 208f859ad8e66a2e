"""Run it with `.venv/bin/python examples/gallery.py`: every kind of picture, to out/gallery.

It takes 6 s of CPU time, on two cores of an AMD EPYC. It prints for each how many
values it stands for, how deep it goes, how long it took (drawn, laid out, as SVG and as PNG) and
how large the letters are where it is shown 900 pixels wide.
"""

import random
import re
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

import microgradnet as mg
from microgradnet.autograd.graph import reachable

OUT = Path("out") / "gallery"
WIDTH = 900  # pixels
LETTERS = 11  # points, as drawn


def named(numbers, stem="x"):
    return [mg.Value(number, f"{stem}{i + 1}") for i, number in enumerate(numbers)]


def net_loss(n_in, sizes):
    row = [0.3 * (i % 7 + 1) * (-1) ** i for i in range(n_in)]
    return mg.mse(mg.MLP(n_in, sizes, seed=0)(named(row)), mg.Value(1, "y_true"))


def batch_loss():
    """The mean loss over the six people: each neuron is computed six times."""
    net = mg.MLP(2, [2, 1], seed=0)
    losses = [mg.mse(net(row), float(target)) for row, target in zip(*mg.datasets.gender())]
    loss = sum(losses[1:], losses[0]) / len(losses)
    loss.label = "loss"
    return loss


def recurrence(steps):
    """Three weights, used anew at each step."""
    w, u, b = mg.Value(0.9, "w"), mg.Value(0.3, "u"), mg.Value(0.1, "b")
    h = mg.Value(0.0, "h0")
    for i in range(steps):
        h = mg.tanh(w * h + u * mg.Value((i % 7 - 3) / 3, f"x{i + 1}") + b)
        h.label = f"h{i + 1}"
    loss = (h - 1) ** 2
    loss.label = "L"
    return loss


def wide_loss(n_in, sizes):
    """The loss of a net with several outputs."""
    row = [0.3 * (i % 7 + 1) * (-1) ** i for i in range(n_in)]
    targets = named([float(i == 3) for i in range(sizes[-1])], "y")
    return mg.mse(mg.MLP(n_in, sizes, seed=0)(named(row)), targets)


def like_steps(n):
    """The same step over and over, without names."""
    v = mg.Value(0.5, "x")
    for _ in range(n):
        v = mg.tanh(1.1 * v + 0.1)
    return v


def labelled():
    """No neurons, just names: the distance a ball flies, and how the angle changes it."""
    speed, angle, height = mg.Value(9.0, "speed"), mg.Value(0.7, "angle"), mg.Value(1.5, "height")
    across, up = speed * mg.cos(angle), speed * mg.sin(angle)
    across.label, up.label = "across", "up"
    seconds = (up + mg.sqrt(up**2 + 2 * 9.81 * height)) / 9.81
    seconds.label = "seconds"
    distance = across * seconds
    distance.label = "distance"
    return distance


def unlabelled(n):
    rng = random.Random(0)
    nodes = [mg.Value(rng.uniform(-1, 1)) for _ in range(20)]
    while len(nodes) < n:
        a, b = rng.choice(nodes[-200:]), rng.choice(nodes[-400:])
        nodes.append(rng.choice([mg.tanh(a + b), a * b, mg.sin(a), (a - b) * 0.5]))
    return sum(nodes[-200:-1], nodes[-1])


def drawings():
    """Each picture's name, its loss and how it is drawn."""
    tutorial = net_loss(2, [2, 1])
    return [
        ("2-2-1", tutorial, {}),
        ("3-4-4-1", net_loss(3, [4, 4, 1]), {}),
        ("7-16-16-1", net_loss(7, [16, 16, 1]), {}),
        ("16-16-10 dark", wide_loss(16, [16, 10]), {"theme": "dark"}),
        ("64-32-10", wide_loss(64, [32, 10]), {}),
        ("7-16-16-1 layers", net_loss(7, [16, 16, 1]), {"depth": "layers"}),
        ("100-200-60-10", mg.mse(mg.MLP(100, [200, 60, 10])([0.1] * 100), [0.0] * 10), {}),
        ("2-2-1 across", tutorial, {"rankdir": "LR"}),
        ("2-2-1 dark", tutorial, {"theme": "dark"}),
        ("2-2-1 formula", tutorial, {"show": "formula"}),
        ("2-2-1 only w1", tutorial, {"only": "w1"}),
        ("six people", batch_loss(), {}),
        ("labelled", labelled(), {}),
        ("labelled neurons", labelled(), {"depth": "neurons"}),
        ("like steps", like_steps(12), {}),
        ("recurrence 5", recurrence(5), {}),
        ("recurrence 400", recurrence(400), {}),
        ("unlabelled 1e5", unlabelled(100_000), {}),
    ]


def depth_of(drawing):
    source = drawing.dot.source
    words = {
        "or named value": "neurons",
        "a row for each neuron": "matrices",
        "; ranges of": "layers",
        "d_a_d_b": "formula",
    }
    found = [depth for word, depth in words.items() if word in source]
    return found[0] if found else "values"


def letters(svg):
    """Pixels of a letter where the picture is 900 wide, or as large as it is if narrower."""
    width = float(re.search(r'width="([\d.]+)pt"', svg)[1])
    return LETTERS * min(WIDTH / width, 96 / 72)


def draw_all(table):
    for name, loss, how in drawings():
        path = OUT / name.replace(" ", "_")
        start = time.perf_counter()
        drawing = mg.draw(loss, **how)
        svg = drawing.save(path.with_name(path.name + ".svg")).read_text(encoding="utf-8")
        drawing.save(path.with_name(path.name + ".png"))
        seconds = time.perf_counter() - start
        n = sum(map(len, reachable(loss)))
        table.add_row(name, f"{n:,}", depth_of(drawing), f"{seconds:.2f}", f"{letters(svg):.1f}")


def draw_training():
    net = mg.MLP(2, [2, 1], seed=0)
    history = mg.fit(net, *mg.datasets.gender(), progress=False)
    history.plot().savefig(OUT / "training.png", dpi=150)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    table = Table(title=f"Pictures in {OUT}", title_justify="left")
    for heading in ("picture", "values", "depth", "seconds", "letters, px"):
        words = heading in ("picture", "depth")
        table.add_column(heading, justify="left" if words else "right")
    draw_all(table)
    draw_training()
    Console().print(table)


if __name__ == "__main__":
    main()

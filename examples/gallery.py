"""Run it with `.venv/bin/python examples/gallery.py`: pictures and pages, to out/gallery.

It takes 14 s of CPU time, on two cores of an AMD EPYC. It prints for each picture how many values
it stands for, how deep it goes, how long it took (drawn, laid out, as SVG and as PNG) and how large
the letters are where it is shown 900 pixels wide; and for each page how large its file is. Pictures
are light or dark; a page is as the browser is. index.html shows all.
"""

import html
import random
import re
import time
from functools import partial
from pathlib import Path

import gpt
import numpy as np
from rich.console import Console
from rich.table import Table

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.pages.page import practice_page
from microgradnet.pages.playground.site_files import write_playground

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
        ("64-32-10 zh", wide_loss(64, [32, 10]), {"lang": "zh"}),
        ("block of a GPT", gpt_block(), {}),
        ("7-16-16-1 layers", net_loss(7, [16, 16, 1]), {"depth": "layers"}),
        ("100-200-60-10", mg.mse(mg.MLP(100, [200, 60, 10])([0.1] * 100), [0.0] * 10), {}),
        ("2-2-1 across", tutorial, {"rankdir": "LR"}),
        ("2-2-1 dark", tutorial, {"theme": "dark"}),
        ("2-2-1 zh", tutorial, {"lang": "zh"}),
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


def by_hand(w1, w2, b1, x, y_true):
    """The derivative of a neuron, with a mistake."""
    sum_h1 = w1 * x[0] + w2 * x[1] + b1
    h1 = 1 / (1 + np.exp(-sum_h1))
    L = (h1 - y_true) ** 2
    d_L_d_h1 = 2 * (h1 - y_true)
    d_h1_d_w1 = x[0] * h1 * (1 - h1)
    d_h1_d_w2 = x[0] * h1 * (1 - h1)
    d_L_d_w2 = d_L_d_h1 * d_h1_d_w2
    return locals()


def pages():
    """Each page's name, and a function that makes it in a language."""
    losses = {"2-2-1": net_loss(2, [2, 1]), "3-4-4-1": net_loss(3, [4, 4, 1])}
    losses |= {"steps": like_steps(12), "16-16-10": wide_loss(16, [16, 10]), "a GPT": gpt_block()}
    made = {f"page of {name}": partial(mg.page, loss) for name, loss in losses.items()}
    made["page of a report"] = mg.check(by_hand).page
    return made | {"practice": partial(practice_page, "chain")}


def depth_of(drawing):
    source = drawing.dot.source
    words = {
        "or named value": "neurons",
        "; ranges of": "layers",
        "d_a_d_b": "formula",
    }
    found = ["matrices"] * bool(drawing.images) + [
        depth for word, depth in words.items() if word in source
    ]
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
        if how.get("lang") != "zh":  # a PNG needs a font for it
            drawing.save(path.with_name(path.name + ".png"))
        seconds = time.perf_counter() - start
        n = sum(map(len, reachable(loss)))
        table.add_row(name, f"{n:,}", depth_of(drawing), f"{seconds:.2f}", f"{letters(svg):.1f}")


def draw_training():
    net = mg.MLP(2, [2, 1], seed=0)
    history = mg.fit(net, *mg.datasets.gender(), progress=False)
    history.plot().savefig(OUT / "training.png", dpi=150)


def save_pages(table):
    for name, make in pages().items():
        for lang in ("en", "zh"):
            start = time.perf_counter()
            path = make(lang=lang).save(OUT / f"{name.replace(' ', '_')}.{lang}.html")
            seconds = time.perf_counter() - start
            size = path.stat().st_size / 1000
            table.add_row(f"{name} ({lang})", f"{size:,.0f}", f"{seconds:.2f}")
    write_playground(OUT / "playground")


def save_index():
    """Write a page that shows all pictures, and leads to all pages."""
    files = sorted(path.relative_to(OUT).as_posix() for path in OUT.rglob("*.*"))
    shown = [file for file in files if file.endswith((".svg", ".html")) or file == "training.png"]
    parts = ['<!doctype html><html lang="en"><meta charset="utf-8"><title>Gallery</title>']
    parts.append('<meta name="viewport" content="width=device-width"><main><h1>Gallery</h1>')
    for file in map(html.escape, shown):
        picture = f'<br><img src="{file}" alt="" style="max-width:100%">'
        parts.append(f'<p><a href="{file}">{file}</a>{"" if ".html" in file else picture}</p>')
    (OUT / "index.html").write_text("\n".join([*parts, "</main>"]), encoding="utf-8")


def table_of(title, *headings):
    table = Table(title=f"{title} in {OUT}", title_justify="left")
    for heading in headings:
        words = heading in ("picture", "page", "depth")
        table.add_column(heading, justify="left" if words else "right")
    return table


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    pictures = table_of("Pictures", "picture", "values", "depth", "seconds", "letters, px")
    draw_all(pictures)
    draw_training()
    made = table_of("Pages", "page", "kB", "seconds")
    save_pages(made)
    save_index()
    Console().print(pictures)
    Console().print(made)


if __name__ == "__main__":
    main()

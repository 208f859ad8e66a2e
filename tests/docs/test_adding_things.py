"""What the guide's map says it takes to add a thing: here is one of each.

An engine is added in tests/programs/test_new_engine.py.
"""

import math
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import graphviz
import numpy as np
import pytest

import microgradnet as mg
from microgradnet.checking.mending import edits
from microgradnet.checking.mending.edit_text import Code
from microgradnet.drawing import depths
from microgradnet.drawing.rendering import Drawing
from microgradnet.nn.losses import LOSSES
from microgradnet.programs.engines import ENGINES
from tests.places import GUIDE, ROOT


def thrice(part, scope):
    """A cube where a square belongs, called so."""
    if part.text.endswith("** 3"):
        yield part.put(Code(part.text[:-1] + "2")), "has the cube, not the square", 0.5


def test_a_kind_of_mistake_is_a_generator_and_its_place_in_the_table(monkeypatch):
    def by_hand(w, x, y_true):
        y_pred = w * x
        L = (y_pred - y_true) ** 3
        d_L_d_ypred = 3 * (y_pred - y_true) ** 3
        return locals()

    monkeypatch.setattr(edits, "KINDS", (thrice, *edits.KINDS))
    assert mg.check(by_hand).rows[0].mistake == "has the cube, not the square"


def absolute(y_pred, y_true):
    """The distance of a prediction from the truth."""
    return abs(y_pred - y_true)


@pytest.mark.parametrize("engine", ["eager", "python", "numpy"])
def test_a_loss_is_a_function_and_its_place_in_the_table(monkeypatch, engine):
    monkeypatch.setitem(LOSSES, "absolute", absolute)
    net = mg.Neuron(1, activation="linear")
    settings = {"loss": "absolute", "optimizer": mg.SGD(0.01), "progress": False}
    history = mg.fit(net, [[1.0], [2.0]], [3.0, 5.0], epochs=500, engine=engine, **settings)
    assert history.losses[-1] < 0.1 * history.losses[0]


@dataclass(frozen=True)
class Signs(mg.Optimizer):
    """Steps of one size, down the sign of the gradient."""

    rate: float = 0.01

    def step(self, parameter, gradient):
        """Return the next parameter."""
        return parameter - self.rate * gradient / mg.sqrt(gradient * gradient + 1e-12)


def test_an_optimizer_is_a_dataclass_with_a_step():
    trained = []
    for engine in ("eager", "python"):
        net = mg.Neuron(1, activation="linear")
        history = mg.fit(
            net, [[1.0], [2.0]], [3.0, 5.0], optimizer=Signs(), engine=engine, progress=False
        )
        assert history.losses[-1] < 0.01 * history.losses[0]
        trained.append(net.state_dict())
    assert trained[0] == trained[1]
    assert all(map(math.isfinite, np.array(list(trained[0].values()))))


def ladder(choice, auto):
    """One rung for all values that are equally far from the inputs, with how many they are."""
    dot, heights = graphviz.Digraph(), choice.selection.heights
    rungs = [0] * (1 + max(heights.values(), default=0))
    for x in [*choice.selection.leaves, *choice.selection.inner]:
        rungs[heights.get(x, 0)] += 1
    for i, n in enumerate(rungs):
        dot.node(str(i), f"{n} values", color=choice.theme.ink)
        if i:
            dot.edge(str(i - 1), str(i))
    return Drawing(dot)


def test_a_picture_is_a_function_of_what_is_drawn_and_its_place_in_the_table(monkeypatch):
    x, y = mg.Value(2.0, "x"), mg.Value(3.0, "y")
    loss = mg.exp(x * y) + mg.exp(x) * y
    usual = mg.draw(loss).dot.source
    with pytest.raises(ValueError, match=r"'matrices' or 'layers', not 'ladder'"):
        mg.draw(loss, depth="ladder")
    monkeypatch.setitem(depths.PICTURES, "ladder", ladder)
    picture = mg.draw(loss, depth="ladder", theme="dark")
    assert [f'"{n} values"' in picture.dot.source for n in (2, 1)] == [True, True]
    assert picture.dot.source.count("->") == 3
    assert mg.draw(loss, depth="ladder", only="y").dot.source != picture.dot.source
    assert mg.draw(loss).dot.source == usual


THINGS = ["an operation", "an engine", "a kind of mistake", "a picture", "a loss", "an optimizer"]
TABLES = {"ENGINES": ENGINES, "PICTURES": depths.PICTURES, "LOSSES": LOSSES}


def test_the_map_says_of_each_where_it_goes():
    section = (GUIDE / "map.md").read_text(encoding="utf-8").split("## Add a thing")[1]
    rows = dict(re.findall(r"^\| (an? [a-z ]+) \| (.*) \|$", section, re.M))
    assert list(rows) == THINGS
    for file in re.findall(r"`([a-z]+/[a-z_/]+\.py)`", section):
        folder = ROOT if file.startswith("tests/") else ROOT / "microgradnet"
        assert (folder / file).is_file(), file
    named = {name for row in rows.values() for name in re.findall(r"`([A-Z]+)`", row)}
    assert named == {"EXACT", *TABLES}
    assert all(TABLES.values())
    assert "\nEXACT = {" in (ROOT / "tests/operations/test_ops.py").read_text(encoding="utf-8")


USE = """
import math
import numpy as np
import microgradnet as mg
x = mg.Value(1.25, "x")
for y in (mg.cosh(x), x.cosh(), np.cosh(x)):
    assert abs(y.data - math.cosh(1.25)) < 1e-15
(slope,) = mg.grad(y, [x])
(curve,) = mg.grad(slope, [x])
for found, f in ((slope, mg.cosh), (curve, math.sinh)):
    difference, error = mg.differences(f, 1.25)
    assert abs(found.data - difference) <= error
for engine in ("python", "numpy"):
    program = mg.compile([y, slope, curve], [x], engine=engine)
    assert program(1.25) == (y.data, slope.data, curve.data)
assert "cosh" in mg.derive(y, [x]) and "cosh" in mg.draw(y).dot.source
net = mg.MLP(2, [3, 1], activation="cosh", seed=0)
assert mg.fit(net, [[1.0, 2.0]], [1.0], epochs=2, progress=False).losses[1] > 0.0
print("cosh is an operation")
"""


@pytest.mark.slow
def test_the_row_of_the_map_is_all_there_is_to_a_new_operation(tmp_path):
    text = (GUIDE / "map.md").read_text(encoding="utf-8")
    row = textwrap.dedent(re.search(r"(?:^    .*\n)+", text, re.M)[0])
    shutil.copytree(Path(mg.__file__).parent, tmp_path / "microgradnet")
    with open(tmp_path / "microgradnet/operations/ops.py", "a", encoding="utf-8") as file:
        file.write(f"\n{row}")
    done = subprocess.run(
        [sys.executable, "-c", USE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "cosh is an operation\n", done.stderr

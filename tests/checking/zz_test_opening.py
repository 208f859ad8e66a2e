"""Files as they are published: what is not there is left out, and what is derived is checked."""

import ast
import cProfile
import itertools
import json

import pytest

import microgradnet as mg
from microgradnet.checking.scripts import opened
from microgradnet.tracing.opening import in_time

DERIVED = """
W = np.array([[0.5, -0.2], [0.1, 0.4], [0.3, 0.6]])
X = np.array([[1.0, 2.0, 0.5], [0.3, 1.5, 2.5], [2.0, 0.1, 0.7], [1.1, 0.4, 1.9]])
T = np.array([[1.0, 0.2], [0.3, 0.9], [0.5, 0.4], [0.8, 0.1]])

def step(W, X, T):
    P = X @ W
    loss = ((P - T) ** 2).sum()
    dP = 2 * (P - T)
    dW = X.T @ dP
    return loss, dW
"""


@pytest.fixture
def report(tmp_path, monkeypatch):
    monkeypatch.setattr("microgradnet.checking.taking.OPENING", 0.01)
    monkeypatch.setattr("sys.stdin", None)

    def report(code, name="net.py", **others):
        for other, text in others.items():
            (tmp_path / f"{other}.py").write_text(text)
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code)
        return mg.check(file)

    return report


def test_what_a_loop_that_is_ended_leaves_undone_is_not_said_to_be_left_out(report):
    loop = "seen = {}\nfor k in range(10**6):\n    seen[k] = k\nlast = seen[10**6 - 1]\n"
    right = report("import numpy as np\n" + loop + DERIVED)
    assert right, right
    assert "Left out" not in right.note


def test_a_profiler_may_be_on(report):
    called = "\nloss, dW = step(W * 1, X, T)\n"
    with cProfile.Profile():
        assert report("import numpy as np\n" + DERIVED + called)


@pytest.mark.parametrize(
    "before",
    [
        "import a_package_that_is_not_here as absent\nabsent.set_style('dark')\n",
        "from a_package_that_is_not_here.tools import load, tqdm\ndata = load('train.h5')\n",
        "rows = np.loadtxt('a_file_that_is_not_here.csv')\nprint(rows.shape)\n",
        "units = input('Units: ')\n",
        "answer = np.zeros(3) @ np.zeros(4)\n",
        "while True:\n    k = 1\n",
    ],
)
def test_what_is_not_there_is_left_out_and_what_is_derived_is_checked(report, before):
    right = report("import numpy as np\n" + before + DERIVED)
    assert right, right
    assert ("Left out: " in right.note) == all(x not in before for x in ("while", "input"))


def test_a_file_beside_that_needs_what_is_not_there_is_of_use_all_the_same(report):
    helpers = "import a_package_that_is_not_here\ndef twice(x):\n    return 2 * x\n"
    code = "import numpy as np\nfrom own_helpers import twice\n" + DERIVED
    assert report(code.replace("2 * (P - T)", "twice(P - T)"), own_helpers=helpers)


def test_a_file_of_a_package_is_checked_as_it_stands(report, tmp_path):
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "layers_of_lab.py").write_text("def product(x, w):\n    return x @ w\n")
    code = "import numpy as np\nfrom .layers_of_lab import product\n" + DERIVED
    assert report(code.replace("X @ W", "product(X, W)"), "lab/net.py")
    code = "import numpy as np\nfrom lab.layers_of_lab import product\n" + DERIVED
    assert report(code.replace("X @ W", "product(X, W)"), "lab/models/net.py")


def test_a_script_trains_though_its_plots_are_not_there(report):
    code = "import numpy as np\nimport a_package_that_is_not_here as plt\nplt.figure()\n" + DERIVED
    code = code[: code.index("def step")] + (
        "for epoch in range(10**9):\n"
        "    P = X @ W\n    loss = ((P - T) ** 2).sum()\n    dP = 2 * (P - T)\n"
        "    dW = X.T @ dP\n    W -= 0.01 * dW\nplt.plot(loss)\n"
    )
    assert report(code)
    wrong = report(code.replace("X.T @ dP", "X[::-1].T @ dP"))
    assert [row.name for row in wrong.rows if row.verdict == "wrong"] == ["dW"]


def test_cells_of_a_notebook_in_other_languages_are_left_out(report):
    cells = ["%%bash\nls | head", "from __future__ import division\n%matplotlib inline\nx = 1"]
    cells += ["import numpy as np\ns = ('%d'\n     % x)", DERIVED]
    whole = [{"cell_type": "code", "metadata": {}, "source": cell} for cell in cells]
    assert report(json.dumps({"cells": whole}), "net.ipynb")


def test_a_mistake_of_its_own_is_said_where_nothing_can_be_checked(report):
    with pytest.raises(NameError, match="lenght"):
        report("lenght_of = 1\nx = lenght\n")


ENDLESS = [
    "while True:\n    pass",
    "while True:\n    time.sleep(0.002)",
    "made = [abs(k) for k in itertools.count()]",
]


@pytest.mark.parametrize("loop", ENDLESS)
def test_a_loop_ends_by_the_processor_and_where_it_only_waits(loop):
    tree = ast.parse(f"import itertools, time\n{loop}")
    home = {}
    exec(compile(in_time(tree, home, 0.002), "<loop>", "exec"), home)


def test_a_busy_machine_ends_no_loop(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    home = {}
    exec(compile(in_time(ast.parse("for n in range(9): pass"), home, 1.0), "<loop>", "exec"), home)
    assert home["n"] == 8


@pytest.mark.parametrize(
    "sizes", ["[n for n in sizes]", "[]\n        for n in sizes: self.n += [n]"]
)
def test_what_is_made_after_the_opening_is_made_whole(tmp_path, sizes):
    file = tmp_path / "net.py"
    made = f"    def __init__(self, sizes):\n        self.n = {sizes}\n"
    file.write_text("for k in range(10**9):\n    pass\nclass Net:\n" + made)
    names, _ = opened(file, 0.01)
    assert names["Net"]([2, 3]).n == [2, 3]

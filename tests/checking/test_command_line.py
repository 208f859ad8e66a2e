"""`microgradnet check FILE` finds what trains or derives; JSON for programs."""

import json

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.__main__ import main
from microgradnet.checking.entry_points import check_here
from microgradnet.grading import workers
from tests.grading.homework import in_this_process
from tests.marks import few

SCRIPT = """
import numpy as np

def nonlin(x, deriv=False):
    if deriv == True:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
np.random.seed(1)
syn0 = 2 * np.random.random((3, 4)) - 1
syn1 = 2 * np.random.random((4, 1)) - 1
for j in range(60000):
    l0 = X
    l1 = nonlin(np.dot(l0, syn0))
    l2 = nonlin(np.dot(l1, syn1))
    l2_error = y - l2
    if (j % 10000) == 0:
        print("Error:" + str(np.mean(np.abs(l2_error))))
    l2_delta = l2_error * nonlin(l2, deriv=True)
    l1_error = l2_delta.dot(syn1.T)
    l1_delta = l1_error * nonlin(l1, deriv=True)
    syn1 += l1.T.dot(l2_delta)
    syn0 += l0.T.dot(l1_delta)
"""
CLASS = """
class Line:
    w, b = 0.5, 0.0
    def train(self, X, y):
        for x, y_true in zip(X, y):
            y_pred = self.w * x[0] + self.b
            d_L_d_ypred = -2 * (y_true - y_pred)
            self.w -= 0.1 * d_L_d_ypred * x[0]
            self.b -= 0.1 * d_L_d_ypred
"""
FUNCTION = """
import numpy as np

def step(X, Y, W, b):
    P = X @ W + b
    loss = ((P - Y) ** 2).mean()
    dP = 2 * (P - Y) / P.size
    dW = X.T @ dP
    db = dP.sum(axis=0)
    return loss, dW, db

X, Y = np.ones((5, 3)), np.ones((5, 2))
W, b = np.ones((3, 2)), np.ones(2)
"""


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch):
    monkeypatch.setattr(workers, "check_file", in_this_process)


def checked(source, tmp_path, capsys, *options):
    file = tmp_path / "net.py"
    file.write_text(source)
    status = main(["check", str(file), *options])
    return status, capsys.readouterr()


@pytest.mark.slow
@pytest.mark.parametrize("source", few([CLASS, FUNCTION, SCRIPT], 1))
def test_a_file_alone_is_right(source, tmp_path, capsys):
    status, said = checked(source, tmp_path, capsys)
    assert status == 0, said.out + said.err
    assert ("Checked: " in said.out) is (source is not SCRIPT)  # which runs by itself


WRONG = [
    (SCRIPT, "syn0 += l0", "syn0 -= l0", "update syn0"),
    (CLASS, "self.b -= 0.1 *", "self.b += 0.1 *", "update b"),
    (FUNCTION, "dW = X.T @ dP", "dW = 2 * X.T @ dP", "dW"),
    (SCRIPT, "l1_error * nonlin(l1, deriv=True)", "l1_error * nonlin(l1)", "l1_delta"),
    (SCRIPT, "l2_delta.dot(syn1.T)", "l2_error.dot(syn1.T)", "l1_error"),
    (FUNCTION, "dP.sum(axis=0)", "dP.sum()", "db"),
]


@pytest.mark.parametrize(("source", "old", "new", "row"), few(WRONG[1:] + WRONG[:1], 1))
def test_a_mistake_in_a_file_is_blamed(source, old, new, row, tmp_path, capsys):
    assert source.count(old) == 1
    status, said = checked(source.replace(old, new), tmp_path, capsys, "--json")
    assert status == 1, said.err
    report = json.loads(said.out)
    assert report["right"] is False
    assert [r["name"] for r in report["rows"] if r["verdict"] == "wrong"] == [row]
    assert all(r["mistake"] for r in report["rows"] if r["verdict"] == "wrong")


@pytest.mark.slow
def test_json_has_the_line_and_the_shape(tmp_path, capsys):
    _, said = checked(FUNCTION, tmp_path, capsys, "--json")
    row = {row["name"]: row for row in json.loads(said.out)["rows"]}["dW"]
    assert (row["shape"], row["line"], row["of"]) == ([3, 2], 8, "dL/dW")
    assert row["file"].endswith("net.py")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "loss"),
    few([(FUNCTION, "loss"), (CLASS, "the squared error of y_true - y_pred")], 1),
)
def test_json_says_what_is_differentiated(source, loss, tmp_path, capsys):
    _, said = checked(source, tmp_path, capsys, "--json")
    report = json.loads(said.out)
    assert {"rows", "note", "loss", "right"} <= {*report}
    assert report["loss"] == loss


LOOP = ["w = 0.5\n", "for x, y in [(1.0, 2.0), (2.0, 3.0)]:\n", "    L = (w * x - y) ** 2\n"]
LOOP += ["    dw = 2 * (w * x - y) * x\t\t# by hand\n", "    w -= 0.1 * dw"]


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [False, True])
def test_of_a_notebook_each_line_is_that_of_its_cell(tmp_path, capsys, wrong):
    lines = [line.replace("2 * (", "3 * (") for line in LOOP] if wrong else LOOP
    cells = [{"cell_type": "code", "source": x} for x in (["# W\n", "W = 1"], lines)]
    file = tmp_path / "net.ipynb"
    file.write_text(json.dumps({"cells": cells}, indent=1), encoding="utf-8")
    assert main(["check", str(file)]) == wrong
    said = capsys.readouterr().out
    assert ("dw, cell 2, line 4: dw = 3 * (w * x - y) * x" in said) == wrong
    main(["check", str(file), "--lang", "zh"])
    assert ("dw，第 2 个单元格，第 4 行：" in capsys.readouterr().out) == wrong


@pytest.mark.slow
def test_a_tab_before_a_comment_is_no_other_line(tmp_path, capsys):
    assert checked("".join(LOOP), tmp_path, capsys)[0] == 0


def notebook_of(tmp_path, **tagged):
    """A notebook with a cell for each source; its tags are the names, a_b for a and b."""
    cells = [
        {"cell_type": "code", "metadata": {"tags": tags.split("_")}, "source": source}
        for tags, source in tagged.items()
    ]
    file = tmp_path / "hw.ipynb"
    file.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return file


def test_of_a_notebook_the_tagged_cells_are_run_and_no_others(tmp_path):
    file = notebook_of(tmp_path, plots="1 / 0", microgradnet_q1=FUNCTION, q2=CLASS)
    assert "Checked: step" in check_here(file).note
    assert "Checked: step" in check_here(file, cell="q1").note
    assert "Checked: Line" in check_here(file, cell="q2").note


def test_a_file_with_nothing_to_check_is_refused(tmp_path, capsys):
    status, said = checked("x = 1\n", tmp_path, capsys)
    assert status == 2
    assert "nothing that trains or derives" in said.err


def test_a_function_that_trains_on_rows_of_one_number_is_checked_without_data(tmp_path):
    """D3 of the reproducers: `train(W, X, y)` was run on rows of two numbers, and refused."""
    file = tmp_path / "line.py"
    file.write_text(
        "def train(W, X, y):\n"
        "    for i in range(1):\n"
        "        L = (W * X - y) ** 2\n"
        "        d_L_d_W = 2 * (W * X - y) * X\n"
        "        W = W - 0.1 * d_L_d_W\n"
        "    return W\n",
        encoding="utf-8",
    )
    report = mg.check(str(file))
    assert report, report
    assert {row.name for row in report.rows} == {"d_L_d_W", "update W"}


def test_a_mean_of_a_number_asks_for_an_example():
    """D2 of the reproducers: it was said that 'Value' has no attribute 'mean'."""

    def f(w, x, y_true):
        y_pred = w * x
        L = (y_true - y_pred).mean() ** 2
        d_L_d_ypred = -2 * (y_true - y_pred)
        return locals()

    with pytest.raises(TypeError, match=r"f fails on made-up numbers .*give an example"):
        mg.check(f)
    assert not mg.check(f, np.ones(3), np.ones(3), np.ones(3))


def test_what_a_file_trains_by_itself_and_cannot_be_checked_is_said(tmp_path):
    file = tmp_path / "two.py"
    file.write_text(
        "import numpy as np\n\n"
        "def derive(w, x, y):\n"
        "    L = (w * x - y) ** 2\n"
        "    d_L_d_w = 2 * (w * x - y) * x\n"
        "    return locals()\n\n"
        "v = np.random.randn(3)\n"
        "for i in range(100):\n"
        "    v -= 0.1 * np.roll(v, 1)\n"
    )
    report = check_here(file)
    assert {row.name: row.verdict for row in report.rows} == {
        "d_L_d_w": "right",
        "update v": "not checked",
    }
    assert "Checked: derive" in report.note

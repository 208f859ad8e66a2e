"""Everyday ways to write a training: each parameter that moves has a row, and a true one."""

import shutil
import textwrap
from pathlib import Path

import pytest

from microgradnet.checking import of_files
from microgradnet.checking.entry_points import check, check_here, check_subject
from microgradnet.checking.passes.backward import check_backward
from microgradnet.checking.passes_of_file import Pair
from microgradnet.drawing.of_reports import ids_of
from microgradnet.tape.limits import Clock
from microgradnet.tape.recording import Subject

from .marked import FOLDER

DATA = """\
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
"""


def report(body, data=DATA):
    return check_subject(Subject(data + textwrap.dedent(body), "net.py"))


def verdicts(report):
    return {row.name: row.verdict for row in report.rows}


def copied(name, folder):
    return Path(shutil.copy(FOLDER / "beside" / f"{name}.py", folder))


def test_a_pair_that_no_arguments_fit_has_a_row(tmp_path, monkeypatch):
    copied("layers", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert verdicts(check("layers.py")) == {"dx": "right", "blend_backward": "not checked"}


def test_a_part_that_no_time_is_left_for_has_a_row(tmp_path, monkeypatch):
    file, late = copied("layers", tmp_path), iter([False, False])
    monkeypatch.setattr(Clock, "is_late", lambda _: next(late, True))
    report = check_here(file, trusted=True)
    assert verdicts(report) == {"dx": "right", "blend_backward": "not checked"}
    assert "no time was left" in report.rows[0].why


def test_functions_of_another_file_are_followed_into_it(tmp_path):
    copied("common_functions", tmp_path)
    found = check(copied("loss_layers", tmp_path))
    assert [row.verdict for row in found.rows] == ["right"] * 3
    assert "differences" not in found.note


def test_layers_of_one_file_are_told_apart(tmp_path):
    found = check(copied("several_layers", tmp_path))
    told = {(row.part, row.name): row.verdict for row in found.rows}
    affine = {("affine_backward", name): "right" for name in ("dx", "dw")}
    others = {("cube_backward", "dx"): "wrong", ("gelu_backward", "dx"): "not checked"}
    assert told == affine | others
    assert "dx (line 33): right to 5 digits" in found.text("en")
    assert "│ dx         │ cube_backward   │" in found.text("en")
    assert [x[:9] for x in found.note.split("\n")] == ["Made up: "] * 3  # a line for each
    drawn = {part for (part, _), ids in ids_of(found).items() if ids != ["nowhere"]}
    assert drawn == {"cube_backward"}  # the worst
    assert "drawn: cube_backward" in found.draw(lang="en").dot.source


def test_a_pair_whose_judgement_does_not_end_leaves_time_for_the_others(tmp_path, monkeypatch):
    made_up = Pair.made_up

    def endless(pair, fed):
        while pair.name == "affine_backward":
            pass
        return made_up(pair, fed)

    monkeypatch.setattr(Pair, "made_up", endless)
    monkeypatch.setattr(of_files, "LEAST", 1.0)
    monkeypatch.setattr(Clock, "left", lambda _: 0.5)
    rows = check_here(copied("several_layers", tmp_path), trusted=True).rows
    assert {row.verdict: row.part or row.name for row in rows}["wrong"] == "cube_backward"
    assert [row.why[:16] for row in rows if row.name == "affine_backward"] == ["no time was left"]


def test_what_a_file_never_calls_is_called_by_the_script_beside_it(tmp_path):
    copied("main", tmp_path)
    net = copied("net", tmp_path)
    found = check(net)
    assert verdicts(found) == {"update w": "right"}
    assert found.note.startswith("main.py calls it.")
    net.write_text(net.read_text().replace("X.T @ error", "X.T @ (error * 0.5 + 1)"))
    assert "right" not in verdicts(check(net)).values()


@pytest.mark.slow
def test_a_training_that_cannot_be_called_is_not_said_to_move_nothing(tmp_path):
    net = tmp_path / "net.py"
    net.write_text("def train(rows):\n    dw = rows.read().sum()\n    return dw\n")
    with pytest.raises(ValueError, match="train did not run, and no arguments"):
        check(net)


def test_an_error_on_made_up_data_is_not_told_as_the_persons(tmp_path):
    file = tmp_path / "net.py"
    file.write_text("import numpy as np\nX = np.load('a.npy')\nx = X[:, :0] @ np.ones((9, 2))\n")
    with pytest.raises(ValueError, match=r"stops on made-up data.*gives 12 made-up rows"):
        check(file)


def test_the_numbers_of_two_rows_are_no_labels():
    found = report(
        """
        p = np.exp(W @ x) / np.sum(np.exp(W @ x), axis=0)
        loss = -np.log(p[labels, np.arange(2)]).sum()
        dy = p.copy()
        dy[labels, np.arange(2)] -= 1
        dW = dy @ x.T
        """,
        "import numpy as np\nW, x = np.random.randn(3, 6), np.random.randn(6, 2)\n"
        "labels = np.array([0, 1])\n",
    )
    assert verdicts(found)["dW"] == "right"


def test_a_derivative_that_is_a_matrix_is_not_judged(tmp_path):
    [row] = check_here(copied("matrix_of_slopes", tmp_path), trusted=True).rows
    assert (row.verdict, row.why[-26:]) == ("not checked", "its derivative is a matrix")


def test_a_derivative_without_a_source_is_not_checked():
    names = {}
    exec("def mse(y, t): return (y - t) ** 2\ndef mse_prime(y, t): return 2 * y", names)
    [row] = check_backward(names["mse"], names["mse_prime"], 3.0, 1.0).rows
    assert (row.verdict, row.why[:19]) == ("not checked", "there is no text of")

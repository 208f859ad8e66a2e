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
from tests.sources import text_of

CLASS = text_of("line_class")
FUNCTION = text_of("one_layer")


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch):
    monkeypatch.setattr(workers, "check_file", in_this_process)


def checked(source, tmp_path, capsys, *options):
    file = tmp_path / "net.py"
    file.write_text(source)
    status = main(["check", str(file), *options])
    return status, capsys.readouterr()


@pytest.mark.parametrize(
    ("source", "loss", "checked_name"),
    few([(FUNCTION, "loss", "step"), (CLASS, "the squared error of y_true - y_pred", "Line")], 1),
)
def test_json_has_what_is_differentiated_the_line_and_the_shape(
    source, loss, checked_name, tmp_path, capsys
):
    status, said = checked(source, tmp_path, capsys, "--json")
    report = json.loads(said.out)
    assert (status, report["right"], report["loss"]) == (0, True, loss)
    assert f"Checked: {checked_name}" in report["note"]
    assert {row["file"] for row in report["rows"]} == {str(tmp_path / "net.py")}
    row = {row["name"]: row for row in report["rows"]}.get("dW")
    assert not row or (row["shape"], row["line"], row["of"]) == ([3, 2], 8, "dL/dW")


def test_a_mistake_in_a_file_is_blamed(tmp_path, capsys):
    source = FUNCTION.replace("dW = X.T @ dP", "dW = 2 * X.T @ dP")
    status, said = checked(source, tmp_path, capsys, "--json")
    (row,) = [row for row in json.loads(said.out)["rows"] if row["verdict"] == "wrong"]
    assert (status, row["name"], row["mistake"]) == (1, "dW", "has 2 where 1 belongs")


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


def test_a_mean_of_a_number_asks_for_an_example():
    def f(w, x, y_true):
        y_pred = w * x
        L = (y_true - y_pred).mean() ** 2
        d_L_d_ypred = -2 * (y_true - y_pred)
        return locals()

    with pytest.raises(TypeError, match=r"f fails on made-up numbers .*give an example"):
        mg.check(f)
    assert not mg.check(f, np.ones(3), np.ones(3), np.ones(3))

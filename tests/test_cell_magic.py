"""The magic %%check, in a shell of IPython: the names of other cells, their numbers, the report."""

import json
import sys

import pytest

import microgradnet as mg
from tests.sources import SOURCES

IPython = pytest.importorskip("IPython", reason="needs the extra notebook")
*CELLS, BACKWARD, STEP, SLOPE = (SOURCES / "cells.txt").read_text("utf-8").split("---\n")


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A shell with the cells of a course run; it writes nothing outside of the tests."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    hooks = sys.displayhook, sys.excepthook
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        made = InteractiveShell(config=config)
        for cell in ["%load_ext microgradnet", *CELLS]:
            run(made, cell)
        yield made
    sys.displayhook, sys.excepthook = hooks


def run(shell, cell):
    """Run a cell without an error; return what it shows as its result, else None."""
    before = shell.user_ns["Out"].copy()
    assert shell.run_cell(cell.strip("\n"), store_history=True).success, cell
    new = [x for k, x in shell.user_ns["Out"].items() if k not in before]
    return new[0] if new else None


def verdicts(report):
    return {row.name: row.verdict for row in report.rows}


def test_a_cell_is_run_and_checked_with_the_names_of_the_cells_before(shell):
    report = run(shell, SLOPE)
    wrong = report.rows[0]
    assert (wrong.name, wrong.line, wrong.mistake) == ("dZ", 5, "the factor S is left out")
    assert verdicts(report) == {"dZ": "wrong", "dW": "follows", "dS": "right"}
    assert shell.user_ns["dW"].shape == (2, 3)  # it was run, too


def test_the_report_shows_itself_with_its_picture(shell):
    shown, _ = shell.display_formatter.format(run(shell, SLOPE))
    assert "the factor S is left out" in shown["text/html"]
    assert "<svg" in shown["text/html"]


def test_a_function_that_the_cell_defines_is_fed_by_those_of_other_cells(shell):
    report = run(shell, f"%%check\n{BACKWARD.strip()}")
    assert sorted(row.line for row in report.rows) == [6, 7, 8]
    assert "forward(X=" in report.note


def test_a_call_checks_what_it_calls_at_the_lines_of_its_own_cell(shell):
    run(shell, BACKWARD)
    report = run(shell, f"%%check\n\n{STEP}")
    wrong = report.rows[0]
    assert (wrong.name, wrong.line, wrong.mistake) == ("db", 7, "sums where it should average")
    assert wrong.code == "db = np.sum(dZ, axis=1, keepdims=True)"
    assert verdicts(report)["update W"] == "right"


def test_lines_count_as_they_are_shown_with_the_line_of_the_magic(shell):
    run(shell, "%%check\ndef slope(S):\n    return S * (1 + S)")
    wrong = run(shell, SLOPE.replace("(1 - S)", "slope(S)")).rows[0]
    assert (wrong.line, wrong.suggestion) == (3, "return S * (1 - S)")


def test_the_numbers_of_the_notebook_change_as_the_cell_alone_changes_them(shell):
    ends = []
    run(shell, BACKWARD)
    for magic in ("", "%%check\n"):
        shell.user_ns["W"][:], shell.user_ns["b"][:] = 1.0, 0.0
        run(shell, f"{magic}{STEP}")
        ends.append(shell.user_ns["W"].tolist())
    assert ends[0] == ends[1] != [[1.0] * 3] * 2


def test_a_saved_notebook_is_read_with_the_cells_of_the_magic(tmp_path):
    cell = "%%check\ndef by_hand(w, x):\n    L = w * x\n    d_L_d_w = w\n    return locals()\n"
    cells = [{"cell_type": "code", "source": cell, "metadata": {}}]
    (tmp_path / "nb.ipynb").write_text(json.dumps({"cells": cells}))
    assert mg.check(tmp_path / "nb.ipynb").rows[0].mistake == "uses w where x belongs"


@pytest.mark.parametrize("code", ["plain = 1", "def plain(x):\n    return 2 * x"])
def test_a_cell_with_nothing_to_check_is_run_and_says_so(shell, capsys, code):
    assert run(shell, f"%%check\n{code}") is None
    assert "has nothing that trains or derives and can be checked" in capsys.readouterr().err
    assert "plain" in shell.user_ns


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("%%check --lang zh\nx = 1", "%%check takes --loss NAME or nothing, not --lang zh\n"),
        ("%%check --loss foo\nx = 1", "unknown loss 'foo'; known: "),
        ("%%check\nx = (1", "SyntaxError"),
        ("%%check\n1 / 0", "ZeroDivisionError"),
    ],
)
def test_what_fails_is_shown_and_stops_the_cells_below(shell, capsys, cell, says):
    assert not shell.run_cell(cell).success
    said = capsys.readouterr()
    assert says in said.out + said.err
    assert "StoppedError" not in said.out + said.err


def test_a_loss_can_be_given(shell):
    code = "w, x, y_true = 0.5, 2.0, 3.0\ny_pred = w * x\nd_L_d_ypred = y_pred - y_true"
    for line, verdict in (("--loss mse", "scaled"), ("", "right")):
        assert verdicts(run(shell, f"%%check {line}\n{code}")) == {"d_L_d_ypred": verdict}

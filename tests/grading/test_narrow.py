"""Marks on a narrow terminal: a paragraph for each file and for each item."""

import pytest

from microgradnet.checking.reporting.report import Report, Row
from microgradnet.grading.folder import of_class, of_file
from microgradnet.grading.marking import asked, mark
from tests.terminal import plain, terminal

__all__ = ["terminal"]

RIGHT = Row("d_L_d_w", "right", 2.0, 2.0, 0.0)
MISTAKE = "uses x[0] where x[1] belongs: copied from d_h1_d_w1?"
WRONG = Row("d_L_d_b", "wrong", 2.0, -2.0, 0.0, mistake=MISTAKE, line=7)
MARKS = mark("ann.py", Report((RIGHT, WRONG)), asked("d_L_d_w,d_L_d_b"))


def joined(text):
    """A text in one line, however it was wrapped."""
    return " ".join(plain(text).split())


@pytest.mark.parametrize("columns", [20, 40, 59])
def test_a_file_of_a_class_is_a_paragraph(terminal, columns):
    terminal(columns)
    text = of_class([MARKS, mark("bob.py", "no such file", asked())], [])
    assert joined(text).startswith(
        f"ann.py right 1 of 2, points 1 of 2, line 7 d_L_d_b: {MISTAKE} bob.py no such file 0 of"
    )
    assert all(len(line) <= columns for line in plain(text).splitlines()[:-1])


@pytest.mark.parametrize("columns", [20, 40, 59])
def test_an_item_of_a_file_is_a_paragraph(terminal, columns):
    terminal(columns)
    said = joined(of_file(MARKS))
    assert said.startswith("d_L_d_w: right points 1 of 1 d_L_d_b: wrong points 0 of 1, line 7 ")
    assert f" {MISTAKE} 1 of 2 right" in said


def test_a_class_is_in_chinese_too(terminal):
    terminal(40)
    assert joined(of_class([MARKS], [], "zh")).startswith("ann.py 正确 1 / 2、得分 1 / 2、行 7")


def test_from_60_columns_on_it_is_a_table(terminal):
    terminal(60)
    assert plain(of_class([MARKS], [])).split()[:2] == ["file", "right"]


def test_a_class_that_is_printed_to_no_terminal_is_a_table(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert of_class([MARKS], []).split()[:2] == ["file", "right"]

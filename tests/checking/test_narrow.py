"""A report on a narrow terminal: a paragraph for each row, and nothing left out."""

import pytest

from microgradnet.checking.reporting.report import Report, Row
from microgradnet.operations.differences import Difference
from tests.terminal import plain, terminal

__all__ = ["terminal"]

REPORT = Report(
    (
        Row("d_h1_d_w2", "wrong", 0.0481438, 0.192062, 0.1, mistake="the sign is wrong", line=11),
        Row("d_L_d_w2", "follows", -0.25, -1.0, 0.1, follows=("d_h1_d_w2",), line=12),
        Row("d_L_d_h1", "right", -1.15983, -1.15983, 0.0, difference=Difference(-1.16, 1e-9)),
    )
)


def paragraphs(text):
    """The lines of each row: those with two blanks go on with the row above them."""
    rows = []
    for line in plain(text).splitlines():
        if line.startswith("  "):
            rows[-1].append(line.strip())
        else:
            rows.append([line])
    return rows


@pytest.mark.parametrize("columns", [20, 40, 59])
def test_a_row_is_a_paragraph_with_all_its_numbers(terminal, columns):
    terminal(columns)
    text = REPORT.text("en")
    first, second, *_ = ([row[0], " ".join(row[1:])] for row in paragraphs(text))
    assert first == ["d_h1_d_w2: wrong", "written 0.0481438, right 0.192062, ratio 0.2507"]
    by_differences = "by differences -1.16 ± 1e-09"
    assert second == ["d_L_d_h1: right", f"written -1.15983, right -1.15983, {by_differences}"]
    assert all(len(line) <= columns for line in plain(text).splitlines())


def test_a_paragraph_is_in_chinese_too(terminal):
    terminal(40)
    first = paragraphs(REPORT.text("zh"))[0]
    assert (first[0], first[1].split()[0]) == ("d_h1_d_w2：错误", "写出的")


def test_what_only_follows_is_a_paragraph_where_all_is_asked_for(terminal):
    terminal(40)
    assert "d_L_d_w2: follows" in plain(REPORT.text("en", all=True))
    assert "d_L_d_w2: follows" not in plain(REPORT.text("en"))


def test_from_60_columns_on_it_is_a_table(terminal):
    terminal(60)
    assert "derivative" in plain(REPORT.text("en")).splitlines()[0]


def test_what_is_no_terminal_has_a_table_whatever_the_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert "derivative" in REPORT.text("en").splitlines()[1]

"""What a person reads of a verdict: six small files, each sentence of them true; then the parts."""

import functools
import linecache
import re

import numpy as np
import pytest

from microgradnet.checking.entry_points import check_subject
from microgradnet.checking.reporting.observations import note
from microgradnet.checking.reporting.report import Report, Row
from microgradnet.checking.reporting.wording import as_written, entries_in_words
from microgradnet.tape.recording import Subject, given, recorded
from microgradnet.words import in_language, say

from .marked import FOLDER

REPORTS = FOLDER / "reports"
SOURCES = {p.stem: p.read_text(encoding="utf-8") for p in REPORTS.glob("*.py")}
RIGHT = SOURCES["right"]


@functools.cache
def report_of(source):
    """The report of a source as it runs."""
    return report_of_call(source)


def report_of_call(source, *example, name=""):
    """The report of one of the functions of a source, called with an example."""
    lines = source.splitlines(keepends=True)
    linecache.cache["by_hand.py"] = len(source), None, lines, "by_hand.py"

    def call(recording, recorder):
        f = recording.names[name]
        f(*[given(recording, recorder, x) for x in example])

    return check_subject(Subject(source, "by_hand.py", call=call if name else None))


def said(report, lang="en"):
    """The lines below the table but for where the numbers are from, and without runs of blanks."""
    lines = report.text(lang, all=False).split("\n")
    return [x for x in lines if not x.startswith(("┏", "┃", "┡", "│", "└", "The numbers", "表中"))]


def verdicts(report):
    return {row.name: row.verdict for row in report.rows}


def test_what_is_said_below_the_table_is_what_stands_beside_the_file():
    for path in sorted(REPORTS.glob("*.txt")):
        report = report_of(SOURCES[path.stem])
        assert said(report) == path.read_text(encoding="utf-8").splitlines()
        assert bool(report) == (path.stem == "right")


def test_rows_have_what_else_is_told():
    assert verdicts(report_of(RIGHT)) == dict.fromkeys(
        ("update W", "update b", "dW", "db"), "right"
    )
    assert report_of(RIGHT).rows[2].of == "dL/dW"
    row, report = report_of(SOURCES["neuron"]).rows[0], report_of(SOURCES["lost"])
    assert (row.of, row.suggestion) == ("do/dw2", "d_o_d_w2 = x[1] * o * (1 - o)")
    assert "w1" in report_of(SOURCES["neuron"]).point
    assert (report.rows[0].name, report.rows[0].verdict) == ("b", "not checked")
    assert np.isnan([report.rows[0].written, report.rows[0].right]).all()
    html = report._repr_mimebundle_()["text/html"]
    assert "not checked" in html or "未检查" in html
    row = report_of(SOURCES["either"]).rows[0]
    assert (row.line, row.alternatives, row.lines) == (9, (12,), "line 9, or line 12")
    row = report_of(SOURCES["either"]).to_dict()["rows"][0]
    assert (row["suggestion"], row["alternatives"]) == ("db += 0.5 * e", [12])


def test_a_common_factor_is_scaled_with_its_reason_and_passes():
    example = np.ones((5, 2)), np.array([[0.0], [1], [1], [0], [1]]), np.ones((2, 1)), 0.5
    report = report_of_call(SOURCES["scaled"], *example, name="backprop")
    assert verdicts(report) == {"dW": "scaled", "db": "scaled"}
    assert said(report) == [
        "2 scaled",
        "dW, db: 5 times the gradient of cost: the mean over 5 samples is left out",
    ]
    assert report.rows[0].of == "5 times dL/dW: the mean over 5 samples is left out"
    assert report.rows[0].ratio == pytest.approx(5)
    assert report.to_dict()["right"] is True


def test_a_report_says_all_of_it_in_chinese():
    for path in REPORTS.glob("*.txt"):
        words = "\n".join(said(report_of(SOURCES[path.stem]), "zh"))
        assert not re.search(r"[a-z]{2,} (is|are|were|follow|where|of|never)\b", words), words


@pytest.mark.parametrize(
    ("right", "wrong", "name", "slope_of", "slope_by"),
    [
        ("x[0] * h1 * (1 - h1)", "x[0] * h1 * (1 + h1)", "d_h1_d_w1", "h1", "w1"),
        ("= h1 * (1 - h1)", "= h1", "d_h1_d_b1", "h1", "b1"),
        ("d_L_d_h1 * d_h1_d_b1", "d_L_d_h1 * d_h1_d_w1", "d_L_d_b1", "L", "b1"),
        ("2 * (h1 - y_true)", "2 * (y_true - h1)", "d_L_d_h1", "L", "h1"),
    ],
)
def test_an_example_is_what_the_code_gives_there(right, wrong, name, slope_of, slope_by):
    source = SOURCES["by_hand"].replace(right, wrong)
    assert source != SOURCES["by_hand"]
    row = report_of_call(source, 0.5, -0.3, 0.1, [1.2, -0.7], 1.0, name="by_hand").rows[0]
    assert (row.name, row.verdict) == (name, "wrong")
    scope = {}
    exec(source, scope)
    numbers = dict(row.example)

    def at(**moved):
        given = numbers | moved
        x = [given["x[0]"], given["x[1]"]]
        return scope["by_hand"](given["w1"], given["w2"], given["b1"], x, given["y_true"])

    written, true = row.at_example
    assert at()[name] == pytest.approx(written)
    if slope_by == "h1":
        assert true == pytest.approx(2 * (at()["h1"] - numbers["y_true"]))
    else:
        e = 1e-5
        up, down = (at(**{slope_by: numbers[slope_by] + s})[slope_of] for s in (e, -e))
        assert true == pytest.approx((up - down) / (2 * e), abs=1e-7)


# Notes.


def test_a_column_less_a_row_is_said_to_be_a_square():
    report = report_of(SOURCES["broadcast"])
    assert report
    assert report.note == (
        "Line 7: X @ W - y has the shape (5, 5), as (5, 1) and (5,) are broadcast."
    )
    assert report_of(SOURCES["broadcast"].replace("size=5)", "size=(5, 1))")).note == ""


def test_a_function_that_derives_and_is_not_called_is_said():
    source = RIGHT + "\n\ndef backward(X, e):\n    dW = X.T @ e\n    return dW\n"
    source += "\n\ndef shown(x):\n    return 2 * x\n"
    assert report_of(source).note.endswith("Did not run, and so not checked: backward (line 17).")


@pytest.mark.slow
def test_a_loop_that_is_left_early_says_how_far_it_ran():
    note = report_of(RIGHT.replace("range(6)", "range(5000)")).note
    rounds = re.fullmatch(
        r"Steps 1, 2, \d+ were judged\. The loop of line 6 ran (\d+) of 5000 rounds\.", note
    )
    assert rounds
    assert 2 <= int(rounds[1]) < 5000


def test_branches_that_only_print_are_not_said():
    printed = RIGHT.replace("dW = dW * 0.5", "print('late', epoch + 1)")
    assert report_of(printed).note == "Steps 1, 2, 6 of 6 were judged."
    both = RIGHT.replace(
        "W -= 0.1 * dW", "if epoch < 9:\n        W -= 0.1 * dW\n    else:\n        W -= 0.2 * dW"
    )
    assert "line 16 (the else of `if epoch < 9`)" in report_of(both).note


def test_an_error_of_the_code_is_a_row_at_its_line():
    report = report_of(RIGHT.replace("db = 2 * error.mean(axis=0)", "db = 2 * eror.mean(axis=0)"))
    row = next(row for row in report.rows if row.verdict == "not checked")
    assert (row.name, row.line) == ("db", 10)
    assert row.why == (
        "the code stops here with NameError: name 'eror' is not defined; the rest is not checked"
    )
    assert not report


def test_what_was_made_up_stands_first_in_the_note():
    subject = Subject(RIGHT, "by_hand.py")
    recording = recorded(subject)
    recording.notes.append("X is made up.")
    assert note(recording, [], []).startswith("X is made up. Never ran")


def test_the_seconds_of_the_code_and_of_the_check_are_told_apart():
    assert set(report_of(RIGHT).seconds) == {"code", "check"}


# Rows.


def test_of_an_assumed_loss_the_right_number_is_by_the_factor_of_the_others():
    rng = np.random.default_rng(0)
    shapes = (5, 3), (5, 2), (5, 1), (3, 1), (2, 1), (1,)
    report = report_of_call(
        SOURCES["assumed"], *(rng.normal(size=s) for s in shapes), name="gradients"
    )
    assert verdicts(report) == {"dW": "wrong", "dV": "right", "db": "right"}
    assert report.rows[0].ratio == pytest.approx(0.5)
    assert all(row.ratio == pytest.approx(1) for row in report.rows[1:])


def test_where_no_edit_mends_the_lines_that_may_be_to_blame_are_named():
    report = report_of(
        SOURCES["two"]
        .replace("dh * (1 + h**2)", "np.sqrt(np.abs(dh)) + h**3 - W1.sum()")
        .replace("h.T @ out", "h.T @ dout")
    )
    row = report.rows[0]
    assert (row.name, row.verdict, row.line) == ("update W1", "wrong", 13)
    assert row.alternatives == (14,)


def test_which_entries_are_wrong():
    right = np.arange(12.0).reshape(3, 4)
    column, row, one = right.copy(), right.copy(), right.copy()
    column[:, 2] += 1
    row[[0, 2]] *= 3
    row[0, 0] = 5
    one[1, 1] = 0
    assert entries_in_words(column, right) == "column 2 is wrong"
    assert entries_in_words(row, right) == "rows 0, 2 are wrong"
    assert entries_in_words(one, right) == "1 of 12 entries is wrong"
    assert entries_in_words(right + np.eye(3)[:, [1]], right) == "row 1 is wrong"
    assert entries_in_words(right.T, right) == "its shape is (4, 3), not (3, 4)"
    assert entries_in_words([1.0, 2.0], [2.0, 3.0]) == "both entries are wrong"
    assert entries_in_words([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]) == "entry 2 is wrong"
    assert entries_in_words(1.0, 2.0) == entries_in_words(right, right) == ""


def test_a_corrected_line_is_written_as_a_person_writes_it():
    assert as_written("a, b = (x, y * 2)") == "a, b = x, y * 2"
    assert as_written("a = (x, y)[0]") == "a = (x, y)[0]"
    assert as_written("") == ""


def test_a_correction_is_left_out_where_the_words_are_all_of_it():
    words = say("uses {used} where {meant} belongs", used="q", meant="dq")
    row = Row("dV", "wrong", 1.0, 2.0, 0.0, mistake=words, code="dV = X.T @ q", line=3)
    assert Row(**{**vars(row), "suggestion": "dV = X.T @ dq"}).correction == ""
    other = Row(**{**vars(row), "suggestion": "dV = dq.T @ X"})
    assert other.correction == "should be: dV = dq.T @ X"
    assert in_language(other.correction, "zh") == "应当是：dV = dq.T @ X"


def test_lines_of_a_row_in_both_languages():
    row = Row(
        "dW", "wrong", 1.0, 2.0, 0.0, line=12, alternatives=(14, 17), where="entry 1 is wrong"
    )
    assert row.place == "line 12, or line 14, or line 17: entry 1 is wrong"
    assert in_language(row.lines, "zh") == "第 12 行，或第 14 行，或第 17 行"
    assert Row("dW", "wrong", 1.0, 2.0, 0.0).place == ""


def test_right_and_scaled_are_true_and_nothing_else_is():
    def report(*several):
        return Report(tuple(Row(f"d{k}", x, 1.0, 1.0, 0.0) for k, x in enumerate(several)))

    assert report("right", "scaled")
    assert report("scaled")
    for verdict in ("wrong", "follows", "cannot tell", "not checked"):
        assert not report("right", verdict)
    assert not report()

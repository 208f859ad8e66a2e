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


RIGHT = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 1))
W, b = rng.normal(size=(3, 1)), np.zeros(1)
for epoch in range(6):
    error = X @ W + b - y
    loss = np.mean(error**2)
    dW = 2 * X.T @ error / len(X)
    db = 2 * error.mean(axis=0)
    if epoch > 20:
        dW = dW * 0.5
    W -= 0.1 * dW
    b -= 0.1 * db
"""
NEURON = """\
import math


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


class Neuron:
    def __init__(self):
        self.w1, self.w2, self.b = 0.4, -0.3, 0.1

    def train(self, data, targets):
        for x, t in zip(data, targets):
            z = self.w1 * x[0] + self.w2 * x[1] + self.b
            o = sigmoid(z)
            d_L_d_o = 2 * (o - t)
            d_o_d_w1 = x[0] * o * (1 - o)
            d_o_d_w2 = x[1] * o * (1 + o)
            d_o_d_b = o * (1 - o)
            self.w1 -= 0.5 * d_L_d_o * d_o_d_w1
            self.w2 -= 0.5 * d_L_d_o * d_o_d_w2
            self.b -= 0.5 * d_L_d_o * d_o_d_b


Neuron().train([(0.2, 1.1), (-0.7, 0.4), (1.3, -0.6)], [1, 0, 1])
"""
TWO = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(4, 2)), rng.normal(size=(4, 1))
W1, W2 = rng.normal(size=(2, 3)), rng.normal(size=(3, 1))
for epoch in range(3):
    h = np.tanh(X @ W1)
    out = h @ W2
    loss = np.sum((out - y) ** 2)
    dout = 2 * (out - y)
    dW2 = h.T @ out
    dh = dout @ W2.T
    dW1 = X.T @ (dh * (1 + h**2))
    W1 -= 0.01 * dW1
    W2 -= 0.01 * dW2
"""
SCALED = """\
import numpy as np


def backprop(X, Y, W, b):
    A = 1 / (1 + np.exp(-(X @ W + b)))
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dZ = A - Y
    dW = X.T @ dZ
    db = np.sum(dZ)
    return cost, dW, db
"""
LOST = """\
xs, ys = [0.5, -1.0, 2.0], [1.0, 0.0, 3.0]
w, b = 0.3, 0.0
for epoch in range(4):
    dw, db = 0.0, 0.0
    loss = 0.0
    for x, y in zip(xs, ys):
        error = w * x + b - y
        loss += error**2
        dw += 2 * error * x
        db += 2 * error
    w = w - 0.1 * dw
    c = b - 0.1 * db
"""
EITHER = """\
points = [(0.5, 1.0), (-1.0, 0.4), (2.0, 3.0), (1.5, -0.5)]
w, b = 0.3, 0.7
for epoch in range(2):
    dw, db, loss = 0.0, 0.0, 0.0
    for x, y in points:
        e = w * x + b - y
        loss += e * e / len(points)
        dw += 2 * e * x
        db += 2 * e
    dw /= len(points)
    w -= 0.2 * dw
    b -= 0.2 * db
"""


def test_a_file_that_is_right_says_what_was_seen_of_it():
    report = report_of(RIGHT)
    assert report
    assert set(verdicts(report).values()) == {"right"}
    assert list(verdicts(report)) == ["update W", "update b", "dW", "db"]
    assert said(report) == [
        "4 right",
        "Steps 1, 2, 6 of 6 were judged. Never ran: line 12 (`if epoch > 20`).",
    ]
    assert report.rows[2].of == "dL/dW"


def test_one_mistake_has_its_line_its_correction_and_the_smallest_example():
    report = report_of(NEURON)
    assert not report
    assert said(report) == [
        "1 wrong, 1 follows, 5 right",
        "d_o_d_w2, line 18: d_o_d_w2 = x[1] * o * (1 + o)",
        "  adds where it should subtract",
        "  should be: d_o_d_w2 = x[1] * o * (1 - o)",
        "  for example at data[0][1] = 1, all others 0: written 0.75, right 0.25",
        "  and update w2 follows from d_o_d_w2",
        "No computed loss fits: L is taken to be the squared error of o - t, up to a factor.",
    ]
    assert report.rows[0].suggestion == "d_o_d_w2 = x[1] * o * (1 - o)"
    assert report.rows[0].of == "do/dw2"
    assert "w1" in report.point


def test_two_mistakes_are_two_rows_and_the_rest_follows():
    report = report_of(TWO)
    assert said(report) == [
        "2 wrong, 2 follow, 2 right",
        "dW2, line 11: dW2 = h.T @ out",
        "  uses out where dout belongs",
        "  all 3 entries are wrong",
        "  for example at X[2, 0] = 1, y = [[0], [0], [1], [0]], W1[0, 1] = 1, all others 0: "
        "dW2[1, 0] is 0, right -1.52319",
        "dW1, line 13: dW1 = X.T @ (dh * (1 + h**2))",
        "  adds where it should subtract",
        "  all 6 entries are wrong",
        "  should be: dW1 = X.T @ (dh * (1 - h ** 2))",
        "  for example at X[1, 1] = 1, W1[1, 2] = 1, W2 = [[0], [0], [1]], all others 0: "
        "dW1[1, 2] is 2.40668, right 0.6397",
        "and 2 more follow from dW2, dW1",
    ]


def test_a_common_factor_is_scaled_with_its_reason_and_passes():
    example = np.ones((5, 2)), np.array([[0.0], [1], [1], [0], [1]]), np.ones((2, 1)), 0.5
    report = report_of_call(SCALED, *example, name="backprop")
    assert report
    assert verdicts(report) == {"dW": "scaled", "db": "scaled"}
    assert said(report) == [
        "2 scaled",
        "dW, db: 5 times the gradient of cost: the mean over 5 samples is left out",
    ]
    assert report.rows[0].of == "5 times dL/dW: the mean over 5 samples is left out"
    assert report.rows[0].ratio == pytest.approx(5)
    assert report.to_dict()["right"] is True


def test_what_is_not_checked_has_a_row_with_its_line_and_no_numbers():
    report = report_of(LOST)
    assert not report
    assert verdicts(report)["b"] == "not checked"
    assert said(report) == [
        "1 not checked, 3 right",
        "b (line 2): b never changes",
        "Steps 1, 2, 4 of 4 were judged.",
    ]
    assert np.isnan([report.rows[0].written, report.rows[0].right]).all()


def test_lines_that_would_do_as_well_are_named():
    report = report_of(EITHER)
    row = report.rows[0]
    assert (row.line, row.alternatives, row.lines) == (9, (12,), "line 9, or line 12")
    assert said(report) == [
        "1 wrong, 1 follows, 2 right",
        "db, line 9, or line 12: db += 2 * e",
        "  a factor 4 too much",
        "  should be: db += 0.5 * e",
        "  for example at b = 1, all others 0: written 8, right 2",
        "  and update b follows from db",
    ]


def test_a_report_says_all_of_it_in_chinese():
    for source in (RIGHT, NEURON, TWO, LOST, EITHER):
        words = "\n".join(said(report_of(source), "zh"))
        assert not re.search(r"[a-z]{2,} (is|are|were|follow|where|of|never)\b", words), words


BY_HAND = """\
import math


def by_hand(w1, w2, b1, x, y_true):
    h1 = 1 / (1 + math.exp(-(w1 * x[0] + w2 * x[1] + b1)))
    L = (h1 - y_true) ** 2
    d_L_d_h1 = 2 * (h1 - y_true)
    d_h1_d_w1 = x[0] * h1 * (1 - h1)
    d_h1_d_b1 = h1 * (1 - h1)
    d_L_d_w1 = d_L_d_h1 * d_h1_d_w1
    d_L_d_b1 = d_L_d_h1 * d_h1_d_b1
    return locals()
"""


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
    source = BY_HAND.replace(right, wrong)
    assert source != BY_HAND
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

BROADCAST = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(5, 3)), rng.normal(size=5)
W = rng.normal(size=(3, 1))
for epoch in range(3):
    e = X @ W - y
    loss = np.sum(e**2)
    dW = 2 * X.T @ e.sum(axis=1, keepdims=True)
    W -= 0.01 * dW
"""


def test_a_column_less_a_row_is_said_to_be_a_square():
    report = report_of(BROADCAST)
    assert report
    assert report.note == (
        "Line 7: X @ W - y has the shape (5, 5), as (5, 1) and (5,) are broadcast."
    )
    assert report_of(BROADCAST.replace("size=5)", "size=(5, 1))")).note == ""


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

ASSUMED = """\
import numpy as np


def gradients(X, Z, y, W, V, b):
    out = X @ W + Z @ V + b
    error = out - y
    dW = 0.5 * X.T @ error
    dV = Z.T @ error
    db = error.sum(axis=0)
    return dW, dV, db
"""


def test_of_an_assumed_loss_the_right_number_is_by_the_factor_of_the_others():
    rng = np.random.default_rng(0)
    shapes = (5, 3), (5, 2), (5, 1), (3, 1), (2, 1), (1,)
    report = report_of_call(ASSUMED, *(rng.normal(size=s) for s in shapes), name="gradients")
    assert verdicts(report) == {"dW": "wrong", "dV": "right", "db": "right"}
    assert report.rows[0].ratio == pytest.approx(0.5)
    assert all(row.ratio == pytest.approx(1) for row in report.rows[1:])


def test_where_no_edit_mends_the_lines_that_may_be_to_blame_are_named():
    report = report_of(
        TWO.replace("dh * (1 + h**2)", "np.sqrt(np.abs(dh)) + h**3 - W1.sum()").replace(
            "h.T @ out", "h.T @ dout"
        )
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


def test_a_report_in_a_notebook_and_as_json_has_the_new_verdicts():
    report = report_of(LOST)
    html = report._repr_mimebundle_()["text/html"]
    assert "not checked" in html or "未检查" in html
    rows = report_of(EITHER).to_dict()["rows"]
    assert rows[0]["suggestion"] == "db += 0.5 * e"
    assert rows[0]["alternatives"] == [12]

"""What the new verdicts are worth where a file is marked."""

from microgradnet.checking.reporting.report import Report, Row
from microgradnet.grading.marking import Asked, hidden, mark

OF = "5 times dL/dW: the mean over 5 samples is left out"


def row(name, verdict, **more):
    return Row(name, verdict, 5.0, 1.0, 0.0, line=3, **more)


def test_what_is_scaled_has_its_points():
    marks = mark("a.py", Report((row("dW", "scaled", of=OF),)), Asked({"d_L_d_W": 2.0}))
    assert (marks.points, marks.status, marks.right) == (2.0, 0, (1, 1))


def test_where_it_is_strict_what_is_scaled_is_not_right():
    report = Report((row("dW", "scaled", of=OF),))
    assert mark("a.py", report, Asked(strict=True)).status == 1
    assert mark("a.py", report, Asked()).status == 0


def test_what_is_not_checked_has_none():
    report = Report(
        (row("dW", "right", of="dL/dW"), row("b", "not checked", why="b never changes"))
    )
    marks = mark("a.py", report, Asked({}))
    assert (marks.points, marks.most, marks.status) == (1.0, 2.0, 1)
    assert marks.first_mistake.words == "b never changes"


def test_a_hidden_report_has_no_correction():
    wrong = row("dW", "wrong", mistake="uses q", suggestion="dW = X.T @ dq", alternatives=(7,))
    shown = hidden(Report((wrong, row("b", "not checked", why="b never changes")))).rows
    assert (shown[0].suggestion, shown[0].mistake, shown[0].alternatives) == ("", "", ())
    assert shown[1].why == "b never changes"

"""Points: a mistake is paid once, what is left out or cannot be told gets none."""

import pytest

from microgradnet.checking.reporting.report import Report, Row
from microgradnet.grading.marking import asked, mark
from tests.grading.homework import LINE_OF_THE_MISTAKE, NO_FILE, NOTHING, RIGHT, WRONG
from tests.marks import few


def row(name, verdict, *follows, **more):
    return Row(name, verdict, 1.0, 2.0, 0.0, follows=follows, **more)


SPOILT = Report(
    (
        row("d_L_d_ypred", "wrong", mistake="a factor 2 is missing"),
        row("d_L_d_w1", "follows", "d_L_d_ypred", why="follows from d_L_d_ypred"),
        row("d_L_d_w2", "follows", "d_L_d_ypred", why="follows from d_L_d_ypred"),
        row("d_L_d_b1", "cannot tell", why="0 at every point tried"),
    )
)


@pytest.mark.parametrize(
    ("task", "found"),
    [  # a mistake is paid where it stands; in what has no points, by the first that follows
        (
            {"require": "d_L_d_ypred,d_L_d_w1,d_L_d_w2"},
            {"d_L_d_ypred": 0, "d_L_d_w1": 1, "d_L_d_w2": 1, "d_L_d_b1": 0},
        ),
        ({"points": {"d_L_d_w1": 3, "d_L_d_w2": 2}}, {"d_L_d_w1": 0, "d_L_d_w2": 2}),
    ],
)
def test_a_mistake_is_paid_once(task, found):
    items = {item.name: item for item in mark("a.py", SPOILT, asked(**task)).items}
    assert {name: items[name].points for name in found} == found
    assert items["d_L_d_b1"].message == "cannot tell: 0 at every point tried"
    paid = "follows from d_L_d_ypred; its points are lost here"
    assert (items["d_L_d_w1"].message == paid) == (found["d_L_d_w1"] == 0)


def test_what_is_required_without_points_has_to_be_right_all_the_same():
    marks = mark("a.py", SPOILT, asked("d_L_d_ypred,d_L_d_w1", {"d_L_d_w1": 4}))
    assert (marks.points, marks.most, marks.status) == (0.0, 4.0, 1)


def test_what_was_not_asked_for_is_named_where_it_is_not_right_and_costs_the_status():
    right, wrong = row("d_L_d_w", "right"), row("d_L_d_b", "wrong")
    marks = mark("a.py", Report((wrong, right)), asked("d_L_d_w"))
    assert [(item.name, item.extra) for item in marks.items] == [
        ("d_L_d_w", False),
        ("d_L_d_b", True),
    ]
    assert (marks.points, marks.most, marks.right, marks.status) == (1.0, 1.0, (1, 1), 1)


def test_no_rows_at_all_are_nothing_right():
    marks = mark("a.py", Report(()), asked())
    assert (marks.status, marks.points, marks.most, marks.share) == (1, 0.0, 1.0, 0.0)
    assert marks.items[0].message == "left out: no derivative was found in it"
    left = mark("a.py", Report(()), asked("d_L_d_w")).items[0]
    assert left.message == "left out: no derivative was found in it"


def test_the_worst_of_one_name_counts_and_without_words_shows_its_numbers():
    rows = row("grads['W']", "right"), row("W_grad", "wrong")
    assert mark("a.py", Report(rows), asked("d_L_d_W")).items[0].verdict == "wrong"
    assert mark("a.py", Report(rows[1:]), asked()).items[0].words == "written 1, right 2"


def test_points_are_summed_as_decimal_fractions():
    rows = tuple(row(name, "right") for name in ("d_L_d_a", "d_L_d_b", "d_L_d_c"))
    marks = mark("a.py", Report(rows), asked(points=dict.fromkeys(["dada", "dadb", "dadc"], 0.1)))
    assert marks.most == 0.3


def test_leaving_one_out_is_no_longer_right(homework):
    one = homework(RIGHT)
    assert one.run() == 0
    assert one.run("--require", "d_L_d_w,d_L_d_x") == 1
    assert "there is no d_L_d_x in it; near: " in one.out
    assert one.run("--require", "d_L_d_w,dL_db") == 0


def test_the_table_of_points_stands_below_the_report(homework):
    one = homework(WRONG)
    assert one.run("--require", "d_L_d_w,d_L_d_b") == 1
    assert "uses w where x belongs" in one.out
    assert one.out.rstrip().endswith("1 of 2 right, 1 of 2 points. Checked: by_hand.")


@pytest.mark.parametrize("source", [NO_FILE, NOTHING, "1 / 0", "quit()"])
def test_what_cannot_be_checked_has_status_2_and_a_sentence(source, homework):
    one = homework(source)
    assert one.run("--require", "d_L_d_w") == 2
    assert one.err.count("\n") == 1
    assert one.out == ""


GIVEN_AWAY = ("uses w", "belongs", "ratio", "for example", "written")


@pytest.mark.parametrize("how", few(["", "--json", "--format gradescope", "--junit"], 2))
def test_hidden_answers_are_nowhere(how, homework, tmp_path):
    one, path = homework(WRONG), tmp_path / "results"
    more = ["--output", str(path)] if "--format" in how else [str(path)] * ("--junit" in how)
    one.run(*how.split(), *more, "--hide-answers", "--witness")
    said = one.out + one.err + (path.read_text() if path.exists() else "")
    known = [
        word for word in GIVEN_AWAY if word in said.replace('"written"', "").replace('"ratio"', "")
    ]
    assert known == []
    assert f'"line": {LINE_OF_THE_MISTAKE}' in said or f"  {LINE_OF_THE_MISTAKE}" in said
    assert "follows from d_ypred_d_w" in said


def test_hidden_numbers_are_null_in_json(homework):
    report = homework(WRONG).json("--hide-answers")
    numbers = {row[k] for row in report["rows"] for k in ("written", "right", "ratio", "bound")}
    assert numbers == {None}
    assert not any(row["example"] or row["at_example"] or row["of"] for row in report["rows"])
    assert report["point"] == {}
    assert report["note"] == ""


def test_why_it_cannot_be_told_is_said_where_answers_are_hidden(homework):
    one = homework(
        "from microgradnet import grad\n" + RIGHT.replace("= x", "= grad(y_pred, [w])[0]")
    )
    assert one.run("--hide-answers") == 1
    assert "computed automatically" in one.out
    rows = {row["name"]: row for row in one.json("--hide-answers")["rows"]}
    row = rows["d_ypred_d_w"]
    assert (row["verdict"], row["right"]) == ("cannot tell", None)
    assert "computed automatically" in row["why"]
    results = one.results("gradescope", "--require", "d_ypred_d_w,d_L_d_b")
    assert [test["score"] for test in results["tests"]][:2] == [0.0, 1.0]

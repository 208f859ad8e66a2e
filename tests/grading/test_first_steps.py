"""What teachers and graders are promised: points, what is left out, a class, files for graders."""

from dataclasses import replace

from microgradnet.checking.reporting.report import Report, Row
from microgradnet.grading.folder import as_csv, files_of, kind_of, mistakes_of, of_class
from microgradnet.grading.formats import gradescope, junit, prairielearn
from microgradnet.grading.marking import asked, hidden, mark, near, split_names
from microgradnet.words import say

RIGHT = Row("d_L_d_w", "right", 2.0, 2.0, 0.0)
WRONG = Row("d_L_d_b", "wrong", 2.0, -2.0, 0.0, mistake="the sign is wrong", line=7)
FOLLOWS = Row("update b", "follows", 1.0, -1.0, 0.0, follows=("d_L_d_b",), line=9)


def test_every_row_is_worth_a_point_and_what_follows_gets_it():
    marks = mark("a.py", Report((RIGHT, WRONG, FOLLOWS)), asked())
    assert [item.points for item in marks.items] == [1.0, 0.0, 1.0]


def test_points_are_those_of_the_task():
    marks = mark("a.py", Report((RIGHT, WRONG)), asked(points={"d_L_d_w": 3, "d_L_d_b": 2}))
    assert (marks.points, marks.most) == (3.0, 5.0)


def test_a_file_that_was_not_checked_has_no_points_and_says_why():
    marks = mark("a.py", "it ran for more than 10 s", asked("d_L_d_w"))
    assert (marks.status, marks.points, marks.most) == (2, 0.0, 1.0)
    assert "10 s" in marks.items[0].message


def test_names_near_to_a_misspelt_one_are_suggested():
    assert near("d_L_d_w11", ["d_L_d_w1", "forward"]) == "; near: d_L_d_w1"
    assert near("rhubarb", ["d_L_d_w1"]) == ""


def test_names_are_split_at_commas_outside_of_brackets():
    assert split_names("dW[0, 1], db") == ["dW[0, 1]", "db"]


def test_hidden_answers_are_in_no_row():
    (row,) = hidden(Report((WRONG,))).rows
    assert (row.verdict, row.line, row.mistake) == ("wrong", 7, "")
    assert row.right != row.right  # nan: there is none


def test_graders_get_a_test_for_each_item_with_the_mistake_as_its_message():
    marks = mark("a.py", Report((RIGHT, WRONG)), asked())
    assert "the sign is wrong" in gradescope(marks)["tests"][1]["output"]
    assert "the sign is wrong" in prairielearn(marks)["tests"][1]["message"]
    assert "the sign is wrong" in junit([marks])


def test_a_class_is_a_table_and_its_most_frequent_mistakes():
    marks = [mark(f"{k}.py", Report((WRONG,)), asked()) for k in range(3)]
    (mistake,) = mistakes_of(marks)
    assert (mistake.kind, len(mistake.files)) == ("the sign is wrong", 3)
    assert "the sign is wrong: 3 of 3" in of_class(marks, [mistake])
    guess = replace(mistake, kind="is ...: copied?", example="is a: copied?")
    assert "is ...: copied? 3 of 3" in of_class(marks, [guess])


def test_mistakes_are_the_same_but_for_names_and_numbers():
    used = "uses {used} where {meant} belongs"
    one, other = say(used, used="x[0]", meant="x[1]"), say(used, used="h1", meant="w5")
    guess = say("{words}: copied from {name}?", words=one, name="d_h1_d_w1")
    assert kind_of(guess) == kind_of(other) == "uses ... where ... belongs"


def test_a_spreadsheet_has_a_line_for_each_file():
    lines = as_csv([mark("a.py", Report((RIGHT, WRONG)), asked())]).splitlines()
    assert lines[1] == "a.py,1,2,1,2,1,d_L_d_b,the sign is wrong,7"


def test_files_are_found_in_folders_and_hidden_ones_are_left_alone(tmp_path):
    for name in ("a.py", "b/hw.ipynb", "b/__init__.py", "b/.ipynb_checkpoints/hw.ipynb", "c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = [str(file).removeprefix(str(tmp_path)) for file in files_of(tmp_path)]
    assert found == ["/a.py", "/b/hw.ipynb"]

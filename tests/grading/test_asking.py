"""What a task asks for: names and points as teachers write them, and misspell them."""

import json

import pytest

from microgradnet.checking.reporting.report import Row
from microgradnet.grading.marking import asked, rows_of
from tests.grading.homework import RIGHT


def lines(tmp_path, text):
    file = tmp_path / "points.txt"
    file.write_text(text, encoding="utf-8")
    return file


def test_points_stand_in_lines_or_in_json(tmp_path):
    wanted = {"d_L_d_w": 2.0, "update w": 0.5, "grads['b']": 1.0}
    text = "# homework 1\nd_L_d_w = 2\nupdate w=0.5  # half\n\ngrads['b'] = 1e0\n"
    assert asked(points=lines(tmp_path, text)).points == wanted
    assert asked(points=lines(tmp_path, json.dumps(wanted))).points == wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("d_L_d_w 2", "line 1: expected name = points, not d_L_d_w 2"),
        ("\nd_L_d_w = two", "d_L_d_w is worth 'two': points are numbers, 0 or more"),
        ("d_L_d_w = -1", "d_L_d_w is worth '-1'"),
        ("d_L_d_w = nan", "d_L_d_w is worth 'nan'"),
        ('{"d_L_d_w": true}', "d_L_d_w is worth True"),
        ('{"d_L_d_w": [1]}', "is worth"),
        ('{"d_L_d_w": 1,}', "is no JSON"),
        ('["d_L_d_w"]', "not a list"),
        ("d_L_d_w = 1\ndL_dw = 2", "dL_dw is there twice, as d_L_d_w"),
        ('{"d_L_d_w": 1, "d_L_d_w": 2}', "d_L_d_w is there twice"),
        ("# nothing", "has no points"),
        ("= 3", "expected name = points"),
    ],
)
def test_points_that_are_none_are_refused_and_named(text, says, tmp_path):
    with pytest.raises(ValueError, match=r"points\.txt") as refused:
        asked(points=lines(tmp_path, text))
    assert says in str(refused.value)


def test_points_of_what_is_not_required_are_refused_with_what_is_near():
    with pytest.raises(ValueError, match="d_L_d_w11 is not among what is required; near: d_L_d_w1"):
        asked("d_L_d_w1,d_L_d_b1", {"d_L_d_w11": 2})


def test_a_name_that_is_required_twice_is_refused():
    with pytest.raises(ValueError, match="--require: dL_dw is there twice, as d_L_d_w"):
        asked("d_L_d_w,dL_dw")


def test_a_refusal_of_the_task_is_no_verdict_on_the_file(homework, tmp_path):
    one = homework(RIGHT)
    assert one.run("--points", str(lines(tmp_path, "d_L_d_w = x"))) == 2
    assert one.err.count("\n") == 1
    assert one.run("--points", str(tmp_path / "absent.txt")) == 2
    assert one.err.endswith("absent.txt cannot be read: No such file or directory\n")
    (tmp_path / "bytes.txt").write_bytes(b"\xff = 1")
    assert one.run("--points", str(tmp_path / "bytes.txt")) == 2
    assert "bytes.txt cannot be read" in one.err


SPELLINGS = [
    ("d_L_d_w1", "dL_dw1"),
    ("dL_dw1", "d_L_d_w1"),
    ("d_y_pred_d_w5", "d_ypred_d_w5"),
    ("d_L_d_W1", "grads['W1']"),
    ('grads["W1"]', "grads['W1']"),
    ("dW1", "W1_grad"),
    ("dW1", "grads['dW1']"),
    ("d_loss_d_W1", "dW1"),
    ("update w4", "update w4"),
]


@pytest.mark.parametrize(("name", "written"), SPELLINGS)
def test_a_name_is_found_in_other_spellings(name, written):
    assert rows_of(name, [Row(written, "right", 1.0, 1.0, 0.0)])


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("d_L_d_w1", "d_L_d_w2"),
        ("d_L_d_w1", "update w1"),
        ("d_h1_d_w1", "dw1"),
        ("dW1", "dW2"),
        ("forward", "update forward"),
    ],
)
def test_another_derivative_is_not_taken_for_it(name, written):
    assert not rows_of(name, [Row(written, "right", 1.0, 1.0, 0.0)])


def test_what_an_array_is_found_to_be_the_gradient_by_counts_as_its_name():
    row = Row("nabla_w[-1]", "right", 1.0, 1.0, 0.0, of="dL/dself.weights[2]")
    assert rows_of("d_L_d_weights[2]", [row]) == [row]
    assert rows_of("d_L_d_weights[1]", [row]) == []

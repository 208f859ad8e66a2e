"""The smallest example of a mistake: numbers at which everyone sees that it is one."""

import math
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microgradnet as mg
from tests.checking.handmade import TUTORIAL, blamed, check, mistakes, spoil


@pytest.mark.slow
def test_each_mistake_is_blamed_and_named():
    source = TUTORIAL.function()
    for old, new, name, words in mistakes(TUTORIAL):
        report = check(spoil(source, old, new))
        assert blamed(report) == [name], (new, report)
        row = report.rows[0]
        assert words in row.mistake
        assert row.example
        assert row.written != row.right
        assert row.at_example[0] != row.at_example[1]
        assert all(r.verdict in ("right", "follows") for r in report.rows[1:])


def test_the_report_as_a_table_and_as_data():
    old, new, name, words = mistakes(TUTORIAL)[0]
    report = check(spoil(TUTORIAL.function(), old, new), witness=True)
    entry = report.to_dict()["rows"][0]
    assert entry["name"] == name
    assert entry["mistake"] == "uses x[0] where x[1] belongs: copied from d_h2_d_w3?"
    assert entry["example"]["x[1]"] == 1.0
    assert entry["difference"]["value"] == pytest.approx(entry["right"])
    assert report.to_dict()["rows"][1]["follows"] == [name]
    assert entry["at_example"] == [0.0, 0.25]
    assert report.to_dict()["point"]["x[1]"] == report.point["x[1]"] != 1.0
    assert words in report._repr_html_()
    assert "for example at x[1] = 1, all others 0: written 0, right 0.25" in str(report)


def test_no_thread_is_started(monkeypatch):
    monkeypatch.setattr(threading.Thread, "start", None)
    old, new, _, _ = mistakes(TUTORIAL)[0]
    assert check(spoil(TUTORIAL.function(), old, new)).rows[0].example


def test_one_table_has_the_numbers_of_one_point():
    old, new, name, _ = mistakes(TUTORIAL)[0]
    right = {row.name: row for row in check(TUTORIAL.function()).rows}
    report = check(spoil(TUTORIAL.function(), old, new))
    for row in report.rows:
        assert row.right == right[row.name].right
        assert row.name == name or row.follows or row.written == right[row.name].written
    assert f"The numbers are those at w1 = {report.point['w1']:.6g}" in str(report)


def test_branches_on_the_target():
    def by_hand(w, x, y_true):
        y_pred = 1 / (1 + math.exp(-w * x))
        if y_true == 1:
            L = -math.log(y_pred)
            d_L_d_ypred = 1 / y_pred
        else:
            L = -math.log(1 - y_pred)
            d_L_d_ypred = 1 / (1 - y_pred)
        return locals()

    report = mg.check(by_hand)
    assert blamed(report) == ["d_L_d_ypred"]
    assert report.rows[0].example["y_true"] == 1.0


@settings(max_examples=3)
@given(st.integers(1, 3))
def test_within_a_test_of_hypothesis(n):
    report = mg.check(lambda w, x: {"L": w * x**n, "d_L_d_w": x ** (n + 1)})
    assert report.rows[0].example

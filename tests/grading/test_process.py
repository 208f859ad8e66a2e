"""mg.check_file: code that ends itself, takes too much or prints a lot; the folder it works in."""

from dataclasses import replace

import pytest

import microgradnet as mg
from microgradnet.checking.evidence import gathered
from microgradnet.checking.taking import check_here
from microgradnet.grading.verdict import judged

RIGHT = """
def by_hand(w, x, y_true):
    y_pred = w * x
    L = (y_pred - y_true) ** 2
    d_L_d_ypred = 2 * (y_pred - y_true)
    d_ypred_d_w = x
    return locals()
"""


@pytest.fixture
def checked(tmp_path):
    """Checks a source in a process of its own."""

    def check(source, **settings):
        file = tmp_path / "net.py"
        file.write_text(source)
        return mg.check_file(file, **settings)

    return check


def test_the_report_is_that_of_this_process(checked, tmp_path):
    report = checked(RIGHT.replace("= x\n", "= w\n"), witness=True)
    assert report == mg.check(tmp_path / "net.py", witness=True)
    assert report.rows[0].mistake == "uses w where x belongs"


def test_an_endless_loop_is_ended(checked):
    with pytest.raises(mg.NotCheckedError, match=r"takes longer than 0.2 s"):
        checked("while True: pass", timeout=0.2)


def test_what_lies_beside_the_file_is_read_and_imported_and_stays_as_it_is(
    checked, tmp_path, monkeypatch
):
    monkeypatch.setenv("TOKEN", "secret")
    (tmp_path / "train.csv").write_text("1")
    (tmp_path / "helper.py").write_text("def double(x):\n    return 2 * x\n")
    source = f"""
import os
from helper import double
assert open("train.csv").read() == "1" and "TOKEN" not in os.environ
open("train.csv", "w").write("2")
os.remove("train.csv")
open("more", "w").close()
{RIGHT.replace("2 * (y_pred", "double(y_pred")}
"""
    report = checked(source)
    assert report
    assert "Left out" not in report.note
    assert (tmp_path / "train.csv").read_text() == "1"
    assert {p.name for p in tmp_path.iterdir()} == {"net.py", "helper.py", "train.csv"}


@pytest.mark.slow
def test_data_that_is_too_large_to_be_copied_is_named(checked, tmp_path):
    with open(tmp_path / "train.csv", "wb") as stream:
        stream.truncate(65 * 2**20)
    report = checked(f"{RIGHT}rows = open('train.csv').read()")
    assert "train.csv is too large to be copied: 64 MiB" in report.note


@pytest.mark.parametrize("limit", [{"timeout": 0}, {"memory": -1}, {"timeout": float("nan")}])
def test_a_limit_that_is_none_is_refused(checked, limit):
    with pytest.raises(ValueError, match="expected a number above 0"):
        checked(RIGHT, **limit)


def test_what_is_recorded_is_judged_here_whatever_the_report_says(tmp_path):
    file = tmp_path / "net.py"
    file.write_text(RIGHT.replace("= x\n", "= w\n"))
    with gathered():
        report = check_here(file)
    lying = replace(report, rows=tuple(replace(row, verdict="right") for row in report.rows))
    assert lying
    assert {row.name: row.verdict for row in judged(lying, report.evidence).rows} == {
        "d_ypred_d_w": "wrong",
        "d_L_d_ypred": "right",
    }
    assert not judged(lying, {"runs": []})

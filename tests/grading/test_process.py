"""mg.check_file: code that ends itself, takes too much or prints a lot; the folder it works in."""

import itertools
from dataclasses import replace

import pytest

import microgradnet as mg
from microgradnet.checking.entry_points import check_here
from microgradnet.checking.reporting.report import Report, Row
from microgradnet.grading import copies, process
from microgradnet.grading.proof import Text, held_against
from tests.sources import text_of

RIGHT = """
def by_hand(w, x, y_true):
    y_pred = w * x
    L = (y_pred - y_true) ** 2
    d_L_d_ypred = 2 * (y_pred - y_true)
    d_ypred_d_w = x
    return locals()
by_hand(0.5, 2.0, 1.0)
"""


TALL = text_of("tall")


KEPT = {"OPENBLAS_CORETYPE": "Haswell", "MKL_CBWR": "COMPATIBLE"}


@pytest.fixture
def checked(tmp_path):
    """Checks a source in a process of its own."""

    def check(source, **settings):
        file = tmp_path / "net.py"
        file.write_text(source)
        return mg.check_file(file, **settings)

    return check


@pytest.mark.slow
def test_an_example_of_many_rows_is_handed_over(checked):
    (row,) = [r for r in checked(TALL).rows if r.verdict == "wrong"]
    assert row.name == "dH"
    assert len(row.at_example[0]) == 12


def test_the_report_is_that_of_this_process(checked, tmp_path):
    report = checked(RIGHT.replace("= x\n", "= w\n"))
    assert report == check_here(tmp_path / "net.py")
    assert report.rows[0].mistake == "uses w where x belongs"


def test_an_endless_loop_is_ended(checked):
    with pytest.raises(mg.NotCheckedError, match=r"takes longer than 0.2 s"):
        checked("while True: pass", timeout=0.2)


@pytest.mark.slow
def test_the_time_to_check_is_counted_apart(checked, monkeypatch):
    monkeypatch.setattr(process, "TO_CHECK", 0)
    with pytest.raises(mg.NotCheckedError, match=r"checking the code takes longer than 0 s"):
        checked(RIGHT)


@pytest.mark.slow
def test_the_time_in_which_the_code_waits_for_a_core_is_not_counted(checked, monkeypatch):
    behind = itertools.chain([0.0, 0.0], itertools.repeat(60.0))  # before it starts, and runs
    monkeypatch.setattr(process, "waited", lambda _: next(behind))
    assert checked("import time\ntime.sleep(1.5)\n" + RIGHT, timeout=1.0)


@pytest.mark.slow
def test_what_lies_beside_the_file_is_read_and_imported_and_stays_as_it_is(
    checked, tmp_path, monkeypatch
):
    for name, text in KEPT.items():  # of these the last bits of numbers depend
        monkeypatch.setenv(name, text)
    monkeypatch.setenv("TOKEN", "secret")
    (tmp_path / "train.csv").write_text("1")
    (tmp_path / "helper.py").write_text("def double(x):\n    return 2 * x\n")
    source = f"""
import os
from helper import double
assert open("train.csv").read() == "1" and "TOKEN" not in os.environ
assert os.environ["OMP_NUM_THREADS"] == "1"
assert [os.environ[name] for name in {list(KEPT)}] == {list(KEPT.values())}
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
    assert "train.csv is too large to be copied: at most 64 MiB" in report.note


@pytest.mark.parametrize("limit", [{"timeout": 0}, {"memory": -1}, {"timeout": float("nan")}])
def test_a_limit_that_is_none_is_refused(checked, limit):
    with pytest.raises(ValueError, match="expected a number above 0"):
        checked(RIGHT, **limit)


@pytest.mark.slow
def test_what_a_file_does_to_itself_and_the_modules_beside_it_is_done_to_copies(checked, tmp_path):
    (tmp_path / "helper.py").write_text("twice = 2\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "more.py").write_text("one = 1\n")
    source = f"""
import os, sys, helper
from lib import more
for module in (helper, more):
    open(module.__file__, "w").write("twice = 3")
    os.remove(module.__file__)
assert os.listdir() and os.getcwd() == sys.path[0] == os.path.dirname(__file__)
assert os.path.samefile(__file__, "net.py")
os.remove(__file__)
{RIGHT.replace("2 * (y_pred", "helper.twice * (y_pred")}
"""
    assert checked(source)
    assert (tmp_path / "net.py").read_text() == source
    assert (tmp_path / "helper.py").read_text() == "twice = 2\n"
    assert (tmp_path / "lib" / "more.py").read_text() == "one = 1\n"


@pytest.mark.slow
def test_what_is_imported_from_above_is_a_copy_too(tmp_path):
    home = tmp_path / "lab" / "hw"
    home.mkdir(parents=True)
    for name in ("lab/__init__", "lab/hw/__init__", "lab/hw/own", "lab/shared", "above"):
        (tmp_path / f"{name}.py").write_text("twice = 2\n")
    file = home / "net.py"
    file.write_text(f"""
import above
from . import own
from .. import shared
for module in (above, own, shared):
    open(module.__file__, "w").write("twice = 3")
{RIGHT.replace("2 * (y_pred", "own.twice * shared.twice / above.twice * (y_pred")}
""")
    report = mg.check_file(file)
    assert report
    assert {path.read_text() for path in tmp_path.rglob("*.py")} == {
        "twice = 2\n",
        file.read_text(),
    }


@pytest.mark.slow
def test_a_module_for_which_there_is_no_room_is_imported_from_where_it_lies(
    checked, tmp_path, monkeypatch
):
    monkeypatch.setattr(copies, "MOST_BYTES", 20)
    (tmp_path / "helper.py").write_text(f"twice = 2\n# {'long' * 10}\n")
    assert checked(f"import helper\n{RIGHT.replace('2 * (y_pred', 'helper.twice * (y_pred')}")


@pytest.mark.slow
def test_rows_of_a_module_beside_it_name_the_original(checked, tmp_path):
    (tmp_path / "helper.py").write_text(RIGHT)
    report = checked("from helper import by_hand\n")
    assert report
    assert {row.file for row in report.rows} == {str(tmp_path / "helper.py")}


REWRITES = """
text = open(__file__).read()
open(__file__, "w").write(text.replace("d_ypred_d_w = w", "d_ypred_d_w = x"))
"""


@pytest.mark.slow
def test_a_file_that_rewrites_itself_is_checked_as_it_was(checked):
    report = checked(RIGHT.replace("= x\n", "= w\n") + REWRITES)
    assert {row.name: (row.verdict, row.code) for row in report.rows} == {
        "d_ypred_d_w": ("wrong", "d_ypred_d_w = w"),
        "d_L_d_ypred": ("right", "d_L_d_ypred = 2 * (y_pred - y_true)"),
    }


@pytest.mark.parametrize("text", ["d_L_d_w = w", "# d_L_d_w = x", "'''\nd_L_d_w = x'''", ""])
def test_a_row_of_a_line_that_was_not_there_is_not_right(text):
    row = Row("d_L_d_w", "right", 1.0, 1.0, 0.0, file="a.py", line=1 + text.count("\n"))
    row = replace(row, code="d_L_d_w = x")
    (row,) = held_against(Report((row,)), {"a.py": Text(text)}).rows
    assert (row.verdict, row.code) == ("cannot tell", text * (text == "d_L_d_w = w"))
    assert row.why.startswith(f"line {row.line} of a.py does not say what was run")


@pytest.mark.parametrize("place", [{"file": "other.py", "line": 1}, {}])
def test_a_row_of_no_text_that_was_read_is_not_right(place):
    row = Row("d_L_d_w", "right", 1.0, 1.0, 0.0, **place)
    (held,) = held_against(Report((row,)), {"a.py": Text("d_L_d_w = x")}).rows
    assert (held.verdict, held.why[:16]) == ("cannot tell", "the report names")


def test_the_row_of_the_forward_pass_has_no_line_where_other_rows_have_one():
    forward = Row("forward", "right", 1.0, 1.0, 0.0)
    placed = Row("d_L_d_w", "right", 1.0, 1.0, 0.0, file="a.py", line=1, code="d_L_d_w = x")
    texts = {"a.py": Text("d_L_d_w = x")}
    assert held_against(Report((placed, forward)), texts)
    assert not held_against(Report((forward,)), texts)


def test_a_row_shows_its_line_as_the_text_has_it(tmp_path):
    text = """
def by_hand(w, x, y):
    kept, o = [], w
    o = o * x; L = (o - y) ** 2
    kept.append((x, 2 * (o - y)))
    for z, d_L_d_o in reversed(kept):
        d_L_d_w = (d_L_d_o *
            z)
by_hand(0.5, 0.7, 1.0)
"""
    (tmp_path / "net.py").write_text(text)
    report = check_here(tmp_path / "net.py")
    assert {row.line for row in report.rows} == {6, 7}
    assert held_against(report, {str(tmp_path / "net.py"): Text(text)}) == report

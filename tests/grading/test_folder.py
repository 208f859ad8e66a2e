"""A class: a bad file stops nothing, Ctrl-C leaves what is done, scores are as expected."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from microgradnet.__main__ import main
from microgradnet.grading.workers import side_by_side
from tests.grading.homework import NO_FILE, RIGHT, WRONG, a_class
from tests.grading.played import MOST, POINTS, played
from tests.marks import share
from tests.terminal import interruptible

DIES = "import os\nos.kill(os.getpid(), 9)\n" + RIGHT
HANGS = "import pathlib, time\npathlib.Path({!r}).touch()\ntime.sleep(60)\n" + RIGHT
posix = pytest.mark.skipif(os.name == "nt", reason="sends signals")


def checked(folder, capsys, *options):
    status = main(["check", str(folder), "--json", *options])
    return status, json.loads(capsys.readouterr().out)


@pytest.mark.slow
@posix
def test_one_bad_file_stops_nothing_and_what_another_has_written_is_not_ones_own(tmp_path, capsys):
    folder = a_class(tmp_path / "hw", a=RIGHT, b=NO_FILE, c=DIES, d="from a import by_hand\n")
    a_class(folder / "e", _own=RIGHT, hw="from _own import by_hand\n")
    status, found = checked(f"{folder}:by_hand", capsys, "--jobs", "1")
    assert status == 2
    files = {one["file"]: one for one in found["files"]}
    assert {name: one["right"] for name, one in files.items()} == {
        **{"a.py": True, "b.py": False, "c.py": False, "d.py": False, "e/hw.py": True}
    }
    assert all(bool(one["error"]) == (not one["right"]) for one in files.values())
    assert files["d.py"]["error"] == "the checked code is in a.py, another file of the class"
    assert found["finished"]


def test_a_class_is_told_as_a_text_and_in_tables(here, tmp_path, capsys):
    folder = a_class(tmp_path / "hw", ann=RIGHT, bob=WRONG, **{"=1+1": NO_FILE})
    table, junit = tmp_path / "out" / "class.csv", tmp_path / "out" / "class.xml"
    options = ["--csv", str(table), "--junit", str(junit), "--require", "d_ypred_d_w,d_L_d_v"]
    assert main(["check", str(folder), *options]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"microgradnet: checking 3 files of {folder}\n")
    assert "no file has d_L_d_v: is the name spelled correctly?" in said.err
    assert "uses w where x belongs: 1 of 3 (d_ypred_d_w of bob.py, line 6)" in said.out
    with table.open(encoding="utf-8-sig", newline="") as file:
        broken, ann, bob = csv.DictReader(file)
    assert broken["file"] == "'=1+1.py"  # no formula
    assert (ann["file"], ann["status"], ann["points"], ann["mistake"]) == (
        *("ann.py", "1", "1"),
        "there is no d_L_d_v in it; near: d_L_d_w, d_L_d_b",
    )
    assert (bob["right"], bob["of"], bob["points"]) == ("0", "2", "0")
    assert (bob["item"], bob["mistake"]) == ("d_ypred_d_w", "uses w where x belongs")
    assert junit.read_text().count("<testsuite ") == 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--format", "gradescope"], "--format is for one file"),
        (["--jobs", "0"], "--jobs is a number"),
        (["--timeout", "nan"], "--timeout is nan: expected a number above 0"),
        (["--memory", "0"], "--memory is 0: expected a number above 0"),
        (
            ["--output", "x.json"],
            "--output is the file for --format: give --format, too (text, json, git",
        ),
        (["--files", "*.java"], "has no files *.java"),
        (["--files", "/hw/*.py"], "--files is a pattern within the folder"),
    ],
)
def test_options_that_do_nothing_for_a_class_are_refused(options, says, tmp_path, capsys):
    folder = a_class(tmp_path / "hw", ann=RIGHT)
    results = tmp_path / "results.json"
    more = ["-o", str(results)] if "--format" in options else []
    assert main(["check", str(folder), *options, *more]) == 2
    assert says in capsys.readouterr().err
    assert results.exists() == bool(more)


@pytest.mark.parametrize("option", [["--csv", "x.csv"], ["--files", "*.py"], ["--jobs", "2"]])
def test_options_of_a_class_are_refused_for_a_file(option, homework):
    one = homework(RIGHT)
    assert one.run(*option) == 2
    assert f"{option[0]} is for a folder" in one.err


@pytest.mark.slow
@posix
def test_what_is_done_is_left_by_ctrl_c(tmp_path):
    begun = tmp_path / "begun"
    folder = a_class(tmp_path / "hw", a=RIGHT, b=HANGS.format(str(begun)), c=RIGHT)
    table = tmp_path / "class.csv"
    command = [sys.executable, "-m", "microgradnet", "check", str(folder), "--jobs", "1"]
    piped = {"stderr": subprocess.PIPE, "preexec_fn": interruptible}
    with subprocess.Popen([*command, "--csv", str(table)], **piped) as process:
        while not begun.exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 2
    assert said.decode().splitlines()[1:] == ["microgradnet: interrupted: 2 of 3 not checked"]
    assert table.read_text(encoding="utf-8-sig").splitlines()[1].startswith("a.py,4,4,")
    assert len(table.read_text().splitlines()) == 2


@pytest.mark.slow
def test_a_script_without_a_main_guard_checks_a_folder(tmp_path):
    folder, script = a_class(tmp_path / "hw", a=RIGHT), tmp_path / "marks.py"
    run = f"raise SystemExit(main(['check', {str(folder)!r}]))"
    script.write_text(f"from microgradnet.__main__ import main\n{run}\n")
    said = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert said.returncode == 0
    assert said.stdout.endswith("1 of 1 files are right.\n")
    assert said.stderr.splitlines() == [f"microgradnet: checking 1 file of {folder}"]


@pytest.mark.slow
def test_what_is_left_off_ends_its_processes(tmp_path):
    folder = a_class(tmp_path / "hw", a=RIGHT, b="import time\ntime.sleep(60)\n")
    answers = side_by_side([str(folder / "a.py"), str(folder / "b.py")], {}, 1)
    file, one = next(answers)
    assert (file, bool(one.found)) == (str(folder / "a.py"), True)
    answers.close()  # it ends, long before b.py does


@pytest.mark.slow
def test_a_class_of_many_has_the_scores_that_it_should(here, tmp_path, capsys):
    submissions = played(share(40), share(60))
    a_class(tmp_path, **{one.name: one.source for one in submissions})
    (tmp_path / "points.json").write_text(json.dumps(POINTS))
    status, found = checked(tmp_path, capsys, "--points", str(tmp_path / "points.json"))
    assert status == 1
    assert [one["file"] for one in found["files"]] == [f"{one.name}.py" for one in submissions]
    for one, report in zip(submissions, found["files"]):
        assert (report["points"], report["max_points"]) == (one.score, MOST), one
        bad = [item["name"] for item in report["items"] if item["verdict"] == "wrong"]
        assert bad == [one.wrong] * bool(one.wrong), one
        assert all(one.words in row["mistake"] for row in report["rows"] if row["name"] in bad)
    assert sum(one["right"] for one in found["files"]) == share(40)
    counts = {m["mistake"]: len(m["files"]) for m in found["mistakes"]}
    signs = [one for one in submissions if one.words == "the sign is wrong"]
    assert counts["the sign is wrong"] >= len(signs) >= share(10)
    assert [*counts.values()] == sorted(counts.values(), reverse=True)

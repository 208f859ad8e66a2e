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
from tests.grading.homework import NO_FILE, NOTHING, RIGHT, WRONG, a_class
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
def test_one_bad_file_stops_nothing(tmp_path, capsys):
    folder = a_class(tmp_path / "hw", a=RIGHT, b=NO_FILE, c=DIES, d=NOTHING, e=RIGHT)
    status, found = checked(folder, capsys, "--jobs", "1", "--require", "d_L_d_w")
    assert status == 2
    files = {one["file"]: one for one in found["files"]}
    assert [*files] == ["a.py", "b.py", "c.py", "d.py", "e.py"]
    assert [one["right"] for one in files.values()] == [True, False, False, False, True]
    assert all(bool(files[name]["error"]) == (name not in ("a.py", "e.py")) for name in files)
    assert found["finished"]


@pytest.mark.slow
def test_a_class_that_is_all_right_has_status_0_and_one_that_is_not_has_1(tmp_path, capsys):
    folder = a_class(tmp_path / "hw", ann=RIGHT)
    assert main(["check", str(folder), "--jobs", "1"]) == 0
    assert "1 of 1 files are right." in capsys.readouterr().out
    a_class(folder, bob=WRONG)
    table = tmp_path / "out" / "class.csv"
    junit = tmp_path / "out" / "class.xml"
    options = ["--jobs", "1", "--csv", str(table), "--junit", str(junit)]
    assert main(["check", str(folder), *options]) == 1
    said = capsys.readouterr().out
    assert "uses w where x belongs: 1 of 2 (d_ypred_d_w of bob.py, line 6)" in said
    with table.open(encoding="utf-8-sig", newline="") as file:
        ann, bob = csv.DictReader(file)
    assert (ann["file"], ann["status"], ann["points"], ann["mistake"]) == ("ann.py", "0", "4", "")
    assert (bob["right"], bob["of"], bob["points"]) == ("2", "4", "3")
    assert (bob["item"], bob["mistake"]) == ("d_ypred_d_w", "uses w where x belongs")
    assert junit.read_text().count("<testsuite ") == 2


@pytest.mark.slow
def test_a_name_that_nobody_has_is_said_to_be_misspelt(tmp_path, capsys):
    folder = a_class(tmp_path / "hw", ann=RIGHT)
    assert main(["check", str(folder), "--jobs", "1", "--require", "d_L_d_w,d_L_d_v"]) == 1
    assert "no file has d_L_d_v: is the name spelled correctly?" in capsys.readouterr().err


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
def test_what_another_of_the_class_has_written_is_not_ones_own(tmp_path, capsys):
    folder = a_class(tmp_path / "hw", ann=RIGHT, bob="from ann import by_hand\n")
    (folder / "cy").mkdir()
    (folder / "cy" / "_own.py").write_text(RIGHT)
    (folder / "cy" / "hw.py").write_text("from _own import by_hand\n")
    status, found = checked(f"{folder}:by_hand", capsys, "--jobs", "1")
    assert [one["right"] for one in found["files"]] == [True, False, True]
    assert (status, found["files"][1]["error"]) == (
        2,
        "the checked code is in ann.py, another file of the class",
    )


@pytest.mark.slow
def test_a_formula_in_a_name_is_none_in_the_spreadsheet(tmp_path):
    folder = a_class(tmp_path / "hw", **{"=1+1": NO_FILE})
    main(["check", str(folder), "--csv", str(tmp_path / "class.csv")])
    assert "\n'=1+1.py," in (tmp_path / "class.csv").read_text(encoding="utf-8-sig")


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
    script.write_text(f"from microgradnet.__main__ import main\nmain(['check', {str(folder)!r}])\n")
    said = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert said.stdout.endswith("1 of 1 files are right.\n")
    assert said.stderr.splitlines() == [f"microgradnet: checking 1 file of {folder}"]


@pytest.mark.slow
def test_what_is_left_off_ends_its_processes(tmp_path):
    folder = a_class(tmp_path / "hw", a=RIGHT, b="import time\ntime.sleep(60)\n")
    answers = side_by_side([str(folder / "a.py"), str(folder / "b.py")], {}, 1)
    file, one = next(answers)
    assert (file, bool(one.found)) == (str(folder / "a.py"), True)
    answers.close()  # it ends, long before b.py does


def plays(submissions, folder, capsys, *options):
    """Check a class, and hold each score against what it should be."""
    for one in submissions:
        (folder / one.name).write_text(one.source, encoding="utf-8")
    points = folder / "points.json"
    points.write_text(json.dumps(POINTS))
    status, found = checked(folder, capsys, "--points", str(points), *options)
    assert status == 1
    assert [one["file"] for one in found["files"]] == [one.name for one in submissions]
    for one, report in zip(submissions, found["files"]):
        assert (report["points"], report["max_points"]) == (one.score, MOST), one
        bad = [item["name"] for item in report["items"] if item["verdict"] == "wrong"]
        assert bad == [one.wrong] * bool(one.wrong), one
        assert all(one.words in row["mistake"] for row in report["rows"] if row["name"] in bad)
    return found


@pytest.mark.slow
def test_a_class_of_many_has_the_scores_that_it_should(tmp_path, capsys):
    submissions = played(share(40), share(60))
    found = plays(submissions, tmp_path, capsys)
    assert sum(one["right"] for one in found["files"]) == share(40)
    counts = {m["mistake"]: len(m["files"]) for m in found["mistakes"]}
    signs = [one for one in submissions if one.words == "the sign is wrong"]
    assert counts["the sign is wrong"] >= len(signs) >= share(10)
    assert [*counts.values()] == sorted(counts.values(), reverse=True)

"""examples/grading: the scripts of both graders run as they are, the test for pytest, Dask."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.grading.fields import validate
from tests.marks import has_sh
from tests.places import EXAMPLES, ROOT
from tests.sources import text_of

FOLDER = EXAMPLES / "grading"
WRONG = "d_ypred_d_w = x *", "d_ypred_d_w = w *"
GRADERS = {  # the script, the variable of its root, and where it finds what
    "gradescope": ("gradescope/run_autograder", "AUTOGRADER", "submission", "source"),
    "prairielearn": ("prairielearn/tests/run.sh", "GRADE", "student", "tests"),
}
# What a grader's image has and a test has not: another user, and microgradnet installed.
STANDING_IN = {
    "chown": "exit 0",
    "runuser": 'shift 3; exec "$@"',
    "microgradnet": f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m microgradnet "$@"',
}


def commands(folder, **bodies):
    """A folder of commands for PATH."""
    folder.mkdir(parents=True)
    for name, body in bodies.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return folder


def graded(kind, tmp_path, change=lambda source: source):
    """The results of a grader's script for the example as it is handed in."""
    script, variable, student, own = GRADERS[kind]
    for name in (student, own):
        (tmp_path / name).mkdir()
    shutil.copy(FOLDER / "points.txt", tmp_path / own)
    source = change((FOLDER / "by_hand.py").read_text())
    (tmp_path / student / "by_hand.py").write_text(source)
    path = commands(tmp_path / "bin", **STANDING_IN)
    commands(tmp_path / "venv" / "bin", microgradnet=STANDING_IN["microgradnet"])
    env = os.environ | {variable: str(tmp_path), "PATH": f"{path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", FOLDER / script], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((tmp_path / "results" / "results.json").read_text())


CASES = {  # what is handed in, with which command, its score of 6, and what is said
    "a mistake": (lambda source: source.replace(*WRONG), None, 5, "uses w where x belongs"),
    "no end": (lambda source: "while True: quit()", None, 0, "ended itself"),
    "no grader": (str, "exit 127", 0, "The grader did not start."),
}


@has_sh
@pytest.mark.slow
@pytest.mark.parametrize("kind", GRADERS)
@pytest.mark.parametrize("case", CASES)
def test_a_grader_finds_the_score_whatever_happens(kind, case, tmp_path, monkeypatch):
    change, command, score, said = CASES[case]
    if command:
        monkeypatch.setitem(STANDING_IN, "microgradnet", command)
    results = graded(kind, tmp_path, change)
    validate(kind, results)
    assert results.get("score", 0) == pytest.approx(score if kind == "gradescope" else score / 6)
    assert said in json.dumps(results)


@has_sh
def test_the_setup_of_gradescope_installs_the_wheel_of_the_zip(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "microgradnet-0.1.0-py3-none-any.whl").touch()
    noted = 'echo "$(basename "$0") $@" >> "$AUTOGRADER/calls"'
    commands(tmp_path / "venv" / "bin", python=noted)
    path = commands(tmp_path / "bin", **{"apt-get": noted, "python3": noted})
    env = os.environ | {"AUTOGRADER": str(tmp_path), "PATH": f"{path}:{os.environ['PATH']}"}
    subprocess.run(["bash", FOLDER / "gradescope" / "setup.sh"], env=env, check=True)
    *_, made, installed = (tmp_path / "calls").read_text().splitlines()
    assert made == "python3 -m venv venv"
    assert installed == "python -m pip install source/microgradnet-0.1.0-py3-none-any.whl"


def test_the_options_of_prairielearn_name_what_is_there_and_all_setups_are_short():
    (options,) = json.loads((FOLDER / "prairielearn" / "info.json").read_text()).values()
    known = {"enabled", "image", "entrypoint", "serverFilesCourse", "timeout", "enableNetworking"}
    assert {*options} <= known | {"environment"}
    entry = options["entrypoint"].removeprefix("/grade/")
    assert os.access(FOLDER / "prairielearn" / entry, os.X_OK)
    for script in [*FOLDER.glob("*/*"), *FOLDER.glob("*/*/*")]:
        assert not script.is_file() or len(script.read_text().splitlines()) <= 10, script


def test_what_the_readme_links_to_is_there_and_the_points_add_up():
    text = (FOLDER / "README.md").read_text()
    assert all((FOLDER / link).exists() for link in re.findall(r"\]\(([^)]+)\)", text))
    points = re.findall(r"^\w+ = (\d)", (FOLDER / "points.txt").read_text(), re.M)
    assert f"here {sum(map(int, points))}." in text


def ran(folder, *command):
    """What a command of Python says in a folder, and whether it failed."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, *command]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


@pytest.mark.slow
def test_the_test_for_pytest_fails_for_a_mistake_and_passes_else(tmp_path):
    for name in ("by_hand", "test_by_hand"):
        text = (FOLDER / f"{name}.py").read_text()
        (tmp_path / f"{name}.py").write_text(text)
        (tmp_path / f"{name}_wrong.py").write_text(
            text.replace(*WRONG).replace("from by_hand", "from by_hand_wrong")
        )
    done = ran(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".")
    assert done.stdout.splitlines()[-1].startswith("1 failed, 1 passed")
    assert "FAILED test_by_hand_wrong.py" in done.stdout
    assert "uses w where x belongs" in done.stdout


CLUSTER = text_of("cluster")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("distributed") is None, reason="needs the extra cluster")
def test_a_cluster_of_two_workers_checks_a_class(tmp_path):
    source, folder = (FOLDER / "by_hand.py").read_text(), tmp_path / "class"
    folder.mkdir()
    for name, text in {"a": source, "b": source.replace(*WRONG), "c": "quit()"}.items():
        (folder / f"{name}.py").write_text(text)
    (tmp_path / "run.py").write_text(CLUSTER)
    done = ran(tmp_path, "run.py", str(folder))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "[True, False] ['finished', 'finished', 'error']",
        "uses w where x belongs 2",
    ]

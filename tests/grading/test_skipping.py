"""A folder is searched as a person would: not in environments, nor in what tools have made."""

import io
import re
import sys

import pytest

from microgradnet.__main__ import main
from microgradnet.grading.folder import files_of, with_progress
from tests.grading.homework import NO_FILE, a_class
from tests.terminal import Terminal, plain

TOOLS = (
    ".git/hooks",
    ".venv/lib/python3.13/site-packages",
    "venv/lib/python3.13/site-packages/numpy",
    "env/share",
    "miniconda/bin",
    "node_modules/node-gyp/gyp",
    "lib/python3.13/site-packages/numpy",
    "__pycache__",
    "build/lib",
    "ann/dist",
)


@pytest.fixture
def folder(tmp_path):
    """A class beside all that tools have made: three files are handed in."""
    for name in ("ann/hw1.py", "ann/builder.py", "env.py", *(f"{path}/hw1.py" for path in TOOLS)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    for name in ("venv", "env"):
        (tmp_path / name / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (tmp_path / "miniconda" / "conda-meta").mkdir()
    return tmp_path


def found(folder, pattern=""):
    return [file.removeprefix(f"{folder}/") for file in files_of(folder, pattern)]


def test_what_tools_have_made_is_skipped(folder):
    assert found(folder) == ["ann/builder.py", "ann/hw1.py", "env.py"]
    assert found(folder, "**/hw1.py") == ["ann/hw1.py"]
    assert found(folder, "*/hw1.py") == ["ann/hw1.py"]


def test_a_folder_of_which_nobody_knows_that_it_is_an_environment_is_searched(folder):
    (folder / "env" / "pyvenv.cfg").unlink()
    assert "env/share/hw1.py" in found(folder)


def test_a_folder_that_a_pattern_names_is_searched(folder):
    assert found(folder, "build/**/*.py") == ["build/lib/hw1.py"]
    assert found(folder, "env/*/*.py") == ["env/share/hw1.py"]
    assert found(folder / "build") == ["lib/hw1.py"]


def test_environments_are_not_even_listed(folder, monkeypatch):
    """A walk through node_modules takes a minute on a slow disk."""
    from microgradnet.grading import folder as room

    listed = []
    walk = room.os.walk
    monkeypatch.setattr(
        room.os, "walk", lambda top: (listed.append(at[0]) or at for at in walk(top))
    )
    assert len(found(folder)) == 3
    assert {path.removeprefix(str(folder)) for path in listed} == {
        "",
        "/ann",
        "/lib",
        "/lib/python3.13",
    }


def test_where_all_is_skipped_it_is_said(tmp_path, capsys):
    a_class(tmp_path / "build", ann=NO_FILE)
    assert main(["check", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "has no files *.py or *.ipynb" in said
    assert "environments, node_modules, build and dist are skipped" in said


def progress(stream, total, monkeypatch):
    """What stands on stderr when the first is asked for, and at the end."""
    monkeypatch.setattr(sys, "stderr", stream)
    several = with_progress(range(total), total, "checking 40 files")
    yield stream.getvalue()
    for k in several:
        if k in (0, total - 1):
            yield stream.getvalue()


def test_off_a_terminal_each_tenth_is_a_line(monkeypatch):
    at_once, first, last = progress(io.StringIO(), 40, monkeypatch)
    assert (at_once, first) == ("microgradnet: checking 40 files\n",) * 2
    counts = re.findall(r"^(\d+) of 40$", last, re.M)
    assert counts == [str(4 * k) for k in range(1, 10)]


def test_few_files_need_no_lines_between(monkeypatch):
    *_, last = progress(io.StringIO(), 19, monkeypatch)
    assert last == "microgradnet: checking 40 files\n"


def test_on_a_terminal_there_is_a_bar_with_the_count(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    at_once, first, _ = progress(Terminal(), 40, monkeypatch)
    assert plain(at_once).startswith("microgradnet: checking 40 files")
    assert "0/40" in plain(first)

"""Homework as it is handed in: right, wrong in one line, and what cannot be checked."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from microgradnet.__main__ import main
from microgradnet.checking.entry_points import check_here
from microgradnet.grading import commands, workers
from microgradnet.grading.answers import NotCheckedError

RIGHT = """
def by_hand(w, b, x, y_true):
    y_pred = w * x + b
    L = (y_pred - y_true) ** 2
    d_L_d_ypred = 2 * (y_pred - y_true)
    d_ypred_d_w = x
    d_L_d_w = d_L_d_ypred * d_ypred_d_w
    d_L_d_b = d_L_d_ypred
    return locals()
"""
WRONG = RIGHT.replace("d_ypred_d_w = x", "d_ypred_d_w = w")
NO_FILE = "def by_hand(:\n"
NOTHING = "x = 1\n"
LINE_OF_THE_MISTAKE = 6


class Checked:
    """What `microgradnet check` did with a source: its status, what it printed, what it wrote."""

    def __init__(self, source, folder, capsys):
        self.file, self.folder, self.capsys = folder / "hw.py", folder, capsys
        self.file.write_text(source, encoding="utf-8")

    def run(self, *options):
        """Check it; return the status."""
        self.status = main(["check", str(self.file), *options])
        said = self.capsys.readouterr()
        self.out, self.err = said.out, said.err
        return self.status

    def json(self, *options):
        """Check it; return the JSON that was printed."""
        self.run("--json", *options)
        return json.loads(self.out)

    def results(self, kind, *options):
        """Check it; return what was written for a grader."""
        path = self.folder / "new" / "results.json"
        self.run("--format", kind, "--output", str(path), *options)
        return json.loads(path.read_text(encoding="utf-8"))


CHECKED = {}  # by source and settings: each is checked once, whatever is written of it


def in_this_process(file, timeout, memory, trusted=False, **settings):
    """What `mg.check_file` does but for the other process: 30 ms, not 400."""
    if not Path(file).is_file():
        raise FileNotFoundError(f"there is no file {file}")
    key = Path(file).read_bytes(), repr(settings)
    try:
        report = CHECKED.get(key) or check_here(file, **settings)
    except (Exception, SystemExit) as error:
        raise NotCheckedError(f"{type(error).__name__}: {error}") from None
    CHECKED[key] = report
    place = os.path.abspath(file)
    return replace(report, rows=tuple(replace(row, file=place) for row in report.rows))


def one_by_one(files, settings, jobs):
    """What `side_by_side` does but for the processes."""
    return ((file, workers.tried(file, **settings)) for file in files)


@pytest.fixture
def here(monkeypatch):
    """All files are checked in this process."""
    monkeypatch.setattr(workers, "check_file", in_this_process)
    monkeypatch.setattr(commands, "side_by_side", one_by_one)


@pytest.fixture
def homework(tmp_path, capsys, here):
    """Makes what checks a source."""
    return lambda source: Checked(source, tmp_path, capsys)


def a_class(folder, **sources):
    """A folder with a file for each name."""
    folder.mkdir(exist_ok=True)
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return folder

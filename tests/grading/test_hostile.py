"""No hostile file gets status 0: a verdict, or one sentence and status 2; nothing of it is left."""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import microgradnet as mg
from tests.terminal import interruptible

from .hostile import TRICKS, source

posix = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
LIMIT = 1  # second
CHECK = [sys.executable, "-m", "microgradnet", "check"]
REPLACED = {
    "patches_how_a_constant_is_noted": "Recorder.constant",
    "patches_the_code_of_a_method": "Recorder.constant",
    "patches_the_table": "the operation * of the tape",
    "patches_numpy": "numpy.exp",
}


def left_of(marker):
    """The processes that have a marker on their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [path.parent.name] if marker.encode() in path.read_bytes() else []
        except OSError:
            continue
    return found


@pytest.mark.slow
@posix
def test_what_kills_the_check_leaves_results_of_no_points(tmp_path):
    file, results = tmp_path / "net.py", tmp_path / "results.json"
    file.write_text(source("kills_what_checks_it", marker := f"kills_{tmp_path.name}"))
    limits = ["--timeout", str(LIMIT), "--memory", "300", "--require", "d_ypred_d_w"]
    command = [*CHECK, str(file), *limits, "--format", "gradescope", "--output", str(results)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")
    found = json.loads(results.read_text())
    assert found["score"] == 0.0
    assert found["output"].startswith("Not checked: the check did not end")
    wait_until(lambda: not left_of(marker))


@pytest.mark.slow
def test_no_hostile_file_is_right(tmp_path):
    assert len(TRICKS) >= 30
    names = [name for name in TRICKS if name != "kills_what_checks_it"]
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(names, pool.map(lambda name: held(name, tmp_path), names)))
    assert {name: amiss for name, (_, _, amiss) in found.items() if any(amiss)} == {}
    for name, replaced in REPLACED.items():
        assert f"the file replaces {replaced} while it" in found[name][1]
    patched = "puts_back_what_it_patched"
    rows = {row.name: row for row in found[patched][0].rows}
    assert {row.verdict for row in rows.values()} == {"cannot tell"}
    lines = (tmp_path / patched / "net.py").read_text().split("\n")
    line = 1 + lines.index("    d_L_d_ypred = 3 * (y_pred - y_true)")
    assert rows["d_L_d_ypred"].why.startswith(f"line {line} of net.py does not say what was run")


def held(name, folder):
    """The report of a trick, or why there is none; and what is amiss: that it is right, has left a
    process, or is another file now.
    """
    file, marker = folder / name / "net.py", f"{name}_{folder.name}"
    file.parent.mkdir()
    file.write_text(text := source(name, marker))
    report, why = None, "is not right"
    try:
        report = mg.check_file(file, timeout=LIMIT, memory=300)
    except mg.NotCheckedError as error:
        why = str(error)
    is_held = not report and why and len(why) < 3_000 and "\n" not in why
    return report, why, (not is_held, file.read_text() != text, left_of(marker))


@pytest.mark.slow
@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_ends_the_check_ends_what_is_checked(number, tmp_path):
    file, marker = tmp_path / "net.py", f"ended_{number}_{tmp_path.name}"
    file.write_text(source("starts_processes", marker) + "time.sleep(1000)\n")
    file.write_text(f"import time\n{file.read_text()}")
    command = [*CHECK, str(file), "--timeout", "60"]
    own = {**os.environ, "TMPDIR": str(tmp_path)}
    piped = {"stderr": subprocess.PIPE, "env": own}
    check = subprocess.Popen(command, preexec_fn=interruptible, **piped)
    wait_until(lambda: left_of(marker))
    check.send_signal(number)
    _, said = check.communicate(timeout=30)
    wait_until(lambda: not left_of(marker) and not [*tmp_path.glob("checked_*")])
    assert check.returncode == (2 if number == signal.SIGINT else -number)
    assert said.count(b"\n") == (number == signal.SIGINT)


def wait_until(true):
    """Look again and again, a minute long."""
    for _ in range(600):
        if true():
            return
        threading.Event().wait(0.1)
    raise AssertionError("never so")

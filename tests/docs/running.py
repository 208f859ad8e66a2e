"""Examples run as programs, in a folder of their own."""

import contextlib
import io
import itertools
import linecache
import re
import subprocess
import sys

import pytest

from tests.places import EXAMPLES
from tests.processor import timed


def run(name, folder):
    """Run an example in a folder; return what it did."""
    command = [sys.executable, str(EXAMPLES / name)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def run_timed(name, folder):
    """The same with its seconds of the processor."""
    return timed(lambda: run(name, folder))


def printed(name, folder, *needs):
    """What an example prints, and nothing on stderr; skipped where a package it needs is absent."""
    for package in needs:
        pytest.importorskip(package)
    done = run(name, folder)
    assert done.stderr == ""
    return done.stdout


def number(pattern, text):
    """The number in a pattern, the one place where it is found."""
    (found,) = re.findall(pattern, text)
    return float(found)


def blocks(path):
    """The code of a document, and what it shows that this prints: pairs of kind and text."""
    return re.findall(r"```(python|text)\n(.*?)```", path.read_text(encoding="utf-8"), re.S)


CASE = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.S)
PROMISE = re.compile(r"^print\(.*\)  # (.*\n)", re.M)


def ran(code, names, file):
    """Run a block of code, whose lines can be read as those of a file; return what it prints."""
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, file, "exec"), names)
    return re.sub(" +$", "", out.getvalue(), flags=re.M)


def run_blocks(path, apart=False):
    """Run the code of a document; each block prints what stands below it or in its comments.

    apart: whether each block runs by itself, else in order, with the names of those before it.
    """
    text, names = path.read_text(encoding="utf-8"), {}
    cases = CASE.findall(text)
    assert sum(bool(shown) for _, shown in cases) == text.count("```text\n")
    for k, (code, shown) in enumerate(cases):
        printed = ran(code, {} if apart else names, f"<{path.name}, block {k}>")
        assert printed == (shown or "".join(PROMISE.findall(code)))


def rewritten(path):
    """Return a document with what its code prints now in the place of what is shown."""
    names, files = {}, itertools.count()

    def anew(case):
        printed = ran(case[1], names, f"<{path.name}, block {next(files)}>")
        return case[0] if case[2] is None else f"```python\n{case[1]}```\n\n```text\n{printed}```"

    return CASE.sub(anew, path.read_text(encoding="utf-8"))

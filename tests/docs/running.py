"""Examples run as programs, in a folder of their own."""

import contextlib
import io
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


def run_blocks(path):
    """Run the code of a document in order; what each block prints is what stands below it."""
    names, printed = {}, ""
    for k, (kind, text) in enumerate(blocks(path)):
        if kind == "python":
            assert not printed, "what this prints is not shown"
            file = f"<{path.name}, block {k}>"
            linecache.cache[file] = (len(text), None, text.splitlines(True), file)  # its source
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(text, file, "exec"), names)
            printed = out.getvalue()
        else:
            assert printed == text
            printed = ""
    assert not printed, "what this prints is not shown"

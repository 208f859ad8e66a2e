"""Examples run as programs, in a folder of their own."""

import os
import re
import subprocess
import sys

import pytest

from tests.places import EXAMPLES


def run(name, folder):
    """Run an example in a folder; return what it did and its seconds of the processor.

    The clock would count what else the machine does.
    """
    before = os.times()
    command = [sys.executable, str(EXAMPLES / name)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    after = os.times()
    assert done.returncode == 0, done.stderr
    return done, after.children_user - before.children_user


def printed(name, folder, *needs):
    """What an example prints, and nothing on stderr; skipped where a package it needs is absent."""
    for package in needs:
        pytest.importorskip(package)
    done, _ = run(name, folder)
    assert done.stderr == ""
    return done.stdout


def number(pattern, text):
    """The number in a pattern, the one place where it is found."""
    (found,) = re.findall(pattern, text)
    return float(found)

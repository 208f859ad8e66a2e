"""A terminal to print to, as wide as a test says."""

import io
import re
import signal
import sys

import pytest

CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.StringIO):
    """What is printed to a terminal, kept; `lines` without colours."""

    encoding = "utf-8"

    def isatty(self):
        return True

    @property
    def lines(self):
        return plain(self.getvalue()).splitlines()


def plain(text):
    """A text without colours and moves of the cursor."""
    return CODES.sub("", text)


@pytest.fixture
def terminal(monkeypatch):
    """Makes stdout a terminal of so many columns, and returns it."""

    def of(columns):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("LINES", "25")
        monkeypatch.setattr(sys, "stdout", Terminal())
        return sys.stdout

    return of


def interruptible():
    """Let a child hear Ctrl-C: one that is started in the background is told to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)

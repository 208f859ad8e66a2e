"""While a function is recorded as a program, looking at a number is an error."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["BranchError", "recording"]


class BranchError(TypeError):
    """A function being recorded looked at a number; its program would be right on one side only.

    >>> from microgradnet import record
    >>> record(lambda x: x if x > 0 else -x, 1.0)
    Traceback (most recent call last):
    microgradnet.recording.BranchError: ...
    """


recordings: list[bool] = []


@contextmanager
def recording() -> Iterator[None]:
    """Meanwhile, comparing Values and reading their data is a BranchError."""
    recordings.append(True)
    try:
        yield
    finally:
        recordings.pop()


def refuse_branch(what: str) -> None:
    """Raise BranchError, naming the line outside this package that looked at a number."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
    raise BranchError(
        f"{what} in {frame.f_code.co_filename}, line {frame.f_lineno}: {line}\n"
        "A program runs the same lines for all numbers: choose with mg.where, mg.maximum, mg.relu"
    )

"""Modes of a thread: forbid reading the numbers of Values, or let Values stand in for numbers.

Each mode holds for the thread that entered it, and does not affect others.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microgradnet.autograd.value import Value

__all__ = ["BranchError", "Compared", "is_recording", "is_standing_in", "recording", "standing_in"]


class BranchError(TypeError):
    """Raised if a function being recorded looks at a number: its program would be one-sided.

    >>> from microgradnet import record
    >>> record(lambda x: x if x > 0 else -x, 1.0)
    Traceback (most recent call last):
    microgradnet.BranchError: ...
    """

    __module__ = "microgradnet"


class Compared(dict["Value", set[float]]):
    """The numbers that each Value was compared with by `==`.

    sides: the Values compared by `<` and `>`, in order, with the other operands.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sides: list[tuple[Value, object]] = []


# By thread. Both are nearly always empty, and then a check costs only a test for emptiness.
recording_in: dict[int, int] = {}  # the number of nested recordings
standing_in_for: dict[int, list[Compared]] = {}


@contextmanager
def recording() -> Iterator[None]:
    """Make comparing Values or reading their data raise BranchError in this thread."""
    thread = get_ident()
    depth = recording_in[thread] = recording_in.get(thread, 0) + 1
    try:
        yield
    finally:
        if depth > 1:
            recording_in[thread] = depth - 1
        else:
            del recording_in[thread]


def is_recording() -> bool:
    """Return whether this thread is recording a program."""
    return bool(recording_in) and get_ident() in recording_in


@contextmanager
def standing_in() -> Iterator[Compared]:
    """Let `==`, `if` and `float()` of a Value look at its number in this thread.

    Yields the comparisons made in the block.
    """
    thread = get_ident()
    compared = Compared()
    before = standing_in_for.get(thread) or []
    try:
        standing_in_for[thread] = [*before, compared]
        yield compared
    finally:  # no call here: Ctrl-C around it could leave the mode on
        if before:
            standing_in_for[thread] = before
        elif thread in standing_in_for:
            del standing_in_for[thread]


def is_standing_in() -> bool:
    """Return whether Values stand in for numbers in this thread."""
    return bool(standing_in_for) and get_ident() in standing_in_for


def note_compared(x: Value, other: object, by_equal: bool = False) -> None:
    """Record a comparison of a Value while Values stand in for numbers."""
    several = standing_in_for.get(get_ident()) if standing_in_for else None
    if several and by_equal and isinstance(other, (int, float)):
        several[-1].setdefault(x, set()).add(other)
    elif several:
        several[-1].sides.append((x, other))


def refuse_branch(what: str) -> None:
    """Raise BranchError if this thread is recording, since its program would be one-sided.

    The error names the line outside this package that looked at a number.
    """
    if not recording_in or get_ident() not in recording_in:
        return
    package = __name__.partition(".")[0]
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame = frame.f_back
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
    raise BranchError(
        f"{what} in {frame.f_code.co_filename}, line {frame.f_lineno}: {line}\n"
        "A program runs the same lines for all numbers: choose with mg.where, mg.maximum, mg.relu"
    )

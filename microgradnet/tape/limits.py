"""Limit a run of a person's code: end its loops, repeat its random draws, hide its prints."""

from __future__ import annotations

import ast
import contextlib
import math
import random
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from functools import partial
from types import CodeType, FrameType
from typing import Any, TextIO

import numpy as np

from microgradnet.tape.sources import parse


class Clock:
    """A deadline for loops, in seconds of processor time."""

    end = math.inf

    def start(self, seconds: float) -> None:
        """Set the deadline to a number of seconds from now; none if it is infinite."""
        self.end = time.process_time() + seconds

    def left(self) -> float:
        """Return the seconds up to the deadline."""
        return self.end - time.process_time()

    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        return self.left() < 0

    def early(self, entries: Iterable[Any], least: int = 3) -> Iterator[Any]:
        """Yield entries until the deadline, but at least the given number of them."""
        for i, entry in enumerate(entries):
            if i >= least and self.is_late():
                return
            yield entry


CLOCK = Clock()


class OutOfTime(BaseException):
    """A block took longer than it may; no `except Exception` of a person's code keeps it."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """End the block with OutOfTime after seconds of processor time.

    Only the main thread can be interrupted, where the system has timers; elsewhere nothing is.

    >>> with within(0.01):
    ...     while True:
    ...         pass
    Traceback (most recent call last):
    microgradnet.tape.limits.OutOfTime
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not _MAIN:
        yield
        return

    def end(_: int, frame: FrameType | None) -> None:
        while frame and frame.f_globals.get("__name__") not in UNHEARD:
            frame = frame.f_back
        if frame is None:
            raise OutOfTime

    before, began = signal.signal(signal.SIGVTALRM, end), time.process_time()
    left, every = signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN)
    try:
        yield
    finally:
        rest = max(left - (time.process_time() - began), AGAIN) if left else 0.0
        signal.setitimer(signal.ITIMER_VIRTUAL, rest, every)
        signal.signal(signal.SIGVTALRM, before)


_MAIN = threading.main_thread()
AGAIN = 0.05  # seconds after which a block that goes on, as one with `except:`, is ended again
UNHEARD = ("weakref", "_weakrefset")  # Python drops what is raised while these remove the dead
LATE, EARLY, LONG = "_is_late_", "_early_", "_long_"
# For the compiled code; a comprehension has at least 1000 entries.
NAMES = {LATE: CLOCK.is_late, EARLY: CLOCK.early, LONG: partial(CLOCK.early, least=1000)}


def ending_loops(text: str, file: str) -> CodeType:
    """Compile a text so that its loops end at the deadline of `CLOCK`; raises SyntaxError."""
    tree = parse(text, file)
    for node in ast.walk(tree):
        if isinstance(node, ast.While):
            late = ast.Call(ast.Name(LATE, ast.Load()), [], [])
            node.body.append(ast.If(late, [ast.Break()], []))
        elif isinstance(node, (ast.For, ast.comprehension)) and not getattr(node, "is_async", 0):
            name = EARLY if isinstance(node, ast.For) else LONG
            node.iter = ast.Call(ast.Name(name, ast.Load()), [node.iter], [])
    code: CodeType = compile(ast.fix_missing_locations(tree), file, "exec", dont_inherit=True)
    return code


def start_over() -> None:
    """Seed the shared generators of Python and NumPy, so that draws without a seed repeat."""
    random.seed(0)
    np.random.seed(0)


@contextlib.contextmanager
def seeded() -> Iterator[None]:
    """Make draws without a seed repeat inside the block, and restore the generators after it.

    >>> with seeded():
    ...     first = random.random()
    >>> with seeded():
    ...     first == random.random()
    True
    """
    of_python, of_numpy = random.getstate(), np.random.get_state()
    try:
        start_over()
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)


_threads: dict[int, int] = {}  # the muted threads, and the nesting depth of their blocks
_lock = threading.Lock()


class _Muted:
    """A stream that drops the output of muted threads and passes on the rest."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return len(text) if threading.get_ident() in _threads else self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """Hide the output of this thread inside the block; other threads print as before."""
    thread = threading.get_ident()
    before = _threads.get(thread, 0)
    try:
        with _lock:  # shared by all threads: the last one out restores the stream
            _threads[thread] = before + 1
            if sys.stdout.__class__ is not _Muted:
                sys.stdout = _Muted(sys.stdout)
        yield
    finally:  # not in a function: Ctrl-C around the call would leave the thread muted
        with _lock:
            if before:
                _threads[thread] = before
            elif thread in _threads:
                del _threads[thread]
            stream: Any = sys.stdout
            if not _threads and stream.__class__ is _Muted:
                sys.stdout = stream._stream

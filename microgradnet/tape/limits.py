"""Limit a run of somebody's code: its loops end, its draws repeat, its prints are hidden."""

from __future__ import annotations

import ast
import contextlib
import math
import random
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any, TextIO

import numpy as np

from microgradnet.tape.sources import parse

__all__ = ["CLOCK", "NAMES", "Clock", "ending_loops", "muted", "seeded", "start_over"]


class Clock:
    """Tells loops when to end, in seconds of the processor."""

    end = math.inf

    def start(self, seconds: float) -> None:
        """Let loops go on for some seconds from now."""
        self.end = time.process_time() + seconds

    def stop(self) -> None:
        """Let loops go on without an end."""
        self.end = math.inf

    def is_late(self) -> bool:
        """Whether the time that was given is over."""
        return time.process_time() > self.end

    def early(self, entries: Iterable[Any], least: int = 3) -> Iterator[Any]:
        """Yield entries until it is late, at least some."""
        for i, entry in enumerate(entries):
            if i >= least and self.is_late():
                return
            yield entry

    def long(self, entries: Iterable[Any]) -> Iterator[Any]:
        """Yield the entries of a comprehension, which are many if it is cut."""
        return self.early(entries, 1000)


CLOCK = Clock()
LATE, EARLY, LONG = "_is_late_", "_early_", "_long_"
NAMES = {LATE: CLOCK.is_late, EARLY: CLOCK.early, LONG: CLOCK.long}  # that the code needs


def ending_loops(text: str, file: str) -> CodeType:
    """Compile a text so that its loops end when `CLOCK` says so; raises SyntaxError."""
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


_threads: dict[int, int] = {}  # the muted threads, and how deep their blocks are nested
_lock = threading.Lock()


class _Muted:
    """A stream that drops what muted threads write and passes on the rest."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return len(text) if threading.get_ident() in _threads else self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """Hide what this thread prints inside the block; other threads print as before."""
    thread = threading.get_ident()
    before = _threads.get(thread, 0)
    try:
        with _lock:  # one stream for all: whoever leaves last puts back what was there first
            _threads[thread] = before + 1
            if sys.stdout.__class__ is not _Muted:
                sys.stdout = _Muted(sys.stdout)
        yield
    finally:  # without a call, before or after which Ctrl-C could leave the thread muted
        with _lock:
            if before:
                _threads[thread] = before
            elif thread in _threads:
                del _threads[thread]
            stream: Any = sys.stdout
            if not _threads and stream.__class__ is _Muted:
                sys.stdout = stream._stream

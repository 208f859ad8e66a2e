"""Help for engines that many threads run at once: workspaces that none share, work in pieces.

Each run takes a workspace of its own from a `Spare`. `in_pieces` spreads pieces of work over the
cores; the environment variable MICROGRADNET_THREADS limits how many threads there are. What is
made of the pieces must not depend on that number, nor on their order.
"""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

import numpy as np

VARIABLE = "MICROGRADNET_THREADS"
MOST_KEYS = 3  # one row, a chunk of rows, what is left over

Key = TypeVar("Key")
Workspace = TypeVar("Workspace")


class Spare(Generic[Key, Workspace]):
    """A pool of workspaces that no run is using; a run that raises does not return its own.

    Popping and appending are single steps of a list, which no thread comes between, with or
    without a global lock: nobody waits, and as many are made as ever ran at once.

    >>> spare = Spare(lambda n: [0.0] * n)
    >>> first, second = spare.take(2), spare.take(2)
    >>> spare.keep(2, first)
    >>> first is second, first is spare.take(2)
    (False, True)
    """

    def __init__(self, make: Callable[[Key], Workspace]) -> None:
        self.make = make
        self.kept: dict[Key, list[Workspace]] = {}

    def take(self, key: Key) -> Workspace:
        """Return a workspace made for this key that nobody else has."""
        try:
            return self.kept[key].pop()
        except LookupError:
            return self.make(key)

    def keep(self, key: Key, workspace: Workspace) -> None:
        """Keep a workspace for the next run; beyond MOST_KEYS keys, drop those of all others."""
        if key not in self.kept and len(self.kept) >= MOST_KEYS:
            self.kept.clear()
        self.kept.setdefault(key, []).append(workspace)


def aligned(n: int, width: int) -> np.ndarray:
    """Return an empty array (n, width) that begins at a cache line.

    A vector over two lines takes a third longer to read, and XLA copies what stands otherwise.
    """
    line = 8  # numbers, of 64 bytes together
    room = np.empty(n * width + line)
    first = -(room.ctypes.data // 8) % line
    return room[first : first + n * width].reshape(n, width)


def threads() -> int:
    """Return the number of threads: that of the cores, or the value of the variable."""
    given = os.environ.get(VARIABLE)
    if given is None:
        return _cores()
    if not given.isdecimal() or not int(given):
        raise ValueError(f"{VARIABLE} is a number of threads, 1 or more, not {given!r}")
    return int(given)


@functools.cache
def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def in_pieces(work: Callable[[int], None], n: int) -> None:
    """Do work(0), ..., work(n - 1) in any order, on this thread and on helpers.

    An exception, Ctrl-C included, ends it after the pieces then at work. Nobody waits for a helper
    that has not begun: where all are busy, or a fork left them behind, this thread does it all.

    >>> found = [0] * 3
    >>> in_pieces(lambda i: found.__setitem__(i, i * i), 3)
    >>> found
    [0, 1, 4]
    """
    waiting = deque(range(n))

    def do_some() -> None:
        while waiting:
            try:
                i = waiting.popleft()
            except IndexError:  # another thread took the last one
                return
            work(i)

    helpers = _submitted(do_some, min(n, threads()) - 1)
    try:
        do_some()
        for helper in helpers:
            if not helper.cancel():
                helper.result()
    finally:
        waiting.clear()


def _submitted(work: Callable[[], None], n: int) -> list[Future[None]]:
    try:
        return [_pool().submit(work) for _ in range(n)]
    except RuntimeError:  # the interpreter is ending, or gets no more threads
        return []


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(threads(), _cores()), "microgradnet")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)

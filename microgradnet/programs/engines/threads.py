"""Help for engines that run in many threads: workspaces per run, and work in pieces.

Each run takes a workspace of its own from a `Spare`. `in_pieces` spreads pieces of work over the
cores; the environment variable MICROGRADNET_THREADS limits the number of threads. Results must not
depend on that number, nor on the order of the pieces.
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
MOST_KEYS = 3  # one row, a chunk of rows, the remaining rows

Key = TypeVar("Key")
Workspace = TypeVar("Workspace")


class Spare(Generic[Key, Workspace]):
    """A pool of unused workspaces; a run that raises does not return its own.

    Popping and appending are atomic on a list, with or without a global lock. So no thread waits,
    and the pool grows to the largest number of simultaneous runs.

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
        """Return a workspace for this key that no other run has."""
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

    A vector across two lines takes a third longer to read, and XLA copies unaligned arrays.
    """
    line = 8  # numbers, 64 bytes
    room = np.empty(n * width + line)
    first = -(room.ctypes.data // 8) % line
    return room[first : first + n * width].reshape(n, width)


def threads() -> int:
    """Return the number of threads: the value of the variable, else the number of cores."""
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

    An exception, Ctrl-C included, ends it after the pieces in progress. Helpers that have not begun
    are cancelled: if all are busy, or lost after a fork, this thread does all the work.

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
    except RuntimeError:  # the interpreter is exiting, or cannot start a thread
        return []


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(threads(), _cores()), "microgradnet")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)

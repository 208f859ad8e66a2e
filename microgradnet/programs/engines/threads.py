"""Pieces of work spread over the cores; the environment variable MICROGRADNET_THREADS limits them.

What is made of the pieces must not depend on how many threads there are, nor on their order.
"""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

VARIABLE = "MICROGRADNET_THREADS"


def threads() -> int:
    """Return how many threads work at once: as many as cores, or as the variable says."""
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
    """Do work(0), ..., work(n - 1), in any order, and this thread its share.

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

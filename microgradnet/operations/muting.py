"""What one thread prints is not shown meanwhile; what others print is."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any, TextIO

__all__ = ["muted"]

_threads: dict[int, int] = {}  # that are muted, and how many times over
_lock = threading.Lock()


class _Muted:
    """A stream that takes nothing from muted threads, and leaves all others alone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return len(text) if threading.get_ident() in _threads else self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """Meanwhile, nothing that this thread prints is shown; what others print is."""
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

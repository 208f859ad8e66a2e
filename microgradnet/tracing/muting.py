"""What one thread prints is not shown meanwhile; what others print is."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

__all__ = ["muted"]

_threads: Counter[int] = Counter()  # that are muted, and how many times over
_lock = threading.Lock()


class _Muted:
    """A stream that takes nothing from muted threads, and leaves all others alone."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> Any:
        return len(text) if threading.get_ident() in _threads else self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """Meanwhile, nothing that this thread prints is shown; what others print is."""
    thread = threading.get_ident()
    with _lock:  # one stream for all: whoever leaves last puts back what was there first
        _threads[thread] += 1
        if not isinstance(sys.stdout, _Muted):
            sys.stdout = _Muted(sys.stdout)
    try:
        yield
    finally:
        with _lock:
            _threads[thread] -= 1
            if not _threads[thread]:
                del _threads[thread]
            if not _threads and isinstance(sys.stdout, _Muted):
                sys.stdout = sys.stdout._stream

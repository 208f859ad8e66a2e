"""What one thread prints is not shown meanwhile; what others print is."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

__all__ = ["muted"]


class _Muted:
    """A stream that takes nothing from one thread, and leaves those of others alone."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._thread = stream, threading.get_ident()

    def write(self, text: str) -> Any:
        return len(text) if threading.get_ident() == self._thread else self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """Meanwhile, nothing that this thread prints is shown; what others print is."""
    before = sys.stdout
    sys.stdout = _Muted(before)
    try:
        yield
    finally:
        sys.stdout = before

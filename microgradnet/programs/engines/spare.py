"""Workspaces kept from run to run, each run having one of its own, so that threads share none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

Key = TypeVar("Key")
Workspace = TypeVar("Workspace")

MOST_KEYS = 3  # one row, a chunk of rows, what is left over


class Spare(Generic[Key, Workspace]):
    """Workspaces that no run is using; one that raises does not give its own back.

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
        """Take it back for the next run; beyond some keys the others' are forgotten."""
        if key not in self.kept and len(self.kept) >= MOST_KEYS:
            self.kept.clear()
        self.kept.setdefault(key, []).append(workspace)


def aligned(n: int, width: int) -> np.ndarray:
    """Return room for numbers (n, width) that begins with a line of the cache.

    A vector over two lines takes a third longer to read, and XLA copies what stands otherwise.
    """
    line = 8  # numbers, of 64 bytes together
    room = np.empty(n * width + line)
    first = -(room.ctypes.data // 8) % line
    return room[first : first + n * width].reshape(n, width)

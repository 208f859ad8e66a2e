"""Random numbers: meanwhile one seed, afterwards as if nothing had been drawn."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import numpy as np

__all__ = ["seeded", "start_over"]


def start_over() -> None:
    """Let what draws without a seed draw what it drew at first."""
    random.seed(0)
    np.random.seed(0)


@contextlib.contextmanager
def seeded() -> Iterator[None]:
    """Meanwhile, what draws without a seed draws the same each time; then it goes on as before.

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

"""A file checked, whatever it does: there is a report, or a sentence that says why not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from microgradnet.checking.report import Report
from microgradnet.checking.taking import check_file
from microgradnet.words import say, sentence

__all__ = ["LEFT", "Tried", "tried"]

LEFT = say(
    "not checked, since the code ended itself (quit, exit or sys.exit): "
    'put that below `if __name__ == "__main__":`'
)


@dataclass(frozen=True)
class Tried:
    """What came of a file: the report, or why there is none; and how long it took."""

    found: Report | str
    seconds: float


def tried(file: str, **settings: Any) -> Tried:
    """Check a file, and return what came of it; settings: those of `mg.check_file`.

    >>> tried("nowhere.py").found
    'FileNotFoundError: there is no file nowhere.py'
    """
    start = time.perf_counter()
    found: Report | str
    try:
        found = check_file(file, **settings)
    except Exception as error:  # of the person's code, too: told without our own lines
        found = say("{kind}: {error}", kind=type(error).__name__, error=sentence(error))
    except SystemExit:
        found = LEFT
    return Tried(found, round(time.perf_counter() - start, 3))

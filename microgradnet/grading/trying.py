"""A file checked, whatever it does: there is a report, or a sentence that says why not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from microgradnet.checking.report import Report
from microgradnet.grading.answers import NotCheckedError
from microgradnet.grading.process import check_file
from microgradnet.words import say, sentence

__all__ = ["Tried", "tried"]


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
    except NotCheckedError as error:
        found = sentence(error)
    except (OSError, ValueError) as error:
        found = say("{kind}: {error}", kind=type(error).__name__, error=sentence(error))
    return Tried(found, round(time.perf_counter() - start, 3))

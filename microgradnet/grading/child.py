"""What runs in the child process: a file is checked, and what was found is handed over as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from microgradnet.checking.entry_points import LEFT, check_here, gathered
from microgradnet.checking.report import Report
from microgradnet.grading.answers import as_data, sentence_data
from microgradnet.grading.guarding import guarded, limit
from microgradnet.grading.integrity import Untouched
from microgradnet.tape import handing
from microgradnet.tape.recording import Recording
from microgradnet.words import listed, say, sentence

__all__ = ["READY", "START", "Job", "main"]

# How it is started: by what stands in one line on its stdin.
START = (
    "import json, sys; asked = json.loads(sys.stdin.buffer.readline()); "
    "sys.path[:] = asked['path']; from microgradnet.grading.child import main; main(asked)"
)
READY = b"ready"


REPLACED = "the file replaces {names} while it runs: what it computes is not what it says"
MOST_NAMED = 3


class Job(TypedDict):
    """What the child is asked: `file` and the `options` of `check_here`; `folder`, which is
    thrown away; `memory` in MiB; `secret`, with which each message begins; `path`, where modules
    are found.
    """

    file: str
    options: dict[str, Any]
    folder: str
    memory: int
    secret: str
    path: list[str]


def main(asked: Job) -> None:
    """Check a file within limits, hand over what was found, and leave.

    What was stdout gets "ready" and the number of the process, then the answer. What the code
    prints goes nowhere.
    """
    answers = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    guarded(lambda: _work(asked, answers), answers, asked["folder"])


def _work(asked: Job, answers: int) -> None:
    os.chdir(os.path.dirname(asked["file"]))
    sys.argv = [asked["file"]]
    sys.path.insert(0, os.getcwd())  # as Python does for a script
    secret = asked["secret"].encode()
    _hand_over(answers, secret, READY + b" %d" % os.getpid())
    limit(asked["memory"])
    found = _found(asked["file"], asked["options"])
    _hand_over(answers, secret, json.dumps(found).encode())
    os._exit(0)


def _found(file: str, options: Mapping[str, Any]) -> dict[str, object]:
    """The report as data, or what went wrong."""
    untouched = Untouched()
    try:
        with gathered() as recordings:
            report = _report(file, options)
        if changed := untouched.changed():
            return {"error": sentence_data(say(REPLACED, names=listed(changed[:MOST_NAMED])))}
        return {"report": as_data(report), "evidence": _evidence(recordings)}
    except MemoryError:
        return {"memory": True}
    except SystemExit:
        return {"error": sentence_data(LEFT)}
    except BaseException as error:  # of the person's code, too
        kind, words = type(error).__name__, sentence(error)
        said = say("{kind}: {error}", kind=kind, error=words) if words else kind
        return {"error": sentence_data(said)}


def _report(file: str, options: Mapping[str, Any]) -> Report:
    """Return the report of a file."""
    return check_here(file, **options)


def _evidence(recordings: Sequence[Recording]) -> dict[str, object]:
    """Return the recordings that a report is of, as data."""
    return {"tapes": [handing.as_data(recording) for recording in recordings]}


def _hand_over(answers: int, secret: bytes, message: bytes) -> None:
    left = memoryview(secret + b" %d " % len(message) + message + b"\n")
    while left:
        left = left[os.write(answers, left) :]

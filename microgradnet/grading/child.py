"""Run in the child process: check a file within limits, and hand over the result as JSON.

The process forks: one half works, the other guards it and ends every process it has started.
Anything that the code replaces in the library, NumPy, math or Python's own functions is reported.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import json
import math
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypedDict

import numpy as np

from microgradnet.checking.entry_points import check_here
from microgradnet.checking.of_files import LEFT
from microgradnet.checking.variants import gathered
from microgradnet.grading.answers import as_data, sentence_data
from microgradnet.operations.operation import OPS
from microgradnet.tape import handing, table
from microgradnet.tape.recording import Recording
from microgradnet.words import listed, say, sentence

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

__all__ = ["MOST_PROCESSES", "RAN", "READY", "SIGNALLED", "START", "TOO_MANY", "Job", "main"]

# The child's program: it reads its job as one line of JSON from stdin.
START = (
    "import json, sys; asked = json.loads(sys.stdin.buffer.readline()); "
    "sys.path[:] = asked['path']; from microgradnet.grading.child import main; main(asked)"
)
READY, RAN = b"ready", b"ran"

REPLACED = "the file replaces {names} while it runs: its results cannot be trusted"
MOST_NAMED = 3
OWN = "microgradnet"
LIBRARIES = (math, np, np.linalg)
PRINTING = {"__import__", "__build_class__", "open", "print", "input", "exit", "quit", "help"}

SUBREAPER, DEATH_SIGNAL = 36, 1  # options of prctl on Linux
SIGNALLED = 128  # exit status of the guard: this plus the signal number, as in shells
TOO_MANY = 80  # exit status if the code started too many processes
MOST_PROCESSES = 32
OFTEN = 0.05  # seconds between two checks of the started processes
TO_END = 1.0  # seconds to end all processes; a thousand take 0.1
MIB = 2**20
LARGEST_FILE = 64 * MIB
MOST_OPEN = 256  # files
BESIDE = 4096 * MIB  # of address space, for libraries, which are only mapped


class Job(TypedDict):
    """The job of the child process.

    file, options: the arguments of `check_here`; folder: the working folder, deleted afterwards;
    memory: in MiB; secret: the prefix of each message; path: where modules are found.
    """

    file: str
    options: dict[str, Any]
    folder: str
    memory: int
    secret: str
    path: list[str]


def main(asked: Job) -> None:
    """Check a file within limits, hand over the result, and exit.

    The original stdout gets "ready" and the process number, "ran" when the code has run, then the
    answer. Prints of the code are discarded.
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
    recordings = _Recordings(lambda: _hand_over(answers, secret, RAN))
    found = _found(asked["file"], asked["options"], recordings)
    _hand_over(answers, secret, json.dumps(found).encode())
    os._exit(0)


class _Recordings(list[Recording]):
    """A list of recordings that calls `told` at the first: the time after it is the check's."""

    def __init__(self, told: Callable[[], None]) -> None:
        super().__init__()
        self.told: Callable[[], None] | None = told

    def append(self, recording: Recording) -> None:
        if self.told is not None:
            self.told()
        self.told = None
        super().append(recording)


def _found(file: str, options: Mapping[str, Any], recordings: list[Recording]) -> dict[str, object]:
    """Return the report and its tapes as data, or the reason for a failure."""
    untouched = Untouched()
    try:
        with gathered(recordings):
            report = check_here(file, **options)
        if untouched.changed():
            raise RuntimeError  # as where the code stops: see below
        tapes = [handing.as_data(recording) for recording in recordings]
        return {"report": as_data(report), "evidence": {"tapes": tapes}}
    except MemoryError:
        return {"memory": True}
    except SystemExit:
        return {"error": sentence_data(LEFT)}
    except BaseException as error:  # including those of the person's code
        kind, words = type(error).__name__, sentence(error)
        said = say("{kind}: {error}", kind=kind, error=words) if words else kind
        if changed := untouched.changed():
            said = say(REPLACED, names=listed(changed[:MOST_NAMED]))
        return {"error": sentence_data(said)}


def _hand_over(answers: int, secret: bytes, message: bytes) -> None:
    left = memoryview(secret + b" %d " % len(message) + message + b"\n")
    while left:
        left = left[os.write(answers, left) :]


def limit(memory: int) -> None:
    """Limit the resources of this process from here on; memory in MiB beyond its present use.

    It may write files of up to 64 MiB and open 256 files. Without the module `resource`, nothing is
    limited.
    """
    if resource is None:
        return
    more = memory * MIB
    _lower("RLIMIT_DATA", _now("VmData") + more)
    _lower("RLIMIT_AS", _now("VmSize") + more + BESIDE)
    _lower("RLIMIT_FSIZE", LARGEST_FILE)
    _lower("RLIMIT_NOFILE", MOST_OPEN)
    _lower("RLIMIT_CORE", 0)


def _lower(name: str, most: int) -> None:
    kind = getattr(resource, name, None)
    if kind is not None:
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def _now(name: str) -> int:
    """Return the present memory use of this process in bytes; 0 if unknown."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(x.split()[1]) * 1024 for x in lines if x.startswith(f"{name}:"))
    except (OSError, StopIteration, ValueError):
        return 0


def guarded(work: Callable[[], None], answers: int, folder: str) -> None:
    """Run `work` in a fork of this process, which becomes its guard and then exits.

    answers: the file descriptor that the work writes to; folder: its working folder, deleted
    afterwards. The guard ends the work and every process it has started. It does so when the work
    is over, when there are too many processes, or when the other end of stdin is closed. Without
    fork, the work runs in this process, and nothing else is ended.
    """
    if not hasattr(os, "fork"):
        work()
        os._exit(0)
    _prctl(SUBREAPER, 1)  # orphans of the work become children of the guard
    child = os.fork()
    if not child:
        _prctl(DEATH_SIGNAL, signal.SIGKILL)
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.register_at_fork(after_in_child=lambda: os.close(answers))  # only the work answers
        work()
        os._exit(0)
    os.close(answers)
    status = _watched(child)
    _end(child)
    shutil.rmtree(folder, ignore_errors=True)  # the parent may be gone
    os._exit(status)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _watched(child: int) -> int:
    """Wait until the work is over or must end, and return its exit status."""
    while True:
        asked, _, _ = select.select([0], [], [], OFTEN)
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return SIGNALLED + os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if asked:
            return 0
        if len(_started(os.getpid())) > MOST_PROCESSES:
            return TOO_MANY


def _started(by: int) -> list[int]:
    """Return the descendants of a process; [] if unknown."""
    found, to_see = [], [by]
    for pid in to_see:  # the list grows during the loop
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                several = [int(x) for x in (thread / "children").read_text().split()]
                found += several
                to_see += several
    return found


def _end(child: int) -> None:
    """End all started processes; stop them first, so that they start no others meanwhile."""
    stopped: set[int] = set()
    until = time.monotonic() + TO_END
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    while (there := set(_started(os.getpid()))) and time.monotonic() < until:
        anew = there - stopped
        for pid in anew or there:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGSTOP if anew else signal.SIGKILL)
        stopped |= there
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


class Untouched:
    """A record of the functions and classes present; `changed` names those replaced since.

    >>> Untouched().changed()
    []
    """

    def __init__(self) -> None:
        self.before = dict(_parts())

    def changed(self) -> list[str]:
        """Return the names of objects replaced or removed since, and of new special methods."""
        now = dict(_parts())
        replaced = [key for key, x in self.before.items() if not _same(x, now.get(key, ()))]
        classes = {(room, name.rpartition(".")[0]) for room, name in self.before}
        new = [key for key in now.keys() - self.before.keys() if _overrides(key, classes)]
        return [name for _, name in [*replaced, *sorted(new)]]


def _same(x: tuple[object, ...], y: tuple[object, ...]) -> bool:
    return len(x) == len(y) and all(a is b for a, b in zip(x, y))


def _overrides(key: Key, classes: set[Key]) -> bool:
    """Whether a new attribute is a special method of a class that was present before."""
    owner, _, own = key[1].rpartition(".")
    return (key[0], owner) in classes and own.startswith("__") and own.endswith("__")


Key = tuple[str, str]  # the module, since class names may repeat, and the name


def _parts() -> Iterator[tuple[Key, tuple[object, ...]]]:
    """Yield each function and class that computes, with its name and, for a function, its code."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == OWN and isinstance(module, ModuleType):
            short = name.rpartition(".")[2]
            for key, x in list(vars(module).items()):
                if callable(x) and getattr(x, "__module__", "") == name:
                    yield (name, f"{short}.{key}"), _identity(x)
                    several = _attributes(x) if isinstance(x, type) else ()
                    yield from (((name, own), same) for own, same in several)
    for library in LIBRARIES:
        for key, x in list(vars(library).items()):
            if callable(x) and key[0] != "_":
                yield ("", f"{library.__name__}.{key}"), (x,)
    yield from ((("", key), (x,)) for key, x in vars(builtins).items() if key not in PRINTING)
    for key, op in list(OPS.items()):
        yield ("", f"the operation {key}"), (op, op.value, op.partials, op.at_once)
    for rows in (table.TABLE, table.OPERATORS, table.METHODS):
        for key, row in list(rows.items()):
            parts = (row, row.f, row.numpy, vars(row).get("partials"))
            yield ("", f"the operation {key} of the tape"), parts


def _attributes(kind: type) -> Iterator[tuple[str, tuple[object, ...]]]:
    for key, x in list(vars(kind).items()):
        if callable(x) or isinstance(x, (property, classmethod, staticmethod)):
            yield f"{kind.__name__}.{key}", _identity(x)


def _identity(x: object) -> tuple[object, ...]:
    return (x, x.__code__, x.__defaults__) if isinstance(x, FunctionType) else (x,)

"""The limits of a child process, and the guard that ends it with all that it has started."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

__all__ = ["SIGNALLED", "TOO_MANY", "guarded", "limit"]

SUBREAPER, DEATH_SIGNAL = 36, 1  # numbers of prctl, Linux
SIGNALLED = 128  # exit status of the guard: this and the number of the signal, as shells do
TOO_MANY = 80  # exit status where the code started more processes than it may
MOST_PROCESSES = 32
OFTEN = 0.05  # seconds between two looks at what was started
TO_END = 1.0  # seconds within which all that was started is ended; a thousand processes take 0.1
MIB = 2**20
LARGEST_FILE = 64 * MIB
MOST_OPEN = 256  # files
BESIDE = 4096 * MIB  # of address space: libraries, which are mapped and not taken


def limit(memory: int) -> None:
    """Limit what this process may take from here on; memory in MiB, beside what it has already.

    It may write files of 64 MiB and open 256. Where there is no `resource` nothing is limited.
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
    """What this process has taken, in bytes; 0 where the system does not say."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(x.split()[1]) * 1024 for x in lines if x.startswith(f"{name}:"))
    except (OSError, StopIteration, ValueError):
        return 0


def guarded(work: Callable[[], None], answers: int, folder: str) -> None:
    """Do some work in a fork of this process, and leave: this one becomes its guard.

    answers: what the work writes to; folder: what it works in, which is thrown away. The guard ends
    the work and all that it has started when the work is over, when that is too many processes, or
    when what is at the other end of stdin is gone. Without fork the work is done here, and nothing
    else is ended.
    """
    if not hasattr(os, "fork"):
        work()
        os._exit(0)
    _prctl(SUBREAPER, 1)  # what the work leaves behind becomes a child of the guard
    child = os.fork()
    if not child:
        _prctl(DEATH_SIGNAL, signal.SIGKILL)
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.register_at_fork(after_in_child=lambda: os.close(answers))  # it has no answer to give
        work()
        os._exit(0)
    os.close(answers)
    status = _watched(child)
    _end(child)
    shutil.rmtree(folder, ignore_errors=True)  # nobody else does where we were left alone
    os._exit(status)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _watched(child: int) -> int:
    """Wait until the work is over, or is to end; how it went."""
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
    """What a process has started, and what that has; [] where the system does not say."""
    found, to_see = [], [by]
    for pid in to_see:  # which grows on the way
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                several = [int(x) for x in (thread / "children").read_text().split()]
                found += several
                to_see += several
    return found


def _end(child: int) -> None:
    """End all that was started: first stopped, so that nothing is started meanwhile."""
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

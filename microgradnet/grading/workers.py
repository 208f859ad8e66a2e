"""Check one file, or several in parallel, each in a process that may crash alone."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from microgradnet.checking.reporting.report import Report
from microgradnet.grading.answers import NotCheckedError
from microgradnet.grading.process import check_file
from microgradnet.words import say, sentence

__all__ = ["Tried", "serve", "side_by_side", "tried"]

DIED = say("the process that checked it ended: out of memory?")
TO_END = 3.0  # seconds for a process to end its children before it is killed

# The program of a worker. The `spawn` of multiprocessing would run the main file again, which may
# be a script that checks a folder.
START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.path[:] = {path!r}; "
    "from microgradnet.grading.workers import serve; serve()"
)


@dataclass(frozen=True)
class Tried:
    """The outcome of checking a file: the report, or the reason for a failure, and the time."""

    found: Report | str
    seconds: float


def tried(file: str, **settings: Any) -> Tried:
    """Check a file and return the outcome; settings: those of `mg.check_file`.

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


Answer = tuple[str, Tried]


def side_by_side(
    files: Sequence[str], settings: Mapping[str, object], jobs: int
) -> Generator[Answer, None, None]:
    """Yield each file with its outcome, in the order of completion.

    settings: those of `mg.check_file`. jobs: the number of processes. All of them end with the
    iterator, even on Ctrl-C.

    >>> [(file, tried)] = side_by_side(["nowhere.py"], {}, 1)
    >>> tried.found
    'FileNotFoundError: there is no file nowhere.py'
    """
    todo: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    workers = [_Worker(settings) for _ in range(max(1, min(jobs, len(files))))]
    for file in [*files, *(None for _ in workers)]:
        todo.put(file)
    threads = [threading.Thread(target=w.work, args=(todo, done), daemon=True) for w in workers]
    try:
        for thread in threads:
            thread.start()
        for _ in files:
            yield done.get()
    finally:
        for worker in workers:
            worker.end()
        for thread in threads:
            thread.join(TO_END)


class _Worker:
    """A process that checks one file after another, and is restarted if it has died."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        self.settings, self.ended = dict(settings), False
        self.process: subprocess.Popen[bytes] | None = None
        self.lock = threading.Lock()

    def work(self, todo: queue.SimpleQueue[str | None], done: queue.SimpleQueue[Answer]) -> None:
        """Check files until none are left or the worker is ended."""
        while not self.ended and (file := todo.get()) is not None:
            answer = self._check(file)
            if not self.ended:
                done.put((file, answer))
        self.end()

    def _check(self, file: str) -> Tried:
        try:
            process = self._started()
            pickle.dump((file, self.settings), process.stdin)
            process.stdin.flush()
            answer: Tried = pickle.load(process.stdout)
            return answer
        except (EOFError, OSError, pickle.UnpicklingError):
            self._stop()
            return Tried(DIED, 0.0)

    def _started(self) -> Any:
        """Return the process, started anew if it is not running; EOFError if the worker is ended.

        Any: mypy takes the pipes of a process for optional.
        """
        with self.lock:
            if self.ended:
                raise EOFError
            if self.process is None or self.process.poll() is not None:
                command = [sys.executable, "-c", START.format(path=sys.path)]
                pipe = subprocess.PIPE
                self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe)
            return self.process

    def end(self) -> None:
        """End the process and its children for good."""
        with self.lock:
            self.ended = True
            self._stop()

    def _stop(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(OSError), process:  # which closes the pipes
            process.terminate()
            try:
                process.wait(TO_END)
            except subprocess.TimeoutExpired:
                process.kill()


def serve() -> None:
    """Check each file received on stdin, in a process of its own, and answer on stdout.

    Ctrl-C reaches all processes of a terminal. The main process handles it and ends the others,
    which then end their children.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is no answer
    try:
        while True:
            file, settings = pickle.load(sys.stdin.buffer)
            pickle.dump(tried(file, **settings), answers)
            answers.flush()
    except (EOFError, OSError, KeyboardInterrupt):
        os._exit(0)

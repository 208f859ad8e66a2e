"""Check files whatever they do, one or many side by side, each in a process that may die alone."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from microgradnet.checking.report import Report
from microgradnet.grading.answers import NotCheckedError
from microgradnet.grading.process import check_file
from microgradnet.words import say, sentence

__all__ = ["Tried", "side_by_side", "tried"]

DIED = say("the process that checked it ended: out of memory?")
TO_END = 3.0  # seconds that a process has to end what it has started, before it is killed


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


Answer = tuple[str, Tried]


def side_by_side(
    files: Sequence[str], settings: Mapping[str, object], jobs: int
) -> Generator[Answer, None, None]:
    """Yield each file with what came of it, in the order in which they are done.

    settings: those of `mg.check_file`. jobs: how many processes there are. All end with the
    iterator, whatever ends it: Ctrl-C too.

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
    """A process that checks one file after the other; begun anew where it has died."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        self.settings, self.ended = settings, False
        self.process: BaseProcess | None = None
        self.lock = threading.Lock()

    def work(self, todo: queue.SimpleQueue[str | None], done: queue.SimpleQueue[Answer]) -> None:
        """Check files until there are none, or it is ended."""
        while not self.ended and (file := todo.get()) is not None:
            answer = self._check(file)
            if not self.ended:
                done.put((file, answer))
        self.end()

    def _check(self, file: str) -> Tried:
        try:
            if self.process is None or not self.process.is_alive():
                self._begin()
            self.connection.send(file)
            answer: Tried = self.connection.recv()
            return answer
        except (EOFError, OSError):
            self._stop()
            return Tried(DIED, 0.0)

    def _begin(self) -> None:
        with self.lock:
            if self.ended:
                raise EOFError
            spawn = multiprocessing.get_context("spawn")
            self.connection, other = spawn.Pipe()
            arguments = (other, dict(self.settings))
            self.process = spawn.Process(target=_serve, args=arguments, daemon=False)
            self.process.start()
            other.close()  # so that its end is the end of the pipe

    def end(self) -> None:
        """End the process, and what it has started; no other is begun."""
        with self.lock:
            self.ended = True
            self._stop()

    def _stop(self) -> None:
        if (process := self.process) is not None:
            process.terminate()
            process.join(TO_END)
            process.kill()
            process.join()


def _serve(connection: Connection, settings: Mapping[str, object]) -> None:
    """Check what comes, in a process of its own.

    Ctrl-C reaches all processes of a terminal; the first one decides, and ends the others, which
    then end what they have started.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            connection.send(tried(connection.recv(), **settings))
    except (EOFError, OSError, KeyboardInterrupt):
        os._exit(0)

"""Implement mg.check_file: check a file in a separate process that can do little harm."""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from microgradnet.checking.finding.upstream import PULLED, named_loss
from microgradnet.checking.reporting.report import Options, Report
from microgradnet.checking.scope import lines_of
from microgradnet.grading.answers import NotCheckedError, report_from, text_from
from microgradnet.grading.child import MOST_PROCESSES, RAN, READY, SIGNALLED, START, TOO_MANY, Job
from microgradnet.grading.copies import MOST_BYTES, copied_with_all_beside
from microgradnet.grading.proof import Text, held_against, proven, script_of
from microgradnet.words import say, told

__all__ = ["MEMORY", "TIMEOUT", "check_file"]

TIMEOUT, MEMORY = 10.0, 1024  # seconds, MiB
TO_CHECK = 2  # times the limit for the code: a check runs it again, and replays it
TO_START = 60.0  # seconds: 0.3 on an idle machine; a slow start is not the code's fault
TO_END = 1.5  # seconds
LONGEST = 256 * 2**20  # bytes of an answer
LONGEST_FILE = 2**20  # bytes; reading so many takes 5 s
KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "SYSTEMROOT")
KINDS = ("OPENBLAS_", "OMP_", "MKL_", "NPY_")  # prefixes of variables that change the last bits


def check_file(
    file: str | os.PathLike[str],
    name: str = "",
    method: str = "",
    loss: str | None = None,
    witness: bool = False,
    cell: str = "",
    *,
    timeout: float = TIMEOUT,
    memory: int = MEMORY,
    allow_automatic: bool = False,
    trusted: bool = False,
) -> Report:
    """Check the training code or derivations in another person's file, in a separate process.

    file: a Python file or a notebook; it is run, not changed. name: the function, class or object
    to check; by default it is found. method: for a class, the method that trains. loss: the name of
    the loss if the code computes none. witness: whether to show derivatives by differences. cell: a
    tag of the cells of a notebook. timeout: in seconds, for the code; it may take twice as many to
    check. memory: in MiB. allow_automatic: whether gradients from mg.grad, torch or the like count
    as a derivation. trusted: whether a backward of torch or JAX may be right: only the process of
    the code can run it, and it could pretend.

    The process inherits only PATH, the language, and variables that change the last bits of numbers
    (OPENBLAS_, OMP_, MKL_). It runs a copy of the file, in a folder of its own. The code and the
    data beside and below the file are copied, too, at most 64 MiB of each. At the end, every
    process it has started is ended. Prints of the code are hidden. Modules beyond these limits are
    imported from their original place. The rows show the text of the file before it ran.

    This keeps mistakes, and code that pretends to be right, from passing. It is not a sandbox: the
    code has the rights of the user, may read their files, and may write to full paths. Run code
    that you do not trust in a container. Without `resource` and `fork` (Windows), only the time is
    limited, and processes that the code has started may survive.

    Raises FileNotFoundError; ValueError for an invalid limit; NotCheckedError, with the reason, if
    the code fails, ends itself, exceeds a limit, or has nothing to check.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "net.py"
    >>> _ = file.write_text("import sys; sys.exit(0)")
    >>> check_file(file)
    Traceback (most recent call last):
    microgradnet.grading.answers.NotCheckedError: ... has nothing that trains or derives ...
    """
    options: dict[str, Any] = {
        "name": name,
        "method": method,
        "loss": loss,
        "witness": witness,
        "cell": cell,
    }
    options |= {"allow_automatic": allow_automatic, "trusted": trusted}
    options["seconds"] = Options.seconds * timeout / TIMEOUT
    with told():
        return _checked(file, options, timeout, memory)


def _checked(
    file: str | os.PathLike[str], options: dict[str, Any], timeout: float, memory: int
) -> Report:
    path = _absolute(Path(file))
    _refuse_unfit(path, file, options["loss"], timeout=timeout, memory=memory)
    content = path.read_bytes()  # read before the code can change it
    script = script_of(str(path), content, options["cell"])
    with copied_with_all_beside(path, content, script) as copy:
        asked = Job(
            file=str(copy.file),
            options=options,
            folder=str(copy.folder),
            memory=int(memory),
            secret=secrets.token_hex(16),
            path=[*_search_path(), *map(str, copy.paths)],
        )
        with contextlib.closing(_Child(asked)) as child:
            answer = child.answer(timeout, copy.told_of_originals)
    texts = {text_from(str(path)): Text(script)}
    texts |= {text_from(name): Text(code, name) for name, code in copy.codes.items()}
    report = _report(answer, memory, copy.left_out, texts, options)
    return held_against(report, texts)


def _refuse_unfit(path: Path, file: str | os.PathLike[str], loss: object, **limits: float) -> None:
    """Raise for arguments that do not fit; file: the path as the user wrote it."""
    if not path.is_file():
        raise FileNotFoundError(say("there is no file {file}", file=file))
    if loss is not None and not isinstance(loss, str):
        raise ValueError(say("loss is a name here; mg.check takes a function, too"))
    for what, x in limits.items():
        if not (math.isfinite(x) and x > 0):
            raise ValueError(say("{what} is {x}: expected a number above 0", what=what, x=x))
    if path.suffix == ".py" and path.stat().st_size > LONGEST_FILE:
        words = "{file} is larger than {most} MiB: no derivation by hand is so long"
        raise NotCheckedError(say(words, file=file, most=LONGEST_FILE // 2**20))


def _absolute(path: Path) -> Path:
    path = path.absolute()
    return path.parent.resolve() / path.name if ".." in path.parts else path


def _report(
    answer: Mapping[str, Any],
    memory: int,
    left_out: Sequence[str],
    texts: Mapping[str, Text],
    options: Mapping[str, Any],
) -> Report:
    if "memory" in answer:
        words = "the code takes more than {memory} MiB (--memory)"
        raise NotCheckedError(say(words, memory=memory))
    try:
        if "error" not in answer:
            asked = Options(named_loss(options["loss"]), False, options["allow_automatic"])
            own, name = next(iter(texts.values())), options["name"]
            lines = lines_of(own.tree, name, options["method"]) if name else None
            report = report_from(answer["report"])
            if not (options["trusted"] and report.loss == PULLED):  # rules of torch and JAX
                report = proven(report, answer.get("evidence"), texts, asked, lines)
            return replace(report, note=_or_too_large(report.note, left_out))
        said = _or_too_large(text_from(answer["error"]), left_out)
    except (LookupError, ValueError, TypeError):
        said = OTHER
    raise NotCheckedError(said)


def _or_too_large(said: str, left_out: Sequence[str]) -> str:
    """Return a message about a missing file, extended if the file was too large to copy."""
    missing = [name for name in left_out if name in said]
    if not missing:
        return said
    words = "{error}; {file} is too large to be copied: at most {most} MiB of data are"
    return say(words, error=said, file=missing[0], most=MOST_BYTES // 2**20)


OTHER = say("the process of the code returned no report")
ENDED = say("the code ended its process (os._exit, or a crash) before it was checked")
LATE = say("the process to run the code does not start")


class _Child:
    """The process that runs the code, with its guard and its messages."""

    guard: Any  # a Popen, whose pipes mypy takes for optional

    def __init__(self, asked: Job) -> None:
        self.secret, folder = asked["secret"], Path(asked["folder"])
        self.messages: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.number = 0
        self.guard = subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "utf8", "-c", START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(asked["file"]).parent,
            env=_environment(folder),
            start_new_session=True,  # Ctrl-C reaches only this process, which ends the child
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.guard.stdin.write(json.dumps(asked).encode() + b"\n")
        self.guard.stdin.flush()

    def answer(self, timeout: float, read: Callable[[bytes], bytes]) -> Mapping[str, object]:
        """Return the answer of the child as parsed JSON; read: converts the message first.

        Raises NotCheckedError if there is no valid answer.
        """
        ready = self._next(TO_START, LATE)
        word, _, number = ready.partition(b" ")
        if word != READY:
            raise NotCheckedError(OTHER)
        self.number = int(number)
        words = "running the code takes longer than {timeout:g} s (--timeout)"
        message = self._next(timeout, say(words, timeout=timeout))
        if message == RAN:
            words = "checking the code takes longer than {time:g} s, {times} times --timeout"
            time_ = TO_CHECK * timeout
            message = self._next(time_, say(words, time=time_, times=TO_CHECK))
        try:
            found = json.loads(read(message))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise NotCheckedError(OTHER)
        return found

    def _next(self, timeout: float, late: str) -> bytes:
        start, before, lost = time.monotonic(), waited(self.number), 0.0
        while (left := start + timeout + lost - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                message = self.messages.get(timeout=left)
                if message is None:
                    raise NotCheckedError(self._why_ended())
                return message
            lost = waited(self.number) - before
        raise NotCheckedError(late)

    def _why_ended(self) -> str:
        status = self.close()
        if status == TOO_MANY:
            return say("the code starts more than {most} processes", most=MOST_PROCESSES)
        if status > SIGNALLED:
            name = _signal(status - SIGNALLED)
            return say("the process of the code was ended by {signal}", signal=name)
        return ENDED

    def _read(self) -> None:
        """Read messages until there are no more; each is preceded by the secret and its length.

        Reading stops at any other output.
        """
        stream = self.guard.stdout
        with contextlib.suppress(ValueError, OSError):
            while stream.read(len(self.secret)) == self.secret.encode() and stream.read(1) == b" ":
                digits = b""
                while (byte := stream.read(1)).isdigit() and len(digits) < 12:
                    digits += byte
                message = stream.read(min(int(digits), LONGEST))
                if len(message) < int(digits) or stream.read(1) != b"\n":
                    break
                self.messages.put(message)
        self.messages.put(None)

    def close(self) -> int:
        """End the process and its descendants, and return the exit status of its guard."""
        with contextlib.suppress(OSError):
            self.guard.stdin.close()
        try:
            status: int = self.guard.wait(TO_END)
        except subprocess.TimeoutExpired:
            self.guard.kill()
            status = self.guard.wait()
        if status < 0 and self.number and hasattr(os, "killpg"):  # the code killed its guard
            with contextlib.suppress(OSError):
                os.killpg(self.number, signal.SIGKILL)
        self.reader.join(TO_END)
        if not self.reader.is_alive():
            self.guard.stdout.close()
        return status


def waited(process: int) -> float:
    """Return for how long a process waited for a core, in seconds; 0 if the system does not say.

    On a busy machine this time is not the code's.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e9
    return 0.0


def _search_path() -> list[str]:
    """Return the module search path for the child: that of this process without its folder."""
    home, here = Path(__file__).resolve().parents[2], Path.cwd()
    whole = dict.fromkeys(Path(p).absolute() for p in sys.path)
    whole = whole if home in whole else {home: None, **whole}
    return [str(p) for p in whole if p != here or p == home]


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of the child: required variables, and one thread for each library."""
    kept = {k: x for k, x in os.environ.items() if k in KEPT or k.startswith(KINDS)}
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    own = {"HOME": str(folder), "TMPDIR": str(folder), "MPLBACKEND": "Agg"}
    return {**kept, **threads, **own}


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

"""A file run with the recorder in it, and what it defines and never calls fed and recorded."""

from __future__ import annotations

import ast
import math
import os
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

from microgradnet.tape.entry import Place
from microgradnet.tape.feeding import Caller, Fed, feed
from microgradnet.tape.missing import Ran, execute, provided
from microgradnet.tape.recorder import Recorder, Watch
from microgradnet.tape.recording import LIMIT, Recording, given
from microgradnet.tape.rewriting import RECORDER, rewritten
from microgradnet.tape.sources import Source, read
from microgradnet.tape.tape import Stop, leaves
from microgradnet.tape.trees import Span
from microgradnet.tape.trials import Trials

# Makes calls of what stands in the names of a file, by a function that makes each of them.
More = Callable[[Mapping[str, Any], Caller], object]


class FileRun:
    """Runs of one file. watch: says of which loops enough was seen."""

    def __init__(self, source: Source, watch: Watch | None = None) -> None:
        self.source, self.watch = source, watch
        self.ran: Ran | None = None

    def record(
        self,
        sites: Mapping[Span, int] | None = None,
        trials: Trials | None = None,
        limit: int = LIMIT,
    ) -> Recording:
        """Return what is seen of the file as it runs."""
        run = _Run(self, sites, trials, limit)
        try:
            self.ran = execute(self.source, run.transform, run.names, run.begin, seconds=SECONDS)
            run.recording.names = self.ran.namespace
            run.recording.notes = list(self.ran.notes)
            if self.ran.errors:
                run.recording.error = self.ran.errors[0]
        except Stop:
            run.recording.has_stopped = True
        run.recorder.is_off = True
        return run.recording

    def feds(self) -> list[Fed]:
        """Return the calls, with made-up arguments, of what the file defines and never calls."""
        if self.ran is None:
            return []
        with provided(self.ran.missing):
            return feed(self.ran.namespace, self.source.text)

    def record_more(
        self,
        more: More,
        said: str,
        sites: Mapping[Span, int] | None = None,
        trials: Trials | None = None,
        limit: int = LIMIT,
    ) -> Recording:
        """Return what is seen of calls that the file does not make. said: what was made up."""
        run = _Run(self, sites, trials, limit)
        ran = execute(self.source, run.transform, run.names, run.begin, seconds=SECONDS)
        recorder, recording = run.recorder, run.recording

        results: list[object] = []  # of calls before, whose numbers have entries

        def own(x: object) -> Any:
            return x if any(x is r for r in results) else given(recording, recorder, x)

        def call(f: Any, *args: Any, **kw: Any) -> Any:
            out = f(*map(own, args), **{k: own(x) for k, x in kw.items()})
            results.extend(out if type(out) is tuple else (out,))
            parts = [] if type(out) is dict else leaves(out)  # a dict says by names what is what
            numbers = [recorder.tape.number(x, recorder.tape.places[0]) for x in parts]
            recording.returned = [n for n in numbers if n is not None]
            return out

        try:
            with provided(ran.missing, run.transform, run.names):
                more(ran.namespace, call)
        except Stop:
            recording.has_stopped = True
        except Exception as error:
            recording.error = error
        recorder.is_off = True
        recording.notes = [*ran.notes, *[said] * bool(said)]
        return recording


RUN_NAME = "checked"  # not __main__: what a script does only when run is left undone


def run_file(file: str | os.PathLike[str]) -> Mapping[str, Any]:
    """Return the names of a file that is run, with what it prints left out.

    Raises what `read` raises, and the first error of the code, unless a package or file is missing.
    """
    ran = execute(read(file), run_name=RUN_NAME, seconds=math.inf)
    for error in ran.errors[:1]:
        if not isinstance(error, (ImportError, OSError)):
            raise error
    return ran.namespace


SECONDS = 1.0  # of loops that compute nothing that is noted


class _Run:
    """The recorder of one run, made anew each time that the file is started again."""

    def __init__(
        self,
        run: FileRun,
        sites: Mapping[Span, int] | None,
        trials: Trials | None,
        limit: int,
    ) -> None:
        self.of, self.sites, self.trials, self.limit = run, sites, trials, limit
        self.names: dict[str, object] = {}
        self.begin()

    def begin(self) -> None:
        """Start with an empty tape."""
        self.places: list[Place] = []
        edits = None if self.trials is None else self.trials.afresh()
        self.recorder = Recorder(self.places, self.limit, self.of.watch, edits)
        self.names[RECORDER] = self.recorder
        file = str(self.of.source.file)
        self.recording = Recording({file: self.of.source.tree()}, self.recorder.tape, {})

    def transform(self, text: str, file: str) -> CodeType:
        """Return the code of a part of the file, or of a module beside it."""
        self.recorder.files.add(file)
        self.recording.trees.setdefault(file, ast.parse(text))
        return rewritten(text, file, self.places, self.sites)

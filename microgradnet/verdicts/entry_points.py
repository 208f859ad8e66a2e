"""What a check begins with: a file, a function, a class or an object, with its example."""

from __future__ import annotations

import ast
import copy
import inspect
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from microgradnet.checking.report import NOT_CHECKED, Report
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.recording import (
    LIMIT,
    Recording,
    Subject,
    call_of,
    class_subject,
    function_subject,
    given,
    recorded,
)
from microgradnet.tape.running import FileRun
from microgradnet.tape.sources import read
from microgradnet.tape.trees import Span
from microgradnet.tape.trials import Trials
from microgradnet.verdicts.parameters import enough
from microgradnet.verdicts.reporting import Again, Reporter
from microgradnet.words import say


def check(what: Any, *example: Any) -> Report:
    """Return the report of a derivation: a path, a function, a class or an object.

    example: arguments of a function; X and y of a class that trains.
    """
    if isinstance(what, (str, os.PathLike)):
        return check_file(Path(what))
    if isinstance(what, MethodType):
        return check_method(what.__self__, what.__name__, example)
    if isinstance(what, FunctionType):
        return check_function(what, *example)
    return check_training(what, "train", *example)


def check_subject(subject: Subject) -> Report:
    """Return the report of what is recorded."""

    def run(
        sites: Mapping[Span, int] | None = None, trials: Trials | None = None, limit: int = LIMIT
    ) -> Recording:
        random.seed(0)
        np.random.seed(0)
        return recorded(subject, limit, enough, sites, trials)

    return timed(run, run)


def timed(record: Callable[[], Recording], again: Again) -> Report:
    """Return the report of a recording, with the seconds of the code and of the check apart."""
    began = time.process_time()
    recording = record()
    ran = time.process_time()
    report = Reporter(recording, again).report()
    seconds = {"code": ran - began, "check": time.process_time() - ran}
    return replace(report, seconds=seconds)


def check_function(f: FunctionType, *example: Any) -> Report:
    """Return the report of a function, called with an example of its arguments."""
    arguments = example or made_up(f)
    return check_subject(function_subject(f, call_of(f.__name__, arguments)))


def check_method(of: Any, name: str, example: Sequence[Any]) -> Report:
    """Return the report of a method, called on a copy of its object."""

    def call(recording: Recording, recorder: Recorder) -> None:
        subject = copy.deepcopy(of)
        subject.__class__ = recording.names[type(of).__name__]
        for text, value in vars(subject).items():
            setattr(subject, text, now := given(recording, recorder, value))
            recorder.named(recorder.tape.places[0], f"self.{text}", now)
        getattr(subject, name)(*[given(recording, recorder, x) for x in example])

    return check_subject(class_subject(type(of), call))


def check_training(net: Any, method: str = "train", *example: Any) -> Report:
    """Return the report of a class with a training loop, or of an object of it."""
    return check_method(net() if isinstance(net, type) else net, method, example)


def check_file(path: str | Path) -> Report:
    """Return the report of a file as it runs, or as it is fed where it runs nothing to check."""
    run = FileRun(read(path), enough)
    report = timed(run.record, run.record)
    if any(row.verdict != NOT_CHECKED for row in report.rows):
        return report
    fed = _fed(run)
    return replace(fed, rows=fed.rows + report.rows) if fed else report


def _fed(run: FileRun) -> Report | None:
    """Return the report of what a file defines and never calls."""
    again = [partial(run.record_fed, fed) for fed in run.feds()]
    reports = [timed(record, record) for record in again]
    rows = tuple(row for report in reports for row in report.rows)
    return replace(reports[0], rows=rows) if rows else None


def made_up(f: FunctionType) -> tuple[Any, ...]:
    """Return numbers for the arguments of a function: a list where it is read by an index.

    Raises TypeError for an argument of which the code does not show what it is.
    """
    rng, tree = random.Random(1), ast.parse(inspect.getsource(f).strip())
    highest: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            index = node.slice.value if isinstance(node.slice, ast.Constant) else None
            if isinstance(index, int):
                highest[node.value.id] = max(index, highest.get(node.value.id, 0))
    required = [p for p in inspect.signature(f).parameters.values() if p.default is p.empty]
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in required):
        raise TypeError(say("{name} needs an example of its arguments", name=f.__name__))
    return tuple(
        [_number(rng) for _ in range(highest[p.name] + 1)] if p.name in highest else _number(rng)
        for p in required
    )


def _number(rng: random.Random) -> float:
    return rng.choice([-1, 1]) * rng.uniform(0.2, 1.2)

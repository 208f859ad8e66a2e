"""Check a file, a function, a class or an object, with an example of its arguments."""

from __future__ import annotations

import copy
import inspect
import math
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any, Union

import numpy as np

from microgradnet.checking.automatic import with_calls
from microgradnet.checking.parameters import enough, parameters
from microgradnet.checking.passes_of_file import pairs_of, report_on, rules_of
from microgradnet.checking.proving import Again
from microgradnet.checking.report import (
    NOT_CHECKED,
    ORDER,
    PASSED,
    WRONG,
    Report,
    Row,
    merged,
    once,
    shows_nothing,
    without_numbers,
)
from microgradnet.checking.reporting import DEFAULT, Options, Reporter
from microgradnet.checking.scope import (
    attributes_of,
    callers,
    compared_with,
    is_by_hand,
    is_own,
    lines_of,
    made_up,
    trains,
    uncalled,
)
from microgradnet.checking.upstream import Formula, named_loss
from microgradnet.checking.vocabulary import PREDICTING, plain
from microgradnet.tape.feeding import Fed
from microgradnet.tape.limits import muted, seeded, start_over
from microgradnet.tape.own_code import Code, is_training
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.recording import (
    LIMIT,
    Recording,
    Subject,
    attempted,
    class_subject,
    function_subject,
    given,
    keep_returned,
    recorded,
)
from microgradnet.tape.replay import uses
from microgradnet.tape.rewriting import Sites
from microgradnet.tape.running import FileRun, provided
from microgradnet.tape.sources import SUFFIXES, Source, read
from microgradnet.tape.trials import Trials
from microgradnet.words import listed, say, sentence, told


def check(
    what: Any,
    *example: Any,
    loss: str | Formula | None = None,
    witness: bool = False,
    allow_automatic: bool = False,
    **by_name: Any,
) -> Report:
    """Check a derivation by hand: which line is wrong, and why.

    what: a function that takes the numbers of the net, computes the forward pass and the
    derivatives as a person writes them (`d_L_d_ypred`, `d_ypred_d_w5`, `d_h1_d_w1`; `dW1`,
    `grads["W1"]`, `delta2`), and returns `locals()`, a dict, a tuple or nothing; a class or an
    object that trains; or the path of a `.py` or `.ipynb` file, which is run, but not changed.
    example, by_name: arguments of the function, where the code does not show what they are
    (`x[0]` does); X and y of a class that trains. loss: the loss L if the code computes none,
    "mse" or a function (y_pred, y_true). witness: also show finite differences. allow_automatic:
    whether derivatives from calls (`mg.grad`, `.backward()`, torch, finite differences of the
    code's own loss) count as a derivation, too.

    The code runs on its own numbers, and each operation is recorded. The derivatives are then
    compared with the exact gradient at other numbers. A wrong derivative is "wrong" itself, or it
    "follows" from other wrong derivatives.

    Raises FileNotFoundError; TypeError for what cannot be called; ValueError if nothing in it can
    be checked; and the code's own error if it stops before there is anything to check.

    >>> def by_hand(w, x, y_true):
    ...     y_pred = w * x
    ...     d_L_d_ypred = -2 * (y_true - y_pred)
    ...     d_ypred_d_w = w
    ...     return locals()
    >>> [wrong, right] = check(by_hand).rows
    >>> wrong.name, wrong.mistake
    ('d_ypred_d_w', 'uses w where x belongs')
    """
    options = Options(named_loss(loss), witness, allow_automatic)
    with told(), seeded(), muted():
        if isinstance(what, os.PathLike) or (isinstance(what, str) and what.endswith(SUFFIXES)):
            return file_report(read(what), replace(options, with_passes=loss is None))
        if inspect.isclass(what) or not inspect.isroutine(inspect.unwrap(what)):
            return _of_object(what, "", example, by_name, options)
        return _of_function(what, example, by_name, options)


def check_training(
    net: Any,
    method: str = "train",
    X: Any = None,
    y: Any = None,
    loss: str | Formula | None = None,
    witness: bool = False,
    **by_name: Any,
) -> Report:
    """Check a class with a training loop as in the tutorial: derivatives, updates, forward pass.

    net: an object whose parameters are attributes (`self.w1`, ...), the class, where it is made
    without arguments, or a function with such loops. method: what trains; it takes X (n rows of
    numbers) and y (n targets). by_name: further arguments. loss, witness: as in `check`.

    The code is not changed: it runs on a copy of the object, until its second step. A row is a
    derivative, as in `check`, a parameter (`update w1`: does it move down its own gradient?), or
    a prediction that differs from the forward pass of the training.

    Raises TypeError if there is nothing to call, and the code's own error before its first step.

    >>> class Line:
    ...     w, b = 0.5, 0.0
    ...     def train(self, X, y):
    ...         for x, y_true in zip(X, y):
    ...             y_pred = self.w * x[0] + self.b
    ...             d_L_d_ypred = -2 * (y_true - y_pred)
    ...             self.w -= 0.1 * d_L_d_ypred * x[0]
    ...             self.b += 0.1 * d_L_d_ypred
    >>> report = check_training(Line(), "train", [[1.0], [2.0]], [3.0, 5.0])
    >>> report.rows[0].name, report.rows[0].mistake
    ('update b', 'moves up the gradient, not down')
    """
    example = [x for x in (X, y) if x is not None]
    options = Options(named_loss(loss), witness)
    with told(), seeded(), muted():
        if inspect.isroutine(net):
            return _of_function(net, example, by_name, options)
        return _of_object(net, method, example, by_name, options)


def check_here(
    file: str | os.PathLike[str],
    name: str = "",
    method: str = "",
    loss: str | Formula | None = None,
    witness: bool = False,
    cell: str = "",
    allow_automatic: bool = False,
    trusted: bool = False,
) -> Report:
    """Return the report of a file, or of one name in it, run in this process.

    name: a function, a class or an object of the file; method: the training method of a class;
    cell: a tag of the cells of a notebook; trusted: whether pairs of passes are judged as
    `check_backward` does, of which no tape is proof. The other arguments are those of `check`.
    Raises NameError for a name that is not in the file, and the errors of `check`.
    """
    options = Options(named_loss(loss), witness, allow_automatic, trusted and loss is None)
    with told(), seeded(), muted():
        return file_report(read(file, cell), options, name, method)


# Files.


def file_report(source: Source, options: Options, name: str = "", method: str = "") -> Report:
    """Return the report of a file's own run, or of calls of its functions if that shows nothing."""
    run = FileRun(source, enough)
    report, recording = timed(run.record, run.record, options)
    if run.ran is None:  # the recording was ended
        why = say("it takes too many operations to be recorded")
        if not any(row.verdict != NOT_CHECKED for row in report.rows):
            raise ValueError(why)
        rest = without_numbers(say("the rest"), NOT_CHECKED, why)
        return replace(report, rows=(*report.rows, rest))
    names = run.ran.namespace
    if name and name not in names and isinstance(recording.error, Exception):
        raise recording.error
    if name and name not in names:
        has = listed(k for k, v in names.items() if is_own(v)) or say("no functions")
        words = "no {name} in {file}; it has {has}"
        raise NameError(say(words, name=name, file=source.file, has=has))
    wanted = lines_of(source.tree(), _called(names, name), method) if name else None
    rows = tuple(r for r in report.rows if wanted is None or r.line in wanted or not r.line)
    report = replace(report, rows=rows)
    pairs = _of_pairs(run, recording, name, report) if options.with_passes else {}
    rules = rules_of(names, name)
    if rules:
        with provided(run.ran.missing):
            pairs |= {"": report_on(rules, names, recording.tape.applied)}
    if not pairs:
        return _of_rest(run, recording, options, report, name, method, wanted)
    rest = tuple(r for r in rows if r.verdict != NOT_CHECKED)
    with suppress(ValueError):  # there is nothing else
        if not rules:
            of_rest = _of_rest(run, recording, options, report, name, method, wanted, pairs)
            rest = of_rest.rows
            pairs |= {name: of_rest}
    own = [row for k, found in pairs.items() for row in found.rows if k != name or rules]
    notes = dict.fromkeys(found.note for found in pairs.values() if found.note)
    whole = once([*own, *rest])
    first = next(iter(pairs.values()))
    return replace(
        first,
        rows=tuple(sorted(whole, key=lambda r: ORDER.index(r.verdict))),
        note=listed(notes, "; "),
        seconds=report.seconds,
    )


def _of_pairs(run: FileRun, recording: Recording, name: str, report: Report) -> dict[str, Report]:
    """Return the reports of the pairs of passes that the file's own run does not show, by name."""
    assert run.ran is not None
    code, found = Code(run.ran.namespace, run.source.text), dict[str, Report]()
    ran = {e.place.line for e in recording.tape.entries}
    shown = {row.line for row in report.rows if row.verdict != NOT_CHECKED}
    is_moved = any(row.name.startswith("update ") for row in report.rows)
    pairs = {p.name: p for p in pairs_of(code, name) if shown.isdisjoint(p.lines)}
    pairs = {k: p for k, p in pairs.items() if not is_moved or ran.isdisjoint(p.lines)}
    with provided(run.ran.missing):
        for k, p in pairs.items():
            if (told := p.report(run.ran.namespace)) is not None:
                found[k] = told
    others = {g.name for g in code.goals()} - pairs.keys()
    for fed in run.feds({*others, *found}) if pairs.keys() - found else ():
        with provided(run.ran.missing):
            told = pairs[fed.goal].fed(fed)
            other = None if told is None else pairs[fed.goal].fed(fed.again(1))
        if told is not None and other is not None:
            rows = _agreed([_of_made_up(r, listed(fed.ones)) for r in told.rows], other.rows)
            found[fed.goal] = replace(told, rows=tuple(rows))
    return found


def _of_rest(
    run: FileRun,
    recording: Recording,
    options: Options,
    report: Report,
    name: str,
    method: str,
    wanted: set[int] | None,
    without: Collection[str] = (),
) -> Report:
    """Return the report of the file's own run, or of calls of its functions if that shows nothing.

    without: the functions that are judged already.
    """
    assert run.ran is not None
    names, rows = run.ran.namespace, report.rows
    is_moved = any(row.name.startswith("update ") for row in rows)
    by_hand = [k for k, x in names.items() if is_by_hand(x) and (not name or k == name)]
    if any(row.verdict != NOT_CHECKED for row in rows) and (is_moved or not by_hand):
        return report  # else a function shows more by itself than where the file calls it
    reports = list(_fed(run, options, _called(names, name), method, wanted, without))
    found = tuple(row for fed in reports for row in fed.rows)
    found += tuple(_of_unfed(run)) if reports else ()
    if by_hand and any(row.verdict != NOT_CHECKED for row in found):
        return replace(reports[0], rows=found)
    if any(row.verdict != NOT_CHECKED for row in rows):
        return report
    if found:
        return replace(reports[0], rows=tuple(once(found + rows)))
    if not options.allow_automatic:
        several = with_calls(report, recording).rows
        rows = tuple(r for r in several if wanted is None or r.line in wanted or not r.line)
    is_of_error = recording.error is not None and len(rows) == 1
    if not rows or (is_of_error and rows[0].verdict == NOT_CHECKED):
        raise _nothing(run, recording, run.ran.missing.has_left)
    return replace(report, rows=(*rows, *_of_unfed(run)))


def _of_unfed(run: FileRun) -> Iterator[Row]:
    """Yield a row for each method and each training function that could not be called."""
    for unfed in run.unfed:
        if "." in unfed.goal or is_training(unfed.goal):
            yield without_numbers(unfed.goal, NOT_CHECKED, unfed.reason)


def _nothing(run: FileRun, recording: Recording, has_left: bool) -> Exception:
    """Return the error to raise if nothing can be checked: the code's own, if it raised one."""
    error, file = recording.error, run.source.file
    if isinstance(error, Exception) and not isinstance(error, (ImportError, OSError)):
        return error
    why = say("nothing moves, and nothing is called a derivative")
    why = run.unfed[0].reason if run.unfed else why
    why = sentence(error) if error else LEFT if has_left else why
    words = "{file} has nothing that trains or derives and can be checked: {reason}"
    return ValueError(say(words, file=file, reason=why))


def _called(names: Mapping[str, Any], name: str) -> str:
    """Return the name of the function or class that a name of a file refers to."""
    found = names.get(name)
    kind = found if inspect.isroutine(found) or inspect.isclass(found) else type(found)
    return getattr(kind, "__name__", name) if name else ""


def _fed(
    run: FileRun,
    options: Options,
    name: str,
    method: str,
    wanted: set[int] | None,
    without: Collection[str],
) -> Iterator[Report]:
    """Yield the reports of functions and classes that a file defines and never calls.

    They are called with data of the file, by a script beside it, or with made-up arguments.
    """
    assert run.ran is not None
    goal, found = f"{name}.{method}" if method else name, False
    for more, said in uncalled(run.ran.namespace, name, method):
        if said in without:
            continue
        again = partial(run.record_more, more, say("Checked: {name}.", name=said))
        report = timed(again, again, options)[0]
        if any(row.verdict != NOT_CHECKED for row in report.rows):
            found = True
            yield report
    end = time.process_time() + BESIDE
    for script in [] if found else callers(run.source):
        if time.process_time() > end:
            break
        beside = FileRun(script, enough)
        recording = beside.record(limit=LIMIT // 4)
        entries = recording.tape.entries
        if not any(p.versions[1:] for p in parameters(recording.tape, uses(entries))):
            continue  # it only predicts
        report = timed(partial(copy.copy, recording), beside.record, options)[0]
        rows = tuple(r for r in report.rows if _is_wanted(r, run.source.file, wanted))
        if any(row.verdict != NOT_CHECKED for row in rows):
            said = say("{script} calls it.", script=script.file.name)
            yield replace(report, rows=rows, note=say("{said} {note}", said=said, note=report.note))
            return
    for fed in [] if found else run.feds(without):
        if not goal or fed.goal == goal or fed.goal.startswith(f"{goal}."):
            again = partial(run.record_more, partial(_feed, fed, 0), fed.text)
            report = timed(again, again, options)[0]
            ones = listed(fed.ones)
            rows = tuple(_of_made_up(r, ones) for r in report.rows)
            if any(row.verdict != NOT_CHECKED for row in rows):
                other = run.record_more(partial(_feed, fed, 1), fed.text)
                other.tape.loss = options.loss
                rows = tuple(_agreed(rows, Reporter(other, None, options).report().rows))
            yield replace(report, rows=rows)


def _agreed(rows: Sequence[Row], others: Sequence[Row]) -> Iterator[Row]:
    """Yield rows, as not checked where other made-up sizes and numbers give another verdict."""
    passed = {(row.name, row.line): row.verdict in PASSED for row in others}
    why = say("other made-up sizes and numbers give another verdict")
    for row in rows:
        is_open = row.verdict in PASSED or row.verdict == WRONG
        same = passed.get((row.name, row.line)) == (row.verdict in PASSED)
        doubted = is_open and not same
        yield without_numbers(row.name, NOT_CHECKED, why, row.file, row.line) if doubted else row


def _is_wanted(row: Row, file: Path, wanted: set[int] | None) -> bool:
    """Whether a row is of a file's wanted lines, or no line in particular; None: of any file."""
    is_here = not row.file or Path(row.file).resolve() == file.resolve()
    return wanted is None or (is_here and (row.line in wanted or not row.line))


def _of_made_up(row: Row, ones: str) -> Row:
    """Return a row as not checked if what was made up may be the reason for its verdict.

    The shape of a wrong gradient may not fit; a right one may lack a factor that is 1. ones: the
    whole numbers that had to be 1.
    """
    is_unfit = row.verdict == WRONG and math.isnan(row.written)
    if not is_unfit and not (ones and row.verdict in PASSED):
        return row
    why = say("its shape does not fit what was made up")
    if not is_unfit:
        why = say("it runs only with {ones} = 1, where a factor left out would not show", ones=ones)
    return without_numbers(row.name, NOT_CHECKED, why, row.file, row.line)


def _feed(fed: Fed, seed: int, names: Mapping[str, Any], call: Callable[..., Any]) -> object:
    return fed.again(seed, call, names)


# Functions and objects.


def _of_function(
    f: Any, example: Sequence[Any], by_name: Mapping[str, Any], options: Options
) -> Report:
    """Return the report of a function or a method, called with an example of its arguments."""
    if isinstance(f, MethodType) and not isinstance(f.__self__, (type, ModuleType)):
        return _of_method(f.__self__, f.__name__, example, by_name, options)
    own = inspect.unwrap(getattr(f, "__func__", f))
    if not isinstance(own, FunctionType):
        words = "{name} is not written in Python: nothing in it can be checked"
        raise TypeError(say(words, name=getattr(f, "__name__", str(f))))
    given_ = _in_order(own, example, by_name)
    try:
        return _at_numbers(own, given_, options)
    except (AttributeError, TypeError) as error:
        if given_:
            raise
        words = "{name} fails on made-up numbers ({error}): give an example of its arguments"
        raise TypeError(say(words, name=own.__name__, error=sentence(error))) from error


def _at_numbers(own: FunctionType, given_: list[Any], options: Options) -> Report:
    """Return the report of a function at its example, or at several made-up ones.

    Where all numbers are 0, as behind an inactive unit, other made-up numbers are tried.
    """
    reports, is_open = list[Report](), bool(compared_with(own))
    for k in SEEDS[:1] if given_ else SEEDS:
        if reports and not is_open and not any(map(shows_nothing, merged(reports).rows)):
            break
        subject = function_subject(own, [*given_, *made_up(own, k)[len(given_) :]])
        reports.append(check_subject(subject, options))
    return merged(reports)


def _of_object(
    what: Any, method: str, example: Sequence[Any], by_name: Mapping[str, Any], options: Options
) -> Report:
    """Return the report of an object, or of a class that is made without arguments."""
    made = what() if isinstance(what, type) else what
    return _of_method(made, method or trains(type(made)), example, by_name, options)


def _of_method(
    of: Any, name: str, example: Sequence[Any], by_name: Mapping[str, Any], options: Options
) -> Report:
    """Return the report of a method, called on a copy of its object."""
    if not callable(getattr(of, name, None)):
        raise TypeError(say("{kind} has no method {name}", kind=type(of).__name__, name=name))
    arguments = _in_order(getattr(of, name), example, by_name)

    def call(recording: Recording, recorder: Recorder) -> None:
        subject = copy.deepcopy(of)
        subject.__class__ = recording.names[type(of).__name__]
        for text, value in attributes_of(subject).items():
            setattr(subject, text, now := given(recording, recorder, value))
            recorder.named(recorder.tape.places[0], f"self.{text}", now)
        several = [given(recording, recorder, x) for x in arguments]
        keep_returned(recording, recorder, getattr(subject, name)(*several))
        _predict(subject, several[:1], recorder)

    return check_subject(class_subject(type(of), call), options)


def _predict(subject: Any, data: Sequence[Any], recorder: Recorder) -> None:
    """Let a trained object predict: its first row, or all rows."""
    several = [getattr(subject, k) for k in dir(subject) if plain(k) in PREDICTING]
    for predict in filter(callable, several):
        for X in data if isinstance(data[0], (list, tuple, np.ndarray)) and len(data[0]) else ():
            _ = attempted(recorder, predict, X[0]) or attempted(recorder, predict, X)


def _in_order(f: Any, example: Sequence[Any], by_name: Mapping[str, Any]) -> list[Any]:
    """Return the arguments in the function's order, up to the last one that is given."""
    if not by_name:
        return list(example)
    name = getattr(f, "__name__", str(f))
    try:
        bound = inspect.signature(f).bind(*example, **by_name)
    except TypeError as error:
        words = "the example does not fit {name}: {error}"
        raise TypeError(say(words, name=name, error=sentence(error))) from None
    last = list(bound.arguments)[-1]
    bound.apply_defaults()
    if refused := [k for k in by_name if k in bound.kwargs]:
        words = "{function} takes {names} by name only: leave out the *"
        raise TypeError(say(words, function=name, names=listed(refused)))
    names = list(bound.arguments)
    return [bound.arguments[k] for k in names[: names.index(last) + 1]]


def check_subject(subject: Subject, options: Options = DEFAULT) -> Report:
    """Return the report of a recorded subject; raise the code's error if there are no rows."""

    def run(
        sites: Sites | None = None, trials: Trials | None = None, limit: int = LIMIT
    ) -> Recording:
        start_over()
        return recorded(subject, limit, enough, sites, trials)

    report, recording = timed(run, run, options)
    report = report if options.allow_automatic else with_calls(report, recording)
    if recording.error is not None and not report.rows[1:]:
        raise recording.error
    return report


GATHERED = ContextVar[Union["list[Recording]", None]]("GATHERED", default=None)


@contextmanager
def gathered() -> Iterator[list[Recording]]:
    """Collect, while the context is open, each recording whose rows are reported."""
    found = list[Recording]()
    token = GATHERED.set(found)
    try:
        yield found
    finally:
        GATHERED.reset(token)


def timed(
    record: Callable[[], Recording], again: Again, options: Options
) -> tuple[Report, Recording]:
    """Return the report of a recording, with the CPU seconds of the code and of the check."""
    began = time.process_time()
    recording = record()
    recording.tape.loss = options.loss
    ran = time.process_time()
    if (recordings := GATHERED.get()) is not None:
        recordings.append(recording)
    report = Reporter(recording, again, options).report()
    seconds = {"code": ran - began, "check": time.process_time() - ran}
    return replace(report, seconds=seconds), recording


LEFT = say(
    'the code ended itself (quit, exit or sys.exit): put that below `if __name__ == "__main__":`'
)
BESIDE = 3.0  # seconds after which no other script beside a file is run
SEEDS = (1, 2, 3, 4)  # of made-up numbers at which a branch may go the other way

__all__ = ["LEFT", "check", "check_here", "check_subject", "check_training"]

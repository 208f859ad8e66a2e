"""Check a file, a function, a class or an object, with an example of its arguments."""

from __future__ import annotations

import copy
import inspect
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from microgradnet.checking.finding.steps import Enough
from microgradnet.checking.finding.upstream import Formula, named_loss
from microgradnet.checking.finding.vocabulary import PREDICTING, plain
from microgradnet.checking.of_files import file_report
from microgradnet.checking.reporting.automatic import with_calls
from microgradnet.checking.reporting.report import DEFAULT, Options, Report, merged, shows_nothing
from microgradnet.checking.scope import attributes_of, compared_with, made_up, trains
from microgradnet.checking.variants import timed
from microgradnet.tape.limits import muted, seeded
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.recording import (
    Recording,
    Subject,
    attempted,
    class_subject,
    function_subject,
    given,
    keep_returned,
    repeatable,
)
from microgradnet.tape.sources import SUFFIXES, read
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
            source = read(os.path.abspath(what))  # the code runs in its own folder
            return file_report(source, replace(options, with_passes=loss is None))
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
    seconds: float = Options.seconds,
) -> Report:
    """Return the report of a file, or of one name in it, run in this process.

    name: a function, a class or an object of the file; method: the training method of a class;
    cell: a tag of the cells of a notebook; trusted: whether pairs of passes may be right without
    a tape as proof; seconds: after them, no further part of the file is begun. The other arguments
    are those of `check`.
    Raises NameError for a name that is not in the file, and the errors of `check`.
    """
    judged = loss is None, not trusted
    options = Options(named_loss(loss), witness, allow_automatic, *judged, seconds)
    with told(), seeded(), muted():
        return file_report(read(file, cell), options, name, method)


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
    run = repeatable(subject, Enough())
    report, recording = timed(run, run, options)
    report = report if options.allow_automatic else with_calls(report, recording)
    if recording.error is not None and not report.rows[1:]:
        raise recording.error
    return report


SEEDS = (1, 2, 3, 4)  # of made-up numbers at which a branch may go the other way

__all__ = ["check", "check_here", "check_subject", "check_training"]

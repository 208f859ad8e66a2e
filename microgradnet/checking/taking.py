"""mg.check: what is checked may be a function, a class, an object, or a file."""

from __future__ import annotations

import ast
import inspect
import math
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from microgradnet.checking.apart import apart, by_machine, text_at
from microgradnet.checking.array_checks import check_script
from microgradnet.checking.binding import derivatives
from microgradnet.checking.candidates import called, candidates, method_of, trains_by_itself
from microgradnet.checking.first_step import data_names
from microgradnet.checking.functions import check_function
from microgradnet.checking.helpers import blamed_on_helpers
from microgradnet.checking.lent_data import on_lent_data
from microgradnet.checking.report import WRONG, Report
from microgradnet.checking.runs import Loss
from microgradnet.checking.samples import is_of_numbers
from microgradnet.checking.scripts import RUN_NAME, SUFFIXES, as_script, beside, opened, seeded
from microgradnet.checking.trainers import check_training
from microgradnet.checking.without_data import likeliest, with_made_up
from microgradnet.datasets import gender
from microgradnet.tracing.lending import MadeUpError
from microgradnet.tracing.opening import called_with
from microgradnet.tracing.parsing import bytes_of, kept, parse, parts_of
from microgradnet.tracing.replacing import Namespace
from microgradnet.words import listed, say, sentence, told

__all__ = ["check", "check_here"]


def check(
    what: object,
    *example: object,
    loss: Loss | None = None,
    witness: bool = False,
    allow_automatic: bool = False,
    **by_name: object,
) -> Report:
    """Check a derivation by hand: which derivative is wrong, and why.

    what: a function that takes the numbers of the net, computes the forward pass and the
    derivatives as a person writes them (`d_L_d_ypred`, `d_ypred_d_w5`, `d_h1_d_w1`), and returns
    `locals()`. It is run on Values, with `np` and `math` as they stand, at numbers chosen to tell
    right from wrong; so the verdict is about the formulas. example, by_name: arguments of the
    shapes it takes, where they cannot be seen from the code (`x[0]` can). loss: what L is where
    the code computes none, "mse" or a function (y_pred, y_true). witness: show what differences
    say.

    A function of arrays in another dialect (`dW1`, `grads["W1"]`, `dscores`, `nabla_w[0]`) is
    checked by value: give an example of its arguments, of which only shapes and kinds matter.
    Each array it computes that is the gradient of the loss by an array of the forward pass is
    recognised, and has a row with its line; what is no gradient is blamed where it spoils others.
    It may return anything. So may a method; a class or an object that trains is checked as by
    `check_training`, with X and y as the example; the path of a `.py` or `.ipynb` file as by
    `microgradnet check FILE`, but here, in this process: for code that is your own. `check_file`
    runs that of others in a process of its own, with limits.

    A derivative is "wrong" itself, or "follows" where it is not right only because of others. A
    parameter that is assigned anew (`w1 -= rate * d_L_d_w1`) is checked as `update w1`. What the
    code computes by calling what derives (`mg.grad`, `.backward()`, torch, jax, sympy, differences
    of its own loss) "cannot be told", unless allow_automatic; beside one by hand, to compare with,
    it is left out.

    Raises NamesError for a derivative of what has no name, TypeError for no such function.

    >>> def by_hand(w, x, y_true):
    ...     y_pred = w * x
    ...     d_L_d_ypred = -2 * (y_true - y_pred)
    ...     d_ypred_d_w = w
    ...     return locals()
    >>> [wrong, right] = check(by_hand).rows
    >>> wrong.name, wrong.mistake
    ('d_ypred_d_w', 'uses w where x belongs')
    """
    with told():
        if isinstance(what, os.PathLike) or (isinstance(what, str) and what.endswith(SUFFIXES)):
            return check_here(what, loss=loss, witness=witness, allow_automatic=allow_automatic)
        report = _of_any(what, example, loss, witness, by_name)
        return report if allow_automatic else apart(report, text_at(_names_around(what)))


def _of_any(
    what: Any,
    example: Sequence[object],
    loss: Loss | None,
    witness: bool,
    by_name: Mapping[str, object],
) -> Report:
    if len(example) > 1 and (inspect.isclass(what) or not callable(what)):
        X, y = example[:2]
        return check_training(what, method_of(what), X, y, loss, witness, **by_name)
    inputs = _in_order(what, example, by_name) if by_name else example
    return check_function(what, *inputs, loss=loss, witness=witness)


def _names_around(what: object) -> Namespace:
    """The names of the module that code is of."""
    plain = inspect.unwrap(getattr(what, "__func__", what)) if callable(what) else type(what)
    module = sys.modules.get(getattr(plain, "__module__", None) or "")
    return getattr(plain, "__globals__", None) or dict(vars(module) if module else {})


def _in_order(
    what: Callable[..., object], example: Sequence[object], by_name: Mapping[str, object]
) -> list[object]:
    """The arguments in the order of a function: up to the last given, others as by default."""
    called = getattr(what, "__name__", str(what))
    try:
        bound = inspect.signature(what).bind(*example, **by_name)
    except TypeError as error:
        words = "the example does not fit {name}: {error}"
        raise TypeError(say(words, name=called, error=sentence(error))) from None
    last = list(bound.arguments)[-1]
    bound.apply_defaults()
    if refused := [name for name in by_name if name in bound.kwargs]:
        words = "{function} takes {names} by name only: leave out the *"
        raise TypeError(say(words, function=called, names=listed(refused)))
    names = list(bound.arguments)
    return [bound.arguments[name] for name in names[: names.index(last) + 1]]


UNCHECKED = "What the file does when it is run is not checked: {reason}."
OPENING = 1.0  # seconds of the processor that a file's loops may take, and what else derives in it


def check_here(
    file: str | os.PathLike[str],
    name: str = "",
    method: str = "",
    loss: Loss | None = None,
    witness: bool = False,
    cell: str = "",
    allow_automatic: bool = False,
) -> Report:
    """Return the report on what trains or derives in a file, or on that of its names, run here.

    file: of Python, or a notebook; it is run, not changed. method: of a class, what trains. cell:
    a tag of the cells of a notebook that are run, no others; without one, those that are tagged
    microgradnet, or all where none is. The note says what was taken. allow_automatic: see `check`;
    otherwise code that cannot be run on Values, since it is torch's, say, and derives nothing by
    hand has rows that say so.

    Raises FileNotFoundError, NameError for a name it has not, ValueError where nothing in it can
    be checked or no cell has the tag, and what the file raises.
    """
    with (
        as_script(Path(file), cell) as script,
        kept(script),
        beside(Path(file), script),
        seeded(),
    ):
        source = text_at()
        try:
            report = _report(str(file), script, name, method, {"loss": loss, "witness": witness})
        except NameError:
            raise
        except Exception:
            by = None if allow_automatic else by_machine(source(str(script)), str(script))
            if by is None:
                raise
            report = by
        report = report if allow_automatic else apart(report, source)
    rows = (replace(x, file=str(file)) if x.file == str(script) else x for x in report.rows)
    return replace(report, rows=tuple(rows))  # of a notebook, whose script is gone


def _report(
    file: str, script: Path, name: str, method: str, options: Mapping[str, object]
) -> Report:
    names, left = opened(script, OPENING)
    own = {k: v for k, v in names.items() if getattr(v, "__module__", "") == RUN_NAME}
    if not name:
        return _first(file, script, own, names, method, options, left)
    if name not in names and left:
        raise left[0]
    if name not in names:
        has = listed(own) or say("no functions")
        raise NameError(say("no {name} in {file}; it has {has}", name=name, file=file, has=has))
    try:
        return _checked(names[name], names, method, options)
    except Exception:
        made = with_made_up({name: names[name]}, [name], names, method, options)
        for _, report in made:
            return report
        raise


def _first(
    file: str,
    script: Path,
    own: Mapping[str, object],
    names: Mapping[str, object],
    method: str,
    options: Mapping[str, object],
    left: Sequence[Exception],
) -> Report:
    """The report on the first of what derives in a file that can be checked; it says which.

    left: what failed in the file, and was left out.
    """
    found = candidates(own, method)
    last = [name for name in found if _is_of_script(own[name], names)]

    def check(name: str) -> Report:
        return _checked(names[name], names, method, options)

    unchecked = ""
    checked, failed = _each([name for name in found if name not in last], own, check)
    by_itself = checked and not any(_is_wrong(report) for _, report in checked)
    by_itself = by_itself and trains_by_itself(parse(bytes_of(script), str(script)))
    if by_itself or not checked:
        try:
            checked += [(file, blamed_on_helpers(lambda: check_script(str(script)), names))]
        except (Exception, SystemExit) as error:
            failed = listed((failed, sentence(error)), "; ")
            unchecked = say(UNCHECKED, reason=sentence(error)) if checked else ""
    checked = checked or _each(last, own, check)[0]
    checked = checked or list(islice(with_made_up(own, found, names, method, options), 1))
    if left and not checked:
        lent = on_lent_data(
            script, names, lambda one: blamed_on_helpers(lambda: check_script(one), names)
        )
        checked = [(file, report) for report in [likeliest(lent)] if report is not None]
    if checked:
        return _worst(checked, found, listed((unchecked, _failed(left)), " "))
    if left and not found and not isinstance(left[0], (ImportError, OSError)):
        raise left[0]
    nothing = "{file} has nothing that trains or derives and can be checked: {reason}"
    raise ValueError(say(nothing, file=file, reason=listed((failed, _failed(left)), "; ")))


def _worst(checked: Sequence[tuple[str, Report]], found: Sequence[str], failed: str) -> Report:
    """The report with a mistake, else one on which all is right; its note says what it is of."""
    name, report = max(checked, key=lambda one: _worth(one[1]))
    by_name = name if report else listed(name for name, _ in checked)
    taken = say("Checked: {name}", name=by_name)
    if found[1:] and name in found:
        taken = say("Checked: {name}, of {names}", name=by_name, names=listed(found))
    return replace(report, note=listed((report.note, failed, taken), " "))


def _worth(report: Report) -> tuple[bool, bool, int]:
    """How much a report says: of two on which all is right, the one on more."""
    return _is_wrong(report), bool(report), len(report.rows)


def _is_wrong(report: Report) -> bool:
    return any(row.verdict == WRONG for row in report.rows)


def _each(
    found: Sequence[str], own: Mapping[str, object], check: Callable[[str], Report]
) -> tuple[list[tuple[str, Report]], str]:
    """The reports on what derives and none of those checked calls, up to one that is wrong.

    And why the first of the others cannot be checked.
    """
    checked: list[tuple[str, Report]] = []
    failed, end, calls = "", math.inf, {name: {*called(x)} for name, x in own.items()}
    reached: set[str] = set()
    for name in found:
        if name in reached or time.process_time() > end:
            continue
        try:
            report = check(name)
            if not report.rows:  # so nothing is known of it
                raise ValueError(say("nothing in it is told to be a derivative"))
            checked.append((name, report))
        except Exception as error:
            failed = failed or say("{name}: {error}", name=name, error=sentence(error))
            continue
        end = min(end, time.process_time() + OPENING)
        if _is_wrong(checked[-1][1]):
            break
        reached |= {name}
        while more := {x for k in reached for x in calls.get(k, ())} & {*own} - reached:
            reached |= more
    return checked, failed


def _is_of_script(found: object, names: Mapping[str, object]) -> bool:
    """Whether a function derives by arrays of its file, or of a function around it, or moves such.

    What is checked is the file, then.
    """
    if not inspect.isfunction(found):
        return False
    own, nodes = found.__code__.co_varnames, [*parts_of(found)]
    read = {n.id for n in nodes if isinstance(n, ast.Name)}.difference(own)
    around = {**names, **inspect.getclosurevars(found).nonlocals}
    used = [around.get(name) for name in read]
    moved = [k for n in nodes if isinstance(n, (ast.Global, ast.Nonlocal)) for k in n.names]
    sets = any(isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store) for n in nodes)
    held = [x for x in used if sets and isinstance(x, (list, dict))]
    return (
        any(isinstance(x, np.ndarray) and x.dtype.kind == "f" for x in used)
        or any(isinstance(around.get(name), float) for name in moved)
        or any(map(is_of_numbers, held))
    )


def _failed(left: Sequence[Exception]) -> str:
    """What is said of what failed in a file: of the first, which others may follow from."""
    made_up = [sentence(error) for error in left if isinstance(error, MadeUpError)]
    others = [error for error in left if not isinstance(error, MadeUpError)]
    return listed([*made_up, *map(_left, others[:1])], " ")


def _left(error: Exception) -> str:
    said = sentence(error)
    if isinstance(error, FileNotFoundError) and error.filename:
        said = say("there is no file {file}", file=str(error.filename))
    _, *frames = traceback.extract_tb(error.__traceback__)
    return say("Left out: line {line}: {error}.", line=frames[0].lineno, error=said)


def _checked(
    found: Any, names: Mapping[str, object], method: str, options: Mapping[str, Any]
) -> Report:
    if inspect.isfunction(found) and not _trains(found):
        by_name = derivatives(found)
        example = _example(found, names, bool(by_name))
        kinds = (np.ndarray, list, tuple, dict)
        in_arrays = any(isinstance(x, kinds) for x in example)
        return check_function(found, *(example if in_arrays or not by_name else ()), **options)
    method = "" if inspect.isfunction(found) else method_of(found, method)
    failed: ValueError | None = None
    for X, y in _data(getattr(found, method) if method else found, names):
        try:
            return check_training(found, method, X, y, **options)
        except ValueError as error:
            failed = failed or error
    assert failed is not None
    raise failed


def _trains(function: FunctionType) -> bool:
    """Whether a function is a training loop, not a derivation that returns locals()."""
    loops = any(isinstance(n, (ast.For, ast.While)) for n in parts_of(function))
    by_name = derivatives(function) and "locals" not in function.__code__.co_names
    return bool(loops and by_name)


def _example(function: FunctionType, names: Mapping[str, object], lacking: bool) -> list[object]:
    """The data of the file that has the names of the arguments, or their values by default.

    Else what the file calls it with. lacking: whether some may be missing; then there is none.
    """
    example = []
    parameters = inspect.signature(function).parameters
    called = called_with(function, names)
    if called and any(p.default is p.empty and name not in names for name, p in parameters.items()):
        return called
    for name, p in parameters.items():
        if name in names:
            example.append(names[name])
        elif p.default is not p.empty:
            example.append(p.default)
        elif lacking:
            return []
        else:
            words = "{function} takes {name}, and the file has no {name}"
            raise ValueError(say(words, function=function.__name__, name=name))
    return example


def _data(
    train: Callable[..., object], names: Mapping[str, object]
) -> Iterator[tuple[object, object]]:
    """Yield the data of the file that has the names the function takes.

    Else yield the tutorial's six people, and then two rows of one number each.
    """
    taken = [name for name in inspect.signature(train).parameters if name != "self"]
    wanted = data_names(train) if len(taken) > 1 else ()
    if wanted and all(name in names for name in wanted):
        yield names[wanted[0]], names[wanted[1]]
    else:
        yield gender()
        yield [[1.0], [2.0]], [1.0, 2.0]

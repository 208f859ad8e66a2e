"""mg.check: what is checked may be a function, a class, an object, or a file."""

from __future__ import annotations

import ast
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from microgradnet.checking.apart import apart, by_machine, text_at
from microgradnet.checking.array_checks import check_script
from microgradnet.checking.binding import derivatives
from microgradnet.checking.claims import claim
from microgradnet.checking.first_step import data_names
from microgradnet.checking.functions import check_function
from microgradnet.checking.furnishing import examples_of, objects_of
from microgradnet.checking.report import Report
from microgradnet.checking.runs import Loss
from microgradnet.checking.scripts import RUN_NAME, SUFFIXES, as_script, beside, opened
from microgradnet.checking.trainers import check_training
from microgradnet.datasets import gender
from microgradnet.tracing.lending import MadeUpError
from microgradnet.tracing.replacing import Namespace
from microgradnet.tracing.rewriting import parts_of
from microgradnet.words import listed, say, sentence, told

__all__ = ["called", "check", "check_here"]

TRAINING = ("train", "fit", "backprop", "backward", "step", "update", "train_step", "loss")


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
        return check_training(what, _method(what), X, y, loss, witness, **by_name)
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


OPENING = 1.0  # seconds that the loops of a file may take before what it defines is checked


def _method(kind: object, usual: str = "") -> str:
    """The method that trains: it has derivatives or updates, or calls one that has."""
    names = dict.fromkeys([*filter(None, [usual]), *TRAINING, *vars(kind), *dir(kind)])
    found = [n for n in names if n[:2] != "__" and _derives(getattr(kind, n, None))]
    return found[0] if found else usual or "train"


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
    with as_script(Path(file), cell) as script, beside(Path(file), script):
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
    return _checked(names[name], names, method, options)


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
    candidates = _candidates(own, method)
    failed = ""
    nothing = "{file} has nothing that trains or derives and can be checked: {reason}"
    for name in candidates:
        try:
            report = _checked(names[name], names, method, options)
        except FAILURES as error:
            failed = failed or say("{name}: {error}", name=name, error=sentence(error))
            continue
        taken = say("Checked: {name}", name=name)
        if candidates[1:]:
            taken = say("Checked: {name}, of {names}", name=name, names=listed(candidates))
        return replace(report, note=listed((report.note, _failed(left), taken), " "))
    try:
        report = check_script(str(script))
        taken = say("Checked: {name}", name=file)
        return replace(report, note=listed((report.note, _failed(left), taken), " "))
    except (*FAILURES, SystemExit) as error:
        failed = failed or sentence(error)
    if left and not candidates and not isinstance(left[0], (ImportError, OSError)):
        raise left[0]
    raise ValueError(say(nothing, file=file, reason=listed((failed, _failed(left)), "; ")))


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


FAILURES = (
    *(TypeError, ValueError, LookupError, AttributeError, ArithmeticError, NameError),
    *(ImportError, OSError),
)


def _candidates(own: Mapping[str, object], method: str) -> list[str]:
    """What derives, or calls what does; what no other calls comes first."""
    known = [k for k, v in own.items() if _derives(v, method)]
    calls = {k: set(called(v)) for k, v in own.items()}
    while more := [k for k in own if k not in known and calls[k] & {*known}]:
        known += more
    order = [k for k in own if k in known]
    used = {name for k in order for name in calls[k] - {k}}
    return sorted(order, key=lambda k: k in used)


def called(found: object) -> Iterator[str]:
    """Yield the names that a function, or the methods of a class, look up outside themselves."""
    functions = vars(found).values() if inspect.isclass(found) else [found]
    for function in functions:
        code = getattr(function, "__code__", None)
        yield from code.co_names if code is not None else ()


def _derives(found: object, method: str = "") -> bool:
    """Whether a function, or a method of a class, has names like derivatives or updates."""
    if inspect.isclass(found):
        methods = [getattr(found, method, None)] if method else list(vars(found).values())
        return any(_derives(function) for function in methods)
    plain = inspect.unwrap(getattr(found, "__func__", found)) if callable(found) else None
    if not inspect.isfunction(plain):
        return False
    code = plain.__code__
    names = (*code.co_varnames, *(x for x in code.co_consts if isinstance(x, str)))
    said = bool(derivatives(plain)) or any(claim(n, ()) for n in names if n.isidentifier())
    return said or any(map(_moves, parts_of(plain)))


def _moves(node: ast.AST) -> bool:
    """Whether something is `self.who += self.lr * np.dot(errors, inputs.T)`: a parameter moved."""
    if not isinstance(node, ast.AugAssign) or not isinstance(node.target, ast.Attribute):
        return False
    return any(isinstance(n, ast.Mult) for n in ast.walk(node.value))


def _checked(
    found: Any, names: Mapping[str, object], method: str, options: Mapping[str, Any]
) -> Report:
    if inspect.isfunction(found) and not _trains(found):
        by_name = derivatives(found)
        example = _example(found, names, bool(by_name))
        kinds = (np.ndarray, list, tuple, dict)
        in_arrays = any(isinstance(x, kinds) for x in example)
        return check_function(found, *(example if in_arrays or not by_name else ()), **options)
    method = "" if inspect.isfunction(found) else _method(found, method)
    failed: ValueError | None = None
    furnished = _furnished(found, options) if inspect.isclass(found) else None
    if furnished is not None:
        return furnished
    for X, y in _data(getattr(found, method) if method else found, names):
        try:
            return check_training(found, method, X, y, **options)
        except ValueError as error:
            failed = failed or error
    assert failed is not None
    raise failed


def _furnished(kind: type, options: Mapping[str, Any]) -> Report | None:
    """The report on the first method of a class that can be checked on an object made for it."""
    for net, outputs, made_as in objects_of(kind):
        for name in sorted(_candidates(_methods(kind), ""), key=lambda k: _takes_epochs(kind, k)):
            method = getattr(net, name)
            for example in examples_of(method, outputs):
                try:
                    report = check_function(method, *example.values(), **options)
                except FAILURES:
                    continue
                taken = say("Made for it: {call}.", call=f"{made_as}.{name}")
                return replace(report, note=listed((report.note, taken), " "))
    return None


def _takes_epochs(kind: type, method: str) -> bool:
    """Whether a method goes through the data several times: what it calls shows as much."""
    return any("epoch" in name.lower() for name in inspect.signature(vars(kind)[method]).parameters)


def _methods(kind: type) -> dict[str, object]:
    return {name: x for name, x in vars(kind).items() if inspect.isfunction(x) and name[:2] != "__"}


def _trains(function: FunctionType) -> bool:
    """Whether a function is a training loop, not a derivation that returns locals()."""
    loops = any(isinstance(n, (ast.For, ast.While)) for n in parts_of(function))
    by_name = derivatives(function) and "locals" not in function.__code__.co_names
    return bool(loops and by_name)


def _example(function: FunctionType, names: Mapping[str, object], lacking: bool) -> list[object]:
    """The data of the file that has the names of the arguments, or their values by default.

    lacking: whether some may be missing; then there is none.
    """
    example = []
    for name, p in inspect.signature(function).parameters.items():
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

"""A derivation written as a function, checked as formulas rather than as numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import FunctionType

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.checking.array_checks import check_arrays
from microgradnet.checking.binding import (
    Bindings,
    InArrays,
    constants,
    derivatives,
    literals,
    pairs,
    subscripts,
)
from microgradnet.checking.claims import claim
from microgradnet.checking.examining import examine
from microgradnet.checking.helpers import blamed_on_helpers
from microgradnet.checking.names import TARGET, plain
from microgradnet.checking.points import Arguments, Shape
from microgradnet.checking.report import Report
from microgradnet.checking.runs import Loss, Run, named, places, read
from microgradnet.tracing.running import run as traced
from microgradnet.words import say

__all__ = ["check_function"]


def check_function(
    by_hand: Callable[..., object],
    *example: object,
    loss: Loss | None = None,
    witness: bool = False,
) -> Report:
    """Return the report on a function, or a method: see `check`."""
    function = _function(by_hand)
    return blamed_on_helpers(
        lambda: _report(by_hand, function, example, loss, witness), function.__globals__
    )


def _report(
    by_hand: Callable[..., object],
    function: FunctionType,
    example: Sequence[object],
    loss: Loss | None,
    witness: bool,
) -> Report:
    if (by_value := _by_value(by_hand, function, example)) is not None:
        return check_arrays(inspect.unwrap(by_hand), by_value, loss)
    inside = constants(function)
    numbers = Arguments(_shapes(by_hand, function, example) | dict.fromkeys(inside, ()))

    def run(point: Mapping[str, float]) -> Run:
        given = numbers.values(point)
        bound = Bindings(function, {name: given.pop(name) for name in inside})
        found = traced(by_hand, (), bound.trace, options=given).returned
        if _has_arrays(example) and bound.binds_arrays:
            raise InArrays
        _refuse_other(function, found)
        run = read(point, given | bound.given, found, found, loss or "mse", at=bound.at)
        said, compared = [*run.numbers, *literals(function)], named(bound.trace.compared, given)
        run = replace(run, compared=compared, numbers=said, places=places(bound.trace))
        return replace(run, unused={*inside} - bound.given.keys())

    try:
        return examine(numbers.names, run, witness)
    except InArrays:
        return check_arrays(inspect.unwrap(by_hand), example, loss)
    except AttributeError as error:
        _refuse_array(function, error)
        raise


def _function(by_hand: Callable[..., object]) -> FunctionType:
    function = inspect.unwrap(getattr(by_hand, "__func__", by_hand)) if callable(by_hand) else None
    if inspect.isclass(by_hand):
        words = "{name} is a class: mg.check_training takes an object of it"
        raise TypeError(say(words, name=by_hand.__name__))
    if not inspect.isfunction(function):
        words = (
            "check takes a function that returns locals(), not {kind}; "
            "derivatives at one point go to mg.compare"
        )
        raise TypeError(say(words, kind=type(by_hand).__name__))
    return function


def _by_value(
    by_hand: Callable[..., object], function: FunctionType, example: Sequence[object]
) -> Sequence[object] | None:
    """An example for what is checked by value, None where it is checked by name."""
    by_name = bool(derivatives(function))
    if _has_arrays(example) and (_is_deep(example) or not by_name):
        return example
    if not by_name and any(claim(name, ()) for name in function.__code__.co_varnames):
        shapes = _shapes(by_hand, function, ())
        return [np.full(shape, 0.5) if shape else 0.5 for shape in shapes.values()]
    return None


def _is_deep(example: Sequence[object]) -> bool:
    """Whether an example holds matrices, or lists of lists."""
    kinds = (np.ndarray, list, tuple, Mapping)
    nested = [e for x in example if isinstance(x, (list, tuple)) for e in x]
    return any(
        isinstance(x, Mapping) or (isinstance(x, kinds[:1]) and x.ndim > 1) for x in example
    ) or any(isinstance(e, kinds) for e in nested)


def _has_arrays(example: Sequence[object]) -> bool:
    """Whether an example holds arrays, or lists and dicts of numbers."""
    return any(isinstance(x, (np.ndarray, list, tuple, Mapping)) for x in example)


def _refuse_other(function: FunctionType, found: object) -> None:
    if not isinstance(found, Mapping):
        words = "{name} returned {kind}: end it with `return locals()`"
        raise TypeError(say(words, name=function.__name__, kind=type(found).__name__))


def _refuse_array(function: FunctionType, error: AttributeError) -> None:
    """Refuse a number where an array is meant: it was asked for what only an array has."""
    name = error.name or ""
    if isinstance(error.obj, Value) and hasattr(np.ndarray, name):
        words = (
            "{function} uses .{name}, which only arrays have, and was run on numbers: give an "
            "example of its arguments, check({function}, np.ones(3), ...), or arrays of "
            "their names in the file"
        )
        raise TypeError(say(words, function=function.__name__, name=name)) from None


def _shapes(
    by_hand: Callable[..., object], function: FunctionType, example: Sequence[object]
) -> dict[str, Shape]:
    """The shape of each argument: of the example, of its default, or as the code takes it apart."""
    taken_apart = subscripts(function)
    named_parts = {part for pair in pairs(function) for part in pair}.union(TARGET)
    shapes: dict[str, Shape] = {}
    for i, (name, p) in enumerate(inspect.signature(by_hand).parameters.items()):
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.POSITIONAL_ONLY):
            words = "name the argument {name!r} of {function}: its numbers need names"
            raise TypeError(say(words, name=name, function=function.__name__))
        like = example[i] if i < len(example) else p.default
        if like is not p.empty:
            array = np.array(like, dtype=object)
            floats = all(isinstance(x, (float, np.floating)) for x in array.flat)
            if i < len(example) or (array.size and floats) or plain(name) in named_parts:
                shapes[name] = array.shape
        else:
            shapes[name] = (taken_apart[name],) if name in taken_apart else ()
    if len(example) > len(inspect.signature(by_hand).parameters):
        words = "{function} takes {takes} arguments, the example has {given}"
        given = {"takes": len(shapes), "given": len(example)}
        raise TypeError(say(words, function=function.__name__, **given))
    return shapes

"""mg.check: a derivation written as a function, checked as formulas rather than as numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgradnet.checking.array_report import check_arrays
from microgradnet.checking.binding import (
    Bindings,
    constants,
    derivatives,
    literals,
    pairs,
    subscripts,
)
from microgradnet.checking.examining import examine
from microgradnet.checking.names import TARGET, plain
from microgradnet.checking.points import Arguments, Shape
from microgradnet.checking.report import Report
from microgradnet.checking.runs import Loss, Run, named, read
from microgradnet.tracing.running import run as traced

__all__ = ["check"]


def check(
    by_hand: Callable[..., Mapping[str, Any]],
    *example: Any,
    loss: Loss = "mse",
    witness: bool = False,
) -> Report:
    """Check a derivation written as a function: which derivative is wrong, and why.

    by_hand: takes the numbers of the net, computes the forward pass and the derivatives as a
    person writes them (`d_L_d_ypred`, `d_ypred_d_w5`, `d_h1_d_w1`), and returns `locals()`. It
    is run on Values, with `np` and `math` as they stand, at numbers chosen to tell right from
    wrong; so the verdict is about the formulas. example: arguments of the shapes it takes, where
    they cannot be seen from the code (`x[0]` can). loss: what L is where the code
    computes none, "mse" or a function (y_pred, y_true). witness: show what differences say.

    A function of arrays in another dialect (`dW1`, `grads["W1"]`, `dscores`, `nabla_w[0]`) is
    checked by value: give an example of its arguments, of which only shapes and kinds matter.
    Each array it computes that is the gradient of the loss by an array of the forward pass is
    recognised, and has a row with its line; what is no gradient is blamed where it spoils others.

    A derivative is "wrong" itself, or "follows" where it is not right only because of others. A
    parameter that is assigned anew (`w1 -= rate * d_L_d_w1`) is checked as `update w1`.

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
    function = _function(by_hand)
    if _has_arrays(example) and not derivatives(function):
        return check_arrays(inspect.unwrap(by_hand), example, loss)
    inside = constants(function)
    numbers = Arguments(_shapes(by_hand, function, example) | dict.fromkeys(inside, ()))

    def run(point: Mapping[str, float]) -> Run:
        given = numbers.values(point)
        bound = Bindings(function, {name: given.pop(name) for name in inside})
        found = traced(by_hand, (), bound.trace, options=given).returned
        _refuse_other(function, found)
        run = read(point, given | bound.given, found, found, loss, at=bound.at)
        said = [*run.numbers, *literals(function)]
        return replace(run, compared=named(bound.trace.compared, given), numbers=said)

    return examine(numbers.names, run, witness)


def _function(by_hand: Any) -> Any:
    function = inspect.unwrap(getattr(by_hand, "__func__", by_hand)) if callable(by_hand) else None
    if inspect.isclass(by_hand):
        raise TypeError(f"{by_hand.__name__} is a class: mg.check_training takes an object of it")
    if not inspect.isfunction(function):
        raise TypeError(
            "check takes a function that returns locals(), "
            f"not {type(by_hand).__name__}; derivatives at one point go to mg.compare"
        )
    return function


def _has_arrays(example: Sequence[Any]) -> bool:
    """Whether an example holds arrays, or lists and dicts of numbers."""
    return any(isinstance(x, (np.ndarray, list, tuple, Mapping)) for x in example)


def _refuse_other(function: Any, found: Any) -> None:
    if not isinstance(found, Mapping):
        returned = f"{function.__name__} returned {type(found).__name__}"
        raise TypeError(f"{returned}: end it with `return locals()`")


def _shapes(by_hand: Any, function: Any, example: Sequence[Any]) -> dict[str, Shape]:
    """The shape of each argument: of the example, of its default, or as the code takes it apart."""
    taken_apart = subscripts(function)
    named_parts = {part for pair in pairs(function) for part in pair}.union(TARGET)
    shapes: dict[str, Shape] = {}
    for i, (name, p) in enumerate(inspect.signature(by_hand).parameters.items()):
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.POSITIONAL_ONLY):
            raise TypeError(
                f"name the argument {name!r} of {function.__name__}: its numbers need names"
            )
        like = example[i] if i < len(example) else p.default
        if like is not p.empty:
            array = np.array(like, dtype=object)
            floats = all(isinstance(x, (float, np.floating)) for x in array.flat)
            if i < len(example) or (array.size and floats) or plain(name) in named_parts:
                shapes[name] = array.shape
        else:
            shapes[name] = (taken_apart[name],) if name in taken_apart else ()
    if len(example) > len(inspect.signature(by_hand).parameters):
        raise TypeError(
            f"{function.__name__} takes {len(shapes)} arguments, the example has {len(example)}"
        )
    return shapes

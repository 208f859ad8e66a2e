"""Call functions and classes that a file defines and never calls, with data of the file."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from microgradnet.checking.scope import made_up, trains
from microgradnet.checking.vocabulary import derivative, is_exact
from microgradnet.datasets import gender
from microgradnet.tape.rewriting import RECORDER
from microgradnet.tape.running import More

Call = Callable[..., Any]
SAMPLES = 2  # the arguments of a training method: rows and targets


def uncalled(
    names: Mapping[str, Any], name: str = "", method: str = ""
) -> Iterator[tuple[More, str]]:
    """Yield calls of the functions that derive and the classes that train, with their names.

    names: those of the file, after it ran; name, method: the wanted ones, "" for all.
    """
    for own, found in list(names.items()):
        if (name and own != name) or not is_own(found):
            continue
        if isinstance(found, FunctionType):
            example = example_of(found, names)
            if example is not None:
                yield of_function(own, example), own
        elif isinstance(found, type):
            way = method or trains(found)
            train = getattr(found, way, None)
            data = data_of(train, names) if inspect.isfunction(train) else None
            if data is not None and _is_made_alone(found):
                yield of_class(own, way, data), f"{own}.{way}"


def is_by_hand(x: object) -> bool:
    """Whether a file defines a function with derivatives that are named in full: d_L_d_w."""
    is_function = isinstance(x, FunctionType) and is_own(x)
    return is_function and any(map(is_exact, x.__code__.co_varnames))  # type: ignore[attr-defined]


def is_own(x: object) -> bool:
    """Whether a file, or a module beside it, defines a function or class itself."""
    code = getattr(x, "__code__", None)
    is_recorded = isinstance(code, CodeType) and RECORDER in code.co_names
    return is_recorded or (callable(x) and getattr(x, "__module__", "") == "__main__")


def _is_made_alone(kind: type) -> bool:
    required = [p for p in inspect.signature(kind).parameters.values() if p.default is p.empty]
    return not any(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in required)


def of_function(name: str, example: Sequence[Any]) -> More:
    """Return a call of a function of a file with an example."""
    return lambda names, call: call(names[name], *example)


def of_class(name: str, method: str, data: Sequence[Any]) -> More:
    """Return a call of a method of a new object of a class."""
    return lambda names, call: call(getattr(names[name](), method), *data)


def example_of(f: FunctionType, names: Mapping[str, Any]) -> list[Any] | None:
    """Return the data of the file that have the names of a function's arguments.

    If derivatives are named in full (d_L_d_w), random numbers replace missing data. None for a
    function without names of derivatives, or with arguments that are unknown.
    """
    inside = f.__code__.co_varnames
    is_full, found = any(map(is_exact, inside)), list[Any]()
    if not is_full and sum(derivative(x) is not None for x in inside) < 2:
        return None
    try:
        numbers = iter(made_up(f)) if is_full else iter(())
    except TypeError:  # its arguments are unknown
        return None
    for p in inspect.signature(f).parameters.values():
        x = names.get(p.name)
        if p.default is p.empty:
            made = next(numbers, None)
            found.append(x if is_data(x) else made)
            if found[-1] is None:
                return None
        else:
            found.append(x if is_data(x) else p.default)
    return found


def data_of(train: FunctionType, names: Mapping[str, Any]) -> list[Any] | None:
    """Return the data of the file that a training method takes, else those of the tutorial.

    None for a method with other arguments.
    """
    taken = list(inspect.signature(train).parameters.values())[1:]
    required = [p.name for p in taken if p.default is p.empty]
    if all(is_data(names.get(name)) for name in required):
        return [names[name] for name in required]
    return [*gender()] if len(required) == SAMPLES else None


def is_data(x: object) -> bool:
    """Whether a value may be an argument: a number, an array, or a list, tuple or dict."""
    return isinstance(x, (int, float, list, tuple, dict, np.ndarray)) and not isinstance(x, bool)

"""What a submission replaces while it runs: the library, NumPy, math and Python's own functions."""

from __future__ import annotations

import builtins
import math
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType

import numpy as np

from microgradnet.operations.operation import OPS
from microgradnet.tape import table

__all__ = ["Untouched"]

OWN = "microgradnet"
LIBRARIES = (math, np, np.linalg)
PRINTING = {"__import__", "__build_class__", "open", "print", "input", "exit", "quit", "help"}


class Untouched:
    """Notes what is there when it is made; `changed` names what was replaced since.

    >>> Untouched().changed()
    []
    """

    def __init__(self) -> None:
        self.before = dict(_parts())

    def changed(self) -> list[str]:
        """Return the names of what was replaced or taken away since, and of new special methods."""
        now = dict(_parts())
        replaced = [key for key, x in self.before.items() if not _same(x, now.get(key, ()))]
        classes = {(room, name.rpartition(".")[0]) for room, name in self.before}
        new = [key for key in now.keys() - self.before.keys() if _overrides(key, classes)]
        return [name for _, name in [*replaced, *sorted(new)]]


def _same(x: tuple[object, ...], y: tuple[object, ...]) -> bool:
    return len(x) == len(y) and all(a is b for a, b in zip(x, y))


def _overrides(key: Key, classes: set[Key]) -> bool:
    """Whether a new attribute of a class that was there is a special method."""
    owner, _, own = key[1].rpartition(".")
    return (key[0], owner) in classes and own.startswith("__") and own.endswith("__")


Key = tuple[str, str]  # the module, as there are classes of one name, and the name


def _parts() -> Iterator[tuple[Key, tuple[object, ...]]]:
    """Yield what computes, by its name: itself, and of a function its code."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == OWN and isinstance(module, ModuleType):
            short = name.rpartition(".")[2]
            for key, x in list(vars(module).items()):
                if callable(x) and getattr(x, "__module__", "") == name:
                    yield (name, f"{short}.{key}"), _identity(x)
                    several = _attributes(x) if isinstance(x, type) else ()
                    yield from (((name, own), same) for own, same in several)
    for library in LIBRARIES:
        for key, x in list(vars(library).items()):
            if callable(x) and key[0] != "_":
                yield ("", f"{library.__name__}.{key}"), (x,)
    yield from ((("", key), (x,)) for key, x in vars(builtins).items() if key not in PRINTING)
    for key, op in list(OPS.items()):
        yield ("", f"the operation {key}"), (op, op.value, op.partials, op.at_once)
    for rows in (table.TABLE, table.OPERATORS, table.METHODS):
        for key, row in list(rows.items()):
            parts = (row, row.f, row.numpy, vars(row).get("partials"))
            yield ("", f"the operation {key} of the tape"), parts


def _attributes(kind: type) -> Iterator[tuple[str, tuple[object, ...]]]:
    for key, x in list(vars(kind).items()):
        if callable(x) or isinstance(x, (property, classmethod, staticmethod)):
            yield f"{kind.__name__}.{key}", _identity(x)


def _identity(x: object) -> tuple[object, ...]:
    return (x, x.__code__, x.__defaults__) if isinstance(x, FunctionType) else (x,)

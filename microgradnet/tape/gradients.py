"""Gradients on the tape: one sweep back gives those of an entry with respect to all before it."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.tape.entry import Entry, Ref, filled
from microgradnet.tape.reductions import Contraction
from microgradnet.tape.replaying import Values
from microgradnet.tape.rows import Elementwise, mapped
from microgradnet.tape.tape import Int


def gradients(
    entries: Sequence[Entry],
    values: Values | Mapping[int, Any],
    seeds: Mapping[int, Any],
    given: Container[int] = (),
    off: Callable[[Any], Any] | None = None,
    inside: Container[int] | None = None,
) -> list[Any]:
    """Return by entry the gradient of what is seeded; None where it does not depend on the entry.

    entries, values: a tape and one replay of it; seeds: entry -> upstream gradient, in its shape;
    given: entries whose values were given to the replay, so that they depend on nothing. off: makes
    each gradient another, as rounding may, before it is handed on. inside: if given, the only
    entries that are swept.
    """
    last = max(seeds)
    found: list[Any] = [None] * (last + 1)
    for i, g in seeds.items():
        found[i] = np.asarray(g, dtype=float)[()]
    with np.errstate(all="ignore"):
        for i in range(last, -1, -1):
            entry = entries[i]
            if off is not None and found[i] is not None:
                found[i] = mapped(off, found[i])
            if found[i] is None or entry.operation is None or i in given or entry.operation.is_flat:
                continue
            if entry.is_complex or (inside is not None and i not in inside):
                continue
            args, kw = swept_operands(entry, values)
            back, kwback = entry.operation.back(found[i], values[i], args, kw)
            give(entry.args, back, found, values)
            give(entry.kw, kwback, found, values)
    return found


def swept_operands(entry: Entry, values: Any) -> tuple[Any, dict[str, Any]]:
    """Return the operands that a step of a sweep takes: a gradient goes to whole numbers, too."""
    args = filled(entry.args, values)
    if isinstance(entry.operation, (Elementwise, Contraction)):
        args = [_float(x) for x in args]
    return args, filled(entry.kw, values)


def _float(x: Any) -> Any:
    """Return a whole number, or an array of them, as floats."""
    if type(x) is int or isinstance(x, Int):
        return float(x)
    is_whole = isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "iu"
    return x.astype(float) if is_whole else x


def give(tree: Any, back: Any, found: list[Any], values: Any) -> None:
    """Add the gradients of operands to those of their entries."""
    if back is None:
        return
    if type(tree) is Ref:
        _add(int(tree), back, found, values)
    elif type(tree) in (list, tuple):
        for branch, g in zip(tree, back):
            give(branch, g, found, values)
    elif type(tree) is dict:
        for key, branch in tree.items():
            give(branch, back.get(key), found, values)


def _add(number: int, g: Any, found: list[Any], values: Any) -> None:
    """Add a gradient to that of an entry; an entry of several results has a list of them."""
    if isinstance(values[number], (tuple, list)):
        parts = found[number]
        if parts is None:
            parts = [np.zeros(np.shape(v)) for v in values[number]]
        found[number] = [p if x is None else p + x for p, x in zip(parts, g)]
    else:
        found[number] = g if found[number] is None else found[number] + g

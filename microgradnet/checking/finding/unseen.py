"""Find values of a run that its recorded operations do not give, and code that never ran.

A write through a pointer, a memoryview or an iterator is no operation of the tape. An element of
`np.empty` that is read before it is written has another value in every run.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Container, Iterator, Sequence
from typing import Any

import numpy as np

from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.replay import computed, dependents, replayed, uses
from microgradnet.tape.rules.rows import UNIT, unit
from microgradnet.tape.tape import Tape

MOVING = ("same", "take", "getitem", "setitem", "reshape", "transpose")  # these compute nothing
NEAR = 2.0**30  # units of rounding: a sum in another order is nearer
NUMBERS = ("f", "c")  # kinds of arrays
FEW_DIGITS = 10.0**6  # times a number of so few digits that it may be written in the code


def unseen(
    entries: Sequence[Entry], instead: Container[int] = (), given: Sequence[int] = ()
) -> set[int]:
    """Return the entries that the code changed without an operation.

    instead: the entries that a check gave other numbers; given: the arguments, of which other
    sources may be copies.
    """
    values, found = [e.value for e in entries], set[int]()
    with np.errstate(all="ignore"):
        for entry in entries:
            is_open = entry.aside or entry.operation is None or entry.overwritten_by > 0
            is_checked = not is_open and entry.number not in instead and entry.kind == "f"
            if is_checked and not _is_given(entry, computed(entry, values)):
                found.add(entry.number)
    return found | _unset(entries) | copied(entries, {*given})


def _unset(entries: Sequence[Entry]) -> set[int]:
    """Return the entries computed from elements of np.empty that were never written."""
    nan = {e.number: np.full(e.shape, np.nan) for e in entries if e.kind == "f" and _is_unset(e)}
    values = replayed(entries, nan) if nan else [None] * len(entries)
    pairs = [(e, v) for e, v in zip(entries, values) if v is not None and e.kind == "f"]
    computing = [(e, v) for e, v in pairs if e.operation and e.operation.name not in MOVING]
    lost = [(e, v) for e, v in computing if np.shape(v) == e.shape and not _is_unset(e)]
    return {e.number for e, v in lost if (np.isnan(v) & ~np.isnan(e.value)).any()}


def _is_unset(entry: Entry) -> bool:
    """Whether an entry is the new array of np.empty or np.empty_like."""
    f = entry.place.node.func if isinstance(entry.place.node, ast.Call) else None
    is_new = entry.operation is None or entry.operation.name == "empty_like"
    return is_new and getattr(f, "attr", "") in ("empty", "empty_like")


def copied(entries: Sequence[Entry], given: Collection[int]) -> set[int]:
    """Return the sources that hold a number of `given` ones, or one that is computed from these.

    They were read in a way that is not recorded, such as by `np.nditer`, and stay as they are where
    the given numbers are replaced. Numbers of few digits may be equal by chance.
    """
    own = [e for e in entries if e.is_source and not e.aside and e.kind in NUMBERS]
    several = {e.number: _odd(e) for e in own if e.number > min(given, default=0)}
    unknown = {n: odd for n, odd in several.items() if n not in given and odd.size}
    below = sorted(dependents(given, uses(entries)).union(given)) if unknown else []
    odd = [(n, _odd(entries[n])) for n in below if entries[n].kind in NUMBERS]
    if not odd:
        return set()
    known, at = np.unique(np.concatenate([x for _, x in odd]), return_index=True)
    first = np.repeat([n for n, _ in odd], [x.size for _, x in odd])[at]
    return {n for n, x in unknown.items() if np.isin(x, known[first < n]).any()}


def _odd(entry: Entry) -> Any:
    """Return the numbers of an entry that have many digits, of complex ones both parts."""
    value = np.asarray(entry.value)
    x = np.unique([value.real, value.imag] if entry.is_complex else value)
    x = x[np.isfinite(x)]
    return x[np.abs(x * FEW_DIGITS - np.round(x * FEW_DIGITS)) > 1e-6]


def _is_given(entry: Entry, value: Any) -> bool:
    """Whether an entry has this value, within rounding; None counts as yes."""
    if value is None or np.shape(value) != entry.shape or np.all(value == entry.value):
        return True
    was, now = np.asarray(entry.value, dtype=float), np.asarray(value, dtype=float)
    size = float(np.abs(was[np.isfinite(was)]).max(initial=0.0))
    near = NEAR * max(unit(entry.value), unit(value), UNIT)
    return bool(np.allclose(now, was, rtol=near, atol=near * size, equal_nan=True))


# Branches that never ran.


def unreached(tape: Tape) -> Iterator[Place]:
    """Yield the branches and loops that compute something and never ran."""
    for p, place in enumerate(tape.places):
        is_left_out = place.kind == "block" and p not in tape.reached and _ran(tape, place)
        is_side = isinstance(place.node, ast.expr)  # of a conditional expression
        if is_left_out and any(map(_computes, [place.node] if is_side else block(place))):
            yield place


def _ran(tape: Tape, place: Place) -> bool:
    """Whether the function around a block was called: else the function itself is reported."""
    entered = (tape.places[p] for p in tape.reached if tape.places[p].kind == "function")
    around = (p.node for p in entered if (p.file, p.function) == (place.file, place.function))
    return not place.function or any(n.lineno <= place.line <= n.end_lineno for n in around)  # type: ignore


def block(place: Place) -> list[ast.stmt]:
    """Return the statements of the block that a place stands for, in order."""
    for field in ("body", "orelse"):
        block = getattr(place.node, field, [])
        if isinstance(block, list) and any(s is place.statement for s in block):
            return block
    return [place.statement]


def _computes(code: ast.AST) -> bool:
    """Whether a statement, or one inside it, stores or returns the result of an operation.

    Of an expression, whether it is one with an operation of two values.
    """
    if isinstance(code, ast.expr):
        return any(isinstance(n, ast.BinOp) for n in ast.walk(code))
    nodes = [*ast.walk(code)]
    stores = (n for n in nodes if isinstance(n, (ast.Assign, ast.AnnAssign, ast.Return)))
    stored = (isinstance(n, (ast.BinOp, ast.UnaryOp)) for s in stores for n in ast.walk(s))
    return any(isinstance(n, ast.AugAssign) for n in nodes) or any(stored)

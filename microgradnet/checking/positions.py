"""What a backward pass returns, held against its arguments: gradient k belongs to argument k."""

from __future__ import annotations

import ast
import contextlib
import copy
import inspect
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.checking.array_runs import SEEDS, Code
from microgradnet.checking.belonging import (
    Gradient,
    Run,
    all_leaves,
    is_float,
    needed_of,
    numbers_in,
    of_object,
    paired,
    part_at,
    same_gradient,
)
from microgradnet.checking.claims import bare
from microgradnet.checking.passes import Passes
from microgradnet.checking.points import is_rate
from microgradnet.checking.report import CANNOT_TELL, ORDER, RIGHT, WRONG, Row, written_at
from microgradnet.checking.rounding import SAME, farthest
from microgradnet.checking.samples import SETTINGS
from microgradnet.checking.shrinking import in_small
from microgradnet.operations.muting import muted
from microgradnet.tracing.parsing import parsed
from microgradnet.words import listed, say

__all__ = ["Returned", "as_floats", "returned_by"]

COUNTED = "backward returns {gradients} for {arguments}"
GRADIENTS = ("{n} gradient", "{n} gradients")
ARGUMENTS = ("{n} argument", "{n} arguments")
OTHER = "{gradient} is the one for {other}, returned in the place of that for {name}"
SHAPE = "{gradient} has shape {shape}, its argument {name} has {right}"
KIND = "{gradient} is of type {kind}, its argument {name} of {right}: return real numbers"
NONE_THERE = "{gradient} belongs to {name}, which has no gradient: return None in its place"
NOT_BY = "{gradient} is not the gradient for {name}, its argument"


@dataclass
class Returned:
    """What a backward pass returns: its gradients, and the arguments that have none.

    missing: those that need one, unasked: others on which the output depends; more: gradients that
    belong to no argument; counted: how many there are for how many, in words.
    """

    gradients: list[Gradient]
    missing: list[str]
    unasked: list[str]
    more: list[Gradient]
    counted: str
    backward: Any

    @property
    def note(self) -> str:
        """What is said where the report may be right all the same."""
        words = "No gradient is returned for {names}."
        return say(words, names=listed(self.unasked)) if self.unasked else ""

    @property
    def comparable(self) -> bool:
        """Whether the values can be compared: not before all gradients are real numbers."""
        return all(g.has_values for g in self.gradients)

    def rows(self, known: Mapping[str, Row], names: Mapping[int, str]) -> list[Row]:
        """Return the rows that a report lacks, or has to have in the place of others.

        known: those that it has, by name; names: that of the row on each gradient, by its index.
        """
        rows: list[Row] = []
        for k, g in enumerate(self.gradients):
            rows += self._on(g, known.get(names.get(k, "")))
        for g in self.more:
            words = "{counted}: {gradient} is one too many"
            words = say(words, counted=self.counted, gradient=g.called)
            rows.append(self._row(g, WRONG, words))
        words = say("{counted}: none for {names}", counted=self.counted, names=listed(self.missing))
        for name in self.missing:
            row = Row(f"d{bare(name)}", CANNOT_TELL, math.nan, math.nan, 0.0, why=words)
            rows.append(self._placed(row, _return_of(self.backward, ())[1]))
        return sorted(rows, key=lambda row: -ORDER.index(row.verdict))  # what is wrong stays

    def _on(self, g: Gradient, row: Row | None) -> list[Row]:
        """The row on a gradient, where the report has none, or one that says too little."""
        place = {"gradient": g.called, "name": g.name}
        if g.other:
            return [self._row(g, WRONG, say(OTHER, **place, other=g.other), g.said)]
        if not (g.said or g.compared):
            why = say("{gradient} was not compared", gradient=g.called)
            return [self._row(g, CANNOT_TELL, "", why)]
        if row is not None and row.verdict != RIGHT:
            return [replace(row, why=listed((row.why, g.said), "; "))]
        if g.said or not g.fits:
            return [self._row(g, WRONG, g.said or say(NOT_BY, **place))]
        return [] if row else [self._row(g, RIGHT)]

    def _row(self, g: Gradient, verdict: str, mistake: str = "", why: str = "") -> Row:
        text, line = _return_of(self.backward, g.path)
        same = g.written.shape == g.right.shape
        at = farthest(g.written, g.right) if same else ()
        written, right = (float(x[at]) if same else math.nan for x in (g.written, g.right))
        bound = SAME * float(np.abs(g.right).max(initial=0.0)) if same else 0.0
        named = verdict == RIGHT and text.isidentifier()  # whatever it held before
        name = text if named else f"return {text}" if text else f"d{bare(g.name)}"
        row = Row(name, verdict, written, right, bound, None, why, mistake)
        return self._placed(replace(row, shape=g.written.shape), line)

    def _placed(self, row: Row, line: int = 0) -> Row:
        """A row at a line of backward, without one at its first."""
        code = getattr(inspect.unwrap(self.backward), "__code__", None)
        return written_at(row, code.co_filename, line or code.co_firstlineno) if code else row


def as_floats(passes: Passes, given: dict[str, Any]) -> tuple[dict[str, Any], Any, str]:
    """Return an example, what backward returns for it in plain numbers, and what is to be said.

    Whole numbers that have a gradient by their position are floats: no indices, and no sizes.
    """
    returned = _plain(passes, given)
    parts = returned if isinstance(returned, (tuple, list)) else [returned]
    pairs = zip(given.items(), parts) if len(parts) == len(given) else ()
    moved = {
        name: np.asarray(x, dtype=float)
        for (name, x), part in pairs
        if (_is_whole(x) or _is_setting(name, x)) and is_float(part) and np.any(part)
    }
    with contextlib.suppress(Exception):  # they are indices, and the gradient belongs to another
        if moved:
            whole = [name for name in moved if _is_whole(given[name])]
            words = say("The whole numbers of {names} are checked as floats.", names=listed(whole))
            other = {**given, **moved}
            return other, _plain(passes, other), words if whole else ""
    return given, returned, ""


def _is_whole(x: Any) -> bool:
    return isinstance(x, (int, np.ndarray)) and np.asarray(x).dtype.kind in "iu"


def _is_setting(name: str, x: Any) -> bool:
    """Whether a number is left as it is where others are drawn, as a rate is."""
    return isinstance(x, float) and bool(is_rate(name) or SETTINGS.fullmatch(bare(name)))


def _plain(passes: Passes, given: Mapping[str, Any]) -> Any:
    """What backward returns, in plain numbers; the example stays as it is."""
    inputs, state = copy.deepcopy(passes.inputs(given)), np.random.get_state()
    try:
        with muted(), np.errstate(all="ignore"):
            return passes.layer()(*inputs)[1][0]
    finally:
        np.random.set_state(state)


def returned_by(passes: Passes, given: Mapping[str, Any], returned: Any) -> Returned:
    """Return what is returned for an example, by argument, with what is right in three runs.

    returned: in plain numbers. What is no array of real numbers is said, and not run.
    """
    runs: list[Run] = []
    error: Exception | None = None
    try:
        runs = in_small(partial(_runs, passes, list(given)), passes.inputs(given))
    except Exception as e:  # of complex numbers, say: their kind is said first
        error = e
    gradients, more, left = paired(given, returned, runs)
    leaves = dict(all_leaves(given))
    if more and passes.owner is not None:
        gradients, more = of_object([*gradients, *more], leaves, runs)
        leaves |= {name: x for _, right in runs for name, x in right.items()}
    for g in gradients:
        g.said, g.has_values = _said_of(g, leaves[g.name], part_at(returned, g.path))
    gradients = [g for g in gradients if g.said or g.has_values]
    if error and all(g.has_values for g in gradients):
        raise error
    for g in gradients:
        _compare(g, runs)
    slopes = {name for _, right in runs for name, x in right.items() if x.any()}
    missing = [name for name in left if name in slopes and name in needed_of(given)]
    unasked = [name for name in left if name in slopes and name not in missing]
    n = len({g.path[:1] for g in gradients}) + len(more)
    return Returned(gradients, missing, unasked, more, _counted(n, len(given)), passes.backward)


def _counted(n: int, m: int) -> str:
    gradients, arguments = say(GRADIENTS[n != 1], n=n), say(ARGUMENTS[m != 1], n=m)
    return say(COUNTED, gradients=gradients, arguments=arguments)


def _runs(passes: Passes, names: Sequence[str], inputs: Sequence[Any]) -> list[Run]:
    """What backward returns in three runs on drawn numbers, and the gradients of the loss."""
    code = Code(passes.layer(), [*["self"] * (passes.owner is not None), *names], inputs)
    runs: list[Run] = []
    for seed in SEEDS:
        with contextlib.suppress(ArithmeticError):  # outside of the domain
            trace, sample = code.run(seed)
            loss, [returned] = trace.returned
            if isinstance(loss, Value):
                loss.backward()
            own = {k: x for k, x in sample.given.items() if re.split(r"\W", k)[0] in code.names}
            runs.append((returned, {k: _gradient(nodes) for k, nodes in own.items()}))
    if not runs:
        raise ValueError(say("the passes give inf or nan at all numbers that were tried"))
    return runs


def _gradient(nodes: np.ndarray) -> np.ndarray:
    return np.array([getattr(x, "grad", 0.0) for x in nodes.flat]).reshape(nodes.shape)


def _compare(g: Gradient, runs: Sequence[Run]) -> None:
    """Hold what is returned in some runs against what is right, for its argument and others."""
    pairs = [(numbers_in(part_at(returned, g.path)), right) for returned, right in runs]
    pairs = [(written, right) for written, right in pairs if g.name in right]
    fits = [same_gradient(written, right, g.name) for written, right in pairs]
    if not pairs:
        return
    g.compared, g.fits = True, all(fits)
    g.written, right = pairs[fits.index(g.fits)]
    g.right = right[g.name]
    others = [] if g.fits else [name for name, x in right.items() if name != g.name and x.any()]
    g.other = next((o for o in others if all(same_gradient(w, right, o) for w, right in pairs)), "")


def _said_of(g: Gradient, given: Any, value: Any) -> tuple[str, bool]:
    """What is wrong with the shape or kind of a gradient, and whether its values are compared."""
    place = {"gradient": g.called, "name": g.name}
    try:
        array = np.asarray(value)
    except ValueError:  # of rows that differ in length
        array = np.array(None)
    if not is_float(np.asarray(given) if isinstance(given, np.generic) else given):
        zero = array.dtype.kind in "biuf" and not array.any()
        return ("" if zero else say(NONE_THERE, **place)), False
    if array.dtype.kind != "f":
        kind = array.dtype if isinstance(value, (np.ndarray, np.generic)) else type(value).__name__
        words = say(KIND, **place, kind=str(kind), right=str(np.asarray(given).dtype))
        return words, False
    shape, right = array.shape, np.shape(given)
    return (say(SHAPE, **place, shape=str(shape), right=str(right)) if shape != right else ""), True


def _return_of(backward: Any, path: Sequence[Any]) -> tuple[str, int]:
    """The text that a function returns at a place, and its line; "" and 0 without a source."""
    tree = parsed(inspect.unwrap(backward))
    own = [n for n in ast.walk(tree) if isinstance(n, ast.Return)] if tree else []
    value = own[-1].value if own else None
    if value is None:
        return "", own[-1].lineno if own else 0
    rest = [*path]
    while rest and (part := _entry(value, rest[0])) is not None:
        value = part
        rest.pop(0)
    return ast.unparse(value) + "".join(f"[{key!r}]" for key in rest), value.lineno


def _entry(node: ast.expr, key: Any) -> ast.expr | None:
    """The part of a tuple, a list or a dict that is written out."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return node.elts[key] if type(key) is int and key < len(node.elts) else None
    pairs = zip(node.keys, node.values) if isinstance(node, ast.Dict) else ()
    return next((x for k, x in pairs if isinstance(k, ast.Constant) and k.value == key), None)

"""Error bounds of one step of the backward sweep: what the gradients of the operands may be off by.

A row's `back` gives J^T g, where J is made of the operands and the result. To first order its error
is at most |J|^T e + |dJ|^T |g| + n u |J|^T |g|: e is the bound of g, dJ what J changes by when the
operands and the result change by their own bounds, and n u the rounding of the step itself. Rows
number by number, contractions, reductions and rows that move numbers have |J| and dJ in closed
form, or by moving one operand at a time; any other row is probed one number at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from microgradnet.tape.operands import (
    UNIT,
    bound,
    bounds,
    floats,
    handed,
    leaves,
    mapped,
    nothing,
    summed,
)
from microgradnet.tape.rows import Elementwise, Operation, Structural
from microgradnet.tape.sums import Contraction, Reduction

STEPS = 12  # roundings of a partial derivative, and of what it is multiplied by
MOST = 2000  # numbers of a row that are probed one by one
Trees = tuple[Any, Any]


@dataclass(slots=True)
class Pull:
    """One step of the sweep: the upstream gradient g, the result, the operands, and their bounds.

    fan: of how many terms the gradients of the operands are summed at most, elsewhere too.
    """

    operation: Any
    g: Any
    g_error: Any
    out: Any
    out_error: Any
    args: list[Any]
    kw: dict[str, Any]
    errors: Any
    kwerrors: Any
    fan: int = 1

    def bounds(self) -> Trees:
        """Return the error bounds of the gradients of the operands, in their nesting."""
        if isinstance(self.out, (list, tuple)) or "where" in self.kw:
            return _probed(self)
        for kind, f in KINDS:
            if isinstance(self.operation, kind):
                found = f(self)
                return _probed(self) if found is None else found
        return _probed(self)

    def upstream(self, terms: int = 1) -> Any:
        """Return the bound of g, with the rounding of a step that sums so many terms."""
        return self.g_error + (STEPS + self.fan + terms) * UNIT * np.abs(self.g)

    def operands(self) -> tuple[list[Any], list[Any]]:
        """Return the operands in the order of the row, and their bounds."""
        of = self.operation.operands
        return of(self.args, self.kw), of(self.errors, self.kwerrors)


def _elementwise(pull: Pull) -> Trees | None:
    """Bound the step of a row that works number by number."""
    row, (operands, errors) = pull.operation, pull.operands()
    numbers: list[Any] = [None if o is None else floats(o) for o in operands]
    given = [floats(pull.out), *numbers]
    moved: list[Any] = [np.asarray(pull.out_error)]
    moved += [None if o is None else bound(o, e) for o, e in zip(operands, errors)]
    partials = row.partials(*given)
    changes = [0.0 if p is None else np.zeros(np.shape(pull.out)) for p in partials]
    for i, e in enumerate(moved):
        if e is None or not np.any(e):
            continue
        more, less = (
            row.partials(*given[:i], given[i] + s * e, *given[i + 1 :]) for s in (1.0, -1.0)
        )
        for k, p in enumerate(partials):
            if p is not None:
                changes[k] = changes[k] + np.maximum(np.abs(more[k] - p), np.abs(less[k] - p))
    grads = []
    for o, x, p, change in zip(operands, numbers, partials, changes):
        if p is None or not leaves(o):
            grads.append(nothing(o))
            continue
        e = pull.upstream(max(1, np.size(pull.out) // max(1, np.size(x))))
        total = _times(e, p) + _times(change, pull.g)
        grads.append(handed(o, summed(np.broadcast_to(total, np.shape(pull.out)), np.shape(x))))
    trees: Trees = row.returned(grads, pull.args, pull.kw)
    return trees


def _times(a: Any, b: Any) -> Any:
    """Return |a * b|, 0 where either is 0 even if the other is infinite."""
    with np.errstate(all="ignore"):
        return np.where(np.equal(a, 0) | np.equal(b, 0), 0.0, np.abs(a) * np.abs(b))


def _structural(pull: Pull) -> Trees | None:
    """Bound the step of a row that only moves numbers: it sums where one is moved to several."""
    size = max([1, *(np.size(x) for x in leaves([*pull.args, pull.kw]))])
    e = np.broadcast_to(pull.upstream(1 + np.size(pull.out) // size), np.shape(pull.out))
    trees: Trees = pull.operation.back(e, pull.out, pull.args, pull.kw)
    return trees


def _contraction(pull: Pull) -> Trees | None:
    """Bound the step of sums of products: it is linear in each operand."""
    at = _data(pull)
    if any(isinstance(pull.args[k], (list, tuple)) for k in at) or pull.kw:
        return None
    absolute = list(pull.args)
    for k in at:
        absolute[k] = np.abs(pull.args[k])
    back, out = pull.operation.back, np.abs(pull.out)
    sizes = [np.size(x) for x in (pull.out, *(pull.args[k] for k in at))]
    totals = list(back(np.asarray(pull.upstream(max(sizes))), out, absolute, {})[0])
    for k in at:
        e = np.array(bound(pull.args[k], pull.errors[k]), dtype=float)
        if np.any(e):
            moved = [*absolute[:k], e if e.ndim else float(e), *absolute[k + 1 :]]
            more = back(np.abs(pull.g), out, moved, {})[0]
            for j in at:
                if j != k and totals[j] is not None and more[j] is not None:
                    totals[j] = totals[j] + more[j]
    return totals, {}


def _data(pull: Pull) -> list[int]:
    """Return the positions of the operands of a contraction that are multiplied."""
    if pull.operation.name == "einsum":
        return list(range(1, len(pull.args)))
    return list(range(min(len(pull.args), len(pull.operation.names))))


def _reduction(pull: Pull) -> Trees | None:
    """Bound the step of a reduction along axes."""
    row = pull.operation
    x, spread, partial, along = row.laid(pull.out, pull.args, pull.kw)
    operand, e = pull.operands()[0][0], pull.operands()[1][0]
    own, of_out = bound(operand, e), along.spread(pull.out_error)
    if row.name in ("sum", "mean"):
        change = 0.0
    elif row.name in ("max", "min"):
        near = np.abs(x - spread) <= own + of_out
        change = 1.0 * (near & (along.total(near) > 1) & (own + of_out > 0))
    elif row.name in ("var", "std"):
        change = (own + along.total(own) / along.count) / (along.count - along.ddof)
        size = 0.5 if row.name == "var" else np.abs(spread)
        change = change / size + (np.abs(partial) * of_out / size if row.name == "std" else 0.0)
        change = change + along.count * UNIT * along.largest(np.abs(x)) / along.count / size
    else:
        return None
    g, g_error = along.spread(np.abs(pull.g)), along.spread(pull.upstream())
    total = np.broadcast_to(_times(g_error, partial) + _times(change, g), np.shape(x))
    trees: Trees = row.returned([handed(operand, total)], pull.args, pull.kw)
    return trees


def _probed(pull: Pull) -> Trees:
    """Bound the step of any row, moving one number at a time; infinite where there are too many."""
    every = [pull.args, pull.kw]
    sizes = [np.size(x) for x in leaves([pull.out, *every])]
    if sum(sizes) > MOST:
        trees: Trees = mapped(lambda x: np.full(np.shape(x), np.inf), tuple(every), lambda _: None)
        return trees
    back = pull.operation.back
    base = leaves(list(back(pull.g, pull.out, pull.args, pull.kw)))
    shapes = [np.shape(x) for x in base]
    totals = [np.zeros(s) for s in shapes]

    def add(there: Trees, is_change: bool) -> None:
        for k, x in enumerate(leaves(list(there))):
            totals[k] = totals[k] + np.abs(x - base[k] if is_change else x)

    with np.errstate(all="ignore"):
        upstream = _rounded(pull.g, pull.g_error, (STEPS + pull.fan + max(sizes)) * UNIT)
        for g in _single(upstream):
            add(back(g, pull.out, pull.args, pull.kw), False)
        for out in _moved(pull.out, pull.out_error):
            add(back(pull.g, out, pull.args, pull.kw), True)
        for args, kw in _moved(every, [pull.errors, pull.kwerrors]):
            add(back(pull.g, pull.out, args, kw), True)
    numbers = iter(totals)
    tree, kwtree = back(pull.g, pull.out, pull.args, pull.kw)
    found: Trees = mapped(lambda _: next(numbers), (list(tree), dict(kwtree)))
    return found


def _rounded(g: Any, e: Any, units: float) -> Any:
    """Return the bounds of gradients of several results, with rounding; None for no gradient."""
    if isinstance(g, (list, tuple)):
        errors = e if isinstance(e, (list, tuple)) else [e] * len(g)
        return [None if x is None else _rounded(x, y, units) for x, y in zip(g, errors)]
    return np.broadcast_to(e + units * np.abs(g), np.shape(g))


def _single(tree: Any) -> Iterator[Any]:
    """Yield the tree with all numbers 0 but one, for each that is not 0."""
    every = [np.asarray(x, dtype=float) for x in leaves(tree)]
    for k, x in enumerate(every):
        for i in np.flatnonzero(x):
            one = np.zeros(x.shape)
            one.reshape(-1)[i] = x.reshape(-1)[i]
            rest = [np.zeros(y.shape) for y in every]
            yield _with(tree, [y[()] for y in (*rest[:k], one, *rest[k + 1 :])])


def _moved(tree: Any, errors: Any) -> Iterator[Any]:
    """Yield the tree with one number moved by its bound, for each that is not exact."""
    every = leaves(tree)
    for k, e in enumerate(bounds(tree, errors)):
        for i in np.flatnonzero(e):
            one = np.array(every[k], dtype=float)
            one.reshape(-1)[i] += np.ravel(e)[i]
            yield _with(tree, [*every[:k], one[()], *every[k + 1 :]])


def _with(tree: Any, numbers: list[Any]) -> Any:
    """Return a tree with other leaves."""
    rest = iter(numbers)
    return mapped(lambda _: next(rest), tree)


KINDS: tuple[tuple[type[Operation], Callable[[Pull], Trees | None]], ...] = (
    (Elementwise, _elementwise),
    (Structural, _structural),
    (Contraction, _contraction),
    (Reduction, _reduction),
)

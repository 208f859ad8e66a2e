"""The kinds of rows of the table: each computes a value and a vector-Jacobian product.

Operands are trees. A float or an array of floats is a leaf, which has a gradient. Lists, tuples and
dicts nest. All else (int, bool, None, slice, str) is constant. Gradients are computed in float64.
A complex number is a leaf of two numbers: its gradient is that by its real part, plus 1j times that
by its imaginary part, and it is always taken by differences.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Function = Callable[..., Any]
STEP = 2.0**-10  # for central differences of order 4; their errors are near 1e-12
UNIT = 2.0**-53  # the unit roundoff of float64
UNITS = {"float16": 2.0**-11, "float32": 2.0**-24}
SINGLE = frozenset([float, np.float64])
INDEXERS = (type(np.c_), type(np.r_))

# -- trees of operands


def is_leaf(x: Any) -> bool:
    """Whether `x` has a gradient: a float or an array of floats, or of complex numbers."""
    if isinstance(x, (float, complex)):
        return True
    return isinstance(x, (np.ndarray, np.floating)) and x.dtype.kind in "fc"


def is_complex(x: Any) -> bool:
    """Whether `x` is a complex number, or an array of them."""
    return isinstance(x, complex) or (isinstance(x, np.ndarray) and x.dtype.kind == "c")


def mapped(f: Callable[[Any], Any], tree: Any, rest: Callable[[Any], Any] = lambda x: x) -> Any:
    """Return the tree with `f` applied to each leaf and `rest` to each constant."""
    if isinstance(tree, list):
        return [mapped(f, t, rest) for t in tree]
    if isinstance(tree, tuple):
        return tuple([mapped(f, t, rest) for t in tree])
    if isinstance(tree, dict):
        return {k: mapped(f, t, rest) for k, t in tree.items()}
    return f(tree) if is_leaf(tree) else rest(tree)


def nothing(tree: Any) -> Any:
    """Return the tree with None in place of each leaf and each constant."""
    if isinstance(tree, (list, tuple, dict)):
        return mapped(lambda x: None, tree, lambda x: None)
    return None


def leaves(tree: Any) -> list[Any]:
    """Return the leaves of a tree in order."""
    if not isinstance(tree, (list, tuple, dict)):
        return [tree] if is_leaf(tree) else []
    children = tree.values() if isinstance(tree, dict) else tree
    return [leaf for t in children for leaf in leaves(t)]


def matched(tree: Any, g: Any) -> list[tuple[Any, Any]]:
    """Return the leaves of a result, each paired with its part of the gradient or None."""
    if isinstance(tree, (list, tuple, dict)):
        keys = tree.keys() if isinstance(tree, dict) else range(len(tree))
        return [p for k in keys for p in matched(tree[k], None if g is None else g[k])]
    return [(tree, g)] if is_leaf(tree) else []


def summed(g: Any, shape: tuple[int, ...]) -> Any:
    """Return a gradient reduced to the given shape by summing over the broadcast axes."""
    if np.shape(g) == shape:
        return g
    g = np.asarray(g)
    if g.ndim > len(shape):
        g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    axes = tuple(k for k, n in enumerate(shape) if n == 1 and k < g.ndim and g.shape[k] != 1)
    return np.broadcast_to(g.sum(axis=axes, keepdims=True) if axes else g, shape)


def floats(operand: Any) -> Any:
    """Return an operand, which may be nested lists, as one array or scalar of float64."""
    if type(operand) is float or type(operand) is int:
        return np.float64(operand)
    return np.asarray(operand, dtype=np.float64)[()]


def handed(operand: Any, g: Any) -> Any:
    """Split the gradient of an operand, as one array, into gradients of the operand's leaves."""
    if isinstance(operand, (list, tuple)):
        return type(operand)([handed(o, g[k]) for k, o in enumerate(operand)])
    return g if is_leaf(operand) and g is not None else None


def unit(out: Any) -> float:
    """Return the unit roundoff of the dtype of `out`; that of float64 by default."""
    return UNITS.get(str(out.dtype), UNIT) if hasattr(out, "dtype") else UNIT


# -- kinds of rows


class Operation:
    """A row of the table: a function of numbers and arrays, its spellings and its gradients.

    `value` calls the function as the person spelled it, and NumPy's if that raises outside its
    domain. `back` returns the gradients of `args` and `kw` in their nesting. A subclass defines
    `pulled`; if it raises NotImplementedError, central differences are used. `is_exact`: the
    operation rounds nothing, it only selects, moves or negates numbers.
    """

    is_flat = is_exact = False
    is_opaque = False
    is_own = False  # whether a person added it

    def __init__(self, name: str, f: Function, spelled: str, names: Sequence[str] = ()) -> None:
        self.name, self.f, self.numpy, self.spelled = name, f, f, tuple(spelled.split())
        self.names = names  # names of the operands, in order
        self.preset: dict[str, Any] = {}  # default keywords of the spelling

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def value(self, *args: Any, **kw: Any) -> Any:
        """Return the result of the operation for these operands."""
        try:
            return self.f(*args, **kw)
        except (ArithmeticError, ValueError, TypeError):
            if self.f is self.numpy:
                raise
            return self.numpy(*args, **kw)

    def back(self, g: Any, out: Any, args: Any, kw: Any, step: float = STEP) -> tuple[Any, Any]:
        """Return the gradients of the operands from the gradient `g` of the result `out`.

        step: of differences; with another one, they have another error.
        """
        if self.is_flat or not leaves(out):
            return nothing(list(args)), nothing(kw)
        with np.errstate(all="ignore"):
            try:
                return self.pulled(g, out, args, kw)
            except NotImplementedError:
                return by_differences(self.f, g, out, args, kw, step)

    def pulled(self, g: Any, out: Any, args: Any, kw: Any) -> tuple[Any, Any]:
        """Return the gradients of the operands; raise NotImplementedError if unknown."""
        raise NotImplementedError

    def operands(self, args: Any, kw: Any) -> list[Any]:
        """Return the operands: the first ones by position, the rest by keyword."""
        kw = self.preset | kw if self.preset else kw
        return [args[k] if k < len(args) else kw.get(n) for k, n in enumerate(self.names)]

    def returned(self, grads: Sequence[Any], args: Any, kw: Any) -> tuple[Any, Any]:
        """Return the gradients of operands in the nesting of `args` and `kw`."""
        tree, kwtree = [nothing(a) for a in args], {k: nothing(v) for k, v in kw.items()}
        for k, (name, g) in enumerate(zip(self.names, grads)):
            if k < len(args):
                tree[k] = g
            elif name in kw:
                kwtree[name] = g
        return tree, kwtree


def differenced(f: Function, args: Any, kw: Any, step: float) -> list[list[list[Any]]]:
    """Return the derivatives of f's results with respect to each number of each leaf.

    Of a complex leaf, those by the real part of each number, and then by the imaginary one.
    """
    every = leaves([*args, kw])

    def at(k: int, place: int, move: complex) -> list[Any]:
        moved = np.array(every[k], dtype=np.result_type(every[k], np.float64))
        moved.reshape(-1)[place] += move
        others = [np.copy(x) if np.ndim(x) else x for x in every]  # f may write into them
        numbers = iter([*others[:k], moved if moved.ndim else moved.item(), *others[k + 1 :]])
        fresh, named = mapped(lambda _: next(numbers), (list(args), kw))
        return [r if is_complex(r) else floats(r) for r in leaves(f(*fresh, **named))]

    def slopes(k: int, place: int, unit: complex) -> list[Any]:
        h = step * max(abs(np.ravel(every[k])[place]), 2.0**-6)
        ends = [at(k, place, h * j * unit) for j in (2, 1, -1, -2)]
        return [_slope(four, h) for four in zip(*ends)]

    units = [(1.0, 1j) if is_complex(x) else (1.0,) for x in every]
    return [
        [slopes(k, i, u) for u in units[k] for i in range(np.size(x))] for k, x in enumerate(every)
    ]


def _slope(four: Sequence[Any], h: float) -> Any:
    """Return the derivative from four values; 0 if their shapes differ, as with np.arange."""
    if len(set(map(np.shape, four))) > 1:
        return 0.0
    a, b, c, d = four
    return (8 * (b - c) - (a - d)) / (12 * h)


def by_differences(
    f: Function, g: Any, out: Any, args: Any, kw: Any, step: float
) -> tuple[Any, Any]:
    """Return the gradients of any function's operands by central differences."""
    upstream = [u for _, u in matched(out, g)]
    grads = []
    for x, each in zip(leaves([*args, kw]), differenced(f, args, kw, step)):
        pairs = [[(u, s) for u, s in zip(upstream, k) if u is not None] for k in each]
        pulled = [sum(np.sum((np.conj(u) * s).real) for u, s in several) for several in pairs]
        parts = np.reshape(np.array(pulled, dtype=np.float64), (-1, *np.shape(x)))
        grads.append(parts[0] if len(parts) == 1 else parts[0] + 1j * parts[1])
    numbers = iter(grads)
    tree, kwtree = mapped(lambda _: next(numbers), (list(args), kw), lambda _: None)
    return tree, kwtree


class Flat(Operation):
    """An operation whose derivative is 0 wherever it exists, such as rounding."""

    is_flat = is_exact = True


class Opaque(Operation):
    """A function without a row of its own; its gradients come from differences."""

    is_opaque = True


class Elementwise(Operation):
    """An elementwise operation; `partials(out, *operands)` returns its partial derivatives.

    The keywords `where` and `out` work as in a ufunc: where the mask is False, the result is taken
    from `out`.
    """

    def __init__(
        self, name: str, f: Function, partials: Function, spelled: str, is_exact: bool = False
    ) -> None:
        super().__init__(name, f, spelled, list(inspect.signature(partials).parameters)[1:])
        self.partials, self.is_exact = partials, is_exact

    def value(self, *args: Any, **kw: Any) -> Any:
        """Return the result of the operation; an array passed as `out` is not changed."""
        if kw.get("out") is not None:
            kw = kw | {"out": np.array(kw["out"])}
        return super().value(*args, **kw)

    def pulled(self, g: Any, out: Any, args: Any, kw: Any) -> tuple[Any, Any]:
        if isinstance(out, (list, tuple)):  # lists are joined or repeated
            raise NotImplementedError
        if not kw and len(args) == len(self.names) and SINGLE.issuperset(map(type, (g, *args))):
            partials = self.partials(np.float64(out), *map(np.float64, args))
            return [None if p is None else g * p if g else 0.0 for p in partials], kw
        operands, mask = self.operands(args, kw), kw.get("where")
        numbers: list[Any] = [None if o is None else floats(o) for o in operands]
        upstream = g if mask is None else np.where(mask, g, 0.0)
        grads = [
            handed(o, summed(np.where(upstream, upstream * p, 0.0), np.shape(x)))
            if p is not None and leaves(o)
            else nothing(o)
            for o, x, p in zip(operands, numbers, self.partials(floats(out), *numbers))
        ]
        tree, kwtree = self.returned(grads, args, kw)
        if mask is not None and "out" in kw:
            kwtree["out"] = handed(kw["out"], np.where(mask, 0.0, g))
        return tree, kwtree


def blank(x: Any) -> Any:
    """Return zeros for a constant number or array among data; any other constant unchanged."""
    return np.zeros(np.shape(x))[()] if isinstance(x, (int, np.ndarray, np.generic)) else x


class Structural(Operation):
    """An operation that only moves numbers; moving their indices gives its gradient.

    `data` has the positions of the operands whose numbers are moved, `DATA` their keywords.
    `quick(g, a, *args, **kw)` is a shorter way for one array.
    """

    is_exact = True

    DATA = frozenset(
        ["a", "m", "x", "v", "arr", "array", "arrays", "tup", "ary", "values", "object"]
    )
    DATA |= {"fill_value", "choicelist", "default", "constant_values"}

    def __init__(
        self, name: str, f: Function, spelled: str, data: Sequence[int] = (0,), quick: Any = None
    ) -> None:
        super().__init__(name, f, spelled)
        self.data, self.quick = data, quick

    def places(self, args: Any) -> Sequence[int]:
        """Return the positions of the data among the operands; the index in `np.c_[a, b]`."""
        return (1,) if self.name == "getitem" and type(args[0]) in INDEXERS else self.data

    def moved(self, args: Any, kw: Any, numbers: Any) -> Any:
        """Return the result of moving `numbers`, given in the nesting of (args, kw)."""
        data = self.places(args)
        fresh = [
            numbers[0][k] if k in data else float if isinstance(a, (type, np.dtype)) else a
            for k, a in enumerate(args)
        ]
        named = {
            k: numbers[1][k] if k in self.DATA else v
            for k, v in kw.items()
            if k not in ("dtype", "out")
        }
        return self.f(*fresh, **named)

    def pulled(self, g: Any, out: Any, args: Any, kw: Any) -> tuple[Any, Any]:
        is_one = type(out) is np.ndarray or self.name == "getitem"
        if self.quick and is_one and not kw and type(args[0]) is np.ndarray:
            rest = list(args[1:])
            if not leaves(rest) and not any(type(a) is str for a in rest):
                return [self.quick(g, *args), *nothing(rest)], {}
        every, starts = leaves([*args, kw]), [1]
        for x in every:
            starts.append(starts[-1] + np.size(x))
        indices = iter(
            np.arange(a, b, dtype=np.float64).reshape(np.shape(x))[()]
            for a, b, x in zip(starts, starts[1:], every)
        )
        result = self.moved(args, kw, mapped(lambda _: next(indices), (list(args), kw), blank))
        total = np.zeros(starts[-1])
        for index, u in matched(result, g):
            if u is not None:
                flat = np.ravel(index).astype(np.intp)
                weights = np.ravel(np.broadcast_to(u, np.shape(index)))
                total += np.bincount(flat, weights, minlength=len(total))
        grads = iter(
            total[a:b].reshape(np.shape(x))[()] for a, b, x in zip(starts, starts[1:], every)
        )
        tree, kwtree = mapped(lambda _: next(grads), (list(args), kw), lambda _: None)
        data = self.places(args)
        tree = [t if k in data else nothing(t) for k, t in enumerate(tree)]
        return tree, {k: t if k in self.DATA else nothing(t) for k, t in kwtree.items()}


class Formula(Operation):
    """An operation whose gradients are computed by a function.

    `grads(g, out, *operands)` gets arrays of float64 and returns the gradient of each operand in
    `names`.
    """

    def __init__(self, name: str, f: Function, names: str, grads: Function, spelled: str) -> None:
        super().__init__(name, f, spelled, names.split())
        self.grads, self.is_exact = grads, name == "sort"

    def pulled(self, g: Any, out: Any, args: Any, kw: Any) -> tuple[Any, Any]:
        operands = self.operands(args, kw)
        numbers = [floats(o) if leaves(o) else o for o in operands]
        grads = self.grads(floats(g), floats(out), *numbers)
        padded = [*grads, *[None] * (len(operands) - len(grads))]
        return self.returned(
            [nothing(o) if g is None else handed(o, g) for o, g in zip(operands, padded)], args, kw
        )

"""Rows for operations that sum: contractions, reductions along axes, Python's sum, max and min."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from microgradnet.tape.rules import rows
from microgradnet.tape.rules.rows import Function, Operation, floats, is_leaf, summed

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
LARGE = 20_000  # multiplications above which BLAS speeds up einsum


class Contraction(Operation):
    """Sums of products over index letters, as in einsum.

    `letters(*operands, **kw)` returns the letters of each operand and of the result. `ravels`:
    whether the operands are flattened first.
    """

    def __init__(
        self, name: str, f: Function, letters: Function, spelled: str, ravels: bool = False
    ) -> None:
        super().__init__(name, f, spelled, ("a",) if name == "trace" else ("a", "b"))
        self.letters, self.ravels = letters, ravels

    def laid(self, args: Any, kw: Any) -> tuple[list[Any], list[Any], list[str], str]:
        """Return the operands, the same as arrays, the letters of each, and those of the result."""
        if self.name == "einsum":
            operands = list(args[1:])
            arrays = [floats(o) for o in operands]
            terms, result = self.letters(args[0], *arrays)
        else:
            operands, rest = self.operands(args, kw), args[len(self.names) :]
            arrays = [floats(o) for o in operands]
            named = {k: v for k, v in kw.items() if k not in (*self.names, "dtype", "out")}
            terms, result = self.letters(*arrays, *rest, **named)
        return operands, [np.ravel(a) if self.ravels else a for a in arrays], terms, result

    def pulled(self, g: Any, out: Any, args: Any, kw: Any) -> tuple[Any, Any]:
        if self.name == "matmul" and all(type(a) is np.ndarray and a.ndim == 2 for a in args):
            a, b = args
            by_a = g @ floats(b).T if is_leaf(a) else None
            return [by_a, floats(a).T @ g if is_leaf(b) else None], {}
        operands, arrays, terms, result = self.laid(args, kw)
        grads = [
            rows.handed(o, np.reshape(derived(g, k, arrays, terms, result), np.shape(floats(o))))
            if rows.leaves(o)
            else rows.nothing(o)
            for k, o in enumerate(operands)
        ]
        if self.name == "einsum":
            return [None, *grads], rows.nothing(kw)
        return self.returned(grads, args, kw)


def sized(terms: Sequence[str], arrays: Sequence[Any]) -> dict[str, int]:
    """Return the axis size of each letter."""
    sizes: dict[str, int] = {}
    for term, a in zip(terms, arrays):
        for c, n in zip(term, np.shape(a)):
            sizes[c] = n if sizes.get(c, 1) == 1 else sizes[c]
    return sizes


def product(terms: Sequence[str], result: str, arrays: Sequence[Any]) -> Any:
    """Return the einsum of arrays, computed as a matrix product where possible."""
    if [np.ndim(a) for a in arrays] == [2, 2] and len(set(terms[0] + terms[1])) == 3:
        for a, s in ((arrays[0], terms[0]), (arrays[0].T, terms[0][::-1])):
            for b, t in ((arrays[1], terms[1]), (arrays[1].T, terms[1][::-1])):
                if result == s[0] + t[1] and s[1] == t[0] and len(a.T) == len(b):
                    return a @ b
    large = math.prod(sized(terms, arrays).values()) > LARGE
    return np.einsum(f"{','.join(terms)}->{result}", *arrays, optimize=large and len(arrays) > 1)


def derived(g: Any, k: int, arrays: list[Any], terms: list[str], result: str) -> Any:
    """Return the gradient of operand `k` of an einsum."""
    others = [*terms[:k], *terms[k + 1 :]]
    sizes = sized(terms, arrays)
    own = "".join(dict.fromkeys(terms[k]))
    kept = "".join(c for c in own if c in result or any(c in t for t in others))
    pulled = product([result, *others], kept, [g, *arrays[:k], *arrays[k + 1 :]])
    found = dict(zip(kept, np.shape(pulled)))  # 1 where the others have one row for all
    pulled = np.reshape(pulled, [found.get(c, 1) for c in own])
    if own == terms[k]:
        return summed(np.broadcast_to(pulled, [sizes[c] for c in own]), np.shape(arrays[k]))
    grad = np.zeros(np.shape(arrays[k]))  # repeated letters: only the diagonal has a gradient
    np.einsum(f"{terms[k]}->{own}", grad)[...] = pulled
    return grad


class Reduction(Operation):
    """A reduction along axes; `partial(out, x, along)` returns the derivative by each number.

    `order` has the names of the arguments, the array first.
    """

    def __init__(self, name: str, f: Function, order: str, partial: Function, spelled: str) -> None:
        super().__init__(name, f, spelled, order.split())
        self.partial, self.is_exact = partial, name in ("max", "min")

    def pulled(self, g: Any, out: Any, args: Any, kw: Any) -> tuple[Any, Any]:
        along = Along(dict(zip(self.names, self.operands(args, kw))))
        partial = self.partial(along.spread(out), along.x, along)
        grad = along.spread(g) * partial * along.mask
        operand, grad = self.operands(args, kw)[0], np.broadcast_to(grad, np.shape(along.x))
        return self.returned([rows.handed(operand, grad)], args, kw)


class Along:
    """The array of a reduction, with sums along its axes; a mask excludes numbers."""

    def __init__(self, named: dict[str, Any]) -> None:
        self.named = named
        self.x = np.asarray(floats(next(iter(named.values()))))
        self.axis = named.get("axis")
        if isinstance(self.axis, list):
            self.axis = tuple(self.axis)
        self.keepdims = bool(named.get("keepdims"))
        self.mask = True if named.get("where") is None else named["where"]
        self.ddof = named.get("ddof") or named.get("correction") or 0
        axes: Any = range(self.x.ndim) if self.axis is None else self.axis
        self.axes = [k % self.x.ndim for k in (axes if np.ndim(axes) else [axes])]
        self.kept = tuple([1 if k in self.axes else n for k, n in enumerate(self.x.shape)])

    @functools.cached_property
    def count(self) -> Any:
        """The number of array elements behind each result."""
        if self.mask is True:
            return np.float64(math.prod([self.x.shape[k] for k in self.axes]))
        return self.total(np.ones(self.x.shape))

    def total(self, z: Any) -> Any:
        """Return sums along the reduced axes, kept with size 1."""
        z = np.broadcast_to(z, np.shape(self.x))
        return np.sum(z, axis=self.axis, keepdims=True, where=self.mask)

    def mean(self) -> Any:
        """Return the means along the reduced axes, kept with size 1."""
        return self.total(self.x) / self.count

    def spread(self, out: Any) -> Any:
        """Return a result reshaped to broadcast against the array."""
        out = np.asarray(floats(out))
        return out if out.ndim == self.x.ndim else np.reshape(out, self.kept)


class Folded(Operation):
    """Python's sum, max and min of several operands or of one list."""

    def __init__(self, name: str, f: Function, spelled: str) -> None:
        super().__init__(name, f, spelled)
        self.is_exact = name != "sum_of"

    def items(self, args: Any, kw: Any) -> list[Any]:
        """Return the items that are summed or compared."""
        if set(kw) - {"start"} or (self.name == "sum_of" and len(args) > 2):
            raise NotImplementedError
        is_of_list = len(args) == 1 or self.name == "sum_of"
        items = [*args[0], *args[1:], *kw.values()] if is_of_list else list(args)
        if any(isinstance(i, (list, tuple)) for i in items):
            raise NotImplementedError
        return items

    def pulled(self, g: Any, out: Any, args: Any, kw: Any) -> tuple[Any, Any]:
        items = self.items(args, kw)
        if self.name == "sum_of":
            grads = [summed(g, np.shape(i)) if is_leaf(i) else None for i in items]
        else:
            chosen = items.index(self.numpy(items))  # the first that equals it
            grads = [g * float(k == chosen) if is_leaf(i) else None for k, i in enumerate(items)]
        if len(args) > 1 and self.name != "sum_of":
            return grads, {}
        n = len(args[0])
        first = np.array(grads[:n]) if isinstance(args[0], np.ndarray) else grads[:n]
        return [first, *grads[n : n + len(args) - 1]], dict(zip(kw, grads[n:]))


# -- the letters of each term and of the result of a contraction


def of_einsum(subscripts: Any, *arrays: Any) -> tuple[list[str], str]:
    """Return the letters of each operand and of the result of einsum, without ellipses."""
    if not isinstance(subscripts, str):
        raise NotImplementedError  # lists of axes
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    terms, free = left.split(","), [c for c in LETTERS if c not in subscripts]
    wide = [np.ndim(a) - len(t.replace("...", "")) for t, a in zip(terms, arrays)]
    most = max((n for n, t in zip(wide, terms) if "..." in t), default=0)
    dots = "".join(free[:most])
    if not arrow:
        once = [c for c in sorted(set(left) - set(".,")) if left.count(c) == 1]
        result = "..." * ("..." in left) + "".join(once)
    terms = [t.replace("...", dots[most - n :] if n else "") for t, n in zip(terms, wide)]
    return terms, result.replace("...", dots)


def of_matmul(a: Any, b: Any) -> tuple[list[str], str]:
    """Return the letters of a matrix product."""
    row, column = "i" * (np.ndim(a) > 1), "k" * (np.ndim(b) > 1)
    left, right = "..." * (np.ndim(a) > 2), "..." * (np.ndim(b) > 2)
    return of_einsum(f"{left}{row}j,{right}j{column}->{left or right}{row}{column}", a, b)


def of_tensordot(a: Any, b: Any, axes: Any = 2) -> tuple[list[str], str]:
    """Return the letters of np.tensordot: sums of products along pairs of axes."""
    n, first = np.ndim(a), LETTERS[: np.ndim(a)]
    if isinstance(axes, int):
        axes = (range(n - axes, n), range(axes))
    pairs = list(zip(*[np.atleast_1d(np.asarray(x, dtype=int)) for x in axes]))
    second = list(LETTERS[n : n + np.ndim(b)])
    for i, j in pairs:
        second[j] = first[i]
    summed_over = {first[i] for i, _ in pairs}
    result = "".join(c for c in [*first, *second] if c not in summed_over)
    return [first, "".join(second)], result


def of_products(a: Any, b: Any) -> tuple[list[str], str]:
    """Return the letters of an outer product: all products of two arrays' numbers."""
    return of_tensordot(a, b, 0)


def of_dot(a: Any, b: Any) -> tuple[list[str], str]:
    """Return the letters of np.dot, which sums over the last axis and the second-last one."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return of_products(a, b)
    return of_tensordot(a, b, ([np.ndim(a) - 1], [max(np.ndim(b) - 2, 0)]))


def of_inner(a: Any, b: Any) -> tuple[list[str], str]:
    """Return the letters of np.inner, which sums over both last axes."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return of_products(a, b)
    return of_tensordot(a, b, ([np.ndim(a) - 1], [np.ndim(b) - 1]))


def of_trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> tuple[list[str], str]:
    """Return the letters of a trace."""
    if offset:
        raise NotImplementedError
    letters = list(LETTERS[: np.ndim(a)])
    letters[axis2] = letters[axis1]
    return ["".join(letters)], "".join(c for c in letters if letters.count(c) == 1)

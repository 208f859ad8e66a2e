"""List the factors that a value may lack: slopes, sizes, constants, and names with new axes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

from microgradnet.checking.mending.edit_parts import Scope, Shape, fits

__all__ = ["factors", "fitted", "slopes"]


def fitted(name: str, shape: Shape, other: Shape) -> str:
    """Return a name that broadcasts to a shape, with new axes: `gamma[:, None]`, `mask[..., None]`.

    other: the shape of the name. "" if it broadcasts by itself, or not at all, or in two ways.
    """
    if not shape or not other or shape[-len(other) :] == other:
        return ""
    ways = [c for c in combinations(range(len(shape)), len(other)) if _at(shape, c) == other]
    if len(ways) != 1:
        return ""
    first, behind = ways[0][0], len(shape) - 1 - ways[0][-1]
    is_together = ways[0][-1] - first == len(other) - 1
    start = ":" if len(other) == 1 else "..."
    return f"{name}[{start}{', None' * behind}]" if is_together else ""


def _at(shape: Sequence[int], axes: Sequence[int]) -> tuple[int, ...]:
    return tuple([shape[k] for k in axes])


def factors(scope: Scope, shape: Shape) -> Iterator[tuple[str, str]]:
    """Yield factors and divisors that are no plain names, for a value of a shape."""
    found = [(sign, text) for text in (*CONSTANTS, *_counted(scope)) for sign in "/*"]
    for name, other in scope.atoms.items():
        if new := fitted(name, shape, other):
            found += [("*", new), ("/", new)]
        if other == () and name not in scope.counters:
            found += [("*", f"np.sqrt({name})"), ("/", f"np.sqrt({name})")]
        elif other and shape in (other, ()):
            found.append(("*", f"np.sign({name})"))
    for a, b in combinations(scope.counts[:COUNTS], 2):
        found += [("/", f"({a} * {b})"), ("*", f"({a} * {b})")]
    yield from found


def _counted(scope: Scope) -> list[str]:
    """Return expressions for the sizes of the arrays in scope, one for each number."""
    found = dict[int, str]()
    for name, shape in scope.atoms.items():
        for k, n in enumerate(shape or ()):
            found.setdefault(n, f"{name}.shape[{k}]" if k else f"len({name})")
        found.setdefault(math.prod(shape or ()), f"{name}.size")
    return [text for n, text in found.items() if n > 1]


CONSTANTS = ("np.sqrt(2 * np.pi)", "np.sqrt(2)", "np.sqrt(np.pi)", "np.pi", "np.log(2)")
COUNTS = 6  # the most names of counts that are multiplied with each other


def slopes(scope: Scope, shape: Shape) -> Iterator[tuple[str, str, float]]:
    """Yield derivatives of activations, each with the name it is taken at and its cost."""
    for name, other in scope.atoms.items():
        if (other == () and shape) or not fits(shape, other):
            continue
        far = 0.1 * (bool(scope.before) and name not in scope.before) + 0.1 * (shape != other)
        for form in SLOPES:
            yield form.format(name), name, far
        for low, high in scope.limits:
            yield f"(({name} > {low}) & ({name} < {high}))", name, far + 0.02
        for helper in scope.helpers:
            yield helper.format(name), name, far + 0.05


SLOPES = ("{0} * (1 - {0})", "(1 - {0} ** 2)", "({0} > 0)")

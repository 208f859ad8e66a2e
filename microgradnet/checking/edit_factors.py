"""List the factors that a value may lack: slopes, sizes, constants, and names with new axes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

from microgradnet.checking.edit_parts import Scope, Shape, fits

__all__ = ["factors", "fitted", "slopes"]


def fitted(name: str, shape: Shape, other: Shape) -> str:
    """Return a name that broadcasts to a shape, with new axes behind: `gamma[:, None]`.

    other: the shape of the name. "" if it broadcasts by itself, or not at all.
    """
    if not shape or other is None or len(other) != 1 or shape[-1] == other[0]:
        return ""
    at = [k for k, n in enumerate(shape) if n == other[0]]
    return f"{name}[:{', None' * (len(shape) - 1 - at[0])}]" if len(at) == 1 else ""


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

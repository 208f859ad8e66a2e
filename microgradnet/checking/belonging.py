"""Which argument each gradient that a backward pass returns belongs to: by position, or by key."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np

from microgradnet.checking.claims import bare, claim, is_target, plainest
from microgradnet.checking.passes import leaves_of
from microgradnet.checking.recognising import ZERO
from microgradnet.checking.rounding import SAME
from microgradnet.tracing.events import numbers_of
from microgradnet.words import say

__all__ = [
    "Gradient",
    "Run",
    "all_leaves",
    "is_float",
    "needed_of",
    "numbers_in",
    "of_object",
    "paired",
    "part_at",
    "same_gradient",
]

Path = tuple[Any, ...]
Run = tuple[Any, dict[str, np.ndarray]]  # what backward returned, and the right gradients by name


@dataclass
class Gradient:
    """One gradient that is returned, and the argument it belongs to by its position or its key.

    called: as it is spoken of; path: where it is in what is returned; said: what is wrong with its
    shape or kind, has_values: whether it has numbers to compare all the same; written, right: its
    numbers and the right ones in a run, one where they differ if there is one; compared: whether
    there are such runs; fits: whether they never differ; other: the argument that it is the
    gradient by instead, or "".
    """

    called: str
    name: str
    path: Path
    said: str = ""
    has_values: bool = True
    written: np.ndarray = field(default_factory=lambda: np.array(math.nan))
    right: np.ndarray = field(default_factory=lambda: np.array(math.nan))
    compared: bool = False
    fits: bool = False
    other: str = ""


def part_at(returned: Any, path: Sequence[Any]) -> Any:
    """Return the part of what is returned that a path of indices and keys leads to."""
    for key in path:
        returned = returned[key]
    return returned


def all_leaves(given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [leaf for name, x in given.items() for leaf in leaves_of(name, x)]


def is_float(x: Any) -> bool:
    return isinstance(x, (float, np.ndarray)) and np.asarray(x).dtype.kind == "f"


def _is_of_floats(x: Any) -> bool:
    return any(is_float(leaf) for _, leaf in leaves_of("", x))


def needed_of(given: Mapping[str, Any]) -> list[str]:
    """The names of the leaves that need a gradient: no targets, no masks; numbers if all are."""
    floats = [(name, x) for name, x in all_leaves(given) if is_float(x)]
    arrays = [(name, x) for name, x in floats if isinstance(x, np.ndarray)] or floats
    return [name for name, x in arrays if not (is_target(bare(name)) or _is_mask(x))]


def _is_mask(x: Any) -> bool:
    return bool(np.isin(x, (0.0, 1.0)).all() and np.any(x) and not np.all(x))


def paired(
    given: Mapping[str, Any], returned: Any, runs: Sequence[Run]
) -> tuple[list[Gradient], list[Gradient], list[str]]:
    """The gradients by their arguments, those that belong to none, and the leaves without one."""
    several = isinstance(returned, (tuple, list))
    paths: list[Path] = [(i,) for i in range(len(returned))] if several else [()]
    if returned is None:
        paths = []
    by_key = [p for p in paths if isinstance(part_at(returned, p), Mapping)]
    if several and any(isinstance(x, Mapping) for x in given.values()):
        by_key = []  # such an argument has such a gradient
    found = [g for p in by_key for g in _by_key(p, part_at(returned, p), dict(all_leaves(given)))]
    keyed = {g.name for g in found}
    rest = {name: x for name, x in given.items() if not keyed & {k for k, _ in leaves_of(name, x)}}
    paths = [p for p in paths if p not in by_key]
    while len(paths) > len(rest) and part_at(returned, paths[-1]) is None:
        paths.pop()
    names = _chosen(rest, paths, returned, runs)
    for path, name in zip(paths, names):
        found += _of_argument(path, part_at(returned, path), name, given[name])
    left = [path for path in paths[len(names) :] if part_at(returned, path) is not None]
    more = [Gradient(_called(path), "", path) for path in left]
    known = {g.name for g in found}
    return found, more, [name for name, _ in all_leaves(given) if name not in known]


def _chosen(
    rest: Mapping[str, Any], paths: Sequence[Path], returned: Any, runs: Sequence[Run]
) -> list[str]:
    """The names of the arguments that as many gradients belong to, in their order.

    All of them, or those of floats; where there are fewer, those that most fit by their numbers.
    """
    every, n = list(rest), len(paths)
    floats = [name for name in every if _is_of_floats(rest[name])]
    arrays = [name for name in floats if not isinstance(rest[name], float)]
    needed = [
        name for name in arrays if {k for k, _ in leaves_of(name, rest[name])} & {*needed_of(rest)}
    ]
    for names in (every, arrays, floats, needed):
        if len(names) == n:
            return names
    if n > len(every):
        return every

    def fit(path: Path, name: str) -> tuple[bool, bool]:
        parts = [(numbers_in(part_at(r, path)), right) for r, right in runs if name in right]
        same = bool(parts) and all(same_gradient(written, right, name) for written, right in parts)
        return same, np.shape(numbers_in(part_at(returned, path))) == np.shape(rest[name])

    fits = {(path, name): fit(path, name) for path in paths for name in every}
    several = combinations(every, n)
    return list(
        max(several, key=lambda names: np.sum([fits[p] for p in zip(paths, names)], 0).tolist())
    )


def _by_key(path: Path, parts: Mapping[Any, Any], leaves: Mapping[str, Any]) -> list[Gradient]:
    """The gradients in a dict by the arguments that its keys name: `dW` and `W` are those by W."""
    known = {plainest(name): name for name in leaves}
    found = []
    for key in parts:
        says = claim(str(key), known, "gradients")
        if says and says.by in known:
            found.append(Gradient(_called((*path, key)), known[says.by], (*path, key)))
    return found


def _of_argument(path: Path, value: Any, name: str, given: Any) -> list[Gradient]:
    """The gradients of one argument: of a dict or a list of arrays, one of each."""
    leaves = dict(leaves_of(name, given))
    if value is None or not leaves:
        return []
    if isinstance(given, Mapping) and isinstance(value, Mapping):
        return _by_key(path, value, leaves)
    if [*leaves] == [name] or not isinstance(value, (list, tuple)):
        return [Gradient(_called(path), next(iter(leaves)), path)]
    paths = [(*path, i) for i in range(len(value))]
    return [Gradient(_called(each), leaf, each) for each, leaf in zip(paths, leaves)]


def of_object(
    gradients: Sequence[Gradient], known: Collection[str], runs: Sequence[Run]
) -> tuple[list[Gradient], list[Gradient]]:
    """Return which gradients belong to an argument or an array of the object, and which to none.

    known: the arguments. A method that returns more gradients than it has arguments has an order
    of its own: they are told by their numbers, those that are wrong by their shapes.
    """
    shapes = {name: x.shape for name, x in runs[0][1].items()} if runs else {}
    pool = [name for name in shapes if name in known or name.startswith("self.")]
    names: dict[int, str] = {}
    for by_numbers in (True, False):
        for k, g in enumerate(gradients):
            parts = [(numbers_in(part_at(r, g.path)), right) for r, right in runs]
            for name in pool if k not in names else ():
                fits = all(same_gradient(written, right, name) for written, right in parts)
                if fits if by_numbers else parts[0][0].shape == shapes[name]:
                    names[k] = name
                    pool.remove(name)
                    break
    own = [replace(gradients[k], name=names[k]) for k in sorted(names)]
    return own, [g for k, g in enumerate(gradients) if k not in names]


def _called(path: Path) -> str:
    """How a gradient is spoken of: by its number, counted from 1, or by its key."""
    parts = [str(key + 1) if type(key) is int else str(key) for key in path]
    return say("gradient {number}", number=".".join(parts)) if path else say("what is returned")


def same_gradient(written: np.ndarray, right: Mapping[str, np.ndarray], name: str) -> bool:
    """Whether numbers are a gradient but for rounding: its own, and that of terms that cancel."""
    if written.shape != right[name].shape:
        return False
    size, own = (
        max(float(np.abs(x).max(initial=0.0)) for x in several)
        for several in (right.values(), [right[name]])
    )
    return bool((np.abs(written - right[name]) <= SAME * own + 100 * ZERO * size).all())


def numbers_in(x: Any) -> np.ndarray:
    try:
        return numbers_of(np.array(x, dtype=object))
    except (TypeError, ValueError):
        return np.array(math.nan)

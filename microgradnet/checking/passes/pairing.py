"""Pair each gradient with its argument or parameter: by position, count and name, never by value.

Returned gradients are paired with the arguments in their order. Gradients that a layer keeps in
attributes, lists and dicts are paired by name: `self.dW` with `self.W`, `grads["W"]` with
`params["W"]`.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.tape.entry import Place

Path = tuple[str, ...]  # "self", ".params", "['W']"
DEEP = 5
PLAIN: tuple[Any, ...] = (str, bytes, int, float, complex, type, np.ndarray, np.generic)
PLAIN += (types.ModuleType, types.FunctionType, np.random.Generator, np.random.RandomState)


@dataclass(slots=True)
class Number:
    """A number or array that is an argument of a pass, returned by it, or kept in a layer.

    path: its attribute, key or index; number: its entry, None if it has none; text: the returned
    expression; place: of the statement that computed it; is_default: whether an argument was left
    out; inside: the containers on its path; is_replaced: whether the forward pass puts another
    value at its path, as that of an earlier run is.
    """

    path: Path
    value: Any
    number: int | None = None
    text: str = ""
    place: Place | None = None
    is_default: bool = False
    inside: tuple[Any, ...] = ()
    is_replaced: bool = False

    @property
    def name(self) -> str:
        """The path as the code writes it."""
        return "".join(self.path)

    @property
    def is_float(self) -> bool:
        """Whether it is a floating-point number or array, which has a derivative."""
        return not isinstance(self.value, (bool, int)) and np.asarray(self.value).dtype.kind == "f"

    @property
    def is_array(self) -> bool:
        """Whether it is an array of floating-point numbers."""
        return isinstance(self.value, (np.ndarray, np.generic)) and self.is_float


@dataclass(slots=True)
class Pairs:
    """Pairs of gradients and arguments.

    missing: arguments left over; more: gradients left over; faults: other mistakes, in words.
    """

    found: list[tuple[Number, Number]] = field(default_factory=list)
    missing: list[Number] = field(default_factory=list)
    more: list[Number] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def walk(x: Any, path: Path, inside: tuple[Any, ...] = ()) -> Iterator[Number]:
    """Yield the values inside a container, with their paths; None counts as a value."""
    inner: list[tuple[str, Any]] = []
    if isinstance(x, dict):
        inner = [(f"[{k!r}]", v) for k, v in x.items()]
    elif isinstance(x, (list, tuple)):
        inner = [(f"[{k}]", v) for k, v in enumerate(x)]
    elif is_object(x):
        slots = {k: getattr(x, k) for k in getattr(type(x), "__slots__", ()) if hasattr(x, k)}
        inner = [(f".{k}", v) for k, v in {**slots, **getattr(x, "__dict__", {})}.items()]
    else:
        yield Number(path, x, inside=inside)
        return
    if not any(x is y for y in inside) and len(path) <= DEEP:
        for step, value in inner:
            yield from walk(value, (*path, step), (*inside, x))


def mark_replaced(held: Sequence[list[Number]], owner: Any) -> None:
    """Mark the numbers of a layer that its forward pass replaced, and drop their other paths."""
    now = {n.path: (*n.inside, n.value) for n in walk(owner, ("self",))}
    for several in held:
        own = [n for n in several if _is_same((*n.inside, n.value), now.get(n.path, ()))]
        several[:] = own or several
        several[0].is_replaced = not own


def _is_same(several: Sequence[Any], others: Sequence[Any]) -> bool:
    return len(several) == len(others) and all(a is b for a, b in zip(several, others))


def is_object(x: Any) -> bool:
    """Whether a value is an object of a person's class, with attributes."""
    if isinstance(x, PLAIN):
        return False
    is_own = type(x).__module__ not in ("builtins", "numpy", "typing")
    return hasattr(x, "__dict__") or (is_own and hasattr(type(x), "__slots__"))


# Returned gradients.


def by_position(
    returned: Sequence[Number], arguments: Sequence[Number], held: Sequence[Number]
) -> Pairs:
    """Pair returned gradients with arguments; held: the parameters of a layer, paired by name."""
    given = [a for a in arguments if not a.is_default]
    arrays, floats = [a for a in given if a.is_array], [a for a in given if a.is_float]
    n = len(returned)
    if any(not step[1:-1].isdigit() for r in returned for step in r.path[1:]):
        return _by_key(returned, floats, held)
    for group in (arrays, floats, given, [a for a in arguments if a.is_float], arguments):
        if len(group) == n and all(a.is_float or _is_nothing(r) for a, r in zip(group, returned)):
            pairs = [(r, a) for r, a in zip(returned, group) if a.is_float]
            return Pairs(pairs, [a for a in arrays if a not in group])
    if n < len(arrays):
        order = _in_order(returned, arrays)
        return Pairs(list(zip(returned, order)), [a for a in arrays if a not in order])
    return _with_more(returned, arrays, held)


def _is_nothing(r: Number) -> bool:
    return r.value is None or (np.ndim(r.value) == 0 and not r.value)


def _in_order(returned: Sequence[Number], arrays: Sequence[Number]) -> Sequence[Number]:
    """Return the arguments that fewer gradients belong to: by name, else by shape or order."""
    named = [[a for a in arrays if is_called(r.text, a)] for r in returned]
    if all(len(several) == 1 for several in named):
        chosen = [several[0] for several in named]
        if len({a.path for a in chosen}) == len(chosen):
            return [a for a in arrays if a in chosen]
    first = arrays[: len(returned)]
    fits = [c for c in combinations(arrays, len(returned)) if _fits(returned, c)]
    return fits[0] if len(fits) == 1 else first


def _fits(returned: Sequence[Number], arguments: Sequence[Number]) -> bool:
    return all(np.shape(r.value) == np.shape(a.value) for r, a in zip(returned, arguments))


def _with_more(
    returned: Sequence[Number], arrays: Sequence[Number], held: Sequence[Number]
) -> Pairs:
    """Pair gradients that are more than the arguments: the rest with parameters, by name."""
    pairs, left = Pairs(), list(held)
    for k, r in enumerate(returned):
        named = [h for h in left if is_called(r.text, h)]
        if named and (k >= len(arrays) or not is_called(r.text, arrays[k])):
            pairs.found.append((r, named[0]))
            left.remove(named[0])
        elif k < len(arrays):
            pairs.found.append((r, arrays[k]))
        elif r.value is not None:
            pairs.more.append(r)
    have = [a for _, a in pairs.found]
    pairs.missing = [a for a in arrays if a not in have]
    return pairs


def _by_key(returned: Sequence[Number], floats: Sequence[Number], held: Sequence[Number]) -> Pairs:
    """Pair the gradients of a dict by its keys."""
    pairs, roots = Pairs(), list(dict.fromkeys(a.path[0] for a in floats))
    for r in returned:
        key, k = vocabulary.last_part(r.path[-1]), r.path[1][1:-1]
        named = [a for a in (*floats, *held) if key == last(a.path) or is_called(key, a)]
        if not named and len(r.path) == 2 and k.isdigit() and int(k) < len(roots):  # dx, grads
            named = [a for a in floats if a.path == (roots[int(k)],)]
        if named:
            pairs.found.append((r, named[0]))
        elif r.value is not None:
            pairs.more.append(r)
    have = [a for _, a in pairs.found]
    pairs.missing = [a for a in floats if a not in have and a.is_array]
    return pairs


# Kept gradients.


def last(path: Path) -> str:
    """Return the last attribute or key of a path."""
    step = path[-1]
    return step[1:] if step[0] == "." else step[1:-1].strip("'\"") if step[0] == "[" else step


def is_called(text: str, a: Number) -> bool:
    """Whether a text is a name for the gradient with respect to a number."""
    return vocabulary.spelled(text) in vocabulary.gradients_of(last(a.path))


def is_kept_for(slot: Path, parameter: Path) -> bool:
    """Whether the name of an attribute or key says that it holds another's gradient.

    >>> is_kept_for(("self", ".dW"), ("self", ".W"))
    True
    >>> is_kept_for(("self", ".grads", "[0]"), ("self", ".params", "[0]"))
    True
    """
    name, of = vocabulary.spelled(last(slot)), last(parameter)
    ways = vocabulary.gradients_of(of)
    if slot[:-1] == parameter[:-1]:
        is_value = of in ("data", "value", "val", "values", "array")
        return name in ways or (is_value and vocabulary.is_of_gradients(last(slot)))
    if slot[-1][0] != "[" or len(slot) < 3:
        return False
    is_same = last(slot) == of or name in ways
    container = last(slot[:-1])
    if parameter[-1][0] == "[" and slot[:-2] == parameter[:-2]:
        beside = {*vocabulary.gradients_of(last(parameter[:-1])), "g"}
        if is_same and vocabulary.spelled(container) in beside:
            return True
    if slot[:-2] == parameter[:-2] and vocabulary.is_of_gradients(container):
        joined = last(parameter[:-1]) + of  # grads["Wr"] for W["r"]
        if name in (vocabulary.spelled(joined), *vocabulary.gradients_of(joined)):
            return True
    is_near = slot[:-2] in (parameter[:-1], parameter[:-2])
    is_named = not of.isdigit() or parameter[-1][0] == "["
    return is_near and is_named and is_same and vocabulary.is_of_gradients(container)


def is_place_of_gradient(path: Path, parameters: Sequence[Path]) -> bool:
    """Whether the name of an attribute or key says that it holds a gradient."""
    if len(path) > 2 and path[-1][0] == "[" and vocabulary.is_of_gradients(last(path[:-1])):
        return True
    if vocabulary.is_of_gradients(last(path)):
        return True
    return any(is_kept_for(path, p) for p in parameters if p != path)


def kept(slots: Sequence[Number], held: Sequence[Sequence[Number]]) -> list[tuple[Number, Number]]:
    """Pair the gradients that a layer keeps; held: the parameters, each by all its paths."""
    found: list[tuple[Number, Number]] = []
    for several in held:
        if several[0].is_replaced and last(several[0].path).isdigit():  # of a cache
            continue
        own = [
            s
            for s in slots
            if all(s.path != p.path for p in several)
            and any(is_kept_for(s.path, p.path) for p in several)
        ]
        taken = [s for s, _ in found]
        own = [s for s in own if s not in taken]
        same = [s for s in own if np.shape(s.value) == np.shape(several[0].value)]
        if own:
            found.append(((same or own)[0], several[0]))
    return found + _kept_beside(slots, held, found)


def parts_of_one(slots: Sequence[Number], parameter: Sequence[Number]) -> list[Number]:
    """Return the gradients that several layers keep of a parameter they share: [] for one layer.

    Each is a part of its gradient, which is their sum. parameter: by all its paths.
    """
    shape, parts = np.shape(parameter[0].value), dict[int, Number]()
    owners = dict[int, set[int]]()  # of the same array
    for s in slots:
        is_own = any(is_kept_for(s.path, p.path) for p in parameter if p.path != s.path)
        if is_own and np.shape(s.value) == shape:
            parts.setdefault(id(s.value), s)
            layer = next((x for x in s.inside[::-1] if is_object(x)), None)
            owners.setdefault(id(s.value), set()).add(id(layer))
    shared = set.intersection(*owners.values()) if owners else set[int]()
    own = [several - shared for several in owners.values()]  # a net that lists them keeps none
    is_apart = all(own) and len(set().union(*own)) == sum(map(len, own))
    return [*parts.values()] if is_apart and len(own) > 1 else []


def _kept_beside(
    slots: Sequence[Number],
    held: Sequence[Sequence[Number]],
    found: Sequence[tuple[Number, Number]],
) -> list[tuple[Number, Number]]:
    """Pair the rest by shape: under the same key of another container, or as the only one."""
    of = [several[0] for several in held if not any(several[0] is p for _, p in found)]
    of = [p for p in of if not p.is_replaced]
    paths = {p.path for several in held for p in several}
    left = [s for s in slots if s.path not in paths and not any(s is x for x, _ in found)]
    pairs = [(s, p) for p in of for s in left if np.shape(s.value) == np.shape(p.value)]
    alike = [(s, p) for s, p in pairs if len(s.path) > 2 and s.path[-1] == p.path[-1]]
    single = [(s, p) for s, p in pairs if vocabulary.is_of_gradients(last(s.path))]
    by_key = [(s, p) for s, p in alike if s.path[:-2] == p.path[:-2]]
    listed = [(s, p) for s, p in pairs if len(s.path) > 2 and is_list(s)]
    shapes = [np.shape(p.value) for p in of]
    by_key = by_key or (listed if len(listed) == len(of) == len({*shapes}) else [])
    heads = {id(s): last(s.path).partition("_")[0] for s in left}
    by_end = [(s, p) for s, p in pairs if _end(s) == _end(p) and heads[id(s)] in HEADS]
    return by_key or by_end or (single if len(single) == 1 else [])


HEADS = ("g", "d", "grad")  # of a gradient's name: g_out for W_out


def is_list(a: Number) -> bool:
    """Whether a number is in a container that is named for gradients."""
    return vocabulary.is_of_gradients(last(a.path[:-1]))


def _end(a: Number) -> str:
    """Return a name without its first part: "out" for W_out and g_out."""
    return last(a.path).partition("_")[2]

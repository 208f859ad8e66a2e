"""Make other examples of the same kind for two passes, and objects that fit an example."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.points import is_symmetric
from microgradnet.checking.passes.both_calls import Passes
from microgradnet.checking.passes.pairing import walk
from microgradnet.tape.entry import Entry, filled, mapped
from microgradnet.tape.replay import Recorded

CONSTRUCTORS = 400  # constructor calls that are tried
NUMBERS = 3_000  # the most numbers of an example of other sizes
PRIMES = (3, 5, 7, 11, 13, 17, 19, 23)
FORWARD = ("forward", "__call__", "fwd", "feedforward", "feed_forward", "forward_pass")
BACKWARD = ("backward", "bwd", "backprop", "backpropagate", "backward_pass", "backforward")
METHODS = [*itertools.product(FORWARD, BACKWARD)]  # of a layer


def fits(passes: Passes, example: Sequence[Any]) -> bool:
    """Whether the forward pass takes an example, and gives finite numbers."""
    other = passes.again(example)
    state = np.random.get_state()
    try:
        with np.errstate(all="ignore"):
            out = other.run_forward()
        numbers = [n.value for n in walk(out, ("out",)) if n.is_float]
        return all(np.isfinite(x).all() for x in numbers)
    except Exception:  # the person's code may raise anything on data it was not made for
        return False
    finally:
        np.random.set_state(state)


def values_of(example: Any) -> list[Any]:
    """Return the values of an example, those in tuples, lists and dicts one by one."""
    found = list[Any]()
    mapped(example, found.append)
    return found


def with_values(example: Any, values: Iterator[Any]) -> Any:
    """Return an example with other values."""
    return mapped(example, lambda _: next(values))


def unlike(example: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield examples of other, unequal sizes: primes; multiples of the sizes; more rows."""
    arrays = [x for x in values_of(example) if isinstance(x, np.ndarray)]
    sizes = sorted({n for x in arrays for n in x.shape if n > 1})
    primes, new = list(PRIMES), dict[int, int]()
    for n in sizes:
        new[n] = next((p for p in primes if p > n), 3 * n)
        primes = [p for p in primes if p > new[n]]
    first = next((n for x in arrays for n in x.shape[:1]), 0)
    multiples = [{n: k * n for n in sizes} for k in (3, 2)]
    for several in (new, *multiples, {first: new.get(first, first)}):
        made = [_sized(x, several) for x in values_of(example)]
        if sum(x.size for x in made if isinstance(x, np.ndarray)) <= NUMBERS:
            yield with_values(example, iter(made))


def _sized(x: Any, sizes: Mapping[int, int]) -> Any:
    if isinstance(x, np.ndarray):
        x = _of_sizes(x, {a: sizes.get(n, n) for a, n in enumerate(x.shape)})
    if isinstance(x, np.ndarray) and x.dtype.kind == "b" and x.size:
        x = x.copy()  # a mask of another share
        x.flat[0] = not x.flat[0]
    return x


def shapes_of(example: Sequence[Any]) -> str:
    """Return the shapes of an example's arrays, as a message shows them."""
    return ", ".join(str(np.shape(x)) for x in values_of(example) if isinstance(x, np.ndarray))


def small(values: Sequence[Any]) -> list[Any]:
    """Return the values of an example with a thousandth of each array of floats: eps shows."""
    return [x * 1e-3 if _is_of_floats(x) else x for x in values]


def masked(values: Sequence[Any]) -> list[Any]:
    """Return the values of an example in which a mask leaves nothing of its first row."""
    made = [*values]
    for k, x in enumerate(made):
        is_mask = isinstance(x, np.ndarray) and x.ndim > 1 and set(np.unique(x)) == {0, 1}
        if is_mask and x[..., :1, :].any():
            made[k] = np.array(x)  # those of JAX cannot be changed
            made[k][..., :1, :] = 0
    return made


def spread(values: Sequence[Any]) -> list[Any]:
    """Return the values of an example in which the last array of several has one row for all."""
    made = [*values]
    several = [k for k, x in enumerate(made) if _is_of_floats(x) and x.ndim > 1 and len(x) > 1]
    for k in several[1:][-1:]:
        made[k] = made[k][:1]
    return made


# Examples, and whether a gradient has to be right there; else it may have no meaning, and only a
# note tells.
LAYOUTS = (
    (small, "at a thousandth of the numbers, {names} is wrong", True),
    (masked, "where a row is masked as a whole, {names} would be wrong", False),
    (spread, "where one row is given for all, {names} would be wrong", False),
)


def _is_of_floats(x: Any) -> bool:
    """Whether numbers may be others: a mask of 0 and 1 may not."""
    is_array = isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.ndim > 0
    return is_array and not set(np.unique(x).tolist()) <= {0.0, 1.0}


def others(example: Sequence[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield lists of similar examples; the first one that the forward pass accepts is used."""
    for several in _others(values_of(example)):
        yield [with_values(example, iter(made)) for made in several]


def _others(example: Sequence[Any]) -> Iterator[list[list[Any]]]:
    """Yield lists of similar values of an example.

    An index is repeated; all arguments get one more row, or the first alone; a size grows by one.
    """
    for k, x in enumerate(example):
        is_index = isinstance(x, np.ndarray) and x.dtype.kind in "iu" and x.ndim and x.size > 1
        if is_index and len(np.unique(x)) == x.size:
            made = x.copy()
            made.flat[-1] = made.flat[0]
            yield [[*example[:k], made, *example[k + 1 :]]]
    shapes = {k: x.shape for k, x in enumerate(example) if isinstance(x, np.ndarray) and x.ndim}
    if not shapes:
        return
    first, rows = next((k, shape[0]) for k, shape in shapes.items())
    together = {(k, 0) for k, shape in shapes.items() if shape[0] == rows}
    tried = [[together, {(first, 0)}]]
    for n in dict.fromkeys(n for shape in shapes.values() for n in shape if n > 1):
        axes = {(k, a) for k, shape in shapes.items() for a, m in enumerate(shape) if m == n}
        tried += [[axes]] * (axes not in tried[0])
    whole = {k for k in shapes if example[k].dtype.kind in "iu"}
    for several in tried:  # one more edge, of two ends, would be another graph
        few = [axes for axes in several if len(whole & {k for k, _ in axes}) < 2]
        yield [[_larger(x, axes, k) for k, x in enumerate(example)] for axes in few]


def _larger(x: Any, axes: set[tuple[int, int]], k: int) -> Any:
    """Return an array with one more entry along some axes."""
    own = [a for j, a in axes if j == k]
    rows = next(p for p in PRIMES if p not in np.shape(x))  # of 2, a mean may be a factor 1/2
    return _of_sizes(x, {a: x.shape[a] + 1 if x.shape[a] > 1 else rows for a in own})


def _of_sizes(x: Any, sizes: Mapping[int, int]) -> Any:
    """Return an array with other sizes of some axes; a positive definite matrix stays one."""
    made, is_matrix = x, np.ndim(x) > 1 and x.shape[-1] == x.shape[-2]
    for a, count in sizes.items():
        made = _taken(made, count, a, is_matrix)
    is_larger = np.shape(made) != np.shape(x) and is_symmetric(x)
    is_square = is_larger and made.shape[-1] == made.shape[-2]
    return made + np.eye(made.shape[-1]) if is_square else made


def _taken(x: Any, count: int, axis: int, repeats: bool) -> Any:
    """Return an array with so many entries along an axis; those too many are like earlier ones.

    Of floats they are between two of them: equal ones would be ties, whose gradients no code has to
    share, and sums of rows stay as they are. Whole numbers are repeated; so are, if `repeats`, the
    rows of a square matrix, which would be singular but for rounding.
    """
    at = np.arange(count)
    taken = np.take(x, at, axis=axis, mode="wrap")
    if repeats or not _is_of_floats(x) or np.array_equal(x, np.round(x)):
        return taken
    rounds = at // x.shape[axis]  # no two shares of an entry are equal
    share = (rounds / (10.0 + rounds)).reshape([-1 if a == axis else 1 for a in range(x.ndim)])
    return (1.0 - share) * taken + share * np.take(x, at + 1, axis=axis, mode="wrap")


def all_different(x: Any) -> Any:
    """Return an array of indices in which none is repeated; any other argument as it is."""
    is_index = isinstance(x, np.ndarray) and x.dtype.kind in "iu" and x.ndim == 1
    return np.arange(x.size)[::-1] if is_index and len(np.unique(x)) < x.size else x


def writes_twice(entries: Sequence[Entry]) -> bool:
    """Whether a pass stores several numbers at one place of an array: only one of them counts."""
    for e in entries:
        if row(e) == "setitem" and e.shape:
            count = np.zeros(e.shape)
            np.add.at(count, filled(e.args[1], Recorded(entries)), 1)
            if count.max(initial=0) > 1:
                return True
    return False


def doubled(example: Sequence[Any], other: Sequence[Any]) -> tuple[Any, ...]:
    """Return an example twice as long along the axes that are longer in another one.

    What divides a size, as the groups of channels do, divides twice the size.
    """
    made = []
    for x, y in zip(values_of(example), values_of(other)):
        longer = zip(np.shape(x), np.shape(y))
        sizes = {a: 2 * n for a, (n, m) in enumerate(longer) if n != m}
        made.append(_of_sizes(x, sizes) if sizes else x)
    return tuple(with_values(example, iter(made)))


def made_to_fit(layer: type, example: Sequence[Any]) -> tuple[Any, Any] | None:
    """Return the two passes of an object of a class, made with sizes that fit the example."""
    names = next((m for m in METHODS if all(hasattr(layer, n) for n in m)), None)
    if names is None:
        return None
    parameters = inspect.signature(layer).parameters.values()
    required = [
        p.name for p in parameters if p.default is p.empty and p.kind == p.POSITIONAL_OR_KEYWORD
    ]
    known = [n for x in example if isinstance(x, np.ndarray) for n in reversed(x.shape)]
    sizes = list(dict.fromkeys([*known, 5, 7]))
    last_ = known[0] if known else 3
    rng = np.random.default_rng(3)
    arrays = [rng.normal(size=s) for s in ((last_, 5), (5,), (5, last_), (last_,))]
    options = [
        [*arrays, *sizes] if vocabulary.is_weight(n) else [*sizes, 0.5, *arrays] for n in required
    ]
    state = np.random.get_state()
    for given in itertools.islice(itertools.product(*options), CONSTRUCTORS):
        try:
            made = layer(*given)
            getattr(made, names[0])(*example)
        except Exception:  # a constructor or a forward pass may raise anything on a wrong size
            continue
        np.random.set_state(state)
        made = layer(*given)
        return getattr(made, names[0]), getattr(made, names[1])
    return None


def are_alike(example: Sequence[Any]) -> bool:
    """Whether all arrays of an example have the same two axes, as a loss may take them."""
    return len({np.shape(x) for x in example if np.ndim(x)}) == 1 and any(
        np.ndim(x) == 2 for x in example
    )


def column(x: Any) -> Any:
    """Return the first column of a matrix; any other value as it is."""
    return x[:, 0] if np.ndim(x) == 2 else x

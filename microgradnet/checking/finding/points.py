"""Draw points: other numbers for the parameters and data of a run, at which no branch changes.

As little as possible is drawn: the starts of the parameters, and data that no operation computed.
Data keep their kind (0 and 1, one-hot, positive); constants of the code stay. A point counts only
if each comparison of two numbers has the result that it has in the run.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Container, Iterator, Sequence
from typing import Any

import numpy as np

from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.unseen import unreached
from microgradnet.tape.entry import Entry, Place, Ref, filled
from microgradnet.tape.replay import ancestors, replayed
from microgradnet.tape.tape import Tape
from microgradnet.tape.trees import called_name

Point = dict[int, Any]
# The distance from 0, or from the run's own numbers, and the number of tries at that distance.
FAR = ((1.0, 4), (0.5, 4), (0.2, 4), (0.05, 2))
NEAR = ((0.5, 4), (0.2, 4), (0.05, 4), (0.01, 4), (0.002, 4), (0.0002, 4))
LOGS, GUARD = ("log", "log2", "log10"), 1e-5
SPREADS = (1.0, 3.0, 10.0, 30.0)  # distances from 0 at which a branch may be taken
COUNT = 2  # points of each set
CUTTING = ("astype", "clip", "maximum", "minimum")
INDEXED = ("getitem", "setitem")
GROWN = 1e4  # times the largest number of the run, or 1
# Functions that make start values or masks: their arrays are not data.
FILLING: tuple[str, ...] = ("zeros", "ones", "full", "empty", "eye", "identity", "tri")
FILLING += tuple(f"{name}_like" for name in FILLING[:4])


def sets_of_points(
    tape: Tape,
    roots: Sequence[int],
    end: int,
    given: Sequence[int] = (),
    is_all: bool = False,
    kept: Collection[int] = (),
    but: Container[int] = (),
) -> Iterator[list[Point]]:
    """Yield sets of points: with other data, then with the run's own data.

    roots: entries that parameters start from; end: entries from this one on do not matter; given:
    entries of a call's arguments, which are data even where they are single numbers; is_all:
    whether these are all the data, since what else there is the code made; kept: data that keep
    their numbers; but: entries that do not matter.
    """
    data = _data(tape, roots, end, given, is_all, kept)
    for several, seeds in ((data, ((3, FAR), (4, NEAR))), ((), ((1, NEAR), (2, FAR)))):
        drawn = (_drawn(tape, roots, several, end, seed, way, but) for seed, way in seeds)
        if found := next(filter(None, drawn), None):
            yield found


def _data(
    tape: Tape,
    roots: Sequence[int],
    end: int,
    given: Sequence[int] = (),
    is_all: bool = False,
    kept: Collection[int] = (),
) -> list[int]:
    """Return the entries of data, which other numbers may replace."""
    entries = tape.entries[:end]
    sources = [e for e in entries if e.is_source and not e.aside]
    others = [e for e in sources if e.number not in roots and e.number not in kept]
    data = [e.number for e in others if is_data(e, e.number in given)]
    if is_all:
        data = [n for n in data if n in given]
    if not roots:
        return data
    wanted = ancestors(entries, roots)
    return [n for n in data if n not in wanted and np.any(entries[n].value)]


def elsewhere(tape: Tape, roots: Sequence[int]) -> Iterator[tuple[Place, Point]]:
    """Yield the branches that never ran, with numbers at which the code may go into them.

    They are drawn at growing distances from 0. roots: entries that parameters start from.
    """
    rng = np.random.default_rng(6)
    for place in unreached(tape):
        nodes = place.node, place.statement
        tests = [n for n in tape.guards if tape.entries[n].place.statement in nodes]
        end = max(tests, default=0)
        starts = [n for n in roots if n < end]
        data = _data(tape, roots, end) if starts else []
        known = {n: bool(tape.entries[n].value) for n in tests}
        for spread in (*SPREADS, *SPREADS) if starts else ():
            point = _point(tape, starts, data, rng, spread, is_far=True)
            values = replayed(tape.entries[: end + 1], point)
            if any(values[n] is not None and bool(values[n]) != was for n, was in known.items()):
                yield place, point
                break


def without_guards(entries: Sequence[Entry]) -> Point:
    """Return the small constants that guard a logarithm (`log(p + 1e-8)`), set to 0.

    They keep the logarithm finite; gradients written by hand leave them out.
    """
    found: Point = {}
    for log in entries:
        if log.operation is not None and log.operation.name in LOGS:
            sums = [entries[n] for n in log.operands]
            parts = [entries[n] for s in sums if row(s) in ("add", "subtract") for n in s.operands]
            small = [e for e in parts if e.is_source and not e.shape]
            found |= {e.number: 0.0 for e in small if 0 < abs(float(e.value)) <= GUARD}
    return found


def is_data(entry: Entry, is_given: bool = False) -> bool:
    """Whether a source is data, which other numbers may replace."""
    value = np.asarray(entry.value)
    if value.dtype.kind not in "fi" or not value.size or not np.isfinite(value).all():
        return False
    name = called_name(entry.place.node)
    if value.dtype.kind == "i" and (value.ndim or not is_given):
        return is_labels(value) and value.ndim > 0 and name != "arange"  # of two rows: 0 and 1
    return name not in FILLING and (is_given or value.ndim > 0 or _is_listed(entry))


def is_labels(value: Any) -> bool:
    """Whether numbers are labels of two classes, 0 and 1 or -1 and 1."""
    return value.size > 1 and set(np.unique(value).tolist()) in ({0, 1}, {-1, 1})


def _is_listed(entry: Entry) -> bool:
    """Whether a number is written in a list of data, and is no constant of a formula."""
    at = entry.place.node
    if not isinstance(at, (ast.Constant, ast.UnaryOp)):
        return False
    for node in ast.walk(entry.place.statement):
        if isinstance(node, ast.List) and any(e is at for e in ast.walk(node)):
            leaves = {ast.unparse(e) for e in ast.walk(node) if isinstance(e, ast.Constant)}
            if len(leaves) == 1 and not entry.value:
                return False  # [0.0, 0.0] is where sums or weights start
        if isinstance(node, (ast.List, ast.Tuple)) and any(e is at for e in node.elts):
            statement = entry.place.statement
            if not isinstance(statement, ast.Assign) or node is not statement.value:
                return True
            return not isinstance(statement.targets[0], ast.Tuple)  # a, b = 0.5, 0.1
    return False


def _drawn(
    tape: Tape,
    roots: Sequence[int],
    data: Sequence[int],
    end: int,
    seed: int,
    ladder: Sequence[tuple[float, int]],
    but: Container[int] = (),
) -> list[Point]:
    """Return the points of one set; [] if the code takes another branch at too many of them."""
    rng = np.random.default_rng(seed)
    for spread, tries in ladder:
        found = []
        for _ in range(tries):
            point = _point(tape, roots, data, rng, spread, ladder is FAR)
            if goes_the_same_way(tape, point, end, but):
                found.append(point)
                if len(found) == COUNT:
                    return found
    return []


def _point(
    tape: Tape,
    roots: Sequence[int],
    data: Sequence[int],
    rng: np.random.Generator,
    spread: float,
    is_far: bool,
) -> Point:
    point = {}
    for n in roots:
        value = np.asarray(tape.entries[n].value, dtype=float)
        size = 0.8 / max(1.0, np.sqrt(max(value.shape, default=1)) / 2)
        point[n] = _like(value, _moved(value, rng, size, spread, is_far))
    for n in data:
        value = np.asarray(tape.entries[n].value)
        point[n] = _like(value, _of_its_kind(value, rng, spread, is_far))
    return point


def _moved(
    value: Any, rng: np.random.Generator, size: float, spread: float, is_far: bool
) -> np.ndarray:
    """Return numbers around 0, or around those of the run; none of them is 0."""
    if not is_far:
        size = max(float(value.std()) if value.ndim else abs(float(value)), 0.3)
    made = rng.normal(0, size, value.shape)
    made = (made + np.sign(made) * 0.05 * size) * spread
    return np.asarray(made if is_far else made + value)


def _of_its_kind(value: Any, rng: np.random.Generator, spread: float, is_far: bool) -> Any:
    """Return other data of the same kind."""
    if is_one_hot(value):
        return rng.permutation(value.reshape(-1, value.shape[-1])).reshape(value.shape)
    if is_labels(value):
        return rng.permutation(value.ravel()).reshape(value.shape)
    made = _moved(value.astype(float), rng, 1.0, spread, is_far)
    return np.abs(made) if (value > 0).all() else made


def is_one_hot(value: Any) -> bool:
    """Whether each row of an array has one 1 and otherwise 0."""
    if value.ndim < 2 or set(np.unique(value).tolist()) != {0, 1}:
        return False
    return bool((value.sum(axis=-1) == 1).all())


def is_symmetric(value: Any) -> bool:
    """Whether an array holds symmetric, positive definite matrices, as covariances are.

    Of a unit matrix, that says nothing. Weights that are symmetric in an example have to be right
    elsewhere, too: a transpose that is left out shows only there.
    """
    x = np.asarray(value)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2] or x.shape[-1] < 2:
        return False
    beside = x[..., ~np.eye(x.shape[-1], dtype=bool)]
    is_same = bool(beside.any()) and np.array_equal(x, np.swapaxes(x, -1, -2))
    return is_same and bool(np.isfinite(x).all() and (np.linalg.eigvalsh(x) > 0).all())


def _like(value: Any, made: Any) -> Any:
    if value.ndim == 0:
        return float(made)
    if is_symmetric(value):
        made = np.triu(made) + np.swapaxes(np.triu(made, 1), -1, -2)
    return made.astype(value.dtype if value.dtype.kind == "i" else np.float64)


def goes_the_same_way(tape: Tape, point: Point, end: int, but: Container[int] = ()) -> bool:
    """Whether the code takes the same branches at a point, and clips or loses no other values."""
    guards, chosen = {*tape.guards}, _chosen(tape, end)

    def is_same(entry: Entry, values: list[Any]) -> bool:
        value, name = values[entry.number], row(entry)
        if entry.number in guards and not entry.aside:
            return value is not None and bool(value) == bool(entry.value)
        if entry.number in chosen:
            return bool(value == entry.value)
        if entry.operation is not None and _is_lost(value, entry.value):
            return False
        if name not in CUTTING:
            return True
        if name == "astype" and _is_cut_to_whole(tape, entry):
            return np.array_equal(value, entry.value)
        if is_two_sided(entry) if name == "clip" else _is_limited(tape, entry):
            is_cut = not np.array_equal(value, filled(entry.args[0], values))
            return not is_cut or _cut_in_run(tape, entry)
        return True

    return end == 0 or bool(replayed(tape.entries[:end], point, is_same, but))


def _is_lost(value: Any, own: Any) -> bool:
    """Whether a value is none, or so large, where the run's own one is not, that others drown."""
    if value is None or own is None:
        return own is not None
    if isinstance(value, float):  # nearly all of a run in single numbers
        return bool(abs(value) > GROWN * max(1.0, abs(own)))
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return False
    size, was = (np.abs(np.asarray(x)).max(initial=1.0) for x in (value, own))
    return bool(size > GROWN * was)


def _chosen(tape: Tape, end: int) -> set[int]:
    """Return the single indices that are computed from numbers, as of the cell of a point.

    Code that takes such an index from a list, or from a loop, has its value in the run.
    """
    computed = set[int]()
    for e in (e for e in tape.entries[:end] if e.kind == "i" and e.operation is not None):
        if _is_cut_to_whole(tape, e) or not computed.isdisjoint(e.operands):
            computed.add(e.number)
    read = (e for e in tape.entries[:end] if computed and e.kind == "f" and row(e) in INDEXED)
    several = (n for e in read for n in e.operands if n in computed)
    return {n for n in several if not tape.entries[n].shape}


def _is_cut_to_whole(tape: Tape, entry: Entry) -> bool:
    """Whether an entry cuts numbers to whole ones: a loop over these goes another way elsewhere."""
    if entry.kind != "i" or entry.aside:
        return False
    return any(tape.entries[n].kind == "f" for n in entry.operands)


def _is_limited(tape: Tape, entry: Entry) -> bool:
    """Whether an entry keeps numbers from a limit of the code, which is not 0: max(p, 1e-12)."""
    if row(entry) not in ("maximum", "minimum") or type(entry.args[1]) is not Ref:
        return False
    limit = tape.entries[int(entry.args[1])]
    return limit.is_source and not limit.shape and bool(limit.value) and not limit.names


def _cut_in_run(tape: Tape, entry: Entry) -> bool:
    """Whether a clip changed a value in the run."""
    ref = entry.args[0]
    x = tape.entries[int(ref)].value if type(ref) is Ref else ref
    return not np.array_equal(entry.value, x)


def is_two_sided(entry: Entry) -> bool:
    """Whether a clip has two limits; with one it is a rectifier."""
    limits = [*entry.args[1:], *entry.kw.values()]
    return sum(limit is not None for limit in limits) > 1

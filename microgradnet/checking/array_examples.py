"""The smallest example of a mistake in arrays: the smallest shapes, and small whole numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.checking.array_runs import SEEDS, Code
from microgradnet.checking.blaming import weigh
from microgradnet.checking.by_value import Examined
from microgradnet.checking.claims import bare, plainest
from microgradnet.checking.found import Found
from microgradnet.checking.recognising import Point, finite
from microgradnet.checking.report import WRONG, Numbers, Report, Row
from microgradnet.checking.rounding import SAME, Bounded, bounded_gradients
from microgradnet.checking.samples import one_hot_axis
from microgradnet.checking.shrinking import resized, sizes_of
from microgradnet.checking.smallest import USUAL, VISIBLE, smallest
from microgradnet.checking.trying import is_same
from microgradnet.tracing.stepping import Over

__all__ = ["with_examples"]

TRIES, LEAST = 50, 15  # points for one mistake, for each of many; 5 ms each for a two-layer net
LARGEST = 2  # an axis of an example: at 1 a sum or a transpose does not show

Pair = tuple[np.ndarray, np.ndarray]
At = Mapping[tuple[str, int], float]  # the numbers of entries, by the array and their place in it


def with_examples(whole: Examined, report: Report) -> Report:
    """Return a report with an example of each mistake, where there is a small one.

    whole: what the report is of, with its verdicts. A file, whose numbers are its own, has none.
    """
    wrong = [row.name for row in report.rows if row.verdict == WRONG]
    if not wrong or isinstance(whole.code.function, str) or any(whole.code.behind):
        return report
    search = _Search(whole, max(LEAST, TRIES // len(wrong)))
    rows = [search.shown(row) if row.verdict == WRONG else row for row in report.rows]
    return replace(report, rows=tuple(rows))


class _Search:
    """The code at smaller shapes, each examined once."""

    def __init__(self, whole: Examined, tries: int) -> None:
        self.whole, self.tries = whole, tries
        self.kinds = {name: _kinds(x) for name, x in _arrays(whole.code).items()}
        self.sizes = sorted(sizes_of(whole.code.example))
        self.at: dict[tuple[int, ...], _Shapes | None] = {}

    def shown(self, row: Row) -> Row:
        """Return a row with its example."""
        one = next((f for f in self.whole.found if f.name == row.name and f.blamed), None)
        if one is None or not one.by or one.local is not None:
            return row
        for at, here in self._smaller(one):
            if found := at.example(here, self.tries):
                example, (written, right) = found
                pair = written.tolist(), right.tolist()
                return replace(row, example=example, at_example=pair)
        return row

    def _smaller(self, one: Found) -> Iterator[tuple[_Shapes, Found]]:
        """The shapes at which something is wrong: all axes 1, else as few as can be longer."""
        if found := self._wrong([1] * len(self.sizes), one):
            yield found
        new = [min(n, LARGEST) for n in self.sizes]
        best = self._wrong(new, one)
        for i in range(len(new)) if best is not None else ():
            shorter = [*new[:i], 1, *new[i + 1 :]]
            if new != shorter and (found := self._wrong(shorter, one)):
                best, new = found, shorter
        if best is not None:
            yield best

    def _wrong(self, new: Sequence[int], one: Found) -> tuple[_Shapes, Found] | None:
        """What is found at some sizes, if the same is wrong there."""
        sizes = dict(zip(self.sizes, new))
        if tuple(new) not in self.at:
            self.at[tuple(new)] = self._examined(sizes)
        at = self.at[tuple(new)]
        here = at.like(one, self.whole) if at is not None else None
        if at is None or here is None or not self._has_constant(one, at, here, sizes):
            return None
        for k, point in enumerate(at.whole.points):
            right = at.whole.right_of(here, k)
            if right is not None and _differ(here.written(point), right, point.size):
                return at, here
        return None

    def _has_constant(self, one: Found, at: _Shapes, here: Found, sizes: Mapping[int, int]) -> bool:
        """Whether what is right here is known, but for no constant; `here` is given that.

        A constant may be the number of samples: so dZ may be m times its gradient, where 1/m comes
        later. One that is not 1 has to be that of the others, too.
        """
        found = {one.constant}
        for n, new in sizes.items():
            for power in (1.0, -1.0):
                if n > 1 and is_same(abs(one.constant), n**power):
                    found = found - {one.constant} | {float(np.sign(one.constant)) * new**power}
        usual = here.constant if one.update else at.whole.constant
        here.constant = found.pop()
        alone = is_same(abs(here.constant), 1.0) and not one.update
        return not found and (alone or is_same(here.constant, usual))

    def _kept(self, name: str, array: np.ndarray) -> np.ndarray | None:
        """The numbers of what is not drawn freely: targets, which one entry does not tell."""
        kinds = self.kinds.get(name, USUAL)
        if kinds == USUAL:
            return None
        return np.random.default_rng(0).choice(kinds, array.shape) if kinds else array

    def _examined(self, sizes: Mapping[int, int]) -> _Shapes | None:
        code = self.whole.code
        small = replace(code, example=resized(code.example, sizes), numbers=self._kept)
        try:
            whole = self.whole.anew(small)
        except Exception:  # the code does not run at these shapes, or nothing can be told
            return None
        weigh(whole)
        return _Shapes(whole, self.kinds)


class _Shapes:
    """The code at some shapes: what is found of it, and what its arrays may be.

    kinds: the numbers that the entries of an array may be, none where they stay as they are.
    """

    def __init__(self, whole: Examined, kinds: Mapping[str, Sequence[float]]) -> None:
        self.whole, self.arrays = whole, _arrays(whole.code)
        self.kinds = {
            (name, i): kinds[name]
            for name, x in self.arrays.items()
            for i in range(x.size)
            if kinds.get(name)
        }
        self.statements = len(whole.points[0].trace.reads)
        self.found: dict[tuple[float, ...], Point | None] = {}

    def like(self, one: Found, whole: Examined) -> Found | None:
        """Return the same here as was found in the whole, None where it is not one and the same."""
        places = [_places(one, each) for each in (whole, self.whole)]
        of = whole.points[0].forward[one.by[0]]
        named = [_named(of.name, each.points[0]) for each in (whole, self.whole)]
        if len(places[0]) != len(places[1]) or len(named[0]) != len(named[1]):
            return None
        here = places[1][places[0].index(one)]
        at = list(named[0]).index(tuple(of.nodes.flat))
        return replace(here, by=[list(named[1].values())[at]])

    def example(self, one: Found, tries: int) -> tuple[dict[str, Numbers], Pair] | None:
        """Return small numbers at which something is wrong, by the names of arrays, and how."""
        if not self._is_whole():
            return None
        found = smallest(self.kinds, lambda at: self._visible(one, at), (), tries)
        if found is None:
            return None
        called = [bare(name) for name in self.arrays]
        own = len(set(called)) == len(called)
        arrays = {name: self._filled(name, x, found[0]) for name, x in self.arrays.items()}
        return {bare(k) if own else k: x.tolist() for k, x in arrays.items()}, found[1]

    def _is_whole(self) -> bool:
        """Whether all numbers are of what the code is given: none is drawn by itself."""
        forward = self.whole.points[0].forward
        given = {x for f in forward if f.name in self.arrays for x in f.nodes.flat}
        return all(given.issuperset(f.nodes.flat) for f in forward if f.leaf and f.gradient.any())

    def _filled(self, name: str, array: np.ndarray, at: At) -> np.ndarray:
        """An array with the numbers of a point."""
        numbers = [at.get((name, i), x) for i, x in enumerate(array.flat)]
        return np.array(numbers, array.dtype).reshape(array.shape)

    def _visible(self, one: Found, at: At) -> Pair | None:
        """What was written and what is right at a point where it is visibly wrong, at no kink."""
        key = tuple(at.values())
        if key not in self.found:
            self.found[key] = self._point(at)
        point = self.found[key]
        if point is None:
            return None
        by = point.forward[one.by[0]].nodes
        sweep = bounded_gradients(point.loss)[point.loss]
        if any((g := sweep.get(x, Bounded())).low != g.high for x in by.flat):
            return None
        written = one.written(point)
        right = replace(self.whole, points=[point]).right_of(one)
        seen = right is not None and _differ(written, right, point.size)
        return (written, right) if right is not None and seen else None

    def _point(self, at: At) -> Point | None:
        """The run at a point, None where it goes another way than those that were examined."""
        code = replace(self.whole.code, numbers=lambda name, x: self._filled(name, x, at))
        try:
            trace, sample = code.run(SEEDS[0], at_step=(self.statements, _leave))
            root = self.whole.loss_of(trace, sample)
            point = finite(trace, sample.given, root) if root is not None else None
        except Exception:
            return None
        first = self.whole.points[0]
        if (
            point is None
            or [*point.events] != [*first.events]
            or [*point.updates] != [*first.updates]
        ):
            return None
        forward = dict(zip(_keys_of(point), point.forward))
        keys = _keys_of(first)
        if not forward.keys() >= {*keys}:
            return None
        point.forward = [forward[key] for key in keys]
        return point


def _leave(*_: object) -> None:
    """End a run after as many statements as others had: with zeros a loop is not left by itself."""
    raise Over


def _keys_of(point: Point) -> list[tuple[object, int]]:
    """What each array of the forward pass is known by, whatever the sizes: its name, and which."""
    count = Counter[object]()
    found: list[tuple[object, int]] = []
    for f in point.forward:
        name = f.name or f.key[0]
        found.append((name, count[name]))
        count[name] += 1
    return found


def _places(one: Found, whole: Examined) -> list[Found]:
    """What the same statement wrote to the same name, in all rounds of a loop."""
    key, name = one.event.statement.key, one.name
    return [f for f in whole.found if f.event.statement.key == key and f.name == name]


def _named(name: str, point: Point) -> dict[tuple[Value, ...], int]:
    """The forward arrays of a name by their nodes: `W1` and `params['W1']` are one."""
    found: dict[tuple[Value, ...], int] = {}
    for k, f in enumerate(point.forward):
        if plainest(f.name) == plainest(name):
            found.setdefault(tuple(f.nodes.flat), k)
    return found


def _arrays(code: Code) -> dict[str, np.ndarray]:
    """The arrays of the example by the names that they have in the code."""
    found: dict[str, np.ndarray] = {}

    def noted(name: str, array: np.ndarray) -> None:
        found[name] = array

    replace(code, numbers=noted).sample(0)
    return found


def _differ(written: np.ndarray, right: np.ndarray, largest: float) -> bool:
    """Whether two arrays differ by a hundredth of the larger, however they are spread out.

    largest: of the derivatives, beside which what is left of terms that cancel is nothing.
    """
    try:
        apart = np.abs(written - right).max(initial=0.0)
    except ValueError:
        return bool(right.any())
    size = max(np.abs(written).max(initial=0.0), np.abs(right).max(initial=0.0))
    return bool(apart > max(VISIBLE * size, SAME * max(largest, 1.0)))


def _kinds(array: np.ndarray) -> Sequence[float]:
    """The numbers that an entry may be, the smallest first; none for labels and one-hot rows."""
    values = np.unique(array).tolist()
    if array.dtype.kind in "iub" or one_hot_axis(array) is not None:
        return ()
    if len(values) == 2 and {*values} <= {-1.0, 0.0, 1.0}:
        return sorted(values, key=lambda x: (abs(x), x < 0.0))
    if len(values) > 1 and values[0] > 0.0:
        return (1.0, 2.0) if values[-1] > 1.0 else (1.0, 0.5)
    return USUAL

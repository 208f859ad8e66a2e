"""Samples: rows of inputs and their targets as lists of floats, checked, and scaled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from microgradnet.nn.losses import Loss
from microgradnet.operations.arguments import finite_number, fitting_number

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    Validation = float | tuple[ArrayLike, ArrayLike] | None  # a fraction, or other rows

__all__ = ["Sample", "Scaling", "centre", "columns_of", "held_out", "refuse_targets", "rows_of"]
__all__ += ["samples", "standardize", "targets"]

Target = float | list[float]
Sample = tuple[list[float], Target]
T = TypeVar("T")


def samples(X: ArrayLike, y: ArrayLike) -> list[Sample]:
    """Return each row with its target: a float, or a list of floats for several targets.

    X: n rows of numbers; y: n targets, or n rows of them. Raises ValueError or TypeError, naming
    row and column, for an entry that is not a finite number or a size that does not fit.

    >>> samples([[1, 2], [3, 4]], [0, 1])
    [([1.0, 2.0], 0.0), ([3.0, 4.0], 1.0)]
    """
    rows = rows_of(X)
    found: list[Target] = [
        [_entry(t, f"y, row {i}, column {j}") for j, t in enumerate(target)]
        if isinstance(target, (list, tuple)) or (isinstance(target, np.ndarray) and target.ndim)
        else _entry(target, f"y, row {i}")
        for i, target in enumerate(_sequence(y, "y"))
    ]
    if all(isinstance(target, list) and len(target) == 1 for target in found):
        found = [targets(target)[0] for target in found]  # a column of targets
    if len(rows) != len(found):
        raise ValueError(f"X has {len(rows)} rows, but y has {len(found)}")
    for i, target in enumerate(found):
        if np.shape(target) != np.shape(found[0]):
            shapes = np.shape(target), np.shape(found[0])
            raise ValueError("y, row {} is of shape {}, but row 0 of {}".format(i, *shapes))
    return list(zip(rows, found))


def targets(target: T | list[T]) -> list[T]:
    """Return the target of a sample as a list, even if it is a single number.

    >>> targets(1.0), targets([0.0, 1.0])
    ([1.0], [0.0, 1.0])
    """
    return target if isinstance(target, list) else [target]


def rows_of(X: ArrayLike) -> list[list[float]]:
    """Return the rows of X as lists of floats; raises the errors of `samples`.

    >>> rows_of(np.array([[1, 2], [3, 4]]))
    [[1.0, 2.0], [3.0, 4.0]]
    """
    rows = [
        [_entry(x, f"X, row {i}, column {j}") for j, x in enumerate(_sequence(row, f"X, row {i}"))]
        for i, row in enumerate(_sequence(X, "X"))
    ]
    if not rows:
        raise ValueError("X has no rows: there is nothing to learn from")
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(f"X, row {i} has {len(row)} columns, but row 0 has {len(rows[0])}")
    return rows


def columns_of(X: object) -> tuple[str, ...]:
    """Return the column names of a table, such as a pandas DataFrame; () if it has none.

    >>> columns_of([[1.0, 2.0]])
    ()
    """
    return tuple(map(str, getattr(X, "columns", ())))


def _sequence(x: object, where: str) -> Iterable[ArrayLike]:
    if hasattr(x, "__array__"):  # iterating a pandas table would yield its column names
        x = np.asarray(x)
    scalar = isinstance(x, np.ndarray) and x.ndim == 0
    if scalar or isinstance(x, (str, bytes)) or not isinstance(x, Iterable):
        raise ValueError(f"{where}: expected a sequence, not {x!r}")
    return x


def _entry(x: object, where: str) -> float:
    try:
        return finite_number(x, where)
    except TypeError:
        raise TypeError(f"{where}: expected a number, not {x!r}") from None


def held_out(
    rows: list[Sample], validation: Validation, rng: np.random.Generator
) -> tuple[list[Sample], list[Sample]]:
    """Return the samples to train on, and the held-out ones.

    validation: None for no held-out rows; the fraction to hold out, drawn by a NumPy Generator; or
    (X, y) of other rows. Raises ValueError for a fraction that leaves one side empty, or other
    columns.

    >>> train, test = held_out(samples([[1], [2], [3], [4]], [0, 1, 0, 1]), 0.25,
    ...                        np.random.default_rng(0))
    >>> len(train), len(test)
    (3, 1)
    """
    if validation is None:
        return rows, []
    if isinstance(validation, (tuple, list)) and len(validation) == 2:
        others = samples(*validation)
        if len(others[0][0]) != len(rows[0][0]):
            raise ValueError(
                f"validation has {len(others[0][0])} columns, but X has {len(rows[0][0])}"
            )
        shapes = np.shape(others[0][1]), np.shape(rows[0][1])
        if shapes[0] != shapes[1]:
            raise ValueError(
                "targets of validation are of shape {}, but those of y {}".format(*shapes)
            )
        return rows, others
    says = f"validation is a fraction between 0 and 1, or (X, y), not {validation!r}"
    fraction = fitting_number(validation, lambda x: 0 < x < 1, says)
    n = round(fraction * len(rows))
    if not 0 < n < len(rows):
        raise ValueError(f"validation={validation!r} of {len(rows)} rows leaves one side empty")
    order = rng.permutation(len(rows)).tolist()
    return [rows[i] for i in sorted(order[n:])], [rows[i] for i in sorted(order[:n])]


def refuse_targets(rows: Sequence[Sample], output: object, loss: Loss) -> None:
    """Raise ValueError, naming the row, for a target that the loss refuses for this output.

    >>> from microgradnet import hinge
    >>> refuse_targets(samples([[1], [2]], [1, 0]), 0.5, hinge)
    Traceback (most recent call last):
    ValueError: y, row 1: y_true is -1 or 1; not 0.0
    """
    tried = set()
    for i, (_, target) in enumerate(rows):
        key = tuple(target) if isinstance(target, list) else target
        if key not in tried:
            tried.add(key)
            try:
                loss(output, target)
            except ValueError as error:
                raise ValueError(f"y, row {i}: {error}") from None


# Inputs scaled to lie near 0.


@dataclass(frozen=True, eq=False)
class Scaling:
    """The transformation of `standardize` and `centre` for each column: (x - shift) / scale.

    shift, scale: k numbers. Call it on a row (k,) or a table (n, k) of other data, such as the
    people to predict; `inverse` undoes it. Raises ValueError for another number of columns.

    >>> scaling = Scaling([100.0, 160.0], [10.0, 5.0])
    >>> scaling([120.0, 170.0]).tolist(), scaling.inverse([2.0, 2.0]).tolist()
    ([2.0, 2.0], [120.0, 170.0])
    """

    shift: np.ndarray
    scale: np.ndarray

    def __post_init__(self) -> None:
        for name in ("shift", "scale"):
            numbers = np.array(rows_of([getattr(self, name)])[0])
            numbers.setflags(write=False)
            object.__setattr__(self, name, numbers)
        if len(self.shift) != len(self.scale) or not (self.scale > 0).all():
            raise ValueError("a scaling has as many shifts as scales, the scales positive")

    def __call__(self, X: ArrayLike) -> np.ndarray:
        """Return a row or table scaled for the net."""
        found: np.ndarray = (self._table(X) - self.shift) / self.scale
        return found

    def inverse(self, Z: ArrayLike) -> np.ndarray:
        """Return a scaled row or table in its original units."""
        found: np.ndarray = self._table(Z) * self.scale + self.shift
        return found

    def _table(self, X: ArrayLike) -> np.ndarray:
        X = np.asarray(X)
        table = np.array(rows_of(X if X.ndim != 1 else X[None, :]))
        if table.shape[1] != len(self.shift):
            raise ValueError(f"{table.shape[1]} columns, but {len(self.shift)} were scaled")
        return table if X.ndim != 1 else table[0]

    def __repr__(self) -> str:
        return f"Scaling(shift={self.shift.tolist()}, scale={self.scale.tolist()})"


def standardize(X: ArrayLike) -> tuple[np.ndarray, Scaling]:
    """Return X with each column at mean 0 and standard deviation 1, and its Scaling.

    X: n rows of k numbers; a column of equal numbers becomes 0. Standardize the training rows, and
    call the Scaling on the rows to predict. Raises ValueError or TypeError as `fit` does.

    >>> Z, scaling = standardize([[1.0, 165.0], [3.0, 165.0]])
    >>> Z.tolist(), scaling([5.0, 165.0]).tolist()
    ([[-1.0, 0.0], [1.0, 0.0]], [3.0, 0.0])
    """
    table = np.array(rows_of(X))
    equal = (table == table[0]).all(axis=0)  # a rounded mean would not make them 0
    shift = np.where(equal, table[0], table.mean(axis=0))
    apart = table - shift
    largest = np.where(equal, 1.0, np.abs(apart).max(axis=0))  # so no square overflows
    scale = np.where(equal, 1.0, largest * np.sqrt(((apart / largest) ** 2).mean(axis=0)))
    scaling = Scaling(shift, scale)
    return scaling(table), scaling


def centre(X: ArrayLike, shift: ArrayLike | None = None) -> tuple[np.ndarray, Scaling]:
    """Return X minus a shift for each column, and the Scaling with that shift and scale 1.

    X: n rows of k numbers; shift: k numbers, the means of the columns by default. The tutorial
    subtracts (133, 165) from weight and height. Raises ValueError or TypeError as `fit` does.

    >>> Z, scaling = centre([[133, 165], [160, 182]], (133, 165))
    >>> Z.tolist()
    [[0.0, 0.0], [27.0, 17.0]]
    """
    table = np.array(rows_of(X))
    taken: Any = table.mean(axis=0) if shift is None else shift
    scaling = Scaling(taken, np.ones(table.shape[1]))
    return scaling(table), scaling

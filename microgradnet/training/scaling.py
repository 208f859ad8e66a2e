"""Scale inputs to lie near 0, by a shift and a scale for each column that are remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.training.samples import rows_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Scaling", "centre", "standardize"]


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

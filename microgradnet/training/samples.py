"""Samples: rows of inputs and their targets as lists of floats, checked and named where wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from microgradnet.nn.losses import Loss
from microgradnet.operations.arguments import finite_number, fitting_number

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    Validation = float | tuple[ArrayLike, ArrayLike] | None  # a fraction, or other rows

__all__ = ["Sample", "columns_of", "held_out", "refuse_targets", "rows_of", "samples", "targets"]

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

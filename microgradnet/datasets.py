"""Datasets: the tutorial's table of people."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Dataset", "gender", "gender_held_out"]

# weight (lb), height (cm), 1 for male
PEOPLE = [
    (133, 165, 0),
    (160, 182, 1),
    (152, 177, 1),
    (120, 152, 0),
    (160, 175, 1),
    (120, 165, 0),
]
CENTRE = (133, 165)


class Dataset(NamedTuple):
    """Inputs `X`, one row each, and what they are to give, `y`."""

    X: np.ndarray
    y: np.ndarray


def gender() -> Dataset:
    """Return the tutorial's six people.

    X: (6, 2) weight and height, less (133, 165); y: (6,) 1 for male, 0 for female.

    >>> X, y = gender()
    >>> X[1].tolist(), y[1].item()
    ([27.0, 17.0], 1.0)
    """
    table = np.array(PEOPLE, dtype=float)
    return Dataset(table[:, :2] - CENTRE, table[:, 2])


def gender_held_out() -> dict[str, tuple[float, float]]:
    """Return the two people the tutorial predicts after training, in the units of `gender`.

    >>> gender_held_out()["Emily"]
    (47.0, 11.0)
    """
    return {"Emily": (47.0, 11.0), "Frank": (-23.0, -5.0)}

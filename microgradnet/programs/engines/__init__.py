"""The engines that run programs: each a class in its own file, and their table ENGINES.

In reading order: python.py (Python source; line by line, the reference), threads.py (workspaces
that threads do not share, work spread over the cores), numpy.py (a lifted program by BLAS and
ufuncs), traced.py and jax.py (the same in jax.numpy, compiled by XLA), native/ (machine code). A
new engine is a file with a class that has `call`, and a line in ENGINES.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from microgradnet.words.terminal import hint

if TYPE_CHECKING:
    from microgradnet.programs.program import Program

__all__ = ["ENGINES", "NO_ROWS", "Engine", "Numbers", "build"]

# For each engine its class, or the function that chooses one for a program, and its extra.
ENGINES = {
    "python": ("microgradnet.programs.engines.python:choose", ""),
    "numpy": ("microgradnet.programs.engines.numpy:Arrays", ""),
    "native": ("microgradnet.programs.engines.native:Native", "native"),
    "jax": ("microgradnet.programs.engines.jax:Sharded", "jax"),
}

Numbers = Sequence[float] | np.ndarray
NO_ROWS = np.empty((1, 0))  # a row whose numbers are all shared


class Engine:
    """The base class of engines; it runs a program, in any number of threads at once.

    A subclass must define `call`; the other methods use it unless overridden by faster ones. Each
    run writes only to its own arrays. The program checks all arguments: `shared`, `state` (k,) and
    `rows` (n, columns) are arrays of float64.

    >>> from microgradnet import record
    >>> class Sum(Engine):
    ...     def call(self, numbers):
    ...         return (sum(numbers),)
    >>> Sum(record(lambda x, y: x + y, 1.0, 2.0)).map(np.array([1.0]), np.array([[2.0], [3.0]]))
    array([[3.],
           [4.]])
    """

    def __init__(self, program: Program) -> None:
        self.program = program

    def call(self, numbers: Sequence[float]) -> tuple[float, ...]:
        """Return the outputs for one number per input."""
        raise NotImplementedError(f"{type(self).__name__} has no call")

    def map(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the outputs for each row, (n, outputs)."""
        numbers = shared.tolist()
        found = [self.call([*numbers, *row]) for row in rows.tolist()]
        return np.array(found, dtype=float).reshape(len(rows), len(self.program.outputs))

    def mean(self, shared: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the mean of the outputs over one row or more, summed in order, (outputs,)."""
        numbers = shared.tolist()
        sums = [0.0] * len(self.program.outputs)
        for row in rows.tolist():
            sums = [a + b for a, b in zip(sums, self.call([*numbers, *row]))]
        return np.array([a / len(rows) for a in sums])

    def scan(
        self, state: np.ndarray, rows: np.ndarray, epochs: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the last state (k,) and the history (epochs, others); see `Program.scan`."""
        k, others = len(state), len(self.program.outputs) - len(state)
        numbers, table = state.tolist(), rows.tolist()
        history = []
        for _ in range(epochs):
            sums = [0.0] * others
            for row in table:
                found = self.call([*numbers, *row])
                numbers = found[:k]
                sums = [a + b for a, b in zip(sums, found[k:])]
            history.append([a / len(table) for a in sums])
        return np.array(numbers, dtype=float), np.array(history).reshape(epochs, others)


def build(program: Program) -> Engine:
    """Return the engine of a program; an ImportError says how to install a missing package."""
    where, extra = ENGINES[program.engine]
    try:
        make: Callable[[Program], Engine] = pkgutil.resolve_name(where)
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        if not extra or package == "microgradnet":
            raise
        raise ImportError(f"the {program.engine} engine needs {package}: {hint(extra)}") from error
    return make(program)

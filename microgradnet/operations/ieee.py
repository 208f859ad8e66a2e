"""Answers where Python raises: as NumPy's, by IEEE 754."""

from __future__ import annotations

import numpy as np

from microgradnet.operations.kinds import Formula, Operand

__all__ = ["total"]


def total(arity: int, fast: Formula, exact: Formula) -> Formula:
    """Where Python's function raises (overflow, 1/0, log of 0), answer as NumPy's: IEEE 754."""

    def rescue(*inputs: float) -> float:
        with np.errstate(all="ignore"):
            return float(exact(*map(np.float64, inputs)))

    def of_one(x: float) -> Operand:
        try:
            return fast(x)
        except (ArithmeticError, ValueError):
            return rescue(x)

    def of_two(x: float, y: float) -> Operand:
        try:
            return fast(x, y)
        except (ArithmeticError, ValueError):
            return rescue(x, y)

    return of_one if arity == 1 else of_two

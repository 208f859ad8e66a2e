"""A number in a program: a type of its own, so that none is taken for a register."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias, final

import numpy as np

__all__ = ["Constant", "Constants", "Operand"]


@final
class Constant:
    """A number in a line of a program, equal to a constant of the same bits and to nothing else.

    value: the float. 2.0 == 2 in Python, so a dictionary of registers answers for the float 2.0;
    it does not for `Constant(2.0)`. All nan are one constant; 0.0 and -0.0 are two.

    >>> Constant(2.0) == 2, Constant(0.0) == Constant(-0.0)
    (False, False)
    >>> Constant(float("nan")) == Constant(float("nan"))
    True
    """

    __slots__ = ("_bits", "value")

    def __init__(self, value: float) -> None:
        self.value: Final = value
        self._bits: Final = value.hex()

    def __eq__(self, other: object) -> bool:
        return type(other) is Constant and self._bits == other._bits

    def __hash__(self) -> int:
        return hash(self._bits)

    def __repr__(self) -> str:
        return f"Constant({self.value!r})"


Operand: TypeAlias = int | Constant  # the number of a register, or a constant

ONE, MINUS_ONE = Constant(1.0), Constant(-1.0)


class Constants:
    """The different constants of a program in the order in which they were met.

    >>> numbers = Constants([1, Constant(2.0), Constant(2.0), 2, Constant(-0.0)])
    >>> numbers[Constant(-0.0)], numbers.array().tolist()
    (1, [2.0, -0.0])
    """

    def __init__(self, operands: Iterable[Operand] = ()) -> None:
        self._number: dict[Constant, int] = {}
        for x in operands:
            if type(x) is Constant:
                self.add(x)

    def add(self, x: Constant) -> None:
        """Number a constant, unless it has one."""
        self._number.setdefault(x, len(self._number))

    def __getitem__(self, x: Constant) -> int:
        """The number of a constant that was met; KeyError for another, which has no place."""
        return self._number[x]

    def __len__(self) -> int:
        return len(self._number)

    def array(self) -> np.ndarray:
        """Return the numbers in order."""
        return np.array([x.value for x in self._number], dtype=float)

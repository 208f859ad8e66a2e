"""What a function of the table takes and gives, for type checkers: numbers, or else Values.

A Value is anything here that rows can be applied to, since this room knows no Values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload

import numpy as np

if TYPE_CHECKING:
    from microgradnet.operations.operation import Op

__all__ = ["Formula", "Number", "OfOne", "OfThree", "OfTwo", "Operand", "Recorded", "WithSlope"]

Operand = Any  # what a formula takes and gives: numbers, arrays, Values, terms, symbols
Formula = Callable[..., Operand]
Number = float | np.floating[Any] | np.integer[Any]


class Recorded(Protocol):
    """Something that records the rows applied to it, as a Value does, and has a number."""

    @property
    def data(self) -> float:
        """The number."""

    @staticmethod
    def apply(op: Op, inputs: Sequence[Operand]) -> Operand:
        """Record a row on these inputs."""


T = TypeVar("T", bound=Recorded)


class OfOne(Protocol):
    """A function of one number or Value."""

    @overload
    def __call__(self, x: Number, /) -> float: ...
    @overload
    def __call__(self, x: T, /) -> T: ...


class OfTwo(Protocol):
    """A function of two, of which any may be a Value."""

    @overload
    def __call__(self, x: Number, y: Number, /) -> float: ...
    @overload
    def __call__(self, x: T, y: T | Number, /) -> T: ...
    @overload
    def __call__(self, x: Number, y: T, /) -> T: ...


class OfThree(Protocol):
    """A function of three, of which any may be a Value."""

    @overload
    def __call__(self, x: Number, y: Number, z: Number, /) -> float: ...
    @overload
    def __call__(self, x: T, y: T | Number, z: T | Number, /) -> T: ...
    @overload
    def __call__(self, x: Number, y: T, z: T | Number, /) -> T: ...
    @overload
    def __call__(self, x: Number, y: Number, z: T, /) -> T: ...


class WithSlope(Protocol):
    """A function of one and a slope, which may be left out."""

    @overload
    def __call__(self, x: Number, slope: Number = 0.01) -> float: ...
    @overload
    def __call__(self, x: T, slope: T | Number = 0.01) -> T: ...

"""Optimizers: the next parameter from the parameter and its gradient, as plain arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from microgradnet.operation import number

__all__ = ["SGD"]


@dataclass(frozen=True)
class SGD:
    """Gradient descent: w - rate * gradient.

    rate: the learning rate. Raises ValueError where it is not a positive number.

    >>> SGD(0.1).step(2.0, 5.0)
    1.5
    """

    rate: float = 0.1

    def __post_init__(self) -> None:
        says = f"the learning rate is a positive number, not {self.rate!r}"
        try:
            rate = number(self.rate)
        except TypeError:
            raise TypeError(says) from None
        if isinstance(self.rate, bool) or not 0 < rate < math.inf:
            raise ValueError(says)
        object.__setattr__(self, "rate", rate)

    def step(self, parameter: Any, gradient: Any) -> Any:
        """Return the next parameter; of numbers or, to record the step, of Values."""
        return parameter - self.rate * gradient

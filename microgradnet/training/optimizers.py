"""Optimizers: the next parameter from the parameter and its gradient, as plain arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from microgradnet.autograd.value import Value
from microgradnet.operations.arguments import fitting_number, instead
from microgradnet.operations.ops import power, sqrt

__all__ = ["SGD", "Adam", "Momentum", "Optimizer", "advance", "start"]

N = TypeVar("N", float, Value)  # a step takes numbers, or Values to record it
C = TypeVar("C", bound=type)


class Optimizer:
    """The base class of optimizers: a `step`, and its memory of each parameter between steps.

    memory: the initial numbers remembered for a parameter; they are the arguments of `step`
    after the gradient, and it returns the next ones after the next parameter. counts: whether
    the last argument of `step` is the number of the step, from 1. Without memory `step` returns
    the next parameter alone. If `step` is plain arithmetic, programs can record it.

    >>> class Signs(Optimizer):
    ...     def step(self, parameter, gradient):
    ...         return parameter - 0.01 * gradient / abs(gradient)
    >>> Signs().step(1.0, -5.0)
    1.01
    """

    memory: ClassVar[tuple[float, ...]] = ()
    counts: ClassVar[bool] = False
    step: Callable[..., Any]


def _told(optimizer: str) -> Callable[[C], C]:
    """Return a decorator that answers calls with parameters or lr by the right spelling."""
    call = f"mg.fit(net, X, y, optimizer=mg.{optimizer})"

    def amiss(*args: object) -> str:
        is_net = bool(args) and (isinstance(args[0], Iterable) or hasattr(args[0], "parameters"))
        return (
            f"takes no parameters, fit does: write {call}"
            if is_net and not isinstance(args[0], str)
            else ""
        )

    rate = f"{optimizer.partition('(')[0]}(rate={{}})"
    return instead(amiss, params=call, parameters=call, lr=rate, learning_rate=rate)


@_told("SGD(0.1)")
@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent: w - rate * gradient.

    rate: the learning rate. Raises ValueError where it is not a positive number.

    >>> SGD(0.1).step(2.0, 5.0)
    1.5
    """

    rate: float = 0.1

    def __post_init__(self) -> None:
        _positive(self, "rate", "learning rate")

    def step(self, parameter: N, gradient: N) -> N:
        """Return the next parameter, from numbers or, to record the step, from Values."""
        following: N = parameter - self.rate * gradient
        return following


@_told("Momentum(0.1)")
@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent that keeps its direction: velocity = decay * velocity + gradient.

    rate: the learning rate; decay: the part of the velocity that is kept, from 0 to below 1.
    Source: Polyak, Some methods of speeding up the convergence of iteration methods, 1964.

    >>> Momentum(0.5, decay=0.5).step(2.0, 5.0, 4.0)
    (-1.5, 7.0)
    """

    rate: float = 0.1
    decay: float = 0.9

    memory: ClassVar[tuple[float, ...]] = (0.0,)

    def __post_init__(self) -> None:
        _positive(self, "rate", "learning rate")
        _fraction(self, "decay")

    def step(self, parameter: N, gradient: N, velocity: N) -> tuple[N, N]:
        """Return the next parameter and velocity."""
        velocity = self.decay * velocity + gradient
        return parameter - self.rate * velocity, velocity


@_told("Adam(0.001)")
@dataclass(frozen=True)
class Adam(Optimizer):
    """Steps along the running mean gradient, divided by the root of the running mean square.

    rate: the learning rate; decay, decay_of_squares: the part that each mean keeps, from 0 to
    below 1; epsilon: added to the root. Source: Kingma and Ba, Adam, 2015, algorithm 1.

    >>> Adam(0.1).step(2.0, 5.0, 0.0, 0.0, 1.0)[0]
    1.9000000002
    """

    rate: float = 0.001
    decay: float = 0.9
    decay_of_squares: float = 0.999
    epsilon: float = 1e-8

    memory: ClassVar[tuple[float, ...]] = (0.0, 0.0)
    counts: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _positive(self, "rate", "learning rate")
        _positive(self, "epsilon", "epsilon")
        _fraction(self, "decay")
        _fraction(self, "decay_of_squares")

    def step(self, parameter: N, gradient: N, mean: N, square: N, t: N) -> tuple[N, N, N]:
        """Return the next parameter, mean and mean square, at step t = 1, 2, ..."""
        a, b = self.decay, self.decay_of_squares
        mean = a * mean + (1.0 - a) * gradient
        square = b * square + (1.0 - b) * (gradient * gradient)
        # corrects both means for their start at 0
        whole_mean, whole_square = mean / (1.0 - power(a, t)), square / (1.0 - power(b, t))
        following = parameter - self.rate * whole_mean / (sqrt(whole_square) + self.epsilon)
        return following, mean, square


def start(optimizer: Optimizer, n: int) -> list[float]:
    """Return the initial state of an optimizer for n parameters, as one list of numbers.

    >>> start(Adam(), 2)
    [0.0, 0.0, 0.0, 0.0, 0.0]
    """
    memory = [x for x in getattr(optimizer, "memory", ()) for _ in range(n)]
    return [*memory, 0.0] if getattr(optimizer, "counts", False) else memory


def advance(
    optimizer: Optimizer, parameters: Sequence[N], gradients: Sequence[N], state: Sequence[N]
) -> tuple[list[N], list[N]]:
    """Return the next parameters and the next state, as numbers or, to record a step, as Values.

    state: as from `start`: the first memory of all parameters, the second, ..., the count of steps.

    >>> advance(Momentum(0.5, decay=0.5), [2.0], [5.0], [4.0])
    ([-1.5], [7.0])
    """
    step = optimizer.step
    n = len(parameters)
    count = [state[-1] + 1.0] if getattr(optimizer, "counts", False) else []
    kinds = len(getattr(optimizer, "memory", ()))
    memories = [state[i * n : (i + 1) * n] for i in range(kinds)]
    found = [step(p, g, *m, *count) for p, g, *m in zip(parameters, gradients, *memories)]
    if not kinds:
        return found, count
    following, *remembered = zip(*found)
    return list(following), [x for memory in remembered for x in memory] + count


def _positive(optimizer: Optimizer, name: str, words: str) -> None:
    held = getattr(optimizer, name)
    says = f"the {words} is a positive number, not {held!r}"
    object.__setattr__(optimizer, name, fitting_number(held, lambda x: 0 < x < math.inf, says))


def _fraction(optimizer: Optimizer, name: str) -> None:
    held = getattr(optimizer, name)
    says = f"{name} is a number from 0 to below 1, not {held!r}"
    object.__setattr__(optimizer, name, fitting_number(held, lambda x: 0 <= x < 1, says))

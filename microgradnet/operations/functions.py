"""The public function of a row: how it meets floats, Values and everything else."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from microgradnet.operations.kinds import Formula, Operand
from microgradnet.operations.numbers import number

if TYPE_CHECKING:
    from microgradnet.operations.operation import Op

__all__ = ["add_learner", "dispatch", "exemplify", "function_of", "tell_learners"]


def function_of(op: Op, doc: str) -> Formula:
    """Return the public function of a row; doc: what it returns.

    >>> from microgradnet.operations import OPS
    >>> function_of(OPS["exp"], "e ** x").__doc__
    'Return e ** x; x a number or a Value.'
    """
    function = _taking(op)
    function.__name__ = function.__qualname__ = op.name
    function.__module__ = "microgradnet"  # where pickle finds it
    function.__signature__ = _signature(op)  # type: ignore[attr-defined]
    takes = "x a number or a Value" if op.arity == 1 else "the arguments are numbers or Values"
    function.__doc__ = f"Return {doc}; {takes}."
    return function


def _taking(op: Op) -> Formula:
    """A function of as many arguments as the row; floats take the short way."""
    value = op.value

    def of_one(x: Operand, /) -> Operand:
        return value(x) if type(x) is float else dispatch(op, (x,))

    def of_two(x: Operand, y: Operand, /) -> Operand:
        numbers = type(x) is float and type(y) is float
        return value(x, y) if numbers else dispatch(op, (x, y))

    def of_three(x: Operand, y: Operand, z: Operand, /) -> Operand:
        numbers = type(x) is float and type(y) is float and type(z) is float
        return value(x, y, z) if numbers else dispatch(op, (x, y, z))

    def of_any(*inputs: Operand, **named: float) -> Operand:
        given = _signature(op).bind(*inputs, **named).args if named else inputs
        return dispatch(op, op.completed(given))

    fixed: dict[int, Formula] = {1: of_one, 2: of_two, 3: of_three}
    return of_any if op.defaults else fixed.get(op.arity, of_any)


def _signature(op: Op) -> inspect.Signature:
    names = list(inspect.signature(op.partials[-1]).parameters)[: op.arity]
    if len(names) < op.arity:  # *inputs
        names = [f"x{i + 1}" for i in range(op.arity)]
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    kind = either if op.defaults else inspect.Parameter.POSITIONAL_ONLY
    defaults = [inspect.Parameter.empty] * (op.arity - len(op.defaults)) + list(op.defaults)
    return inspect.Signature(
        [inspect.Parameter(name, kind, default=d) for name, d in zip(names, defaults)]
    )


def dispatch(op: Op, inputs: Sequence[Operand]) -> Operand:
    """Apply a row: the first operand whose class can does so; else all are to be numbers."""
    for x in inputs:
        apply = getattr(type(x), "apply", None)
        if apply is not None:
            return apply(op, inputs)
    return op.value(*map(number, inputs))


_learners: list[Callable[[Op], None]] = []


def add_learner(learner: Callable[[Op], None]) -> None:
    """Have a learner called with the row of each function that is added to the table."""
    _learners.append(learner)


def tell_learners(op: Op) -> None:
    """Say that the row of a function was added to the table."""
    for learner in _learners:
        learner(op)


def exemplify(function: Formula, op: Op) -> None:
    """Add a call, as doctest, to the docstring of a row's function, once all rows are there."""
    rounded = [float(f"{x:.2f}") for x in next(op.points())]
    call = f"{op.name}({', '.join(map(repr, rounded))})"
    example = f">>> f\"{{{call}:.6f}}\"\n    '{op.value(*rounded):.6f}'"
    function.__doc__ = f"{function.__doc__}\n\n    {example}\n    "

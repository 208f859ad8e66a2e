"""Add operations of your own: check their partials by differences, and give floats."""

from __future__ import annotations

import inspect
import keyword
import math
from collections.abc import Sequence

import numpy as np

from microgradnet.operations.arguments import number
from microgradnet.operations.differences import differences
from microgradnet.operations.lines import with_operators
from microgradnet.operations.operation import OPS, REAL, Domain, Formula, Op, Operand, dispatch, row


def op(
    name: str,
    value: Formula,
    partials: Formula | float | Sequence[Formula | float],
    *,
    symbol: str = "",
    domain: Domain = REAL,
    kink: Formula | None = None,
) -> Formula:
    """Add an operation of your own to the table and return its function of numbers or Values.

    value: a function of n inputs; partials: its derivative by each input, n functions of the
    inputs (and of the result, if they take one argument more) or numbers; for one input, the
    function alone. Written with `+ - * / **` and mg functions they can be derived again.
    symbol: for pictures; domain: the open interval of each input (or one for all) where it
    holds; kink: a function of the inputs that is 0 where the derivative jumps.

    Raises ValueError where a partial disagrees with differences of the value, where no point
    of the domain can be tried, and for a name that the table already has.

    >>> cube = op("cube", lambda x: x * x * x, lambda x: 3 * x * x)
    >>> cube(2.0)
    8.0
    """
    _refuse(name, value)
    given = partials if isinstance(partials, (list, tuple)) and partials else (partials,)
    return row(
        name,
        f"the result of {name}",
        _checked_number(value),
        *[_partial(p, len(given)) for p in given],
        own=True,
        symbol=symbol,
        domain=domain,
        kink=kink,
        check=_compare_with_differences,
    )


def _refuse(name: str, value: object) -> None:
    """Raise an error for a name that cannot be used, or a value that is not callable."""
    if not str(name).isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"the name of an operation is a Python name, not {name!r}")
    if name == "linear" or (name in OPS and not OPS[name].own):
        raise ValueError(f"the table has an operation {name!r} already; choose another name")
    if not callable(value):
        raise TypeError(f"the value of an operation is a function of its inputs, not {value!r}")


def _partial(given: object, n: int) -> Formula | float:
    """Return a partial of an operation of n inputs: a number, or a function of the result too."""
    if callable(given):
        return _checked_number(_with_result(given, n))
    try:
        return number(given)
    except TypeError:
        says = "the partials of an operation are functions or numbers, one for each input"
        raise TypeError(f"{says}, not {given!r}") from None


def _with_result(partial: Formula, n: int) -> Formula:
    """Return a partial that takes n inputs and the result, if it takes only the inputs."""
    try:
        inspect.signature(partial).bind(*range(n))
    except TypeError:  # it takes the result, too
        return partial
    parameters = inspect.signature(partial).parameters.values()
    takes_any_number = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    return partial if takes_any_number else lambda *inputs: partial(*inputs[:-1])


def _checked_number(formula: Formula) -> Formula:
    """Return a user's formula on the table's rows, with IEEE 754 results where Python raises."""

    def safe(*inputs: Operand) -> Operand:
        try:
            result = formula(*[_Double(x) if type(x) is float else x for x in inputs])
        except (ArithmeticError, ValueError):
            result = _on_doubles(formula, inputs)
        is_recorded = hasattr(type(result), "apply") and type(result) is not _Double
        return result if is_recorded else number(result)

    return safe


@with_operators
class _Double(float):
    """A float whose operators are rows of the table, like those of a Value or a Symbol.

    A formula then gives the same bits as a number and in a program: Python rounds `x ** 2.0`
    differently from the row, which is x * x.
    """

    __slots__ = ()

    @staticmethod
    def apply(op: Op, inputs: Sequence[Operand]) -> Operand:
        """Apply a row to numbers, or let the other operand do so."""
        for x in inputs:
            if type(x) not in (_Double, float, int):
                break
        else:  # the fast path: all are numbers
            return _Double(op.value(*map(float, inputs)))
        if any(isinstance(x, np.ndarray) for x in inputs):
            return getattr(np, op.numpy)(*map(np.asarray, inputs))
        found = dispatch(op, [float(x) if type(x) is _Double else x for x in inputs])
        return _Double(found) if type(found) is float else found


def _on_doubles(formula: Formula, inputs: Sequence[Operand]) -> Operand:
    """Compute a formula on NumPy's doubles, which do not raise; nan where math.exp raises."""
    try:
        with np.errstate(all="ignore"):
            return formula(*map(np.float64, inputs))
    except (ArithmeticError, ValueError):
        return math.nan


def _compare_with_differences(op: Op) -> None:
    tried = 0
    for point in op.points():
        out = op.value(*point)
        for i, partial in enumerate(op.partials):
            claimed = partial(*point, out)
            found, error = differences(_along(op.value, point, i), point[i])
            if not math.isfinite(error):
                continue
            tried += 1
            if not abs(claimed - found) <= error + 1e-12 * abs(found):
                raise ValueError(
                    f"partial {i} of {op.name!r} is {claimed!r} at {point}, "
                    f"but differences of its value give {found:.12g} (error {error:.1g})"
                )
    if not tried:
        raise ValueError(f"{op.name!r} has no value at points of its domain {op.domain}")


def _along(value: Formula, point: tuple[float, ...], i: int) -> Formula:
    """Return the formula as a function of input i, with the other inputs fixed at the point."""
    return lambda x: value(*point[:i], x, *point[i + 1 :])

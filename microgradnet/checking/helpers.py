"""Functions that say that they are the derivative of another: `deriv_sigmoid` of `sigmoid`."""

from __future__ import annotations

import contextlib
import inspect
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from microgradnet.autograd.derivatives import grad
from microgradnet.autograd.value import Value
from microgradnet.checking.claims import plainest
from microgradnet.checking.judging import same
from microgradnet.checking.report import FOLLOWS, ORDER, RIGHT, WRONG, Report, Row, written_at
from microgradnet.tracing.arrays import Values
from microgradnet.tracing.replacing import put_right
from microgradnet.tracing.running import run
from microgradnet.words import say

__all__ = ["Helper", "blamed_on_helpers", "wrong_helpers"]

OF = re.compile(
    r"(?:deriv(?:ative)?(?:of)?|grad|slope|d)(\w+)|(\w+?)(?:prime|deriv(?:ative)?|grad|slope|dash)"
)
AT = (-1.3, -0.4, 0.6, 1.7)


Numeric = np.ndarray | Value | float


@dataclass
class Helper:
    """A function that is not the derivative that its name says; of: what it is to be of."""

    name: str
    of: str
    function: types.FunctionType
    original: types.FunctionType

    def right(self, activated: bool) -> Callable[[Numeric], np.ndarray | Value]:
        """Return the derivative; activated: as a function of what the other returned."""

        def slope(x: Numeric) -> np.ndarray | Value:
            if isinstance(x, np.ndarray):
                return Values.of([slope(e) for e in x.flat]).reshape(x.shape)
            number = x.data if isinstance(x, Value) else float(x)
            at = _solved(self.original, number) if activated else number
            return Value(_slope(self.original, at))

        return slope

    @property
    def row(self) -> Row:
        """The row that blames it."""
        code, z = self.function.__code__, AT[2]
        written, right = _at(self.function, z), _slope(self.original, z)
        words = say("is not the derivative of {name}", name=self.of)
        shown = {"z": z}, (written, right)
        row = Row(self.name, WRONG, written, right, 0.0, None, "", words, *shown)
        return written_at(row, code.co_filename, code.co_firstlineno)


def blamed_on_helpers(check: Callable[[], Report], home: Mapping[str, object]) -> Report:
    """Return a report, in which what comes right with a wrong helper put right follows from it.

    home: the names of the module that the code is of.
    """
    report = check()
    if all(row.verdict != WRONG for row in report.rows):
        return report
    for helper in wrong_helpers(home):
        for activated in (False, True):
            right = put_right({helper.function: helper.right(activated)})
            with contextlib.suppress(TypeError, ValueError, ArithmeticError), right:
                again = check()
                if _count(again) < _count(report):
                    report = _following(report, again, helper)
                    break
    return report


def _count(report: Report) -> int:
    return sum(row.verdict != RIGHT for row in report.rows)


def _following(report: Report, best: Report, helper: Helper) -> Report:
    """The report with a helper put right, what came right so as it was and following from it."""
    before = {row.name: row for row in report.rows}
    rows = [helper.row]
    for row in best.rows:
        was = before.get(row.name, row)
        if row.verdict == RIGHT and was.verdict != RIGHT:
            row = replace(was, verdict=FOLLOWS, follows=(helper.name,), mistake="", where="")
            why = say("follows from {names}", names=helper.name)
            row = replace(row, why=why, example={}, at_example=(0.0, 0.0))
        rows.append(row)
    rows.sort(key=lambda row: ORDER.index(row.verdict))
    return replace(report, rows=tuple(rows))


def wrong_helpers(home: Mapping[str, object]) -> Iterator[Helper]:
    """Yield the functions of a module that are the derivative neither at z nor at f(z).

    >>> def square(z):
    ...     return z * z
    >>> def deriv_square(z):
    ...     return z
    >>> [(h.name, h.of) for h in wrong_helpers({"square": square, "deriv_square": deriv_square})]
    [('deriv_square', 'square')]
    """
    functions = {k: f for k, f in home.items() if isinstance(f, types.FunctionType) and _of_one(f)}
    known = {plainest(k): k for k in functions}
    for name, function in functions.items():
        found = OF.fullmatch(plainest(name))
        of = known.get((found.group(1) or found.group(2)) if found else "")
        if of is None or of == name:
            continue
        try:
            slopes = np.array([_slope(functions[of], z) for z in AT])
            written = np.array([_at(function, z) for z in AT])
            activated = np.array([_at(function, _at(functions[of], z)) for z in AT])
        except (TypeError, ValueError, ArithmeticError, AttributeError):
            continue
        if not (np.all(same(written, slopes)) or np.all(same(activated, slopes))):
            yield Helper(name, of, function, functions[of])


def _of_one(function: types.FunctionType) -> bool:
    """Whether a function takes one number."""
    given = list(inspect.signature(function).parameters.values())
    return len(given) == 1 and given[0].kind in (given[0].POSITIONAL_OR_KEYWORD,)


def _at(function: types.FunctionType, x: float) -> float:
    found = run(function, [Value(x)]).returned
    return float(found.data if isinstance(found, Value) else found)


def _slope(function: types.FunctionType, x: float) -> float:
    z = Value(x)
    found = run(function, [z]).returned
    return float(grad(found, [z])[0].data) if isinstance(found, Value) else 0.0


def _solved(function: types.FunctionType, y: float) -> float:
    """Where a function that rises or falls has a value, by halving."""
    low, high = -50.0, 50.0
    rising: bool = function(1.0) > function(-1.0)
    for _ in range(60):
        middle = (low + high) / 2.0
        if (function(middle) < y) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0

"""Functions that say that they are the derivative of another: `deriv_sigmoid` of `sigmoid`."""

from __future__ import annotations

import contextlib
import inspect
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from microgradnet.autograd.derivatives import grad
from microgradnet.autograd.value import Value
from microgradnet.checking.claims import plainest
from microgradnet.checking.judging import same
from microgradnet.checking.report import FOLLOWS, ORDER, RIGHT, WRONG, Report, Row, written_at
from microgradnet.tracing.arrays import Values
from microgradnet.tracing.events import numbers_of
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
    """A function, or method, that is not the derivative that its name says, or is called amiss.

    of: what it is to be of; call, original: both, as they are called with a number; takes: what it
    is the derivative by: "z", or "f(z)", what the other returned; "" where it is none.
    """

    name: str
    of: str
    call: Callable[..., Any]
    original: Callable[..., Any]
    takes: str = ""

    @property
    def function(self) -> Callable[..., object]:
        """The function as it is written."""
        return _plain(self.call)

    def right(self, activated: bool) -> Callable[[Numeric], np.ndarray | Value]:
        """Return the derivative; activated: as a function of what the other returned."""

        def slope(*inputs: Numeric) -> np.ndarray | Value:
            x = np.asarray(inputs[-1], dtype=object)  # of a method the first is what it is of
            at = numbers_of(x)
            found = _slopes(self.original, _solved(self.original, at) if activated else at)
            made = Values.of([Value(e) for e in found.flat]).reshape(x.shape)
            return made if x.shape else made.item()

        return slope

    def row(self, activated: bool) -> Row:
        """Return the row that blames it."""
        z = AT[2]
        at = {f"{self.of}(z)": _at(self.original, z)} if activated else {"z": z}
        numbers = _at(self.call, *at.values()), _slope(self.original, z)
        words = say(AMISS[self.takes], name=self.of)
        row = Row(self.name, WRONG, *numbers, 0.0, None, "", words, at, numbers)
        code = self.function.__code__
        inside = {line for *_, line in code.co_lines() if line} - {code.co_firstlineno}
        return written_at(
            row, code.co_filename, inside.pop() if len(inside) == 1 else code.co_firstlineno
        )


AMISS = {
    "": "is not the derivative of {name}",
    "z": "is given what {name} returns, but is its derivative by what {name} takes",
    "f(z)": "is given what {name} takes, but is its derivative by what {name} returns",
}


def blamed_on_helpers(check: Callable[[], Report], home: Mapping[str, object]) -> Report:
    """Return a report, in which what comes right with a wrong helper put right follows from it.

    home: the names of the module that the code is of.
    """
    report = check()
    several = sum(row.verdict == WRONG for row in report.rows) > 1
    for helper in _helpers(home) if _count(report) else ():
        if helper.takes and not several:
            continue  # one call is amiss, and its line blamed
        activated = _takes_activated(helper, check)
        if helper.takes == ("f(z)" if activated else "z"):
            continue
        right = put_right({helper.function: helper.right(activated)})
        with contextlib.suppress(TypeError, ValueError, ArithmeticError), right:
            again = check()
            if _count(again) < (_count(report) if not helper.takes else 1):
                report = _following(report, again, helper.row(activated))
    return report


class _CalledError(BaseException):
    """A helper is called: that is all that is to be known of a run."""


def _takes_activated(helper: Helper, check: Callable[[], Report]) -> bool:
    """Whether a helper is called with what the other function returned."""
    returned, given = set[float](), set[float]()

    def original(*inputs: Numeric) -> Any:
        found = run(helper.original, [inputs[-1]]).returned
        returned.update(numbers_of(np.asarray(found, dtype=object)).flat)
        return found

    def called(*inputs: Numeric) -> Any:
        given.update(numbers_of(np.asarray(inputs[-1], dtype=object)).flat)
        raise _CalledError

    instead = put_right({helper.function: called, _plain(helper.original): original})
    with contextlib.suppress(_CalledError, TypeError, ValueError, ArithmeticError), instead:
        check()
    return bool(given) and given <= returned


def _count(report: Report) -> int:
    return sum(row.verdict != RIGHT for row in report.rows)


def _following(report: Report, best: Report, helper: Row) -> Report:
    """The report with a helper put right, what came right so as it was and following from it."""
    before = {row.name: row for row in report.rows}
    rows = [helper]
    for row in best.rows:
        was = before.get(row.name, row)
        if row.verdict == RIGHT and was.verdict != RIGHT:
            row = replace(was, verdict=FOLLOWS, follows=(helper.name,), mistake="", where="")
            why = say("follows from {names}", names=helper.name)
            row = replace(row, why=why, example={}, at_example=(0.0, 0.0))
        rows.append(row)
    rows.sort(key=lambda row: ORDER.index(row.verdict))
    return replace(best, rows=tuple(rows))


def wrong_helpers(home: Mapping[str, object]) -> Iterator[Helper]:
    """Yield the functions of a module, and methods, that are the derivative neither at z nor f(z).

    >>> def square(z):
    ...     return z * z
    >>> def deriv_square(z):
    ...     return z
    >>> [(h.name, h.of) for h in wrong_helpers({"square": square, "deriv_square": deriv_square})]
    [('deriv_square', 'square')]
    """
    return (helper for helper in _helpers(home) if not helper.takes)


def _helpers(home: Mapping[str, object]) -> Iterator[Helper]:
    """Yield the functions and methods that say that they are a derivative, the wrong ones first."""
    functions = {k: f for k, f in home.items() if isinstance(f, types.FunctionType)}
    found = [*_derivatives(functions, functions)]
    for kind in home.values():
        if isinstance(kind, type) and kind.__module__ == home.get("__name__"):
            methods = dict(_methods(kind))
            found += _derivatives(methods, {**functions, **methods})
    yield from sorted(found, key=lambda helper: helper.takes)


def _methods(kind: type) -> Iterator[tuple[str, Callable[..., object]]]:
    """The methods of a class, by their names as they are written, of an object not yet made."""
    for x in vars(kind).values():
        plain = getattr(x, "__func__", x)
        if isinstance(plain, types.FunctionType):
            with contextlib.suppress(TypeError):
                yield plain.__name__, x.__get__(object.__new__(kind), kind)


def _derivatives(
    several: Mapping[str, Callable[..., object]], around: Mapping[str, Callable[..., object]]
) -> Iterator[Helper]:
    """Those of several that say they are derivatives of what is around them; by what they are."""
    known = {plainest(k): k for k, f in around.items() if _of_one(f)}
    for name, call in several.items():
        found = OF.fullmatch(plainest(name))
        of = known.get((found.group(1) or found.group(2)) if found else "")
        if of is None or of == name or not _of_one(call):
            continue
        try:
            slopes = np.array([_slope(around[of], z) for z in AT])
            written = np.array([_at(call, z) for z in AT])
            activated = np.array([_at(call, _at(around[of], z)) for z in AT])
        except (TypeError, ValueError, ArithmeticError, AttributeError):
            continue
        by = {
            "z": bool(np.all(same(written, slopes))),
            "f(z)": bool(np.all(same(activated, slopes))),
        }
        if not all(by.values()):  # else it takes either
            yield Helper(name, of, call, around[of], next((k for k in by if by[k]), ""))


def _plain(call: Callable[..., Any]) -> Callable[..., object]:
    """The function that a method is called by."""
    plain: Any = call
    function: Callable[..., object] = getattr(plain, "__func__", plain)
    return function


def _of_one(function: Callable[..., object]) -> bool:
    """Whether a function takes one number."""
    given = list(inspect.signature(function).parameters.values())
    return len(given) == 1 and given[0].kind in (given[0].POSITIONAL_OR_KEYWORD,)


def _at(function: Callable[..., Any], x: float) -> float:
    found = run(function, [Value(x)]).returned
    return float(found.data if isinstance(found, Value) else found)


def _slope(function: Callable[..., Any], x: float) -> float:
    return float(_slopes(function, np.array([x]))[0])


def _slopes(function: Callable[..., Any], x: np.ndarray) -> np.ndarray:
    """The derivatives of a function at several numbers: at all at once, if it takes arrays."""
    nodes = [Value(e) for e in x.flat]
    try:
        found = np.asarray(run(function, [Values.of(nodes)]).returned, dtype=object)
    except (TypeError, ValueError):
        found = np.array([run(function, [node]).returned for node in nodes], dtype=object)
    several = [grad(y, [z])[0].data if isinstance(y, Value) else 0.0 for y, z in zip(found, nodes)]
    return np.array(several).reshape(x.shape)


def _solved(function: Callable[..., Any], y: np.ndarray) -> np.ndarray:
    """Where a function that rises or falls has some values, by halving."""
    low, high = np.full(y.shape, -50.0), np.full(y.shape, 50.0)
    of = np.vectorize(function, otypes=[float])
    rising = bool(of(1.0) > of(-1.0))
    for _ in range(60):
        middle = (low + high) / 2.0
        below = (of(middle) < y) == rising
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2.0)

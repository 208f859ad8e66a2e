"""mg.check: a derivation written as a function, checked as formulas rather than as numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.derivation import Replay
from microgradnet.differences import differences
from microgradnet.judging import Finding, Table, judge
from microgradnet.mistakes import in_words
from microgradnet.naming import parts, plain
from microgradnet.points import Numbers, Shape, informative, subscripts
from microgradnet.report import CANNOT_TELL, FOLLOWS, RIGHT, WRONG, Report, Row
from microgradnet.runs import Loss, Run, read
from microgradnet.smallest import smallest
from microgradnet.watching import Watch, derivatives, math_on_values

__all__ = ["check", "examine"]

POINTS = 16


def check(
    by_hand: Callable[..., Mapping[str, Any]],
    *example: Any,
    loss: Loss = "mse",
    witness: bool = False,
) -> Report:
    """Check a derivation written as a function: which derivative is wrong, and why.

    by_hand: takes the numbers of the net, computes the forward pass and the derivatives as a
    person writes them (`d_L_d_ypred`, `d_ypred_d_w5`, `d_h1_d_w1`), and returns `locals()`. It
    is run on Values, with `np` and `math` as they stand, at numbers chosen to tell right from
    wrong; so the verdict is about the formulas. example: arguments of the shapes it takes, needed
    only where they cannot be seen from the code (`x[0]` can). loss: what L is where the code
    computes none, "mse" or a function (y_pred, y_true). witness: show what differences say.

    A derivative is "wrong" itself, or "follows" where it is not right only because of others. A
    parameter that is assigned anew (`w1 -= rate * d_L_d_w1`) is checked as `update w1`.

    Raises NamesError for a derivative of what has no name, TypeError where by_hand is no such
    function; what by_hand raises itself is passed on.

    >>> def by_hand(w, x, y_true):
    ...     y_pred = w * x
    ...     d_L_d_ypred = -2 * (y_true - y_pred)
    ...     d_ypred_d_w = w
    ...     return locals()
    >>> [wrong, right] = check(by_hand).rows
    >>> wrong.name, wrong.mistake
    ('d_ypred_d_w', 'uses w where x belongs')
    """
    function = _function(by_hand)
    numbers = Numbers(_shapes(by_hand, function.__code__, example))

    def run(point: Mapping[str, float]) -> Run:
        given = numbers.values(point)
        with math_on_values(function.__globals__), Watch(function.__code__, {}).on():
            found = by_hand(**given)
        if not isinstance(found, Mapping):
            name = function.__name__
            kind = type(found).__name__
            raise TypeError(f"{name} returned {kind}: end it with `return locals()`")
        return read(point, given, found, found, loss)

    return examine(numbers.names, run, witness)


def examine(
    names: Sequence[str], run: Callable[[Mapping[str, float]], Run], witness: bool = False
) -> Report:
    """Return the report on a derivation that `run` runs at a point, a number for each name."""
    runs = _runs(names, run)
    findings = judge(runs)
    rows = {f.name: _row(f, findings, runs, names, run, witness) for f in findings}
    ordered: dict[str, Row] = {}
    for wrong in [row for row in rows.values() if row.verdict == WRONG]:
        ordered[wrong.name] = wrong
        ordered |= {
            k: r for k, r in rows.items() if r.verdict == FOLLOWS and wrong.name in r.follows
        }
    for verdict in (FOLLOWS, CANNOT_TELL, RIGHT):
        ordered |= {k: row for k, row in rows.items() if row.verdict == verdict}
    return Report(tuple(ordered.values()), runs[0].note)


def _runs(names: Sequence[str], run: Callable[[Mapping[str, float]], Run]) -> list[Run]:
    runs: list[Run] = []
    failed: Exception | None = None
    for point in informative(names, POINTS):
        try:
            runs.append(run(point))
        except (ArithmeticError, ValueError) as error:  # outside the domain of the derivation
            failed = error
    if not runs and failed is not None:
        raise failed
    return runs


def _row(
    finding: Finding,
    findings: Sequence[Finding],
    runs: Sequence[Run],
    names: Sequence[str],
    run: Callable[[Mapping[str, float]], Run],
    witness: bool,
) -> Row:
    name, verdict = finding.name, finding.verdict
    mistake, why, example, at = "", "", {}, runs[finding.runs[0]] if finding.runs else runs[0]
    cell = Table(at, only=name).cells[name]
    if verdict == WRONG:
        mistake = in_words(finding, findings, runs)
        found = smallest(name, names, run)
        if found is not None:
            example, cell = found
            at = run(example)
        else:
            cell = _where_it_shows(finding, runs)
    elif verdict == FOLLOWS:
        why = f"follows from {', '.join(finding.blamed)}"
    elif verdict == CANNOT_TELL:
        why = "0 or not finite at every point tried"
    difference = None
    if witness and name in at.derivatives:
        _, a, b = at.derivatives[name]
        difference = differences(Replay(a, b), b.data)
    return Row(
        *(name, verdict, cell.written, cell.right, cell.error, difference, why, mistake),
        example=example,
        follows=tuple(finding.blamed),
    )


def _where_it_shows(finding: Finding, runs: Sequence[Run]) -> Any:
    apart = np.abs(finding.written - finding.right)
    return Table(runs[finding.runs[int(apart.argmax())]], only=finding.name).cells[finding.name]


def _function(by_hand: Any) -> Any:
    function = inspect.unwrap(getattr(by_hand, "__func__", by_hand)) if callable(by_hand) else None
    if inspect.isclass(by_hand):
        raise TypeError(f"{by_hand.__name__} is a class: mg.check_training takes an object of it")
    if not inspect.isfunction(function):
        raise TypeError(
            "check takes a function that returns locals(), "
            f"not {type(by_hand).__name__}; derivatives at one point go to mg.compare"
        )
    return function


def _shapes(by_hand: Any, code: Any, example: Sequence[Any]) -> dict[str, Shape]:
    """The shape of each argument: of the example, of its default, or as the code takes it apart."""
    taken_apart = subscripts(code)
    named = {plain(part) for name in derivatives(code) for pair in parts(name) for part in pair}
    shapes: dict[str, Shape] = {}
    for i, (name, p) in enumerate(inspect.signature(by_hand).parameters.items()):
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.POSITIONAL_ONLY):
            raise TypeError(f"name the argument {name!r} of {code.co_name}: its numbers need names")
        like = example[i] if i < len(example) else p.default
        if like is not p.empty:
            array = np.array(like, dtype=object)
            floats = all(isinstance(x, (float, np.floating)) for x in array.flat)
            if i < len(example) or (array.size and floats) or plain(name) in named:
                shapes[name] = array.shape
        else:
            shapes[name] = (taken_apart[name],) if name in taken_apart else ()
    if len(example) > len(inspect.signature(by_hand).parameters):
        raise TypeError(
            f"{code.co_name} takes {len(shapes)} arguments, the example has {len(example)}"
        )
    return shapes

"""What is checked by value: a function of arrays, the two passes of a layer, a script."""

from __future__ import annotations

import ast
import contextlib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

import numpy as np

from microgradnet.checking.array_report import report_on
from microgradnet.checking.array_runs import SEEDS
from microgradnet.checking.by_value import Examined, examined
from microgradnet.checking.costs import as_known
from microgradnet.checking.found import DATA
from microgradnet.checking.later_steps import report_on_steps
from microgradnet.checking.predicting import as_predicted
from microgradnet.checking.recognising import equal, recognised
from microgradnet.checking.report import FOLLOWS, ORDER, RIGHT, WRONG, Report, Row
from microgradnet.checking.runs import Loss
from microgradnet.checking.shrinking import pattern, shorter, shrunk
from microgradnet.operations.kinds import Formula
from microgradnet.tracing.arrays import has_values
from microgradnet.tracing.events import numbers_of, same_nodes
from microgradnet.tracing.parsing import bytes_of, parse
from microgradnet.tracing.running import run
from microgradnet.words import listed, say, told

__all__ = ["check_arrays", "check_backward", "check_passes", "check_script"]


def check_arrays(
    function: Any,
    example: Sequence[object],
    loss: Loss | None = None,
    predicting: Sequence[str] = (),
) -> Report:
    """Return the report on a function of arrays that computes derivatives, in any dialect.

    predicting: of a method, others of its object that may predict: they are to give the same.
    """
    owner = getattr(function, "__self__", None)  # a method: what it is of is an argument
    if owner is not None:
        function, example = function.__func__, (owner, *example)
    names = list(inspect.signature(function).parameters)
    if len(example) > len(names):
        said = "{function} takes {takes} arguments, not {given}"
        counts = {"takes": len(names), "given": len(example)}
        raise TypeError(say(said, function=function.__name__, **counts))
    given = loss if callable(loss) else None
    whole = _in_small(function, names, example, given)
    return _judged(whole, _forward(whole, predicting))


def _judged(whole: Examined, more: Sequence[Row] = ()) -> Report:
    """The report on a derivation; with the predicting pass where training has another that errs,
    and with the cost that all is derived from where the one that is computed is mistaken.

    more: further rows.
    """
    mended = as_predicted(whole) or as_known(whole)
    if mended is None:
        return report_on_steps(whole, more)
    other, forward, follow = mended
    report = report_on_steps(other, [forward])
    rows = [
        replace(row, verdict=FOLLOWS, follows=(forward.name,))
        if row.verdict == RIGHT and row.name in follow
        else row
        for row in report.rows
    ]
    return replace(report, rows=tuple(sorted(rows, key=lambda row: ORDER.index(row.verdict))))


def _forward(whole: Examined, predicting: Sequence[str]) -> list[Row]:
    """The row on whether the methods that predict give what training computes, if one can."""
    net, X, *_ = [*whole.sample(whole.points[0].trace.seed).inputs, None, None]
    forward = whole.points[0].forward
    trained = {k: numbers_of(f.nodes).ravel() for k, f in enumerate(forward) if not f.leaf}
    for name in predicting:
        several: tuple[np.ndarray, ...] = (X, X[0]) if isinstance(X, np.ndarray) else ()
        for data in several:
            try:
                out = run(getattr(net, name), [data.copy()]).returned
            except (TypeError, ValueError, LookupError, AttributeError):
                continue
            if not has_values(out):
                continue  # a class, not what it is chosen by
            nodes = np.array(out, dtype=object).ravel()
            numbers = numbers_of(nodes)
            if same := [k for k, other in trained.items() if equal(numbers, other)]:
                whole.predicted = same[0], nodes
                return [Row("forward", RIGHT, float(numbers[0]), float(numbers[0]), 0.0)]
            if data is not X:
                why = say("training does not compute what {name} does", name=name)
                return [Row("forward", WRONG, np.nan, float(numbers[0]), 0.0, None, why)]
    return []


def check_backward(
    forward: Callable[..., Any], backward: Callable[..., object], *example: object
) -> Report:
    """Check the backward pass of a layer against its forward pass.

    forward: a function that takes the example (arrays) and returns its output and what backward
    needs, `out, cache`; backward: takes the gradient by the output and that, `(dout, cache)`, and
    returns the gradients by what forward was given, named after it: `dx, dw, db`. So may methods
    of one object, which keeps what backward needs: `out = layer.forward(x)`, then
    `dx = layer.backward(dout)`. L is the sum of out times dout, for a dout that is drawn; of
    several outputs, `h, c, cache`, where backward takes several, `(dh, dc, cache)`.

    >>> def scale_forward(x, w):
    ...     return x * w, (x, w)
    >>> def scale_backward(dout, cache):
    ...     x, w = cache
    ...     dx = dout * w
    ...     dw = (dout * w).sum(axis=0)
    ...     return dx, dw
    >>> report = check_backward(scale_forward, scale_backward, np.ones((2, 3)), np.ones(3))
    >>> report.rows[0].name, report.rows[0].mistake
    ('dw', 'uses w where x belongs')
    """
    with told():
        return check_passes(forward, backward, example)


def check_passes(
    forward: Any, backward: Any, example: Sequence[Any], data: Sequence[str] | None = None
) -> Report:
    """Return the report on two passes.

    data: the names of those arguments that are data, where a mean over the samples is no mistake.
    """
    owner = getattr(forward, "__self__", None)
    taken = list(inspect.signature(backward).parameters)
    keeps = len(taken) == 1
    outputs = len(list(takewhile(lambda name: re.match("d|grad", name), taken))) or 1

    def layer(*inputs: object) -> tuple[object, list[object]]:
        calls: list[Callable[..., Any]] = [forward, backward]
        if owner is not None:
            calls = [getattr(inputs[0], call.__name__) for call in calls]
        found = calls[0](*inputs[owner is not None :])
        given, cache = ([found], ()) if keeps else (found[:outputs], found[outputs:])
        above = [np.random.randn(*np.shape(out)) for out in given]
        loss = sum((out * weight).sum() for out, weight in zip(given, above))
        return loss, [calls[1](*above, *cache)]  # a list: no row of its own

    names = [*["self"] * (owner is not None), *inspect.signature(forward).parameters]
    whole = (*[owner] * (owner is not None), *example)
    found = _in_small(layer, names, whole, None, () if data is None else data)
    for option in (found, *found.others):
        _take_handed_on(option, names, exactly=data is None)
    return report_on(found)


def _take_handed_on(whole: Examined, names: Sequence[str], exactly: bool) -> None:
    """What a backward pass returns has to be gradients: by data, too, and if it has no names.

    What is no gradient, and has no name, is by what is left of that the forward pass was given, in
    this order, where as many are returned. exactly: whether no mean over the samples is meant.
    """
    [given] = whole.points[0].trace.returned[1]
    returned = [np.asarray(x, dtype=object) for x in (given if type(given) is tuple else [given])]
    forward = whole.points[0].forward
    left = [k for k, f in enumerate(forward) if f.key == (f.name,) and f.name in names]
    unknown, each = [], len(left) == len(returned)
    for one in whole.found:
        if not any(same_nodes(one.event.value, x) for x in returned):
            continue
        if one.by:
            left = [k for k in left if not same_nodes(forward[k].nodes, forward[one.by[0]].nodes)]
            one.ends |= one.match is None
            continue
        several = [(k, recognised(one.event.index, whole.points, [k])) for k in left]
        fits = [(k, match) for k, match in several if match and match.index == k]
        if fits:
            k, one.match = fits[0]
            one.by, one.ends = [k], exactly
            left.remove(k)
        else:
            unknown.append(one)
    for one, k in zip(unknown, left if each else ()):
        one.by, one.match, one.ends = [k], None, True


MOST = 5_000  # numbers of an example that is run as it is: a second or two


def _in_small(
    function: Callable[..., object],
    names: Sequence[str],
    example: Sequence[object],
    loss: Formula | None,
    data: Sequence[str] = DATA,
) -> Examined:
    """What is found on a small example; where the code names its sizes, on that which is given."""
    small = shrunk(tuple(example))
    if all(x is y for x, y in zip(small, example)):
        return examined(function, names, example, loss, data)
    try:
        return examined(function, names, small, loss, data)
    except (ValueError, IndexError):
        if _size(example) > MOST:
            raise
        return examined(function, names, example, loss, data)


def _size(x: object) -> int:
    """How many numbers there are in nested lists and dicts of arrays."""
    if isinstance(x, (list, tuple, dict)):
        return sum(map(_size, x.values() if isinstance(x, dict) else x))
    return np.asarray(x).size


def check_script(file: str) -> Report:
    """Return the report on a file that derives or trains at its top level, in arrays.

    Its whole numbers are cut where they are long, all that are equal alike. What is not right then
    has to be so in the file as it is, too, where something still has a length that was cut: `/ 60`
    may be by the 60 rows of data that are read.
    """
    if sizes := shorter(file):
        with contextlib.suppress(Exception):
            small = examined(file, (), (), sizes=sizes)
            before, report = pattern(small), _judged(small)
            plain = bool(report) and small.constant == 1.0 and not small.assumed
            alike = plain or _lengths(small, file).isdisjoint(sizes)
            if alike or before == pattern(examined(file, (), (), seeds=SEEDS[:2])):
                return replace(report, note=listed((report.note, _cut_in_words(small, sizes)), " "))
    return _judged(examined(file, (), ()))


def _lengths(small: Examined, file: str) -> set[int]:
    """The lengths of what a file computes, has and writes out, as it is run."""
    trace = small.points[0].trace
    arrays = [*(e.value for e in trace.events), *trace.made, *trace.fixed.values()]
    lists = [n for n in ast.walk(parse(bytes_of(file), file)) if isinstance(n, ast.List)]
    return {n for x in arrays for n in x.shape} | {len(node.elts) for node in lists}


def _cut_in_words(small: Examined, sizes: Mapping[int, int]) -> str:
    """What is said of the axes that are cut; nothing of how often a loop is run, which is not."""
    lengths = {n for event in small.points[0].trace.events for n in event.shape}
    pairs = [say("{small} for {size}", small=m, size=n) for n, m in sizes.items() if m in lengths]
    return say("It is checked with smaller numbers: {pairs}.", pairs=listed(pairs)) if pairs else ""

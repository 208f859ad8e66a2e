"""What is checked by value: a function of arrays, the two passes of a layer, a script."""

from __future__ import annotations

import ast
import contextlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgradnet.checking.array_report import report_on
from microgradnet.checking.array_runs import SEEDS
from microgradnet.checking.belonging import part_at
from microgradnet.checking.by_value import Examined, examined
from microgradnet.checking.costs import as_known
from microgradnet.checking.found import DATA
from microgradnet.checking.later_steps import report_on_steps
from microgradnet.checking.passes import Passes
from microgradnet.checking.positions import Returned, as_floats, returned_by
from microgradnet.checking.predicting import as_predicted
from microgradnet.checking.recognising import Match, equal, recognised
from microgradnet.checking.report import FOLLOWS, ORDER, RIGHT, WRONG, Report, Row
from microgradnet.checking.runs import Loss
from microgradnet.checking.shrinking import in_small, pattern, shorter
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

    forward: a function of the example (arrays, numbers) that returns its output and what backward
    needs, `out, cache`. backward: a function of the upstream gradient and the cache,
    `(dout, cache)`, that returns the gradients for the arguments of forward: `dx, dw, db` by their
    positions, or a dict by their names. Whole numbers, flags and None need no gradient: leave them
    out, or return None for them. Two methods of one object may keep the cache in it:
    `out = layer.forward(x)`, then `dx = layer.backward(dout)`; of several outputs
    `h, c, cache`, where backward takes `(dh, dc, cache)`. The loss is the sum of out times a
    random dout.

    Order, count, shape and type of what is returned are compared before its numbers. A gradient
    that is missing is a row, too.

    Raises TypeError for an example that does not fit forward, or is not of NumPy.

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
        passes = Passes(forward, backward)
        given, returned, note = as_floats(passes, passes.named(example))
        return _by_position(passes, given, returned_by(passes, given, returned), note)


def _by_position(passes: Passes, given: Mapping[str, Any], returned: Returned, note: str) -> Report:
    """The report on what is returned, and on what the code names; the lines are from this."""
    report, names = Report(()), dict[int, str]()
    if returned.comparable:
        with contextlib.suppress(ValueError):  # no names in it that derive: a lambda
            found = _found_in_passes(passes, given, ())
            names, *_ = [_take_returned(option, returned) for option in (found, *found.others)]
            report = report_on(found)
    rows = {row.name: row for row in report.rows}
    rows |= {row.name: row for row in returned.rows(rows, names)}
    ordered = sorted(rows.values(), key=lambda row: ORDER.index(row.verdict))
    words = (report.note, note, returned.note)
    return replace(report, rows=tuple(ordered), note=listed(words, " "))


def _take_returned(whole: Examined, returned: Returned) -> dict[int, str]:
    """Let each gradient be that by its argument; return the names of those that are found."""
    [given] = whole.points[0].trace.returned[1]
    at = {f.key: k for k, f in enumerate(whole.points[0].forward)}
    names: dict[int, str] = {}
    for k, gradient in enumerate(returned.gradients):
        nodes = np.asarray(part_at(given, gradient.path), dtype=object)
        same = [one for one in whole.found if same_nodes(one.event.value, nodes)]
        index = at.get((gradient.other or gradient.name,))
        if not same or index is None or same[-1].name in names.values():
            continue
        one, names[k] = same[-1], same[-1].name
        one.by, one.ends = [index], True
        if gradient.fits or gradient.other:
            one.match = Match(index, 1.0)
        else:
            match = recognised(one.event.index, whole.points, [index])
            one.match = match if match and match.index == index else None
    return names


def check_passes(
    forward: Any, backward: Any, example: Sequence[Any], data: Sequence[str]
) -> Report:
    """Return the report on two passes of a file, which returns gradients in an order of its own.

    data: the names of those arguments that are data, where a mean over the samples is no mistake.
    """
    passes = Passes(forward, backward)
    given = passes.named(example)
    found = _found_in_passes(passes, given, data)
    for option in (found, *found.others):
        _take_handed_on(option, [*["self"] * (passes.owner is not None), *given])
    return report_on(found)


def _found_in_passes(passes: Passes, given: Mapping[str, Any], data: Sequence[str]) -> Examined:
    """What is found in the two passes, and not in what hands on from one to the other."""
    names = [*["self"] * (passes.owner is not None), *given]
    layer = passes.layer()
    found = _in_small(layer, names, passes.inputs(given), None, data)
    file = layer.__code__.co_filename
    for option in (found, *found.others):
        option.found = [one for one in option.found if one.event.statement.file != file]
    return found


def _take_handed_on(whole: Examined, names: Sequence[str]) -> None:
    """What a backward pass returns has to be gradients: by data, too, and if it has no names.

    What is no gradient, and has no name, is by what is left of that the forward pass was given, in
    this order, where as many are returned.
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
            one.by, one.ends = [k], False
            left.remove(k)
        else:
            unknown.append(one)
    for one, k in zip(unknown, left if each else ()):
        one.by, one.match, one.ends = [k], None, True


def _in_small(
    function: Callable[..., object],
    names: Sequence[str],
    example: Sequence[object],
    loss: Formula | None,
    data: Sequence[str] = DATA,
) -> Examined:
    """What is found on a small example; where the code names its sizes, on that which is given."""
    return in_small(lambda inputs: examined(function, names, inputs, loss, data), example)


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

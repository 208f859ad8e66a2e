"""What a file derives but never calls with data, checked with arguments made up."""

from __future__ import annotations

import ast
import contextlib
import inspect
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.checking.array_checks import check_arrays, check_passes
from microgradnet.checking.array_words import OTHER_SHAPE
from microgradnet.checking.candidates import methods_of
from microgradnet.checking.claims import is_loss, is_target, plainest
from microgradnet.checking.found import DATA
from microgradnet.checking.functions import check_function
from microgradnet.checking.inventing import (
    ROWS,
    Layout,
    examples_of,
    has_state,
    layouts,
    layouts_of_cells,
    objects_of,
)
from microgradnet.checking.report import CANNOT_TELL, WRONG, Report, Row, written_at
from microgradnet.checking.samples import Sample
from microgradnet.checking.scripts import RUN_NAME
from microgradnet.checking.trainers import check_training
from microgradnet.tracing.arrays import Values
from microgradnet.tracing.noted import Trace
from microgradnet.tracing.opening import called_with
from microgradnet.tracing.parsing import parts_of
from microgradnet.tracing.running import run
from microgradnet.words import listed, say

__all__ = ["likeliest", "with_made_up"]

SECONDS = 6.0  # of the processor, however busy it is: so long all ways to lie are tried
Names = Mapping[str, object]


def with_made_up(
    own: Mapping[str, object],
    found: Sequence[str],
    names: Mapping[str, object],
    method: str,
    options: Mapping[str, object],
) -> Iterator[tuple[str, Report]]:
    """Yield what is checked with arguments made up, and its report: layers, then what trains.

    Of layers the first that is wrong, else the first, with what cannot be told of others.
    """
    layers: list[tuple[str, Report]] = []
    left: list[Row] = []
    for name, forward, backward in _passes(own):
        report = likeliest(_with_passes(forward, backward, names))
        layers += [(name, report)] if report is not None else []
        left += [] if report is not None else [_not_told(name, backward)]
    layers.sort(key=lambda found: bool(found[1]))
    if layers:
        report = layers[0][1]
        report = replace(report, rows=(*left, *report.rows)) if report else report
        yield listed(name for name, _ in layers), report
    for name in found:
        made = _made_up(names[name], names, method, options)
        if made is not None:
            yield name, made


def _made_up(
    found: Any, names: Mapping[str, object], method: str, options: Mapping[str, Any]
) -> Report | None:
    """The report on a function or a class with arguments, and data, that are made up."""

    def check(call: Any, arguments: Mapping[str, Any]) -> Report:
        given = [*arguments.values()]
        if call.__module__ == RUN_NAME and inspect.isfunction(call):
            return check_function(call, *given, **options)
        with contextlib.suppress(Exception):  # of a method, or one of ours that calls several
            return check_arrays(call, given, options["loss"])
        (_, X), (_, y), *others = arguments.items()
        return check_training(call.__self__, call.__name__, X, y, **options, **dict(others))

    if inspect.isclass(found) and not method:
        report = _furnished(found, options)
        if report is not None:
            return report
    methods = [method] if method else methods_of(found) if inspect.isclass(found) else []
    return _with_arguments(found, methods, names, check)


def _fits(function: Any, arguments: Mapping[str, Any]) -> bool:
    """Whether code runs on arguments, and no array has a row, and a column, a sample."""
    trace = Trace()
    owner = getattr(function, "__self__", None)  # a copy of it: its arrays are to hold Values
    own = {"self": owner} if owner is not None else {}
    given = dict(zip([*own, *arguments], [*own.values(), *arguments.values()]))
    inputs = Sample(list(given), list(given.values()), 1).inputs
    try:
        run(getattr(function, "__func__", function), inputs, trace)
    except Exception:  # of the code, which they do not fit
        return False
    targets = [x for name, x in zip(given, inputs) if is_target(name) and isinstance(x, Values)]
    return not any(_is_spread(array, targets) for array in trace.made)


def _is_spread(array: np.ndarray, targets: Sequence[np.ndarray]) -> bool:
    """Whether an array has a row, and a column, a sample, or what is held against several targets.

    Neither a prediction of one column goes with targets of three, nor the other way round.
    """
    if array.shape.count(ROWS) > 1:
        return True
    inputs = {x for node in array.flat if isinstance(node, Value) for x in node.inputs}
    for y in targets:
        others = {x for x in inputs.difference(y.flat) if isinstance(x, Value)}
        fewest = min(y.size, len(others)) if len(others) > 1 else y.size
        if not inputs.isdisjoint(y.flat) and array.size > fewest:
            return True
    return False


def likeliest(reports: Iterator[Report]) -> Report | None:
    """Return the first report on which all is right, else the first; None of none, or of too many.

    What is made up may lie in several ways, and as it is meant what is right is right.
    """
    end = time.process_time() + SECONDS
    first: Report | None = None
    for report in reports:
        if report:
            return report
        first = report if first is None else first
        if time.process_time() > end:
            return None  # the way it is meant may be among those that are left
    return first


def _furnished(kind: type, options: Mapping[str, Any]) -> Report | None:
    """The report on the first method of a class that can be checked on an object made for it."""
    order = sorted(methods_of(kind), key=lambda k: _takes_epochs(kind, k))
    reports = (likeliest(_on_objects(kind, name, options)) for name in order)
    return next((report for report in reports if report is not None), None)


def _on_objects(kind: type, name: str, options: Mapping[str, Any]) -> Iterator[Report]:
    for net, outputs, made_as in objects_of(kind):
        method = getattr(net, name)
        for example in examples_of(method, outputs):
            with contextlib.suppress(Exception):
                if _fits(method, example):
                    report = check_function(method, *example.values(), **options)
                    taken = say("Made for it: {call}.", call=f"{made_as}.{name}")
                    if not _is_of_another_shape(report):
                        yield replace(report, note=listed((report.note, taken), " "))


def _takes_epochs(kind: type, method: str) -> bool:
    """Whether a method goes through the data several times: what it calls shows as much."""
    return any("epoch" in name.lower() for name in inspect.signature(vars(kind)[method]).parameters)


Checked = Callable[[Any, Mapping[str, Any]], Report]


def _with_arguments(
    found: Any, methods: Sequence[str], known: Names, check: Checked
) -> Report | None:
    """The report on a function, or on the first method of a class that can be, or None.

    known: the data that there is by name; check: takes what is called and its arguments.
    """
    if not inspect.isclass(found):
        call = _after_forward(found, known)
        return likeliest(_in_layouts(lambda _: call, known, check))
    for name in methods:

        def method(lay: Layout, name: str = name) -> Any:
            return getattr(found(**lay.arguments(found, {})), name)

        report = likeliest(_in_layouts(method, known, check))
        if report is not None:
            return report
    return None


def _in_layouts(make: Callable[[Layout], Any], known: Names, check: Checked) -> Iterator[Report]:
    """Yield the reports on what is made for a layout, with arguments that lie so and fit it."""
    for lay in layouts():
        with contextlib.suppress(Exception):
            call = make(lay)
            arguments = lay.arguments(call, known)
            report = check(call, arguments) if _fits(call, arguments) else Report(())
            if report.rows and not _is_of_another_shape(report):
                shapes = {k: np.shape(x) for k, x in arguments.items() if isinstance(x, np.ndarray)}
                listing = listed(f"{name} {shape}" for name, shape in shapes.items())
                note = say("Made up: {shapes}.", shapes=listing)
                yield replace(report, note=listed((report.note, note), " "))


def _is_of_another_shape(report: Report) -> bool:
    """Whether all that is wrong has another shape: what was made up may lie another way, then."""
    wrong = [row for row in report.rows if row.verdict == WRONG]
    return bool(wrong) and all(getattr(row.where, "template", "") == OTHER_SHAPE for row in wrong)


def _after_forward(backward: Any, known: Names) -> Any:
    """A function that takes what another of its file returns, run after that and the cost.

    As it is where it takes nothing such: its arguments can be made up.
    """
    own = [f for f in known.values() if inspect.isfunction(f) and f.__module__ == RUN_NAME]
    needs = {f: list(inspect.signature(f).parameters) for f in own}
    lacking = [name for name in needs.get(backward, []) if _is_handed_over(name)]
    gives = {f: names for f in own if f is not backward and (names := _returned(f))}
    forward = next((f for f, names in gives.items() if {*lacking} <= {*names}), None)
    if not lacking or forward is None:
        return backward
    needed, wanted, handed = needs[forward], needs[backward], gives[forward]
    given = [name for name in dict.fromkeys([*needed, *wanted]) if name not in handed]
    there = {*given, *handed}
    costs = [(f, names) for f, names in needs.items() if is_loss(f.__name__) and there >= {*names}]

    def whole(*inputs: Any) -> Any:
        values = dict(zip(given, inputs))
        found = forward(*[values[name] for name in needed])
        values.update(zip(handed, found if isinstance(found, tuple) else (found,)))
        for cost, names in costs:
            cost(*[values[name] for name in names])
        return [backward(*[values[name] for name in wanted])]

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    whole.__name__ = backward.__name__
    shown: Any = whole
    shown.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in given])
    return whole


def _is_handed_over(name: str) -> bool:
    """Whether a name is that of what a forward pass hands to the backward one."""
    kinds = r"\w*caches?|memory|outs?|al?\d?|z\d|h\d?|y_?(hat|pred)|probs?"
    return bool(re.fullmatch(kinds, name, re.I))


def _returned(function: Any) -> list[str]:
    """The names of what a function returns last."""
    ends = [node for node in parts_of(function) if isinstance(node, ast.Return)]
    value = ends[-1].value if ends else None
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    names = [x.id for x in parts if isinstance(x, ast.Name)]
    return names if len(names) == len(parts) else []


def _passes(own: Names) -> Iterator[tuple[str, Any, Any]]:
    """Yield the layers of a file: a name, and the passes, or the class that has both."""
    for name, found in own.items():
        before = name.replace("_backward", "_forward")
        forward = own.get(before, own.get(name.partition("_backward")[0]))
        if "_backward" in name and callable(forward):
            yield name, forward, found
        methods: list[Any] = [getattr(found, method, None) for method in ("forward", "backward")]
        both = inspect.isclass(found) and all(map(inspect.isfunction, methods))
        if both and [len(inspect.signature(m).parameters) for m in methods] == [2, 2]:
            yield name, found, found


def _not_told(name: str, backward: Any) -> Row:
    """The row of a layer that does not run on what is made up for it."""
    why = say("is not checked: what it takes is not known, and what was made up does not fit it")
    row = Row(name, CANNOT_TELL, math.nan, math.nan, 0.0, why=why)
    code = getattr(backward, "__code__", None)
    return row if code is None else written_at(row, code.co_filename, code.co_firstlineno)


def _with_passes(forward: Any, backward: Any, known: Names) -> Iterator[Report]:
    """Yield the reports on the passes of a layer: as the file calls it, else as made up."""
    if not inspect.isclass(forward) and (given := called_with(forward, known)):
        with contextlib.suppress(Exception):
            yield check_passes(forward, backward, given, _data_of(forward))
            return
    for lay in layouts_of_cells() if has_state(forward) else layouts():
        with contextlib.suppress(Exception):
            calls: list[Any] = [forward, backward]
            if inspect.isclass(forward):
                made: Any = forward(**lay.arguments(forward, {}))
                calls = [made.forward, made.backward]
            arguments = lay.arguments(calls[0], {})
            yield check_passes(calls[0], calls[1], [*arguments.values()], _data_of(calls[0]))


def _data_of(forward: Any) -> list[str]:
    """What is data of a layer: what is called so, and what it takes first."""
    return [
        *DATA,
        "aprev",
        *(plainest(name) for name in [*inspect.signature(forward).parameters][:1]),
    ]

"""Check the backward pass of a layer against its forward pass.

Both run once on the tape. Returned gradients are paired with the arguments by position, gradients
kept in attributes with the parameters by name, before any value is looked at. Each is compared with
the gradient of sum(out * dout) at other numbers, with a random dout; then again at another shape.
"""

from __future__ import annotations

import ast
import gc
import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgradnet.checking.mending.edit_parts import is_place
from microgradnet.checking.passes import other_shapes
from microgradnet.checking.passes.both_calls import Passes, is_ours
from microgradnet.checking.passes.functions import of_library, surrounding
from microgradnet.checking.passes.given import Unfit
from microgradnet.checking.passes.judge import Judge, unless_near, untold
from microgradnet.checking.passes.other_shapes import (
    all_different,
    fits,
    others,
    values_of,
    with_values,
    writes_twice,
)
from microgradnet.checking.passes.slopes import is_slope, takes_the_same
from microgradnet.checking.reporting.report import FOLLOWS, WRONG, Report, unchecked, with_causes
from microgradnet.checking.reporting.reporter import Reporter
from microgradnet.tape.entry import Entry
from microgradnet.tape.library_calls import DerivedError
from microgradnet.tape.limits import muted, seeded
from microgradnet.tape.recording import Recording, own_definition, repeatable, tree_of
from microgradnet.tape.tape import Tape
from microgradnet.tape.trees import names_in
from microgradnet.words import listed, say, told

LARGEST, LARGE = 60_000_000, 5_000_000  # bytes of all values; of those that are freed at once
SAME = 1e-9  # the relative difference of two equal numbers
MIXED = "an output of {of} depends on several inputs: its derivative is a matrix"
OF_INPUT = "{f} takes no upstream gradient"
OF_OUTPUT = "{f} takes the output of {of}, and no upstream gradient"
OTHERWISE = "right at these numbers, and not at others"
TOO_MANY = say("it takes too many operations, or too much memory, to be recorded")
SHAPES = 3  # other shapes that are tried


def check_backward(forward: Any, backward: Any = None, *example: Any) -> Report:
    """Check the backward pass of a layer against its forward pass.

    forward: a function of the example that returns its output and what backward needs; a method of
    a layer that keeps what backward needs; or the class of a layer, of which an object is made.
    backward: takes the gradient with respect to the output, and what forward returned. If forward
    is a class, this is the first argument of the example instead. The gradients are the returned
    values, in the order of the arguments, and those that the layer keeps. Integers, flags and None
    need no gradient. The loss is the sum of the output times a random dout. One that is named as a
    derivative, such as `tanh_prime` or `d_tanh`, takes no dout, but what forward takes or gives.

    Raises TypeError for an argument that is no function, and for an example that does not fit.

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
    with told(), seeded(), muted():
        found = of_rule(forward, [backward, *example])
        return of_pair(forward, backward, example) if found is None else found


def of_rule(rule: Any, example: Sequence[Any]) -> Report | None:
    """Return the report of a Function of torch or a custom_vjp; None for anything else."""
    passes = of_library(rule, example)
    if passes is None:
        return None
    with surrounding(passes):
        mendings = dict[int, set[str]]()
        report, _ = _report(passes, mendings)
        report = _at_others(passes, report, mendings)
        # Other numbers may be none for the rule, such as a lower limit above the upper one.
        rows = with_causes([unless_near(r, SAME, say(OTHERWISE)) for r in report.rows])
        return replace(report, rows=tuple(rows))


def of_pair(
    forward: Any, backward: Any, example: Sequence[Any], is_own: bool = True, only: bool = False
) -> Report:
    """Return the report of two passes of NumPy.

    is_own: whether the example is the person's own; only: whether no others are tried.
    """
    if isinstance(forward, type):
        example = [backward, *example]
        made = other_shapes.made_to_fit(forward, example)
        if made is None:
            return untold(say("no object of {name} could be made", name=forward.__name__))
        forward, backward = made
    passes = Passes(forward, backward, example, is_own=is_own)
    mendings = dict[int, set[str]]()
    report, ran = _report(passes, mendings)
    for change in (all_different, _as_float) if not ran and any(map(_is_whole, example)) else ():
        changed = Passes(forward, backward, [*map(change, example)], is_own=is_own)
        other, ran = _report(changed, mendings)
        if ran:
            passes, report = changed, other
            break
    if not report and ran:
        passes, report, mendings = _with_its_loss(passes, report, mendings)
    is_done = only or (passes.is_unit and bool(report))
    return report if is_done else _at_others(passes, report, mendings)


def _with_its_loss(
    passes: Passes, report: Report, mendings: dict[int, set[str]]
) -> tuple[Passes, Report, dict[int, set[str]]]:
    """Return wrong passes with another loss that they may be of, if less is wrong with it.

    A dout may keep its default of 1; a loss that is returned beside the output may count as well.
    """
    if _has_default(passes):
        other = passes.with_loss(is_unit=True)
        found, ran = _report(other)
        if found and ran:
            note = say("right where dout is 1, as it is by itself: it is not multiplied")
            return other, replace(found, note=note), {}
    of = {"f": passes.backward.__name__, "of": passes.forward.__name__}
    for is_of_output in _other_slopes(passes):
        other, more = passes.with_loss(True, is_of_output=is_of_output), dict[int, set[str]]()
        found, ran = _report(other, more)
        is_better = passes.is_slope and _in_words(found) and not _in_words(report)
        if ran and (found or is_better):
            words = OF_OUTPUT if is_of_output else OF_INPUT
            return other, replace(found, note=say(words, **of)), more
    if passes.seen.has_extra:
        other, more = passes.with_loss(is_whole=True), dict[int, set[str]]()
        found, ran = _report(other, more)
        if ran and _count_off(found) < _count_off(report):
            note = say("the loss that is returned, too, counts with 1")
            return other, replace(found, note=note), more
    return passes, report, mendings


def _at_others(passes: Passes, report: Report, mendings: dict[int, set[str]]) -> Report:
    """Return the report, or that at another example where that shows more."""
    if report:
        return _at_other_shapes(passes, report)
    return _at_unlike_sizes(passes, report, mendings) if mendings else report


def _other_slopes(passes: Passes) -> Sequence[bool]:
    """Return whether a backward pass may be a derivative by the input or output, if not judged so.

    True is by the output. One that is named as a derivative was judged by the input.
    """
    if passes.is_slope:
        return (True,)
    is_alike = takes_the_same(passes.forward, passes.backward)
    return (False, True) if is_alike and passes.is_by_element else ()


def _in_words(report: Report) -> bool:
    """Whether each wrong row of a report has a mistake in words."""
    return all(row.mistake for row in report.rows if row.verdict == WRONG)


def _is_whole(x: Any) -> bool:
    """Whether an argument is an integer, or an array or a range of integers."""
    return type(x) in (int, range) or (isinstance(x, np.ndarray) and x.dtype.kind in "iu")


def _as_float(x: Any) -> Any:
    """Return integers as floats, and any other argument as it is."""
    if not _is_whole(x):
        return x
    return float(x) if type(x) is int else np.asarray(x, dtype=float)


def _count_off(report: Report) -> int:
    """Return how many gradients are wrong, or follow from wrong ones."""
    return sum(row.verdict in (WRONG, FOLLOWS) for row in report.rows)


def _has_default(passes: Passes) -> bool:
    """Whether the upstream gradient has a default value that is never read, as that of a loss."""
    f = getattr(passes.backward, "__func__", passes.backward)
    first = next(iter(inspect.signature(passes.backward).parameters.values()), None)
    if first is None or first.default is first.empty:
        return False
    read = names_in(*own_definition(tree_of(f)[0], f).body)  # type: ignore[attr-defined]
    return first.name not in read


def _report(
    passes: Passes, mendings: dict[int, set[str]] | None = None, mends: bool = True
) -> tuple[Report, bool]:
    """Return the report at one example, and whether both passes ran.

    mendings: the only edits that are tried, by line, if there are any; those that fix it remain;
    mends: whether edits are tried.
    """
    found = _reported(passes, mendings, mends)
    if passes.size > LARGE:
        gc.collect()  # recordings are few objects, however large: seldom freed by themselves
    return found


def _reported(
    passes: Passes, mendings: dict[int, set[str]] | None, mends: bool
) -> tuple[Report, bool]:
    try:
        subject = passes.subject()
    except (OSError, TypeError) as error:
        return untold(str(error)), False

    if is_slope(passes.forward, passes.backward) and not passes.is_by_element:
        return untold(say(MIXED, of=passes.forward.__name__)), False

    run = repeatable(subject)
    recording, ran = run(), False
    seen = passes.seen
    if not seen.has_ended:
        return untold(_reason(passes, recording)), ran
    if not passes.is_own and (text := _uneven(recording.tape)):
        return untold(say("{code} leaves a remainder at sizes that are made up", code=text)), ran
    if not passes.is_own and writes_twice(recording.tape.entries[: seen.loss]):
        return untold(say("its forward pass keeps one of several numbers, by a made-up index")), ran
    arrays = (e.value for e in recording.tape.entries if isinstance(e.value, np.ndarray))
    passes.size = sum(x.nbytes for x in arrays)
    if passes.size > LARGEST:  # a replay for each point and edit has as many
        return untold(TOO_MANY), ran
    mends = mends and (passes.is_own or _has_shapes(passes))  # else nothing will be called wrong
    reporter = Reporter(recording, run if mends else None)
    reporter.prover.allowed = dict(mendings or {})
    report = Judge(passes, reporter, seen).report()
    if mendings is not None:
        mendings.clear()
        mendings.update(reporter.prover.single)
    return report, True


def _uneven(tape: Tape) -> str:
    """Return a whole division of two sizes that leaves a remainder, as code that divides by groups.

    Of a difference it may, as a kernel's steps over an image do: (n - k) // stride.
    """
    nodes = (p.node for p in tape.uneven if isinstance(p.node, ast.BinOp))
    return next((ast.unparse(n) for n in nodes if is_place(n.left) and is_place(n.right)), "")


def _reason(passes: Passes, recording: Recording) -> str:
    """Return the reason why the two passes did not end."""
    error, f = recording.error, passes.backward if passes.seen.loss is not None else passes.forward
    if recording.has_stopped:
        return TOO_MANY
    if isinstance(error, (Unfit, DerivedError)):
        return str(error)
    if error is not None and is_ours(error):
        raise error
    return say("{f} raises {error}", f=f.__name__, error=f"{type(error).__name__}: {error}")


def _at_unlike_sizes(passes: Passes, report: Report, mendings: dict[int, set[str]]) -> Report:
    """Return the report at examples of other sizes, if the edits fix these examples too.

    At equal sizes a wrong edit may be right by chance: 2 is the square root of 4. Up to three
    examples of a kind are tried, until one edit is left. As not all sizes may be allowed, those at
    which no edit is left count only if there are no others: then there is no corrected line.
    """
    rows = (e for several in others(passes.example) for e in several)
    for examples in (other_shapes.unlike(passes.example), rows):
        refuted, count, is_left = None, 0, False
        for example in examples if any(mendings.values()) else ():
            if count == SHAPES or (is_left and sum(map(len, mendings.values())) == 1):
                break
            if not fits(passes, example):
                continue
            count += 1
            found, left = _left_at(passes, example, mendings)
            if found is not None and any(left.values()):
                report, mendings, is_left = found, left, True
            elif refuted is None:
                refuted = found
        if refuted is not None and not is_left:  # a report is no truth value: a wrong one is false
            report, mendings = refuted, {}
    return report


def _left_at(
    passes: Passes, example: Sequence[Any], mendings: dict[int, set[str]]
) -> tuple[Report | None, dict[int, set[str]]]:
    """Return the report at an example, None if it tells nothing, and the edits that fix it too."""
    known, other = dict(mendings), passes.again(example)
    found, ran = _report(other, known)
    if not ran or not is_wrong(found) or not _has_shapes(other):
        return None, mendings
    return found, {line: known.get(line, set()) & texts for line, texts in mendings.items()}


def is_wrong(report: Report) -> bool:
    """Whether any gradient is wrong."""
    return any(row.verdict == WRONG for row in report.rows)


def _has_shapes(passes: Passes) -> bool:
    """Whether each gradient has the size of its argument; else the example means nothing."""
    pairs = ((r.value, a.value) for r, a in passes.pairs().found)
    return all(x is None or np.size(x) == np.size(y) for x, y in pairs)


def _is_wrong_twice(passes: Passes, example: Sequence[Any]) -> bool:
    """Whether a gradient is wrong at a multiple of the sizes, too: others may not be allowed."""
    twice = other_shapes.doubled(passes.example, example)
    is_same = all(x is y for x, y in zip(values_of(twice), values_of(passes.example)))
    return is_same or (fits(passes, twice) and is_wrong(_report(passes.again(twice))[0]))


def _at_other_shapes(passes: Passes, report: Report) -> Report:
    """Return the report, or the report at another shape or index where a gradient is wrong."""
    tried = 0
    for several in others(passes.example):
        example = next((e for e in several if fits(passes, e)), None)
        if example is None or tried == SHAPES:
            continue
        found, ran = _report(other := passes.again(example))
        tried += ran
        if ran and is_wrong(found) and _has_shapes(other) and _is_wrong_twice(passes, example):
            right, wrong = (other_shapes.shapes_of(e) for e in (passes.example, example))
            note = say("right at {right}, wrong at {wrong}", right=right, wrong=wrong)
            if right == wrong:
                note = say("right at indices that are all different, wrong where one is repeated")
            elif not any(r.mistake for r in found.rows):  # its made-up numbers may not be allowed
                why = say(OTHERWISE)
                rows = (unchecked(r, why) if r.verdict == WRONG else r for r in found.rows)
                found = replace(found, rows=tuple(rows))
            return replace(found, note=listed((note, found.note), "; "))
    notes = [report.note] if report.note else []
    for make, words, convicts in other_shapes.LAYOUTS:
        values = values_of(passes.example)
        changed = make(values)
        example = with_values(passes.example, iter(changed))
        if any(x is not y for x, y in zip(changed, values)) and fits(passes, example):
            other = passes.again(example)
            found, ran = _report(other, mends=convicts)
            if ran and convicts and any(_is_opaque(e) for e in other.tape.entries):
                continue  # the step of differences is too large for small numbers
            names = listed(r.name for r in found.rows if r.verdict == WRONG)
            if ran and names and convicts:
                return replace(found, note=listed((say(words, names=names), found.note), "; "))
            notes = [say(words, names=names), *notes] if ran and names else notes
    return replace(report, note=listed(notes, "; "))


def _is_opaque(entry: Entry) -> bool:
    return entry.operation is not None and entry.operation.is_opaque

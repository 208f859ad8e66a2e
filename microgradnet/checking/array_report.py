"""The report on a derivation in arrays: one row an array, with its line and what is wrong."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.array_sketch import sketch_of_arrays
from microgradnet.checking.blaming import mends, settle
from microgradnet.checking.by_value import SEEDS, Examined, Found, examined, moved
from microgradnet.checking.claims import claim, plainest
from microgradnet.checking.editing import by_edit, chain
from microgradnet.checking.evidence import is_gathered, of_arrays
from microgradnet.checking.names import PARAMETER
from microgradnet.checking.recognising import equal, group_of, versions
from microgradnet.checking.report import (
    CANNOT_TELL,
    FOLLOWS,
    RIGHT,
    WRONG,
    Report,
    Row,
    loss_called,
    written_at,
)
from microgradnet.checking.samples import shrunk
from microgradnet.checking.slips import slip
from microgradnet.tracing.arrays import has_values
from microgradnet.tracing.running import Event, numbers_of, run
from microgradnet.words import listed, say, told

__all__ = ["check_arrays", "check_backward", "check_script"]


def check_arrays(
    function: Any, example: Sequence[Any], loss: Any = None, predicting: Sequence[str] = ()
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
    return report_on(whole, _forward(whole, predicting))


def _forward(whole: Examined, predicting: Sequence[str]) -> list[Row]:
    """The row on whether the methods that predict give what training computes, if one can."""
    net, X, *_ = [*whole.sample(SEEDS[0]).inputs, None, None]
    forward = whole.points[0].forward
    trained = {k: numbers_of(f.nodes).ravel() for k, f in enumerate(forward) if not f.leaf}
    for name in predicting:
        several: tuple[Any, ...] = (X, X[0]) if isinstance(X, np.ndarray) else ()
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


def check_backward(forward: Any, backward: Any, *example: Any) -> Report:
    """Check the backward pass of a layer against its forward pass.

    forward: a function that takes the example (arrays) and returns its output and what backward
    needs, `out, cache`; backward: takes the gradient by the output and that, `(dout, cache)`, and
    returns the gradients by what forward was given, named after it: `dx, dw, db`. So may methods
    of one object, which keeps what backward needs: `out = layer.forward(x)`, then
    `dx = layer.backward(dout)`. L is the sum of out times dout, for a dout that is drawn.

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
    owner = getattr(forward, "__self__", None)
    keeps = len(inspect.signature(backward).parameters) == 1

    def layer(*inputs: Any) -> Any:
        calls = [forward, backward]
        if owner is not None:
            calls = [getattr(inputs[0], call.__name__) for call in calls]
        found = calls[0](*inputs[owner is not None :])
        out, cache = (found, ()) if keeps else (found[0], found[1:])
        above = np.random.randn(*np.shape(out))
        loss = (out * above).sum()
        return loss, [calls[1](above, *cache)]  # a list: no row of its own

    names = [*["self"] * (owner is not None), *inspect.signature(forward).parameters]
    whole = (*[owner] * (owner is not None), *example)
    with told():
        return report_on(_in_small(layer, names, whole, None, True))


MOST = 5_000  # numbers of an example that is run as it is: a second or two


def _in_small(
    function: Any, names: Sequence[str], example: Sequence[Any], loss: Any, exact: bool = False
) -> Examined:
    """What is found on a small example; where the code names its sizes, on that which is given."""
    small = shrunk(tuple(example))
    if all(x is y for x, y in zip(small, example)):
        return examined(function, names, example, loss, exact)
    try:
        return examined(function, names, small, loss, exact)
    except (ValueError, IndexError):
        if _size(example) > MOST:
            raise
        return examined(function, names, example, loss, exact)


def _size(x: Any) -> int:
    """How many numbers there are in nested lists and dicts of arrays."""
    if isinstance(x, (list, tuple, dict)):
        return sum(map(_size, x.values() if isinstance(x, dict) else x))
    return int(np.size(x))


def check_script(file: str) -> Report:
    """Return the report on a file that derives or trains at its top level, in arrays."""
    return report_on(examined(file, (), ()))


def report_on(whole: Examined, more: Sequence[Row] = ()) -> Report:
    """Return the report on what was found; more: further rows.

    Raises ValueError where no loss is computed, and under none that is known is anything right, or
    would be with one array put right.
    """
    mended: list[Report] = []
    for option in (whole, *whole.others):
        report = _report(settle(option), more)
        ends = [one for one in option.found if one.ends] or option.found
        right = any(one.match for one in ends) or any(row.mistake for row in report.rows)
        if right or not whole.assumed:
            return report
        mended += [report] * any(one.follows for one in ends)
    if mended:
        return mended[0]
    raise ValueError(
        say(
            "no loss is computed, and under none that is known is anything here its gradient by a "
            "parameter: compute the loss, or give loss="
        )
    )


def _report(whole: Examined, more: Sequence[Row]) -> Report:
    groups: dict[Any, list[Found]] = {}
    numbers = _numbers_only(whole)
    used = _used(whole)
    for one in whole.found:
        if one.says or one.match or one.blamed or one.update:
            groups.setdefault((one.update, *group_of(one.event), one.name), []).append(one)
    rows: dict[str, Row] = {}
    found: dict[str, Found] = {}
    for several in groups.values():
        spoilt = [f for f in several if f.blamed] or [f for f in several if f.follows]
        one = spoilt[0] if spoilt else several[-1]
        row = _row(whole, one, used)
        if row is not None and (row.name not in rows or _worse(row, rows[row.name])):
            rows[row.name], found[row.name] = row, one
    rows |= {row.name: row for row in (*_never_updated(whole), *numbers, *more)}
    ordered = sorted(rows.values(), key=lambda row: ORDER.index(row.verdict))
    said = listed((whole.note, _convention(whole), _decay(whole)), " ")
    first = whole.points[0]
    own = (e.name for e in first.trace.events if not e.shape and e.value.item() is first.loss)
    loss = loss_called(next(own, ""), whole.note)
    sketch = sketch_of_arrays(first, found, ordered, loss)
    report = Report(tuple(ordered), said, {}, loss, sketch=sketch)
    if not is_gathered():
        return report
    right = {k: found[k] for k, row in rows.items() if row.verdict == RIGHT and k in found}
    return replace(report, evidence=of_arrays(whole, right))


def _never_updated(whole: Examined) -> list[Row]:
    """The parameters that are left as they are, or lost, where others are moved."""
    updates = [one for one in whole.found if one.update]
    moved_ones = {whole.points[0].forward[one.by[0]].name for one in updates}
    stems = {re.sub(r"\d+$", "", name) for name in moved_ones}
    anew = {event.name for event in whole.points[0].events.values()}
    rows = []
    for f in whole.points[0].forward if updates else ():
        alike = PARAMETER.match(f.name) or re.sub(r"\d+$", "", f.name) in stems
        if f.leaf and alike and f.gradient.any() and f.name not in moved_ones:
            name, at = f.name.removeprefix("self."), np.abs(f.gradient).argmax()
            lost = "is assigned anew, and keeps nothing of what it was: = where += or -= belongs"
            words = say(lost if f.name in anew else "{name} is never updated", name=name)
            right = updates[0].constant * float(f.gradient.flat[at])
            rows.append(Row(f"update {name}", WRONG, 0.0, right, 0.0, None, "", words))
    return rows


def _numbers_only(whole: Examined) -> list[Row]:
    """The derivatives that are one plain number, though the loss depends on what they are by.

    An update by such a number follows from it.
    """
    point = whole.points[0]
    known = {plainest(f.name) for f in point.forward if f.name}
    events = {event.name for event in point.trace.events}
    rows = []
    for name, (number, statement) in point.trace.numbers.items():
        says = claim(name, known)
        by = versions(point, says.by) if says and says.by and name not in events else []
        if by and point.forward[by[0]].leaf and point.forward[by[0]].gradient.any():
            right = whole.constant * float(point.forward[by[0]].gradient.flat[0])
            words = "is the number {number:g}, whatever {name} is"
            words = say(words, number=number, name=point.forward[by[0]].name)
            row = Row(name, WRONG, number, right, 0.0, None, "", words)
            rows.append(written_at(row, statement.file, statement.line))
            for one in whole.found:
                if one.update and one.by == by[:1] and name in one.event.statement.reads:
                    one.blamed, one.follows = False, [name]
    return rows


ORDER = (WRONG, FOLLOWS, CANNOT_TELL, RIGHT)


def _worse(row: Row, other: Row) -> bool:
    """Whether a later row of the same name says more: one that is wrong stays."""
    return ORDER.index(row.verdict) < ORDER.index(other.verdict) or row.verdict == other.verdict


def _row(whole: Examined, one: Found, used: set[Value]) -> Row | None:
    """The row of one; used: the nodes that recognised gradients are computed from."""
    one.follows = list(dict.fromkeys(one.follows))  # of the rounds of a loop, one
    verdict = WRONG if one.blamed else FOLLOWS if one.follows else RIGHT
    if verdict == RIGHT and one.match is None and one.local is None:
        if not one.says or not used.isdisjoint(one.event.value.flat):
            return None  # a temporary, or what a recognised gradient is computed from
        one.follows = list(dict.fromkeys(other.name for other in _spoilt_by(whole, one)))
        verdict = FOLLOWS if one.follows else CANNOT_TELL
    event = one.event
    right = whole.right_of(one)
    written = _written(whole, one)
    at, bound = _where(written, right)
    mistake = why = where = ""
    if verdict == WRONG and (found := _slip(whole)):
        mistake = found
    elif one.words:
        mistake = one.words
    elif verdict == WRONG and right is not None:
        where = _in_words(written, right)
        mistake = _mistake(whole, one, written, right)
    elif verdict == WRONG:
        why = say("is not the gradient of the loss by anything that the code computes")
    elif verdict == CANNOT_TELL:
        why = say("called a derivative, but nothing is found here that it is the gradient by")
    elif verdict == FOLLOWS:
        why = say("follows from {names}", names=listed(one.follows))
    if one.update and verdict == WRONG and right is not None:
        event = _writer(whole, event, np.abs(written - right) > bound)
    number = float(written[at]) if verdict == RIGHT else np.nan
    if right is not None and verdict != RIGHT:
        number = float(right[at]) if right.shape == written.shape else float(right.flat[0])
    row = Row(
        *(one.name, verdict, float(written[at]), number, bound, None, why, mistake),
        follows=tuple(one.follows),
        shape=event.shape,
        where=where,
        of=_of(whole, one),
    )
    return written_at(row, event.statement.file, event.statement.line)


def _writer(whole: Examined, event: Event, wrong: np.ndarray) -> Event:
    """The last that wrote a wrong entry of what an update moves in several parts."""
    events = whole.points[0].trace.events
    at: Event | None = events[event.index]
    while at is not None and at.old is not None and at.old.shape == at.shape == wrong.shape:
        changed = np.array([x is not y for x, y in zip(at.old.flat, at.value.flat)])
        if changed[wrong.ravel()].any():
            return at
        old = at.old
        at = next((e for e in reversed(events[: at.index]) if _same(e.value, old)), None)
    return event


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and all(x is y for x, y in zip(one.flat, other.flat))


def _spoilt_by(whole: Examined, one: Found) -> list[Found]:
    """What is wrong that something is computed from."""
    leaves, inner = reachable(*[x for x in one.event.value.flat if isinstance(x, Value)])
    nodes = {*leaves, *inner}
    wrong = [f for f in whole.found if f.blamed and f is not one and not f.update]
    return [f for f in wrong if not nodes.isdisjoint(f.event.value.flat)]


def _slip(whole: Examined) -> str:
    """What is wrong in the text itself of the statements that were run."""
    reads = dict.fromkeys(whole.points[0].trace.reads)
    return slip((statement.line, statement.node) for statement in reads)


def _used(whole: Examined) -> set[Value]:
    """The nodes of the gradients that are right, and of what they are computed from."""
    right = [f for f in whole.found if f.match and not (f.blamed or f.follows)]
    known = [one.event.value.flat for one in right]
    leaves, inner = reachable(*(x for values in known for x in values if isinstance(x, Value)))
    return {*leaves, *inner}


def _written(whole: Examined, one: Found) -> np.ndarray:
    if one.update:
        return moved(whole.points[0], one.event.index)
    return one.event.numbers


def _where(written: np.ndarray, right: np.ndarray | None) -> tuple[tuple[int, ...], float]:
    """Where the two are farthest apart, and how far rounding can take them."""
    if right is None or right.shape != written.shape:
        return tuple(0 for _ in written.shape), 0.0
    apart = np.abs(written - right)
    at = np.unravel_index(int(apart.argmax()), apart.shape) if apart.size else ()
    return tuple(int(i) for i in at), float(1e-9 * np.abs(right).max(initial=0.0))


def _in_words(written: np.ndarray, right: np.ndarray) -> str:
    """Which entries are wrong."""
    if right.shape != written.shape:
        words = "its shape is {written}, not {right}"
        return say(words, written=str(written.shape), right=str(right.shape))
    wrong = np.abs(written - right) > 1e-9 * np.abs(right).max(initial=1e-300)
    if not (n := int(wrong.sum())):
        return ""
    if not wrong.ndim or wrong.all():
        return say("all {n} entries are wrong", n=wrong.size) if wrong.size > 1 else ""
    if wrong.ndim == 2:
        for axis, (one, several) in enumerate(LINES):
            bad = np.flatnonzero(wrong.any(axis=1 - axis))
            if len(bad) < wrong.shape[axis] and wrong.take(bad, axis=axis).all():
                return say(several if len(bad) > 1 else one, which=listed(map(str, bad)))
    if wrong.ndim == 1 and n <= FEW:
        one, several = "entry {which} is wrong", "entries {which} are wrong"
        return say(one if n == 1 else several, which=listed(map(str, np.flatnonzero(wrong))))
    words = "{n} of {size} entries is wrong" if n == 1 else "{n} of {size} entries are wrong"
    return say(words, n=n, size=wrong.size)


FEW = 3  # entries that are told one by one
LINES = (
    ("row {which} is wrong", "rows {which} are wrong"),
    ("column {which} is wrong", "columns {which} are wrong"),
)


def _of(whole: Examined, one: Found) -> str:
    if one.match is None:
        return ""
    forward = whole.points[0].forward[one.match.index]
    of = f"dL/d{forward.name}"
    if not forward.name:
        of = say("the gradient of L by a step without a name")
    elif forward.name.startswith(RETURNED):
        of = say("the gradient of L by {step}", step=_called(forward.name))
    if abs(one.match.constant - 1.0) > 1e-7:
        of = say("{times:.6g} times {of}", times=one.match.constant, of=of)
    return say("{of}, transposed", of=of) if one.match.transposed else of


RETURNED = "return "  # of what has no name but that a function returns it


def _called(name: str) -> str:
    """A step of the forward pass in words."""
    code = name.removeprefix(RETURNED)
    return name if code == name else say("what {code} gives", code=code)


def _mistake(whole: Examined, one: Found, written: np.ndarray, right: np.ndarray) -> str:
    match = one.match
    if match is not None and match.index in one.by and not match.transposed:
        factor = _factor(match.constant / one.constant, whole, one.update)
        if DIVIDED.partition("{")[0] in factor and "mean(" in ast.unparse(one.event.statement.node):
            return say("averages where it should sum: {factor}", factor=factor)
        return factor
    if match is not None and match.index in one.by and match.transposed:
        return say("is transposed")
    if (ratio := _ratio_where_wrong(whole, one)) is not None:
        return _factor(ratio, whole, one.update)
    if _kept_last(whole, one, right):
        return say("keeps only the last round of the loop: = where += belongs")
    if one.by or one.local:
        count = 2 if len(whole.points) == len(SEEDS) and not whole.put else 1
        rights = [x for k in range(count) if (x := _right_number(whole, one, k)) is not None]
        several = _written_by(whole, one)
        for events in (several, several[-1:])[: len(several)]:
            if words := by_edit(whole, events, rights, SEEDS, partial(mends, whole, one)):
                return words
    if match is not None and match.index not in one.by:
        forward = whole.points[0].forward
        meant = forward[one.by[0]].name if one.by else ""
        is_of = forward[match.index].name
        both = {"of": _called(is_of), "meant": _called(meant)}
        words = say("is the gradient by {of}, not by {meant}", **both)
        return words if is_of and meant else ""
    return ""


def _ratio_where_wrong(whole: Examined, one: Found) -> float | None:
    """How many times what is right was written, where only some entries are wrong."""
    ratios: list[float] = []
    for k, point in enumerate(whole.points):
        written = moved(point, one.event.index) if one.update else None
        written = point.events[one.event.index].numbers if written is None else written
        right = whole.right_of(one, k)
        if right is None or right.shape != written.shape:
            return None
        wrong = np.abs(written - right) > 1e-9 * np.abs(right).max(initial=0.0)
        if wrong.all() or not wrong.any() or not right[wrong].all():
            return None
        ratios += list(written[wrong] / right[wrong])
    same = ratios and np.ptp(ratios) <= 1e-7 * np.abs(ratios).max()
    return float(ratios[0]) if same and ratios[0] else None


def _written_by(whole: Examined, one: Found) -> list[Event]:
    """The events that wrote it: an update is made by its own line alone."""
    return [one.event] if one.update else chain(one.event, whole.points[0])


def _right_number(whole: Examined, one: Found, point: int) -> np.ndarray | None:
    """What is right where something was written: of an update the parameter after it."""
    right = whole.right_of(one, point)
    if not one.update or right is None:
        return right
    _, old = whole.points[point].updates[one.event.index]
    after: np.ndarray = numbers_of(old.nodes) - right
    return after


def _kept_last(whole: Examined, one: Found, right: np.ndarray) -> bool:
    """Whether all rounds of a loop together are right, of which each overwrote the one before."""
    same = [
        e.numbers
        for e in whole.points[0].trace.events
        if e.statement is one.event.statement and e.name == one.event.name and not e.goes_on
    ]
    if len(same) < 2 or any(x.shape != right.shape for x in same):
        return False
    return bool(np.abs(sum(same) - right).max() <= 1e-9 * np.abs(right).max())


DIVIDED = "divided by {n:g}, the number of samples, once too often"


def _factor(ratio: float, whole: Examined, update: bool) -> str:
    """A constant too many or missing, in words; a number of the data is called by what it is."""
    sign = say("moves up the gradient, not down" if update else "the sign is wrong")
    sign = sign if ratio < 0 else ""
    size = float(f"{abs(ratio):.6g}")
    if size == 1.0:
        return sign
    rows = whole.batches()
    inverse = float(f"{abs(1 / ratio):.6g}")
    if update:
        factor = say("moves at {size:g} times the rate of the others", size=size)
    elif size in rows:
        factor = say("a factor 1/{n:g} is missing: the mean over the {n:g} samples", n=size)
    elif inverse in rows:
        factor = say(DIVIDED, n=inverse)
    elif inverse == round(inverse) and size < 1:
        factor = say("a factor {size:g} is missing", size=inverse)
    else:
        factor = say("a factor {size:g} too much", size=size)
    return listed((sign, factor), " and ")


def _decay(whole: Examined) -> str:
    """What is pulled to 0 besides, by a penalty that L has not."""
    by_name = {
        whole.points[0].forward[f.match.index].name
        for f in whole.found
        if f.match and f.match.decays
    }
    words = "Weight decay: {names} is pulled to 0 besides, by a penalty that L has not."
    return say(words, names=listed(sorted(by_name))) if by_name else ""


def _convention(whole: Examined) -> str:
    """What all gradients have in common, and no mistake is."""
    if abs(whole.constant - 1.0) <= 1e-7:
        return ""
    words = "All derivatives are {n:.6g} times those of L, which is a convention and no mistake."
    return say(words, n=whole.constant)

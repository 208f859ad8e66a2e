"""Check the backward pass of a layer against its forward pass.

Both run once on the tape. Returned gradients are paired with the arguments by position, gradients
kept in attributes with the parameters by name, before any value is looked at. Each is compared with
the gradient of sum(out * dout) at other numbers, with a random dout; then again at another shape.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.points import Point, is_symmetric, sets_of_points, without_guards
from microgradnet.checking.finding.proportions import is_equal
from microgradnet.checking.finding.unseen import copied
from microgradnet.checking.finding.upstream import NAMED, PULLED, Loss
from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.judging.judgement import is_meant, judged, settle, sizes
from microgradnet.checking.judging.recognising import named_gradients
from microgradnet.checking.judging.runs import Claim, Runs
from microgradnet.checking.mending.edit_parts import is_place
from microgradnet.checking.mending.sites import only_reads
from microgradnet.checking.passes import other_shapes
from microgradnet.checking.passes.both_calls import Passes, Seen, Unfit, is_ours
from microgradnet.checking.passes.functions import of_library, surrounding
from microgradnet.checking.passes.other_shapes import fits, others
from microgradnet.checking.passes.pairing import Number, Pairs, is_called, kept, last
from microgradnet.checking.reporting.report import (
    NOT_CHECKED,
    ORDER,
    RIGHT,
    SCALED,
    WRONG,
    Report,
    Row,
)
from microgradnet.checking.reporting.reporter import Reporter
from microgradnet.checking.reporting.sketching import sketched
from microgradnet.checking.reporting.wording import name_of
from microgradnet.tape.entry import Entry
from microgradnet.tape.library_calls import DerivedError
from microgradnet.tape.limits import muted, seeded
from microgradnet.tape.recording import Recording, own_definition, repeatable, tree_of
from microgradnet.tape.replay import ancestors, replayed
from microgradnet.tape.tape import Tape
from microgradnet.tape.trees import names_in
from microgradnet.words import listed, say, told

PARAMETERS = {"params", "parameters", "weights", "biases"}  # lists and dicts of them
LARGEST = 60_000_000  # bytes of all values
LONG = 40  # the most letters of a row's name
SHAPES = 3  # other shapes that are tried
TINY = 1e-4  # a smaller number only keeps a divisor from 0


def check_backward(forward: Any, backward: Any = None, *example: Any) -> Report:
    """Check the backward pass of a layer against its forward pass.

    forward: a function of the example that returns its output and what backward needs; a method of
    a layer that keeps what backward needs; or the class of a layer, of which an object is made.
    backward: takes the gradient with respect to the output, and what forward returned. If forward
    is a class, this is the first argument of the example instead. The gradients are the returned
    values, in the order of the arguments, and those that the layer keeps. Integers, flags and None
    need no gradient. The loss is the sum of the output times a random dout.

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
        return _at_others(passes, report, mendings)


def of_pair(forward: Any, backward: Any, example: Sequence[Any], is_own: bool = True) -> Report:
    """Return the report of two passes of NumPy. is_own: whether the example is the person's own."""
    if isinstance(forward, type):
        example = [backward, *example]
        made = other_shapes.made_to_fit(forward, example)
        if made is None:
            return _untold(say("no object of {name} could be made", name=forward.__name__))
        forward, backward = made
    passes = Passes(forward, backward, example, is_own=is_own)
    mendings = dict[int, set[str]]()
    report, ran = _report(passes, mendings)
    if not ran and any(map(_is_whole, example)):
        passes = Passes(forward, backward, [_as_float(x) for x in example], is_own=is_own)
        report, ran = _report(passes, mendings)
    if not report and ran and _has_default(passes):
        other, ran_too = _report(Passes(forward, backward, example, is_unit=True, is_own=is_own))
        if other and ran_too:
            note = say("right where dout is 1, as it is by itself: it is not multiplied")
            return replace(other, note=note)
    return _at_others(passes, report, mendings)


def _at_others(passes: Passes, report: Report, mendings: dict[int, set[str]]) -> Report:
    """Return the report, or that at another example where that shows more."""
    if report:
        return _at_other_shapes(passes, report)
    return _at_unlike_sizes(passes, report, mendings) if mendings else report


def _is_whole(x: Any) -> bool:
    """Whether an argument is an integer, or an array or a range of integers."""
    return type(x) in (int, range) or (isinstance(x, np.ndarray) and x.dtype.kind in "iu")


def _as_float(x: Any) -> Any:
    """Return integers as floats, and any other argument as it is."""
    if not _is_whole(x):
        return x
    return float(x) if type(x) is int else np.asarray(x, dtype=float)


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
    try:
        subject = passes.subject()
    except (OSError, TypeError) as error:
        return _untold(str(error)), False

    run = repeatable(subject)
    recording = run()
    seen = passes.seen
    if not seen.has_ended:
        return _untold(_reason(passes, recording)), False
    if not passes.is_own and (text := _uneven(recording.tape)):
        return _untold(say("{code} leaves a remainder at sizes that are made up", code=text)), False
    arrays = (e.value for e in recording.tape.entries if isinstance(e.value, np.ndarray))
    if sum(x.nbytes for x in arrays) > LARGEST:  # a replay for each point and edit has as many
        return _untold(say("it takes too many operations to be recorded")), False
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
        return say("it takes too many operations to be recorded")
    if isinstance(error, (Unfit, DerivedError)):
        return str(error)
    if error is not None and is_ours(error):
        raise error
    return say("{f} raises {error}", f=f.__name__, error=f"{type(error).__name__}: {error}")


def _untold(why: str) -> Report:
    return Report((Row("backward", NOT_CHECKED, 0.0, 0.0, 0.0, None, why),), loss=PULLED)


class Judge:
    """Compares the gradients of a backward pass with those of its forward pass."""

    def __init__(self, passes: Passes, reporter: Reporter, seen: Seen) -> None:
        self.passes, self.reporter, self.seen = passes, reporter, seen
        self.tape = reporter.tape
        self.entries = self.tape.entries
        assert seen.loss is not None
        self.loss = Loss(PULLED, seen.loss, votes=1, prior=NAMED, place=seen.place)
        self.scale = 1.0  # how many times the gradient the moves are
        known = [*(several[0] for several in seen.held), *seen.given]
        self.by = {n.number: n for n in known if n.number is not None}
        reporter.unseen.update(copied(self.entries, {*self.by, *seen.above}))

    def report(self) -> Report:
        """Return the report."""
        pairs = self.passes.pairs()
        behind = ancestors(self.entries, [self.loss.number or 0])
        behind -= {a.number for a in self.seen.given}  # a cache of an earlier run holds it
        held = kept(self.seen.slots, self.seen.held)
        held = [(g, a) for g, a in held if not a.is_replaced or a.number in behind]
        step = self.judged_step([*pairs.found, *held])
        if step is not None and step.off:  # a gradient by hand leaves the guards out
            bare = without_guards(self.entries[: self.loss.number])
            other = self.judged_step([*pairs.found, *held], bare) if bare else None
            step = other if other is not None and len(other.off) < len(step.off) else step
        if step is None:
            return _untold(say("the output does not depend on what is given, or it is not finite"))
        self.step: Step = step
        self.seen.notes += differenced(self.tape.entries, step.forward)
        symmetric = [a.name for a in self.by.values() if is_symmetric(a.value)]
        kept_so = "{name} stays symmetric, as in the example"
        self.seen.notes += [say(kept_so, name=name) for name in symmetric]
        have = [a for _, a in [*pairs.found, *held]]
        rows = self.rows() + self.rows_of_twin() + self.rows_of_rest(pairs, have)
        if not rows:
            return _untold(say("no gradient is returned or kept"))
        rows = sorted(rows, key=lambda r: ORDER.index(r.verdict))
        sketch = sketched(self.tape, step, rows)
        return Report(tuple(rows), "; ".join(self.seen.notes), loss=PULLED, sketch=sketch)

    def judged_step(
        self, pairs: Sequence[tuple[Number, Number]], fixed: Point | None = None
    ) -> Step | None:
        """Return the step with its claims judged; None if the loss depends on no argument.

        fixed: entries that have other numbers than the code's.
        """
        points = [p | (fixed or {}) for p in self.points()]
        if not points:
            return None
        values = [replayed(self.entries, p) for p in points]
        runs = Runs(self.entries, self.loss, values, points[0].keys())
        found = runs.by_loss[0]
        if all(n >= len(found) or found[n] is None for n in self.by):
            return None
        claims = [c for c in (self.claim(*pair) for pair in pairs) if c is not None]
        claims += self.moved(runs)
        forward = ancestors(self.entries, [self.loss.number or 0])
        judgement = judged(claims, runs)
        settle(judgement, runs, set())
        rate, factor = self.seen.rate, judgement.factors["move"]
        if rate is not None and factor is not None:
            if is_meant(-factor / rate, sizes(runs.entries), True):
                self.scale = -factor / rate
            else:
                judgement.factors["move"] = -rate
        step = Step(0, self.loss, runs, judgement, forward, points)
        if step.off:
            said = named_gradients(self.tape, runs, forward, set(self.seen.above))
            step.proven, step.doubtful = said
        return step

    def points(self) -> list[Point]:
        """Return the points at which the loss is finite."""
        # An upstream gradient of 0 is that of a flat output.
        above = [n for n in self.seen.above if np.any(self.entries[n].value)]
        fixed = {n.number for n in self.seen.given if n.is_default and not n.is_array}
        tiny = {
            n
            for n in self.by
            if not self.entries[n].shape and 0 < abs(self.entries[n].value) < TINY
        }
        given = [n for n in [*self.by, *above] if n not in fixed | tiny]
        found = list(sets_of_points(self.tape, [], len(self.entries), given, is_all=True))
        known = [(n, np.asarray(self.entries[n].value)) for n in given]
        off = {  # no rectifier has a derivative at 0
            n: np.where(x == 0, 0.01, x)
            for n, x in known
            if x.ndim and np.any(x % 1) and np.any(x == 0)
        }
        points = [p for several in found[:1] for p in several]
        points += [{**off, **p} for s in found[1:] for p in s[:1]]
        values = [replayed(self.entries[: (self.loss.number or 0) + 1], p) for p in points]
        return [p for p, v in zip(points, values) if v[-1] is not None and np.isfinite(v[-1]).all()]

    def claim(self, gradient: Number, by: Number) -> Claim | None:
        """Return the claim of a gradient; None if the gradient or its argument is no entry."""
        if gradient.number is None or by.number is None or gradient.place is None:
            return None
        text = gradient.text if _is_name(gradient.text) else f"return {gradient.text}"
        is_of_another = any(is_called(text, a) for a in self.seen.given) and not is_called(text, by)
        if not gradient.text or len(text) > LONG or is_of_another:
            text = f"d{by.name.removeprefix('self.')}"
        return Claim("returned", text, gradient.number, by.number, gradient.place)

    def moved(self, runs: Runs) -> list[Claim]:
        """Return the claims of the parameters that the backward pass itself updates."""
        found = []
        paths = {p.path: several[0] for several in self.seen.held for p in several}
        for slot in self.seen.slots:
            old = paths.get(slot.path)
            if old is None or old.number is None or slot.number is None or slot.place is None:
                continue
            g = runs.right(Claim("move", "", slot.number, old.number, slot.place), 0)
            if np.any(g) and vocabulary.is_weight(last(old.path)):
                found.append(Claim("move", old.name, slot.number, old.number, slot.place))
        return found

    # Rows.

    def rows(self) -> list[Row]:
        """Return the rows of the claims."""
        step = self.step
        rows = [self.without_return(r) for r in self.reporter.of_step(step)]
        if not is_equal(self.scale, 1.0):
            moves = {name_of(c) for c in step.judgement.claims if c.kind == "move"}
            why = say("{scale:g} times the gradient, by the rate", scale=self.scale)
            rows = [
                replace(r, verdict=SCALED, why=why) if r.name in moves and r.verdict == RIGHT else r
                for r in rows
            ]
        return rows

    def without_return(self, row: Row) -> Row:
        """Return the row without the line that only returns names among its alternatives."""
        place = self.seen.place
        value = getattr(place and place.statement, "value", None)
        if place is None or not isinstance(value, ast.Tuple) or not only_reads(place.statement):
            return row
        return replace(row, alternatives=tuple(n for n in row.alternatives if n != place.line))

    def rows_of_rest(self, pairs: Pairs, have: Sequence[Number]) -> list[Row]:
        """Return rows for gradients that are missing, None, no number, or of no known argument."""
        place = self.seen.place
        rows = [self.told("backward", WRONG, why, place) for why in pairs.faults]
        for r, a in pairs.found:
            if r.value is None and self.is_felt(a):
                if _is_mask_or_target(a) or not (a.is_array and vocabulary.is_weight(a.name)):
                    self.seen.notes.append(say("None is returned for {name}", name=a.name))
                    continue
                why = say("None is returned, though the output depends on {name}", name=a.name)
                rows.append(self.told(f"d{a.name}", NOT_CHECKED, why, place))
            elif r.value is not None and r.number is None and self.is_felt(a):
                rows.append(self.told(f"d{a.name}", WRONG, say("it is no number"), place))
        for a in pairs.missing:
            is_weight = vocabulary.is_weight(a.name)
            if (is_weight or vocabulary.is_input(a.name)) and self.is_felt(a):
                why = say("no gradient by {name} is returned", name=a.name)
                if is_weight or not have:
                    is_sure = not have or any(vocabulary.is_weight(h.name) for h in have)
                    is_sure &= bool(self.seen.returned) or self.passes.owner is None  # no layer
                    verdict = WRONG if is_sure else NOT_CHECKED
                    rows.append(self.told(f"d{a.name}", verdict, why, place))
                else:  # a whole net needs none
                    self.seen.notes.append(why)
        for r in pairs.more:
            why = say("it cannot be told of what it is the gradient")
            rows.append(self.told(r.text or r.name, NOT_CHECKED, why, place))
        known = {c.bys[0] for c in self.step.judgement.claims} | {h.number for h in have}
        owner = self.passes.owner
        given = {} if owner is None else inspect.signature(type(owner)).parameters
        for several in self.seen.held:
            a = several[0]
            is_constant = not a.is_array and last(a.path) in given  # Loss(gamma=2.0)
            is_needed = (
                not is_constant
                and any(
                    vocabulary.is_weight(last(p.path))
                    or vocabulary.is_weight(last(p.path).rpartition("_")[2])  # layer_W
                    or vocabulary.spelled(p.path[1][1:]) in PARAMETERS
                    for p in several
                )
            )
            if is_needed and self.is_felt(a) and a.number not in known:
                why = say("no gradient by {name} is found", name=a.name)
                rows.append(self.told(f"d{a.name}", NOT_CHECKED, why, place))
        return rows

    def rows_of_twin(self) -> list[Row]:
        """Return a row if another forward pass computes something else."""
        twin, runs = self.seen.twin, self.step.runs
        pairs = [] if twin is None else [(v[self.loss.number or 0], v[twin]) for v in runs.values]
        if all(np.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in pairs):
            return []
        why = say("its forward rule does not return what the function returns")
        place = None if twin is None else self.entries[twin].place
        returns = [p for p, _ in self.tape.returns if p.function != self.passes.backward.__name__]
        return [self.told("forward", WRONG, why, returns[-1] if returns else place)]

    def told(self, name: str, verdict: str, why: str, place: Any) -> Row:
        """Return a row that has a reason and no numbers."""
        return self.reporter.placed(Row(name, verdict, 0.0, 0.0, 0.0, why=why), place)

    def is_felt(self, a: Number) -> bool:
        """Whether the gradient of the loss by a number is not 0 at some point."""
        if a.number is None:
            return False
        found = [g[a.number] if a.number < len(g) else None for g in self.step.runs.by_loss]
        return any(g is not None and np.any(g) for g in found)


def differenced(entries: Sequence[Entry], forward: set[int]) -> list[str]:
    """Return a note for each function of a forward pass that is differentiated by differences."""
    rows = {e.operation for e in map(entries.__getitem__, forward) if e.operation and e.kind == "f"}
    names = sorted({row.name for row in rows if row.is_opaque})
    words = "the derivative of {name} is taken by differences: tape.operation can give it"
    return [say(words, name=name) for name in names]


def _is_mask_or_target(a: Number) -> bool:
    """Whether an argument is a mask, of 0 and one other number, or is named as a target."""
    values = np.unique(a.value)
    is_mask = np.ndim(a.value) > 0 and values.size == 2 and 0 in values
    return is_mask or vocabulary.plain(a.name) in (*vocabulary.TARGET, "targets", "labels")


def _is_name(text: str) -> bool:
    """Whether a text is a name, or an attribute or entry of one."""
    node = ast.parse(text).body[0] if text else None
    inner = node.value if isinstance(node, ast.Expr) else None
    return isinstance(inner, (ast.Name, ast.Attribute, ast.Subscript))


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
    if not ran or not _is_wrong(found) or not _has_shapes(other):
        return None, mendings
    return found, {line: known.get(line, set()) & texts for line, texts in mendings.items()}


def _is_wrong(report: Report) -> bool:
    return any(row.verdict == WRONG for row in report.rows)


def _has_shapes(passes: Passes) -> bool:
    """Whether each gradient has the size of its argument; else the example means nothing."""
    pairs = ((r.value, a.value) for r, a in passes.pairs().found)
    return all(x is None or np.size(x) == np.size(y) for x, y in pairs)


def _is_wrong_twice(passes: Passes, example: Sequence[Any]) -> bool:
    """Whether a gradient is wrong at a multiple of the sizes, too: others may not be allowed."""
    twice = other_shapes.doubled(passes.example, example)
    is_same = all(x is y for x, y in zip(twice, passes.example))
    return is_same or (fits(passes, twice) and _is_wrong(_report(passes.again(twice))[0]))


def _at_other_shapes(passes: Passes, report: Report) -> Report:
    """Return the report, or the report at another shape or index where a gradient is wrong."""
    tried = 0
    for several in others(passes.example):
        example = next((e for e in several if fits(passes, e)), None)
        if example is None or tried == SHAPES:
            continue
        found, ran = _report(other := passes.again(example))
        tried += ran
        if ran and _is_wrong(found) and _has_shapes(other) and _is_wrong_twice(passes, example):
            right, wrong = (other_shapes.shapes_of(e) for e in (passes.example, example))
            note = say("right at {right}, wrong at {wrong}", right=right, wrong=wrong)
            if right == wrong:
                note = say("right at indices that are all different, wrong where one is repeated")
            return replace(found, note=listed((note, found.note), "; "))
    notes = [report.note] if report.note else []
    for make, words, convicts in other_shapes.LAYOUTS:
        example = make(passes)
        is_other = any(x is not y for x, y in zip(example, passes.example))
        if is_other and fits(passes, example):
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

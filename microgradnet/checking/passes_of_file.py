"""Find the forward and backward passes of a file, and check each pair of them.

They are pairs of functions, classes of layers, Functions of torch and custom_vjp functions. An
example of the arguments comes from a function of the file that makes one (`example()`), from a
call that the file itself makes, or from trying arrays of unequal sizes.
"""

from __future__ import annotations

import ast
import copy
import inspect
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from microgradnet.checking.finding.upstream import PULLED
from microgradnet.checking.finding.vocabulary import is_handed_down
from microgradnet.checking.passes.backward import TOO_MANY, is_wrong, of_pair, of_rule
from microgradnet.checking.passes.both_calls import Passes
from microgradnet.checking.passes.functions import of_library, surrounding
from microgradnet.checking.passes.given import put_back
from microgradnet.checking.passes.judge import ROUNDED
from microgradnet.checking.passes.other_shapes import (
    METHODS,
    are_alike,
    column,
    fits,
    made_to_fit,
)
from microgradnet.checking.passes.slopes import is_slope, takes_the_same
from microgradnet.checking.reporting.report import (
    FOLLOWS,
    NOT_CHECKED,
    PASSED,
    RIGHT,
    WRONG,
    Report,
    Row,
    unchecked,
    with_causes,
)
from microgradnet.checking.reporting.verdicts import agreed
from microgradnet.checking.scope import is_own
from microgradnet.tape import of_jax, tensors
from microgradnet.tape.feeding.by_name import (
    LOSSES,
    functions_of,
    is_backward,
    is_forward,
    is_gradient,
)
from microgradnet.tape.feeding.feeder import Fed
from microgradnet.tape.feeding.of_rules import fed_rule, of_tracers, surroundings
from microgradnet.tape.feeding.own_code import Code, Goal
from microgradnet.tape.tape import plain
from microgradnet.tape.trees import called_name
from microgradnet.words import listed, say

MAKERS = ["example", "examples", "example_inputs", "sample_inputs", "make_inputs", "get_inputs"]
MAKERS += ["inputs", "make_example", "get_example"]
LAYERS = ("make", "make_layer", "layer")  # functions that make the object of a layer
At = tuple[str, int]  # the name and line of a function
Arguments = Mapping[At, Mapping[str, Any]]
Calls = Sequence[tuple[Any, Sequence[Any]]]
Judged = Callable[[Fed], Report | None]
WITH_EXP = {"exp", "expit", "sigmoid", "softmax"}
NO_EXAMPLE = "no arguments fit {name}: write a function example() that returns some"
OF_ACTIVATION = "it may be the derivative by what an activation before the loss takes"
HANDED_ON = "hands on its gradient as it is: only right if the loss has this layer's derivative"


def rules_of(names: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """Return the rules that a file defines, by name; name: the wanted one, "" for all."""
    torch, jax = tensors.torch(), of_jax.jax()
    found = {}
    for k, x in names.items():
        is_kind = torch is not None and isinstance(x, type)
        is_function = is_kind and issubclass(x, torch.autograd.Function) and is_own(x)
        if is_function or (jax is not None and isinstance(x, jax.custom_vjp) and is_own(x.fun)):
            found[k] = x
    return {k: x for k, x in found.items() if name in ("", k)}


def report_on(rules: Mapping[str, Any], code: Code, calls: Calls) -> Report:
    """Return the report of all rules of a file; calls: those that the file made of them."""
    reports = [_report(k, rule, code, calls) for k, rule in rules.items()]
    rows = tuple(row for report in reports for row in report.rows)
    notes = dict.fromkeys(report.note for report in reports if report.note)
    return replace(reports[0], rows=rows, note=listed(notes, "; "))


def _report(name: str, rule: Any, code: Code, calls: Calls) -> Report:
    for example in [*_made(code.namespace), *(args for made, args in calls if made is rule)]:
        drawn = of_tracers(example)
        if drawn is not None and _fits(rule, drawn):
            return _checked(rule, drawn)
    if (found := _fed(rule, code)) is not None:
        return found
    why = say(NO_EXAMPLE, name=name)
    return Report((Row(name, NOT_CHECKED, 0.0, 0.0, 0.0, None, why),), loss=PULLED)


def of_made_up(rows: Sequence[Row], fed: Fed) -> list[Row]:
    """Return rows, as not checked if their verdicts may come from the made-up arguments.

    The shape of a gradient may not fit: then none is wrong. A right one may lack a factor that is
    1. Without a mistake in words, the arguments may be none that the code is meant for.
    """
    is_off = any(r.verdict == WRONG and math.isnan(r.written) for r in rows)
    is_near = not fed.is_square and any(row.verdict == RIGHT and row.shape for row in rows)
    doubts = [_doubt(r, listed(fed.ones), is_off or not fed.is_as_named, is_near) for r in rows]
    return with_causes([unchecked(row, why) if why else row for row, why in zip(rows, doubts)])


def _doubt(row: Row, ones: str, is_unfit: bool, is_near: bool) -> str:
    """Return the reason why a verdict may come from the arguments; "" if it does not.

    ones: the whole numbers that had to be 1; is_unfit: whether the shape of some gradient is off;
    is_near: whether the arguments give another gradient that is right.
    """
    is_bare = row.verdict == WRONG and not row.mistake
    if (is_unfit and row.verdict in (WRONG, FOLLOWS)) or (is_bare and not row.written):
        return say("its shape does not fit what was made up")
    if is_bare and not is_near:
        return say("wrong at made-up arguments: call it with some that it is meant for")
    words = "it runs only with {ones} = 1, or equal, where a mistake would not show"
    return say(words, ones=ones) if ones and row.verdict in PASSED else ""


def _confirmed(fed: Fed, report: Report, judged: Judged) -> Report | None:
    """Return a report at made-up calls, held against one at other sizes; None without that."""
    other = None if (again := fed.elsewhere()) is None else judged(again)
    if other is None:
        return None
    return replace(report, rows=tuple(agreed(of_made_up(report.rows, fed), other.rows)))


def at_numbers(fed: Fed, judged: Judged) -> tuple[Fed, Report | None]:
    """Return made-up calls with their report; those with a number for an array, if more is right.

    A gradient that is a sum is wrong for an array, where a number may be meant.
    """
    report = judged(fed)
    if report is None or all(row.verdict != WRONG for row in report.rows):
        return fed, report
    for other in fed.with_numbers():
        found = judged(other)
        if found is not None and len(found.rows) >= len(report.rows):
            before, now = map(_rank, (report, found))
            fed, report = (other, found) if now > before else (fed, report)
    return fed, report


def _rank(report: Report) -> tuple[int, int]:
    return sum(r.verdict in PASSED for r in report.rows), sum(r.line > 0 for r in report.rows)


def _fed(rule: Any, code: Code) -> Report | None:
    """Return the report at made-up arguments that both passes take; None without any."""

    def judged(fed: Fed) -> Report | None:
        example = list(fed.calls[0].arguments.values())
        return _checked(rule, example) if _fits(rule, example) else None

    with surroundings(rule):
        if (made := fed_rule(rule, code.namespace, code.source)) is None:
            return None
        fed, first = at_numbers(made, judged)
        found = None if first is None else _confirmed(fed, first, judged)
    if found is None or all(r.verdict == NOT_CHECKED for r in found.rows):
        return None
    said = say("Made up: {calls}", calls=str(fed.calls[0]).replace("_forward(", "(", 1))
    return replace(found, note=listed(filter(None, (said, found.note)), "; "))


@dataclass
class Pair:
    """A forward and a backward pass. name: of the function or method that derives; lines: its own.

    kind: the class of a layer, whose methods they are; at: the name and line of the forward pass,
    and of the constructor of the layer; has_exp: whether the forward pass computes an exponential,
    as sigmoid and softmax do; is_sure: whether it takes an upstream gradient by name, where another
    argument may be the error of a net; reason: why no example tells anything of it.
    """

    name: str
    forward: Any
    backward: Any
    kind: type | None
    lines: range
    at: tuple[At, At]
    has_exp: bool
    is_sure: bool = True
    reason: str = ""

    def report(self, names: Mapping[str, Any], called: Arguments) -> Report | None:
        """Return the report at an example that the file makes; None without one that fits.

        called: the arguments of the file's own calls, by name and line of the function.
        """
        traced = of_jax.jax().core.Tracer if of_jax.jax() is not None else ()  # no numbers
        several = (called.get(at, {}).items() for at in self.at)
        known = [{k: x for k, x in one if not isinstance(x, traced)} for one in several]
        own, new = plain(copy.deepcopy(known))
        taken = (k for k in inspect.signature(self.forward).parameters if k != "self")
        given = [own[k] for k in itertools.takewhile(own.__contains__, taken)]
        for example in (*_made(names), *([given] if given else ())):
            passes = self._of_example(names, example, new)
            report = None if passes is None else self.judged(passes, example)
            if report is not None:
                return report
        return None

    def _of_example(
        self, names: Mapping[str, Any], example: Sequence[Any], new: Mapping[str, Any]
    ) -> Any:
        """Return the passes that take an example, of an object if they are methods.

        new: the arguments of the layer's constructor in the file's own call; empty without one.
        """
        both: Any = (self.forward, self.backward)
        if self.kind is not None:
            makers = [f for f in map(names.get, LAYERS) if inspect.isfunction(f) and is_own(f)]
            made = next((x for x in (f() for f in makers) if isinstance(x, self.kind)), None)
            made = self.kind(**new) if made is None and new else made
            both = made_to_fit(self.kind, example) if made is None else self.of(made)
        try:
            is_fit = both is not None and fits(Passes(both[0], both[1], example), example)
        except TypeError:  # more or fewer arguments
            return None
        return both if is_fit else None

    def judged(
        self, both: tuple[Any, Any], example: Sequence[Any], is_own: bool = True, only: bool = False
    ) -> Report | None:
        """Return the report of the passes at an example, or only there; None if it tells nothing.

        A gradient that is handed on as it is may have the slope already: sigmoid and softmax give
        a loss of logarithms a simple derivative.
        """
        try:
            report, why = of_pair(both[0], both[1], example, is_own, only), say(HANDED_ON)
        except MemoryError:
            self.reason = TOO_MANY
            return None
        names = inspect.signature(self.backward).parameters if self.has_exp else ()
        handed = {f"return {name}" for name in names}
        rows = [
            unchecked(r, why) if r.verdict == WRONG and _bare(r.code) in handed else r
            for r in report.rows
        ]
        is_told = any(row.verdict != NOT_CHECKED or row.why in (why, ROUNDED) for row in rows)
        self.reason = "" if is_told else rows[0].why
        return replace(report, rows=tuple(rows)) if is_told else None

    def of(self, made: object) -> tuple[Any, Any]:
        """Return the passes of an object."""
        return getattr(made, self.forward.__name__), getattr(made, self.backward.__name__)

    def made_up(self, fed: Fed) -> Report | None:
        """Return the report at made-up calls, held against one at other sizes; None if unfit."""
        fed, told = at_numbers(fed, self.fed)
        if told is None and self.reason == TOO_MANY:
            fed, told = at_numbers(fed.smaller(), self.fed)
        if told is None:
            return None
        self.reason = say("it does not run at other made-up sizes")  # `judged` sets another
        found = _confirmed(fed, told, partial(self.fed, only=True))
        if is_wrong(told) and found is not None and not is_wrong(found):  # wrong at others only
            found = _confirmed(fed, told, self.fed)
        is_pulled = found is not None and any(r.verdict == RIGHT and r.shape for r in found.rows)
        if found is not None and not (self.is_sure or found or is_pulled):
            takes = inspect.signature(self.backward).parameters.keys() - {"self"}
            words = "its argument may be an error, and no upstream gradient"
            self.reason = say(words if takes else OF_ACTIVATION)
            return None
        return found

    def fed(self, fed: Fed, only: bool = False) -> Report | None:
        """Return the report at the arguments of made-up calls, or only there; None if unfit."""
        *before, last = fed.calls
        owner = None if self.kind is None else self.kind.__name__
        wanted = ".".join(filter(None, (owner, self.forward.__name__)))
        ahead = next((c for c in before[::-1] if c.name == wanted), None)
        given = getattr(ahead, "arguments", None)
        if not last.arguments and ahead is not None and np.ndim(ahead.result) > 0:
            return None  # no loss, and no upstream gradient
        maker = next((c for c in before[::-1] if c.name == owner), None)
        made = None if maker is None else put_back(maker)
        if takes_the_same(self.forward, self.backward):
            given = given or last.arguments
        if not last.arguments and ahead is not None and np.ndim(ahead.result) > 0:
            return None  # no loss, and no upstream gradient
        maker = next((c for c in before[::-1] if c.name == owner), None)
        made = None if maker is None else put_back(maker)
        if takes_the_same(self.forward, self.backward):
            given = given or last.arguments
        both = (self.forward, self.backward) if made is None else self.of(made)
        if given is None or (self.kind is not None and made is None):
            return None
        example = [x for name, x in given.items() if name != "*"] + [*given.get("*", ())]
        report = self.judged(both, example, is_own=False, only=only)
        if report is None:
            return None
        if any(r.verdict == WRONG and r.mistake for r in report.rows) and are_alike(example):
            other = self.judged(both, [column(x) for x in example], is_own=False, only=only)
            if other is not None and all(r.verdict in PASSED for r in other.rows):
                report = replace(report, rows=tuple(map(_of_two_axes, report.rows)))
        return replace(report, note=listed(filter(None, (fed.ahead, report.note)), "; "))


def _of_two_axes(row: Row) -> Row:
    """Return a wrong row as not checked: the code may be meant for arrays of one axis."""
    why = say("right for arrays of one axis; for two: {mistake}", mistake=row.mistake)
    return unchecked(row, why) if row.verdict in (WRONG, FOLLOWS) else row


def _bare(code: str) -> str:
    """Return a line without its comment."""
    return code.partition("#")[0].rstrip()


def pairs_of(code: Code, name: str = "") -> list[Pair]:
    """Return the pairs of NumPy in a file; name: the wanted function or class, "" for all.

    A backward pass takes an upstream gradient first or last: one that takes targets has a loss.
    """
    found = []
    for goal in code.goals():
        taken = [k for k in inspect.signature(goal.function).parameters if k != "self"]
        is_wanted = name in ("", goal.name, goal.name.partition(".")[0])
        is_pulled = any(map(is_handed_down, (*taken[:1], *taken[-1:])))
        is_likely = goal.kind is not None and len(taken) == 1 and is_gradient(taken[0])
        is_likely &= any(n.value for n in code.ends(goal.function))
        forward = _forward_of(code, goal)
        if forward is None or not is_wanted:
            continue
        is_sure = is_pulled or is_slope(forward, goal.function)
        if is_sure or is_likely or not taken or takes_the_same(forward, goal.function):
            node, ahead = code.node(goal.function), code.node(forward)
            assert node is not None
            assert ahead is not None
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            several = [n for n in ast.walk(ahead) if isinstance(n, ast.Call)]
            has_exp = not {*map(called_name, several)}.isdisjoint(WITH_EXP)
            init = goal.kind and code.node(goal.kind.__init__)  # type: ignore[misc]
            at = (ahead.name, ahead.lineno), (init.name, init.lineno) if init else ("", 0)
            passes = goal.name, forward, goal.function
            found.append(Pair(*passes, goal.kind, lines, at, has_exp, is_sure))
    return found


def _forward_of(code: Code, goal: Goal) -> Any:
    """Return the forward pass that belongs to a backward pass; None without one."""
    if goal.kind is None:
        return next((code.functions[n] for n in code.partners(goal)), None)
    name, own = goal.name.rpartition(".")[2], code.methods(goal.kind)
    several = [*(f for f, b in METHODS if b == name), *functions_of(name)]
    own = {n: f for n, f in own.items() if n not in LOSSES or not code.is_of_model(f, own)}
    named = [n for n in own if is_forward(n)] if is_backward(name) else []
    several += named if len(named) == 1 else []  # in another language, or beside another word
    return next((own[f] for f in several if f in own), None)


def _checked(rule: Any, example: Sequence[Any]) -> Report:
    report = of_rule(rule, example)
    assert report is not None
    return report


def _made(names: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    """Yield the examples that functions of the file make."""
    for name in MAKERS:
        f = names.get(name)
        if not (inspect.isfunction(f) and is_own(f)):
            continue
        required = [p for p in inspect.signature(f).parameters.values() if p.default is p.empty]
        if not required:
            made = f()
            yield made if isinstance(made, (tuple, list)) else (made,)


def _fits(rule: Any, example: Sequence[Any]) -> bool:
    try:
        passes = of_library(rule, example)
    except TypeError:  # more or fewer arguments
        return False
    if passes is None:
        return False
    with surrounding(passes):
        return fits(passes, passes.example)

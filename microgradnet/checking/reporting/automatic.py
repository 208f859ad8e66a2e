"""Recognise derivatives that autograd or finite differences computed: they are not judged."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import replace
from types import ModuleType

import numpy as np

from microgradnet.checking.finding.vocabulary import derivative
from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.reporting.report import (
    CANNOT_TELL,
    NOT_CHECKED,
    Report,
    Row,
    without_numbers,
)
from microgradnet.checking.reporting.wording import stored_at
from microgradnet.tape.entry import Entry, Ref
from microgradnet.tape.recording import Recording
from microgradnet.tape.replay import ancestors
from microgradnet.words import say

PACKAGES = {"microgradnet", "torch", "jax", "autograd", "scipy"}
DERIVING = {"grad", "value_and_grad", "grad_and_value", "elementwise_grad", "derive", "differences"}
DERIVING |= {"jacobian", "hessian", "vjp", "jvp", "jacrev", "jacfwd", "approx_fprime", "derivative"}
SMALL = 0.1  # the largest shift of a parameter for a difference; a larger number is a formula's
COPYING = ("same", "copy", "array", "float", "astype", "getitem", "take", "reshape", "ravel")


class Automatic:
    """The values of a run that autograd, sympy or finite differences computed."""

    def __init__(self, recording: Recording) -> None:
        self.trees, self.entries = recording.trees, recording.tape.entries
        self.known = {(id(recording.tape.places[0]), False): ""}  # by place; [0] has the arguments
        self.nodes = [(file, n) for file, t in recording.trees.items() for n in ast.walk(t)]
        names = recording.names.items()
        self.imported = {k: x.__name__ for k, x in names if isinstance(x, ModuleType)}
        for k, x in names:
            if callable(x) and str(getattr(x, "__module__", "")).partition(".")[0] in PACKAGES:
                self.imported[k] = f"{x.__module__}.{getattr(x, '__name__', k)}"
        self.names = dict[str, str]()  # of deriving functions and their results, with the call
        for _, n in self.nodes:
            for a in n.names if isinstance(n, (ast.Import, ast.ImportFrom)) else ():
                path = ".".join(filter(None, (getattr(n, "module", ""), a.name)))
                self.imported[a.asname or a.name.partition(".")[0]] = path
        defined = {n.name for _, n in self.nodes if isinstance(n, ast.FunctionDef)}
        self.goes_backward = "backward" not in defined and any(_goes_back(n) for _, n in self.nodes)
        for _, n in self.nodes * 2:  # twice: a function may use a name assigned below it
            if isinstance(n, ast.Assign) and not isinstance(n.value, ast.BinOp):
                held = [x.id for t in n.targets for x in ast.walk(t) if isinstance(x, ast.Name)]
                self.names |= dict.fromkeys(held, how) if (how := self.called(n.value)) else {}

    def called(self, node: ast.AST) -> str:
        """Return the call in an expression that computes a derivative; "" where there is none."""
        for n in ast.walk(node):
            if isinstance(n, ast.Call):
                first, _, rest = ast.unparse(n.func).partition(".")
                path = self.imported.get(first, self.imported.get("*", "*")[:-1] + first)
                last = (rest or path).rpartition(".")[2]
                if path.partition(".")[0] in PACKAGES and last in DERIVING:
                    return ast.unparse(n.func)
                if last == "diff" and "sympy" in "".join(self.imported.values()):
                    return "sympy's diff"
            if isinstance(n, ast.Name) and n.id in self.names:
                return self.names[n.id]
            if self.goes_backward and (getattr(n, "attr", "") == "grad" or _goes_back(n)):
                return "backward()"
        return ""

    def of(self, number: int, drawn: Collection[int], own: Collection[int] = ()) -> str:
        """Return the call that an entry was computed by; "" if it was derived by hand.

        The search stops at `drawn` entries and at `own`, the entries that the claim starts from.
        """
        found, seen, todo = "", set(own), [number]
        for n in todo:  # the loop appends to it
            if n not in seen:
                seen.add(n)
                how, entry = self.made(self.entries[n]), self.entries[n]
                if not how and n in drawn and not (self._is_small(Ref(n)) and not entry.shape):
                    return ""  # a small number may be a step or a rate
                found, row = found or how, entry.operation
                todo += () if how or (row and row.is_flat) else entry.operands  # zeros like W
        return found

    def made(self, entry: Entry) -> str:
        """Return the deriving call behind a difference or an opaque entry; "" for other entries."""
        row, place = entry.operation, entry.place
        is_difference = row is not None and row.name == "subtract" and len(entry.operands) == 2
        if not is_difference and row is not None and not row.is_opaque:
            return ""
        at, is_code = (id(place), is_difference), isinstance(place.node, (ast.expr, ast.AugAssign))
        if at not in self.known:
            called = self.called(place.node) if is_code and not place.kind else ""
            self.known[at] = self._difference(entry) if is_difference else called
        return self.known[at]

    def _difference(self, entry: Entry) -> str:
        a, b = [self.entries[self._origin(n)] for n in entry.operands]
        if a.number == b.number or a.place is not b.place or a.is_source:
            return ""
        above, below = ancestors(self.entries, [a.number]), ancestors(self.entries, [b.number])
        if not any(self._is_shift(self.entries[n], above & below) for n in above ^ below):
            return ""
        return say("finite differences of {name}", name=a.place.function or a.place.text)

    def _is_shift(self, entry: Entry, shared: Collection[int]) -> bool:
        if entry.operation is None or entry.operation.name not in ("add", "subtract"):
            return False
        ways = [(p, h) for p, h in (entry.args, entry.args[::-1]) if type(p) is Ref]
        return any(self._origin(p) in shared and self._is_small(h) for p, h in ways)

    def _is_small(self, operand: object) -> bool:
        value = np.asarray(self.entries[operand].value if type(operand) is Ref else operand)
        return value.dtype.kind in "fi" and bool(0 < np.abs(value).max(initial=0.0) <= SMALL)

    def _origin(self, n: int) -> int:
        entry = self.entries[n]
        while entry.operation is not None and entry.operation.name in COPYING and entry.operands:
            entry = self.entries[entry.operands[0]]
        return entry.number

    def mark(self, step: Step) -> set[int]:
        """Mark the automatic claims of a step; return those that a claim by hand stands beside."""
        judgement, drawn, told = step.judgement, step.runs.given, dict[int, str]()
        for i, c in enumerate(judgement.claims):
            if how := self.of(c.number, drawn, c.bys if c.kind == "move" else ()):
                told[i] = say("computed automatically, not derived: {how}", how=how)
        judgement.untold.update(told)
        judgement.hard.update(told)
        step.ruled -= told.keys()
        step.carried -= told.keys()
        by = [(c.of, [self.entries[n].names[-1:] or n for n in c.bys]) for c in judgement.claims]
        by_hand = [at for i, at in enumerate(by) if i not in told]
        return {i for i in told if judgement.claims[i].kind != "move" and by[i] in by_hand}

    def rows(self) -> list[Row]:
        """Return rows for derivatives from calls; none if another derivative is written by hand."""
        rows, named = list[Row](), list[Row]()
        made = [(e.place, how) for e in self.entries if e.operation and (how := self.made(e))]
        self.names.update({place.function: how for place, how in made})
        others = {(place.file, place.line): how for place, how in made}
        for file, n in self.nodes:
            if isinstance(n, (ast.Assign, ast.AugAssign, ast.Expr)):
                how = others.get((file, n.lineno)) or self.called(n.value)
                name = stored_at(self.trees[file], n.lineno)
                if derivative(name) and not how and isinstance(n.value, ast.BinOp):
                    return []
                why = say("computed automatically, not derived: {how}", how=how)
                rows += [without_numbers(name, CANNOT_TELL, why, file, n.lineno)] if how else []
                is_named = derivative(name) or isinstance(n, ast.AugAssign)
                named += rows[-1:] if how and is_named else []
        return named or rows


def with_calls(report: Report, recording: Recording) -> Report:
    """Return the report, with rows for derivatives from calls if nothing in it is judged."""
    if any(row.verdict != NOT_CHECKED for row in report.rows):
        return report
    return replace(report, rows=(*Automatic(recording).rows(), *report.rows))


def _goes_back(node: ast.AST) -> bool:
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return is_method and node.func.attr == "backward" and not node.args  # type: ignore[attr-defined]

"""Evaluate edited versions of a statement, as plain numbers or as entries of the tape.

An edit has no side effects: an array that it would write into is copied.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.tape import table
from microgradnet.tape.entry import mapped
from microgradnet.tape.rewriting import OF_THE_FRAME, RECORDER, Rewriter
from microgradnet.tape.tape import leaves, plain
from microgradnet.tape.tensors import array_of, is_array
from microgradnet.tape.trees import loaded, name

if TYPE_CHECKING:
    from microgradnet.tape.recorder import Recorder

MOST_NUMBERS = 10**6  # of the edits of a statement at a visit
# Methods that change their object.
CHANGING = ("append", "extend", "pop", "insert", "update", "remove", "write", "fill", "shuffle")
DRAWING = ["rand", "randn", "choice", "normal", "random", "uniform", "randint", "permutation"]
DRAWING += ["standard_normal", "integers", "gauss", "binomial", "permuted", "exponential"]
FORBIDDEN = re.compile(rf"\b({'|'.join([*CHANGING, *DRAWING, *OF_THE_FRAME, 'print', 'next'])})\b")
INDEX, HELPERS = "_index_", ("_row_", "_stored_", "_stored_each_", "_changed_", "_changed_in_")


class Edited:
    """The edited versions of a statement; texts: their source, "" to leave the statement out."""

    def __init__(self, written: ast.stmt, texts: Sequence[str] = ()) -> None:
        self.written, self.texts = written, texts
        self.codes: list[CodeType | None] = []
        self.hooked: dict[tuple[int, int], CodeType | None] = {}
        self.head, self.around = _short(written)

    def results(self, names: Mapping[str, Any]) -> list[list[Any] | None]:
        """Return the numbers of each edit; None for an edit that cannot be evaluated."""
        self.codes = self.codes or [self.code(text) for text in self.texts]
        scope = {"input": None, **names, **_helpers(_value)}  # not the built-in function
        return [x and [*map(array_of, x)] for x in (_result(c, scope) for c in self.codes)]

    def noted(self, recorder: Recorder, p: int, names: Mapping[str, Any]) -> list[list[int] | None]:
        """Return the entries of each edit's numbers; None where that is not possible."""
        tape, found, numbers = recorder.tape, list[list[int] | None](), 0
        place, frame, open_frames = tape.places[p], tape.frame, tape.depth()

        def row(name: str, *args: Any) -> Any:
            tree = tuple([tape.operands(a, place) for a in args])
            return recorder.result(table.TABLE[name], tree, {}, _value(name, *args), place)

        scope = {"input": None, **names, **_helpers(row), RECORDER: recorder}
        for j, text in enumerate(self.texts):
            if (p, j) not in self.hooked:
                self.hooked[p, j] = None if self.has_effects(text) else _hooked(self.node(text), p)
            code, begun = self.hooked[p, j], len(tape.entries)
            values = _result(code, scope) if numbers < MOST_NUMBERS else None
            numbers += sum(np.size(e.value) for e in tape.entries[begun:])
            tape.unwind(frame, open_frames)
            found.append(None if values is None else [tape.entry_of(x, place) for x in values])
        return found

    def node(self, text: str) -> ast.expr | None:
        """Return an expression for the result of an edited statement; None if it has none."""
        return _given(ast.parse(text).body[0] if text else None, self.written)

    def code(self, text: str) -> CodeType | None:
        """Return the compiled expression for an edited statement's result; None if not allowed."""
        if self.has_effects(text):
            return None
        try:
            if self.head and text.startswith(self.head):
                return compile(text[len(self.head) :].join(self.around), "<edit>", "eval")
            return _compiled(self.node(text))
        except SyntaxError:  # the others are tried all the same
            return None

    def has_effects(self, text: str) -> bool:
        """Whether an edited statement draws, prints or changes its operands."""
        is_call = isinstance(self.written, ast.Expr)  # such as an append
        begin = text.find("(") if is_call else len(self.head) * text.startswith(self.head)
        return FORBIDDEN.search(text, begin) is not None


def _short(written: ast.stmt) -> tuple[str, tuple[str, str]]:
    """Return the beginning of a statement, and the texts around the rest in an expression.

    Most edits leave the beginning unchanged: compiled from text, they take a third of the time.
    The beginning is "" for other kinds of statements.
    """
    value, target = getattr(written, "value", None), getattr(written, "target", None)
    is_plain = isinstance(written, ast.Assign) and isinstance(written.targets[0], ast.Name)
    is_changed = isinstance(written, ast.AugAssign) and not isinstance(target, ast.Subscript)
    if value is None or not (is_plain or is_changed or isinstance(written, ast.Return)):
        return "", ("", "")
    head = ast.unparse(written)[: -len(ast.unparse(value))]
    if not is_changed:
        return head, ("", "")
    old, operator = head.rsplit(maxsplit=1)
    return head, (f"_changed_({old}, {old} {operator[:-1]} (", "))")


def _compiled(node: ast.expr | None) -> CodeType | None:
    if node is None:
        return None
    return compile(ast.fix_missing_locations(ast.Expression(node)), "<edit>", "eval")


def _hooked(node: ast.expr | None, p: int) -> CodeType | None:
    """Return the compiled form of an expression in which each operation calls a hook."""
    return None if node is None else _compiled(_Hooking(p).seen(node))


class _Hooking(Rewriter):
    """Rewrites expressions whose operations are all recorded at one place."""

    def __init__(self, p: int) -> None:
        super().__init__("", ast.Module([], []), [], {})
        self.p = p

    def place(self, node: ast.AST, kind: str = "") -> ast.Constant:
        """Return the index of the one place."""
        return ast.Constant(self.p)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Rewrite a call; of a call to a helper, only the arguments."""
        if isinstance(node.func, ast.Name) and node.func.id in HELPERS:
            node.args = [self.seen(a) for a in node.args]
            return node
        return super().visit_Call(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Rewrite the reading of an item or slice, and an index that is passed to a helper."""
        if isinstance(node.value, ast.Name) and node.value.id == INDEX:
            node.slice = self.index(node.slice)
            return node
        return super().visit_Subscript(node)


def _result(code: CodeType | None, scope: dict[str, Any]) -> list[Any] | None:
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            return None if code is None else leaves(eval(code, scope)) or None
    except Exception:  # the code may raise anything at unexpected numbers
        return None


def _given(statement: ast.stmt | None, written: ast.stmt) -> ast.expr | None:
    """Return an expression of the value that a statement stores or returns; None leaves it out."""
    if statement is None:
        return _before(written)
    if isinstance(statement, ast.Return):
        return statement.value
    if isinstance(statement, ast.Assign):
        return _stored(statement.targets[0], statement.value)
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return _stored(statement.target, statement.value)
    if isinstance(statement, ast.AugAssign):
        return _changed(statement, written)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or not call.args:
        return None
    if call.func.attr in ("append", "insert"):
        return call.args[-1]
    if call.func.attr[-1] == "_":  # a method that writes into a tensor
        call.func.value = ast.Call(ast.Attribute(call.func.value, "clone", ast.Load()), [], [])
        return call
    of = ast.unparse(call.func).rpartition(".")[0].rpartition(".")[2]
    if call.func.attr == "at" and len(call.args) == 3 and of in ("add", "subtract"):
        a, index, value = call.args
        return _call("_row_", ast.Constant(f"{of}_at"), a, _index(index), value)
    return None


def _before(written: ast.stmt) -> ast.expr | None:
    """Return an expression for the value of a statement's target before the statement."""
    if isinstance(written, ast.Expr) and isinstance(written.value, ast.Call):
        if isinstance(f := written.value.func, ast.Attribute) and f.attr[-1] == "_":
            return f.value
        return written.value.args[0] if written.value.args else None
    target = getattr(written, "target", None) or getattr(written, "targets", [None])[0]
    if not isinstance(target, ast.expr):
        return None
    return loaded(target.value if isinstance(target, ast.Subscript) else target)


def _stored(target: ast.expr, value: ast.expr) -> ast.expr:
    if isinstance(target, ast.Subscript):
        return _call("_stored_", target.value, _index(target.slice), value)
    inner = target.elts if isinstance(target, (ast.Tuple, ast.List)) else []
    if not any(isinstance(x, ast.Subscript) for x in inner):
        return value
    places = [
        ast.Tuple([x.value, _index(x.slice)], ast.Load())
        if isinstance(x, ast.Subscript)
        else ast.Constant(None)
        for x in inner
    ]
    return _call("_stored_each_", value, *places)


def _changed(node: ast.AugAssign, written: ast.stmt) -> ast.expr:
    old = loaded(node.target)
    new = ast.BinOp(old, node.op, node.value)
    if not isinstance(node.target, ast.Subscript):
        return _call("_changed_", old, new)
    is_whole = not isinstance(written, ast.AugAssign)
    is_other = not is_whole and ast.dump(written.target) != ast.dump(node.target)  # type: ignore
    how = ast.Constant("whole" if is_whole else "other" if is_other else "")
    return _call("_changed_in_", node.target.value, _index(node.target.slice), old, new, how)


def _index(index: ast.expr) -> ast.expr:
    return ast.Subscript(name(INDEX), index, ast.Load())


def _call(helper: str, *args: ast.expr) -> ast.expr:
    return ast.Call(name(helper), list(args), [])


def _value(name: str, *args: Any) -> Any:
    """Return the value of a row of the table for these operands."""
    return table.TABLE[name].value(*mapped(plain(list(args)), array_of))


def _helpers(row: Callable[..., Any]) -> dict[str, Any]:
    """Return the functions that evaluate an edited store; row: evaluates a row of the table."""

    def stored(a: Any, index: Any, value: Any) -> Any:
        """Return the value after a store; for an array, the whole array."""
        return row("setitem", a, index, value) if is_array(a) else value

    def stored_each(several: Any, *places: Any) -> list[Any]:
        """Return the values after an assignment to several targets; place: None for a name."""
        pairs = zip(several, places, strict=True)
        return [stored(place[0], place[1], x) if place else x for x, place in pairs]

    def changed(old: Any, new: Any) -> Any:
        """Return the value of a name after an augmented assignment, keeping an array's shape."""
        if is_array(old) and np.shape(new) != old.shape:
            raise ValueError(new)
        return new

    def changed_in(a: Any, index: Any, old: Any, new: Any, how: str) -> Any:
        """Return the value after an augmented assignment to an item or slice.

        how: "whole" if the written statement is not one and gave the whole array; "other" if it
        wrote into another part of the array; else "".
        """
        new = changed(old, new)
        is_view = is_array(a) and np.may_share_memory(array_of(old), array_of(a))
        if how == "whole" or not is_view:
            return stored(a, index, new)
        if how:
            raise ValueError(how)
        return new

    return {INDEX: np.s_, **dict(zip(HELPERS, (row, stored, stored_each, changed, changed_in)))}

"""An edited statement evaluated where it would stand, in the names of a running frame.

Nothing is changed: what would be written into an array is an array of its own. Thousands of edits
are evaluated as plain numbers; the few that may mend once more with hooks, so that what they give
has entries.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.tape import table
from microgradnet.tape.rewriting import OF_THE_FRAME, RECORDER, Rewriter
from microgradnet.tape.tape import leaves, plain
from microgradnet.tape.trees import loaded, name

if TYPE_CHECKING:
    from microgradnet.tape.recorder import Recorder

# Methods that change what they belong to.
CHANGING = ("append", "extend", "pop", "insert", "update", "remove", "write", "fill", "shuffle")
DRAWING = ("rand", "randn", "choice", "normal", "random", "uniform", "randint", "permutation")
FORBIDDEN = {*CHANGING, *DRAWING, *OF_THE_FRAME, "print", "input", "next"}


class Edited:
    """The edited statements in the place of one. texts: "" leaves the statement out."""

    def __init__(self, written: ast.stmt, texts: Sequence[str] = ()) -> None:
        self.written, self.texts = written, texts
        self.codes: list[CodeType | None] = []
        self.hooked: dict[tuple[int, int], CodeType | None] = {}
        self.head, self.around = _short(written)

    def results(self, names: Mapping[str, Any]) -> list[list[Any] | None]:
        """Return by edit the numbers that it gives; None where it cannot be told."""
        if not self.codes:
            self.codes = [self.code(text) for text in self.texts]
        scope = {**names, **_helpers(_value)}
        return [_result(code, scope) for code in self.codes]

    def noted(self, recorder: Recorder, p: int, names: Mapping[str, Any]) -> list[list[int] | None]:
        """Return by edit the entries of what it gives; None where it cannot be told."""
        tape, found = recorder.tape, list[list[int] | None]()
        place, frame, open_frames = tape.places[p], tape.frame, tape.depth()

        def row(name: str, *args: Any) -> Any:
            tree = tuple([tape.operands(a, place) for a in args])
            return recorder.result(table.TABLE[name], tree, {}, _value(name, *args), place)

        scope = {**names, **_helpers(row), RECORDER: recorder}
        for j, text in enumerate(self.texts):
            if (p, j) not in self.hooked:
                self.hooked[p, j] = _hooked(self.node(text), p)
            values = _result(self.hooked[p, j], scope)
            tape.unwind(frame, open_frames)
            found.append(None if values is None else [tape.entry_of(x, place) for x in values])
        return found

    def node(self, text: str) -> ast.expr | None:
        """Return an expression that gives what an edited statement would."""
        return _given(ast.parse(text).body[0] if text else None, self.written)

    def code(self, text: str) -> CodeType | None:
        """Return the code of an expression that gives what an edited statement would."""
        if self.head and text.startswith(self.head):
            short = text[len(self.head) :].join(self.around)
            return _allowed(compile(short, "<edit>", "eval"))
        return _compiled(self.node(text))


def _short(written: ast.stmt) -> tuple[str, tuple[str, str]]:
    """Return how a statement begins, and what stands around the rest in an expression.

    Most edits leave the beginning as it is: from text they are compiled three times as fast. "" of
    a statement that is not short.
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


def _allowed(code: CodeType) -> CodeType | None:
    return None if FORBIDDEN.intersection(code.co_names) else code


def _compiled(node: ast.expr | None) -> CodeType | None:
    if node is None:
        return None
    tree = ast.fix_missing_locations(ast.Expression(node))
    return _allowed(compile(tree, "<edit>", "eval"))


def _hooked(node: ast.expr | None, p: int) -> CodeType | None:
    """Return the code of an expression, each operation of which calls a hook."""
    if node is None or _compiled(node) is None:
        return None
    return _compiled(_Hooking(p).seen(node))


class _Hooking(Rewriter):
    """Rewrites expressions whose operations are all noted at one place."""

    def __init__(self, p: int) -> None:
        super().__init__("", ast.Module([], []), [], {})
        self.p = p

    def place(self, node: ast.AST, kind: str = "") -> ast.Constant:
        """Return the index of the place."""
        return ast.Constant(self.p)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Rewrite a call, but of a helper its operands alone."""
        if isinstance(node.func, ast.Name) and node.func.id in HELPERS:
            node.args = [self.seen(a) for a in node.args]
            return node
        return super().visit_Call(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Rewrite an entry or a part, and an index that is given to a helper."""
        if isinstance(node.value, ast.Name) and node.value.id == INDEX:
            node.slice = self.index(node.slice)
            return node
        return super().visit_Subscript(node)


def _result(code: CodeType | None, scope: dict[str, Any]) -> list[Any] | None:
    try:
        with np.errstate(all="ignore"):
            return None if code is None else leaves(eval(code, scope)) or None
    except Exception:  # whatever a person's functions raise at numbers they were not made for
        return None


def _given(statement: ast.stmt | None, written: ast.stmt) -> ast.expr | None:
    """Return an expression of what a statement stores or returns; None leaves the written out."""
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
    of = ast.unparse(call.func).rpartition(".")[0].rpartition(".")[2]
    if call.func.attr == "at" and len(call.args) == 3 and of in ("add", "subtract"):
        a, index, value = call.args
        return _call("_row_", ast.Constant(f"{of}_at"), a, _index(index), value)
    return None


def _before(written: ast.stmt) -> ast.expr | None:
    """Return what the target of a statement holds before it."""
    if isinstance(written, ast.Expr) and isinstance(written.value, ast.Call):
        return written.value.args[0] if written.value.args else None
    target = getattr(written, "target", None) or getattr(written, "targets", [None])[0]
    if not isinstance(target, ast.expr):
        return None
    return loaded(target.value if isinstance(target, ast.Subscript) else target)


def _stored(target: ast.expr, value: ast.expr) -> ast.expr:
    if isinstance(target, ast.Subscript):
        return _call("_stored_", target.value, _index(target.slice), value)
    return value


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


INDEX, HELPERS = "_index_", ("_row_", "_stored_", "_changed_", "_changed_in_")


def _value(name: str, *args: Any) -> Any:
    """Return the value of a row of the table."""
    return table.TABLE[name].value(*plain(list(args)))


def _helpers(row: Callable[..., Any]) -> dict[str, Any]:
    """Return the functions that stand for what is stored. row: gives a row of the table."""

    def stored(a: Any, index: Any, value: Any) -> Any:
        """Return what is there after a value was stored: of an array, the whole of it."""
        return row("setitem", a, index, value) if isinstance(a, np.ndarray) else value

    def changed(old: Any, new: Any) -> Any:
        """Return what a name holds after a change in place, which keeps the shape of an array."""
        if isinstance(old, np.ndarray) and np.shape(new) != old.shape:
            raise ValueError(new)
        return new

    def changed_in(a: Any, index: Any, old: Any, new: Any, how: str) -> Any:
        """Return what is there after a change of a part; how: "whole" if the run gave the whole.

        "other": the run wrote into another part of the array.
        """
        new = changed(old, new)
        is_view = isinstance(old, np.ndarray) and np.may_share_memory(old, a)
        if how == "whole" or not is_view:
            return stored(a, index, new)
        if how:
            raise ValueError(how)
        return new

    return {INDEX: np.s_, **dict(zip(HELPERS, (row, stored, changed, changed_in)))}

"""A function rewritten: after each assignment a call notes its name, its line and its value."""

from __future__ import annotations

import ast
import copy
import inspect
import itertools
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["NOTE", "Statement", "parsed", "rewritten"]

NOTE = "__trace__"  # the name by which rewritten code calls the trace
_numbers = itertools.count()


@dataclass(frozen=True)
class Statement:
    """An assignment as it was written: its tree, where it stands, and what it reads.

    goes_on: whether it reads what it writes, as `W -= rate * dW` does.
    """

    number: int
    node: ast.stmt
    function: str
    file: str
    line: int
    reads: frozenset[str]
    goes_on: bool

    @property
    def key(self) -> tuple[str, int, str]:
        """What it is known by in every run: its file, its line and its text."""
        return self.file, self.line, ast.unparse(self.node)


def parsed(function: Any) -> ast.FunctionDef:
    """Return the tree of a function, its lines counted as in its file.

    Raises OSError where there is no source.
    """
    lines, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(lines)))
    ast.increment_lineno(tree, max(first, 1) - 1)
    node = tree.body[0]
    if not isinstance(node, ast.FunctionDef):
        raise OSError(f"{function.__name__} is no def")
    return node


def rewritten(
    node: ast.AST,
    file: str,
    statements: dict[int, Statement],
    edited: Mapping[tuple[str, int, str], ast.stmt] | None = None,
) -> Any:
    """Return a tree that tells the trace each assignment; statements: takes them, by number.

    edited: statements that take the place of others, by their `Statement.key`.
    """
    rewriter = _Rewriter(file, statements, edited or {})
    return ast.fix_missing_locations(rewriter.visit(copy.deepcopy(node)))


class _Rewriter(ast.NodeTransformer):
    def __init__(
        self,
        file: str,
        statements: dict[int, Statement],
        edited: Mapping[tuple[str, int, str], ast.stmt],
    ) -> None:
        self.file, self.statements, self.edited = file, statements, edited
        self.functions = ["the script"]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        self.functions.append(node.name)
        node.decorator_list = []
        self.generic_visit(node)
        self.functions.pop()
        return node

    def visit_Import(self, node: Any) -> Any:
        """What is imported is replaced by what takes Values, where there is such."""
        names = [a.asname or a.name.partition(".")[0] for a in node.names if a.name != "*"]
        made: list[ast.stmt] = [node]
        for name in names if getattr(node, "module", "") != "__future__" else []:
            value = ast.Call(_attribute("instead"), [ast.Name(name, ast.Load())], [])
            made.append(ast.Assign([ast.Name(name, ast.Store())], value))
        return made

    visit_ImportFrom = visit_Import

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        return self._noted(node, node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        return self._noted(node, [node.target])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        return self._noted(node, [node.target]) if node.value is not None else node

    def visit_Expr(self, node: ast.Expr) -> Any:
        """A call such as `grads.append(x.T @ d)` notes what it hands over."""
        call = node.value
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return node
        if call.func.attr not in ("append", "insert") or not call.args:
            return node
        statement = self._statement(node, [call.func.value])
        name = ast.unparse(call.func.value)
        call.args[-1] = self._note(f"{name}[]", statement, call.args[-1])
        return [self._before(statement), node]

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        self.generic_visit(node)
        statement = self._statement(ast.Expr(node), [node.target], node.lineno)
        node.value = self._note(node.target.id, statement, node.value)
        return node

    def visit_Return(self, node: ast.Return) -> Any:
        """`return {"dW": x.T @ d}, d.sum(0)` notes what has no name yet."""
        if node.value is None:
            return node
        statement = self._statement(node, [])
        node.value = self._parts(node.value, statement, "")
        return [self._before(statement), node]

    def visit_For(self, node: ast.For) -> Any:
        return self._round(node)

    def visit_While(self, node: ast.While) -> Any:
        return self._round(node)

    def _round(self, node: Any) -> Any:
        self.generic_visit(node)
        number = next(_numbers)
        enter, leave = (self._call(name, [ast.Constant(number)]) for name in ("enter", "round"))
        node.body = [enter, *node.body, leave]
        return node

    def _parts(self, value: ast.expr, statement: Statement, name: str) -> ast.expr:
        """The value of a `return`, its unnamed parts noted."""
        if isinstance(value, ast.Tuple):
            value.elts = [self._parts(x, statement, "") for x in value.elts]
        elif isinstance(value, ast.Dict):
            keys = [k.value if isinstance(k, ast.Constant) else "" for k in value.keys]
            pairs = zip(value.values, keys)
            value.values = [self._parts(x, statement, str(key)) for x, key in pairs]
        elif not isinstance(value, (ast.Name, ast.Constant)):
            return self._note(name or f"return {ast.unparse(value)}", statement, value)
        return value

    def _noted(self, node: Any, targets: list[ast.expr]) -> list[ast.stmt]:
        statement = self._statement(node, targets)
        if statement.key in self.edited:
            node = copy.deepcopy(self.edited[statement.key])
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if isinstance(node.value, ast.Dict):
            node.value = self._parts(node.value, statement, "")
        calls = [call for target in targets for call in self._calls(target, statement)]
        before = [self._before(statement)]
        if statement.goes_on and len(targets) == 1 and not isinstance(targets[0], ast.Tuple):
            number = ast.Constant(statement.number)
            before.append(self._call("was", [number, _loaded(targets[0])]))
        return [*before, node, *calls]

    def _statement(
        self, node: ast.stmt, targets: list[ast.expr], line: int | None = None
    ) -> Statement:
        reads = {text for n in ast.iter_child_nodes(node) for text in _read(n)}
        if isinstance(node, ast.AugAssign):
            reads.add(ast.unparse(node.target))
        texts = {ast.unparse(target) for target in targets}
        value = getattr(node, "value", None)
        inside = (
            {ast.unparse(n) for n in ast.walk(value) if isinstance(n, ast.expr)} if value else ()
        )
        kept = Statement(
            *(number := next(_numbers), copy.deepcopy(node), self.functions[-1], self.file),
            *(line or node.lineno, frozenset(reads)),
            isinstance(node, ast.AugAssign) or not texts.isdisjoint(inside),
        )
        self.statements[number] = kept
        return kept

    def _calls(self, target: ast.expr, statement: Statement) -> list[ast.stmt]:
        if isinstance(target, (ast.Tuple, ast.List)):
            return [call for t in target.elts for call in self._calls(t, statement)]
        read = _loaded(target)
        if isinstance(target, (ast.Name, ast.Attribute)):
            value = self._note(ast.unparse(target), statement, read)
            return [ast.copy_location(ast.Assign([copy.deepcopy(target)], value), target)]
        if isinstance(target, ast.Subscript):
            sliced = any(isinstance(n, ast.Slice) for n in ast.walk(target.slice))
            key = ast.Constant(None) if sliced else _loaded(target.slice)
            base = _loaded(target.value)
            name = ast.Constant(ast.unparse(target.value))
            return [self._call("item", [name, ast.Constant(statement.number), base, key])]
        return []

    def _note(self, name: str, statement: Statement, value: ast.expr) -> ast.expr:
        given = [ast.Constant(name), ast.Constant(statement.number), value]
        return ast.Call(_attribute("note"), given, [])

    def _before(self, statement: Statement) -> ast.stmt:
        return self._call("before", [ast.Constant(statement.number)])

    def _call(self, name: str, inputs: list[Any]) -> ast.stmt:
        return ast.Expr(ast.Call(_attribute(name), inputs, []))


def _attribute(name: str) -> ast.expr:
    return ast.Attribute(ast.Name(NOTE, ast.Load()), name, ast.Load())


def _read(node: ast.AST) -> Iterator[str]:
    """What is read, as it is written: of `grads["W"]` that entry, not all of grads."""
    entry = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        yield from _read(node.slice)
    elif isinstance(getattr(node, "ctx", None), ast.Load) and (
        isinstance(node, (ast.Name, ast.Attribute)) or entry
    ):
        yield ast.unparse(node)
    if not entry and not (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)):
        for part in ast.iter_child_nodes(node):
            yield from _read(part)


def _loaded(node: ast.expr) -> Any:
    """A target as what reads it."""
    read = copy.deepcopy(node)
    for n in ast.walk(read):
        if hasattr(n, "ctx"):
            n.ctx = ast.Load()
    return read

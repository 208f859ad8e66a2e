"""A function rewritten: after each assignment a call notes its name, its line and its value."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard, TypeVar

from microgradnet.tracing.parsing import STANDS_FOR, copied

__all__ = [
    "NOTE",
    "SCRIPT",
    "Edited",
    "Statement",
    "rewritten",
    "stands_for",
]

SCRIPT = "the script"  # the function of what stands at the top of a file
NOTE = "__trace__"  # the name by which rewritten code calls the trace
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Statement:
    """An assignment as it was written: its tree, where it stands, and what it reads.

    goes_on: whether it reads what it writes, as `W -= rate * dW` does; names: all that are in it;
    writes: what it assigns to, `dZ` for `dZ[Z < 0] = 0`; of an `if` what is assigned in it, and
    its tree is what it asks. outer: the names that are another function's, `global w`, with that.
    """

    number: int
    node: ast.stmt
    function: str
    file: str
    line: int
    reads: frozenset[str]
    goes_on: bool
    names: frozenset[str]
    writes: frozenset[str]
    outer: frozenset[tuple[str, str]] = frozenset()

    def home(self, name: str) -> str:
        """The function whose name it is."""
        return dict(self.outer).get(name, self.function)

    def takes(self, name: str, function: str) -> bool:
        """Whether it reads what a name is in a function: a local one is its own."""
        local = name.isidentifier() and function not in (SCRIPT, self.home(name))
        holder = name.partition("[")[0]  # `params["b" + str(l)]` may be any of its entries
        return not local and not self.reads.isdisjoint({name, holder})

    @property
    def several(self) -> bool:
        """Whether it assigns to several names at once: `w, b = step(w, b)`."""
        targets = self.node.targets if isinstance(self.node, ast.Assign) else []
        return any(isinstance(target, ast.Tuple | ast.List) for target in targets)

    @functools.cached_property
    def text(self) -> str:
        """What was written, but for spaces and comments."""
        return ast.unparse(self.node)

    @property
    def key(self) -> tuple[str, int, str]:
        """What it is known by in every run: its file, its line and its text."""
        return self.file, self.line, self.text


Edited = Mapping[tuple[str, int, str], ast.stmt]
Assignment = ast.Assign | ast.AugAssign | ast.AnnAssign
Loop = ast.For | ast.While
Noted = TypeVar("Noted", Assignment, ast.Expr, ast.Return)
Tree = TypeVar("Tree", bound=ast.AST)


def rewritten(
    node: Tree,
    file: str,
    statements: dict[int, Statement],
    edited: Edited | None = None,
    function: str = SCRIPT,
) -> Tree:
    """Return a tree that tells the trace each assignment; statements: takes them, by number.

    edited: statements that take the place of others, by their `Statement.key`; function: what it
    stands in.
    """
    made: Tree = _Rewriter(file, statements, edited or {}, function).visit(copied(node))
    for part in ast.walk(made):
        if isinstance(part, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            part.elt = _as_round(part.elt)
        elif isinstance(part, ast.DictComp):
            part.value = _as_round(part.value)
    return ast.fix_missing_locations(made)


def _as_round(entry: ast.expr) -> ast.expr:
    """What computes an entry of `[net.step(x, y) for x, y in data]`, as a round of a loop."""
    if not any(isinstance(n, ast.Call) for n in ast.walk(entry)):
        return entry
    loop, among = ast.Constant(next(_numbers)), ast.Constant(True)
    calls = (ast.Call(_attribute(name), [loop, among], []) for name in ("enter", "round"))
    whole = ast.Tuple([next(calls), entry, next(calls)], ast.Load())
    return ast.Subscript(whole, ast.Constant(1), ast.Load())


def stands_for(node: ast.AST) -> int | None:
    """Return the number of what was rewritten that a statement is a part of now, if of one."""
    return getattr(node, STANDS_FOR, None)


# How a method is called; others, as one that runs it in a thread, would hide what it computes.
KINDS = re.compile(r"^(staticmethod|classmethod|property|\w+\.(setter|getter|deleter))$")


class _Rewriter(ast.NodeTransformer):
    def __init__(
        self, file: str, statements: dict[int, Statement], edited: Edited, function: str
    ) -> None:
        self.file, self.statements, self.edited = file, statements, edited
        self.functions = [function]
        # How many loops are around a statement, one around a single one; what its function takes.
        self.loops, self.given = int(function != SCRIPT), frozenset[str]()
        self.outer: frozenset[tuple[str, str]] = frozenset()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """A function, whose arguments are noted as it begins."""
        around, self.outer = (self.outer, self.loops, self.given), frozenset(self._outer(node))
        self.loops, self.given = (
            0,
            frozenset(a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)),
        )
        self.functions.append(node.name)
        node.decorator_list = [d for d in node.decorator_list if KINDS.search(ast.unparse(d))]
        self.generic_visit(node)
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        names: list[ast.expr] = [ast.Name(a.arg, ast.Store()) for a in arguments]
        node.body[:0] = [call for name in names for call in self._bound(name)]
        self.functions.pop()
        self.outer, self.loops, self.given = around
        return node

    def _outer(self, node: ast.FunctionDef) -> Iterator[tuple[str, str]]:
        for n in node.body:
            if isinstance(n, (ast.Global, ast.Nonlocal)):
                whose = SCRIPT if isinstance(n, ast.Global) else self.functions[-1]
                yield from ((name, whose) for name in n.names)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
        """What is imported is replaced by what takes Values, where there is such."""
        names = [a.asname or a.name.partition(".")[0] for a in node.names if a.name != "*"]
        made: list[ast.stmt] = [node]
        for name in names if getattr(node, "module", "") != "__future__" else []:
            value = ast.Call(_attribute("instead"), [ast.Name(name, ast.Load())], [])
            made.append(ast.Assign([ast.Name(name, ast.Store())], value))
        return made

    visit_ImportFrom = visit_Import

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return node

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        return self._noted(node, node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        return self._noted(node, [node.target])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        return self._noted(node, [node.target]) if node.value is not None else [node]

    def visit_Expr(self, node: ast.Expr) -> list[ast.stmt]:
        """A call is noted for what it reads; `grads.append(x.T @ d)` for what it hands over."""
        call = node.value
        if not isinstance(call, ast.Call):
            return [node]
        if isinstance(call.func, ast.Name) and call.func.id == "setattr" and len(call.args) == 3:
            return self._set(node, call)
        handed = isinstance(call.func, ast.Attribute) and call.func.attr in ("append", "insert")
        if not handed or not call.args or not isinstance(call.func, ast.Attribute):
            return [self._before(self._statement(node, [])), node]
        statement = self._statement(node, [call.func.value])
        node, name = self._as_edited(node, statement), ast.unparse(call.func.value)
        if isinstance(node.value, ast.Call) and node.value.args:
            node.value.args[-1] = self._note(f"{name}[]", statement, node.value.args[-1])
        return _standing_for(statement, [self._before(statement), node])

    def _set(self, node: ast.Expr, call: ast.Call) -> list[ast.stmt]:
        """`setattr(self, name, value)` is noted as the assignment to the attribute of that name."""
        holder, name, _ = call.args
        read: ast.expr = ast.Call(ast.Name("getattr", ast.Load()), [holder, name], [])
        statement = self._statement(node, [read])
        before = [self._before(statement)]
        if statement.goes_on:
            given = [ast.Constant(statement.number), read, copied(read)]
            before.append(self._call("was", given))
        whole = ast.BinOp(ast.Constant(f"{ast.unparse(holder)}."), ast.Add(), copied(name))
        given = [whole, ast.Constant(statement.number), copied(read)]
        noted = ast.Call(_attribute("note"), given, [])
        again = ast.Call(copied(call.func), [*map(copied, call.args[:2]), noted], [])
        return [*before, node, ast.Expr(again)]

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.NamedExpr:
        self.generic_visit(node)
        statement = self._statement(ast.Expr(node), [node.target], node.lineno)
        node.value = self._note(node.target.id, statement, node.value)
        return node

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        """`return {"dW": x.T @ d}, d.sum(0)` notes what has no name yet."""
        if node.value is None:
            return [node]
        statement = self._statement(node, [])
        node = self._as_edited(node, statement)
        node.value = node.value and self._parts(node.value, statement, "")
        return _standing_for(statement, [self._before(statement), node])

    def visit_If(self, node: ast.If) -> list[ast.stmt]:
        """What is asked is a statement, too, of what is assigned where it holds, or does not."""
        statement = self._statement(ast.Expr(node.test), [], node.lineno)
        asks = replace(statement, reads=frozenset(), writes=frozenset(_stored(node)))
        self.statements[statement.number] = asks
        self.generic_visit(node)
        return [self._before(statement), node]

    def visit_For(self, node: ast.For) -> Loop:
        return self._round(node)

    def visit_While(self, node: ast.While) -> Loop:
        return self._round(node)

    def _round(self, node: Loop) -> Loop:
        self.loops += 1
        self.generic_visit(node)
        self.loops -= 1
        loop = next(_numbers)
        enter, leave = (self._call(name, [ast.Constant(loop)]) for name in ("enter", "round"))
        node.body = [enter, *self._bound(getattr(node, "target", None)), *node.body, leave]
        return node

    def _bound(self, target: ast.expr | None) -> list[ast.stmt]:
        """What notes the names that a loop or a call gave numbers."""
        if isinstance(target, (ast.Tuple, ast.List)):
            return [call for t in target.elts for call in self._bound(t)]
        if not isinstance(target, ast.Name):
            return []
        given = [ast.Constant(self.functions[-1]), ast.Constant(target.id), _loaded(target)]
        return [ast.Assign([target], ast.Call(_attribute("bound"), given, []))]

    def _parts(self, value: ast.expr, statement: Statement, name: str) -> ast.expr:
        """The value of a `return`, its unnamed parts noted."""
        if isinstance(value, ast.Tuple):
            value.elts = [self._parts(x, statement, "") for x in value.elts]
        elif isinstance(value, ast.Dict):
            keys = [k.value if isinstance(k, ast.Constant) else "" for k in value.keys]
            pairs = zip(value.values, keys)
            value.values = [self._parts(x, statement, str(key)) for x, key in pairs]
        elif _is_dict_call(value):
            for given in value.keywords:
                given.value = self._parts(given.value, statement, given.arg or "")
        elif not isinstance(value, (ast.Name, ast.Constant)):
            return self._note(name or f"return {ast.unparse(value)}", statement, value)
        return value

    def _noted(self, node: Assignment, targets: list[ast.expr]) -> list[ast.stmt]:
        statement = self._statement(node, targets)
        if statement.key in self.edited:
            node = self._as_edited(node, statement)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value and (isinstance(node.value, ast.Dict) or _is_dict_call(node.value)):
            node.value = self._parts(node.value, statement, "")
        each = [*self._of_each(statement, targets)]
        calls = [call for target, own in each for call in self._calls(target, own)]
        before = [self._before(statement)]
        for target, own in each if len(targets) == 1 else ():
            number = ast.Constant(own.number)
            if own.goes_on:
                whole = target.value if isinstance(target, ast.Subscript) else target
                before.append(self._call("was", [number, _loaded(target), _loaded(whole)]))
            elif self._may_have(target):
                before.append(self._had(number, target))
        return _standing_for(statement, [*before, node, *calls])

    def _as_edited(self, node: Noted, statement: Statement) -> Noted:
        """What is run in the place of a statement: itself, where it is not edited."""
        made: Noted = copied(self.edited.get(statement.key, node))  # type: ignore[assignment]
        return made

    def _may_have(self, target: ast.expr) -> bool:
        """Whether there may be something where it is assigned to: a local name is mostly new."""
        if not isinstance(target, ast.Name):
            return isinstance(target, (ast.Attribute, ast.Subscript))
        local = self.functions[-1] != SCRIPT and target.id not in {*self.given, *dict(self.outer)}
        return self.loops > 0 or not local

    def _had(self, number: ast.expr, target: ast.expr) -> ast.stmt:
        """What notes what is there, if there is something; no lambda, for it changes `locals()`."""
        call = self._call("had", [number, _name_of(target), _loaded(target)])
        nothing = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
        return ast.Try([call], [nothing], [], [])

    def _of_each(
        self, statement: Statement, targets: Sequence[ast.expr]
    ) -> Iterator[tuple[ast.expr, Statement]]:
        """Yield what is assigned to, with the statement; of `w, b = step(w, b)` each its own."""
        for target in targets:
            parts = target.elts if isinstance(target, ast.Tuple | ast.List) else []
            for part in parts or [target]:
                own = statement
                if parts and isinstance(part, ast.Name) and ast.unparse(part) in statement.reads:
                    own = replace(statement, number=next(_numbers), goes_on=True)
                    self.statements[own.number] = own
                yield part, own

    def _statement(
        self, node: ast.stmt, targets: list[ast.expr], line: int | None = None
    ) -> Statement:
        reads = {text for n in ast.iter_child_nodes(node) for text in _read(n)}
        if isinstance(node, ast.AugAssign):
            reads.add(ast.unparse(node.target))
        goes_on = isinstance(node, ast.AugAssign) or _is_in(targets, getattr(node, "value", None))
        kept = Statement(
            *(number := next(_numbers), copied(node), self.functions[-1], self.file),
            *(line or node.lineno, frozenset(reads)),
            goes_on,
            frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name)),
            frozenset(name for target in targets for name in _stored(target)),
            self.outer,
        )
        self.statements[number] = kept
        return kept

    def _calls(self, target: ast.expr, statement: Statement) -> list[ast.stmt]:
        if isinstance(target, (ast.Tuple, ast.List)):
            return [call for t in target.elts for call in self._calls(t, statement)]
        read = _loaded(target)
        if isinstance(target, (ast.Name, ast.Attribute)):
            value = self._note(ast.unparse(target), statement, read)
            return [ast.copy_location(ast.Assign([copied(target)], value), target)]
        if isinstance(target, ast.Subscript):
            sliced = any(isinstance(n, ast.Slice) for n in ast.walk(target.slice))
            key = ast.Constant(None) if sliced else _loaded(target.slice)
            base = _loaded(target.value)
            name = _name_of(target.value)
            return [self._call("item", [name, ast.Constant(statement.number), base, key])]
        return []

    def _note(self, name: str, statement: Statement, value: ast.expr) -> ast.expr:
        given = [ast.Constant(name), ast.Constant(statement.number), value]
        return ast.Call(_attribute("note"), given, [])

    def _before(self, statement: Statement) -> ast.stmt:
        """`before(n) and at(n, globals(), locals())`: the names are asked for where one stops."""
        number = [ast.Constant(statement.number)]
        names: list[ast.expr] = [
            ast.Call(ast.Name(name, ast.Load()), [], []) for name in ("globals", "locals")
        ]
        calls: list[ast.expr] = [
            ast.Call(_attribute("before"), [*number], []),
            ast.Call(_attribute("at"), [*number, *names], []),
        ]
        return ast.Expr(ast.BoolOp(ast.And(), calls))

    def _call(self, name: str, inputs: list[ast.expr]) -> ast.stmt:
        return ast.Expr(ast.Call(_attribute(name), inputs, []))


def _standing_for(statement: Statement, block: list[ast.stmt]) -> list[ast.stmt]:
    """The parts of a rewritten statement, each with its number."""
    for part in block:
        setattr(part, STANDS_FOR, statement.number)
    return block


def _stored(node: ast.AST) -> Iterator[str]:
    """What is assigned to in a tree, all or in part: `dZ` in `dZ[Z < 0] = 0`."""
    for n in ast.walk(node):
        if isinstance(getattr(n, "ctx", None), ast.Store) and not isinstance(n, ast.Tuple):
            while isinstance(n, ast.Subscript):
                n = n.value
            yield ast.unparse(n)


def _name_of(target: ast.expr) -> ast.expr:
    """What computes the name of a target: `dW[0]` of `dW[i]`, whose entries are several."""
    if not isinstance(target, ast.Subscript) or isinstance(target.slice, (ast.Slice, ast.Tuple)):
        return ast.Constant(ast.unparse(target))
    around, key = _name_of(target.value), ast.FormattedValue(_loaded(target.slice), ord("r"))
    return ast.JoinedStr(
        [ast.FormattedValue(around, -1), ast.Constant("["), key, ast.Constant("]")]
    )


def _is_dict_call(value: ast.expr) -> TypeGuard[ast.Call]:
    """Whether a dict is made by name: `dict(W1=..., b1=...)`."""
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "dict" and not value.args


def _attribute(name: str) -> ast.expr:
    return ast.Attribute(ast.Name(NOTE, ast.Load()), name, ast.Load())


def _read(node: ast.AST) -> Iterator[str]:
    """What is read, as it is written: of `grads["W"]` that entry, not all of grads."""
    entry = isinstance(node, ast.Subscript) and _is_known(node)
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        yield from _read(node.slice)
    elif isinstance(getattr(node, "ctx", None), ast.Load) and (
        isinstance(node, (ast.Name, ast.Attribute)) or entry
    ):
        yield ast.unparse(node)
    if not entry and not (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)):
        for part in ast.iter_child_nodes(node):
            yield from _read(part)


def _is_known(entry: ast.Subscript) -> bool:
    """Whether it is one entry, whatever happens: `V[i][0]` may be any of V."""
    asked = (n for n in ast.walk(entry) if isinstance(n, ast.Subscript))
    return all(isinstance(n.slice, ast.Constant) for n in asked)


def _is_in(targets: Sequence[ast.expr], value: ast.expr | None) -> bool:
    """Whether a value reads one of the targets, as it is written."""
    texts, kinds = {ast.unparse(target) for target in targets}, tuple(map(type, targets))
    parts = ast.walk(value) if value else ()
    return any(isinstance(n, kinds) and ast.unparse(n) in texts for n in parts)


def _loaded(node: ast.expr) -> ast.expr:
    """A target as what reads it."""
    read = copied(node)
    for n in ast.walk(read):
        if hasattr(n, "ctx"):
            n.ctx = ast.Load()
    return read

"""Rewrite the syntax tree of a person's code so that each operation calls a recorder's hook.

The code behaves as before. Each expression that computes, reads or stores a number becomes a call
`_recorder_.hook(place, ...)`, where `place` is the index of a `Place` in a list. Statements keep
their order and their lines, so a traceback names the person's line.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import CodeType
from typing import Any, cast

from microgradnet.tape import trees
from microgradnet.tape.entry import Place
from microgradnet.tape.sources import parse
from microgradnet.tape.trees import SIGNS, Span, leaves, loaded, name, same_tree, span

RECORDER = "_recorder_"
Sites = Mapping[Span, "int | ast.stmt"]
# Keywords whose values are not numbers of a computation; functions that use the names of the frame.
PLAIN_KEYWORDS = {"axis", "keepdims", "dim", "keepdim", "dtype", "size", "shape", "ndmin"}
OF_THE_FRAME = {"super", "locals", "globals", "vars", "eval", "exec", "dir"}


class Rewriter(ast.NodeTransformer):
    """Rewrites one file; `places` collects the places that its hooks refer to.

    sites: by span, the number of a site of edits, or the statement that runs instead of another.
    """

    def __init__(self, file: str, tree: ast.Module, places: list[Place], sites: Sites) -> None:
        self.file, self.places, self.sites = file, places, sites
        self.scope: ast.AST = same_tree(tree)  # the original; the rewriting changes its own copy
        self.written = {span(n): n for n in ast.walk(self.scope) if hasattr(n, "lineno")}
        self.statement: ast.stmt = ast.Pass(lineno=1, col_offset=0)
        self.function = self.kind = ""  # names of the enclosing function and class
        self.temporaries = 0

    # Hooks.

    def place(self, node: ast.AST, kind: str = "") -> ast.Constant:
        """Return the index of a new place, as a constant."""
        node = self.written.get(span(node), node)
        self.places.append(Place(self.file, self.statement, node, self.function, kind))
        return ast.Constant(len(self.places) - 1)

    def hook(self, method: str, node: ast.AST, *args: ast.expr, kind: str = "") -> ast.Call:
        """Return a call of a hook with a new place as its first argument."""
        call = ast.Attribute(name(RECORDER), method, ast.Load())
        return ast.copy_location(ast.Call(call, [self.place(node, kind), *args], []), node)

    def temporary(self) -> str:
        """Return a new name that the person's code does not use."""
        self.temporaries += 1
        return f"_recorder_{self.temporaries}"

    def seen(self, node: ast.expr) -> ast.expr:
        """Return the rewritten form of an expression."""
        return cast(ast.expr, self.visit(node))

    def body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Return the rewritten forms of statements; those after an `if` that leaves are a block."""
        made = list[ast.stmt]()
        for k, statement in enumerate(statements):
            before = statements[k - 1] if k else None
            if isinstance(before, ast.If) and not before.orelse and leaves(before):
                made.append(self.reached(before, statement))
            found = self.visit(statement)
            made += found if isinstance(found, list) else [cast(ast.stmt, found)]
        return made

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        """Rewrite a node; add hooks that try edited statements if it is a site."""
        before = self.statement
        if isinstance(node, ast.AsyncFunctionDef):  # a coroutine stays as it is
            return node
        if isinstance(node, ast.stmt):
            self.statement = cast(ast.stmt, self.written.get(span(node), node))
        at = self.sites.get(span(node)) if isinstance(node, ast.stmt) else None
        if isinstance(at, ast.stmt):
            node = trees.put_at(at, node)
        made = cast("ast.AST | list[ast.stmt]", super().visit(node))
        if isinstance(at, int):
            made = self.tried(node, at, made)
        self.statement = before
        return made

    def tried(self, node: ast.AST, at: int, made: ast.AST | list[ast.stmt]) -> list[ast.stmt]:
        """Return a statement between the hooks that try edited ones beside it."""
        names = [ast.Call(name(f), [], []) for f in ("locals", "globals")]
        before = ast.Expr(self.hook("try_edits", node, ast.Constant(at), *names))
        after = ast.Expr(self.hook("tried", node, ast.Constant(at)))
        several = made if isinstance(made, list) else [cast(ast.stmt, made)]
        return [before, *several, *([] if isinstance(node, ast.Return) else [after])]

    # Expressions.

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """Record a numeric literal."""
        return self.hook("constant", node, node) if trees.is_number(node) else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """Record a unary operator; a negative literal is one number."""
        if isinstance(node.op, ast.USub) and trees.is_number(node.operand):
            number = cast(ast.Constant, node.operand).value
            return self.hook("constant", node, ast.Constant(-cast(float, number)))
        if type(node.op) not in SIGNS:
            return cast(ast.expr, self.generic_visit(node))
        return self.hook("unary", node, ast.Constant(SIGNS[type(node.op)]), self.seen(node.operand))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Record a binary operator."""
        sign = ast.Constant(SIGNS[type(node.op)])
        return self.hook("binary", node, sign, self.seen(node.left), self.seen(node.right))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """Record each comparison of a chain."""
        *middle, _ = node.comparators
        is_simple = all(isinstance(m, (ast.Name, ast.Constant)) for m in middle)
        if not is_simple or any(type(op) not in SIGNS for op in node.ops):
            return cast(ast.expr, self.generic_visit(node))
        parts, left = list[ast.expr](), node.left
        for op, right in zip(node.ops, node.comparators):
            sides = self.seen(same_tree(left)), self.seen(same_tree(right))
            parts.append(self.hook("binary", node, ast.Constant(SIGNS[type(op)]), *sides))
            left = right
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Record the reading of an item or a slice."""
        if not isinstance(node.ctx, ast.Load):
            return cast(ast.expr, self.generic_visit(node))
        return self.hook("item", node, self.seen(node.value), self.index(node.slice))

    def index(self, node: ast.expr) -> ast.expr:
        """Return the rewritten form of an index; its constants are not recorded."""
        if isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant):
            return node
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            args = [ast.Constant(None) if part is None else self.index(part) for part in parts]
            return ast.copy_location(ast.Call(name("slice"), args, []), node)
        if isinstance(node, ast.Tuple):
            elements = [self.index(e) for e in node.elts]
            return ast.copy_location(ast.Tuple(elements, ast.Load()), node)
        return self.seen(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Record the reading of an attribute."""
        if not isinstance(node.ctx, ast.Load):
            return cast(ast.expr, self.generic_visit(node))
        return self.hook("attribute", node, self.seen(node.value), self.attribute(node))

    def attribute(self, node: ast.Attribute) -> ast.Constant:
        """Return the name of an attribute; mangled as in Python if it is private to a class."""
        is_private = self.kind and node.attr[:2] == "__" and node.attr[-2:] != "__"
        return ast.Constant(f"_{self.kind.lstrip('_')}{node.attr}" if is_private else node.attr)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        """Rewrite the body of a class."""
        outer, self.kind = self.kind, node.name
        self.generic_visit(node)
        self.kind = outer
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Record a call; leave a call that uses the names of its frame unchanged."""
        if isinstance(node.func, ast.Name) and node.func.id in OF_THE_FRAME:
            return node
        function = node.func
        args = [self.seen(a) for a in node.args]
        if isinstance(function, ast.Attribute):
            of = [self.seen(function.value), self.attribute(function)]
            call = self.hook("method", node, *of, *args)
        else:
            call = self.hook("call", node, self.seen(function), *args)
        call.keywords = [
            ast.keyword(k.arg, k.value if k.arg in PLAIN_KEYWORDS else self.seen(k.value))
            for k in node.keywords
        ]
        return call

    def visit_Starred(self, node: ast.Starred) -> ast.Starred:
        """Record the rows of an array that are given one by one: f(*x)."""
        kind, value = type(node.ctx), self.seen(node.value)
        node.value = self.hook("unpack", node.value, value) if kind is ast.Load else value
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        """Record the value that `:=` stores."""
        node.value = self.hook("store", node, ast.Constant(node.target.id), self.seen(node.value))
        return node

    def generators(self, node: ast.AST) -> ast.AST:
        """Rewrite a comprehension; a tuple target is unpacked by a hook."""
        made, it = [], cast(ast.expr, node)
        for g in cast(ast.ListComp, node).generators:
            ifs, target = [self.seen(test) for test in g.ifs], g.target
            it = self.hook("iterate", g.iter, self.seen(g.iter))
            if isinstance(target, ast.Tuple):
                kept = self.temporary()
                made.append(ast.comprehension(name(kept, store=True), it, [], 0))
                it = ast.List([self.hook("unpack", g.iter, name(kept))], ast.Load())
            made.append(ast.comprehension(target, it, ifs, 0))
        cast(ast.ListComp, node).generators = made
        for field in ("elt", "key", "value"):
            if hasattr(node, field):
                setattr(node, field, self.visit(getattr(node, field)))
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = generators

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        """Rewrite a case of a match statement, but not its pattern."""
        node.guard = node.guard and self.seen(node.guard)
        node.body = self.body(node.body)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.IfExp:
        """Record which side of a conditional expression is computed."""
        node.test = self.seen(node.test)
        node.body, node.orelse = self.side(node.body), self.side(node.orelse)
        return node

    def side(self, node: ast.expr) -> ast.expr:
        """Return the rewritten form of one side, after the hook that records its run."""
        parts = ast.Tuple([self.hook("reach", node, kind="block"), self.seen(node)], ast.Load())
        return ast.Subscript(parts, ast.Constant(1), ast.Load())

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        """Rewrite the body and the defaults of a lambda."""
        before, self.function = self.function, "lambda"
        node.body = self.seen(node.body)
        node.args = cast(ast.arguments, self.generic_visit(node.args))
        self.function = before
        return node

    # Statements.

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        """Record a stored value; for several targets, compute it once."""
        value = self.seen(node.value)
        if len(node.targets) == 1:
            return self.stored(node, node.targets[0], value)
        kept = self.temporary()
        made: list[ast.stmt] = [ast.Assign([name(kept, store=True)], value)]
        for target in node.targets:
            made += self.stored(node, target, name(kept))
        return made

    def stored(self, node: ast.stmt, target: ast.expr, value: ast.expr) -> list[ast.stmt]:
        """Return the statements that store a value in a target."""
        if isinstance(target, (ast.Tuple, ast.List)):
            return self.unpacked(node, target, self.hook("unpack", node, value))
        text = ast.Constant(ast.unparse(target))
        if isinstance(target, ast.Subscript):
            at = [self.seen(loaded(target.value)), self.index(target.slice)]
            return [ast.Expr(self.hook("set_item", node, *at, value, text))]
        stored = self.hook("store", node, text, value)
        return [ast.Assign([cast(ast.expr, self.visit(target))], stored)]

    def unpacked(
        self, node: ast.stmt, target: ast.Tuple | ast.List, value: ast.expr
    ) -> list[ast.stmt]:
        """Return the statements that unpack a value into the elements of a target."""
        kept = [self.temporary() for _ in target.elts]
        pairs = [(name(k, store=True), e) for k, e in zip(kept, target.elts)]
        parts = [ast.Starred(n, e.ctx) if isinstance(e, ast.Starred) else n for n, e in pairs]
        made: list[ast.stmt] = [ast.Assign([ast.Tuple([*parts], ast.Store())], value)]
        for k, element in zip(kept, target.elts):
            element = element.value if isinstance(element, ast.Starred) else element
            made += self.stored(node, element, name(k))
        return made

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt | list[ast.stmt]:
        """Record a stored value; the annotation stays, since a dataclass reads it."""
        if node.value is None:
            return node
        if not node.simple:
            return self.stored(node, node.target, self.seen(node.value))
        text = ast.Constant(ast.unparse(node.target))
        node.value = self.hook("store", node, text, self.seen(node.value))
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        """Record an augmented assignment."""
        target = node.target
        sign, value = ast.Constant(SIGNS[type(node.op)]), self.seen(node.value)
        text = ast.Constant(ast.unparse(target))
        if isinstance(target, ast.Subscript):
            at = [self.seen(loaded(target.value)), self.index(target.slice)]
            return ast.Expr(self.hook("change_item", node, sign, *at, value, text))
        old = name(target.id) if isinstance(target, ast.Name) else self.seen(loaded(target))
        changed = self.hook("change", node, sign, old, value, text)
        return ast.Assign([cast(ast.expr, self.visit(target))], changed)

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        """Record a returned value."""
        if node.value is not None:
            node.value = self.hook("returned", node, self.seen(node.value))
        return node

    def visit_For(self, node: ast.For) -> ast.stmt:
        """Rewrite a for loop so that the recorder can end it early."""
        node.iter = self.hook("rounds", node, self.seen(node.iter))
        kept, target = self.temporary(), node.target
        node.target = name(kept, store=True)
        head = self.stored(ast.copy_location(ast.Pass(), node), target, name(kept))
        node.body = [*head, *self.block(node, node.body)]
        node.orelse = self.body(node.orelse)
        return node

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        """Rewrite a while loop so that the recorder can end it early."""
        begin = ast.Expr(self.hook("begin", node))
        key = cast(ast.Constant, begin.value.args[0])  # type: ignore[attr-defined]
        node.test = self.hook("again", node, key, self.seen(node.test))
        node.body, node.orelse = self.block(node, node.body), self.body(node.orelse)
        return [begin, node]

    def visit_If(self, node: ast.If) -> ast.stmt:
        """Record which branch is run; always run one that only shows progress."""
        is_seldom = trees.only_tells(node, self.scope)
        node.test = self.seen(node.test)
        node.body = self.block(node, node.body)
        node.orelse = self.block(node, node.orelse) if node.orelse else []
        if is_seldom:
            node.test = self.hook("seldom", node, node.test)
            due = self.hook("is_due", node)
            due.args = node.test.args[:1]
            failed = ast.ExceptHandler(name("Exception"), None, [ast.If(due, [ast.Raise()], [])])
            node.body = [ast.Try(node.body, [failed], [], [])]
        return node

    def block(self, node: ast.stmt, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Return the rewritten statements of a block, after the hook that records its run."""
        return [self.reached(node, statements[0]), *self.body(statements)]

    def reached(self, node: ast.stmt, first: ast.stmt) -> ast.stmt:
        """Return the hook that records the run of a block of a statement, before its first one."""
        before = self.statement
        self.statement = cast(ast.stmt, self.written.get(span(first), node))
        reach = ast.copy_location(ast.Expr(self.hook("reach", node, kind="block")), first)
        self.statement = before
        return reach

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Rewrite a function so that it records its arguments, its entry and its exit."""
        node.decorator_list = [self.seen(d) for d in node.decorator_list]
        node.args.defaults = [self.seen(d) for d in node.args.defaults]
        node.args.kw_defaults = [d and self.seen(d) for d in node.args.kw_defaults]
        function, scope, self.function = self.function, self.scope, node.name
        self.scope = self.written.get(span(node), node)
        documented = 1 if ast.get_docstring(node) is not None else 0
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        stores: list[ast.stmt] = [
            ast.Assign(
                [name(a.arg, store=True)],
                self.hook("store", node, ast.Constant(a.arg), name(a.arg), kind="argument"),
            )
            for a in given
            if a.arg not in ("self", "cls")
        ]
        body = self.body(node.body[documented:])
        if not trees.is_generator(node):  # a generator's frame may be left and entered at any time
            leave = ast.Expr(self.hook("leave", node))
            body = [ast.Try([*stores, *body] or [ast.Pass()], [], [], [leave])]
            stores = [ast.Expr(self.hook("enter", node, kind="function"))]
        node.body = [*node.body[:documented], *stores, *body]
        self.function, self.scope = function, scope
        return node


def rewritten(
    source: str | ast.Module, file: str, places: list[Place], sites: Sites | None = None
) -> CodeType:
    """Return the code of a source in which each operation calls a hook of the recorder.

    source: its text or syntax tree; sites: see Rewriter. Raises SyntaxError for another language.
    """
    key = (source, file, len(places), frozenset((sites or {}).items()))
    if key in _KNOWN:
        code, new = _KNOWN[key]
        places += new
        return code
    before, tree = len(places), parse(source, file) if isinstance(source, str) else source
    made = cast(ast.Module, Rewriter(file, tree, places, sites or {}).visit(same_tree(tree)))
    code = compile(trees.located(made), file, "exec", dont_inherit=True)
    while len(_KNOWN) > MOST_KNOWN:
        _KNOWN.pop(next(iter(_KNOWN)))
    _KNOWN[key] = code, places[before:]
    return code


_KNOWN: dict[Any, tuple[CodeType, list[Place]]] = {}
MOST_KNOWN = 500  # parts of files

"""The text of a file: its nodes by place, where its names are bound, what its calls pass."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from microgradnet.tape.sources import parse
from microgradnet.tape.trees import is_generator, span

__all__ = ["Script", "called_name", "calls_in", "passed"]

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
OPEN = {"*", "exec", "eval", "globals", "vars", "locals", "setattr"}  # names are bound unseen
KINDS: dict[str, Any] = {n: k for n, k in vars(ast).items() if isinstance(k, type)}


class Script:
    """The tree of one text, its nodes by place.

    loose: names that the run binds, in any part of the text, where no hook sees it; names: all;
    scopes: by name where it is bound: "own" function, "module", or "" where that is not known;
    bound: names that are bound somewhere; is_open: whether others may be.
    """

    def __init__(self, text: str, file: str) -> None:
        self.tree = parse(text, file)
        every = list(ast.walk(self.tree))
        self.nodes = {span(n): n for n in every if hasattr(n, "lineno")}
        self.functions = {n.name for n in every if isinstance(n, ast.FunctionDef)}
        self.names = {n.id for n in every if isinstance(n, ast.Name)} | self.functions
        self.names |= {n.attr for n in every if isinstance(n, ast.Attribute)}
        self.names |= {n.name.rpartition(".")[2] for n in every if isinstance(n, ast.alias)}
        strings = (n.value for n in every if isinstance(n, ast.Constant))
        self.names |= {x for x in strings if isinstance(x, str)}
        self.gone_through = {id(n) for node in every for n in _gone_through(node)}
        self.loose = {name for node in every for name in _unseen(node)}
        defined = {n.name for n in every if isinstance(n, (*FUNCTIONS[:2], ast.ClassDef))}
        self.bound = self.loose | defined | _bound_below(every)
        self.is_open = not self.names.isdisjoint(OPEN)
        self.scopes: dict[int, str] = {}
        self.look(self.tree, [_bound(self.tree)])

    def look(self, node: ast.AST, bound: list[set[str]]) -> None:
        """Find where names are bound. bound: those of the module, and of the functions around."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Name) and child.id not in self.loose:
                is_inner = any(child.id in names for names in bound[1:])
                kind = "" if is_inner else "module" if child.id in bound[0] else ""
                self.scopes[id(child)] = "own" if child.id in bound[-1] else kind
            if isinstance(child, ast.FunctionDef) and not is_generator(child):
                self.look(child, [*bound, _bound(child)])
            elif not isinstance(child, FUNCTIONS):
                self.look(child, bound)

    def node(self, at: Sequence[Any]) -> Any:
        """Return the node at a span; of the target of a loop one that stands for it."""
        line, column, end, end_column, kind = at
        key = (line, column, end, end_column, KINDS[kind])
        if key not in self.nodes and kind == "Pass":
            made = ast.Pass(
                lineno=line, col_offset=column, end_lineno=end, end_col_offset=end_column
            )
            self.nodes[key] = made
        return self.nodes[key]


def _gone_through(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the expressions whose rows a node goes through, or takes apart."""
    if isinstance(node, (ast.For, ast.comprehension)):
        yield node.iter
    elif isinstance(node, ast.Assign):
        yield node.value
    elif isinstance(node, ast.Call):
        yield from node.args


def _unseen(node: ast.AST) -> Iterator[str]:
    """Yield names that a node binds, and no hook notes, or notes in another frame."""
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        yield from node.names
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    elif isinstance(node, ast.ClassDef):
        yield from _bound(node)
    elif isinstance(node, ast.arguments):
        yield from (a.arg for a in (node.vararg, node.kwarg) if a is not None)
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from (n.id for n in ast.walk(node.optional_vars) if isinstance(n, ast.Name))
    elif isinstance(node, COMPREHENSIONS):
        targets = [n for g in node.generators for n in ast.walk(g.target)]
        yield from (n.id for n in targets if isinstance(n, ast.Name))


def _bound_below(nodes: Sequence[ast.AST]) -> set[str]:
    """Return the names that are stored in nodes, or are arguments."""
    names = [n for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return {n.id for n in names} | {n.arg for n in nodes if isinstance(n, ast.arg)}


def _bound(scope: ast.AST) -> set[str]:
    """Return the names that a module or a function binds, but not those inside it."""
    found, todo = set[str](), list(ast.iter_child_nodes(scope))
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            todo += ast.iter_child_nodes(node)
    return found


def calls_in(scripts: Iterable[Script]) -> dict[str, list[ast.Call]]:
    """Return by function all its calls, of those that are named in their calls only."""
    found, others = dict[str, list[ast.Call]](), set[str]()
    for script in scripts:
        every = list(ast.walk(script.tree))
        direct = {id(node.func) for node in every if isinstance(node, ast.Call)}
        for node in every:
            if isinstance(node, ast.Call):
                found.setdefault(called_name(node), []).append(node)
            elif isinstance(node, (ast.Name, ast.Attribute)) and id(node) not in direct:
                others.add(node.id if isinstance(node, ast.Name) else node.attr)
            elif isinstance(node, ast.FunctionDef) and node.decorator_list:
                others.add(node.name)
    return {name: calls for name, calls in found.items() if name not in others}


def called_name(call: ast.Call) -> str:
    """Return the last part of the name of what is called; "" if it has none."""
    f = call.func
    return f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "")


def passed(call: ast.Call, names: Sequence[str], name: str) -> ast.expr | None:
    """Return what a call passes as an argument; None where that is not known, or a default."""
    is_starred = any(isinstance(a, ast.Starred) for a in call.args)
    keywords = {k.arg: k.value for k in call.keywords}
    if is_starred or None in keywords or name not in names or len(call.args) > len(names):
        return None
    at = names.index(name)
    return call.args[at] if at < len(call.args) else keywords.get(name)

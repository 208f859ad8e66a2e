"""Work with syntax trees: operators and their functions, copies, positions, scopes and calls."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

from microgradnet.tape.sources import parse

Tree = TypeVar("Tree", bound=ast.AST)
Span = tuple[int, int, int | None, int | None, type]

# -- operators

# The syntax node, the sign, the function of `operator`.
TWO_SIDED = (
    "Add + add, Sub - sub, Mult * mul, Div / truediv, Pow ** pow, MatMult @ matmul, "
    "FloorDiv // floordiv, Mod % mod, BitAnd & and_, BitOr | or_, BitXor ^ xor, "
    "LShift << lshift, RShift >> rshift"
)
COMPARING = "Gt > gt, Lt < lt, GtE >= ge, LtE <= le, Eq == eq, NotEq != ne"
ONE_SIDED = "USub neg neg, UAdd pos pos, Invert ~ invert, Not not not_"


def _rows(text: str) -> list[tuple[str, str, str]]:
    """Return the node, the sign and the function of each operator in a listing."""
    return [(node, sign, name) for node, sign, name in map(str.split, text.split(","))]


_ROWS = [row for text in (TWO_SIDED, COMPARING, ONE_SIDED) for row in _rows(text)]
SIGNS: dict[type[ast.AST], str] = {
    getattr(ast, node): sign for node, sign, _ in _ROWS if node not in ("UAdd", "Not")
}
OPERATORS: dict[str, Callable[..., Any]] = {
    sign: getattr(operator, name) for _, sign, name in _ROWS
}
IN_PLACE: dict[str, Callable[..., Any]] = {
    sign: getattr(operator, f"i{name.rstrip('_')}") for _, sign, name in _rows(TWO_SIDED)
}

# -- copies, positions, new nodes


def same_tree(tree: Tree) -> Tree:
    """Return a copy of a tree, with its fields and positions and no other attributes."""
    made = type(tree).__new__(type(tree))  # a call without fields is warned of from 3.13 on
    for name, value in ast.iter_fields(tree):
        if isinstance(value, ast.AST):
            value = same_tree(value)
        elif isinstance(value, list):
            value = [same_tree(x) if isinstance(x, ast.AST) else x for x in value]
        setattr(made, name, value)
    return ast.copy_location(made, tree)


def put_at(tree: Tree, place: ast.AST) -> Tree:
    """Return a copy of a tree whose nodes are all at the place of another."""
    made = same_tree(tree)
    for node in ast.walk(made):
        ast.copy_location(node, place)
    return made


def span(node: ast.AST) -> Span:
    """Return the position of a node in its file, and its type."""
    at = cast(ast.expr, node)
    return at.lineno, at.col_offset, at.end_lineno, at.end_col_offset, type(node)


def changed_parts(written: ast.AST, edited: ast.AST | None) -> list[tuple[ast.AST, Any]]:
    """Return the one part in which an edited statement differs, after the nodes around it.

    >>> old, new = ast.parse("y = f(x) + 1").body[0], ast.parse("y = f(-x) + 1").body[0]
    >>> [type(part).__name__ for part, _ in changed_parts(old, new)]
    ['Assign', 'BinOp', 'Call', 'Name']
    """
    found: list[tuple[ast.AST, Any]] = [(written, edited)]
    while found[-1][1] is not None and type(found[-1][0]) is type(found[-1][1]):
        pairs = zip(*map(ast.iter_child_nodes, found[-1]))
        other = [(a, b) for a, b in pairs if ast.dump(a) != ast.dump(b)]
        if len(other) != 1:
            break
        found += other
    return found


def changed_line(written: ast.AST, edited: ast.AST | None, line: int) -> int:
    """Return the line of the one part in which an edited statement differs."""
    several = (getattr(part, "lineno", 0) for part, _ in reversed(changed_parts(written, edited)))
    return next(filter(None, several), line)


def located(tree: ast.Module) -> ast.Module:
    """Give each node without a position that of its parent, and return the tree."""
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            lacks = "lineno" in child._attributes and not hasattr(child, "lineno")
            if lacks and hasattr(node, "lineno"):
                ast.copy_location(child, node)
    return ast.fix_missing_locations(tree)


def loaded(target: ast.expr) -> ast.expr:
    """Return the expression that reads the target of an assignment."""
    made = same_tree(target)
    for node in ast.walk(made):
        if hasattr(node, "ctx"):
            node.ctx = ast.Load()
    return made


def name(text: str, store: bool = False) -> ast.Name:
    """Return a syntax node for a name, to be read or stored."""
    return ast.Name(text, ast.Store() if store else ast.Load())


def owner_of(call: ast.AST) -> str:
    """Return the text of the object whose method is called; "" if the call is not of a method."""
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        return ast.unparse(call.func.value)
    return ""


def with_key(text: str, index: Any) -> str:
    """Return the text of an item with its actual index if that is a string."""
    return f"{without_index(text)}[{index!r}]" if type(index) is str else text


def without_index(text: str) -> str:
    """Return the text of an item without its last bracketed index."""
    depth = 0
    for k in range(len(text) - 1, -1, -1):
        depth += (text[k] == "]") - (text[k] == "[")
        if not depth:
            return text[:k]
    return text


def is_number(node: ast.AST) -> bool:
    """Whether a node is an int or float literal, not a bool."""
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def is_generator(function: ast.AST) -> bool:
    """Whether a function yields; yields of functions inside it do not count."""
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
    for child in ast.iter_child_nodes(function):
        if isinstance(child, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(child, inner) and is_generator(child):
            return True
    return False


def leaves(node: ast.If) -> bool:
    """Whether the body of an `if` ends by leaving the loop or function around it."""
    return isinstance(node.body[-1], (ast.Return, ast.Continue, ast.Break, ast.Raise))


def only_tells(node: ast.If, scope: ast.AST) -> bool:
    """Whether a branch is taken every so many rounds, and only prints or stores progress.

    scope: the enclosing function or module; names that the branch stores must be read nowhere else
    in it.
    """
    signs = [n for n in ast.walk(node.test) if isinstance(n, ast.BinOp)]
    if node.orelse or not any(isinstance(n.op, ast.Mod) for n in signs):
        return False
    stored = set[str]()
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            names = [n for t in statement.targets for n in ast.walk(t)]
            if any(isinstance(n, (ast.Attribute, ast.Subscript)) for n in names):
                return False
            stored |= {n.id for n in names if isinstance(n, ast.Name)}
        elif not isinstance(statement, ast.Expr) or called_name(statement.value) not in SAYING:
            return False
    return stored.isdisjoint(_read(scope, span(node)))


SAYING = ("print", "append")  # functions and methods that show or store progress


def _read(scope: ast.AST, but: Span) -> set[str]:
    """Return the names that a scope reads outside a statement, except local names of functions."""
    found = set[str]()
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.stmt) and span(node) == but:
            continue
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            own = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
            names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
            own |= {n.id for n in names if isinstance(n.ctx, ast.Store)}
            found |= _read(node, but) - own
        elif isinstance(node, ast.Name):
            found |= {node.id} if isinstance(node.ctx, ast.Load) else set()
        else:
            found |= _read(node, but)
    return found


# -- the text of a file

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
OPEN = {"*", "exec", "eval", "globals", "vars", "locals", "setattr"}  # may bind names unseen
KINDS: dict[str, Any] = {n: k for n, k in vars(ast).items() if isinstance(k, type)}


class Script:
    """The syntax tree of one text, with its nodes by position.

    loose: names bound anywhere in the text where no hook sees it; names: all names; scopes: by
    node, the scope that binds its name: "own" function, "module", or "" if unknown; bound: names
    that are bound somewhere; is_open: whether code may bind further names.
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
        stored = {n.id for n in every if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        arguments = {n.arg for n in every if isinstance(n, ast.arg)}
        self.bound = self.loose | defined | stored | arguments
        self.is_open = not self.names.isdisjoint(OPEN)
        self.scopes: dict[int, str] = {}
        self.look(self.tree, [_bound(self.tree)])

    def look(self, node: ast.AST, bound: list[set[str]]) -> None:
        """Find the scope of each name; bound: names of the module and of enclosing functions."""
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
        """Return the node at a span; for a loop's target, a placeholder statement."""
        line, column, end, end_column, kind = at
        key = (line, column, end, end_column, KINDS[kind])
        if key not in self.nodes and kind == "Pass":
            self.nodes[key] = ast.Pass(**dict(zip(ast.Pass._attributes, at)))
        return self.nodes[key]


def _gone_through(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the expressions that a node may iterate over or unpack."""
    if isinstance(node, (ast.For, ast.comprehension)):
        yield node.iter
    elif isinstance(node, ast.Assign):
        yield node.value
    elif isinstance(node, ast.Call):
        yield from node.args


def _unseen(node: ast.AST) -> Iterator[str]:
    """Yield names that a node binds and no hook records, or only in another frame."""
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
    elif isinstance(node, ast.For) and called_name(node.iter) == "range":  # it has no entries
        yield from (n.id for n in ast.walk(node.target) if isinstance(n, ast.Name))
    elif isinstance(node, COMPREHENSIONS):
        targets = [n for g in node.generators for n in ast.walk(g.target)]
        yield from (n.id for n in targets if isinstance(n, ast.Name))


def _bound(scope: ast.AST) -> set[str]:
    """Return the names that a module or function binds, without those of functions inside it."""
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
    """Return by name the calls of each function that is used only in calls by name."""
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


def names_in(*nodes: ast.AST) -> set[str]:
    """Return the names in some nodes, without attributes."""
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}


def put_for_name(tree: ast.expr, name: str, value: ast.expr) -> ast.expr:
    """Return an expression with another one in place of a name.

    >>> ast.unparse(put_for_name(ast.parse("m // G", mode="eval").body, "m", ast.Name("n")))
    'n // G'
    """
    if isinstance(tree, ast.Name):
        return value if tree.id == name else tree
    for field, part in ast.iter_fields(tree):
        if isinstance(part, ast.expr):
            setattr(tree, field, put_for_name(part, name, value))
    return tree


def differing(old: ast.AST, new: ast.AST | None) -> list[str]:
    """Return the names and attributes of a node that another has others for, if all else is alike.

    >>> differing(ast.parse("y = a * x + a"), ast.parse("y = b * x + b"))
    ['a', 'a']
    """
    nodes, others = list(ast.walk(old)), list(ast.walk(new)) if new is not None else []
    if [_kind(n) for n in nodes] != [_kind(n) for n in others]:
        return []
    pairs = [
        [getattr(n, "id", getattr(n, "attr", "")) for n in pair] for pair in zip(nodes, others)
    ]
    return [a for a, b in pairs if a != b]


def _kind(node: ast.AST) -> tuple[type, object]:
    return type(node), node.value if isinstance(node, ast.Constant) else None


def called_name(call: ast.AST) -> str:
    """Return the last part of the name of a called function; "" if it has none."""
    f = getattr(call, "func", None)
    return f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "")


def passed(call: ast.Call, names: Sequence[str], name: str) -> ast.expr | None:
    """Return the expression that a call passes as an argument; None if not known, or a default."""
    is_starred = any(isinstance(a, ast.Starred) for a in call.args)
    keywords = {k.arg: k.value for k in call.keywords}
    if is_starred or None in keywords or name not in names or len(call.args) > len(names):
        return None
    at = names.index(name)
    return call.args[at] if at < len(call.args) else keywords.get(name)


def only_adds(statement: ast.stmt) -> bool:
    """Whether a statement adds to a target that its value does not read."""
    if not isinstance(statement, ast.AugAssign) or not isinstance(statement.op, (ast.Add, ast.Sub)):
        return False
    target: ast.expr = statement.target
    while isinstance(target, (ast.Subscript, ast.Attribute)):
        target = target.value
    return isinstance(target, ast.Name) and target.id not in names_in(statement.value) - {"self"}

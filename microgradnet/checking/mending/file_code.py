"""Read from the syntax trees of a person's files which names and formulas an edit may use."""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any

from microgradnet.tape.edited import CHANGING, DRAWING
from microgradnet.tape.entry import Place
from microgradnet.tape.trees import Span, called_name, names_in, span

MANY = 16  # attributes of a file
MOST_KEYS = 16  # of all dicts of a file
LONG = 40  # characters of a formula
MOST_CONSTANTS = 4  # such as 0.044715, which a derivative has to repeat
MODULES = {"np", "numpy", "math", "random", "scipy", "torch", "jnp", "jax", "lax"}  # of numbers
LIBRARIES = {*MODULES, "os", "sys", "plt", "self", "cls"}
NUMBERS = {"pi", "e"}  # of modules; `np.r_` times an array would never end
MAKING = {"zeros", "zeros_like", "ones", "ones_like", "empty", "empty_like", "full", "copy", "eye"}
INDEXING = {"range", "len", "arange", "int"}  # functions that change nothing


class FileCode:
    """The syntax trees of a person's files: the functions, and which of them change nothing."""

    def __init__(self, trees: dict[str, ast.Module]) -> None:
        self.trees = trees
        self.functions: dict[str, ast.FunctionDef] = {}
        self.named: dict[str, list[ast.FunctionDef]] = {}  # those of several classes, too
        self.classes: dict[str, str] = {}  # by method
        nodes = [n for tree in trees.values() for n in ast.walk(tree)]
        for node in nodes:
            if isinstance(node, ast.FunctionDef):
                self.functions[node.name] = node
                self.named.setdefault(node.name, []).append(node)
            elif isinstance(node, ast.ClassDef):
                inner = [m for m in node.body if isinstance(m, ast.FunctionDef)]
                self.classes.update({m.name: node.name for m in inner})
        self._read_formulas(nodes)
        self._read_names(nodes)
        loops = [n for n in nodes if isinstance(n, (ast.For, ast.While))]
        body = (n for loop in loops for n in ast.walk(loop) if isinstance(n, ast.stmt))
        self.in_loops = {(n.lineno, n.col_offset) for n in body}
        self.limits = list(dict.fromkeys(pair for n in nodes for pair in clipped(n)))
        several = self.named.items()
        self.pure = {name for name, fs in several if all(self.is_pure(f, (name,)) for f in fs)}

    def _read_formulas(self, nodes: Sequence[ast.AST]) -> None:
        """Collect the names, formulas and numbers that an edit may put in."""
        self.before = dict(pair for n in nodes for pair in activated(n))
        self.counters = frozenset(name for n in nodes for name in counted(n))
        self.around: dict[str, list[str]] = {}
        formulas = (n for n in nodes if isinstance(n, (ast.Call, ast.BinOp)) and self.is_pure(n))
        for atom, text in (pair for n in formulas for pair in standing_in(n)):
            if text not in self.around.setdefault(atom, []):
                self.around[atom].append(text)
        self.lengths = list(dict.fromkeys(t for n in nodes for t in length_of(n)))
        self.axes = list(dict.fromkeys(t for n in nodes for t in axes_of(n)))
        self.items = list(dict.fromkeys(x for n in nodes for x in self.item_of(n)))
        self.factors = list(dict.fromkeys(t for n in nodes for t in rests_of(n)))
        slices = (n.slice for n in nodes if isinstance(n, ast.Subscript))
        self.indices = list(dict.fromkeys(text_of(n) for n in slices if isinstance(n, ast.Tuple)))
        numbers = {n.value for n in nodes if isinstance(n, ast.Constant)}
        odd = sorted(
            x for x in numbers if type(x) is float and x > 1e-3 and len(f"{x:g}".strip("0.")) > 3
        )
        self.constants = dict.fromkeys(map(repr, odd[:MOST_CONSTANTS]), ())

    def _read_names(self, nodes: Sequence[ast.AST]) -> None:
        """Collect the names of the module, attributes and keys."""
        places = [ast.unparse(n) for n in nodes if isinstance(n, ast.Attribute) and is_atom(n)]
        names = {n.id for n in nodes if isinstance(n, ast.Name)}
        own = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        own.update(n.arg for n in nodes if isinstance(n, ast.arg))
        other = {*own, *LIBRARIES, *self.functions, *dir(builtins)}
        self.fixed = sorted(n for n in names if n.isupper() or n not in other)  # of the module
        self.attributes = [*dict.fromkeys(places)]
        called = {n.func for n in nodes if isinstance(n, ast.Call)}
        stored = [n for n in nodes if isinstance(n, ast.Attribute) and n not in called]
        stored = [n for n in stored if getattr(n.value, "id", "") not in LIBRARIES - {"self"}]
        fields = [name for n in nodes if isinstance(n, ast.ClassDef) for name in fields_of(n)]
        self.stored = [*dict.fromkeys([*(n.attr for n in stored if n.attr != "T"), *fields])]
        self.keys = [*dict.fromkeys(key for n in nodes for key in keyed(n))][:MOST_KEYS]

    def shifted(self, names: Collection[str]) -> dict[Span, ast.stmt]:
        """Return assignments of other numbers to constants of some names, by place."""
        nodes = (n for tree in self.trees.values() for n in ast.walk(tree))
        several = [n for n in nodes if isinstance(n, ast.Assign)]
        several = [n for n in several if isinstance(n.value, (ast.Constant, ast.Tuple))]
        pairs = [(n, _shifted(n, names)) for n in several]
        return {span(old): new for old, new in pairs if ast.dump(old) != ast.dump(new)}

    def item_of(self, node: ast.AST) -> Iterator[tuple[str, str, frozenset[str]]]:
        """Yield a place that loop counters index, with the index and its names."""
        if isinstance(node, ast.Subscript) and is_atom(node.value):
            index, at = frozenset(names_in(node.slice)), ast.unparse(node.slice)
            if index and index <= self.counters:
                yield ast.unparse(node.value), at.strip("()"), index

    def is_pure(self, tree: ast.AST, seen: Sequence[str] = ()) -> bool:
        """Whether code changes nothing but its own local names, and arrays that it makes."""
        own = {name for node in ast.walk(tree) for name in made(node)}
        for node in ast.walk(tree):
            is_place = isinstance(node, (ast.Attribute, ast.Subscript))
            is_own = isinstance(node, ast.Subscript) and getattr(node.value, "id", "") in own
            if is_place and not is_own and not isinstance(node.ctx, ast.Load):  # type: ignore
                return False
            if isinstance(node, (ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom)):
                return False
            if isinstance(node, ast.Call):
                name = called_name(node)
                if name in (*CHANGING, *DRAWING, "print", "input", "at"):
                    return False
                others = self.named.get(name, ()) if name not in seen else ()
                if not all(self.is_pure(f, (*seen, name)) for f in others):
                    return False
        return True

    def is_clean(self, statement: ast.stmt) -> bool:
        """Whether all functions of the person that a statement calls change nothing."""
        calls = [called_name(n) for n in ast.walk(statement) if isinstance(n, ast.Call)]
        return all(name not in self.functions or name in self.pure for name in calls)

    def helpers(self) -> list[str]:
        """Return the person's pure functions of one number, as "f({})"."""
        found = []
        for name, f in self.functions.items():
            args = [a.arg for a in f.args.args]
            head = name
            if name in self.classes:
                is_static = args[:1] != ["self"]
                head = f"{self.classes[name] if is_static else 'self'}.{name}"
                args = args if is_static else args[1:]
            required = len(args) - len(f.args.defaults)
            if name in self.pure and args and required <= 1 and len(args) <= 2 and name[:2] != "__":
                found += [f"{head}({{}})", f"{head}({{}}, True)"][: len(args)]
        return found

    def fields(self, statement: ast.stmt, but: set[str]) -> list[str]:
        """Return the attributes that the objects in a statement may have, by those of the file."""
        nodes = [n for n in ast.walk(statement) if isinstance(n, ast.Attribute)]
        owners = {n.value.id for n in nodes if isinstance(n.value, ast.Name)} - but
        return [f"{x}.{a}" for x in sorted(owners) for a in self.stored[:MANY]]

    def arguments(self, place: Place) -> list[str]:
        """Return the arguments of the function at a place, the unused ones too."""
        function = self.functions.get(place.function)
        given = function.args.args if function is not None else []
        return [a.arg for a in given if a.arg not in ("self", "cls")]

    def is_method(self, place: Place, owner: str = "self") -> bool:
        """Whether a place is in a function with the argument self, or another owner."""
        function = self.functions.get(place.function)
        return function is not None and any(a.arg == owner for a in function.args.args)

    def body(self, place: Place) -> list[ast.stmt]:
        """Return the statements whose names an edit at a place may use."""
        if place.function in self.functions:
            return self.functions[place.function].body
        outer = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
        return [s for s in self.trees[place.file].body if not isinstance(s, outer)]


def activated(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the target of a statement and the only value it is computed from: h1, sum_h1."""
    if isinstance(node, ast.Assign) and is_atom(node.targets[0]) and not is_atom(node.value):
        functions = {n.func for n in ast.walk(node.value) if isinstance(n, ast.Call)}
        inside = {ast.unparse(n) for n in ast.walk(node.value) if is_atom(n) and n not in functions}
        inside -= LIBRARIES
        if len(inside) == 1 and functions:
            yield ast.unparse(node.targets[0]), inside.pop()


def standing_in(node: ast.expr) -> Iterator[tuple[str, str]]:
    """Yield the places that a short formula is computed from, each with the formula."""
    if len(text := ast.unparse(node)) <= LONG:
        inner = ast.iter_child_nodes(node)
        yield from ((ast.unparse(n), text) for n in inner if is_atom(n))


def made(node: ast.AST) -> Iterator[str]:
    """Yield the name of a new array: out = np.zeros(3), or of a formula."""
    value = getattr(node, "value", None)
    is_new = isinstance(value, (ast.BinOp, ast.UnaryOp))
    is_new |= isinstance(value, ast.Call) and called_name(value) in MAKING
    if isinstance(node, ast.Assign) and is_new:
        yield from (t.id for t in node.targets if isinstance(t, ast.Name))


def fields_of(node: ast.ClassDef) -> Iterator[str]:
    """Yield the fields of a dataclass."""
    fields = (n.target for n in node.body if isinstance(n, ast.AnnAssign))
    yield from (x.id for x in fields if isinstance(x, ast.Name))


def text_of(index: ast.Tuple) -> str:
    """Return the text of an index of several axes."""
    return ", ".join(map(ast.unparse, index.elts))


def length_of(node: ast.AST) -> Iterator[str]:
    """Yield the number of elements between two places: (hi - lo) for lo:hi, or for / (hi - lo)."""
    ends = (node.lower, node.upper) if isinstance(node, ast.Slice) and not node.step else ()
    below = node.right if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) else None
    if isinstance(below, ast.BinOp) and isinstance(below.op, ast.Sub):
        ends = below.right, below.left
    if ends and all(x is not None and is_atom(x) for x in ends):
        low, high = (ast.unparse(x) for x in ends if x is not None)
        yield f"({high} - {low})"


def axes_of(node: ast.AST) -> Iterator[str]:
    """Yield the axes of a sum over several: (2, 3)."""
    if isinstance(node, ast.keyword) and node.arg in ("axis", "dim"):
        yield from [ast.unparse(node.value)] if isinstance(node.value, ast.Tuple) else []


def rests_of(node: ast.AST) -> Iterator[str]:
    """Yield a product of three or more places without each of them: mask / keep of a * mask / keep.

    That is the derivative by the one that is left out, if nothing is divided by it.
    """
    signs, places = list[str](), list[str]()
    while isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        signs.insert(0, "*" if isinstance(node.op, ast.Mult) else "/")
        places.insert(0, ast.unparse(node.right) if is_atom(node.right) else "")
        node = node.left
    places.insert(0, ast.unparse(node) if is_atom(node) else "")
    for k in range(len(places) if len(places) > 2 and all(places) else 0):
        pairs = [p for i, p in enumerate(zip(["*", *signs], places)) if i != k]
        if ["*", *signs][k] == "*" and pairs[0][0] == "*":
            yield " ".join(x for pair in pairs for x in pair)[2:]


def clipped(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the limits of a clip: of np.clip(x, a, b), or np.minimum(np.maximum(x, a), b)."""
    if not isinstance(node, ast.Call):
        return
    name, given = called_name(node), node.args
    if name == "clip" and len(given) > 1:
        yield ast.unparse(given[-2]), ast.unparse(given[-1])
    if name in ("minimum", "maximum") and len(given) == 2:
        for inner, own in (given, given[::-1]):
            other = called_name(inner) if isinstance(inner, ast.Call) else ""
            if isinstance(inner, ast.Call) and {name, other} == {"minimum", "maximum"}:
                ends = [ast.unparse(own), ast.unparse(inner.args[-1])]
                yield (ends[0], ends[1]) if name == "maximum" else (ends[1], ends[0])


def counted(node: ast.AST) -> Iterator[str]:
    """Yield the names of loop counters, and of those that a statement counts up by 1."""
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        name, _, rest = ast.unparse(node).partition(" ")
        if rest in ("+= 1", f"= {name} + 1"):
            yield name
    if isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, ast.Call):
        target, by = node.target, called_name(node.iter)
        inner = node.iter.args[0] if by == "reversed" and node.iter.args else None
        by = called_name(inner) if isinstance(inner, ast.Call) else by
        if by == "enumerate" and isinstance(target, ast.Tuple):
            target = target.elts[0]
        if by in ("range", "enumerate") and isinstance(target, ast.Name):
            yield target.id


def keyed(node: ast.AST) -> Iterator[str]:
    """Yield the keys of a dict, as code."""
    if isinstance(node, ast.Dict):
        keys = [k.value for k in node.keys if isinstance(k, ast.Constant)]
        yield from (repr(k) for k in keys if isinstance(k, str))
    elif isinstance(node, ast.Call) and called_name(node) == "dict":
        yield from (repr(k.arg) for k in node.keywords if k.arg)


def _shifted(node: ast.Assign, names: Collection[str]) -> ast.Assign:
    """Return an assignment with other numbers for the constants of some names."""
    made = copy.deepcopy(node)
    ends: list[Any] = [made.targets[0], made.value]
    is_tuple = all(isinstance(x, ast.Tuple) for x in ends)
    for target, x in zip(*(x.elts for x in ends)) if is_tuple else [ends]:
        if isinstance(x, ast.Constant) and type(x.value) is float and ast.unparse(target) in names:
            x.value *= 1.3 - (0.3 * x.value if 0 < x.value < 1 else 0.0)  # a share stays one
    return made


@lru_cache(maxsize=4)  # a pass is recorded at several examples
def code_of(trees: tuple[tuple[str, ast.Module], ...]) -> FileCode:
    """Return the code of several files, by name."""
    return FileCode(dict(trees))


def is_atom(node: ast.AST) -> bool:
    """Whether an expression is a name, or an attribute or entry of one."""
    if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in MODULES:
        return node.attr in NUMBERS
    if isinstance(node, ast.Attribute):
        return node.attr != "T" and is_atom(node.value)
    if isinstance(node, ast.Subscript):
        calls = {called_name(n) for n in ast.walk(node.slice) if isinstance(n, ast.Call)}
        return is_atom(node.value) and calls <= INDEXING
    return isinstance(node, ast.Name)


def atoms(body: Sequence[ast.stmt], but: set[str]) -> list[str]:
    """Return the names, attributes and entries that statements use."""
    found: dict[str, None] = {}
    functions = {n.func for s in body for n in ast.walk(s) if isinstance(n, ast.Call)}
    for statement in body:
        for node in ast.walk(statement):
            if is_atom(node) and node not in functions:
                text = ast.unparse(node)
                if text.partition(".")[0].partition("[")[0] not in but or "self." in text:
                    found[text] = None
    return list(found)

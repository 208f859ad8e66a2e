"""What a file derives by calling what derives: told by its text, statement by statement."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from microgradnet.checking.claims import claim
from microgradnet.checking.names import parts
from microgradnet.words import say

__all__ = ["Derived", "derived_in"]

# By the package that they are from: functions that derive, or give what does.
DERIVING = {
    "microgradnet": {"grad", "differences", "derive", "explain"},
    "torch": {"grad", "jacobian", "hessian", "vjp", "jvp", "jacrev", "jacfwd", "grad_and_value"},
    "jax": {"grad", "value_and_grad", "jacobian", "jacrev", "jacfwd", "hessian", "vjp", "jvp"},
    "autograd": {"grad", "value_and_grad", "elementwise_grad", "jacobian", "make_vjp"},
    "sympy": {"diff", "Derivative", "differentiate_finite"},
    "tensorflow": {"gradients", "GradientTape"},
    "scipy": {"approx_fprime", "derivative", "jacobian"},
    "numdifftools": {"Gradient", "Derivative", "Jacobian"},
    "theano": {"grad"},
    "casadi": {"gradient", "jacobian"},
}
METHODS = {"diff": "sympy", "gradient": "tensorflow"}  # of what these packages make
LIBRARIES = {"numpy", "math", "np"}
SMALL = 0.1  # a step of a difference; larger ones are numbers of a formula
STARTS = re.compile(r"(zeros|ones|empty|full)(_like)?$|^(dict|list)$")
DEEPEST = 3  # modules that import one another
ROUNDS = 3  # through a scope, for what a loop or a later function hands back


class Derived:
    """What is derived in a file by calling what derives.

    lines: how, by the line of each statement and by what it assigns, "" where that is not;
    helpers: the lines of functions that hand nothing back but such; by_hand: whether another
    statement is called a derivative; named: what is called one and is derived so, by its line.
    """

    def __init__(
        self, text: str, folder: Path | None, others: Mapping[str, str], depth: int = 0
    ) -> None:
        tree = ast.parse(text)
        nodes = [*ast.walk(tree)]
        self.lines: dict[int, dict[str, str]] = {}
        self.helpers: set[int] = set()
        self.named: dict[int, str] = {}
        self.by_hand = False
        self.functions: dict[str, list[str]] = {}  # how each is derived that a function returns
        self.imported = {**others, **_imported(nodes)}
        self.has_own_backward = _defines_backward(nodes)
        for module, asname in _own_modules(nodes) if depth < DEEPEST else ():
            self._take(module, asname, folder, depth + 1)
        self.goes_backward = not self.has_own_backward and any(map(_goes_backward, nodes))
        functions = [n for n in nodes if isinstance(n, (ast.FunctionDef, ast.Lambda))]
        for _ in range(ROUNDS):
            self.lines, self.named, self.by_hand = {}, {}, False
            whole = _Scope(self, tree, {})
            for function in functions:
                scope = _Scope(self, function, whole.derived)
                if isinstance(function, ast.FunctionDef):
                    self.functions[function.name] = scope.returned
                    is_helper = scope.returned and all(scope.returned)
                    inside = ast.walk(function) if is_helper else ()
                    self.helpers |= {n.lineno for n in inside if isinstance(n, ast.stmt)}
            if not any(map(any, self.functions.values())):
                break

    def _take(self, module: str, asname: str, folder: Path | None, depth: int) -> None:
        """Take in what a module beside the file derives."""
        place = folder / module.replace(".", "/") if folder and module else None
        several = [place.with_suffix(".py"), place / "__init__.py"] if place else []
        path = next((path for path in several if path.is_file()), None)
        if path is None:
            return
        try:
            other = Derived(path.read_text(encoding="utf-8"), path.parent, {}, depth)
        except (OSError, ValueError, SyntaxError, RecursionError):
            return
        self.has_own_backward |= other.has_own_backward
        names = {f"{asname}.{k}" if asname else k: v for k, v in other.functions.items()}
        self.functions |= names

    def note(self, statement: ast.stmt, target: str, how: str) -> None:
        """Note how what a statement assigns is derived, "" where it is not."""
        name = f"update {target}" if isinstance(statement, ast.AugAssign) and how else target
        self.lines.setdefault(statement.lineno, {})[target] = how
        called = bool(claim(target, ()) or any(parts(target))) or name != target
        if called and how:
            self.named[statement.lineno] = name
        elif called and _says_more(statement):
            self.by_hand = True

    def at(self, line: int, name: str) -> str:
        """Return how what a line assigns to a name is derived; to all, where it has no such."""
        there = self.lines.get(line, {})
        bare = name.removeprefix("update ")
        known = [there[x] for x in (name, bare, f"self.{bare}", f"{bare}.data") if x in there]
        every = next(iter(there.values()), "") if all(there.values()) else ""
        return known[0] if known else every

    def path(self, function: ast.expr) -> str:
        """The dotted name of what is called, by the package it is from: `jax.grad`."""
        name = ast.unparse(function)
        first, dot, rest = name.partition(".")
        if not dot and first not in self.imported and "*" in self.imported:
            return f"{self.imported['*']}.{first}"
        return f"{self.imported.get(first, first)}{dot}{rest}"


@functools.lru_cache(16)
def derived_in(text: str, folder: Path | None = None, others: str = "") -> Derived | None:
    r"""Return what is derived in a file by calling what derives; None where it cannot be read.

    folder: where it lies, with the modules it imports; others: further names, `mg=microgradnet`
    in lines.

    >>> derived_in("import jax\ndW = jax.grad(f)(W)\n").at(2, "dW")
    'jax.grad'
    """
    try:
        names = dict(line.split("=") for line in others.split())
        return Derived(text, folder, names)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported(nodes: Sequence[ast.AST]) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for a in node.names:
                found[a.asname or a.name.partition(".")[0]] = (
                    a.name if a.asname else a.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for a in node.names:
                star = a.name == "*"
                found[a.asname or a.name] = node.module if star else f"{node.module}.{a.name}"
    return found


def _own_modules(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, str]]:
    """The modules that are imported, and by what name their functions are called."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((a.name, a.asname or a.name) for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, ""


def _defines_backward(nodes: Sequence[ast.AST]) -> bool:
    return any(isinstance(n, ast.FunctionDef) and n.name == "backward" for n in nodes)


def _goes_backward(node: ast.AST) -> bool:
    """Whether something is `loss.backward()`; a layer's is given what comes from above."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return is_method and node.func.attr == "backward" and not node.args  # type: ignore[attr-defined]


def _says_more(statement: ast.stmt) -> bool:
    """Whether a statement computes something: zeros to begin with are not derived by hand."""
    value = getattr(statement, "value", None)
    if isinstance(value, ast.Call) and STARTS.search(ast.unparse(value.func)):
        return False
    kinds = (ast.BinOp, ast.UnaryOp, ast.Call)
    return value is not None and any(isinstance(n, kinds) for n in ast.walk(value))


class _Scope:
    """The statements of a function, or of a file: which names are derived, and how."""

    def __init__(self, file: Derived, root: ast.AST, outside: Mapping[str, str]) -> None:
        self.file, self.derived = file, dict(outside)
        self.returns: list[list[str]] = []
        nodes = list(_own_nodes(root))
        self.results = _results(nodes)
        self.steps = set(_steps(nodes))
        if isinstance(root, ast.Lambda):
            self.returns.append([self.how(root.body)])
            return
        for again in (False, True):
            for node in nodes if not again or self.derived else ():
                if isinstance(node, ast.stmt):
                    self._take(node)

    @property
    def returned(self) -> list[str]:
        """How each that is returned is derived; [""] where they differ or are not."""
        return self.returns[-1] if self.returns else [""]

    def _take(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Return) and node.value is not None:
            several = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            self.returns.append([self.how(x) for x in several])
            self.file.lines[node.lineno] = {"": self.how(node.value)}
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(node, target, node.value)
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)) and node.value is not None:
            self._set(node, node.target, self.how(node.value) or self.how(node.target))
        elif isinstance(node, ast.For):
            self._set(node, node.target, self.how(node.iter))

    def _assign(self, node: ast.stmt, target: ast.expr, value: ast.expr) -> None:
        if not isinstance(target, (ast.Tuple, ast.List)):
            self._set(node, target, self.how(value))
            return
        hows = [self.how(value)] * len(target.elts)
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(hows):
            hows = [self.how(x) for x in value.elts]
        elif isinstance(value, ast.Call) and len(each := self._handed_back(value)) == len(hows):
            hows = each
        for one, how in zip(target.elts, hows):
            self._set(node, one, how)

    def _set(self, node: ast.stmt, target: ast.expr, how: str) -> None:
        name = _key(target)
        if how:
            self.derived[name] = how
        elif isinstance(target, ast.Name) and isinstance(node, ast.Assign):
            self.derived.pop(name, None)
        if not isinstance(node, ast.For):
            self.file.note(node, name, how)

    def _handed_back(self, call: ast.Call) -> list[str]:
        """How each is derived that a function of the file returns."""
        name = ast.unparse(call.func)
        own = self.file.functions.get(name.removeprefix("self."))
        return own or self.file.functions.get(name) or []

    def how(self, node: ast.AST) -> str:
        """How what an expression gives is derived; "" where it is not."""
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            if found := self.derived.get(_key(node)) or self.derived.get(ast.unparse(node)):
                return found
            if isinstance(node, ast.Attribute) and node.attr == "grad" and self.file.goes_backward:
                return "backward()"
        if isinstance(node, ast.BinOp) and (of := self._difference(node)):
            return say("finite differences of {name}", name=of)
        if isinstance(node, ast.Compare):
            return ""
        return next(filter(None, map(self.how, ast.iter_child_nodes(node))), "")

    def _call(self, node: ast.Call) -> str:
        path = self.file.path(node.func)
        package, last = path.partition(".")[0], path.rpartition(".")[2]
        if last in DERIVING.get(package, ()) and path != package:
            return ast.unparse(node.func)
        by = METHODS.get(last) if isinstance(node.func, ast.Attribute) else None
        used = {x.partition(".")[0] for x in self.file.imported.values()}
        if by in used and package not in LIBRARIES:
            return f"{by}'s {last}"
        own = self._handed_back(node)
        if own and all(own):
            return own[0]
        return next(filter(None, map(self.how, ast.iter_child_nodes(node))), "")

    def _difference(self, node: ast.BinOp) -> str:
        """The function of which a quotient is the difference, `(f(w + h) - f(w - h)) / (2 * h)`."""
        if not isinstance(node.op, ast.Div):
            return ""
        top = _without_numbers(node.left)
        if not (isinstance(top, ast.BinOp) and isinstance(top.op, ast.Sub)):
            return ""
        one, other = (self._result(x) for x in (top.left, top.right))
        package = self.file.path(ast.parse(one, mode="eval").body).partition(".")[0] if one else ""
        if not one or one != other or package in LIBRARIES:
            return ""
        bottom = _without_numbers(node.right)
        small = isinstance(bottom, ast.Constant) and "" in self.steps
        return one if small or (ast.unparse(bottom) in self.steps) else ""

    def _result(self, node: ast.expr) -> str:
        """The function that something is the result of; "" for anything else."""
        while isinstance(node, ast.Subscript):
            node = node.value
        if isinstance(node, ast.Name):
            return self.results.get(node.id, "")
        return _called(node)


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    if ast.unparse(node.func) in ("float", "np.sum", "np.mean") and node.args:
        return _called(node.args[0])
    is_result = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call)
    return _called(node.func.value) if is_result else ast.unparse(node.func)  # type: ignore[attr-defined]


def _own_nodes(root: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope in their order, without those of functions in it."""
    left = [*ast.iter_child_nodes(root)][::-1]
    while left:
        yield (node := left.pop())
        if not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            left += [*ast.iter_child_nodes(node)][::-1]


def _results(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """The names that hold the result of a call, with the function."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and (called := _called(node.value)):
            for target in node.targets:
                first = target.elts[0] if isinstance(target, ast.Tuple) else target
                found[_key(first)] = called
    return found


def _steps(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """What is added to something, or taken off: names, and "" for a small number."""
    for node in nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            yield from _small_or_named(node.left, node.right)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
            yield from _small_or_named(node.value)


def _small_or_named(*several: ast.expr) -> Iterator[str]:
    for x in several:
        node = _without_numbers(x)
        if isinstance(node, ast.Constant):
            number = node.value
            small = isinstance(number, float) and 0.0 < number < SMALL
            yield from [""] if small else []
        else:
            yield ast.unparse(node)


def _without_numbers(node: ast.expr) -> ast.expr:
    """A product without its numbers: h of 2 * h, and of -h."""
    if isinstance(node, ast.UnaryOp):
        return _without_numbers(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(one, ast.Constant):
                return _without_numbers(other)
    return node


def _key(target: ast.AST) -> str:
    """What is assigned to, without what an entry of an array is chosen by."""
    text = ast.unparse(target)
    if isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Constant):
        return _key(target.value)
    return re.sub(r"\.(data|value)$", "", text)

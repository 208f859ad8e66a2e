"""What the text of a submission computes, as numbers, without running it.

Only what stands in one row of statements is computed: arithmetic, known functions, and functions of
the file that are as plain. Anything else is unknown, and so is all that uses it.
"""

from __future__ import annotations

import ast
import contextlib
import math
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from microgradnet.operations.operation import FUNCTIONS

__all__ = ["Interpreted"]

MOST_STEPS = 20_000  # expressions that are computed for one row of statements, 0.02 s
OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
BUILT_IN: Mapping[str, Callable[..., Any]] = {"abs": abs, "max": max, "min": min, "float": float}
LIBRARIES = ("math", "numpy", "microgradnet")
OTHERS: Mapping[str, Callable[..., Any]] = {"square": lambda x: x * x, "abs": abs, "power": pow}


class UnknownError(Exception):
    """What a text computes is not known without running it."""


class Interpreted:
    r"""A text whose statements are interpreted.

    >>> text = Interpreted(ast.parse("def f(w):\n    y = w * 3\n    return locals()"))
    >>> text.numbers(2, {"w": 2.0}.get)["y"]
    6.0
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree

    @cached_property
    def stored(self) -> Counter[str]:
        """How often each name is bound in the file."""
        return Counter(_stored(self.tree))

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """The functions of the file by their names, of those that are bound to nothing else."""
        found = [n for n in self.tree.body if isinstance(n, ast.FunctionDef)]
        return {n.name: n for n in found if self.stored[n.name] == 1 and not n.decorator_list}

    @cached_property
    def constants(self) -> dict[str, float]:
        """The numbers at the top of the file that are bound to their names for good."""
        found: dict[str, float] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                number = node.value.value
                names = [t.id for t in node.targets if isinstance(t, ast.Name)]
                if isinstance(number, (int, float)):
                    found |= {name: float(number) for name in names if self.stored[name] == 1}
        return found

    @cached_property
    def libraries(self) -> dict[str, str]:
        """What names are imported as: `np` as numpy, `exp` as math.exp."""
        found: dict[str, str] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Import):
                found |= {a.asname or a.name: a.name for a in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        return found

    def numbers(self, line: int, given: Callable[[str], float | None]) -> dict[str, float]:
        """Return what the statements around a line leave in names, of what is known.

        given: the number of a name that they begin with, None for one that is not known.
        """
        known = _Names(self, given, [MOST_STEPS])
        function, block = self.around(line)
        if function is not None and not function.decorator_list:
            with contextlib.suppress(RecursionError):
                known.refused = _bound_outside(function, block)
                known.run(block)
                return known.found
        return {}

    def around(self, line: int) -> tuple[ast.FunctionDef | None, Sequence[ast.stmt]]:
        """Return the function and the row of statements in which a line stands."""
        function, block, left = None, list[ast.stmt](), [self.tree.body]
        while left:
            statements = left.pop()
            for node in statements:
                if node.lineno <= line <= (node.end_lineno or node.lineno):
                    function = node if isinstance(node, ast.FunctionDef) else function
                    block = statements
                    left = list(_blocks(node))
        return function, block


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield from [getattr(node, name)] if getattr(node, name, None) else []


def _stored(tree: ast.AST) -> Iterator[str]:
    """Yield each name that something binds, as often as it is bound."""
    for n in ast.walk(tree):
        if isinstance(n, (ast.Name, ast.Attribute, ast.Subscript)) and not isinstance(
            n.ctx, ast.Load
        ):
            yield _key(n)
        elif isinstance(n, (ast.FunctionDef, ast.ClassDef)):
            yield n.name
        elif isinstance(n, ast.arg):
            yield n.arg
        elif isinstance(n, ast.alias):
            yield n.asname or n.name


def _bound_outside(function: ast.FunctionDef, block: Sequence[ast.stmt]) -> set[str]:
    """The names that a function binds elsewhere than in a row of statements and its head."""
    inside = {id(n) for statement in block for n in ast.walk(statement)}
    found: set[str] = set()
    for n in ast.walk(function):
        is_place = isinstance(n, (ast.Name, ast.Attribute, ast.Subscript))
        if is_place and not isinstance(n.ctx, ast.Load) and id(n) not in inside:  # type: ignore[attr-defined]
            found.add(_key(n))
    return found


def _key(node: ast.AST) -> str:
    return ast.unparse(node).removeprefix("self.")


class _Names:
    """What names hold while a row of statements is run; None for what is not known."""

    def __init__(
        self, text: Interpreted, given: Callable[[str], float | None], left: list[int]
    ) -> None:
        self.text, self.given, self.left = text, given, left
        self.names: dict[str, Any] = {}
        self.refused: set[str] = set()

    @property
    def found(self) -> dict[str, float]:
        return {k: x for k, x in self.names.items() if type(x) is float and math.isfinite(x)}

    def run(self, block: Sequence[ast.stmt]) -> None:
        """Run statements one after the other."""
        for node in block:
            if isinstance(node, ast.Assign):
                number = self._try(node.value)
                for target in node.targets:
                    self._bind(target, node.value, number)
            elif isinstance(node, ast.AugAssign):
                both = ast.BinOp(_loaded(node.target), node.op, node.value)
                self._bind(node.target, both, self._try(both))
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self._bind(node.target, node.value, self._try(node.value))
            else:
                self.names |= dict.fromkeys(_stored(node))

    def _bind(self, target: ast.expr, value: ast.expr, number: Any) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            both = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
            values = value.elts if both else [ast.Constant(None)] * len(target.elts)  # type: ignore[attr-defined]
            numbers = [self._try(x) for x in values]
            for one, x, its in zip(target.elts, values, numbers):
                self._bind(one, x, its)
        else:
            self.names[_key(target)] = number

    def _try(self, node: ast.expr) -> Any:
        try:
            return self.number(node)
        except (UnknownError, ArithmeticError, ValueError, TypeError, RecursionError):
            return None

    def number(self, node: ast.expr) -> Any:
        """Return what an expression is; raises UnknownError where that is not known."""
        self.left[0] -= 1
        if self.left[0] < 0:
            raise UnknownError
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return self._named(_key(node))
        if isinstance(node, ast.BinOp):
            return _real(_of(node.op)(self.number(node.left), self.number(node.right)))
        if isinstance(node, ast.UnaryOp):
            return _of(node.op)(self.number(node.operand))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return _of(node.ops[0])(self.number(node.left), self.number(node.comparators[0]))
        if isinstance(node, ast.IfExp):
            return self.number(node.body if self.number(node.test) else node.orelse)
        if isinstance(node, ast.Call) and not node.keywords:
            return self._called(node)
        raise UnknownError

    def _named(self, key: str) -> Any:
        if key in self.names:
            found = self.names[key]
        else:
            found = None if key in self.refused else self.given(key)
            found = self.text.constants.get(key) if found is None else found
        if found is None:
            raise UnknownError
        return found

    def _called(self, node: ast.Call) -> Any:
        inputs = [self.number(x) for x in node.args]
        if isinstance(node.func, ast.Name) and node.func.id in self.text.functions:
            return self._result(self.text.functions[node.func.id], inputs)
        path = ast.unparse(node.func)
        first, dot, rest = path.partition(".")
        path = (
            self.text.libraries.get(first, "") + dot + rest
            if first in self.text.libraries
            else path
        )
        library, _, name = path.rpartition(".")
        if library in LIBRARIES and (name in OTHERS or name in FUNCTIONS):
            return _real((OTHERS.get(name) or FUNCTIONS[name])(*inputs))
        if path in BUILT_IN and path not in self.text.stored:
            return _real(BUILT_IN[path](*inputs))
        raise UnknownError

    def _result(self, function: ast.FunctionDef, inputs: Sequence[Any]) -> Any:
        """What a function of the file returns, of plain statements and one `return` at its end."""
        *block, last = function.body
        plain = isinstance(last, ast.Return) and last.value is not None
        names = [a.arg for a in function.args.args]
        if not plain or len(names) != len(inputs):
            raise UnknownError
        inside = _Names(self.text, lambda _: None, self.left)
        inside.names = dict(zip(names, inputs))
        inside.run(block)
        if any(isinstance(n, ast.Return) for x in block for n in ast.walk(x)):
            raise UnknownError
        return inside.number(last.value)  # type: ignore[attr-defined]


def _of(node: ast.AST) -> Callable[..., Any]:
    if type(node) not in OPERATORS:
        raise UnknownError
    return OPERATORS[type(node)]


def _real(x: Any) -> Any:
    if not isinstance(x, (float, bool)):
        raise UnknownError
    return x


def _loaded(node: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(node), mode="eval").body

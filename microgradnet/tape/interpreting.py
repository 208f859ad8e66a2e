"""An edited statement evaluated where it would stand, in the names of the running frame.

It computes with the hooks of the recorder, so what it gives has entries, which are noted aside. It
changes nothing: what would be written into an array is an array of its own.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.tape import table
from microgradnet.tape.rewriting import OF_THE_FRAME
from microgradnet.tape.signs import SIGNS
from microgradnet.tape.tape import plain

if TYPE_CHECKING:
    from microgradnet.tape.recorder import Recorder

# Methods that change what they belong to.
CHANGING = ("append", "extend", "pop", "insert", "update", "remove", "write", "fill", "shuffle")
DRAWING = ("rand", "randn", "choice", "normal", "random", "uniform", "randint", "permutation")


class Cannot(Exception):
    """A statement that is not evaluated aside: it would change something, or draw numbers."""


class Interpreter:
    """Evaluates statements at one place of a run; a part that several share only once."""

    def __init__(self, recorder: Recorder, p: int, names: Mapping[str, Any], rest: Any) -> None:
        self.recorder, self.p, self.names, self.rest = recorder, p, names, rest
        self.memo: dict[int, Any] = {}

    def results(self, statement: ast.stmt | None, written: ast.stmt) -> list[Any]:
        """Return what a statement stores or returns; None leaves the written one out."""
        if statement is None:
            return [self.old(written)]
        if isinstance(statement, ast.Return) and statement.value is not None:
            return [self(statement.value)]
        if isinstance(statement, ast.AugAssign):
            return [self.changed(statement, written)]
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            is_plain = isinstance(statement, ast.Assign)
            target = statement.targets[0] if is_plain else statement.target  # type: ignore[union-attr]
            return [self.stored(target, self(statement.value))]
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            return [self.called_for(statement.value)]
        raise Cannot

    def old(self, written: ast.stmt) -> Any:
        """Return what the target of a statement holds before it."""
        target: ast.expr
        if isinstance(written, ast.AugAssign):
            target = written.target
        elif isinstance(written, ast.Assign) and len(written.targets) == 1:
            target = written.targets[0]
        elif isinstance(written, ast.Expr) and isinstance(written.value, ast.Call):
            return self.array_of(written.value)
        else:
            raise Cannot
        of = target.value if isinstance(target, ast.Subscript) else target
        return self(of)

    def array_of(self, call: ast.Call) -> Any:
        """Return the array that a call writes into, its first argument."""
        found = self(call.args[0]) if call.args else None
        if not isinstance(found, np.ndarray):
            raise Cannot
        return found

    def stored(self, target: ast.expr, value: Any) -> Any:
        """Return what is there after a value was stored: of an array, the whole of it."""
        if not isinstance(target, ast.Subscript):
            return value
        a = self(target.value)
        if not isinstance(a, np.ndarray):
            return value
        return self.row("setitem", a, self.index(target.slice), value)

    def changed(self, statement: ast.AugAssign, written: ast.stmt) -> Any:
        """Return what is there after a change in place."""
        target, sign = statement.target, SIGNS[type(statement.op)]
        old = self.evaluated(target)
        new = self.recorder.binary(self.p, sign, old, self(statement.value))
        if not isinstance(old, np.ndarray):
            return self.stored(target, new)
        if np.shape(new) != np.shape(old):
            raise Cannot
        if not isinstance(target, ast.Subscript):
            return new
        if not np.may_share_memory(old, self(target.value)):
            return self.stored(target, new)
        if not isinstance(written, ast.AugAssign):
            return self.stored(target, new)  # the run gave the whole array
        if ast.dump(written.target) != ast.dump(target):
            raise Cannot  # the run wrote into another part of the array
        return new

    def called_for(self, call: ast.Call) -> Any:
        """Return what a call puts into a list, or what an array is after it."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in ("append", "insert") and call.args:
            return self(call.args[-1])
        if name == "at" and len(call.args) == 3:
            of = ast.unparse(call.func).rpartition(".")[0].rpartition(".")[2]
            if of in ("add", "subtract"):
                a, v = self.array_of(call), self(call.args[2])
                return self.row(f"{of}_at", a, self.index(call.args[1]), v)
        raise Cannot

    def row(self, name: str, *args: Any) -> Any:
        """Return the result of a row of the table, noted."""
        recorder, place = self.recorder, self.recorder.tape.places[self.p]
        tree = tuple(recorder.tape.operands(a, place) for a in args)
        operation = table.TABLE[name]
        value = operation.value(*plain(list(args)))
        return recorder.result(operation, tree, {}, value, place)

    def __call__(self, node: ast.expr) -> Any:
        key = id(node)
        if key not in self.memo:
            try:
                self.memo[key] = (self.evaluated(node), None, node)
            except Exception as error:
                self.memo[key] = (None, error, node)
        value, raised, _ = self.memo[key]
        if raised is not None:
            raise raised
        return value

    def evaluated(self, node: ast.expr) -> Any:
        """Return the value of an expression."""
        found = _KINDS.get(type(node))
        if found is None:
            raise Cannot
        return found(self, node)

    # Kinds of expressions.

    def constant(self, node: ast.Constant) -> Any:
        """Return a constant; a number is noted."""
        value = node.value
        if type(value) in (int, float):
            return self.recorder.constant(self.p, value)  # type: ignore[arg-type]
        return value

    def name(self, node: ast.Name) -> Any:
        """Return the value of a name, as the statement sees it."""
        for names in (self.names, self.rest, builtins.__dict__):
            if node.id in names:
                return names[node.id]
        raise Cannot

    def binary(self, node: ast.BinOp) -> Any:
        """Return the result of an operator of two operands."""
        return self.recorder.binary(self.p, SIGNS[type(node.op)], self(node.left), self(node.right))

    def unary(self, node: ast.UnaryOp) -> Any:
        """Return the result of an operator of one operand."""
        if isinstance(node.op, ast.Not):
            return not self(node.operand)
        if isinstance(node.op, ast.UAdd):
            return self(node.operand)
        return self.recorder.unary(self.p, SIGNS[type(node.op)], self(node.operand))

    def compare(self, node: ast.Compare) -> Any:
        """Return the result of a comparison of two operands."""
        if len(node.ops) > 1 or type(node.ops[0]) not in SIGNS:
            raise Cannot
        sign = SIGNS[type(node.ops[0])]
        return self.recorder.binary(self.p, sign, self(node.left), self(node.comparators[0]))

    def attribute(self, node: ast.Attribute) -> Any:
        """Return an attribute of an object."""
        return self.recorder.attribute(self.p, self(node.value), node.attr)

    def subscript(self, node: ast.Subscript) -> Any:
        """Return an entry or a part of an object."""
        return self.recorder.item(self.p, self(node.value), self.index(node.slice))

    def index(self, node: ast.expr) -> Any:
        """Return the value of an index; its constants are not noted."""
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return slice(*[None if part is None else self.index(part) for part in parts])
        if isinstance(node, ast.Tuple):
            return tuple([self.index(e) for e in node.elts])
        return node.value if isinstance(node, ast.Constant) else self(node)

    def sequence(self, node: ast.Tuple | ast.List) -> Any:
        """Return a tuple or a list."""
        parts = [self(e) for e in node.elts]
        return tuple(parts) if isinstance(node, ast.Tuple) else parts

    def mapping(self, node: ast.Dict) -> Any:
        """Return a dict."""
        keys = [k for k in node.keys if k is not None]
        return {self(k): self(v) for k, v in zip(keys, node.values)}

    def choice(self, node: ast.IfExp) -> Any:
        """Return the side of a conditional expression that its test chooses."""
        return self(node.body) if self(node.test) else self(node.orelse)

    def call(self, node: ast.Call) -> Any:
        """Return the result of a call, unless it may change or show something."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        is_starred = any(isinstance(a, ast.Starred) for a in node.args)
        if is_starred or name in (*CHANGING, *DRAWING, *OF_THE_FRAME, "print", "input", "next"):
            raise Cannot
        kw = {k.arg: self.keyword(k.value) for k in node.keywords if k.arg is not None}
        args = [self(a) for a in node.args]
        if name == "outer" and any(np.ndim(a) > 1 for a in args):
            raise Cannot  # of matrices it is large, and never meant
        if isinstance(node.func, ast.Attribute):
            return self.recorder.method(self.p, self(node.func.value), node.func.attr, *args, **kw)
        return self.recorder.call(self.p, self(node.func), *args, **kw)

    def keyword(self, node: ast.expr) -> Any:
        """Return the value of a keyword; a literal is not noted."""
        try:
            return ast.literal_eval(node)
        except ValueError:
            return self(node)

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Any:
        """Return what a comprehension gives, as a list."""
        made: list[Any] = []
        self.loop(node.generators, dict(self.names), lambda inner: made.append(inner(node.elt)))
        return made

    def loop(
        self,
        generators: list[ast.comprehension],
        names: dict[str, Any],
        each: Callable[[Interpreter], Any],
    ) -> None:
        """Call a function with the names of each round of nested generators."""
        inner = Interpreter(self.recorder, self.p, names, self.rest)
        if not generators:
            each(inner)
            return
        first, *others = generators
        for item in list(self.recorder.iterate(self.p, inner(first.iter))):
            bound = dict(names)
            self.bind(first.target, item, bound)
            test = Interpreter(self.recorder, self.p, bound, self.rest)
            if all(test(condition) for condition in first.ifs):
                self.loop(others, bound, each)

    def bind(self, target: ast.expr, item: Any, names: dict[str, Any]) -> None:
        """Bind the names of a loop's target to what a round gives."""
        if isinstance(target, ast.Name):
            names[target.id] = item
        elif isinstance(target, (ast.Tuple, ast.List)):
            for part, x in zip(target.elts, self.recorder.unpack(self.p, item)):
                self.bind(part, x, names)
        else:
            raise Cannot


_KINDS: dict[type, Callable[[Interpreter, Any], Any]] = {
    ast.Constant: Interpreter.constant,
    ast.Name: Interpreter.name,
    ast.BinOp: Interpreter.binary,
    ast.UnaryOp: Interpreter.unary,
    ast.Compare: Interpreter.compare,
    ast.Attribute: Interpreter.attribute,
    ast.Subscript: Interpreter.subscript,
    ast.Tuple: Interpreter.sequence,
    ast.List: Interpreter.sequence,
    ast.Dict: Interpreter.mapping,
    ast.IfExp: Interpreter.choice,
    ast.Call: Interpreter.call,
    ast.ListComp: Interpreter.comprehension,
    ast.GeneratorExp: Interpreter.comprehension,
}

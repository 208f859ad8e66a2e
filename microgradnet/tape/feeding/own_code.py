"""Find the classes and functions of a file, and those that compute gradients or train."""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import pickle
import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microgradnet.tape.feeding import by_name
from microgradnet.tape.sources import parse

ACTIVATION = re.compile("sigm|tanh|relu|activ|softmax|loss|mse|cost", re.I)
WEIGHT = re.compile("^[wWbB]|weight|theta|coef|param|bias|model", re.I)
COST = re.compile(r"(^|_)(cost|loss|cross_entropy)", re.I)
MOST_KEPT = 50_000  # bytes of a global value
IDLE = (ast.Pass, ast.Raise, ast.Expr)
GETTING = (ast.Attribute, ast.Name, ast.Tuple, ast.List, ast.Load)


@dataclass(frozen=True)
class Goal:
    """A function that computes gradients or trains.

    kind: the class of a method; ahead: a known forward pass; plain: kinds of constant arguments.
    """

    name: str
    function: Any
    kind: type | None = None
    ahead: str = ""
    plain: Mapping[str, str] = field(default_factory=dict)


class Code:
    """The classes and functions of a file, with their syntax trees."""

    def __init__(self, namespace: Mapping[str, Any], source: str) -> None:
        self.namespace, self.source, self.lines = namespace, source, source.split("\n")
        self.file = str(namespace.get("__file__", ""))
        self.all = list(ast.walk(parse(source)))
        self.nodes = {
            (n.name, min([n.lineno, *(d.lineno for d in n.decorator_list)])): n
            for n in self.all
            if isinstance(n, ast.FunctionDef)
        }
        self.calls = [n for n in self.all if isinstance(n, ast.Call)]
        self.kept, self.told = dict[str, bytes](), dict[int, Any]()  # told: shapes, by function
        self._parts: dict[int, list[ast.AST]] = {}
        self._methods: dict[type, dict[str, Any]] = {}
        self._assigned: dict[str, list[tuple[set[str], set[str]]]] = {}
        own = [x for x in namespace.values() if self._is_own(x)]
        kinds = [x for x in own if isinstance(x, type)]
        self.classes: list[type] = [x for x in kinds if not inspect.isabstract(x)]
        self.functions: dict[str, Any] = {x.__name__: x for x in own if inspect.isfunction(x)}

    def keep(self) -> None:
        """Keep the plain global values, which `reset` restores, as functions may change them."""
        for name, x in self.namespace.items():
            if isinstance(x, (int, float, list, dict, np.ndarray)) and not name.startswith("__"):
                with contextlib.suppress(Exception):
                    content = pickle.dumps(x)
                    self.kept |= {name: content} if len(content) < MOST_KEPT else {}

    def reset(self) -> None:
        """Restore the global values that were kept, if any."""
        if isinstance(self.namespace, dict):
            self.namespace.update({name: pickle.loads(x) for name, x in self.kept.items()})

    def own(self, x: Any) -> Any:
        """Return this run's version of a class or function; any other object unchanged."""
        named = self.namespace.get(getattr(x, "__name__", ""))
        return named if callable(named) else x

    def _is_own(self, x: object) -> bool:
        members = [*vars(x).values()] if isinstance(x, type) else [x]
        return any(self.node(f) is not None for f in members if inspect.isroutine(f))

    def node(self, function: Any) -> ast.FunctionDef | None:
        """Return the syntax tree of a function of the file; None for any other function."""
        function = getattr(function, "__func__", function)
        code = getattr(inspect.unwrap(function), "__code__", None)
        return self.nodes.get((code.co_name, code.co_firstlineno)) if code else None

    @functools.cached_property
    def slopes(self) -> dict[str, str]:
        """The functions that are the derivatives of others by their names, and these others."""
        stems = {name: by_name.function_of(name) for name in self.functions}
        return {name: of for name, of in stems.items() if of in self.functions}

    def parts(self, function: Any) -> list[ast.AST]:
        """Return all nodes of a function's syntax tree."""
        node = self.node(function)
        if id(node) not in self._parts:
            self._parts[id(node)] = list(ast.walk(node)) if node else []
        return self._parts[id(node)]

    def methods(self, kind: type) -> dict[str, Any]:
        """Return the methods of a class that the file defines, inherited ones included."""
        if kind not in self._methods:
            several = {n: getattr(kind, n) for n in dir(kind)}
            own = {n: f for n, f in several.items() if inspect.isroutine(f) and self.node(f)}
            self._methods[kind] = own
        return self._methods[kind]

    def goals(self) -> list[Goal]:
        """Return the functions that derive or train, by name or use; callers before the called."""
        able = [Goal(name, f) for name, f in self.functions.items()]
        for kind in self.classes:
            several = self.methods(kind).items()
            able += [Goal(f"{kind.__name__}.{n}", f, kind) for n, f in several if n != "__init__"]
        able = [g for g in able if not by_name.NO_GOAL.search(g.name.rpartition(".")[2])]
        deriving = [g for g in able if self._derives(g)] or [g for g in able if self._steps(g)]
        names = {g.name for g in deriving}
        found = [g for g in able if g in deriving or self.covered(g) & names]
        every = {x.name for x in found}
        return sorted(found, key=lambda g: (-len(self.covered(g) & every), by_name.moves(g.name)))

    def _derives(self, goal: Goal) -> bool:
        """Whether a function computes gradients or trains, by its name or the names it stores."""
        name, function = goal.name.rpartition(".")[2], goal.function
        node = self.node(function)
        if not node or all(isinstance(n, IDLE) or _is_getter(n) for n in node.body):
            return False
        given = [n for n in self.parts(function) if isinstance(n, (ast.Assign, ast.AugAssign))]
        given = [n for n in given if not _is_zeros(n.value)]
        targets = [t for n in given for t in getattr(n, "targets", [getattr(n, "target", None)])]
        named = [n for n in map(_root, targets) if by_name.is_gradient(n)]
        of = by_name.function_of(name)
        is_slope = name in self.slopes or (goal.kind is not None and of in self.methods(goal.kind))
        may_train = by_name.is_training(name) and (bool(named) or "loss" not in name.lower())
        return by_name.is_backward(name) or may_train or is_slope or len(named) > 1

    def _steps(self, goal: Goal) -> bool:
        """Whether a function adds a product to an attribute or an item in a loop."""
        loops = [n for n in self.parts(goal.function) if isinstance(n, (ast.For, ast.While))]
        added = [n for loop in loops for n in ast.walk(loop) if isinstance(n, ast.AugAssign)]
        values = [n.value for n in added if isinstance(n.target, (ast.Attribute, ast.Subscript))]
        return any(isinstance(x, ast.Mult) for value in values for x in ast.walk(value))

    def covered(self, goal: Goal) -> set[str]:
        """Return the name of a goal and those of the functions it calls, directly or not."""
        found, todo = {goal.name}, [goal.function]
        own = self.methods(goal.kind) if goal.kind else {}
        while todo:
            for n in self.parts(todo.pop()):
                name = n.attr if isinstance(n, ast.Attribute) else getattr(n, "id", "")
                is_method = goal.kind is not None and isinstance(n, ast.Attribute) and name in own
                called = own[name] if is_method else self.functions.get(name)
                whole = f"{goal.kind.__name__}.{name}" if goal.kind and is_method else name
                if called is not None and whole not in found:
                    found.add(whole)
                    todo.append(called)
        return found

    def ends(self, function: Any) -> list[ast.Return]:
        """Return the `return` statements of a function."""
        return [n for n in self.parts(function) if isinstance(n, ast.Return)]

    def returned(self, function: Any) -> list[list[str]]:
        """Return the names of the values that each `return` of a function returns."""
        values = [n.value for n in self.ends(function)]
        parts = [v.elts if isinstance(v, ast.Tuple) else [v] for v in values]
        return [[getattr(x, "id", getattr(x, "attr", "")) for x in some] for some in parts]

    def stored(self, function: Any) -> set[str]:
        """Return the attributes and global names that a function stores."""
        parts = self.parts(function)
        names = {name for n in parts if isinstance(n, ast.Global) for name in n.names}
        return names | self._attributes(function, ast.Store)

    def _attributes(self, function: Any, context: type) -> set[str]:
        """Return the attributes that a method reads or stores, or whose items it does."""
        parts = self.parts(function)
        entries = {
            id(n.value)
            for n in parts
            if isinstance(n, ast.Subscript) and isinstance(n.ctx, context)
        }
        found = [n for n in parts if isinstance(n, ast.Attribute)]
        return {n.attr for n in found if isinstance(n.ctx, context) or id(n) in entries}

    def is_of_model(self, function: Any, methods: Mapping[str, Any]) -> bool:
        """Whether a loss depends on a model, and not on its arguments and settings alone."""
        parts = [n for n in self.parts(function) if isinstance(n, ast.Attribute)]
        reads = [n.attr for n in parts if getattr(n.value, "id", "") == "self"]
        return any(n in methods or WEIGHT.search(n) for n in reads)

    def lacks(self, error: BaseException) -> bool:
        """Whether an error is about a name or an attribute that the file never stores."""
        name, of = getattr(error, "name", None), getattr(error, "obj", None)
        kind, field = (ast.Name, "id") if type(error) is NameError else (ast.Attribute, "attr")
        stored = [n for n in self.all if isinstance(getattr(n, "ctx", None), ast.Store)]
        is_own = kind is ast.Name or type(of) in self.classes
        return is_own and name not in {getattr(n, field) for n in stored if isinstance(n, kind)}

    def adds(self, function: Any) -> str:
        """Return the parameter that a function appends to an attribute; "" if it appends none.

        A forward pass that does so keeps its input.
        """
        node = None if by_name.is_forward(function.__name__) else self.node(function)
        names = {a.arg for a in node.args.args} if node else set()
        calls = [n for n in self.parts(function) if isinstance(n, ast.Call) and len(n.args) == 1]
        found = [getattr(n.args[0], "id", "") for n in calls if _appends(n.func)]
        return next((name for name in found if name in names), "")

    def layers(self) -> list[type]:
        """Return the classes with a backward pass, without those that objects are added to."""
        able = [c for c in self.classes if any(map(by_name.is_backward, self.methods(c)))]
        return [c for c in able if not any(self.adds(f) for f in self.methods(c).values())]

    def elements(self, function: Any, name: str) -> list[type]:
        """Return the classes with the methods that loops call on the elements of a list.

        name: of the list, or of an element that the function appends; its own class is none.
        """
        loops = [n for n in self.all if isinstance(n, (ast.For, ast.comprehension))]
        items = {getattr(n.target, "id", "") for n in loops if name in _names([n.iter])}
        calls = [n.func for n in self.calls if isinstance(n.func, ast.Attribute)]
        asked = {f.attr for f in calls if getattr(f.value, "id", "-") in items}
        able = [c for c in self.layers() if all(hasattr(c, a) for a in asked)]
        able = able if asked or name == self.adds(function) else []
        return [c for c in able if c.__name__ != function.__qualname__.partition(".")[0]]

    def before(self, goal: Goal, turn: int = 0) -> list[str]:
        """Return the functions to call before a goal: those that store the state it reads.

        turn: chooses among several candidates.
        """
        if goal.kind is None:
            found = self.partners(goal)[:1]
            count = len(inspect.signature(goal.function).parameters)
            given = [s for n in found for s in self.returned(self.functions[n])]
            if not goal.ahead and all(len(s) != count for s in given):
                partner, found = [] if by_name.PASS.match(goal.name) else found, []
                for name in partner:
                    self._add_producers(goal, self.functions[name], found)
                found += partner
                self._add_producers(goal, goal.function, found)
                found += [] if turn else self._costs(goal, found)
            return found or self._setters(goal)[turn:][:1]
        adding = [n for n, f in self.methods(goal.kind).items() if self.adds(f) and self.layers()]
        name = goal.name.rpartition(".")[2]
        if of := [n for n in by_name.functions_of(name) if n in self.methods(goal.kind)]:
            return of[:1]
        if adding or by_name.is_training(name):
            return adding[:1]
        reads = self._attributes(goal.function, ast.Load)
        able = {
            n: self.stored(f) & reads
            for n, f in self.methods(goal.kind).items()
            if n not in ("__init__", name) and not by_name.comes_after(n)
        }
        able = {n: gives for n, gives in able.items() if gives or by_name.is_forward(n)}
        ranked = sorted(able, key=lambda n: (not by_name.is_forward(n), -len(able[n])))
        return ranked[turn % len(ranked) :][:1] if ranked else []

    def _costs(self, goal: Goal, before: Sequence[str]) -> list[str]:
        """Return a function of a loss that takes a result of other functions, and what a goal does.

        Its loss is what the goal derives, if the goal computes none.
        """
        own = {*inspect.signature(goal.function).parameters}
        kept = {n for f in before for names in self.returned(self.functions[f]) for n in names}
        kept.update(filter(by_name.OUTPUT.fullmatch, own))
        known = own.union(kept, *(inspect.signature(self.functions[f]).parameters for f in before))
        for name, f in self.functions.items():
            takes = {*inspect.signature(f).parameters}
            is_cost = COST.search(name) and not by_name.is_backward(name) and name not in before
            if is_cost and takes <= known and takes & kept and takes & own - kept:
                return [name]
        return []

    def _setters(self, goal: Goal) -> list[str]:
        """Return the functions that set global names which a function reads, the most first."""
        inside = [self.functions[n] for n in self.covered(goal) if n in self.functions]
        reads = {getattr(n, "id", "") for f in inside for n in self.parts(f)}
        able = {
            n: self.stored(f) & reads
            for n, f in self.functions.items()
            if n not in self.covered(goal) and not by_name.comes_after(n)
        }
        return sorted((n for n in able if able[n]), key=lambda n: -len(able[n]))

    def partners(self, goal: Goal) -> list[str]:
        """Return the forward passes that match a backward pass: f_forward or f for f_backward."""
        if goal.ahead:
            return [goal.ahead]
        if goal.name in self.slopes:
            return [self.slopes[goal.name]]
        stem, end = by_name.apart(goal.name)
        several = {
            n: by_name.apart(n)
            for n in self.functions
            if not by_name.is_backward(n) and n != goal.name
        }
        found = [n for n, (own, _) in several.items() if own == stem]
        found.sort(key=lambda n: (several[n][1] != end, len(n)))  # conv_forward_strides
        return found

    def _add_producers(self, goal: Goal, function: Any, found: list[str], depth: int = 0) -> None:
        """Add the functions that return arguments, by name, after those they need themselves."""
        for name in inspect.signature(function).parameters:
            others = {n: f for n, f in self.functions.items() if f not in (goal.function, function)}
            able = [n for n, f in others.items() if any(name in s for s in self.returned(f))]
            able += [n for n in others if len(name) > 4 and name in n]
            able = [n for n in able if not by_name.comes_after(n)]
            if able and depth < 4 and len(name) > 1 and not by_name.is_gradient(name):
                stem = goal.name.partition("_back")[0]
                best = min(able, key=lambda n: (not n.startswith(stem), n in found))
                if best not in found:
                    self._add_producers(goal, self.functions[best], found, depth + 1)
                    found += {best} - {*found}

    def activations(self) -> list[Any]:
        """Return the functions of the file whose names suggest activations or losses."""
        return [f for name, f in self.functions.items() if ACTIVATION.search(name)]

    def words(self, name: str) -> list[str]:
        """Return the strings that a name, or an attribute of it, is compared with; "": any name.

        Those of training come first: other modes leave steps out.
        """
        compared = [(n.left, n.comparators) for n in self.all if isinstance(n, ast.Compare)]
        matched = [(n.subject, n.cases) for n in self.all if isinstance(n, ast.Match)]
        every: list[tuple[ast.expr, Sequence[ast.AST]]] = [*compared, *matched]
        sides = [
            side
            for of, others in every
            if not name or name in (getattr(of, "id", ""), getattr(of, "attr", ""))
            for other in others
            for side in ast.walk(getattr(other, "pattern", other))
        ]
        texts = [s.value for s in sides if isinstance(s, ast.Constant)]
        found = dict.fromkeys(text for text in texts if isinstance(text, str))
        return sorted(found, key=lambda text: "train" not in text.lower())

    def names_near(self, frames: Sequence[traceback.FrameSummary]) -> set[str]:
        """Return the names on the failing lines, and those that they are computed from."""
        names: set[str] = set()
        for frame in frames:
            if frame.lineno and frame.lineno <= len(self.lines):
                names |= set(re.findall(r"[A-Za-z_]\w*", self.lines[frame.lineno - 1]))
        for function in {f.name for f in frames}:
            for targets, sources in self._assignments(function) * 2:
                names |= sources if targets & names else set()
        return names

    def _assignments(self, function: str) -> list[tuple[set[str], set[str]]]:
        if function not in self._assigned:
            nodes = [
                x for (n, _), node in self.nodes.items() if n == function for x in ast.walk(node)
            ]
            self._assigned[function] = [
                (_names(n.targets), _names([n.value])) for n in nodes if isinstance(n, ast.Assign)
            ] + [(_names([n.target]), _names([n.iter])) for n in nodes if isinstance(n, ast.For)]
        return self._assigned[function]


def _appends(f: ast.expr) -> bool:
    """Whether the function of a call is the append of an attribute."""
    is_append = isinstance(f, ast.Attribute) and f.attr == "append"
    return is_append and isinstance(f.value, ast.Attribute)  # type: ignore[attr-defined]


def _is_getter(statement: ast.stmt) -> bool:
    """Whether a statement returns attributes as they are."""
    parts = [*ast.walk(statement)]
    names = {n.id for n in parts if isinstance(n, ast.Name)}
    is_plain = all(isinstance(n, (ast.Return, *GETTING)) for n in parts)
    return isinstance(statement, ast.Return) and is_plain and names == {"self"}


def _is_zeros(value: ast.expr) -> bool:
    """Return whether an expression only makes an array or number that is filled later."""
    made = getattr(getattr(value, "func", None), "attr", "").startswith(("zeros", "empty", "ones"))
    return isinstance(value, ast.Constant) or made


def _root(node: Any) -> str:
    """Return the name or attribute that a target stores into: "grads" of `self.grads["W"]`."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return getattr(node, "id", getattr(node, "attr", ""))


def _names(nodes: Sequence[ast.AST]) -> set[str]:
    parts = [n for node in nodes for n in ast.walk(node)]
    found = {n.id for n in parts if isinstance(n, ast.Name)}
    return found | {n.attr for n in parts if isinstance(n, ast.Attribute)}

"""Find the statements that may be wrong, and the names that their edits may use.

Only code behind the loss is searched: statements whose results the wrong claims are computed from,
but the loss is not. Formulas may use the names, attributes and entries of the same function, and
the person's functions that change nothing.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from microgradnet.checking.mending.edit_parts import Shape
from microgradnet.checking.mending.edits import Edit, Scope, edits
from microgradnet.tape.entry import Entry, Place, Ref
from microgradnet.tape.tape import Tape
from microgradnet.tape.trees import called_name
from microgradnet.tape.trials import CHANGING, DRAWING, Edited

MOST = 40  # the most statements
MANY = 16  # attributes of a file
MOST_KEYS = 16  # of all dicts of a file
MOST_CONSTANTS = 4  # such as 0.044715, which a derivative has to repeat
LIBRARIES = {"np", "numpy", "math", "random", "os", "sys", "plt", "self", "cls", "scipy"}
LIBRARIES |= {"torch", "jnp", "jax", "lax"}


@dataclass(slots=True)
class Site:
    """A statement that may be wrong, with its edits.

    first: the first entry it computed; called: its name, if that is not the name that it stores;
    far: the distance of all its edits: more for a statement that is likely right.
    """

    place: Place
    edits: list[Edit]
    first: int
    scope: Scope | None = None
    called: str = ""
    far: float = 0.0

    def find_edits(self) -> None:
        """Find all edits of the statement."""
        if self.scope is not None:
            self.edits = edits(self.place.statement, self.scope)

    def edited(self) -> Edited:
        """Return the statement with its edits, to be evaluated."""
        return Edited(self.place.statement, [e.suggestion for e in self.edits])

    @property
    def name(self) -> str:
        """The name of the statement: the name that it stores."""
        statement = self.place.statement
        if self.called:
            return self.called
        if isinstance(statement, ast.Assign):
            return ast.unparse(statement.targets[0])
        if isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
            return ast.unparse(statement.target)
        return "return" if isinstance(statement, ast.Return) else ast.unparse(statement)

    @property
    def line(self) -> int:
        """The line of the statement."""
        return self.place.line


def suspects(
    tape: Tape, behind: Iterable[int], forward: set[int], end: int, starts: set[int]
) -> list[tuple[Place, int]]:
    """Return the statements that computed, stored or returned operands of the wrong claims.

    behind: the entries that the claims are computed from; forward: those that the loss is computed
    from; starts: the first entries of the step, which an earlier step computed.
    """
    entries, all_behind = tape.entries, set(behind)
    behind, after = all_behind - forward, max(forward, default=0)
    ahead = {id(entries[n].place.statement) for n in forward - starts}
    found: dict[int, tuple[Place, int]] = {}
    seen = [(entries[n].place, n) for n in sorted(behind) if not entries[n].is_source]
    stores = [s for s in tape.stores if s.at <= end + 2]
    seen += [(s.place, s.number) for s in stores if s.number in behind]
    seen += [(place, n) for place, several in tape.returns for n in several if n in behind]
    handed = [s for s in stores if s.number in all_behind & forward and s.at > after]
    seen += [(s.place, s.at - 1) for s in handed]  # values of the forward pass under a new name
    for place, n in seen:
        statement = place.statement
        is_function = isinstance(statement, ast.FunctionDef)
        if id(statement) not in ahead and not place.kind and not is_function:
            found.setdefault(id(statement), (place, n))
    return sorted(found.values(), key=lambda f: f[1])[:MOST]


class Code:
    """The syntax trees of a person's files: the functions, and which of them change nothing."""

    def __init__(self, trees: dict[str, ast.Module]) -> None:
        self.trees = trees
        self.functions: dict[str, ast.FunctionDef] = {}
        self.named: dict[str, list[ast.FunctionDef]] = {}  # those of several classes, too
        self.classes: dict[str, str] = {}  # by method
        for tree in trees.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    self.functions[node.name] = node
                    self.named.setdefault(node.name, []).append(node)
                elif isinstance(node, ast.ClassDef):
                    inner = [m for m in node.body if isinstance(m, ast.FunctionDef)]
                    self.classes.update({m.name: node.name for m in inner})
        nodes = [n for tree in trees.values() for n in ast.walk(tree)]
        self.before = dict(pair for n in nodes for pair in activated(n))
        self.counters = frozenset(name for n in nodes for name in counted(n))
        numbers = {n.value for n in nodes if isinstance(n, ast.Constant)}
        odd = sorted(
            x for x in numbers if type(x) is float and x > 1e-3 and len(f"{x:g}".strip("0.")) > 3
        )
        self.constants = dict.fromkeys(map(repr, odd[:MOST_CONSTANTS]), ())
        places = [ast.unparse(n) for n in nodes if isinstance(n, ast.Attribute) and is_atom(n)]
        self.attributes = [*dict.fromkeys(places)]
        called = {n.func for n in nodes if isinstance(n, ast.Call)}
        stored = [n for n in nodes if isinstance(n, ast.Attribute) and n not in called]
        stored = [n for n in stored if getattr(n.value, "id", "") not in LIBRARIES - {"self"}]
        self.stored = [*dict.fromkeys(n.attr for n in stored if n.attr != "T")]
        self.keys = [*dict.fromkeys(key for n in nodes for key in keyed(n))][:MOST_KEYS]
        loops = [n for n in nodes if isinstance(n, (ast.For, ast.While))]
        body = (n for loop in loops for n in ast.walk(loop) if isinstance(n, ast.stmt))
        self.in_loops = {(n.lineno, n.col_offset) for n in body}
        self.limits = list(dict.fromkeys(pair for n in nodes for pair in clipped(n)))
        several = self.named.items()
        self.pure = {name for name, fs in several if all(self.is_pure(f, (name,)) for f in fs)}

    def is_pure(self, tree: ast.AST, seen: Sequence[str]) -> bool:
        """Whether code changes nothing but its own local names."""
        for node in ast.walk(tree):
            is_place = isinstance(node, (ast.Attribute, ast.Subscript))
            if is_place and not isinstance(node.ctx, ast.Load):  # type: ignore[attr-defined]
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


INDEXING = {"range", "len", "arange", "int"}  # functions that change nothing


def is_atom(node: ast.AST) -> bool:
    """Whether an expression is a name, or an attribute or entry of one."""
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


def is_renaming(statement: ast.stmt) -> bool:
    """Whether a statement gives a value a second name."""
    is_one = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    return is_one and isinstance(getattr(statement, "value", None), ast.Name)


def only_reads(statement: ast.stmt) -> bool:
    """Whether a statement only unpacks or passes on values, without computing.

    A statement that gives a value a second name does not count: it may lack a factor or a term.
    """
    target = getattr(statement, "targets", [None])[0]
    is_stored = isinstance(statement, ast.AugAssign) or isinstance(target, ast.Subscript)
    if is_stored or is_renaming(statement):
        return False
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.Return) and value and called_name(value) == "locals":
        return True
    computing = (ast.BinOp, ast.Call, ast.UnaryOp, ast.Constant)
    index = {
        n for s in ast.walk(statement) if isinstance(s, ast.Subscript) for n in ast.walk(s.slice)
    }
    return not any(isinstance(n, computing) and n not in index for n in ast.walk(statement))


def aliases_written(tape: Tape) -> set[int]:
    """Return the statements that name an array which a later statement writes into.

    An edit of such a statement would make a copy, and the later writes would be lost.
    """
    entries = tape.entries
    old = {n for e in entries if e.is_written for n in e.operands[:1]}
    return {
        id(s.place.statement)
        for s in tape.stores
        if s.number in old and entries[s.number].place.statement is not s.place.statement
    }


def sites(
    tape: Tape,
    code: Code,
    chosen: Sequence[tuple[Place, int]],
    sizes: Sequence[int],
    moving: Collection[int] = (),
    spellings: Sequence[tuple[str, str]] = (),
) -> list[Site]:
    """Return the sites of the chosen statements; their edits are not searched yet.

    moving: the statements, by identity, that move a parameter; spellings: those of the library.
    """
    shapes: dict[str, dict[str, tuple[int, ...]]] = {}
    named = dict(divisors(tape.entries))
    sizes = list(dict.fromkeys([*sizes, *map(int, named.values())]))
    for stored in tape.stores:
        value = tape.entries[stored.number].value
        if np.ndim(value) == 0 and stored.text.isidentifier() and value in sizes:
            named[stored.text] = float(value)
        of = shapes.setdefault(stored.place.function, {})
        of[stored.text] = tape.entries[stored.number].shape
    but = LIBRARIES | set(code.functions) | (set(dir(builtins)) - {"input", "id", "iter", "vars"})
    helpers, found, aliases = code.helpers(), [], aliases_written(tape)
    stored_shapes: dict[str, Shape] = dict.fromkeys(code.attributes)
    stored_shapes |= {t: x for of in shapes.values() for t, x in of.items()}
    made = [(s.place, s.number) for s in tape.stores if not s.place.kind]
    made += [(place, n[0]) for place, n in tape.returns if len(n) == 1]
    out = {id(place.statement): tape.entries[n].shape for place, n in reversed(made)}
    for place, first in chosen:
        if not code.is_clean(place.statement) or id(place.statement) in aliases:
            continue
        known: dict[str, Shape] = {**shapes.get("", {}), **shapes.get(place.function, {})}
        names = atoms([*code.body(place), place.statement], but - shapes.keys())
        names += [a for a in code.arguments(place) if a not in names]
        names += [f for f in code.fields(place.statement, but) if f not in names]
        tables = dict.fromkeys(n.partition("['")[0] for n in names if "['" in n)
        several = [f"{of}[{key}]" for of in tables for key in code.keys]
        names += [text for text in several if text not in names]
        for owner in (o for o in ("self", "ctx") if code.is_method(place, o)):
            own = {t: x for t, x in stored_shapes.items() if is_attribute(t, owner)}
            known, names = {**own, **known}, [*names, *(t for t in own if t not in names)]
        scope = Scope(
            {t: known.get(t) for t in names} | code.constants,
            _near(code, place, helpers),
            sizes,
            named={k: x for k, x in named.items() if k in names},
            before=code.before,
            moves=id(place.statement) in moving,
            counters=code.counters,
            spellings=spellings,
            shape=out.get(id(place.statement)),
            limits=code.limits,
            in_loop=(place.line, place.statement.col_offset) in code.in_loops,
        )
        found.append(Site(place, [], first, scope))
    return found


def divisors(entries: Sequence[Entry]) -> Iterator[tuple[str, float]]:
    """Yield the whole numbers above 1 that the code divides by, with their names."""
    for entry in entries:
        node = entry.place.node
        if entry.operation is None or entry.operation.name != "divide":
            continue
        below = entry.args[1]
        value = entries[below].value if type(below) is Ref else below
        name = node.right if isinstance(node, ast.BinOp) else None
        is_count = np.ndim(value) == 0 and value > 1 and value % 1 == 0
        if isinstance(name, ast.Name) and is_count:
            yield name.id, float(value)


def is_attribute(text: str, owner: str = "self") -> bool:
    """Whether a text is an attribute of an owner, or an entry of one: `self.params['W']`."""
    first, _, rest = text.partition(".")
    return first == owner and rest.partition("[")[0].isidentifier()


def _near(code: Code, place: Place, helpers: list[str]) -> list[str]:
    """Return the helpers that may be called at a place: methods only if there is a self."""
    return helpers if code.is_method(place) else [h for h in helpers if not h.startswith("self.")]

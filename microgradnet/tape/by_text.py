"""Compare a tape with the source texts: operations, constants, operands, names.

Every check passes for ordinary code. Anything that no check covers is accepted.
"""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from microgradnet.tape import table
from microgradnet.tape.entry import Entry, Place, Ref
from microgradnet.tape.tape import Stored, Tape
from microgradnet.tape.tensors import MATRIX_PARTS, OF_MATRICES, TWO_AXES
from microgradnet.tape.trees import SIGNS, Script, called_name, calls_in, is_number, passed
from microgradnet.words import say

NOT_SAID = (
    "line {line} of {file} does not say what was run: the file changes itself or the checker "
    "while it runs"
)
MOVING = ("same", "take", "put", "getitem", "setitem", TWO_AXES)  # they compute nothing
PARTS = {"T": "transpose", **MATRIX_PARTS}  # attributes, and their rows
SAID_BY_OTHERS = {"dtype", "out"}  # keywords that are not recorded


def known_names() -> dict[str, set[str]]:
    """Return the rows of the table by the last part of their spelling ("exp" of math.exp)."""
    found: dict[str, set[str]] = {}
    for row in table.ROWS:
        for path in row.spelled or [row.name]:  # one that writes into its operand has no spelling
            found.setdefault(path.rpartition(".")[2], set()).add(row.name)
    return found


ROWS_OF = known_names() | {name: {"array"} for name in OF_MATRICES}


class Texts:
    """The source texts of a file and its neighbours.

    Places of one statement share its syntax tree.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.scripts: dict[str, Script] = {}
        for file, text in texts.items():
            try:
                self.scripts[file] = Script(text, file)
            except SyntaxError:
                continue
        self.functions = {name for s in self.scripts.values() for name in s.functions}
        self.names = {name for s in self.scripts.values() for name in s.names}
        self.calls = calls_in(self.scripts.values())

    def may_bind(self, name: str) -> bool:
        """Whether the texts bind a name, or may bind any name."""
        return any(name in s.bound or s.is_open for s in self.scripts.values())

    def is_known(self, place: Place) -> bool:
        """Whether the file of a place is among the texts."""
        return place.file in self.scripts

    def place(self, file: str, statement: Any, node: Any, function: str, kind: str) -> Place:
        """Return a place in a text; raises LookupError if the text has no such node there."""
        script = self.scripts.get(file)
        if script is None:
            made: Any = ast.Pass(lineno=int(statement[0]), col_offset=0)
            return Place(str(file), made, made, "", "")
        found = script.node(statement), script.node(node)
        if not isinstance(found[0], ast.stmt):
            raise LookupError(statement)
        return Place(file, *found, str(function), str(kind))

    def compare(self, tape: Tape, given: Sequence[int]) -> None:
        """Raise ValueError, with a sentence, if a tape differs from its source text.

        given: entries of the arguments of a call, whose place is the first place of the file.
        """
        held = _Held(self, tape, given)
        for entry in tape.entries:
            if not entry.aside and self.is_known(entry.place) and not held.is_said(entry):
                raise _unsaid(entry.place)
        for stored in tape.stores:
            if self.is_known(stored.place) and not held.is_stored(stored):
                raise _unsaid(stored.place)
        for place, numbers in tape.returns:
            if self.is_known(place) and not held.is_returned(place, numbers):
                raise _unsaid(place)


def _unsaid(place: Place) -> ValueError:
    return ValueError(say(NOT_SAID, line=place.line, file=Path(place.file).name))


class At(NamedTuple):
    """The point of an assignment: an entry number, a frame and a place."""

    number: int
    frame: int
    place: Place


class _Held:
    """Compares the entries of a tape with the texts, in order."""

    def __init__(self, texts: Texts, tape: Tape, given: Sequence[int]) -> None:
        self.given = {n for n in given if tape.entries[n].place is tape.places[0]}
        self.texts, self.tape, self.entries = texts, tape, tape.entries
        # By file, frame and name; and by the function, as a generator runs in its caller's frame.
        self.stored: dict[tuple[str, int, str, str], list[tuple[int, int]]] = defaultdict(list)
        self.ever: dict[str, set[int]] = defaultdict(set)  # entries by name, in any frame
        for s in tape.stores:
            key = s.place.file, s.frame, s.text, s.place.function
            self.stored[key].append((s.at, s.number))
            self.ever[s.text].add(s.number)
        self.numbers = {(s.place.file, s.place.function, s.text) for s in tape.stores}
        self.gave: dict[str, set[int]] = defaultdict(set)
        for place, numbers in tape.returns:
            self.gave[place.function].update(numbers)
        self.last: dict[tuple[int, int], list[int]] = defaultdict(list)  # by node and frame
        for e in self.entries:
            if not e.is_source:
                self.last[id(e.place.node), e.frame].append(e.number)

    def is_said(self, entry: Entry) -> bool:
        """Whether an entry does the operation that is written at its place."""
        node, row = entry.place.node, entry.operation
        number = _constant(node)
        if number is not None:
            return entry.number in self.given or _is_of_text(entry, number)
        if row is None:
            return True
        if isinstance(node, ast.BinOp):
            return self.by_sign(entry, [node.op], [node.left, node.right])
        if isinstance(node, ast.AugAssign):
            return self.by_sign(entry, [node.op], [node.target, node.value])
        if isinstance(node, ast.UnaryOp):
            return self.by_sign(entry, [node.op], [node.operand])
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators] if len(node.ops) == 1 else []
            return self.by_sign(entry, node.ops, sides)
        if isinstance(node, ast.Attribute) and PARTS.get(node.attr) == row.name:
            return self.fits(node.value, entry.args[0], entry)
        if isinstance(node, ast.Subscript) and row.name == "getitem":
            return self.is_read(node, entry)
        if isinstance(node, ast.Call):
            return self.is_called(node, entry)
        return row.name in MOVING

    def by_sign(self, entry: Entry, signs: Sequence[Any], sides: Sequence[ast.expr]) -> bool:
        """Whether an entry does one of some operators, on the operands that are written there."""
        assert entry.operation is not None
        name, node = entry.operation.name, entry.place.node
        rows = {table.of_operator(SIGNS[type(s)]).name for s in signs if type(s) in SIGNS}
        if "multiply" in rows and not OF_MATRICES.isdisjoint(self.texts.names):
            rows.add("matmul")
        if name not in rows:
            script = self.texts.scripts[entry.place.file]
            is_statement = isinstance(node, ast.stmt)
            return name in MOVING and (
                is_statement
                or name in ("same", "take", "put", TWO_AXES)
                or id(node) in script.gone_through
            )
        if entry.kw or (sides and len(sides) != len(entry.args)):
            return False
        return all(self.fits(s, a, entry) for s, a in zip(sides, entry.args))

    def is_read(self, node: ast.Subscript, entry: Entry) -> bool:
        """Whether an entry reads the object that is written there, at the index that is written."""
        if id(node) in self.texts.scripts[entry.place.file].gone_through:
            return True
        of, index = entry.args
        return self.fits(node.value, of, entry) and self.is_index(node.slice, index, entry)

    def is_index(self, node: ast.expr, index: Any, entry: Entry) -> bool:
        if isinstance(node, ast.Constant):
            return bool(index == node.value)
        if isinstance(node, ast.Tuple) and isinstance(index, tuple):
            pairs = zip(node.elts, index)
            return len(node.elts) == len(index) and all(self.is_index(*p, entry) for p in pairs)
        if isinstance(node, ast.Slice) and isinstance(index, slice):
            parts = zip((node.lower, node.upper, node.step), (index.start, index.stop, index.step))
            return all(
                x is None if part is None else self.is_index(part, x, entry) for part, x in parts
            )
        number = _constant(node)
        if number is not None and type(index) is int:
            return bool(index == number)
        return self.fits(node, index, entry)

    def is_called(self, node: ast.Call, entry: Entry) -> bool:
        """Whether an entry's operation and operands agree with the call expression at its place."""
        assert entry.operation is not None
        row, f = entry.operation, node.func
        name = called_name(node)
        if row.name in MOVING or (name == "sum" and row.name == "add"):
            return True
        if name == "apply_along_axis" and row.name == "array":  # one result a row
            return set().union(*self.gave.values()).issuperset(entry.operands)
        if row.name not in ROWS_OF.get(name, ()):
            others = {path.rpartition(".")[2] for path in row.spelled}
            is_named = not others.isdisjoint(self.texts.names - {name})
            return is_named and (name not in ROWS_OF or name in self.texts.functions)
        keywords = {k.arg: k.value for k in node.keywords}
        if None in keywords or any(isinstance(a, ast.Starred) for a in node.args):
            return True
        nodes = list(node.args)
        if len(nodes) < len(entry.args) and isinstance(f, ast.Attribute):
            nodes.insert(0, f.value)
        if name == "at" or len(nodes) != len(entry.args):
            return True
        if keywords.keys() - entry.kw.keys() - SAID_BY_OTHERS:
            return False
        pairs = [*zip(nodes, entry.args), *((keywords.get(k), x) for k, x in entry.kw.items())]
        return all(n is not None and self.is_argument(n, x, entry) for n, x in pairs)

    def is_argument(self, node: ast.expr, x: Any, entry: Entry) -> bool:
        if isinstance(node, ast.Constant) and not isinstance(x, Ref):
            return type(x) is not float and bool(x == node.value)
        number = _constant(node)
        if number is not None and not isinstance(x, Ref):
            return bool(x == number)
        return self.fits(node, x, entry)

    def fits(self, node: ast.expr, x: Any, at: Entry | At) -> bool:
        """Whether an operand of an entry may be the value of an expression."""
        number = _constant(node)
        if not isinstance(x, Ref):
            has_entry = isinstance(node, ast.Name) and self.latest(node, at)
            is_truth = isinstance(x, (bool, np.bool_))  # one object for all that are true
            return number is None and type(x) is not float and (is_truth or not has_entry)
        e = self.entries[x]
        if number is not None:
            return _is_of_text(e, number)
        is_signed = isinstance(getattr(node, "op", None), (ast.USub, ast.Invert))
        if isinstance(node, ast.BinOp) or is_signed:
            return self.is_result(node, e, at) or (e.is_source and e.place is at.place)
        if isinstance(node, ast.Call):
            return self.is_of_call(node, e, at)
        if isinstance(node, ast.Name):
            latest = self.latest(node, at)
            is_there = e.is_source or self.texts.may_bind(node.id)
            return is_there if latest is None else self.is_version(e, latest, at)
        return True

    def is_result(self, node: ast.AST, e: Entry, at: Entry | At) -> bool:
        """Whether an entry is the last result of an expression."""
        if e.operation is table.TABLE[TWO_AXES]:
            e = self.entries[e.operands[0]]
        if e.place.node is not node or (e.operation is not None and e.operation.name in MOVING):
            return False
        numbers = self.last.get((id(node), at.frame), [-1])
        return e.is_source or numbers[bisect_left(numbers, at.number) - 1] == e.number

    def is_of_call(self, node: ast.Call, e: Entry, at: Entry | At) -> bool:
        """Whether an entry may be the result of a call."""
        if e.place.node is node:
            return True
        f = node.func
        if isinstance(f, ast.Name) and f.id in self.texts.functions:
            return self.is_origin(e, self.gave.get(f.id, set()))
        if isinstance(f, ast.Name) and f.id in ROWS_OF and f.id != "sum":
            return e.is_source or any(self.fits(a, Ref(e.number), at) for a in node.args)
        return True

    def latest(self, node: ast.Name, at: Entry | At) -> set[int] | None:
        """Return the entries that a name may refer to at a point; None if its scope is unknown.

        The order of assignments since the last entry is unknown, so all of them are returned, and
        the one before them.
        """
        script = self.texts.scripts[at.place.file]
        kind = script.scopes.get(id(node), "")
        where = (at.frame, node.id, at.place.function) if kind == "own" else (0, node.id, "")
        several = self.stored.get((at.place.file, *where), ()) if kind else ()
        end = bisect_right(several, at.number, key=lambda pair: pair[0])
        start = max(end - 1, 0)
        if not isinstance(at, Entry):
            first = bisect_left(several, at.number, key=lambda pair: pair[0])
            start = max(min(start, first - 1), 0)
        return {n for _, n in several[start:end]} if kind else None

    def is_number(self, node: ast.expr, at: Entry | At) -> bool:
        """Whether an expression is a name that refers to a number."""
        is_name = isinstance(node, ast.Name) and bool(self.latest(node, at))
        key = at.place.file, at.place.function, getattr(node, "id", "")
        return is_name or key in self.numbers

    def is_version(self, e: Entry, latest: set[int], at: Entry | At) -> bool:
        """Whether an entry is one of the latest, a later version of one, or a view read again."""
        is_view = not e.is_source and e.operation is table.TABLE["take"] and e.place is at.place
        return is_view or self.is_origin(e, latest)

    def is_origin(self, e: Entry, numbers: set[int]) -> bool:
        """Whether an entry is in a set, or a later version of an array in it."""
        while e.number not in numbers:
            if not (e.is_written and e.operands):
                return False
            e = self.entries[e.operands[0]]
        return True

    def is_stored(self, stored: Stored) -> bool:
        """Whether an assignment stores the value that is written on its right."""
        node = stored.place.node
        if stored.place.kind == "argument":
            return self.is_passed(stored)
        if stored.place.kind or not isinstance(node, (ast.Assign, ast.AnnAssign)):
            return True
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        texts = [ast.unparse(t) for t in targets]
        if len(targets) > 1 or not isinstance(targets[0], (ast.Name, ast.Attribute)):
            return True
        if not stored.text.startswith(texts[0]):
            return False
        if stored.text != texts[0]:
            return True
        e = self.entries[stored.number]
        if not e.is_source and e.operation is table.TABLE["same"] and e.place is stored.place:
            e = self.entries[e.operands[0]]
        at = At(stored.at, stored.frame, stored.place)
        return self.fits(node.value, Ref(e.number), at)  # type: ignore[arg-type]

    def is_passed(self, stored: Stored) -> bool:
        """Whether some call in the texts may pass the stored argument of a function."""
        function, e = stored.place.node, self.entries[stored.number]
        sites = self.texts.calls.get(stored.place.function)
        if not sites or not isinstance(function, ast.FunctionDef) or e.number in self.given:
            return True
        names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        names = names[names[:1] in (["self"], ["cls"]) :]
        return any(self.may_pass(passed(site, names, stored.text), e) for site in sites)

    def may_pass(self, node: ast.expr | None, e: Entry) -> bool:
        """Whether an entry may be the result of an expression, in any frame."""
        number = None if node is None else _constant(node)
        if number is not None:
            return _is_of_text(e, number)
        if isinstance(node, ast.BinOp):
            return e.place.node is node or e.is_source
        is_bound = any(script.scopes.get(id(node)) for script in self.texts.scripts.values())
        if isinstance(node, ast.Name) and is_bound and node.id in self.ever:
            return self.is_origin(e, self.ever[node.id])
        return True

    def is_returned(self, place: Place, numbers: Sequence[int]) -> bool:
        """Whether a function returns the value of its statement; of a list that is not checked."""
        value = getattr(place.node, "value", None)
        if not isinstance(value, ast.BinOp) or len(numbers) != 1:
            return True
        e = self.entries[numbers[0]]
        return self.fits(value, Ref(e.number), At(e.number + 1, e.frame, place))


def _is_of_text(entry: Entry, number: Any) -> bool:
    """Whether an entry is a source with the value of a literal."""
    return entry.is_source and not np.ndim(entry.value) and bool(entry.value == number)


def _constant(node: ast.AST) -> Any:
    """Return the value of a numeric literal, with its sign; None for any other node."""
    if is_number(node):
        return node.value  # type: ignore[attr-defined]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and is_number(node.operand):
        return -node.operand.value  # type: ignore[attr-defined]
    return None

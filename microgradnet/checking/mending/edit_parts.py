"""Replace parts of a statement's text by other code, with the brackets that this needs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from microgradnet.checking.mending.edit_text import ATOM, PLACES, Code, Shape, children, level_of
from microgradnet.tape.trees import called_name
from microgradnet.words import say

FACTOR, NOT_DIVIDED = "the factor {name} is left out", "is not divided by {name}"
PLUS, MINUS = "the term + {name} is left out", "the term - {name} is left out"
USES = "uses {used} where {meant} belongs"
COUNT = "{used} is the wrong count: {meant} belongs"
MEAN_OVER = "a factor 1/{n:g} is missing: the mean over the {n:g} samples"
DIVIDED = "divided by {n:g}, the number of samples, once too often"


@dataclass(frozen=True, slots=True)
class Scope:
    """The names a statement may use.

    atoms: the shape of each place that may stand in a formula ("x[0]", "self.W1", "t"), None where
    it is unknown. helpers: calls of the person's own functions, as "sigmoid({})". sizes: sizes of
    the data, the number of samples first. named: atoms that hold one number ("m": 6); before: what
    an activated value was computed from ("h1": "sum_h1"); moves: whether the statement moves a
    parameter. These three only choose words and their order. counters: names of loop counters,
    which are used in indices only. spellings: replacements of NumPy's spelling by that of the
    library in use, such as "keepdims=" by "keepdim=". shape: that of the value of the statement;
    limits: the two limits of each clip in the file; in_loop: whether the statement is in a loop;
    counts: the places that hold an integer above 1; masks, complexes: those of boolean and
    of complex arrays; around: by place, the formulas of the file that it stands in; indices: those
    of several axes in the file; lengths: of its slices, and of what it divides by, as differences;
    axes: several axes that it sums over; factors: products of the file without one factor, by which
    that one's gradient is multiplied; items: the items of lists at the counters of loops,
    `states[t]`.
    """

    atoms: Mapping[str, Shape]
    helpers: Sequence[str] = ()
    sizes: Sequence[int] = ()
    named: Mapping[str, float] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    moves: bool = False
    counters: frozenset[str] = frozenset()
    spellings: Sequence[tuple[str, str]] = ()
    shape: Shape = None
    limits: Sequence[tuple[str, str]] = ()
    in_loop: bool = True
    counts: Sequence[str] = ()
    masks: Sequence[str] = ()
    complexes: Sequence[str] = ()
    around: Mapping[str, Sequence[str]] = field(default_factory=dict)
    indices: Sequence[str] = ()
    lengths: Sequence[str] = ()
    axes: Sequence[str] = ()
    factors: Sequence[str] = ()
    items: Mapping[str, Shape] = field(default_factory=dict)

    def respelled(self, text: str) -> str:
        """Return a text in the spelling of the library in use."""
        for numpy, own in self.spellings:
            text = text.replace(own, "\0").replace(numpy, "\0").replace("\0", own)
        return text

    def seen(self, values: Mapping[str, Any]) -> Scope:
        """Return the scope with the values of its places, as the run had them; others are left."""
        whole = [k for k, x in values.items() if type(x) is int and x > 1]
        lists = {k: np.shape(x[0]) for k, x in values.items() if type(x) is list}
        shapes = {k: tuple(np.shape(x)) for k, x in values.items() if k not in lists}
        at = [k for k in self.counters if type(values.get(k)) is int]
        items = {f"{k}[{t}]": shape for k, shape in lists.items() for t in at}
        counts = [*dict.fromkeys([*self.named, *whole])]
        arrays = {k: x.dtype.kind for k, x in values.items() if isinstance(x, np.ndarray)}
        masks, waves = ([k for k in arrays if arrays[k] == kind] for kind in "bc")
        seen = replace(self, atoms=shapes, counts=counts, items=items)
        return replace(seen, masks=masks, complexes=waves)

    def shape_of(self, part: Part) -> Shape:
        """Return the shape of a place, or of the value of a statement; None if it is unknown."""
        line = part.line
        if part in line.values and len(line.values) == 1:
            is_new = self.shape is not None and line.target.isidentifier()
            return self.shape if is_new else self.atoms.get(line.target, self.shape)
        return self.atoms.get(part.text)


# The text of the edited statement, the mistake in words, the distance from the written text.
Alternative = tuple[str, str, float]
Kind = Callable[["Part", Scope], Iterator[Alternative]]


class Part:
    """An expression in a statement.

    is_value: whether it is read as a number or an array, not as a function, an index, or the
    beginning of a longer place; need: the tightness that its place requires.
    """

    __slots__ = ("code", "end", "in_index", "is_value", "line", "need", "node", "start", "up")

    def __init__(self, line: Line, node: ast.expr, need: int, up: Part | None) -> None:
        self.line, self.node, self.need, self.up = line, node, need, up
        self.code = line.code(node)
        self.start, self.end = line.span(node)
        if self.code.level < need:  # in brackets
            self.start, self.end = self.start - 1, self.end + 1
        above = up.node if up else None
        self.in_index: bool = bool(up and up.in_index)
        if isinstance(above, ast.Subscript) and node is above.slice:
            self.in_index = not _is_mask(node)
        if isinstance(above, ast.Call) and node in above.args[is_numpy(above.func) :]:
            self.in_index |= is_over_axes(above) or called_name(above) == "len"
        begins = isinstance(above, ast.Call) and node is above.func
        begins |= isinstance(above, PLACES) and node is above.value and is_place(above)
        caller = up.up.node if up and up.up else None
        if isinstance(caller, ast.Call) and above is caller.func:  # x in `x.sum()`
            begins = is_place(node) and self.code.text in MODULES
        written = not isinstance(getattr(node, "ctx", None), (ast.Load, type(None)))
        other = begins or self.in_index or written
        starred = isinstance(node, ast.Starred) or isinstance(above, ast.Starred)
        self.is_value = not (other or starred)

    @property
    def text(self) -> str:
        """The text of the part."""
        return self.code.text

    def put(self, new: Code) -> str:
        """Return the statement with this part replaced by another expression."""
        source = self.line.text
        text = new.inside(self.need)
        if self.need == ATOM and text.isdigit():
            text += " "  # `2 .dot(w)`
        return f"{source[: self.start]}{text}{source[self.end :]}"

    def used(self, meant: Code, far: float) -> Alternative:
        """Return the edit to another expression: "uses a where b belongs"."""
        return self.put(meant), uses(self.text, meant.text), far

    def had(self, meant: Code, far: float) -> Alternative:
        """Return the edit to another text: "has a where b belongs"."""
        return self.put(meant), has(self.text, meant.text), far

    def code_of(self, node: ast.AST) -> Code:
        """Return the code of a node under this one."""
        return self.line.code(node)


NOT_NUMBERS = ("axis", "keepdims", "dtype", "dim", "keepdim")
OVER_AXES = ("sum", "mean", "max", "min", "var", "std", "prod", "argmax", "cumsum")
MODULES = ("np", "numpy", "math", "scipy", "torch", "jnp", "self", "cls", "super")
LINEAR = ("dot", "matmul", "outer", "sum", "mean", "einsum", "reshape")


def is_over_axes(node: ast.Call) -> bool:
    """Whether a call is a sum or the like, whose other arguments are axes: not max(a, b)."""
    return isinstance(node.func, ast.Attribute) and node.func.attr in OVER_AXES


def _is_mask(index: ast.expr) -> bool:
    return any(isinstance(n, (ast.Compare, ast.BitAnd, ast.Invert)) for n in ast.walk(index))


def is_place(node: ast.AST) -> bool:
    """Whether a node is a name, or an attribute or entry of one, as an atom must be."""
    while isinstance(node, PLACES):
        if isinstance(node, ast.Attribute) and node.attr == "T":
            return False
        node = node.value
    return isinstance(node, ast.Name)


class Line:
    """A statement of one line as text, with its parts.

    values: the parts that are computed: its value, each element of a tuple, an appended argument,
    the step of `w = w - step`.
    """

    def __init__(self, statement: ast.stmt) -> None:
        self.text = ast.unparse(statement)
        self.statement = ast.parse(self.text).body[0]
        self.bytes = None if self.text.isascii() else self.text.encode()
        self.parts: list[Part] = []
        self.of: dict[int, Part] = {}
        for child, need in children(self.statement):
            self._add(child, need, None)
        nodes = _values(self.statement)
        if len(nodes) == 1 and isinstance(nodes[0], ast.BinOp):
            nodes = [self._step(nodes[0])]
        parts = [self.of[id(node)] for node in nodes if id(node) in self.of]
        self.values = [part for part in parts if not isinstance(part.node, ast.Starred)]

    def _add(self, node: ast.AST, need: int, up: Part | None) -> None:
        is_plain = isinstance(node, ast.keyword) and node.arg in NOT_NUMBERS
        if is_plain or isinstance(node, ast.JoinedStr):
            return
        if isinstance(node, ast.expr):
            up = Part(self, node, need, up)
            self.parts.append(up)
            self.of[id(node)] = up
        bound = node.target if isinstance(node, ast.comprehension) else None
        for child, below in children(node):
            if child is not bound:
                self._add(child, below, up)

    def _step(self, value: ast.BinOp) -> ast.expr:
        """Return the step of `w = w - step`; of another statement, the whole value."""
        steps = isinstance(value.op, (ast.Add, ast.Sub))
        return value.right if steps and self.code(value.left).text == self.target else value

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return the start and the end of a node in the text."""
        start, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
        if self.bytes is None:
            return start, end
        return len(self.bytes[:start].decode()), len(self.bytes[:end].decode())

    def code(self, node: ast.AST) -> Code:
        """Return the code of a node of the statement."""
        start, end = self.span(node)
        return Code(self.text[start:end], level_of(node))

    def as_argument(self, index: ast.expr) -> str:
        """Return an index as an argument: (slice(None), i) for [:, i]."""
        if not isinstance(index, ast.Tuple):
            return self.code(index).text
        parts = [self.code(x).text for x in index.elts]
        return f"({', '.join('slice(None)' if x == ':' else x for x in parts)})"

    def put_all(self, several: Mapping[Part, Code]) -> str:
        """Return the statement with several parts replaced; no part may contain another."""
        text, end = "", 0
        for part in sorted(several, key=lambda part: part.start):
            text += self.text[end : part.start] + several[part].inside(part.need)
            end = part.end
        return text + self.text[end:]

    @property
    def target(self) -> str:
        """The place that the statement writes, as text; "" if there is none."""
        node = self.statement
        if isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            return self.code(node.target).text
        return self.code(node.targets[0]).text if isinstance(node, ast.Assign) else ""


def _values(statement: ast.stmt) -> list[ast.expr]:
    """Return the expressions a statement computes: its value, elements, appended argument."""
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.Expr) and isinstance(value, ast.Call):
        return value.args[-1:]
    if isinstance(value, (ast.Tuple, ast.List)):
        return value.elts
    if isinstance(value, ast.Dict):
        return value.values
    if isinstance(value, (ast.ListComp, ast.GeneratorExp)):
        return [value.elt]
    if isinstance(value, ast.Lambda):
        return [value.body]
    return [value] if isinstance(value, ast.expr) else []


def uses(used: str, meant: str) -> str:
    """Return the words for an expression that is used instead of another."""
    return say(USES, used=used, meant=meant)


def miscounts(used: str, meant: str) -> str:
    """Return the words for a number of elements that is used instead of another."""
    return say(COUNT, used=used, meant=meant)


def has(used: str, meant: str) -> str:
    """Return the words for a text that is written instead of another."""
    return say("has {used} where {meant} belongs", used=used, meant=meant)


def fits(a: Shape, b: Shape) -> bool:
    """Whether an array of shape a may replace one of shape b: unknown, equal or broadcasting."""
    if a is None or b is None or a == b:
        return True
    return bool(a and b) and all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1]))


def is_of_whole(part: Part, linear: bool = False) -> bool:
    """Whether a part is a factor of the whole value, so that its sign is the value's sign.

    linear: through matrix products and sums, too.
    """
    while part not in part.line.values:
        up = part.up
        if up is None or not (_is_factor(part, up) or (linear and _is_linear(part, up))):
            return False
        part = up
    return True


def _is_factor(part: Part, up: Part) -> bool:
    node = up.node
    if isinstance(node, ast.BinOp):
        divided = isinstance(node.op, ast.Div) and part.node is node.left
        return divided or isinstance(node.op, ast.Mult)
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _is_linear(part: Part, up: Part) -> bool:
    node = up.node
    if isinstance(node, ast.Call):
        return called_name(node) in LINEAR
    if isinstance(node, ast.Attribute):
        return node.attr == "T" or node.attr in LINEAR
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)


def sign_is_wrong(part: Part, scope: Scope) -> str:
    """Return the words for a wrong sign of the whole value, or of a part of it."""
    if not is_of_whole(part, linear=True):
        up = part.up
        is_number = isinstance(getattr(part.node, "operand", None), ast.Constant)
        is_argument = up is not None and isinstance(up.node, ast.Call) and part.node in up.node.args
        where = f"{part.text} in {up.text}" if up and is_argument and is_number else part.text
        return say("the sign of {x} is wrong", x=where)
    return say("moves up the gradient, not down" if scope.moves else "the sign is wrong")


def is_numpy(func: ast.expr) -> bool:
    """Whether a function is one of an array module such as numpy, not a method."""
    base = func.value if isinstance(func, ast.Attribute) else None
    return isinstance(base, ast.Name) and base.id in ("np", "numpy", "jnp", "torch")


def whole_number(node: ast.expr) -> int | None:
    """Return the value of a whole number, which may be negative; None for anything else."""
    negated = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    if isinstance(inner, ast.Constant) and type(inner.value) is int:
        return -inner.value if negated else inner.value
    return None

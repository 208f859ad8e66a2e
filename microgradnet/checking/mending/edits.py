"""List the edits of a statement, nearest first: a corrected statement and its mistake in words.

Nothing is run here: from the text of a statement and the names in scope, every small correction
is proposed. Replays of the tape show which corrections are right.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter

import numpy as np

from microgradnet.checking.finding.vocabulary import may_be_gradient
from microgradnet.checking.mending.edit_all import everywhere
from microgradnet.checking.mending.edit_calls import KINDS_OF_CALLS
from microgradnet.checking.mending.edit_kinds import (
    KINDS_OF_FORMULAS,
    MISTAKEN,
    factors,
    slopes,
    spread,
)
from microgradnet.checking.mending.edit_parts import (
    DIVIDED,
    FACTOR,
    MEAN_OVER,
    MINUS,
    NOT_DIVIDED,
    PLUS,
    Alternative,
    Line,
    Part,
    Scope,
    fits,
    is_place,
)
from microgradnet.checking.mending.edit_places import KINDS_OF_PLACES
from microgradnet.checking.mending.edit_text import Code, Shape, binary, formula, negative
from microgradnet.tape.trees import called_name, changed_parts, names_in
from microgradnet.words import say

MOST = 1800
NOT_HERE = "this line does not belong there"
KINDS = (*KINDS_OF_PLACES, *KINDS_OF_FORMULAS, *KINDS_OF_CALLS)
SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)
DIAGONAL = "has only the diagonal of the softmax's Jacobian: the term - {name} is left out"


@dataclass(frozen=True, slots=True)
class Edit:
    """A corrected statement.

    suggestion: its text, "" where the statement should be deleted; said: the mistake in words;
    cost: the distance from the written statement, smaller is likelier.
    """

    suggestion: str
    said: str
    cost: float

    @property
    def statement(self) -> ast.stmt | None:
        """The corrected statement as a new tree; None where it should be deleted."""
        return ast.parse(self.suggestion).body[0] if self.suggestion else None


def edits(statement: ast.stmt, scope: Scope) -> list[Edit]:
    """Return the edits of a statement, the nearest first, at most 1800 and no two alike.

    Empty for a statement that computes nothing, and for one of several lines.

    >>> node = ast.parse("d = x @ w").body[0]
    >>> edit = edits(node, Scope({"x": (3, 2), "w": (3, 4)}))[0]
    >>> edit.suggestion, edit.said
    ('d = x.T @ w', 'uses x where x.T belongs')
    """
    value = getattr(statement, "value", None)
    if not isinstance(statement, SIMPLE) or value is None:
        return []
    if isinstance(statement, ast.Expr) and not isinstance(value, ast.Call):
        return []
    line = Line(statement)
    if "\n" in line.text:
        return []
    found: dict[str, Alternative] = {}
    for edit in _all(line, scope):
        known = found.get(edit[0])
        if known is None or edit[2] < known[2]:
            found[edit[0]] = edit
    found.pop(line.text, None)
    several = [edit for edit in found.values() if not _counts(edit[0], line.text, scope)]
    if _reads_again(line.text, line.target):
        several = [edit for edit in several if _reads_again(edit[0], line.target)]
    nearest = sorted(several, key=itemgetter(2))[:MOST]
    return [Edit(scope.respelled(text), scope.respelled(said), far) for text, said, far in nearest]


def changes_an_argument(written: ast.stmt, edit: Edit) -> bool:
    """Whether an edit computes another argument of a person's function, which has the mistake."""
    parts = changed_parts(written, edit.statement)
    names = [called_name(part) for part, _ in parts[:-1] if isinstance(part, ast.Call)]
    own = [n for n in names if n and not any(hasattr(x, n) for x in (np, np.ndarray, builtins))]
    return bool(own) and not isinstance(parts[-1][1], ast.Name)


def _reads_again(text: str, target: str) -> bool:
    """Whether a line assigns a name anew from its own value: a step keeps its start."""
    head = f"{target} = "
    again = re.compile(rf"(?<![\w.]){re.escape(target)}(?!\w)")
    return bool(target) and text.startswith(head) and again.search(text, len(head)) is not None


def _counts(text: str, written: str, scope: Scope) -> bool:
    """Whether a corrected line computes with a loop counter, which is an index or a condition."""
    for name in scope.counters:
        word = rf"\b{name}\b"
        if name in text and len(re.findall(word, text)) > len(re.findall(word, written)):
            nodes = [*ast.walk(ast.parse(text))]
            indices = {n for s in nodes if isinstance(s, ast.Subscript) for n in ast.walk(s.slice)}
            indices |= {n for s in nodes if isinstance(s, ast.IfExp) for n in ast.walk(s.test)}
            if any(getattr(n, "id", "") == name and n not in indices for n in nodes):
                return True
    return False


def _all(line: Line, scope: Scope) -> Iterator[Alternative]:
    for part in line.parts:
        for kind in KINDS:
            yield from kind(part, scope)
    yield from everywhere(line, scope)
    yield from _assigned(line, scope)
    for value in line.values:
        if value.text not in ("0", "0.0", "None"):
            for whole in WHOLE:
                yield from whole(value, scope)
    yield "", say(NOT_HERE), 1.7


def _assigned(line: Line, scope: Scope) -> Iterator[Alternative]:
    """Yield `=` for `+=` and back, `-=` for `+=`, and np.add.at for `=`."""
    node, target = line.statement, line.target
    if not isinstance(node, (ast.Assign, ast.AugAssign)):
        return
    rest = line.text[line.span(node.value)[0] :]
    if isinstance(node, ast.AugAssign):
        yield f"{target} = {rest}", say("adds to what was there: += where = belongs"), 1.3
        for kind, sign, far in AUGMENTED:
            if isinstance(node.op, kind):
                words = "moves up the gradient, not down" if scope.moves else WORDS[kind, sign]
                yield f"{target} {sign}= {rest}", say(words), far
        shape = scope.atoms.get(target) if isinstance(node.op, ast.Div) else None
        several = [n for n, x in scope.atoms.items() if x and shape == x and n != target]
        for name in (*several, *spread(scope, shape)):
            divided = binary(Code(name), "/", formula(rest)).text
            yield f"{target} *= {divided}", say(FACTOR, name=name), 1.6
    elif len(node.targets) == 1 and not isinstance(node.targets[0], (ast.Tuple, ast.List)):
        words = "keeps only the last round of the loop: = where += belongs"
        if not scope.in_loop:
            words = "the earlier value of {name} is lost: = where += belongs"
        if scope.moves:
            words = "is assigned anew, and keeps nothing of what it was: = where += or -= belongs"
        yield f"{target} += {rest}", say(words, name=target), 1.2
        yield f"{target} -= {rest}", say(words, name=target), 1.2 if scope.moves else 1.6
        yield f"{target} *= {rest}", say(FACTOR, name=target), 1.6
    where = node.targets[0] if isinstance(node, ast.Assign) else node.target
    if isinstance(where, ast.Subscript):
        base, index = line.code(where.value).text, line.code(where.slice).text
        indices = line.as_argument(where.slice)
        said = say("keeps only the last of equal indices: np.add.at belongs")
        if ":" not in index and ("axis=", "dim=") in scope.spellings:
            words = "keeps only the last of equal indices: index_put_ with accumulate=True belongs"
            yield f"{base}.index_put_(({index},), {rest}, accumulate=True)", say(words), 1.3
        elif ":" not in indices:
            is_less = isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub)
            adds = "np.subtract.at" if is_less else "np.add.at"
            words = "keeps only the last of equal indices: np.subtract.at belongs"
            said = say(words) if is_less else said
            yield f"{adds}({base}, {indices}, {rest})", said, 1.3


# Of a statement such as `a += b`: the operator as written, the sign that belongs, the distance.
AUGMENTED: tuple[tuple[type[ast.operator], str, float], ...] = (
    (ast.Add, "-", 1.0),
    (ast.Sub, "+", 1.0),
    (ast.Mult, "/", 1.2),
    (ast.Div, "*", 1.2),
    (ast.Add, "*", 1.2),
    (ast.Mult, "+", 1.3),
)
WORDS = {(kind, sign): words for kind, sign, words, _ in MISTAKEN}


def _scaled(value: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits of the whole value: its sign, a factor, the number of samples, a sum."""
    code = value.code
    words = "moves up the gradient, not down" if scope.moves else "the sign is wrong"
    if not isinstance(value.node, ast.Constant):
        yield value.put(negative(code)), say(words), 1.2
    for size in (2, 3, 4):
        far = 0.1 * (size - 2)
        missing, much = "a factor {size:g} is missing", "a factor {size:g} too much"
        yield value.put(binary(Code(str(size)), "*", code)), say(missing, size=size), 1.3 + far
        yield value.put(binary(code, "/", Code(str(size)))), say(much, size=size), 1.35 + far
    named = {float(x): name for name, x in scope.named.items()}
    for k, n in enumerate(scope.sizes):
        one = Code(named.get(float(n), str(n)))
        mean, divided = "a factor 1/{n:g} is missing", "divided by {n:g} once too often"
        if k == 0:
            mean, divided = MEAN_OVER, DIVIDED
        is_named = bool(k) and not one.text.isdigit()  # that it is divided by is not known
        said = say(FACTOR, name=one.text) if is_named else say(divided, n=n)
        yield value.put(binary(code, "/", one)), say(mean, n=n), 1.3 + 0.1 * bool(k)
        yield value.put(binary(code, "*", one)), said, 1.35 + 0.1 * bool(k)
    for axis in () if isinstance(value.node, ast.Constant) else ("0", "1", "None"):
        over = say("over axis {axis}", axis=axis) if axis != "None" else say("over all axes")
        for keep in ("", ", keepdims=True"):
            given = f"axis={axis}{keep}" if axis != "None" else keep[2:]
            new = Code(f"{code.inside(14)}.sum({given})")
            yield value.put(new), say("the sum {over} is left out", over=over), 1.5


def _slope_left_out(value: Part, scope: Scope) -> Iterator[Alternative]:
    for text, _, far in slopes(scope, scope.shape_of(value)):
        for factor, words, more in SLOPES_LEFT_OUT:
            said = say(words, slope=f"{factor}{text}")
            yield value.put(_times(value.code, factor + text)), said, 1.35 + far + more


def _times(code: Code, text: str) -> Code:
    """Return the product with a derivative, with as few brackets as a person writes."""
    if code.text in ("1", "1.0"):
        return formula(text)
    return Code(f"{code.inside(10)} * {text}", 10)


SLOPES_LEFT_OUT = (
    ("", "the slope of the activation is left out: times {slope}", 0.0),
    ("2 * ", "the slope of the activation is left out, and a factor 2: times {slope}", 0.3),
)


def _one_more(value: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits that add a factor or a term to the whole value."""
    shape, code = scope.shape_of(value), value.code
    for sign, text in factors(scope, shape):
        words = FACTOR if sign == "*" else NOT_DIVIDED
        yield value.put(binary(code, sign, formula(text))), say(words, name=text), 1.5
    goes_on = value.line.target in names_in(value.node)  # as a gradient does through time
    for name in scope.atoms:
        far = 0.2 * (name != value.line.target and not goes_on)
        for text in _shares(name, shape, scope) if goes_on or may_be_gradient(name) else ():
            yield value.put(binary(code, "+", Code(text, 10))), say(PLUS, name=text), 1.45 + far
    for text in scope.factors:
        yield value.put(binary(code, "*", formula(text))), say(FACTOR, name=text), 1.55
    for name, other in scope.atoms.items():
        if name == value.line.target:
            continue
        far = 0.0 if shape == other else 0.1
        if other == () or fits(shape, other):
            yield value.put(_times(code, name)), say(FACTOR, name=name), 1.4 + far
            said = say(NOT_DIVIDED, name=name)
            yield value.put(binary(code, "/", Code(name))), said, 1.45 + far
        if fits(shape, other):
            yield value.put(binary(code, "+", Code(name))), say(PLUS, name=name), 1.5 + far
            yield value.put(binary(code, "-", Code(name))), say(MINUS, name=name), 1.55 + far
            yield value.used(binary(Code(name), "-", code), 1.6 + far)
        if shape == other and shape != ():
            for text in _penalties(name, scope):
                yield value.put(binary(code, "+", Code(text, 10))), say(PLUS, name=text), 1.6
        for text in _products(name, shape, scope):
            yield value.put(binary(code, "+", Code(text, 10))), say(PLUS, name=text), 1.8
    for text in spread(scope, shape):
        yield value.put(binary(code, "+", Code(text))), say(PLUS, name=text), 1.6
        yield value.put(binary(code, "-", Code(text))), say(MINUS, name=text), 1.65
        yield value.put(_times(code, text)), say(FACTOR, name=text), 1.6


def _penalties(name: str, scope: Scope) -> Iterator[str]:
    """Yield the terms that regularisation adds for a parameter."""
    for rate, shape in scope.atoms.items():
        if shape == ():
            yield from (f"{rate} * {name}", f"2 * {rate} * {name}", f"{name} / {rate}")
            yield from (f"{rate} / {n} * {name}" for n in scope.named if n != rate)


def _shares(name: str, shape: Shape, scope: Scope) -> Iterator[str]:
    """Yield the terms by which a gate or a leak hands a gradient on: z * dh, (1 - a) * dh."""
    if shape is None or scope.atoms.get(name) != shape:
        return
    for gate, other in scope.atoms.items():
        if gate != name and other in ((), shape) and not may_be_gradient(gate):
            yield from (f"{gate} * {name}", f"(1 - {gate}) * {name}")


def _products(name: str, shape: Shape, scope: Scope) -> Iterator[str]:
    """Yield matrix products of a name with a given shape, for a term that is left out."""
    for left, (rows, inner) in _turned(name, scope) if shape and len(shape) == 2 else ():
        for other in scope.atoms:
            for right, (between, columns) in _turned(other, scope):
                if inner == between and (rows, columns) == shape:
                    yield f"{left} @ {right}"


def _turned(name: str, scope: Scope) -> list[tuple[str, tuple[int, ...]]]:
    """Return a matrix and its transpose, each with its shape; [] if it is no matrix."""
    shape = scope.atoms.get(name)
    is_matrix = shape is not None and len(shape) == 2
    return [(name, shape), (f"{name}.T", shape[::-1])] if is_matrix and shape else []


def _jacobian(value: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits that add the off-diagonal terms of the Jacobian of a softmax or a norm."""
    inside = [p for p in value.line.parts if p.is_value and is_place(p.node)]
    names = list(dict.fromkeys(p.text for p in inside if scope.atoms.get(p.text) != ()))[:4]
    for s in names:
        for d in names:
            if s != d and fits(scope.atoms.get(s), scope.atoms.get(d)):
                new = f"{s} * ({d} - ({d} * {s}).sum(axis=-1, keepdims=True))"
                yield value.put(Code(new, 10)), say(DIAGONAL, name=f"{s} * sum({d} * {s})"), 1.6
    inner = [p for p in inside if value.start <= p.start < value.end]
    shape = scope.shape_of(value) or next((scope.atoms.get(p.text) for p in inner), None)
    names += [n for n, x in scope.atoms.items() if shape and x == shape and n not in names][:3]
    for term, far in _terms_of_a_norm(names):
        code = Code(term, 10)
        inner_sums = (p for p in value.line.parts if _is_inner_sum(p, value))
        for part in [value, *(p for p in inner_sums if p.text not in scope.counts)]:
            yield part.put(binary(part.code, "-", code)), say(MINUS, name=term), far


def _is_inner_sum(part: Part, value: Part) -> bool:
    """Whether a part is a factor of a larger product, in which a term may be left out."""
    up = part.up.node if part.up else None
    inner = isinstance(part.node, (ast.BinOp, ast.Name)) and isinstance(up, ast.BinOp)
    return inner and part.is_value and not isinstance(up.op, (ast.Add, ast.Sub))  # type: ignore


def _terms_of_a_norm(names: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Yield sums, and products with sums, each with its cost."""
    names = list(names)
    for kind in ("sum", "mean"):
        for over in ("axis=0", "axis=-1, keepdims=True"):
            yield from ((f"{d}.{kind}({over})", 1.8) for d in names)
            for a in names:
                sums = [f"({d} * {a}).{kind}({over})" for d in names if d != a]
                yield from (*((f"{a} * {x}", 1.8) for x in sums), *((x, 1.9) for x in sums))


WHOLE = (_scaled, _slope_left_out, _one_more, _jacobian)

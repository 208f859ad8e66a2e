"""Propose edits of names, entries and indices, each with its mistake in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import combinations, permutations

from microgradnet.checking.finding.vocabulary import is_of_slope
from microgradnet.checking.mending.edit_kinds import SLOPES, factors, other_counts, slopes, spread
from microgradnet.checking.mending.edit_parts import (
    FACTOR,
    MINUS,
    NOT_DIVIDED,
    OVER_AXES,
    PLUS,
    Alternative,
    Kind,
    Part,
    Scope,
    fits,
    has,
    is_numpy,
    is_place,
    miscounts,
    uses,
    whole_number,
)
from microgradnet.checking.mending.edit_text import Code, binary, formula, transpose
from microgradnet.tape.trees import called_name, names_in
from microgradnet.words import say


def another_name(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits with another name or entry: one not changed after copying a line."""
    if not (part.is_value and is_place(part.node)):
        return
    own, shape = part.text, scope.atoms.get(part.text)
    for name, other in scope.atoms.items():
        if name == own:
            continue
        if fits(shape, other):
            far = 1.0 if _stem(name) == _stem(own) else 1.1
            far += 0.15 * (name == part.line.target)
            far += 0.4 * (not scope.in_loop and OF_A_LOOP.search(name) is not None)
            far += 0.0 if shape == other else 0.1 if None in (shape, other) else 0.2
            words = uses(own, name)
            if scope.before.get(own) == name and _is_slope_call(part):
                kept = "takes the derivative at {name}, which is activated already, not at {inside}"
                words, far = say(kept, name=own, inside=name), 1.0
            yield part.put(Code(name)), words, far
        else:
            yield part.used(Code(name), 1.75)
        if shape == (other or ())[::-1] != other:
            yield part.used(Code(f"{name}.T"), 1.6)
    for text, other in scope.items.items():
        if other == shape and text not in (own, *scope.atoms):
            yield part.used(Code(text), 1.25)
    for text in _formulas_around(own, scope):  # np.tanh(c) for c, as elsewhere
        is_call = re.fullmatch(rf"[\w.]+\({re.escape(own)}\)", text) is not None
        yield part.used(formula(text), 1.25 if is_call else 1.95)


def _formulas_around(own: str, scope: Scope) -> Iterator[str]:
    """Yield the formulas of the file that a place stands in; of `s.x` those of x, too."""
    yield from scope.around.get(own, ())
    if found := re.fullmatch(r"(.*\W)(\w+)(\W*)", own):
        before, name, after = found.groups()
        for text in scope.around.get(name, ()):
            yield NAME.sub(lambda m: in_scope(f"{before}{m[0]}{after}", m[0], scope), text)


def in_scope(text: str, other: str, scope: Scope) -> str:
    """Return a place if it is in scope, else another."""
    return text if text in scope.atoms else other


OF_A_LOOP = re.compile(r"\[.*(?<![\w.])[A-Za-z_]\w*:[A-Za-z_]")  # x[lo:hi], behind the loop
NAME = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*(?![\w(.'\"])")


def another_count(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield other counts for a count: of the rows that a mask keeps, for all rows."""
    if not (part.is_value and _is_count(part, scope)):
        return
    is_given = _is_given(part)
    for text in other_counts(part.text, scope):
        new = formula(text)
        is_large = "*" in text or text.endswith(".size")
        if not (is_given and is_large):
            yield part.put(new), miscounts(part.text, new.text), 1.4


def _is_count(part: Part, scope: Scope) -> bool:
    node = part.node
    is_shape = isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "shape"
    is_size = isinstance(node, ast.Attribute) and node.attr == "size"
    is_length = isinstance(node, ast.Call) and called_name(node) == "len"
    is_of_mask = isinstance(node, ast.Call) and part.text.endswith(".sum()")
    return is_shape or is_size or is_length or is_of_mask or part.text in scope.counts


def _is_given(part: Part) -> bool:
    """Whether a part is an argument of a function that may pad or repeat by so many."""
    up = part.up.node if part.up else None
    return isinstance(up, ast.Call) and not is_numpy(up.func)


def _stem(name: str) -> str:
    return name.rstrip("0123456789]'\"").partition("[")[0]


def _is_slope_call(part: Part) -> bool:
    """Whether a part is the argument of a call whose text says that it is a derivative."""
    up = part.up
    if up is None or not isinstance(up.node, ast.Call):
        return False
    return is_of_slope(up.text) or "true" in up.text.lower()


def transposed(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield the transpose of a matrix."""
    node = part.node
    if not part.is_value:
        return
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield part.put(part.code_of(node.value)), uses(part.text, part.text[:-2]), 1.15
    elif isinstance(node, ast.Attribute) and node.attr == "size":
        yield part.used(Code(f"{part.code_of(node.value).inside(14)}.sum()"), 1.4)
    elif isinstance(node, ast.Call) and called_name(node) in ("t", "transpose", "swapaxes"):
        if isinstance(node.func, ast.Attribute) and not is_numpy(node.func):
            yield part.used(part.code_of(node.func.value), 1.15)
    elif is_place(node) and len(scope.atoms.get(part.text) or (0, 0)) > 1:
        for shape in {scope.atoms.get(part.text), None}:
            yield part.used(transpose(part.code, shape), 1.15)


def another_index(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield other indices: one off, another counter, swapped; or another array."""
    node = part.node
    if not isinstance(node, ast.Subscript):
        return
    base = part.code_of(node.value)
    index = part.code_of(node.slice).text
    for other, far in _other_indices(part, node.slice, scope):
        yield part.used(Code(f"{base.inside(14)}[{other}]"), far)
    if isinstance(node.slice, ast.Slice) or (part.is_value and isinstance(node.slice, ast.Tuple)):
        yield part.used(base, 1.4)
    if is_place(node) and isinstance(node.ctx, ast.Load):
        for name, shape in scope.atoms.items():
            if name != base.text and name.isidentifier() and shape != ():
                yield part.used(Code(f"{name}[{index}]"), 1.2)
            if name != index and shape and shape == scope.atoms.get(index):  # an edge's other end
                other = f"{base.inside(14)}[{name}]"
                for sign, words in (("-", MINUS), ("+", PLUS)):
                    text = part.put(binary(part.code, sign, Code(other)))
                    yield text, say(words, name=other), 1.5


def _other_indices(part: Part, index: ast.expr, scope: Scope) -> Iterator[tuple[str, float]]:
    """Yield the indices that may be meant instead, each with its cost."""
    text = part.code_of(index).text
    number = whole_number(index)
    if {":", "::-1"} >= {*text.split(", ")}:  # reversed along another axis
        yield from ((f"{':, ' * k}::-1", 1.3) for k in range(3))
    if isinstance(index, ast.Tuple):
        yield from _other_tuples(part, index, scope)
    elif isinstance(index, ast.Slice):
        yield from ((other, 1.3) for other in _other_slices(part, index, scope))
        is_open = (index.lower is None) != (index.upper is None)
        if is_open and index.step is None:  # as many at the other end
            yield (f":-{text[:-1]}" if index.lower else f"-{text[1:]}:"), 1.25
    elif isinstance(index, ast.Constant) and isinstance(index.value, str):
        base = part.text[: -len(text) - 1]
        keys = (x[len(base) : -1] for x in scope.atoms if x.startswith(base) and x[-1] == "]")
        yield from ((key, 1.0 if part.is_value else 1.4) for key in keys if "]" not in key)
    elif number is not None:
        yield from ((str(number + d), 1.0 + 0.05 * abs(d)) for d in (1, -1, 2, -2))
        yield from ((name, 1.2) for name in _counters(scope, text))
    elif isinstance(index, (ast.Name, ast.BinOp, ast.UnaryOp, ast.Attribute)):
        yield from _beside(part, index, scope)
        yield from ((name, 1.15) for name in _counters(scope, text))
        alike = (x for x, shape in scope.atoms.items() if shape and shape == scope.atoms.get(text))
        yield from ((name, 1.2) for name in alike if name != text)
        yield from ((str(k), 1.4) for k in (0, 1, -1))


def _other_tuples(part: Part, index: ast.Tuple, scope: Scope) -> Iterator[tuple[str, float]]:
    items = [part.code_of(item).text for item in index.elts]
    for i, j in combinations(range(len(items)), 2):
        if ":" not in (items[i], items[j]):
            swapped = [items[{i: j, j: i}.get(k, k)] for k in range(len(items))]
            yield ", ".join(swapped), 1.1
    same = (text for text in scope.indices if text.count(",") == len(items) - 1)
    yield from ((text, 1.3) for text in same)  # as the forward pass may have it
    for i, item in enumerate(index.elts):
        for other, far in _other_indices(part, item, scope):
            yield ", ".join([*items[:i], other, *items[i + 1 :]]), far
            if items[i] in items[:i] and isinstance(item, ast.Slice):  # of all such axes
                yield ", ".join(other if x == items[i] else x for x in items), far


def shifts(part: Part) -> Iterator[str]:
    """Yield an index one off: `t` and `t - 2` for `t - 1`, and `t + 1`."""
    index, text = part.node, part.text
    if not isinstance(index, ast.BinOp) or not isinstance(index.op, (ast.Add, ast.Sub)):
        yield from (f"{text} {sign} 1" for sign in "-+")
        return
    left, right = part.code_of(index.left).text, part.code_of(index.right).text
    own, other = "-+" if isinstance(index.op, ast.Sub) else "+-"
    yield left
    yield f"{left} {other} {right}"
    if whole_number(index.right) is not None:
        yield from (f"{left} {own} {k}" for k in (1, 2))


def _beside(part: Part, index: ast.expr, scope: Scope) -> Iterator[tuple[str, float]]:
    """Yield indices near one: off by one or by a counter, or from the end."""
    text = part.code_of(index).text
    yield from ((f"{text} {sign} {name}", 1.3) for name in _counters(scope, text) for sign in "+-")
    yield from ((near, 1.0 + 0.05 * k) for k, near in enumerate(shifts(part.line.of[id(index)])))
    if isinstance(index, ast.BinOp):
        left, right = part.code_of(index.left).text, part.code_of(index.right).text
        sign = "-" if isinstance(index.op, ast.Sub) else "+"
        for name in _counters(scope, text):
            yield f"{left} * {name} {sign} {right}", 1.35
            yield f"{left} {sign} {right} * {name}", 1.35
        for a, b in permutations(sorted(names_in(index)), 2):  # a flipped window: i + n - 1 - k
            yield from ((f"{a} + {b}", 1.3), (f"{a} - {b}", 1.35))
    elif isinstance(index, ast.UnaryOp):
        yield part.code_of(index.operand).text, 1.2
    else:
        yield f"-{text}", 1.4
        yield from ((f"{text} * {name}", 1.35) for name in _counters(scope, text))


def _counters(scope: Scope, own: str) -> Iterator[str]:
    """Yield the names that may be an index."""
    for name, shape in scope.atoms.items():
        if name != own and name.isidentifier() and not shape:
            yield name


def _other_slices(part: Part, index: ast.Slice, scope: Scope) -> Iterator[str]:
    """Yield slices with other ends, and the reversed slice."""
    ends = [part.code_of(x).text if x else "" for x in (index.lower, index.upper)]
    step = f":{part.code_of(index.step).text}" if index.step else ""
    lower, upper = ends
    if lower != upper:
        yield f"{upper}:{lower}{step}"
    if step and not upper:  # the odd ones for the even ones
        yield f"{'' if lower else 1}:{step}"
    yield from _moved_slices(lower, upper)
    if not step and (upper.isidentifier() or upper.startswith(f"{lower} + ")):
        length = upper.removeprefix(f"{lower} + ")
        for name in _counters(scope, length):
            yield f"{name}:{name} + {length}" if name != lower else f":{length}"
    for i, end in enumerate((index.lower, index.upper)):
        k = whole_number(end) if end else None
        for other in (k + 1, k - 1) if k is not None else ():
            moved = {**dict(enumerate(ends)), i: other}
            yield f"{moved[0]}:{moved[1]}{step}"
    yield f"{lower}:{upper}" if step else f"{lower}:{upper}:-1"


def _moved_slices(lower: str, upper: str) -> Iterator[str]:
    """Yield slices of as many elements somewhere else: `:-2` and `2:` for `1:-1`."""
    if not lower and upper.startswith("-2 * "):  # of what was padded
        yield f"{upper[5:]}:-{upper[5:]}"
    if {lower, upper} <= {"", *map(str, range(-3, 4))} and (lower or "0")[0] != "-":
        start, cut = int(lower or 0), -int(upper or 0)
        for at in range(start + cut + 1) if cut >= 0 else ():
            if at != start:
                yield f"{at or ''}:{-(start + cut - at) or ''}"


def slope(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield the derivative of an activation for the activation, and other functions of it."""
    own = part.text
    if part.is_value and isinstance(part.node, ast.Call) and len(part.node.args) == 1:
        yield part.used(formula(f"{own} ** 2"), 1.7)  # 1 - tanh(x)
    if not (part.is_value and is_place(part.node)):
        return
    if own in scope.atoms and own.isupper() and scope.atoms[own] == ():
        return
    known = own in scope.before
    for text in (form.format(own) for form in SLOPES):
        said = say("uses {used} itself where its slope {meant} belongs", used=own, meant=text)
        yield part.put(formula(text)), said, 1.5 if known else 1.65
    for helper in scope.helpers:
        yield part.used(Code(helper.format(own)), 1.6)
    for form, far in FORMS if own not in scope.counts else ():
        yield part.used(formula(form.format(own)), far)
    is_row = len(scope.atoms.get(own) or ()) == 1
    for form, far in (("{0}[:, None]", 1.95 - 0.1 * is_row), ("{0}[..., None]", 1.9)):
        meant = form.format(own)
        yield part.put(Code(meant)), say(BROADCAST, used=own, meant=meant), far


BROADCAST = "{used} is broadcast along the wrong axis: {meant} belongs"
FORMS = [("(1 - {0})", 1.5), ("{0} ** 2", 1.6), ("{0} ** 3", 1.8), ("np.exp({0})", 1.9)]
FORMS += [("({0} + 1)", 1.45), ("np.log({0})", 1.9)]


def left_out_inside(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits that add a factor, a derivative or a term to one operand."""
    up = part.up.node if part.up else None
    is_summed = isinstance(up, ast.Attribute) and up.attr in OVER_AXES  # d in d.mean(axis=0)
    above = part.up.up.node if part.up and part.up.up else None
    is_joined = isinstance(up, (ast.List, ast.Tuple)) and isinstance(above, ast.Call)
    is_operand = is_summed or is_joined or isinstance(up, (ast.BinOp, ast.Call))
    is_term = is_place(part.node) or isinstance(part.node, ast.Call)
    is_term |= is_summed and isinstance(part.node, ast.BinOp)
    is_width = _is_given(part) and _is_count(part, scope)
    if not (part.is_value and is_term and is_operand) or is_width:
        return
    own, shape = part.text, scope.atoms.get(part.text)
    for sign, text in factors(scope, shape):
        words = FACTOR if sign == "*" else NOT_DIVIDED
        yield part.put(binary(part.code, sign, formula(text))), say(words, name=text), 1.85
    if not is_place(part.node):
        for name in (n for n, other in scope.atoms.items() if other == () or is_summed):
            if isinstance(up, ast.Call):  # an epsilon under a root
                text = part.put(binary(part.code, "+", Code(name)))
                yield text, say(PLUS, name=name), 1.75
            yield part.put(binary(part.code, "*", Code(name))), say(FACTOR, name=name), 1.75
            yield part.put(binary(part.code, "/", Code(name))), say(NOT_DIVIDED, name=name), 1.85
        return
    for text, _, far in slopes(scope, shape):
        words = "the slope of the activation is left out: {name} times {slope}"
        new = binary(part.code, "*", formula(text))
        yield part.put(new), say(words, name=own, slope=text), 1.8 + far
    for name, other in scope.atoms.items():
        if name == own or (not fits(shape, other) and other != ()):
            continue
        far = 0.0 if shape == other else 0.1
        factor = say(FACTOR, name=name)
        yield part.put(binary(part.code, "*", Code(name))), factor, 1.7 + far
        yield part.put(binary(part.code, "/", Code(name))), say(NOT_DIVIDED, name=name), 1.8 + far
        if fits(shape, other) or other == ():
            for sign, words, more in TERMS:
                text = part.put(binary(part.code, sign, Code(name)))
                yield text, say(words, name=name), more + far
        if shape == other:
            yield part.used(binary(Code(name), "-", part.code), 1.85)
    for text in spread(scope, shape):
        yield part.put(binary(part.code, "*", Code(text))), say(FACTOR, name=text), 1.85


TERMS = (("-", MINUS, 1.75), ("+", PLUS, 1.85))


def symmetric(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield the sum of a square matrix and its transpose, for it or for twice it."""
    shape = scope.atoms.get(part.text)
    if not (part.is_value and is_place(part.node) and shape and shape[-1:] * 2 == shape):
        return
    both = formula(f"{part.text} + {part.text}.T")
    yield part.used(both, 1.6)
    for other in part.line.parts:
        node = other.node
        is_twice = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
        if is_twice and getattr(node.left, "value", 0) == 2:  # type: ignore[attr-defined]
            rest = other.code_of(node.right)  # type: ignore[attr-defined]
            said = has(f"2 * {part.text}", both.text)
            if part.node is node.right:  # type: ignore[attr-defined]
                yield other.put(both), said, 1.3
            elif other.end <= part.start or part.end <= other.start:
                yield part.line.put_all({other: rest, part: both}), said, 1.4


def gate_left_out(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits that multiply one term of a sum, a product or a call, by an array."""
    node, up = part.node, part.up.node if part.up else None
    is_term = isinstance(up, ast.BinOp) and isinstance(up.op, (ast.Add, ast.Sub))
    is_product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
    shape = scope.shape_of(part.line.values[0]) if len(part.line.values) == 1 else None
    if part.is_value and is_term and shape and (is_product or isinstance(node, ast.Call)):
        for name in (n for n, other in scope.atoms.items() if other == shape):
            yield part.put(binary(part.code, "*", Code(name))), say(FACTOR, name=name), 1.45


def name_for_formula(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield a name that was computed already for a formula: `h` for `x @ w`."""
    if not isinstance(part.node, (ast.BinOp, ast.Call)) or part.in_index or not part.is_value:
        return
    whole = part in part.line.values
    for name in scope.atoms:
        if name != part.line.target:
            yield part.used(Code(name), 2.0 if whole else 1.9)


KINDS_OF_PLACES: list[Kind] = [another_name, another_count, transposed, another_index, slope]
KINDS_OF_PLACES += [left_out_inside, gate_left_out, symmetric, name_for_formula]

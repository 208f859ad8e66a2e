"""Propose edits of operators, brackets, signs and numbers, each with its mistake in words."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from itertools import combinations

from microgradnet.checking.mending.edit_parts import (
    Alternative,
    Kind,
    Part,
    Scope,
    fits,
    has,
    is_of_whole,
    is_place,
    sign_is_wrong,
)
from microgradnet.checking.mending.edit_text import Code, Shape, binary, call, negative, transpose
from microgradnet.tape.trees import SIGNS
from microgradnet.words import say


def another_operator(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits with another operator, with swapped operands, or transposed."""
    node = part.node
    if not isinstance(node, ast.BinOp) or part.in_index:
        return
    left, right = part.code_of(node.left), part.code_of(node.right)
    for kind, sign, words, far in MISTAKEN:
        if isinstance(node.op, kind):
            said = say(words)
            if scope.moves and part.up is None and far == 1:
                said = say("moves up the gradient, not down")
            yield part.put(binary(left, sign, right)), said, far
    if isinstance(node.op, (ast.Sub, ast.MatMult, ast.Div, ast.Pow)):
        said = say("{code} is the wrong way round", code=part.text)
        sign = {ast.Sub: "-", ast.MatMult: "@", ast.Div: "/"}.get(type(node.op), "**")
        if sign == "-" and is_of_whole(part, linear=True):
            said = sign_is_wrong(part, scope)
        far = 1.0 + 0.1 * scope.moves if sign == "-" else 1.2
        yield part.put(binary(right, sign, left)), said, far
    is_of_number = any(isinstance(n, ast.Constant) for n in (node.left, node.right))
    if isinstance(node.op, ast.MatMult) and not is_of_number:
        shapes = [scope.atoms.get(c.text) for c in (left, right)]
        turned = binary(transpose(right, shapes[1]), "@", transpose(left, shapes[0]))
        yield part.put(turned), say("{code} is transposed", code=part.text), 1.35
    places = (part.code_of(n).text for n in ast.walk(node) if is_place(n))
    is_of_matrices = any(len(scope.atoms.get(text) or ()) > 1 for text in places)
    if isinstance(node.op, ast.Mult) and not is_of_matrices:  # too large, and never meant
        for a, b in ((left, right), (right, left)):
            yield part.had(call("np.outer", (a.text, b.text)), 1.9)


# The operator as written, the sign that belongs, the words, the distance between them.
MISTAKEN: tuple[tuple[type[ast.operator], str, str, float], ...] = (
    (ast.Mult, "@", "multiplies entry by entry (*) where a matrix product (@) belongs", 1.2),
    (ast.MatMult, "*", "has a matrix product (@) where entry by entry (*) belongs", 1.2),
    (ast.Add, "-", "adds where it should subtract: the sign is wrong", 1.0),
    (ast.Sub, "+", "subtracts where it should add: the sign is wrong", 1.0),
    (ast.Add, "*", "adds where it should multiply", 1.25),
    (ast.Sub, "*", "subtracts where it should multiply", 1.45),
    (ast.Mult, "+", "multiplies where it should add", 1.4),
    (ast.Mult, "-", "multiplies where it should subtract", 1.5),
    (ast.Mult, "/", "multiplies where it should divide", 1.15),
    (ast.Div, "*", "divides where it should multiply", 1.15),
    (ast.Mult, "**", "multiplies where it should raise to a power", 1.6),
    (ast.Pow, "*", "raises to a power where it should multiply", 1.4),
)


def brackets(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits that move brackets: `(a - b) * c` for `a - b * c`, and the other way round."""
    node = part.node
    if not isinstance(node, ast.BinOp) or part.in_index:
        return
    for inner, other in ((node.left, node.right), (node.right, node.left)):
        if not isinstance(inner, ast.BinOp):
            continue
        a, b, c = part.code_of(inner.left), part.code_of(inner.right), part.code_of(other)
        if not isinstance(node.op, ARITHMETIC) or not isinstance(inner.op, ARITHMETIC):
            continue
        sign, sign_in = SIGNS[type(node.op)], SIGNS[type(inner.op)]
        if {sign, sign_in} in ({"*"}, {"+"}, {"@"}):
            continue
        if inner is node.left:
            new = binary(a, sign_in, binary(b, sign, c))
        else:
            new = binary(binary(c, sign, a), sign_in, b)
        missing = new.text.count("(") > part.text.count("(")
        said = has(part.text, new.text)
        if missing and part.text.startswith(("1 / 1 + ", "1.0 / 1.0 + ", "1 / 1.0 + ")):
            is_so = say("{code} is 1 + {rest}, not 1 / (1 + {rest})", code=part.text, rest=c.text)
            said = say("brackets are missing: {words}", words=is_so)
        elif missing:
            said = say(
                "brackets are missing: {code} is not {meant}", code=part.text, meant=new.text
            )
        yield part.put(new), said, 1.3 if missing else 1.6


def moved_factor(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits that move a factor into or out of a call or a term: `f(a * b)` for `f(a) * b`."""
    node = part.node
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, (ast.Mult, ast.Add)):
        return
    left, right = part.code_of(node.left), part.code_of(node.right)
    for inner, other in ((node.left, right), (node.right, left)):
        if isinstance(node.op, ast.Mult) and isinstance(inner, ast.Call) and inner.args:
            given, text = part.line.of.get(id(inner.args[0])), part.code_of(inner).text
            if given is not None and given.is_value:
                new = binary(given.code, "*", other)
                start, at = part.line.span(inner)[0], part.line.span(inner.args[0])
                made = f"{text[: at[0] - start]}{new.text}{text[at[1] - start :]}"
                yield part.had(Code(made), 1.5)
        is_sum = isinstance(node.op, ast.Add) and isinstance(inner, ast.BinOp)
        if is_sum and isinstance(inner.op, ast.Mult):  # type: ignore[attr-defined]
            a, b = (part.code_of(x) for x in (inner.left, inner.right))  # type: ignore[attr-defined]
            for x, y in ((a, b), (b, a)):
                yield part.had(binary(x, "+", binary(y, "*", other)), 1.5)


ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult, ast.Pow)


def left_out(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits that leave out a factor or a term."""
    node = part.node
    if not isinstance(node, ast.BinOp) or part.in_index:
        return
    left, right = part.code_of(node.left), part.code_of(node.right)
    words = NOT_THERE.get(type(node.op))
    if words is None:
        yield part.had(left, 1.5)
        yield part.had(right, 1.6)
        return
    yield part.put(left), _too_much(part, node.op, node.right, words), 1.3
    if isinstance(node.op, (ast.Mult, ast.Add)):
        yield part.put(right), _too_much(part, node.op, node.left, words), 1.3
    else:
        yield part.used(right, 1.5)
    if isinstance(node.op, ast.Sub):
        yield part.put(negative(right)), say(NOT_THERE[ast.Add], code=left.text), 1.4
    inner = node.left
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult) and words[0] in "md":
        sign = SIGNS[type(node.op)]
        both = f"{part.code_of(inner.right).inside(10)} {sign} {right.inside(11)}"
        yield part.put(part.code_of(inner.left)), say(NOT_THERE[ast.Mult], code=both), 1.35


def _too_much(part: Part, sign: ast.operator, dropped: ast.expr, words: str) -> str:
    size = getattr(dropped, "value", None)
    if type(size) in (int, float) and is_of_whole(part, linear=True):
        if isinstance(sign, ast.Mult):
            return say("a factor {size:g} too much", size=size)
        if isinstance(sign, ast.Div):
            return say("a factor {size:g} is missing", size=size)
    return say(words, code=part.code_of(dropped).text)


NOT_THERE: dict[type[ast.operator], str] = {
    ast.Mult: "multiplies by {code}, which does not belong there",
    ast.Div: "divides by {code}, which does not belong there",
    ast.Add: "adds {code}, which does not belong there",
    ast.Sub: "subtracts {code}, which does not belong there",
}


def another_comparison(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield the inverted comparison, for a mask of the wrong side."""
    node = part.node
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = part.code_of(node.left), part.code_of(node.comparators[0])
        sign = OPPOSITE.get(type(node.ops[0]))
        if sign:
            new = Code(f"{left.inside(5)} {sign} {right.inside(5)}", 4)
            words = "the condition {code} is the wrong way round"
            yield part.put(new), say(words, code=part.text), 1.0
        yield part.had(left, 1.3)
        for low, high in scope.limits:
            x = left.inside(5)
            yield part.had(Code(f"({x} > {low}) & ({x} < {high})", 7), 1.3)


OPPOSITE: dict[type[ast.cmpop], str] = {ast.LtE: ">", ast.Gt: "<=", ast.Lt: ">=", ast.GtE: "<"}
OPPOSITE |= {ast.Eq: "!=", ast.NotEq: "=="}


def another_number(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield other numbers: 2 for 1, a power one off, an inverted flag, a name of a number."""
    node = part.node
    if not isinstance(node, ast.Constant) or part.in_index:
        return
    used = node.value
    if isinstance(used, bool):
        yield part.put(Code(str(not used))), has(part.text, str(not used)), 1.2
    elif isinstance(used, (int, float)) and abs(used) < 1e9:
        factor = bool(used) and is_of_whole(part)
        for k, meant in enumerate(_numbers(used, scope)):
            if meant == -used and part.up is None and part in part.line.values:
                continue  # nobody writes a negative rate
            text = str(int(meant)) if meant == int(meant) else repr(meant)
            new = part.put(Code(text, 11 if meant < 0 else 14))
            up = part.up.node if part.up and meant == 1 and factor else None
            if part.up and isinstance(up, ast.BinOp) and isinstance(up.op, ast.Mult):
                new = part.up.put(part.code_of(up.left if up.right is node else up.right))
            rare = 0.3 * (used % 0.5 != 0 and meant % 1 == 0)  # 3 for a rate of 0.1
            yield new, _number_words(part, used, meant, factor), 1.15 + 0.02 * k + rare
        for name, shape in scope.atoms.items():
            if shape == ():
                yield part.had(Code(name), 1.6)
                if used == 1:
                    yield part.had(Code(f"1 - {name}", 11), 1.65)
            elif shape and len(shape) == 2:  # how many margins are above 0, say
                yield part.had(Code(f"{name}.sum(axis=1)"), 1.8)


def _numbers(used: float, scope: Scope) -> list[float]:
    near = (2, 1, 3, 0.5, used + 1, used - 1, 2 * used, used / 2, -used, 0, 4)
    more = (1 / used,) if used else ()
    return [x for x in dict.fromkeys([*near, *more, *scope.sizes]) if x != used]


SHORT = 20  # characters of a product that is shown


def _number_words(part: Part, used: float, meant: float, factor: bool) -> str:
    if factor and meant == -used:
        return say("the sign is wrong")
    up = part.up.node if part.up else None
    if isinstance(up, ast.BinOp) and isinstance(up.op, ast.Pow) and up.right is part.node:
        base = part.code_of(up.left).inside(13)
        return has(f"{base} ** {part.text}", f"{base} ** {meant:g}")
    size = meant / used if factor else 0
    if size >= 2 and size == int(size):
        return say("a factor {size:g} is missing", size=size)
    if 0 < size <= 0.5 and 1 / size == int(1 / size):
        return say("a factor {size:g} too much", size=1 / size)
    if isinstance(up, ast.BinOp) and isinstance(up.op, (ast.Mult, ast.Div)) and part.up:
        text = part.up.text  # h / 6, not 6
        is_other = factor or 1 in (used, meant)  # nobody writes 1 * x
        if len(text) <= SHORT and part.node in (up.left, up.right) and not is_other:
            at = (part.start - part.up.start, part.end - part.up.start)
            return has(text, f"{text[: at[0]]}{meant:g}{text[at[1] :]}")
    return has(part.text, f"{meant:g}")


def factor_inside(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield a term with a factor 2, 3, 1/2 or 1/n, as in a squared penalty; a divisor squared."""
    node = part.node
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, (ast.Mult, ast.Div)):
        return
    if isinstance(node.op, ast.Div) and not part.in_index:  # as by the quotient rule
        below = part.code_of(node.right)
        squared = binary(below, "**", Code("2"))
        new = binary(part.code_of(node.left), "/", squared)
        yield part.put(new), has(below.text, squared.text), 1.6
    up = part.up.node if part.up else None
    if part.in_index or (isinstance(up, ast.BinOp) and isinstance(up.op, ast.Mult)):
        return
    for size in (2, 3):
        far, new = 0.05 * (size - 2), binary(Code(str(size)), "*", part.code)
        yield part.put(new), say(MISSING, size=size, code=part.text), 1.4 + far
    yield part.put(binary(part.code, "/", Code("2"))), say(TOO_MUCH, code=part.text), 1.45
    for name, shape in scope.atoms.items():
        if shape == ():
            words = say("a factor 1/{name} is missing in {code}", name=name, code=part.text)
            yield part.put(binary(part.code, "/", Code(name))), words, 1.52


MISSING, TOO_MUCH = "a factor {size} is missing in {code}", "a factor 2 too much in {code}"


def conjugated(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield the conjugate of a complex array: a gradient goes back by that of the other factor."""
    if part.is_value and part.text in scope.complexes:
        yield part.used(Code(f"np.conj({part.text})"), 1.1)


def sign_inside(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits of the sign of a part: a minus too much, or left out."""
    node = part.node
    if not part.is_value or isinstance(node, (ast.Constant, ast.Compare)):
        return
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.op, (ast.USub, ast.Invert, ast.Not)):
            yield part.put(part.code_of(node.operand)), sign_is_wrong(part, scope), 1.0
    elif isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp)):
        up = part.up.node if part.up else None
        far = 1.1 if isinstance(up, ast.Call) and up.args == [node] else 1.6
        yield part.put(negative(part.code)), sign_is_wrong(part, scope), far


KINDS_OF_FORMULAS: list[Kind] = [
    another_operator,
    brackets,
    moved_factor,
    left_out,
    another_comparison,
]
KINDS_OF_FORMULAS += [another_number, factor_inside, conjugated, sign_inside]


def factors(scope: Scope, shape: Shape) -> Iterator[tuple[str, str]]:
    """Yield factors and divisors that are no plain names, for a value of a shape."""
    found = [(sign, text) for text in (*CONSTANTS, *counts_of(scope)) for sign in "/*"]
    for name, other in scope.atoms.items():
        if other == () and name not in scope.counters:
            found += [("*", f"np.sqrt({name})"), ("/", f"np.sqrt({name})")]
        elif other and shape in (other, ()):
            found.append(("*", f"np.sign({name})"))
    for a, b in combinations(scope.counts[:COUNTS], 2):
        found += [("/", f"({a} * {b})"), ("*", f"({a} * {b})")]
    yield from found


def spread(scope: Scope, shape: Shape) -> Iterator[str]:
    """Yield the arrays of one axis less as factors for each row, such as a mask."""
    for name, other in scope.atoms.items():
        if shape and other == shape[:-1] != ():
            yield f"{name}[:, None]" if len(shape) == 2 else f"{name}[..., None]"


def counts_of(scope: Scope) -> list[str]:
    """Return expressions for the sizes of the arrays in scope, and for how many a mask keeps."""
    found = dict[int, str]()
    for name, shape in scope.atoms.items():
        for k, n in enumerate(shape or ()):
            found.setdefault(n, f"{name}.shape[{k}]" if k else f"len({name})")
        found.setdefault(math.prod(shape or ()), f"{name}.size")
    sizes = [text for n, text in found.items() if n > 1]
    return [*sizes, *scope.lengths, *(f"{name}.sum()" for name in scope.masks)]


def other_counts(own: str, scope: Scope) -> Iterator[str]:
    """Yield the counts that may be meant: another one, one less, or a product of two or three."""
    yield from counts_of(scope)
    yield from (f"{own} - 1", f"{own} * {own}")
    others = [name for name in scope.counts if name != own][:COUNTS]
    for a in others:
        yield from (f"{own} * {a}", f"{own} // {a}")
    yield from (f"{own} * {a} * {b}" for a, b in combinations(others, 2))


CONSTANTS = ("np.sqrt(2 * np.pi)", "np.sqrt(2)", "np.sqrt(np.pi)", "np.pi", "np.log(2)")
COUNTS = 6  # the most names of counts that are multiplied with each other


def slopes(scope: Scope, shape: Shape) -> Iterator[tuple[str, str, float]]:
    """Yield derivatives of activations, each with the name it is taken at and its cost."""
    for name, other in scope.atoms.items():
        if name in scope.counts or (other == () and shape) or not fits(shape, other):
            continue
        far = 0.1 * (bool(scope.before) and name not in scope.before) + 0.1 * (shape != other)
        for form in SLOPES:
            yield form.format(name), name, far
        before, _, last = name.rpartition(".")
        if inside := scope.before.get(last):  # x * sigmoid(x), by its sigmoid
            yield f"(1 + {before}{'.' * bool(before)}{inside} * (1 - {name}))", name, far + 0.1
        for low, high in scope.limits:
            yield f"(({name} > {low}) & ({name} < {high}))", name, far + 0.02
        for helper in scope.helpers:
            yield helper.format(name), name, far + 0.05


SLOPES = ("{0} * (1 - {0})", "(1 - {0} ** 2)", "({0} > 0)")

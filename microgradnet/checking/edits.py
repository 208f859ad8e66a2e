"""The small edits of a statement, each with the mistake it mends in words: a table to add to."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.checking.binding import is_number
from microgradnet.checking.claims import claim
from microgradnet.checking.parts import (
    Alternative,
    is_array,
    is_data,
    place,
    read_parts,
    replaced,
    with_attributes,
)
from microgradnet.checking.slopes import sign_inside, slope, slope_inside, slope_of_another, slopes
from microgradnet.tracing.parsing import copied, expression
from microgradnet.tracing.replacing import Namespace
from microgradnet.words import say

__all__ = ["EDITS", "edits"]


def edits(statement: ast.stmt, names: Namespace) -> Iterator[tuple[ast.stmt, str]]:
    """Yield the statement with one part replaced, and in words what was mistaken for it.

    names: what there is where it runs.

    >>> node = ast.parse("d = x @ w").body[0]
    >>> [(ast.unparse(s), words) for s, words in edits(node, {})][0]
    ('d = x.T @ w', 'uses x where x.T belongs')
    """
    names = with_attributes(names, statement)
    yield from _path_left_out(statement, names)
    parts = read_parts(statement)
    inside_index = {
        id(n)
        for part in ast.walk(statement)
        if isinstance(part, ast.Subscript)
        for n in ast.walk(part.slice)
    }
    for edit in EDITS:
        for i, part in enumerate(parts):
            for instead, words in edit(part, names):
                if id(part) not in inside_index or edit is not transposed:
                    yield replaced(statement, i, instead), words
    yield from whole(statement, names)
    for i, part in enumerate(parts):
        for instead, words in slope_inside(part, names):
            yield replaced(statement, i, instead), words


def another_name(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """A name that was not changed after copying."""
    if is_data(names.get(own := place(part))):
        for name in _alike(own, names):
            yield expression(name), _uses(own, name)


def _uses(used: str, meant: str) -> str:
    return say("uses {used} where {meant} belongs", used=used, meant=meant)


def _alike(own: str, names: Namespace) -> Iterator[str]:
    """The names that one may have been meant as."""
    for name, x in names.items():
        if name != own and is_array(x) is is_array(names[own]) and is_data(x):
            yield name


def entry_for_whole(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """An entry of one array where another array belongs: a bias updated from the weight."""
    whole = place(part.value) if isinstance(part, ast.Subscript) else ""
    if is_array(names.get(whole)):
        for name in _alike(whole, names):
            yield expression(name), _uses(ast.unparse(part), name)


def name_for_call(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """What was computed already, in a call: the slope at `x @ w` for that at the output."""
    if not isinstance(part, ast.Call):
        return
    for i, argument in enumerate(part.args):
        if isinstance(argument, (ast.Call, ast.BinOp)):
            for name in (k for k, x in names.items() if is_array(x)):
                arguments = [*part.args[:i], expression(name), *part.args[i + 1 :]]
                words = _uses(ast.unparse(argument), name)
                yield ast.Call(part.func, arguments, part.keywords), words


def factor_inside(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """A factor 2, or 1/m, of one term: the derivative of the square in a regularisation."""
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
        for number, words in FACTORS:
            other = ast.BinOp(ast.Constant(number), ast.Mult(), part)
            yield other, say(words, code=ast.unparse(part))
        for name in (k for k, x in names.items() if is_number(x) and x > 1 and x == int(x)):
            words = say("a factor 1/{name} is missing in {code}", name=name, code=ast.unparse(part))
            yield ast.BinOp(part, ast.Div(), expression(name)), words


FACTORS = ((2.0, "a factor 2 is missing in {code}"), (0.5, "a factor 2 too much in {code}"))


def another_key(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """A key or an index that was not changed after copying."""
    if not isinstance(part, ast.Subscript) or not isinstance(part.slice, ast.Constant):
        return
    base, key = ast.unparse(part.value), part.slice.value
    holder = names.get(base)
    others = list(holder) if isinstance(holder, dict) else []
    if isinstance(key, int) and isinstance(holder, (list, tuple, np.ndarray)):
        others = list(range(min(len(holder), 8)))
    for other in others:
        if other != key:
            words = _uses(f"{base}[{key!r}]", f"{base}[{other!r}]")
            yield ast.Subscript(part.value, ast.Constant(other), ast.Load()), words


def another_round(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """The entry of the round before, or after: `hs[t]` for `hs[t - 1]`."""
    if isinstance(part, ast.Subscript) and isinstance(
        part.slice, (ast.Name, ast.BinOp, ast.UnaryOp)
    ):
        for text in _beside(part.slice):
            other = ast.Subscript(part.value, expression(text), ast.Load())
            yield other, _uses(ast.unparse(part), ast.unparse(other))


def _beside(index: ast.expr) -> Iterator[str]:
    """An index and one less, and one more."""
    text = ast.unparse(index)
    if isinstance(index, ast.BinOp) and ast.unparse(index.right) == "1":
        yield ast.unparse(index.left)
    for sign in "-+":
        yield f"{text} {sign} 1"


_ANY = np.empty((0, 0))  # of what is not known


def transposed(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """A matrix for its transpose."""
    text = ast.unparse(part)
    if isinstance(part, ast.Attribute) and part.attr == "T":
        yield part.value, _uses(text, ast.unparse(part.value))
    elif isinstance(part, (ast.Subscript, ast.Attribute)) or (
        isinstance(part, ast.Name) and getattr(names.get(part.id, _ANY), "ndim", 0) == 2
    ):
        yield ast.Attribute(part, "T", ast.Load()), _uses(text, f"{text}.T")


def another_operator(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """`*` for `@`, a sum for a difference, a difference the other way round."""
    if not isinstance(part, ast.BinOp):
        return
    for kind, other, words in OPERATORS:
        if isinstance(part.op, kind):
            yield ast.BinOp(part.left, other(), part.right), say(words)
    if isinstance(part.op, (ast.Sub, ast.MatMult, ast.Div)):
        yield ast.BinOp(part.right, part.op, part.left), _wrong_way(part)


def _wrong_way(part: ast.expr) -> str:
    return say("{code} is the wrong way round", code=ast.unparse(part))


OPERATORS: tuple[tuple[type, type[ast.operator], str], ...] = (
    (ast.Mult, ast.MatMult, "multiplies entry by entry (*) where a matrix product (@) belongs"),
    (ast.MatMult, ast.Mult, "has a matrix product (@) where entry by entry (*) belongs"),
    (ast.Add, ast.Sub, "adds where it should subtract"),
    (ast.Sub, ast.Add, "subtracts where it should add"),
    (ast.Add, ast.Mult, "adds where it should multiply"),
    (ast.Mult, ast.Div, "multiplies where it should divide"),
    (ast.Div, ast.Mult, "divides where it should multiply"),
)


def another_axis(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """A sum over all axes, or over the wrong one."""
    if not isinstance(part, ast.Call) or _called(part) not in ("sum", "mean"):
        return
    method = isinstance(part.func, ast.Attribute) and ast.unparse(part.func.value) not in NUMPY
    first = 0 if method else 1
    given = [k.value for k in part.keywords if k.arg == "axis"] + part.args[first:]
    over = _over(ast.unparse(given[0]) if given else "None")
    rest = [k for k in part.keywords if k.arg != "axis"]
    for axis in (0, 1, None):
        if given and ast.unparse(given[0]) == str(axis):
            continue
        keyword = [ast.keyword("axis", ast.Constant(axis))]
        words = say("sums {over} where the sum {meant} belongs", over=over, meant=_over(str(axis)))
        yield ast.Call(part.func, part.args[:first], [*rest, *keyword]), words


def _over(axis: str) -> str:
    return say("over all axes") if axis == "None" else say("over axis {axis}", axis=axis)


NUMPY = ("np", "numpy")


def _called(part: ast.Call) -> str:
    return part.func.attr if isinstance(part.func, ast.Attribute) else ast.unparse(part.func)


def another_function(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """A function for its derivative, a mean for a sum, arguments swapped."""
    if not isinstance(part, ast.Call):
        return
    name = _called(part)
    pairs = {"mean": "sum", "sum": "mean", "maximum": "minimum", "dot": "multiply"}
    if name in pairs and isinstance(part.func, ast.Attribute):
        func = ast.Attribute(part.func.value, pairs[name], ast.Load())
        yield ast.Call(func, part.args, part.keywords), _uses(name, pairs[name])
    yield from _another_mode(part, names)
    if isinstance(part.func, ast.Name):
        for other, x in names.items():
            if isinstance(x, types.FunctionType) and other != name and not _is_ours(x):
                words = say("calls {used} where {meant} belongs", used=name, meant=other)
                yield ast.Call(ast.Name(other, ast.Load()), part.args, part.keywords), words
        if len(part.args) == 1 and not part.keywords:  # activated twice
            yield part.args[0], _uses(ast.unparse(part), ast.unparse(part.args[0]))
    if len(part.args) in (2, 3):
        *first, a, b = part.args
        words = "the last two arguments of {name} are swapped"
        words = words if first else "the arguments of {name} are swapped"
        yield ast.Call(part.func, [*first, b, a], part.keywords), say(words, name=name)


def _is_ours(function: types.FunctionType) -> bool:
    """Whether a function stands in for one of Python's own: for `round` and `max`."""
    return bool(inspect.unwrap(function).__module__.startswith("microgradnet."))


def _another_mode(part: ast.Call, names: Namespace) -> Iterator[Alternative]:
    """A function for its derivative, where one does both: `sigmoid(z, deriv=True)`."""
    function = names.get(ast.unparse(part.func))
    if not isinstance(function, types.FunctionType):
        return
    for name, p in inspect.signature(function).parameters.items():
        if not isinstance(p.default, bool):
            continue
        given = [k for k in part.keywords if k.arg == name]
        rest = [k for k in part.keywords if k.arg != name]
        more = [] if given else [ast.keyword(name, ast.Constant(not p.default))]
        other = ast.Call(part.func, part.args, [*rest, *more])
        yield other, _has(part, other)


def _has(part: ast.expr, other: ast.expr) -> str:
    used, meant = ast.unparse(part), ast.unparse(other)
    return say("has {used} where {meant} belongs", used=used, meant=meant)


def another_comparison(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """A mask of the wrong side."""
    if isinstance(part, ast.Compare) and len(part.ops) == 1:
        for kind, other in OPPOSITE.items():
            if isinstance(part.ops[0], kind):
                words = _wrong_way(part)
                yield ast.Compare(part.left, [other()], part.comparators), words


OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
}


def left_out(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """A factor, or a term, that does not belong there."""
    if not isinstance(part, ast.BinOp) or type(part.op) not in NOT_THERE:
        return
    yield part.left, say(NOT_THERE[type(part.op)], code=ast.unparse(part.right))
    if isinstance(part.op, ast.Mult):
        yield part.right, say(NOT_THERE[ast.Mult], code=ast.unparse(part.left))
    sign, inner = {ast.Mult: "*", ast.Div: "/"}.get(type(part.op)), part.left
    if sign and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult):
        both = f"{ast.unparse(inner.right)} {sign} {_in_brackets(part.right)}"
        yield inner.left, say(NOT_THERE[ast.Mult], code=both)


NOT_THERE: dict[type[ast.operator], str] = {
    ast.Mult: "multiplies by {code}, which does not belong there",
    ast.Div: "divides by {code}, which does not belong there",
    ast.Add: "adds {code}, which does not belong there",
    ast.Sub: "subtracts {code}, which does not belong there",
}


def _in_brackets(part: ast.expr) -> str:
    return f"({ast.unparse(part)})" if isinstance(part, ast.BinOp) else ast.unparse(part)


def complement(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """`a` for `1 - a`, or the other way round: in a cross-entropy, or a slope."""
    if is_array(names.get(own := place(part))):
        yield expression(f"(1 - {own})"), _uses(own, f"1 - {own}")
    if isinstance(part, ast.BinOp) and ast.unparse(part).startswith(("1 - ", "1.0 - ")):
        yield part.right, _uses(ast.unparse(part), ast.unparse(part.right))


def another_number(part: ast.expr, names: Namespace) -> Iterator[Alternative]:
    """A 1 for a 2, in a power or in (1 - a)."""
    if isinstance(part, ast.Constant) and type(part.value) in (int, float):
        for other in (1, 2, 0, 3):
            if other != part.value:
                yield ast.Constant(other), _has(part, ast.Constant(other))
    if isinstance(part, ast.Name) and is_number(names.get(part.id)):
        for name, x in names.items():
            if (is_number(x) or isinstance(x, Value)) and name != part.id:
                yield expression(name), _uses(part.id, name)


def whole(statement: ast.stmt, names: Namespace) -> Iterator[tuple[ast.stmt, str]]:
    """The slope of an activation left out of the whole, or a name mistaken wherever it stands."""
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr):
        return
    for factor, words in SLOPES_LEFT_OUT:
        for text in slopes(names):
            made: Any = copied(statement)
            slope = expression(factor + text)
            made.value = ast.BinOp(value, ast.Mult(), slope)
            yield made, say(words, slope=f"{factor}{text}")
    used = [name for n in ast.walk(value) if (name := place(n))]
    yield from _one_more(statement, value, dict.fromkeys(used), names, ONE_MORE[:1])
    yield from _one_more(statement, value, [x for x in names if x not in used], names)
    for own in dict.fromkeys(name for name in used if used.count(name) > 1):
        for name in _alike(own, names) if is_data(names.get(own)) else ():
            yield _everywhere(statement, own, name), _uses(own, name)


def _everywhere(statement: ast.stmt, own: str, name: str) -> ast.stmt:
    """A statement with another name wherever one is read."""
    for i, part in enumerate(read_parts(statement)):
        if place(part) == own:
            statement = replaced(statement, i, expression(name))
    return statement


SLOPES_LEFT_OUT = (
    ("", "the slope of the activation is left out: times {slope}"),
    ("2 * ", "the slope of the activation is left out, and a factor 2: times {slope}"),
)


def _one_more(
    statement: ast.stmt,
    value: ast.expr,
    others: Iterable[str],
    names: Namespace,
    kinds: Sequence[tuple[type[ast.operator], str]] = (),
) -> Iterator[tuple[ast.stmt, str]]:
    """A term, or a factor, that is left out."""
    for name in others:
        if not is_array(names.get(name)):
            continue
        for operation, words in kinds or ONE_MORE:
            made: Any = copied(statement)
            made.value = ast.BinOp(value, operation(), expression(name))
            yield made, say(words, name=name)


def _path_left_out(statement: ast.stmt, names: Namespace) -> Iterator[tuple[ast.stmt, str]]:
    """A derivative that is not added: what comes back from the step after, `dh = Wy @ dy`."""
    value = getattr(statement, "value", None)
    if isinstance(value, ast.expr) and not isinstance(statement, ast.AugAssign):
        used = {name for n in ast.walk(statement) if (name := place(n))}
        others = [k for k in names if k not in used and (k[:1] == "d" or claim(k, ()) is not None)]
        yield from _one_more(statement, value, others, names, ONE_MORE[-1:])


ONE_MORE: tuple[tuple[type[ast.operator], str], ...] = (
    (ast.Mult, "the factor {name} is left out"),
    (ast.Sub, "the term - {name} is left out"),
    (ast.Add, "the term + {name} is left out"),
)


EDITS: tuple[Callable[[ast.expr, Namespace], Iterator[Alternative]], ...] = (
    another_axis,
    transposed,
    another_key,
    another_round,
    another_name,
    another_operator,
    another_comparison,
    slope,
    slope_of_another,
    another_function,
    left_out,
    complement,
    another_number,
    entry_for_whole,
    factor_inside,
    name_for_call,
    sign_inside,
)

"""Propose edits of calls and of activation derivatives, each with its mistake in words."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Sequence
from itertools import permutations

from microgradnet.checking.mending.edit_parts import (
    DIVIDED,
    MEAN_OVER,
    Alternative,
    Kind,
    Part,
    Scope,
    has,
    is_numpy,
    is_over_axes,
    is_place,
    uses,
)
from microgradnet.checking.mending.edit_text import Code, binary, call, formula, transpose
from microgradnet.tape.trees import called_name
from microgradnet.words import say


def another_axis(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield sums over other axes, with or without keepdims, or no sum at all."""
    node = part.node
    if not isinstance(node, ast.Call) or not is_over_axes(node):
        return
    first = 1 if is_numpy(node.func) else 0
    texts = [part.code_of(x).text for x in node.args]
    keywords = {k.arg: part.code_of(k.value).text for k in node.keywords if k.arg}
    at = texts[first] if len(texts) > first else "None"
    own = keywords.pop("axis", keywords.pop("dim", at))
    kept = not {"keepdims", "keepdim"}.isdisjoint(keywords) or texts[first + 1 :] == ["True"]
    rest = [f"{name}={text}" for name, text in keywords.items() if name[:7] != "keepdim"]
    function = part.code_of(node.func).text
    for axis in (own, *(x for x in ("0", "1", "None", "-1", *scope.axes) if x != own)):
        for keeps in (kept, not kept):
            given = [*texts[:first], *([f"axis={axis}"] if axis != "None" else []), *rest]
            new = call(function, [*given, "keepdims=True"] if keeps else given)
            said = has(part.text, new.text)
            if axis != own:
                words, name = "sums {over} where the sum {meant} belongs", called_name(node)
                if name != "sum":
                    words = "takes the {name} {over} where the {name} {meant} belongs"
                said = say(words, name=name, over=_over(own), meant=_over(axis))
            yield part.put(new), said, (1.05 if axis == "-1" else 1.0) + 0.1 * (keeps != kept)
    inner = texts[0] if first and texts else ""
    if isinstance(node.func, ast.Attribute) and not first:
        inner = part.code_of(node.func.value).text
    if inner:
        yield part.used(formula(inner), 1.5)
    yield from _sum_or_mean(part, node, scope, own)


def _over(axis: str) -> str:
    if axis[0] == "(":
        return say("over the axes {axis}", axis=axis)
    return say("over all axes") if axis == "None" else say("over axis {axis}", axis=axis)


def _sum_or_mean(part: Part, node: ast.Call, scope: Scope, axis: str) -> Iterator[Alternative]:
    name = called_name(node)
    if name not in ("sum", "mean") or not isinstance(node.func, ast.Attribute):
        return
    n = _count(part, node, scope, axis)
    base = part.code_of(node.func.value).inside(14)
    rest = part.line.text[part.line.span(node.func)[1] : part.line.span(node)[1]]
    other = "mean" if name == "sum" else "sum"
    said = say("averages where it should sum" if name == "mean" else "sums where it should average")
    if n and n == scope.sizes[0]:
        said = say(MEAN_OVER, n=n)
        if name == "mean":
            said = say("averages where it should sum: {factor}", factor=say(DIVIDED, n=n))
    yield part.put(Code(f"{base}.{other}{rest}")), said, 1.05


def _count(part: Part, node: ast.Call, scope: Scope, axis: str) -> int:
    """Return how many numbers a sum over an axis adds; 0 if that is unknown."""
    inner = node.args[0] if node.args and is_numpy(node.func) else None
    if inner is None and isinstance(node.func, ast.Attribute):
        inner = node.func.value
    shape = scope.atoms.get(part.code_of(inner).text) if inner else None
    if not shape or not scope.sizes or axis not in ("0", "1", "-1", "None"):
        return 0
    if axis == "None":
        return math.prod(shape)
    return shape[int(axis)] if int(axis) < len(shape) else 0


def another_function(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits that call another function, or leave the call out."""
    node = part.node
    if not isinstance(node, ast.Call) or not part.is_value:
        return
    name, function = called_name(node), part.code_of(node.func)
    if isinstance(node.func, ast.Attribute):
        if name == "set" and ".at[" in function.text:
            new = f"{function.text[:-3]}add{part.text[len(function.text) :]}"
            yield part.put(Code(new)), say("keeps only the last of equal indices: add belongs"), 1.0
        for other in FUNCTIONS.get(name, ()):
            rest = part.text[len(function.text) :]
            new = f"{part.code_of(node.func.value).inside(14)}.{other}{rest}"
            is_other_end = name[:3] == other[:3] == "arg"  # rather than the sign within
            yield part.put(Code(new)), uses(name, other), 1.05 if is_other_end else 1.2
    if not node.args:
        return
    given = part.code_of(node.args[0]).text
    if isinstance(node.func, ast.Attribute) and not is_numpy(node.func):
        given = part.code_of(node.func.value).text  # `split(d)` for `d.reshape(shape)`
    if name == "len":
        for text in (f"{given}.size", f"{given}.shape[1]", f"{given}.shape[-1]"):
            yield part.used(Code(text), 1.3)
    for helper in scope.helpers:
        new = helper.format(given)
        other = helper.partition("(")[0]
        said = has(part.text, new)
        if other != function.text:
            said = say("calls {used} where {meant} belongs", used=function.text, meant=other)
        yield part.put(Code(new)), said, 1.1 if isinstance(node.func, ast.Name) else 1.2
    if len(node.args) == 1 and given == part.code_of(node.args[0]).text:  # activated twice
        yield part.put(part.code_of(node.args[0])), uses(part.text, given), 1.4


# A function, and those that it may be taken for.
TAKEN_FOR = (
    "maximum=minimum,minimum=maximum,max=argmax|min,argmax=max|argmin,min=max|argmin,"
    "dot=multiply|outer|matmul,multiply=dot,outer=dot|multiply,mul_=div_,div_=mul_,add_=sub_,"
    "sub_=add_,softplus=sigmoid,sigmoid=tanh|softplus,sin=cos,cos=sin,exp=log|tanh,"
    "log=exp|log2|log1p,log2=log,log10=log,sqrt=square,square=sqrt,sinh=cosh,tanh=sinh|arctan,"
    "var=std,std=var,sign=abs,abs=sign,append=extend,extend=append,zeros_like=ones_like,"
    "ones_like=zeros_like,greater=less_equal,less=greater_equal,subtract=add,add=subtract"
)
FUNCTIONS = {
    name: others.split("|") for name, _, others in (x.partition("=") for x in TAKEN_FOR.split(","))
}


PRODUCTS = ("dot", "matmul", "mm", "bmm")


def arguments_swapped(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield edits that swap arguments, the operands of a method, or elements of a tuple."""
    node = part.node
    if isinstance(node, (ast.Tuple, ast.List)) and part.is_value:
        yield from _elements_swapped(part, node.elts)
    if isinstance(node, ast.IfExp):
        yield from _elements_swapped(part, [node.body, node.orelse])
    if not isinstance(node, ast.Call):
        return
    line, name = part.line, called_name(node)
    for i, (a, b) in enumerate(zip(node.args, node.args[1:])):
        if isinstance(a, ast.Starred) or isinstance(b, ast.Starred):
            continue
        first, second = line.of.get(id(a)), line.of.get(id(b))
        if first and second:
            words = "the arguments of {name} are swapped"
            if i and i + 2 == len(node.args):
                words = "the last two arguments of {name} are swapped"
            text = line.put_all({first: second.code, second: first.code})
            yield text, say(words, name=name), 1.1
    if isinstance(node.func, ast.Attribute) and len(node.args) == 1 and name in PRODUCTS:
        base, given = part.code_of(node.func.value), part.code_of(node.args[0])
        if not is_numpy(node.func):
            new = Code(f"{given.inside(14)}.{name}({base.text})")
            yield part.put(new), say("{code} is the wrong way round", code=part.text), 1.15
            new = Code(f"{transpose(given, None).inside(14)}.{name}({transpose(base, None).text})")
            yield part.put(new), say("{code} is transposed", code=part.text), 1.1


def _elements_swapped(part: Part, nodes: list[ast.expr]) -> Iterator[Alternative]:
    parts = [part.line.of[id(x)] for x in nodes if id(x) in part.line.of]
    for i, a in enumerate(parts[:6]):
        for b in parts[i + 1 : 6]:
            text = part.line.put_all({a: b.code, b: a.code})
            yield text, say("{a} and {b} are swapped", a=a.text, b=b.text), 1.2


def letters(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield other letters of `np.einsum`, axes of `transpose`, and orders of `reshape`."""
    node = part.node
    if not isinstance(node, ast.Call):
        return
    name = called_name(node)
    if name in ("transpose", "reshape", "permute", "moveaxis", "swapaxes"):
        yield from _axes_permuted(part, node, scope)
    given = node.args[0] if node.args else None
    if name != "einsum" or not isinstance(given, ast.Constant) or type(given.value) is not str:
        return
    inside = part.line.of[id(given)]
    for other in _other_letters(given.value):
        new = repr(other)
        yield inside.put(Code(new)), has(inside.text, new), 1.2


def _other_letters(text: str) -> Iterator[str]:
    """Yield einsum formulas with the letters of a term permuted, or one letter replaced."""
    terms, arrow, out = text.replace(" ", "").partition("->")
    several = [*terms.split(","), *([out] if arrow else [])]
    known = sorted(set("".join(several)) - {"."})
    for i, term in enumerate(several):
        others = ["".join(p) for p in permutations(term)] if len(term) < 5 else []
        others += [term[:k] + x + term[k + 1 :] for k in range(len(term)) for x in known]
        for other in others:
            made = [*several[:i], other, *several[i + 1 :]]
            if other != term:
                yield ",".join(made[:-1]) + "->" + made[-1] if arrow else ",".join(made)


def _axes_permuted(part: Part, node: ast.Call, scope: Scope) -> Iterator[Alternative]:
    given = node.args[is_numpy(node.func) :]
    inside = given[0].elts if len(given) == 1 and isinstance(given[0], ast.Tuple) else given
    parts = [part.line.of[id(x)] for x in inside if id(x) in part.line.of]
    codes = [x.code for x in parts]
    for order in permutations(range(len(parts))) if 1 < len(parts) < 5 else ():
        text = part.line.put_all({x: codes[k] for x, k in zip(parts, order)})
        end = len(text) - len(part.line.text) + part.end
        yield text, has(part.text, text[part.start : end]), 1.2
    if called_name(node) == "reshape":
        yield from _axes_moved(part, node, scope, parts)
        yield part.had(Code(f'{part.text[:-1]}, order="F")'.replace('"', "'")), 1.7)


def _axes_moved(
    part: Part, node: ast.Call, scope: Scope, sizes: Sequence[Part]
) -> Iterator[Alternative]:
    """Yield a reshape of an array with its axes moved before it, or with the new ones after it."""
    base = node.args[0] if is_numpy(node.func) else getattr(node.func, "value", None)
    old = part.line.of.get(id(base))
    count = len(scope.atoms.get(old.text) or ()) if old else 0
    for order in permutations(range(count)) if 2 < count < 5 else ():
        assert old is not None
        text = old.put(Code(f"{old.code.inside(14)}.transpose({', '.join(map(str, order))})"))
        end = len(text) - len(part.line.text) + part.end
        yield text, say(NOT_MOVED, meant=text[part.start : end]), 1.45
    for order in permutations(range(len(sizes))) if 2 < len(sizes) < 5 else ():
        back = ", ".join(str(order.index(k)) for k in range(len(order)))
        text = part.line.put_all({x: sizes[k].code for x, k in zip(sizes, order)})
        end = len(text) - len(part.line.text) + part.end
        new = f"{text[part.start : end]}.transpose({back})"
        yield text[: part.start] + new + text[end:], say(NOT_MOVED, meant=new), 1.5


NOT_MOVED = "reshapes without moving the axes: {meant} belongs"


def other_end(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield cumulative sums from the other end, or reversed before and after."""
    node, line = part.node, part.line
    if not isinstance(node, ast.Call) or called_name(node) != "cumsum" or not is_numpy(node.func):
        return
    said = say("the cumulative sum starts at the wrong end")
    x, *axis = [part.code_of(a).text for a in (*node.args, *node.keywords)]
    over = ", ".join(axis)
    if at := REVERSED.search(line.text):
        plain = line.text.replace(at[0], "")
        yield ast.unparse(ast.parse(plain)), said, 1.3
        rest = ", ".join([formula(x.replace(at[0], "")).inside(14) + at[0], *axis])
        whole = part.up if part.up and part.up.text == part.text + at[0] else part
        words = say("the cumulative sum has to be reversed before and after")
        yield whole.put(Code(f"{part.code_of(node.func).text}({rest}){at[0]}")), words, 1.3
        return
    new = f"np.flip(np.cumsum(np.flip({x}, {over}), {over}), {over})"
    new = new if over else f"np.cumsum({formula(x).inside(14)}[::-1])[::-1]"
    yield part.put(Code(new)), said, 1.4


REVERSED = re.compile(r"\[[^\[\]]*::-1[^\[\]]*\]")


def slope_of_another(part: Part, scope: Scope) -> Iterator[Alternative]:
    """Yield the derivative of another activation: `1 - h ** 2` for `h * (1 - h)`."""
    node = part.node
    if not isinstance(node, ast.BinOp):
        return
    text = part.text.replace("1.0", "1")
    names = {n.text for n in part.line.parts if n.is_value and is_place(n.node)}
    inner = node.left
    ends, before = "", None
    product = isinstance(node.op, ast.Mult) and isinstance(inner, ast.BinOp)
    if product and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult):
        before = part.code_of(inner.left)
        right = part.code_of(node.right).inside(11)
        ends = f"{part.code_of(inner.right).inside(10)} * {right}".replace("1.0", "1")
    for name in sorted(names):
        for own, other in permutations(OF, 2):
            forms = [form.format(name) for form in OF[own]]
            meant = OF[other][0].format(name)
            words = "has {used}, the slope of {one}, where {meant}, that of {other}, belongs"
            new = formula(meant)
            for written, instead in ((text, new), (ends, before)):
                if written in forms and instead is not None:
                    made = instead if instead is new else binary(instead, "*", new)
                    said = say(words, used=written, one=own, meant=meant, other=other)
                    yield part.put(made), said, 1.15 if other != "relu" else 1.4


OF = {
    "sigmoid": ("{0} * (1 - {0})", "(1 - {0}) * {0}"),
    "tanh": ("1 - {0} ** 2", "1 - {0} * {0}", "1 - np.power({0}, 2)", "1 - np.square({0})"),
    "relu": ("{0} > 0", "{0} >= 0", "np.where({0} > 0, 1, 0)"),
}


KINDS_OF_CALLS: list[Kind] = [another_axis, another_function, arguments_swapped]
KINDS_OF_CALLS += [letters, other_end, slope_of_another]

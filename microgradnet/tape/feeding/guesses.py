"""Guess the arguments of a function from its calls, its code and their names, and choose sizes.

Each dimension has a size of its own, or one that is computed from others.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np

from microgradnet.tape.feeding import hints
from microgradnet.tape.feeding.by_name import GRADIENT, OUTPUT, is_backward
from microgradnet.tape.feeding.dimensions import Sizes, Told, annotated, told_shapes
from microgradnet.tape.feeding.hints import is_name
from microgradnet.tape.feeding.own_code import Code

MOST = 30_000  # numbers in one array: larger ones take longer and show no more


@dataclass
class Guess:
    """A guess of an argument: a kind, its dimensions, and the objects to choose from."""

    kind: str
    dims: list[int] = field(default_factory=list)
    among: list[Any] = field(default_factory=list)
    parts: dict[str, Guess] = field(default_factory=dict)  # the values of a dict
    is_told: bool = False  # whether the file tells the shape

    def copy(self) -> Guess:
        """Return an independent copy."""
        parts = {key: part.copy() for key, part in self.parts.items()}
        return replace(self, dims=[*self.dims], among=[*self.among], parts=parts)


def dims_of(guess: Guess) -> list[int]:
    """Return the dimensions of a guess and of its parts."""
    return guess.dims + [i for part in guess.parts.values() for i in dims_of(part)]


Shape = tuple[int, ...]
Random = np.random.Generator


def _one_hot(shape: Shape) -> Any:
    return np.eye(shape[-1])[np.arange(shape[0]) % shape[-1]]


def classes_of(output: Any) -> Any:
    """Return targets for an output: one class for each row or column of sum 1, else 0 and 1."""
    out = np.asarray(output)
    if np.allclose(out.sum(-1), 1):
        return _one_hot(out.shape)
    is_of_columns = np.allclose(out.sum(0), 1)
    plain = np.arange(out.size).reshape(out.shape) % 3 % 2 * 1.0
    return _one_hot(out.T.shape).T if is_of_columns else plain


def _pairs(rng: Random, shape: Shape, as_list: bool) -> list[Any]:
    n, inputs, outputs = shape
    columns = [(rng.normal(size=(inputs, 1)), _one_hot((n, outputs))[i][:, None]) for i in range(n)]
    return [(x.ravel().tolist(), y.ravel().tolist()) for x, y in columns] if as_list else columns


NORMAL = {"matrix": "B D", "vector": "D", "column": "D one", "columns": "D B", "sequence": "B T D"}
NORMAL |= {
    "images": "B C H W",
    "image": "C H W",
    "other matrix": "? ?",
    "like output": "B K",
    "scores": "B K",
}
ARRAYS = "image|matrix|vector|columns|other matrix|sequence|images|lists|list|like output|column"
CONSTANT: dict[str, Any] = {"few": 2, "three": 3, "one": 1, "zero": 0, "rate": 0.1, "none": None}
CONSTANT |= {"no": False, "yes": True}
# kind: its dimensions by name ("?" is a new one), and the function that makes its value
KINDS: dict[str, tuple[str, Callable[[Random, Shape], Any]]] = {
    **{kind: (dims, lambda rng, s: rng.normal(size=s)) for kind, dims in NORMAL.items()},
    **{kind: ("", lambda *_, x=x: x) for kind, x in CONSTANT.items()},
    "lists": ("B D", lambda rng, s: rng.normal(size=s).tolist()),
    "list": ("D", lambda rng, s: rng.normal(size=s).tolist()),
    "rows": ("B D", lambda rng, s: [[*r, i % 2] for i, r in enumerate(rng.random(s).tolist())]),
    "pairs": ("B D K", lambda rng, s: _pairs(rng, s, False)),
    "pairs of lists": ("B D K", lambda rng, s: _pairs(rng, s, True)),
    "labels": ("B K", lambda rng, s: np.arange(s[0]) % s[-1]),
    "one-hot": ("B K", lambda rng, s: _one_hot(s)),
    "one-hot columns": ("B K", lambda rng, s: _one_hot(s).T),
    "one-hot vector": ("K", lambda rng, s: np.eye(s[0])[1 % s[0]]),
    "targets": ("B K", lambda rng, s: rng.random(s)),
    "probabilities": ("B K", lambda rng, s: 0.1 + 0.8 * rng.random(s)),
    "targets of rows": ("B", lambda rng, s: rng.random(s)),
    "two classes": ("B one", lambda rng, s: (np.arange(s[0]) % 2).reshape(s) * 1.0),
    "two classes in a row": ("one B", lambda rng, s: (np.arange(s[1]) % 2).reshape(s) * 1.0),
    "indices": ("B", lambda rng, s: np.arange(s[0]) % 3),
    "rows of indices": ("B T", lambda rng, s: np.arange(s[0] * s[1]).reshape(s) % 3),
    "whole array": ("", lambda rng, s: np.arange(prod(s)).reshape(s) % 3),
    "array": ("", lambda rng, s: np.asarray(rng.normal(size=s))),  # of any dimensions
    "positive": ("", lambda rng, s: np.asarray(rng.random(s) + 0.5)),
    "flags": ("", lambda rng, s: np.arange(prod(s)).reshape(s) % 3 != 1),
    "mask": ("", lambda rng, s: (np.arange(prod(s)).reshape(s) % 3 != 1) * 1.0),
    "whole numbers": ("T", lambda rng, s: [i % 3 for i in range(s[0])]),
    "size": ("?", lambda rng, s: s[0]),
    "sizes": ("? ? ?", lambda rng, s: list(s)),
    "shape": ("H W", lambda rng, s: s),
    "generator": ("", lambda rng, s: np.random.default_rng(rng.integers(1 << 30))),
    "text": ("", lambda rng, s: "hello world, made up " * 4),
}


def made(guess: Guess, sizes: Sizes, rng: Random) -> Any:
    """Return the value of a guess whose kind is a row of KINDS."""
    shape = tuple(sizes[i] for i in guess.dims)
    if prod(shape) > MOST:
        raise ValueError("too many numbers")
    return KINDS[guess.kind][1](rng, shape)


LABEL = r"y|t|ys?_?(true|train|batch)?|(train|batch)_y|targets?|labels?|expected|desired|truth|gt"
# Name pattern, kind, dimensions if they differ from the kind's; "=": a dimension of that name.
NAMED: tuple[tuple[str, str, str], ...] = (
    (r"(train|training|test|mini)_?(data|batch|set)|dataset", "pairs", ""),
    (r"(n|num)_?layers|layers_?num", "three", ""),
    (r"p?rng|generator|random_state|rand(om)?", "generator", ""),
    (r"\w*(kernel|filter|pool|window)_?size|k_?size|f|k|window|kernel", "size", "k"),
    (r"gamma|gain", "vector", ""),
    (r"l(ea)?r(ning)?(_?rate)?|eta|alpha|l_?rate|step_?size|momentum|reg|lam\w*|\w*decay|rate"
     r"|std|scale|eps\w*|mu|beta[12]|p|drop\w*|keep_prob|rho|temperature|tol\w*|\w+_rate|\w*lambda\w*",
     "rate", ""),
    (r"\w*(epoch|iter)\w*|n?_?steps?|\w*seed|\w*every|times|(mini_?)?batch_?size", "few", ""),
    (r"verbose|print\w*|debug|plot\w*|is_\w+|use_\w+|train_?fla?g|show\w*|bias_?flag", "no", ""),
    (r"(n|num)?_?(heads?|groups?)(_num)?", "few", ""),
    (r"strides?|padding|pad|timestep", "one", ""),
    (r"\w*layers?_?(dim|size)s?|dims|(\w*layers?_?)?(structure|topology|architecture)s?"
     r"|(hidden_|n_)?layers?(_\w+)?|(layer|nodes|neurons)_\w+|dimensions|sizes", "sizes", ""),
    (r"(?i:\w*(size|dim|num|hidden|units|neurons|nodes|channels?|_len|length|count|features|classes"
     r"|vocab|width|height|depth|heads|normali[sz]ed)\w*)|n(um)?(_\w+|[xyhcio\d]|[A-Z]\w{0,2})?|in(put)?s?_?n|nin|nout|d_\w+|[HDNMK]|(in|out)put_n\w*",
     "size", "="),
    (GRADIENT.pattern, "like output", ""),
    (LABEL, "one-hot", ""),
    (OUTPUT.pattern, "scores", ""),
    (r"\w*(kernels?|filters?)\w*", "images", "? C k k"),
    (r"(b|bias)(es)?\w?\d?", "vector", "?"),
    (r"W\w*|w\d?|weights?\d?|theta\d?", "matrix", "D ?"),
)  # fmt: skip


def named(name: str, sizes: Sizes) -> Guess:
    """Return a guess from an argument's name alone."""
    for kind, dims in _rows(name):
        wanted = dims or KINDS[kind][0]
        return Guess(kind, [sizes.named(name if d == "=" else d) for d in wanted.split()])
    return _of_kind("matrix", name, sizes)


def _rows(name: str) -> Iterator[tuple[str, str]]:
    """Yield the kinds and dimensions that a name suggests."""
    for pattern, kind, dims in NAMED:
        if re.fullmatch(pattern, name, re.I if kind not in ("like output", "size") else 0):
            yield kind, dims


QKV = ({"q", "k", "v"}, {"query", "key", "value"})  # of attention: k is no size there


def tells(name: str) -> bool:
    """Whether a name matches a row of NAMED, so that it suggests a kind."""
    return any(_rows(name))


def guessed(
    code: Code,
    function: Any,
    called: str,
    p: inspect.Parameter,
    position: int,
    sizes: Sizes,
    as_told: bool = True,
    within: tuple[Any, ...] = (),
) -> Guess:
    """Return a guess for a parameter of a function.

    called: the name of the function in calls; position: the position of the parameter; as_told:
    whether the shapes that the file tells count; within: the functions that hand it on.
    """
    if p.kind is p.VAR_KEYWORD:
        parts = _parts(code, code.parts(function), p.name, sizes, needed=True)
        return Guess("dict" if parts else "none", parts=parts)
    node = hints.hint(code, called, position, p.name)
    words: list[Any] = code.words(p.name)
    words = words or [99] * ("trunc" in p.name)  # through all steps of time
    if words and node is None:
        first = [p.default] if isinstance(p.default, str) else []
        return Guess("given", among=list(dict.fromkeys([*first, *words])))
    by_call = None if node is None else from_call(node, p.name, sizes, code.namespace)
    told = told_shapes(code, function) if as_told and by_call is None else {}
    size = sizes.named(p.name) if hints.is_shared_out(code.parts(function), p.name) else None
    if size is not None and isinstance(sizes.forms[size], int):
        sizes.forms[size] = ("*", sizes.new(), 2)
    if p.name == "shape" and p.default is p.empty:
        return _of_kind("shape", p.name, sizes)
    if p.name in told:
        return _of_told(p.name, told, sizes)
    if by_call is None and p.kind is p.VAR_POSITIONAL:
        return Guess("sizes", [sizes.new() for _ in range(3)])
    parameters = inspect.signature(function).parameters
    if any(p.name in several and parameters.keys() >= several for several in QKV):
        return _of_kind("sequence", p.name, sizes)
    default = p.default if p.kind is not p.VAR_POSITIONAL else p.empty
    if by_call is None and default is p.empty and (kind := annotated(p.annotation)):
        if kind == "text" and (words := code.words("")):
            return Guess("given", among=words)
        if kind == "texts":
            return Guess("given", among=[[w] * 9 for w in code.words("")] or [["a"] * 9])
        if kind != "size" or named(p.name, sizes).kind not in ("few", "one", "three"):
            return _of_kind(kind, p.name, sizes)
    if able := code.elements(function, p.name):
        return Guess("object" if p.name == code.adds(function) else "objects", among=able)
    within = (*within, function)
    if by_call is None and default is p.empty and (on := _handed_on(code, within, p.name)):
        inner = guessed(code, on[0], on[0].__name__, on[2], on[1], sizes, as_told, within)
        if inner.is_told or inner.kind == "dict":
            return inner
    guess = by_call or from_use(code, function, p.name, default, sizes)
    if function.__name__ == "__init__" and not tells(p.name):
        if p.name == "beta" and guess.kind != "default":  # of a momentum
            return _of_kind("rate", p.name, sizes)
        if hints.is_index(code, function, p.name):
            return _of_kind("indices", p.name, sizes)
        is_size = guess.kind != "default" or (default != 0 and type(default) is int)
        # The usual argument of a constructor is a size.
        return _of_kind("size", p.name, sizes) if is_size else guess
    taken = [q for q in parameters.values() if q.default is q.empty]
    count = len([q for q in taken if q.name != "self"])
    if is_backward(called) and count == 1 and not tells(p.name):
        return _of_kind("like output", p.name, sizes) if p in taken else guess
    return guess


WHOLE = r"(?i)\b(int\w*|indices|index|ids|tokens?|class(es)?(?!:)|labels?)\b"


def _of_told(name: str, told: Mapping[str, Told], sizes: Sizes) -> Guess:
    """Return a guess of an argument whose shape is told."""
    dims, by_name = [sizes.written(d) for d in told[name].dims], named(name, Sizes()).kind
    rank, kind = len(dims), "array"
    if not rank:
        kind = by_name if by_name in ("few", "three", "one", "size") else "few"
        return _of_kind(kind, name, sizes)
    if by_name == "one-hot" and rank == 1:
        kind = "labels"
        rows = [sizes.written(t.dims[-1]) for t in told.values() if t.dims[:-1] == told[name].dims]
        dims += rows[:1] or [sizes.named("K")]
    elif by_name == "one-hot" and rank == 2:
        kind = "one-hot"
    elif re.search(WHOLE, told[name].words) or re.search(
        r"(?i)(^|_)(ids?|idx|index|indices)$", name
    ):
        kind = "whole array"
    elif "mask" in f"{name} {told[name].words}":
        kind = "flags"
    return Guess(kind, dims, is_told=True)


def _of_kind(kind: str, name: str, sizes: Sizes) -> Guess:
    """Return a guess of a kind, with its usual dimensions, for an argument of a name."""
    dims = [name] if kind == "size" else KINDS[kind][0].split()
    return Guess(kind, [sizes.named(d) for d in dims])


def from_call(node: ast.expr, name: str, sizes: Sizes, known: Mapping[str, Any]) -> Guess | None:
    """Return a guess from an argument of one of the file's own calls; None if it gives no clue."""
    if isinstance(node, ast.Name) and callable(known.get(node.id)):
        return Guess("given", among=[known[node.id]])
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    if isinstance(value, (list, tuple)) and value and all(type(x) is int for x in value):
        kind = "sizes" if isinstance(value, list) else "shape"
        return Guess(kind, [sizes.new() for _ in value])
    if type(value) is int and value > 1:
        is_few = named(name, sizes).kind == "few"
        return _of_kind("few" if is_few else "size", name, sizes)
    return Guess("given", among=[value])


def _parts(
    code: Code, nodes: Sequence[ast.AST], name: str, sizes: Sizes, needed: bool = False
) -> dict[str, Guess]:
    """Return the values of a dict by the keys that the code reads; needed: those without default.

    One with a default that is computed is left out.
    """
    parts = dict[str, Guess]()
    for key, default in hints.keys(nodes, name):
        if default is None or (tells(key) and not needed):
            parts[key] = value_of(code, key, sizes)
        elif isinstance(default, ast.Constant) and not needed:
            parts.setdefault(key, Guess("given", among=[default.value]))
    return parts


def value_of(code: Code, key: str, sizes: Sizes) -> Guess:
    """Return a guess of a value of a dict: a word that the code compares it with, or by its key."""
    words = code.words(key)
    return Guess("given", among=[*words]) if words else named(key, sizes)


def _handed_on(
    code: Code, within: tuple[Any, ...], name: str
) -> tuple[Any, int, inspect.Parameter] | None:
    """Return the own function that the last of some hands an argument to, and its position."""
    for n in code.parts(within[-1]):
        called = code.functions.get(getattr(n.func, "id", "")) if isinstance(n, ast.Call) else None
        if not isinstance(n, ast.Call) or called is None or called in within:
            continue
        for i, (p, x) in enumerate(zip(inspect.signature(called).parameters.values(), n.args)):
            if is_name(x, name):
                return called, i, p
    return None


def from_use(code: Code, function: Any, name: str, default: object, sizes: Sizes) -> Guess:
    """Return a guess from how a function uses an argument, else from its name."""
    if default is not inspect.Parameter.empty and not re.fullmatch(LABEL, name):
        is_large = isinstance(default, int) and default > 9 and named(name, Sizes()).kind == "size"
        return _of_kind("size", name, sizes) if is_large else Guess("default", among=[default])
    nodes = code.parts(function)
    if any(hints.keys(nodes, name)):
        return Guess("dict", parts=_parts(code, nodes, name, sizes))
    for n in nodes:
        targets = n.targets[0] if isinstance(n, ast.Assign) and is_name(n.value, name) else None
        if isinstance(targets, ast.Tuple):  # `depth, height, width = shape`
            dims = ["C", "H", "W"][-len(targets.elts) :] if len(targets.elts) in (2, 3) else "????"
            return Guess("shape", [sizes.named(d) for d in dims])
    if any(isinstance(n, ast.Call) and is_name(n.func, name) for n in nodes):
        return Guess("function")
    attributes = {n.attr for n in nodes if isinstance(n, ast.Attribute) and is_name(n.value, name)}
    own = [c for c in code.classes if attributes and attributes <= attributes_of(c)]
    if own and not all(hasattr(np.ndarray, a) for a in attributes):
        return Guess("object", among=own)
    by_name = named(name, sizes)
    is_open = by_name.kind in ("matrix", "scores", "one-hot", "rate")
    if by_name.kind in ("matrix", "one-hot") and hints.indexes(nodes, name):
        return _of_kind("indices", name, sizes)
    if is_open and hints.is_probability(nodes, name):
        return _of_kind("probabilities", name, sizes)
    if attributes & {"T", "dot", "reshape", "shape"} and by_name.kind in ("size", "sizes", "rate"):
        by_name = _of_kind("matrix", name, sizes)
    lens = (n.args[0] for n in nodes if isinstance(n, ast.Call) and is_name(n.func, "len"))
    if by_name.kind == "size" and any(is_name(x, name) for x in lens):
        by_name = _of_kind("vector", name, sizes)
    items = [n for n in nodes if isinstance(n, ast.Subscript) and is_name(n.value, name)]
    reads = [ast.unparse(n.slice) for n in items]
    if by_name.kind == "one-hot" and reads and all(re.match(r"\(?:, [^:]", read) for read in reads):
        by_name = _of_kind("one-hot columns", name, sizes)  # `y[:, t]`
    axes = [*hints.ranks(nodes, name), *hints.ranks_kept(code, function, name)]
    if by_name.kind == "matrix" and not tells(name):
        kind = code.namespace.get(function.__qualname__.partition(".")[0])
        others = code.methods(kind).values() if isinstance(kind, type) else [function]
        axes += [hints.rank_summed(code.parts(f)) for f in others]
    return _by_rank(nodes, axes, name, by_name, sizes)


def attributes_of(kind: type) -> set[str]:
    """Return the attributes of a class's objects: its own, and those its code assigns."""
    code = [f.__code__ for c in kind.__mro__ for f in vars(c).values() if inspect.isfunction(f)]
    return {*dir(kind), *(name for c in code for name in c.co_names)}


def _by_rank(
    nodes: Sequence[ast.AST], axes: Sequence[int], name: str, guess: Guess, sizes: Sizes
) -> Guess:
    """Return a guess corrected by loops over pairs, by `range(n)`, and by the axes in use."""
    kind = {1: "vector", 3: "sequence", 4: "images"}.get(max(axes, default=0), "")
    for n in nodes:
        if isinstance(n, (ast.For, ast.comprehension)) and is_name(n.iter, name):
            if isinstance(n.target, ast.Tuple) and len(n.target.elts) == 2:
                kind = "pairs"
        elif (
            isinstance(n, ast.Call)
            and is_name(n.func, "range")
            and any(is_name(a, name) for a in n.args)
        ):
            kind = guess.kind if guess.kind in ("few", "three") else "size"
    if not kind or kind == guess.kind or guess.kind == "like output":
        return guess
    return _of_kind(kind, name, sizes)

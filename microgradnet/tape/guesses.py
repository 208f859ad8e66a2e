"""Guess the arguments of a function from their names and from how the function uses them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np

from microgradnet.tape.sizes import Sizes

__all__ = ["KINDS", "Guess", "dims_of", "from_call", "from_use", "has", "made"]
__all__ += [
    "comes_after",
    "is_backward",
    "is_forward",
    "is_gradient",
    "is_no_goal",
    "is_training",
    "named",
]


@dataclass
class Guess:
    """What an argument may be: a kind, its dimensions, and what to choose from."""

    kind: str
    dims: list[int] = field(default_factory=list)
    among: list[Any] = field(default_factory=list)
    parts: dict[str, Guess] = field(default_factory=dict)  # of a dict

    def copy(self) -> Guess:
        """Return a copy that may be changed by itself."""
        parts = {key: part.copy() for key, part in self.parts.items()}
        return replace(self, dims=[*self.dims], among=[*self.among], parts=parts)


def dims_of(guess: Guess) -> list[int]:
    """Return the dimensions of a guess and of its parts."""
    return guess.dims + [i for part in guess.parts.values() for i in dims_of(part)]


Shape = tuple[int, ...]
Random = np.random.Generator


def _one_hot(shape: Shape) -> Any:
    return np.eye(shape[-1])[np.arange(shape[0]) % shape[-1]]


def _pairs(rng: Random, shape: Shape, as_list: bool) -> list[Any]:
    n, inputs, outputs = shape
    columns = [(rng.normal(size=(inputs, 1)), _one_hot((n, outputs))[i][:, None]) for i in range(n)]
    return [(x.ravel().tolist(), y.ravel().tolist()) for x, y in columns] if as_list else columns


# kind: its dimensions by name ("?" is a new one), and what makes it
KINDS: dict[str, tuple[str, Callable[[Random, Shape], Any]]] = {
    "matrix": ("B D", lambda rng, s: rng.normal(size=s)),
    "vector": ("D", lambda rng, s: rng.normal(size=s)),
    "column": ("D one", lambda rng, s: rng.normal(size=s)),
    "columns": ("D B", lambda rng, s: rng.normal(size=s)),
    "sequence": ("B T D", lambda rng, s: rng.normal(size=s)),
    "images": ("B C H W", lambda rng, s: rng.normal(size=s)),
    "image": ("C H W", lambda rng, s: rng.normal(size=s)),
    "other matrix": ("? ?", lambda rng, s: rng.normal(size=s)),
    "like output": ("B K", lambda rng, s: rng.normal(size=s)),
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
    "targets of rows": ("B", lambda rng, s: rng.random(s)),
    "two classes": ("B one", lambda rng, s: (np.arange(s[0]) % 2).reshape(s) * 1.0),
    "two classes in a row": ("one B", lambda rng, s: (np.arange(s[1]) % 2).reshape(s) * 1.0),
    "indices": ("B", lambda rng, s: np.arange(s[0]) % 3),
    "rows of indices": ("B T", lambda rng, s: np.arange(s[0] * s[1]).reshape(s) % 3),
    "whole numbers": ("T", lambda rng, s: [i % 3 for i in range(s[0])]),
    "size": ("?", lambda rng, s: s[0]),
    "sizes": ("? ? ?", lambda rng, s: list(s)),
    "shape": ("H W", lambda rng, s: s),
    "few": ("", lambda rng, s: 2),
    "three": ("", lambda rng, s: 3),
    "one": ("", lambda rng, s: 1),
    "zero": ("", lambda rng, s: 0),
    "rate": ("", lambda rng, s: 0.1),
    "no": ("", lambda rng, s: False),
    "yes": ("", lambda rng, s: True),
    "none": ("", lambda rng, s: None),
    "text": ("", lambda rng, s: "hello world, made up " * 4),
}


def made(guess: Guess, sizes: Sizes, rng: Random) -> Any:
    """Return the value of a guess whose kind is a row of KINDS."""
    shape = tuple(sizes[i] for i in guess.dims)
    if prod(shape) > MOST:
        raise ValueError("too many numbers")
    return KINDS[guess.kind][1](rng, shape)


MOST = 20_000  # numbers in one array: what takes longer tells no more


BACKWARD = re.compile(
    r"back(ward|_?prop|pass)?|bprop|bp(tt)?$|grad|deriv|delta|_prime$|^d_|jacob|retro", re.I
)
TRAINING = re.compile(
    r"train|fit|learn|sgd|descent|optimi[sz]e|build_?model|^loss$|loss_?fun|epoch"
    r"|entren|trein|regression$",
    re.I,
)
FORWARD = re.compile(
    r"forward|feed|predict|propagate|fprop|^fp$|call|comput|activat|output|hypothesis|^run$", re.I
)
NO_GOAL = re.compile(r"check|numeric|test|plot|predict|accuracy|print|load|save|zero_?grad", re.I)
GRADIENT = re.compile(
    r"_*(d[A-Z_]\w*|d(w|b|x|z|a|h|y|u|v|c|f|i|o|g|q|k|out|prev|next|loss|scores|logits|in)\w?\d*"
    r"|d(weights?|bias(es)?|inputs?|outputs?|values)|\w*(grad|delta|nabla|derivative)\w*"
    r"|\w*err(or)?s?\w*|up(stream)?)"
)
LABEL = r"y|t|ys?_?(true|train|batch)?|(train|batch)_y|targets?|labels?|expected|desired|truth|gt"


def is_backward(name: str) -> bool:
    """Return whether a function of this name computes derivatives."""
    return bool(BACKWARD.search(name)) and not NO_GOAL.search(name)


def is_no_goal(name: str) -> bool:
    """Return whether a function of this name is never worth a call of its own."""
    return bool(NO_GOAL.search(name))


def is_training(name: str) -> bool:
    """Return whether a function of this name trains."""
    return bool(TRAINING.search(name)) and not NO_GOAL.search(name)


def is_forward(name: str) -> bool:
    """Return whether a function of this name is a forward pass."""
    return bool(FORWARD.search(name)) and not BACKWARD.search(name)


def comes_after(name: str) -> bool:
    """Return whether a function of this name is called after a forward pass."""
    later = re.search("back|update|step|zero_?grad|apply", name, re.I)
    return bool(later) or is_backward(name) or is_training(name)


def is_gradient(name: str) -> bool:
    """Return whether a variable of this name holds a gradient."""
    return bool(GRADIENT.fullmatch(name))


# pattern of a name, kind, dimensions where they are not those of the kind; "=": its own name
NAMED: tuple[tuple[str, str, str], ...] = (
    (r"(train|training|test|mini)_?(data|batch|set)|dataset", "pairs", ""),
    (r"(n|num)_?layers|layers_?num", "three", ""),
    (r"\w*(kernel|filter|pool|window)_?size|k_?size|f|k|window|kernel", "size", "k"),
    (r"l(ea)?r(ning)?(_?rate)?|eta|alpha|l_?rate|step_?size|momentum|reg|lam\w*|\w*decay|rate"
     r"|std|scale|eps\w*|mu|beta[12]|p|drop\w*|keep_prob|rho|temperature|tol\w*|\w+_rate|\w*lambda\w*",
     "rate", ""),
    (r"\w*(epoch|iter)\w*|n?_?steps?|\w*every|times|batch_?size|mini_?batch_?size", "few", ""),
    (r"verbose|print\w*|debug|plot\w*|is_\w+|use_\w+|train_?fla?g|show\w*|bias_?flag", "no", ""),
    (r"strides?|padding|pad|timestep", "one", ""),
    (r"(\w*layers?_?)?(dims?|sizes?|structure|topology|architecture)s?"
     r"|(hidden_|n_)?layers?(_\w+)?|(layer|nodes|neurons)_\w+|dimensions|sizes", "sizes", ""),
    (r"\w*(size|dim|num|hidden|units|neurons|nodes|channels?|_len|length|count|features|classes|vocab"
     r"|width|height|depth|heads)\w*|n_?\w{0,3}|in(put)?s?_?n|nin|nout|d_\w+|[HDNMK]|(in|out)put_n\w*",
     "size", "="),
    (GRADIENT.pattern, "like output", ""),
    (LABEL, "target", "B K"),
    (r"\w*(kernels?|filters?)\w*", "images", "? C k k"),
    (r"(b|bias)(es)?\w?\d?", "vector", "?"),
    (r"W\w*|w\d?|weights?\d?|theta\d?", "matrix", "D ?"),
)  # fmt: skip
TARGETS = ["one-hot", "labels", "targets", "two classes"]


def named(name: str, sizes: Sizes) -> Guess:
    """Return a guess by the name alone."""
    for pattern, kind, dims in NAMED:
        if re.fullmatch(pattern, name, re.I if kind not in ("like output", "size") else 0):
            if kind == "target":
                kind = TARGETS[0]
            wanted = dims or KINDS[kind][0]
            return Guess(kind, [sizes.named(name if d == "=" else d) for d in wanted.split()])
    return Guess("matrix", [sizes.named(d) for d in "BD"])


def tells(name: str) -> bool:
    """Return whether a name says anything: it is a row of NAMED."""
    return any(re.fullmatch(pattern, name, re.I) for pattern, *_ in NAMED)


def from_call(node: ast.expr, name: str, sizes: Sizes, known: Mapping[str, Any]) -> Guess | None:
    """Return a guess by an argument of one of the file's own calls, None where it says nothing."""
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
        return named(name, sizes) if named(name, sizes).kind == "few" else _size(name, sizes)
    return Guess("given", among=[value])


def _size(name: str, sizes: Sizes) -> Guess:
    return Guess("size", [sizes.named(name)])


def _is(node: object, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _keys(nodes: Sequence[ast.AST], name: str) -> Iterator[str]:
    """Yield the keys by which an argument is read as a dict."""
    for node in nodes:
        if isinstance(node, ast.Subscript) and _is(node.value, name):
            key: Any = node.slice
            text = getattr(key, "value", None)
            joined = key.left if isinstance(key, ast.BinOp) else getattr(key, "values", [key])[0]
            stem = getattr(joined, "value", None)
            if isinstance(text, str):
                yield text
            elif isinstance(stem, str):
                yield from (f"{stem}1", f"{stem}2")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            first = node.args[0]
            reads = _is(node.func.value, name) and node.func.attr in ("get", "pop")
            if reads and isinstance(first, ast.Constant):
                yield str(first.value)


def from_use(
    name: str, nodes: Sequence[ast.AST], default: object, sizes: Sizes, classes: Sequence[type]
) -> Guess:
    """Return a guess by how a function uses an argument, else by its name."""
    if default is not inspect.Parameter.empty and not re.fullmatch(LABEL, name):
        return Guess("default", among=[default])
    if keys := list(dict.fromkeys(_keys(nodes, name))):
        return Guess("dict", parts={key: named(key, sizes) for key in keys})
    for n in nodes:
        targets = n.targets[0] if isinstance(n, ast.Assign) and _is(n.value, name) else None
        if isinstance(targets, ast.Tuple):  # `depth, height, width = shape`
            dims = ["C", "H", "W"][-len(targets.elts) :] if len(targets.elts) in (2, 3) else "????"
            return Guess("shape", [sizes.named(d) for d in dims])
    if any(isinstance(n, ast.Call) and _is(n.func, name) for n in nodes):
        return Guess("function")
    attributes = {n.attr for n in nodes if isinstance(n, ast.Attribute) and _is(n.value, name)}
    own = [c for c in classes if attributes and attributes <= has(c)]
    if own and not all(hasattr(np.ndarray, a) for a in attributes):
        return Guess("object", among=own)
    by_name = named(name, sizes)
    if attributes & {"T", "dot", "reshape", "shape"} and by_name.kind in ("size", "sizes", "rate"):
        by_name = Guess("matrix", [sizes.named(d) for d in "BD"])
    return _by_rank(nodes, name, by_name, sizes)


def has(kind: type) -> set[str]:
    """Return the attributes of the objects of a class: its own, and those its code assigns."""
    code = [f.__code__ for c in kind.__mro__ for f in vars(c).values() if inspect.isfunction(f)]
    return {*dir(kind), *(name for c in code for name in c.co_names)}


def _by_rank(nodes: Sequence[ast.AST], name: str, guess: Guess, sizes: Sizes) -> Guess:
    """Correct a guess: loops over pairs, `range(n)`, and the rank that the code needs tell more."""
    kind = {1: "vector", 3: "sequence", 4: "images"}.get(max(_ranks(nodes, name), default=0), "")
    for n in nodes:
        if isinstance(n, (ast.For, ast.comprehension)) and _is(n.iter, name):
            if isinstance(n.target, ast.Tuple) and len(n.target.elts) == 2:
                kind = "pairs"
        elif isinstance(n, ast.Call) and _is(n.func, "range") and any(_is(a, name) for a in n.args):
            kind = "few" if guess.kind == "few" else "size"
    if not kind or kind == guess.kind or guess.kind == "like output":
        return guess
    dims = name if kind == "size" else KINDS[kind][0]
    return Guess(kind, [sizes.named(d) for d in dims.split()])


def _ranks(nodes: Sequence[ast.AST], name: str) -> Iterator[int]:
    """Yield the ranks by `B, C = x.shape`, `x.shape[2]`, `x[:, :, 0]`, `x.transpose(2, 0, 1)`."""
    for n in nodes:
        if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Tuple):
            if _is_shape(n.value, name):
                yield len(n.targets[0].elts)
        elif isinstance(n, ast.Subscript) and _is_shape(n.value, name):
            index = getattr(n.slice, "value", 0)
            yield index + 1 if isinstance(index, int) and index > 1 else 0
        elif isinstance(n, ast.Subscript) and _is(n.value, name):
            parts = n.slice.elts if isinstance(n.slice, ast.Tuple) else []
            yield len([p for p in parts if not isinstance(p, ast.Constant) or p.value is not None])
        elif isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute):
            yield len(n.args) if n.func.attr == "transpose" and _is(n.func.value, name) else 0


def _is_shape(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "shape" and _is(node.value, name)

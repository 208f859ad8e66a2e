"""Texts of Python as trees: those of a file, of a function that stands in one, and their parts."""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import linecache
import textwrap
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType
from typing import TypeVar

__all__ = [
    "COMPILED",
    "STANDS_FOR",
    "Itself",
    "bytes_of",
    "copied",
    "expression",
    "kept",
    "parse",
    "parsed",
    "parts_of",
    "whole_numbers",
    "with_sizes",
]

Tree = TypeVar("Tree", bound=ast.AST)
COMPILED = "compiled"  # what a statement is kept by, once compiled: no copy of it has that
STANDS_FOR = "stands_for"  # the number of the statement that one was rewritten from
_kept: dict[str, bytes] = {}
_parsing = threading.Lock()  # CPython 3.11 counts the depth of a tree for all threads together


def parse(text: str | bytes, file: str = "<unknown>") -> ast.Module:
    """Return the tree of a text, as `ast.parse` does, in any number of threads."""
    with _parsing:
        return ast.parse(text, file)


def bytes_of(file: str | Path) -> bytes:
    """Return the bytes of a file: those that are `kept`, where they are.

    Raises OSError where they are not, and it cannot be read.
    """
    content = _kept.get(str(file))
    return Path(file).read_bytes() if content is None else content


@contextlib.contextmanager
def kept(file: str | Path) -> Iterator[None]:
    """Meanwhile, the text of a file is read as it is now, whatever it does to itself when it runs.

    Raises OSError where it cannot be read.
    """
    name = str(file)
    linecache.checkcache(name)
    lines = linecache.getlines(name)
    _kept[name] = content = Path(file).read_bytes()
    linecache.cache[name] = len(content), None, lines, name  # None: not looked at again
    try:
        yield
    finally:
        _kept.pop(name, None)
        linecache.cache.pop(name, None)


def expression(text: str) -> ast.expr:
    """Return the tree of an expression."""
    statement = parse(text).body[0]
    assert isinstance(statement, ast.Expr)
    return statement.value


def copied(tree: Tree) -> Tree:
    """Return a copy of a tree: its fields and positions, and which statement it stands for.

    Nothing else: a traceback of IPython hangs `parent` on `ast.Load()`, which all trees share.

    >>> tree = expression("w * x")
    >>> copied(tree) is tree, ast.unparse(copied(tree))
    (False, 'w * x')
    """
    made = type(tree).__new__(type(tree))
    kept, own = made.__dict__, tree.__dict__
    for name in (*tree._fields, *tree._attributes, STANDS_FOR):
        if name not in own:
            continue
        x = own[name]
        if isinstance(x, ast.AST):
            x = copied(x)
        elif type(x) is list:
            x = [copied(part) if isinstance(part, ast.AST) else part for part in x]
        kept[name] = x
    return made


class Itself:
    """A function's code as a key: two that are equal stand in different places."""

    def __init__(self, code: CodeType) -> None:
        self.code = code

    def __hash__(self) -> int:
        return id(self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.code is other.code


def parsed(function: object) -> ast.FunctionDef | None:
    """Return the tree of a function, its lines counted as in its file; None without a source."""
    code = getattr(function, "__code__", function)
    return _parsed(Itself(code)) if isinstance(code, CodeType) else None


@functools.lru_cache(maxsize=256)
def _parsed(of: Itself) -> ast.FunctionDef | None:
    try:
        lines, first = inspect.getsourcelines(of.code)
        tree = parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError, IndexError):  # at the prompt; a lambda in an argument
        return None
    ast.increment_lineno(tree, max(first, 1) - 1)
    node = tree.body[0]
    if not isinstance(node, ast.FunctionDef) or node.name != of.code.co_name:
        return None
    for n in ast.walk(node):
        if isinstance(n, ast.Attribute) and n.attr.startswith("__"):  # private to its class
            n.attr = next((x for x in of.code.co_names if x.endswith(n.attr)), n.attr)
    return node


def parts_of(function: object) -> Iterator[ast.AST]:
    """Yield all nodes of the tree of a function; none without a source."""
    tree = parsed(function)
    yield from () if tree is None else ast.walk(tree)


def whole_numbers(file: str) -> set[int]:
    """Return the whole numbers that stand in a file, and may be sizes."""
    tree = parse(bytes_of(file), file)
    return {n.value for n in _wholes(tree) if isinstance(n.value, int)}


def with_sizes(tree: ast.Module, sizes: Mapping[int, int]) -> ast.Module:
    """Put other whole numbers in the place of some in a tree, and return it."""
    for n in _wholes(tree) if sizes else ():
        if isinstance(n.value, int):
            n.value = sizes.get(n.value, n.value)
    return tree


def _wholes(tree: ast.AST) -> Iterator[ast.Constant]:
    """The whole numbers in a tree that may be sizes: not so a bound, `np.clip(z, -500, 500)`."""
    if isinstance(tree, ast.Constant) and type(tree.value) is int:
        yield tree
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(tree, ast.Call) and ast.unparse(tree.func).endswith("clip")):
            yield from _wholes(node)

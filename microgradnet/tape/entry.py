"""An entry of the tape: one operation of a run, with its operands, its value and its place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.tape.sources import line_in_words

if TYPE_CHECKING:
    from microgradnet.tape.rules.rows import Operation


class Ref(int):
    """The number of an entry, used as an operand."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The position of an expression in the source.

    file: its path; statement, node: the syntax trees as the person wrote them; function: the name
    of the enclosing function, "" at the top of a file; kind: "argument" for a function's parameter,
    "function" for the start of a function, "block" for the start of a branch or loop body, whose
    `node` is the whole of it, else "".
    """

    file: str
    statement: ast.stmt
    node: ast.AST
    function: str
    kind: str = ""

    @property
    def line(self) -> int:
        """The line of the statement."""
        return self.statement.lineno

    @property
    def line_in_words(self) -> int | str:
        """The line as a message takes it."""
        return line_in_words(self.file, self.line)

    @property
    def text(self) -> str:
        """The expression as text."""
        return ast.unparse(self.node)


@dataclass(slots=True, eq=False)
class Entry:
    """One operation of a run.

    number: its position in the tape; is_written: whether it wrote into an array; operation: a row
    of the table, None for a source (a number that no operation made); args, kw: the operands as
    passed, with a `Ref` for each value that has an entry; value: the result, a copy if the code
    overwrote it later; visit: how often its place ran before; frame: the call it belongs to; names:
    the names the code stored it under; aside: recorded by a trial of an edited expression, not part
    of the run; is_complex: complex, or computed from complex numbers;
    is_single: computed from single numbers alone; overwritten_by: the write into an array that
    alone reads this version of it, else 0: then this one has the value of that one, as a loop that
    fills an array element by element would need as many arrays.
    """

    number: int
    operation: Operation | None
    args: Sequence[Any]
    kw: dict[str, Any]
    value: Any
    place: Place
    visit: int
    frame: int
    aside: bool = False
    is_written: bool = False
    is_complex: bool = False
    is_single: bool = False
    overwritten_by: int = 0
    names: list[str] = field(default_factory=list)
    operands: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shape of the value; (count, None), which no array has, for several results."""
        is_several = isinstance(self.value, (list, tuple))
        return (len(self.value), None) if is_several else np.shape(self.value)

    @property
    def kind(self) -> str:
        """The NumPy dtype kind of the value: "f" for real numbers; "" for several results."""
        is_several = isinstance(self.value, (list, tuple))
        return "" if is_several else np.asarray(self.value).dtype.kind

    @property
    def is_source(self) -> bool:
        """Whether no recorded operation computed the value."""
        return self.operation is None


NESTED = frozenset([list, tuple, dict, slice])  # containers of operands


def refs(tree: Any) -> Iterator[int]:
    """Yield the numbers of the entries in a tree of operands, in order."""
    kind = type(tree)
    if kind is Ref:
        yield int(tree)
    elif kind is list or kind is tuple:
        for branch in tree:
            yield from refs(branch)
    elif kind is dict:
        for branch in tree.values():
            yield from refs(branch)
    elif kind is slice:
        yield from refs((tree.start, tree.stop, tree.step))


def mapped(tree: Any, leaf: Callable[[Any], Any]) -> Any:
    """Return a tree of operands with a function applied to each leaf."""
    kind = type(tree)
    if kind is list:
        return [mapped(branch, leaf) for branch in tree]
    if kind is tuple:
        return tuple([mapped(branch, leaf) for branch in tree])
    if kind is dict:
        return {key: mapped(branch, leaf) for key, branch in tree.items()}
    if kind is slice:
        return slice(leaf(tree.start), leaf(tree.stop), leaf(tree.step))
    return leaf(tree)


def filled(tree: Any, values: Any) -> Any:
    """Return a tree of operands with each `Ref` replaced by its value, `values[number]`."""
    kind = type(tree)
    if (kind is tuple or kind is list) and NESTED.isdisjoint(map(type, tree)):  # the usual case
        flat = [values[x] if type(x) is Ref else x for x in tree]
        return flat if kind is list else tuple(flat)
    return mapped(tree, lambda leaf: values[leaf] if type(leaf) is Ref else leaf)

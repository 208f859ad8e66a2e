"""Fold a chain of like steps, such as 12 times tanh(1.1·v + 0.1), into one box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from microgradnet.autograd.value import Computed, Value
from microgradnet.derivations.spelling import applied
from microgradnet.drawing.anatomy import Part, spelled_inputs
from microgradnet.drawing.selection import Fold, Selection, is_labelled
from microgradnet.words import page_words

__all__ = ["Spelled", "folded"]

LEAST, LONGEST = 3, 12  # like steps that are folded; operations of one step
VARIABLE, CALL = "v", "call"


@dataclass(frozen=True)
class Spelled:
    """A formula that grows operation by operation; last: the name of its last one, if any.

    >>> Spelled("W·x").then(Value(1.0).exp()).text
    'exp(W·x)'
    """

    text: str
    last: str = ""

    def then(self, node: Value) -> Spelled:
        """Return the formula of the operation of a node, with this formula as its operand."""
        assert node.operation is not None
        op, inputs = node.operation, spelled_inputs(node)  # type: ignore[arg-type]
        if len(inputs) == 1 and op.name != "neg":
            name = op.symbol if len(op.symbol) == 1 else op.name
            return Spelled(f"{name}({self.text})", CALL)
        is_term = op.name == "add" and self.last in ("mul", "pow")
        mark = "\0" if is_term or self.last == CALL else self.text
        names = [mark if isinstance(x, Value) else f"{x:g}" for x in inputs]
        return Spelled(
            applied(op.name, names, inputs, "{:g}".format).replace("\0", self.text), op.name
        )


def folded(
    selection: Selection, parts: Mapping[Value, Part], lang: str = "en"
) -> tuple[Selection, dict[Value, Part]] | None:
    """Return the values to draw with each chain of like steps as one, or None without such chains.

    A chain is of unlabelled values, each used only by the next. The last one of a chain is drawn,
    with the derivative by what goes into the first; the parts stay those of all values. lang: of
    the titles.

    >>> from microgradnet.drawing.anatomy import dissect
    >>> from microgradnet.drawing.selection import select
    >>> y = Value(2.0, "x")
    >>> for _ in range(6): y = (1.1 * y).tanh()
    >>> short, parts = folded(select(y), dissect(y))
    >>> len(short), short.folds[y].title, len(parts)
    (2, '6 times tanh(1.1·v)', 13)
    """
    times = page_words(lang, "picture")["times"]
    folds: dict[Value, Fold] = {}
    hidden: set[Value] = set()
    held = dict(parts)
    for chain in _chains(selection):
        for first, last, n in _runs([_signature(node) for node in chain]):
            nodes = chain[first:last]
            end, formula = nodes[-1], Spelled(VARIABLE)
            for node in nodes[: len(nodes) // n]:
                formula = formula.then(node)
            ((_, start),) = selection.operands(nodes[0])
            folds[end] = Fold(start, n, len(nodes), times.format(n=n, step=formula.text))
            hidden.update(nodes[:-1])
            if end in parts:
                slope = prod(parts[node].partials[0] for node in nodes)
                held[end] = replace(parts[end], partials=(slope,))
    if not folds:
        return None
    inner = [node for node in selection.inner if node not in hidden]
    short = replace(selection, inner=inner, folds=folds)
    return short, held


def _chains(selection: Selection) -> Iterator[list[Computed]]:
    """Yield the longest chains of values with one operand, each used only by the next."""
    before = {node: [x for _, x in selection.operands(node)] for node in selection.inner}
    uses = Counter(x for operands in before.values() for x in operands)
    single = {node for node, operands in before.items() if len(operands) == 1}
    seen: set[Value] = set()
    for node in reversed(selection.inner):
        chain: list[Computed] = []
        x: Value = node
        while x in single and x not in seen and (not chain or _is_inside(x, uses)):
            chain.append(x)  # type: ignore[arg-type]
            seen.add(x)
            (x,) = before[x]  # type: ignore[index]
        if len(chain) >= LEAST:
            yield chain[::-1]


def _is_inside(x: Value, uses: Mapping[Value, int]) -> bool:
    return uses[x] == 1 and not is_labelled(x)


def _signature(node: Computed) -> tuple[object, ...]:
    return (node.operation, *(None if isinstance(x, Value) else x for x in node.inputs))


def _runs(kinds: Sequence[object]) -> Iterator[tuple[int, int, int]]:
    """Yield where like steps begin and end, and their number.

    >>> list(_runs("abcabcabcd"))
    [(0, 9, 3)]
    """
    i = 0
    while len(kinds) - i >= LEAST:
        most = min(LONGEST, (len(kinds) - i) // LEAST)
        length, n = max((_repeats(kinds, i, n) * n, -n) for n in range(1, most + 1))
        if length // -n >= LEAST:
            yield i, i + length, length // -n
            i += length
        else:
            i += 1


def _repeats(kinds: Sequence[object], i: int, n: int) -> int:
    """Return how often the n kinds at i come one after the other."""
    j = i + n
    while j < len(kinds) and kinds[j] == kinds[j - n]:
        j += 1
    return (j - i) // n

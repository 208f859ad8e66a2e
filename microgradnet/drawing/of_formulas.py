"""The picture in symbols: a box for each labelled value, its formula, and derivatives by name."""

from __future__ import annotations

import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from microgradnet.autograd.labels import PARAMETERS, label_of
from microgradnet.autograd.value import Value
from microgradnet.derivations.deriving import (
    DEEPEST,
    Expression,
    Expressions,
    Step,
    applied,
    local_derivative,
)
from microgradnet.drawing.outline import owners
from microgradnet.drawing.selection import Selection
from microgradnet.drawing.tables import Cell, Row, escaped, framed, small
from microgradnet.drawing.themes import EDGE, Theme
from microgradnet.operations.operation import OPS
from microgradnet.operations.spelling import Identifiers, Speller, Term, product

if TYPE_CHECKING:
    import graphviz

__all__ = ["formulas"]

MOST = 400  # values whose formulas anyone reads
WIDE, NARROW = 44, 22  # letters on a line of a formula, and of a cell


def formulas(selection: Selection, across: bool, theme: Theme, label: str) -> graphviz.Digraph:
    """Return the graph in symbols: `h1 = σ(sum_h1)`, and `d_h1_d_w1` where w1 comes in.

    across: left to right. Raises ValueError for more than 400 values.

    >>> from microgradnet.drawing.selection import select
    >>> from microgradnet.drawing.themes import LIGHT
    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> "d_L_d_w" in formulas(select((w * x) ** 2), False, LIGHT, "").source
    True
    """
    if len(selection) > MOST:
        raise ValueError(
            f"formulas of {len(selection):,} values are no picture that anyone reads (at most "
            f"{MOST}): draw a part of it, such as draw(h1, show='formula'), or a smaller net"
        )
    return _Formulas(selection, theme).dot(across, label)


class _Formulas:
    """Each head with its formula, and the local derivatives by what goes into it."""

    def __init__(self, selection: Selection, theme: Theme) -> None:
        self.selection, self.theme = selection, theme
        uses = Counter(x for node in selection.inner for _, x in selection.operands(node))
        heights: dict[Value, int] = {}
        heads = set()
        for node in selection.inner:
            below = (heights.get(x, 0) for _, x in selection.operands(node))
            heights[node] = 1 + max(below, default=0)
            named = node.label and label_of(node, "role") != "sum"
            if named or uses[node] > 1 or heights[node] > DEEPEST:
                heads.add(node)
                heights[node] = 0
        self.owner = owners(selection, heads.__contains__)
        self.names = Identifiers()
        self.speller = Speller(self.names)
        self.name: dict[Value, str] = {}
        self.lines: dict[Value, list[str]] = defaultdict(list)
        # (head, what goes into it) -> the terms of the derivative, one for each way
        self.slopes: dict[tuple[Value, Value], list[Expression]] = {}
        self.write()

    def write(self) -> None:
        """Spell the formulas forwards and the local derivatives backwards."""
        root = self.selection.root
        steps: list[Step] = []
        terms: dict[Value, Expression] = {}
        for x in self.selection.leaves:
            terms[x] = Term(self.named(x, "p"))
        for node in self.selection.inner:
            inputs = tuple(self.term(x, terms) if isinstance(x, Value) else x for x in node.inputs)
            out = applied(node, inputs)
            if self.owner[node] is node or label_of(node, "role") == "sum":
                name = self.named(node, "L" if node is root else "t")
                self.lines[self.owner[node]].append(f"{name} = {_pretty(self.speller(out))}")
                out = Term(name)
            terms[node] = out
            steps.append((node, inputs, out))
        ways: dict[Value, Expressions] = {}
        for node, inputs, out in reversed(steps):
            head = self.owner[node]
            way = () if head is node else ways[node]
            values = [(i, x) for i, x in enumerate(node.inputs) if isinstance(x, Value)]
            for i, x in reversed(values):
                slope = local_derivative(node, i, inputs, out)
                if self.owner.get(x, x) is head:
                    ways[x] = (*way, slope)
                elif x in self.name:
                    self.slopes.setdefault((head, x), []).append(product([*way, slope][::-1]))

    def term(self, x: Value, terms: dict[Value, Expression]) -> Expression:
        """What stands for an operand, beside the drawn paths too."""
        if x not in terms:
            terms[x] = Term(str(x.label) or "…")
        return terms[x]

    def named(self, x: Value, stem: str) -> str:
        if x not in self.name:
            label = str(x.label) or (stem if x is self.selection.root else "")
            self.name[x] = self.names.new(label) if label else self.names.numbered(stem)
        return self.name[x]

    def dot(self, across: bool, label: str) -> graphviz.Digraph:
        """Return the picture, left to right or top to bottom."""
        import graphviz

        graph = self.theme.graph(rankdir="LR" if across else "TB", label=label, ranksep="0.5")
        dot = graphviz.Digraph(graph_attr=graph, node_attr=self.theme.node(), edge_attr=EDGE)
        into: dict[Value, list[Value]] = defaultdict(list)
        users: dict[Value, list[Value]] = defaultdict(list)
        for head, x in reversed(self.slopes):
            into[head].append(x)
            users[x].append(head)
        heads = [node for node in self.selection.inner if self.owner[node] is node]
        drawn = dict.fromkeys(x for head in heads for x in [*into[head], head])
        ids = {x: f"n{i}" for i, x in enumerate(drawn or self.selection.leaves)}
        for x in ids:
            dot.node(ids[x], f"<{self.table(x, into[x], users[x], across)}>")
        for head in heads:
            for i, x in enumerate(into[head]):
                end = f"{ids[head]}:i{i}:{'w' if across else 'n'}"
                start = f"{ids[x]}:{'e' if across else 's'}"
                weight = "2" if x in self.owner else "1"
                dot.edge(start, end, color=self.theme.lines[0][0], weight=weight)
        return dot

    def table(self, x: Value, into: Sequence[Value], users: Sequence[Value], across: bool) -> str:
        """The local derivatives, the name, the formula, the chain rule."""
        theme, role = self.theme, self.role(x, users)
        title = f"<B>&#160;{escaped(self.name[x])}&#160;</B>"
        main: list[Cell] = [{"": title, "BGCOLOR": theme.roles[role][1]}]
        texts = [line for text in self.lines[x] for line in _wrapped(text, WIDE)]
        main += [{"": "<BR/>".join(map(escaped, texts))}] if texts else []
        rule = self.chain_rule(x, users, WIDE if into else NARROW)
        main += [{"": rule, "BGCOLOR": theme.port}] if rule else []
        ports = [self.port(i, x, y) for i, y in enumerate(into)]
        if across and ports:
            n = max(len(ports), len(main))
            left, right = _spread(ports, n), _spread(main, n)
            return framed([[*a, *b] for a, b in zip(left, right)], role, theme)
        rows: list[Row] = [[cell | {"COLSPAN": max(1, len(ports))}] for cell in main]
        return framed([ports, *rows] if ports else rows, role, theme)

    def chain_rule(self, x: Value, users: Sequence[Value], width: int) -> str:
        """The derivative of the root by x: the sum over what uses it."""
        if not users:
            return ""
        name = self.derivative(self.selection.root, x)
        rule = " + ".join(dict.fromkeys(self.step(user, x) for user in users))
        texts = [name] if rule == name else [f"{name} =", *_wrapped(rule, width)]
        return "<BR/>".join(small(line, self.theme.ink) for line in texts)

    def port(self, i: int, head: Value, x: Value) -> Cell:
        """The name of a local derivative, and its formula."""
        formula = _pretty(self.speller.total(self.slopes[head, x]))
        texts = [small(self.derivative(head, x), self.theme.ink)]
        texts += [small(line, self.theme.soft) for line in _wrapped(formula, NARROW)]
        return {"": "<BR/>".join(texts), "PORT": f"i{i}", "BGCOLOR": self.theme.port}

    def step(self, user: Value, x: Value) -> str:
        """A term of the chain rule: what flows into a user, times its local derivative."""
        local = self.derivative(user, x)
        root = self.selection.root
        return local if user is root else f"{self.derivative(root, user)} · {local}"

    def derivative(self, y: Value, x: Value) -> str:
        return f"d_{self.name[y]}_d_{self.name[x]}"

    def role(self, x: Value, users: Sequence[Value]) -> str:
        if x is self.selection.root:
            return "root"
        if x in self.owner:
            return "inner"
        if (role := label_of(x, "role")) in PARAMETERS:
            return role
        grouped = any(label_of(user, "group") for user in users)
        anywhere = any(label_of(head, "group") for head in self.owner)
        return "input" if grouped or not anywhere else "target"


def _pretty(text: str) -> str:
    """Python as it is written by hand: σ(sum_h1), w1·x1, y²."""
    text = re.sub(r"\bsquare\((\w+)\)", r"\1²", text)
    text = re.sub(r"\bsquare(\([^()]*\))", r"\1²", text)
    text = re.sub(r"\bderiv_(\w+)\(", lambda m: f"{_symbol(m[1])}′(", text)
    text = re.sub(r"\b(?:math\.)?(\w+)\(", lambda m: f"{_symbol(m[1])}(", text)
    text = re.sub(r"\b(\d+)\.0\b", r"\1", text)
    return text.replace(" * ", "·").replace(" ** ", "^").replace("-", "−")


def _symbol(name: str) -> str:
    row = OPS.get(name)
    return row.symbol if row and row.arity == 1 and row.symbol.isalpha() else name


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)[:6]


def _spread(cells: Sequence[Cell], n: int) -> list[Row]:
    """Cells one below the other over n rows; the one before the last is as high as it takes."""
    heights = [1] * len(cells)
    heights[max(0, len(cells) - 2)] += n - len(cells)
    rows: list[Row] = [[] for _ in range(n)]
    first = 0
    for cell, height in zip(cells, heights):
        rows[first] = [cell | {"ROWSPAN": height}]
        first += height
    return rows

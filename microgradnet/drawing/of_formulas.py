"""The picture in symbols: a box for each labelled value, its formula, and derivatives by name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from typing import TYPE_CHECKING

from microgradnet.autograd.labels import label_of
from microgradnet.autograd.value import Value
from microgradnet.derivations.paths import Heads
from microgradnet.drawing.selection import Selection
from microgradnet.drawing.styles import Cell, Theme, escaped, framed, joined, small, title_cell

if TYPE_CHECKING:
    import graphviz

__all__ = ["formulas"]

MOST = 400  # values; formulas of more are unreadable
WIDE, NARROW = 44, 26  # letters on a line of a formula, and of a cell
TERMS, FACTORS = r"(?= [+−] )", r"(?= [·/] )|(?<=[^ ])(?=·)"
MOST_LINES, LONGEST = 6, 80  # of a formula; letters on a line that cannot be broken


def formulas(
    selection: Selection, across: bool, theme: Theme, legend: Callable[[Set[str]], str]
) -> graphviz.Digraph:
    """Return the graph in symbols: `h1 = σ(sum_h1)`, and `d_h1_d_w1` where w1 is an operand.

    across: left to right; legend: returns its text for the roles that are drawn. Raises ValueError
    for more than 400 values.

    >>> from microgradnet.drawing.selection import select
    >>> from microgradnet.drawing.styles import LIGHT
    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> "d_L_d_w" in formulas(select((w * x) ** 2), False, LIGHT, str).source
    True
    """
    if len(selection) > MOST:
        part = selection.part("draw({}, show='formula')")
        raise ValueError(
            f"formulas of {len(selection):,} values are no picture that anyone reads (at most "
            f"{MOST}): draw {part}, or a smaller net"
        )
    return _Formulas(selection, theme).dot(across, legend)


class _Formulas:
    """The derivation of a graph: each head with its formula and its local derivatives.

    page, heads, pairs, lines: see `Heads`.
    """

    def __init__(self, selection: Selection, theme: Theme) -> None:
        self.selection, self.theme = selection, theme
        inner, drawn = selection.whole[1], selection.inner
        found = Heads(selection.root, selection.leaves, inner, drawn, selection.operands)
        self.page, self.heads = found.page, found.all
        self.pairs, self.lines = found.pairs, found.lines

    def dot(self, across: bool, legend: Callable[[Set[str]], str]) -> graphviz.Digraph:
        """Return the picture, left to right or top to bottom."""
        into: dict[Value, list[Value]] = defaultdict(list)
        users: dict[Value, list[Value]] = defaultdict(list)
        for head, x in self.pairs:
            into[head].append(x)
            users[x].append(head)
        drawn = dict.fromkeys(x for head in self.heads for x in [*into[head], head])
        ids = {x: f"n{i}" for i, x in enumerate(drawn or self.selection.leaves)}
        label = legend({self.role(x, users[x]) for x in ids})
        dot = self.theme.digraph(across, label, ranksep="0.4")
        for x in ids:
            dot.node(ids[x], f"<{self.table(x, into[x], users[x], across)}>")
        for head in self.heads:
            for i, x in enumerate(into[head]):
                end = f"{ids[head]}:i{i}:{'w' if across else 'n'}"
                start = f"{ids[x]}:{'e' if across else 's'}"
                weight = "2" if x.inputs else "1"
                dot.edge(start, end, color=self.theme.lines[0][0], weight=weight)
        return dot

    def table(self, x: Value, into: Sequence[Value], users: Sequence[Value], across: bool) -> str:
        """Return the table of a value: local derivatives, name, formula, chain rule."""
        theme, role = self.theme, self.role(x, users)
        main: list[Cell] = [title_cell(self.page.name[x], theme.roles[role][1])]
        texts = [line for text in self.lines[x] for line in wrapped(text, WIDE)]
        main += [{"": "<BR/>".join(escaped(line, LONGEST) for line in texts)}] if texts else []
        rule = self.chain_rule(x, users, WIDE if into else NARROW)
        main += [{"": rule, "BGCOLOR": theme.port}] if rule else []
        ports = [self.port(i, x, y) for i, y in enumerate(into)]
        return framed(joined(ports, main, across), role, theme)

    def chain_rule(self, x: Value, users: Sequence[Value], width: int) -> str:
        """Return the derivative of the root with respect to x: a sum over the users of x."""
        if not users:
            return ""
        name = self.page.derivative(self.selection.root, x)
        rule = " + ".join(dict.fromkeys(self.step(user, x) for user in users))
        texts = [name] if rule == name else [f"{name} =", *wrapped(rule, width)]
        return "<BR/>".join(small(line, self.theme.ink, LONGEST) for line in texts)

    def port(self, i: int, head: Value, x: Value) -> Cell:
        """Return the cell with the name of a local derivative and its formula."""
        texts = [small(self.page.derivative(head, x), self.theme.ink)]
        lines = wrapped(self.page.factor(head, x), NARROW)
        texts += [small(line, self.theme.soft, LONGEST) for line in lines]
        return {"": "<BR/>".join(texts), "PORT": f"i{i}", "BGCOLOR": self.theme.port}

    def step(self, user: Value, x: Value) -> str:
        """Return a term of the chain rule: the gradient of a user times its local derivative."""
        local = self.page.derivative(user, x)
        root = self.selection.root
        return local if user is root else f"{self.page.derivative(root, user)} · {local}"

    def role(self, x: Value, users: Sequence[Value]) -> str:
        if x is self.selection.root:
            return "root"
        if x.inputs and x not in self.selection.leaves:
            return "inner"
        if role := self.selection.roles.of(x):
            return role
        grouped = any(label_of(user, "group") for user in users)
        anywhere = any(label_of(head, "group") for head in self.heads)
        return "input" if grouped or not anywhere else "target"


def wrapped(text: str, width: int) -> list[str]:
    """Return a formula on lines of about the given number of letters, each starting with its sign.

    Lines break between terms, and between factors only where a term is longer than a line.

    >>> wrapped("w1·x1 − w2·x2 − b1", 14)
    ['w1·x1 − w2·x2', '− b1']
    """
    lines = [""]
    for term in re.split(TERMS, text):
        for piece in [term] if len(term.strip()) <= width else re.split(FACTORS, term):
            if lines[-1] and len(lines[-1]) + len(piece) > width:
                lines.append("")
            lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"]

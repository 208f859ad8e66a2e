"""The picture of a checked derivation: each verdict at the derivative that it judges."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from microgradnet.checking.reporting.report import ORDER, Report, sorted_rows
from microgradnet.checking.reporting.report import Row as Found
from microgradnet.checking.reporting.sketching import Box, Sketch
from microgradnet.drawing.depths import NUMBERS, WIDEST
from microgradnet.drawing.of_formulas import wrapped
from microgradnet.drawing.rendering import Drawing, side_by_side
from microgradnet.drawing.styles import (
    THEMES,
    Cell,
    Direction,
    Look,
    Row,
    Theme,
    escaped,
    framed,
    joined,
    label_of_lines,
    small,
    title_cell,
    written,
)
from microgradnet.drawing.widths import text_width
from microgradnet.words import in_language, language, page_words, say
from microgradnet.words.terminal import columns

if TYPE_CHECKING:
    import graphviz

__all__ = ["called", "draw_report", "ids_of"]

MOST_BOXES = 48  # that a reader can follow; more are merged by the stems of their names
NO_GRAPH = (
    "there is nothing to draw: the report has no graph; one of more than 5,000 values is left out, "
    "and so is one whose answers are hidden"
)
LINES = {
    "wrong": {"penwidth": "3", "arrowsize": "0.9"},
    "follows": {"penwidth": "1.4", "style": "dashed"},
    "cannot tell": {"penwidth": "1.6", "style": "dotted"},
    "not checked": {"penwidth": "1.6", "style": "dotted"},
    "scaled": {"penwidth": "1.2"},
    "right": {"penwidth": "1.2"},
}
WIDE, NARROW = 44, 28  # letters on a line of a formula, and of a mistake
MOST_ROWS = 6  # of a box that stands for many values
DIGITS = re.compile(r"\d+|\[[^\]]*\]")  # the parts in which names of one stem differ
SMALL, GAP = 4.7, 46  # points: of a small letter, between ranks


def draw_report(
    report: Report,
    *,
    theme: Look = "light",
    rankdir: Direction | None = None,
    lang: str | None = None,
) -> Drawing:
    """Return the picture of a report: see `Report.draw`.

    Raises ValueError where the report has no graph, or for another theme, rankdir or language.

    >>> from microgradnet import Value, compare
    >>> x = Value(3.0, "x")
    >>> "d_L_d_x" in draw_report(compare(x * x, {"d_L_d_x": 6.0})).dot.source
    True
    """
    sketch = _readable(report)
    if sketch is None:
        raise ValueError(say(NO_GRAPH))
    if theme not in THEMES:
        raise ValueError(f"theme is {' or '.join(map(repr, THEMES))}, not {theme!r}")
    if rankdir not in (None, "TB", "LR"):
        raise ValueError(f"rankdir is 'TB', 'LR' or None, not {rankdir!r}")
    return Drawing(_Picture(report, sketch, THEMES[theme], language(lang)).dot(rankdir))


def ids_of(report: Report) -> dict[tuple[str, str], list[str]]:
    """Return, by part and name of a row, the ids of the edges and boxes that show it.

    >>> from microgradnet import Value, compare
    >>> x = Value(3.0, "x")
    >>> ids_of(compare(x * x, {"d_L_d_x": 6.0}))
    {('', 'd_L_d_x'): ['e0_1', 'n1']}
    """
    sketch = _readable(report)
    if sketch is None:
        return {}
    picture = _Picture(report, sketch, THEMES["light"], "en")
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (i, j), rows in picture.of_link.items():
        for row in rows:
            found[row.part, row.name] += [f"e{i}_{j}"]
            found[row.part, row.name] += [f"n{j}"] if row in picture.at_link[i, j] else []
    for i, rows in picture.at_box.items():
        for row in rows:
            found[row.part, row.name].append(f"n{i}")
    for row in picture.nowhere:
        found[row.part, row.name].append("nowhere")
    return dict(found)


def called(row: Found, report: Report) -> str:
    """Return the name of a row, with the pass that it is of if another one is drawn."""
    is_drawn = report.sketch is None or row.part == report.sketch.part
    return row.name if is_drawn else f"{row.part}: {row.name}" if row.part else row.name


def _readable(report: Report) -> Sketch | None:
    """Return the graph of a report with few enough boxes, or None without one."""
    sketch = report.sketch
    return by_stems(sketch) if sketch and len(sketch.boxes) > MOST_BOXES else sketch


class _Picture:
    """The boxes of a sketch with the report rows shown at each.

    at_link: the rows at an arrowhead; at_box: the rows in a box; of_link: the rows that colour an
    edge (its own, or those in its source box if that has one use); nowhere: the other rows.
    """

    def __init__(self, report: Report, sketch: Sketch, theme: Theme, lang: str) -> None:
        self.report, self.sketch, self.theme, self.lang = report, sketch, theme, lang
        self.words = page_words(lang)
        self.boxes = sketch.boxes
        self.at_link: dict[tuple[int, int], list[Found]] = defaultdict(list)
        self.at_box: dict[int, list[Found]] = defaultdict(list)
        self.nowhere: list[Found] = []
        links = set(sketch.links)
        users: dict[int, list[int]] = defaultdict(list)
        for i, j in sketch.links:
            users[i].append(j)
        for row in sorted_rows(report.rows):
            a, b = sketch.places.get(row.name, (-1, -1)) if row.part == sketch.part else (-1, -1)
            if a < 0:
                self.nowhere.append(row)
            elif (b, a) in links and not (a == sketch.root and users[b][1:]):
                self.at_link[b, a].append(row)
            else:
                self.at_box[b].append(row)
        self.lost = [row for row in self.nowhere if row.verdict != "right"]
        self.of_link = {
            (i, j): self.at_link.get((i, j)) or ([] if users[i][1:] else self.at_box.get(i, []))
            for i, j in sketch.links
        }
        self.into: dict[int, list[int]] = defaultdict(list)
        for i, j in sketch.links:
            self.into[j].append(i)

    def dot(self, rankdir: str | None) -> graphviz.Digraph:
        """Return the picture, left to right or top to bottom."""
        across = self.fits_across() if rankdir is None else rankdir == "LR"
        dot = self.theme.digraph(across, self.legend(), ranksep="0.5")
        for i, box in enumerate(self.boxes):
            dot.node(f"n{i}", f"<{self.table(i, box, across)}>", id=f"n{i}")
        if self.lost:
            cells: list[Row] = [[title_cell(self.words["report_nowhere"], self.theme.port)]]
            named = [replace(row, name=called(row, self.report)) for row in self.lost]
            cells += [[self.cell(row)] for row in self.few(named)]
            dot.node("nowhere", f"<{framed(cells, 'inner', self.theme)}>", id="nowhere")
        for names in self.inputs():
            side_by_side(dot, names)
        for i, j in self.sketch.links:
            head = f":i{i}" if self.at_link.get((i, j)) else ""
            dot.edge(
                f"n{i}:{'e' if across else 's'}",
                f"n{j}{head}:{'w' if across else 'n'}",
                id=f"e{i}_{j}",
                **self.stroke(i, j),
            )
        return dot

    def inputs(self) -> list[list[str]]:
        """Return the ids of the inputs x[0], x[1], ... that are first used at one depth."""
        found: dict[tuple[str, int], list[int]] = defaultdict(list)
        for i, depth in enumerate(_depths(self.sketch)):
            if self.boxes[i].role == "input":
                found[DIGITS.sub("", self.boxes[i].name), depth].append(i)
        return [[f"n{i}" for i in sorted(row, key=self.number)] for row in found.values()]

    def number(self, i: int) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", self.boxes[i].name)]

    def stroke(self, i: int, j: int) -> dict[str, str]:
        """Return the colour and line style of an edge, by the worst verdict of its rows."""
        rows = self.of_link[i, j]
        weight = {"weight": "2"} if self.into.get(i) else {}
        if not rows:
            return {"color": self.theme.lines[0][0], "penwidth": "0.8", **weight}
        verdict = worst(rows)
        return {"color": self.theme.verdicts[verdict][0], **LINES[verdict], **weight}

    def table(self, i: int, box: Box, across: bool) -> str:
        """Return the table of a box: derivatives at its arrowheads, name, formulas, rows in it."""
        theme = self.theme
        size = f"  {box.shape}" if box.shape else ""
        title = in_language(box.name, self.lang) + (size if box.number is None else "")
        main: list[Cell] = [title_cell(title, theme.roles[box.role][1])]
        texts = [text for line in box.lines for text in wrapped(line, WIDE)]
        if box.number is not None:
            texts.append(("= " if texts else "") + written(NUMBERS, box.number))
        main += [{"": "<BR/>".join(escaped(text, 80) for text in texts)}] if texts else []
        main += [self.cell(row) for row in self.few(self.at_box.get(i, []))]
        ports: list[Cell] = []
        for k in self.into[i]:
            if rows := self.few(self.at_link.get((k, i), [])):
                text = "<BR/>".join(str(self.cell(row)[""]) for row in rows)
                fill = theme.verdicts[worst(rows)][1]
                ports.append({"": text, "PORT": f"i{k}", "BGCOLOR": fill})
        return framed(joined(ports, main, across), box.role, theme)

    def few(self, rows: Sequence[Found]) -> list[Found]:
        """Return the rows; if there are many, the first wrong ones and a count of the others."""
        if len(rows) <= MOST_ROWS:
            return list(rows)
        shown = [row for row in rows if row.verdict == "wrong"][: MOST_ROWS - 1]
        rest = rows[len(shown) :]
        for verdict in ORDER:
            if several := [row for row in rest if row.verdict == verdict]:
                name = f"{several[0].name} … {several[-1].name} ({len(several)})"
                shown.append(replace(several[0], name=name if several[1:] else several[0].name))
        return shown

    def cell(self, row: Found) -> Cell:
        """Return the cell of a derivative and its verdict.

        A wrong one also shows the written number, the right number and the mistake.
        """
        theme, words = self.theme, self.words
        line, fill = theme.verdicts[row.verdict]
        ink = theme.soft if row.verdict in ("follows", "scaled", "right") else theme.ink
        name = small(row.name, ink, 60, "left")
        verdict = small(words[f"report_{row.verdict}"], line, align="left", bold=True)
        texts = [f"{name} {verdict}"]
        if row.verdict == "wrong":
            numbers = (("report_written", row.written), ("report_instead", row.right))
            if any(isfinite(x) for _, x in numbers):
                said = (words[key].format(written(NUMBERS, x)) for key, x in numbers if x == x)
                texts.append(small(", ".join(said), ink, 60))
            why = in_language(row.mistake or row.why, self.lang)
            texts += [small(text, ink, 60) for text in wrapped_words(why, NARROW)[:4]]
        return {"": "<BR/>".join(texts), "BGCOLOR": fill}

    def fits_across(self) -> bool:
        """Whether to draw left to right: if that is readable, or no wider than top to bottom."""
        ranks: dict[int, int] = {}
        order = self.in_order()
        for j in order:
            ranks[j] = 1 + max((ranks.get(i, -1) for i in self.into[j]), default=-1)
        for i, j in reversed(self.sketch.links):
            if not self.into[i]:
                ranks[i] = max(ranks[i], 0) if ranks[i] else ranks[j] - 1
        widths: dict[int, list[float]] = defaultdict(list)
        for j in order:
            widths[ranks[j]].append(self.width(j))
        across = sum(map(max, widths.values())) + GAP * (len(widths) - 1)
        down = max(sum(w) for w in widths.values())
        return across <= max(WIDEST, down)

    def in_order(self) -> list[int]:
        """Return the boxes so that operands come before results; a cycle is broken somewhere."""
        done: dict[int, None] = {}
        stack = [self.sketch.root, *range(len(self.boxes))]
        seen: set[int] = set()
        while stack:
            j = stack[-1]
            if j not in seen:
                seen.add(j)
                stack += [i for i in self.into[j] if i not in seen]
            else:
                done.setdefault(stack.pop(), None)
        return list(done)

    def width(self, i: int) -> float:
        """Return the approximate width of a box in points."""
        box = self.boxes[i]
        lines = [text for line in box.lines for text in wrapped(line, WIDE)]
        main = max(map(text_width, [box.name + str(box.shape or ""), *lines]))
        rows = [len(row.name) + 12 for row in self.at_box.get(i, [])]
        ports = [len(row.name) + 12 for k in self.into[i] for row in self.at_link.get((k, i), [])]
        main = max([main, *(SMALL * n for n in rows)]) + 14
        return main + (SMALL * max(ports) + 10 if ports else 0.0)

    def legend(self) -> str:
        """Return the meaning of the colours and lines that occur, in words."""
        shown = [row for rows in (*self.at_link.values(), *self.at_box.values()) for row in rows]
        there = {row.verdict for row in [*shown, *self.lost]}
        lines = {worst(rows) for rows in self.of_link.values() if rows}
        said = []
        for verdict in filter(there.__contains__, ORDER):
            line = self.words.get(f"report_line_{verdict}", "") if verdict in lines else ""
            said.append(self.words[f"report_says_{verdict}"].replace("{line}", line))
        if any(not rows for rows in self.of_link.values()):
            said.append(self.words["report_says_none"])
        root = self.boxes[self.sketch.root].name
        cells = ["at_arrow"] * any(self.at_link.values()) + ["in_box"] * any(self.at_box.values())
        where = ";  ".join(self.words[f"report_{cell}"].replace("{root}", root) for cell in cells)
        part = {row.part for row in self.report.rows} - {self.sketch.part} and self.sketch.part
        drawn = [self.words["report_drawn"].format(part=part)] if part else []
        return label_of_lines([*drawn, where, ";  ".join(said)], root)


def worst(rows: Sequence[Found]) -> str:
    """Return the worst verdict of report rows."""
    return min((row.verdict for row in rows), key=ORDER.index)


def wrapped_words(text: str, width: int) -> list[str]:
    """Return text on lines of about the given number of letters, broken between words.

    >>> wrapped_words("uses x[0] where x[1] belongs", 16)
    ['uses x[0] where', 'x[1] belongs']
    """
    lines = [""]
    for word in text.split():
        if lines[-1] and columns(lines[-1]) + 1 + columns(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return [line for line in lines if line]


def by_stems(sketch: Sketch) -> Sketch:
    """Return a sketch with one box for w1 to w9 and one for h[0] to h[15], as arrays are drawn.

    Boxes are merged if they share stem, role and distance from the leaves (a leaf counts at its
    use).

    >>> boxes = (Box("w1"), Box("w2"), Box("L", role="root"))
    >>> [box.name for box in by_stems(Sketch(boxes, ((0, 2), (1, 2)), {})).boxes]
    ['w1 … w2: 2', 'L']
    """
    depths = _depths(sketch)
    members: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for i, box in enumerate(sketch.boxes):
        members[DIGITS.sub("", box.name), box.role, depths[i]].append(i)
    of = {i: k for k, several in enumerate(members.values()) for i in several}
    boxes = [_one([sketch.boxes[i] for i in several]) for several in members.values()]
    links = dict.fromkeys((of[i], of[j]) for i, j in sketch.links if of[i] != of[j])
    places = {name: (of[a], of[b]) for name, (a, b) in sketch.places.items()}
    return Sketch(tuple(boxes), tuple(links), places, sketch.part)


def _depths(sketch: Sketch) -> list[int]:
    """Return the distance of each box from the leaves; a leaf gets that of its first use."""
    depths = [0] * len(sketch.boxes)
    computed = {j for _, j in sketch.links}
    by_target = sorted(sketch.links, key=lambda pair: pair[1])
    for i, j in by_target:
        depths[j] = max(depths[j], depths[i] + 1)
    for i, j in reversed(by_target):
        if i not in computed:
            depths[i] = depths[j]
    return depths


def _one(boxes: list[Box]) -> Box:
    first, last = boxes[0], boxes[-1]
    if first is last:
        return first
    name = f"{first.name} … {last.name}: {len(boxes)}"
    return Box(name, first.lines, role=first.role)

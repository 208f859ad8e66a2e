"""The pictures of a page: svg without ids and comments, in the colours of both themes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from microgradnet.checking.reporting.report import Report
from microgradnet.drawing.of_reports import draw_report
from microgradnet.drawing.rendering import Drawing, render, svg_tag
from microgradnet.drawing.styles import THEMES, Direction

__all__ = ["embedded", "report_pictures"]

COLOUR = re.compile(r"#[0-9a-f]{6}\b")
DIRECTIONS: tuple[Direction, ...] = (
    "LR",
    "TB",
)  # the page shows the one that suits the shape of its window
UNNEEDED = re.compile(r'<!--.*?-->\n?| (?:id|xml:space|font-family|xmlns:xlink)="[^"<>]*"', re.S)


def embedded(drawing: Drawing) -> str:
    """Return the picture as embedded in a page, without ids since a page may hold several.

    >>> import graphviz
    >>> embedded(Drawing(graphviz.Digraph(body=["a"])))[:4]
    '<svg'
    """
    svg = UNNEEDED.sub("", svg_tag(render(drawing.dot.source, "svg")).decode())
    is_folded = drawing.selection and drawing.selection.folds
    return svg.replace("<svg", '<svg class="folded"', 1) if is_folded else svg


def report_pictures(report: Report, lang: str) -> tuple[list[str], str]:
    """Return the pictures of a report, left to right and top to bottom, and their style sheet.

    Their ids are data attributes, and their colours CSS variables, so that each serves for light
    and dark. Raises ValueError where the report has no graph.

    >>> from microgradnet import Value, compare
    >>> x = Value(3.0, "x")
    >>> pictures, style = report_pictures(compare(x * x, {"d_L_d_x": 6.0}), "en")
    >>> len(pictures), 'data-id="n1"' in pictures[0], "--c1: #" in style
    (2, True, True)
    """
    pairs: dict[tuple[str, str], str] = {}
    pictures = []
    for rankdir in DIRECTIONS:
        drawn = (draw_report(report, theme=t, rankdir=rankdir, lang=lang) for t in THEMES)
        source = _in_variables([drawing.dot.source for drawing in drawn], pairs)
        svg = svg_tag(render(source, "svg")).decode()
        svg = re.sub(r"<title>.*?</title>\n?", "", svg, flags=re.S)
        svg = re.sub(r' id="([en]\d+(?:_\d+)?|nowhere)"', r' data-id="\1"', svg)
        svg = UNNEEDED.sub("", svg).replace("<svg", '<svg role="img" aria-hidden="true"', 1)
        pictures.append(re.sub(r'="#ff00([0-9a-f]{2})"', _variable, svg))
    light, dark = (_sheet(pair[i] for pair in pairs) for i in range(2))
    return pictures, f":root {light}\n@media (prefers-color-scheme: dark) {{ :root {dark} }}\n"


def _in_variables(sources: list[str], pairs: dict[tuple[str, str], str]) -> str:
    """Return the light DOT text with a made-up colour for each pair of a light and a dark one."""
    light, dark = sources
    colours: Iterator[tuple[str, str]]
    colours = zip(COLOUR.findall(light), COLOUR.findall(dark), strict=True)

    def made_up(_: re.Match[str]) -> str:
        pair = next(colours)
        if pair[0] == pair[1]:  # in a label
            return pair[0]
        return pairs.setdefault(pair, f"#ff00{len(pairs) + 1:02x}")

    return COLOUR.sub(made_up, light)


def _variable(match: re.Match[str]) -> str:
    return f'="var(--c{int(match[1], 16)})"'


def _sheet(colours: Iterable[str]) -> str:
    return "{ " + " ".join(f"--c{i}: {c};" for i, c in enumerate(colours, 1)) + " }"

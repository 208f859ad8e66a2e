"""The pictures of a page: svg without ids and comments, in the colours of both themes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from microgradnet.drawing import heat_maps
from microgradnet.drawing.rendering import Drawing, render, svg_tag

__all__ = ["embedded", "in_both_themes"]

COLOUR = re.compile(r"#[0-9a-f]{6}\b")
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


def in_both_themes(drawings: Iterable[Sequence[Drawing]]) -> tuple[list[str], str]:
    """Return pictures, of which each is drawn light and dark, and their style sheet.

    Their ids are data attributes, and their colours CSS variables, so that each serves for light
    and dark.

    >>> from microgradnet import Value, compare
    >>> from microgradnet.drawing.of_reports import draw_report
    >>> from microgradnet.drawing.styles import THEMES
    >>> x = Value(3.0, "x")
    >>> pair = [draw_report(compare(x * x, {"d_L_d_x": 6.0}), theme=theme) for theme in THEMES]
    >>> pictures, style = in_both_themes([pair])
    >>> 'data-id="n1"' in pictures[0], "--c1: #" in style
    (True, True)
    """
    pairs: dict[tuple[str, str], str] = {}
    pictures = []
    for light, dark in drawings:
        source = _in_variables([light.dot.source, dark.dot.source], pairs)
        svg = heat_maps.embedded(render(source, "svg").decode(), light.images, dark.images)
        svg = heat_maps.described(svg[svg.index("<svg") :], *(light.words or ("", "")))
        svg = svg.replace(' role="img" aria-label=""', "").replace('role="img"', 'role="group"', 1)
        svg = re.sub("<title>[^<]*</title>(?=<desc>)", "", svg)  # it would be a tip everywhere
        svg = re.sub(r' id="(?:a_)?((?:heat|tall|e|n)\d+(?:_\d+)?|nowhere)"', r' data-id="\1"', svg)
        svg = UNNEEDED.sub("", svg.replace("<a xlink:title=", "<a data-tip="))
        pictures.append(re.sub(r'="#fe([0-9a-f]{4})"', _variable, svg))
    light_sheet, dark_sheet = (_sheet(pair[i] for pair in pairs) for i in range(2))
    dark_sheet = f"@media (prefers-color-scheme: dark) {{ :root {dark_sheet} }}\n"
    return pictures, f":root {light_sheet}\n{dark_sheet}"


def _in_variables(sources: list[str], pairs: dict[tuple[str, str], str]) -> str:
    """Return the light DOT text with a made-up colour for each pair of a light and a dark one."""
    light, dark = sources
    colours: Iterator[tuple[str, str]]
    colours = zip(COLOUR.findall(light), COLOUR.findall(dark), strict=True)

    def made_up(_: re.Match[str]) -> str:
        pair = next(colours)
        if pair[0] == pair[1]:  # in a label
            return pair[0]
        return pairs.setdefault(pair, f"#fe{len(pairs) + 1:04x}")

    return COLOUR.sub(made_up, light)


def _variable(match: re.Match[str]) -> str:
    return f'="var(--c{int(match[1], 16)})"'


def _sheet(colours: Iterable[str]) -> str:
    return "{ " + " ".join(f"--c{i}: {c};" for i, c in enumerate(colours, 1)) + " }"

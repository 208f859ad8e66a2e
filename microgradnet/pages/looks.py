"""The looks of all pages: their templates and style, lists of buttons, and pictures.

A picture is svg without ids and comments, in the colours of both themes.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources

from microgradnet.drawing import heat_maps
from microgradnet.drawing.rendering import Drawing, render, svg_tag
from microgradnet.drawing.styles import DARK, LIGHT, ROLES, Theme

__all__ = ["as_script", "button", "embedded", "filled", "in_both_themes", "legend", "static"]
__all__ += ["style", "written_page"]

COLOUR = re.compile(r"#[0-9a-f]{6}\b")
UNNEEDED = re.compile(r'<!--.*?-->\n?| (?:id|xml:space|font-family|xmlns:xlink)="[^"<>]*"', re.S)
SIGNS = {1: "plus", -1: "minus", 0: "zero"}


def written_page(
    name: str, words: Mapping[str, str], scripts: Sequence[str], text: Mapping[str, str]
) -> str:
    """Return a page: the head that all pages share, and the template with that name, filled.

    words: those of a language; scripts: the files of its script; text: what its template needs
    besides, "heading" and "hint" for the head.
    """
    template = static("head.html") + static(f"{name}.html")
    shared = {
        "counts": "",
        "lang": words["lang"],
        "css": style(static(f"{name}.css")),
        "js": "\n".join(static(f"{script}.js") for script in scripts),
        **{f"word_{key}": html.escape(word) for key, word in words.items()},
    }
    return filled(template.replace("{{zoom}}", static("zoom.html")), shared | dict(text))


def as_script(data: object) -> str:
    """Return data as JSON without `<`, so that no label can end the script with `</script>`."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def static(name: str, package: str = __package__) -> str:
    """Return the text of a file in the static/ of a package."""
    return resources.files(package).joinpath("static", name).read_text(encoding="utf-8")


def filled(template: str, text: Mapping[str, str]) -> str:
    """Return a template with its {{names}} replaced.

    >>> filled("a {{b}}", {"b": "{{c}}"})
    'a {{c}}'
    """
    return re.sub(r"\{\{(\w+)\}\}", lambda m: text[m[1]], template)


def style(*sheets: str) -> str:
    """Return the style sheet shared by all pages, with further sheets, in both themes' colours.

    >>> "--input: #" in style()
    True
    """
    roles = (f".{role} {{ --role: var(--{role}); --head: var(--{role}-head); }}" for role in ROLES)
    colours = {"light": _variables(LIGHT), "dark": _variables(DARK), "roles": "\n".join(roles)}
    return filled("".join((static("base.css"), *sheets)), colours)


def legend(words: Mapping[str, str]) -> str:
    """Return the items of the legend: each role that has a word, with its colour.

    >>> legend({"root": "Loss"})
    '<span class="node root"><i></i>Loss</span>'
    """
    return "\n".join(
        f'<span class="node {role}"><i></i>{html.escape(words[role])}</span>'
        for role in ROLES
        if role in words
    )


def _variables(theme: Theme) -> str:
    """Return the colours of a theme as CSS variables."""
    found = {"paper": theme.paper, "card": theme.box, "soft": theme.frame[0]}
    found |= {"edge": theme.frame[1], "ink": theme.ink, "quiet": theme.soft, "faint": theme.faint}
    found |= {"port": theme.port, "badge": theme.badge, "broken": theme.not_finite}
    for sign, name in SIGNS.items():
        for kind, ends in (("fill", theme.tints), ("line", theme.lines)):
            found |= {f"{name}-{kind}-pale": ends[sign][0], f"{name}-{kind}": ends[sign][1]}
    for role, (border, head) in theme.roles.items():
        found |= {role: border, f"{role}-head": head}
    found |= {verdict.split()[0]: line for verdict, (line, _) in theme.verdicts.items()}
    return " ".join(f"--{name}: {colour};" for name, colour in found.items())


def button(attribute: str, name: str, words: str) -> str:
    """Return an item of a list: a button with a name and its description.

    attribute: of the button, by which the page's script tells it from others.

    >>> button('class="right"', "dW", "right")[-42:]
    '<span>dW</span> <b>right</b></button></li>'
    """
    return (
        f'<li><button type="button" {attribute} aria-pressed="false">'
        f"<span>{html.escape(name)}</span> <b>{html.escape(words)}</b></button></li>"
    )


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

"""How the page looks: the colours of the picture as variables of its style, and the legend."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from importlib import resources

from microgradnet.drawing.styles import DARK, LIGHT, ROLES, Theme

__all__ = ["filled", "legend", "static", "style"]

SIGNS = {1: "plus", -1: "minus", 0: "zero"}


def static(name: str) -> str:
    """Return the text of a file of the page."""
    return resources.files(__package__).joinpath("static", name).read_text(encoding="utf-8")


def filled(template: str, text: Mapping[str, str]) -> str:
    """Return a template with its {{names}} replaced.

    >>> filled("a {{b}}", {"b": "{{c}}"})
    'a {{c}}'
    """
    return re.sub(r"\{\{(\w+)\}\}", lambda m: text[m[1]], template)


def style(*sheets: str) -> str:
    """Return the style sheet that all pages share, and others, in the colours of both themes.

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
    """The colours of a theme as variables of CSS."""
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

"""Show a row of a table as a paragraph, for terminals that are too narrow for the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from microgradnet.words import in_language, listed, say

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["NARROW", "paragraph", "titled"]

NARROW = 60  # columns that a table needs; a narrower terminal shows paragraphs


def paragraph(
    title: Text, cells: Mapping[str, str], lang: str, words: str = ""
) -> Iterator[object]:
    """Yield the paragraph of a row for rich: the title, the cells with their headings, words.

    cells: by their headings; empty ones are left out. lang: "en" or "zh".

    >>> from rich.text import Text
    >>> [title, below] = paragraph(Text("ann.py"), {"right": "1 of 2", "line": ""}, "en")
    >>> below.renderable
    <text 'right 1 of 2' [] ''>
    """
    from rich.padding import Padding
    from rich.text import Text

    yield title
    numbers = (f"{in_language(name, lang)} {cell}" for name, cell in cells.items() if cell)
    for part in (listed(numbers), words):
        if part:
            yield Padding(Text(in_language(part, lang)), (0, 0, 0, 2))


def titled(name: str, verdict: str, style: str, lang: str) -> Text:
    """Return the title of a paragraph: a name and its verdict, which is in a style of rich.

    >>> titled("d_L_d_w", say("right"), "green", "en").plain
    'd_L_d_w: right'
    """
    from rich.text import Text

    title = Text(in_language(say("{name}: {words}", name=name, words=verdict), lang))
    title.stylize(style, len(name))
    return title

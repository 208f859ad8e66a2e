"""The page of a derivation that was checked: its rows, its picture, and the line of each row."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Mapping
from math import isfinite

from microgradnet.checking.report import Report, Row
from microgradnet.drawing.depths import NUMBERS
from microgradnet.drawing.of_reports import draw_report, ids_of
from microgradnet.drawing.rendering import fitted, render
from microgradnet.drawing.styles import THEMES, written
from microgradnet.pages import Page
from microgradnet.pages.looks import filled, static, style
from microgradnet.words import in_language, language, page_words

__all__ = ["page_of_report"]


def page_of_report(report: Report, *, lang: str | None = None) -> Page:
    """Return the page of a report: `Report.page`.

    Raises ValueError for another language, and where there is nothing to draw.

    >>> from microgradnet import Value, compare
    >>> x = Value(3.0, "x")
    >>> page_of_report(compare(x * x, {"d_L_d_x": 6.0})).html[:15]
    '<!doctype html>'
    """
    lang = language(lang)
    words = page_words(lang)
    pictures = [draw_report(report, theme=theme, lang=lang).dot.source for theme in THEMES]
    svgs = [render(source, "svg").decode() for source in pictures]
    views = [_view(svg, theme) for svg, theme in zip(svgs, THEMES)]
    ids = ids_of(report)
    data = [_described(row, ids.get(row.name, []), lang) for row in report.rows]
    text = {f"word_{key}": html.escape(word) for key, word in words.items()}
    text |= {"lang": words["lang"], "css": style(static("report.css")), "js": static("report.js")}
    text |= {"views": "\n".join(views), "note": html.escape(in_language(report.note, lang))}
    text |= {"rows": "\n".join(_button(row, words) for row in report.rows)}
    text |= {"data": json.dumps(data, allow_nan=False).replace("<", "\\u003c")}
    return Page(filled(static("report.html"), text))


def _view(svg: str, theme: str) -> str:
    """The picture of one theme, its ids as data: there are two of each."""
    svg = re.sub(r"<!--.*?-->\n?", "", fitted(svg), flags=re.S)
    svg = re.sub(r"<title>.*?</title>\n?", "", svg, flags=re.S)
    svg = re.sub(r' id="([en]\d+(?:_\d+)?|nowhere)"', r' data-id="\1"', svg)
    svg = re.sub(r' (id|xml:space|font-family|xmlns:xlink)="[^"<>]*"', "", svg)
    return svg.replace("<svg", f'<svg class="{theme}" role="img" aria-hidden="true"', 1)


def _described(row: Row, ids: list[str], lang: str) -> dict[str, object]:
    """What the page says of a row that is chosen."""
    words = page_words(lang)
    numbers = [("report_written", row.written), ("report_instead", row.right)]
    said = [words[key].format(written(NUMBERS, x)) for key, x in numbers if isfinite(x)]
    example = in_language(row.at_example_in_words, lang)
    line = words["report_line"].format(file=os.path.basename(row.file), line=row.line)
    where = in_language(row.where, lang)
    return {
        "ids": ids,
        "name": f"{row.name}: {words[f'report_{row.verdict}']}",
        "words": in_language(row.words, lang),
        "numbers": "; ".join(filter(None, (", ".join(said), example))),
        "place": line + f": {where}" * bool(where) if row.line else "",
        "code": row.code,
    }


def _button(row: Row, words: Mapping[str, str]) -> str:
    kind = row.verdict.split()[0]
    return (
        f'<li><button type="button" class="{kind}" aria-pressed="false">'
        f"<span>{html.escape(row.name)}</span> <b>{html.escape(words[f'report_{row.verdict}'])}</b>"
        "</button></li>"
    )

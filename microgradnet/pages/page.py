"""Make pages: of a graph or a training to step through, of a practice set, of a report."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from microgradnet.autograd.value import Value
from microgradnet.checking.reporting.report import Report, Row
from microgradnet.checking.reporting.showing import counts
from microgradnet.drawing.anatomy import Part, dissect
from microgradnet.drawing.depths import NUMBERS, draw_values
from microgradnet.drawing.of_reports import called, draw_report, ids_of
from microgradnet.drawing.rendering import Drawing
from microgradnet.drawing.selection import is_larger, select
from microgradnet.drawing.styles import THEMES, Direction, written
from microgradnet.export.javascript import source
from microgradnet.operations.files import write_whole
from microgradnet.pages.layers_page import LayersOf
from microgradnet.pages.looks import (
    as_script,
    button,
    embedded,
    in_both_themes,
    legend,
    static,
    written_page,
)
from microgradnet.pages.practice import SETS, questions
from microgradnet.pages.stepping import Data, Outputs, Steps, described
from microgradnet.pages.trainings import Retold, samples_of
from microgradnet.training.history import History
from microgradnet.words import LANGUAGES, in_language, language, listed, page_words, say
from microgradnet.words.terminal import hint

if TYPE_CHECKING:
    from microgradnet.pages.live import PageWidget

__all__ = ["Page", "html_of", "page", "page_of_report", "practice_page", "static", "widget"]

SCRIPTS = (
    *("digits", "views", "numbers", "picture", "viewport", "stage", "overview", "typeset"),
    *("paint", "controls", "descent", "samples", "plane", "history", "practice", "address"),
    *("bridge", "start"),
)
BOXES_SCRIPTS = ("digits", "views", "viewport", "stage", "boxes")
MOST_VALUES = 300  # 1 MB of page
MOST_TWO_VIEWS = 120  # drawn both top-down and left-to-right, for tall windows and wide ones


class Page:
    """A single HTML file that needs no network and no server, and shows itself in Jupyter.

    html: its text; data: the page's data about the graph; values: the Values it shows, in the order
    of `data["nodes"]`.

    >>> Page("<!doctype html>").html
    '<!doctype html>'
    """

    def __init__(self, text: str, data: Data | None = None, values: Iterable[Value] = ()) -> None:
        self.html, self.data, self.values = text, data or {}, tuple(values)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file and return its path; directories are made as needed."""
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a page is saved as .html, not {path.suffix!r}")
        return write_whole(path, self.html.encode())

    def opened_at(self, address: str) -> Page:
        """Return the page so that it opens at an address, as the browser shows it after the #.

        >>> x = Value(3.0, "x")
        >>> '"opens":"step=2"' in page(x * x).opened_at("step=2").html
        True
        """
        opens = f'"opens":{as_script(address)}'
        return Page(self.html.replace('"opens":""', opens, 1), self.data, self.values)

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" title="backpropagation" '
            'style="width:100%;height:900px;border:0"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Page({len(self.html):,} characters)"


def page(
    loss: Value | History,
    *,
    lang: str = "en",
    practice: bool | str = False,
    params: Sequence[Value | str] | None = None,
) -> Page:
    """Return the page that steps through the evaluation and the backpropagation of a graph.

    loss: a recorded Value of at most 300 values, or of layers: those of a larger graph are shown as
    matrices, with the chain rule of the weight that the reader clicks; or the History of a training
    with snapshots, which adds its epochs and samples and, for two inputs, the decision regions.
    lang: "en" or "zh". On the page, the reader can change the numbers of the leaves and run
    gradient descent. Each parameter's chain rule is written out as `explain` does. The page
    computes all this with the recorded program in JavaScript. practice: whether the reader is to
    predict values, local derivatives and gradients before they are shown; or the heading of such a
    page. params: the leaves that are parameters, as for `draw`.

    Raises TypeError for anything else. Raises ValueError for another language, for a larger graph
    without layers, for a history without snapshots, for a parameter that is not found, and, naming
    the leaf, where its data was set after its use; LayoutError where no layout program is found.

    >>> w, x = Value(0.5, "w"), Value(3.0, "x")
    >>> "</html>" in page((w * x - 1) ** 2).html
    True
    """
    replay = Retold(loss) if isinstance(loss, History) else None
    root = replay.loss if replay else loss
    if not isinstance(root, Value):
        raise TypeError(
            f"page takes a Value, such as a loss, or a History, not {type(loss).__name__}"
        )
    if not isinstance(practice, bool | str):
        raise TypeError(f"practice is True, False or a heading, not {practice!r}")
    selection = select(root, params=params)
    n = len(selection)
    if lang not in LANGUAGES:
        raise ValueError(f"lang is one of {', '.join(LANGUAGES)}, not {lang!r}")
    if n > MOST_VALUES:
        layers = None if replay or practice else _of_layers(root, lang, params)
        if layers is None:
            raise ValueError(
                f"this graph has {n:,} values, and a page holds at most {MOST_VALUES} to step "
                f"through: make one of {selection.part('page({})')}, or of a smaller net"
            )
        return layers
    views = ("TB", "LR") if n <= MOST_TWO_VIEWS else ("TB",)
    parts = dissect(root, inner=selection.inner, known=selection.roles)
    drawings = draw_values(selection, parts, views, lang)
    if practice:
        drawings = drawings[-len(views) :]  # it asks for each value
    return _page(parts, drawings, lang, replay, practice)


def practice_page(name: str, lang: str = "en") -> Page:
    """Return the practice page of one of the ready-made sets.

    name: one of SETS; lang: "en" or "zh". Raises ValueError for another name or language.

    >>> "</html>" in practice_page("product").html
    True
    """
    if name not in SETS:
        raise ValueError(
            say("a set is one of {names}, not {name!r}", names=listed(SETS), name=name)
        )
    if lang not in LANGUAGES:
        raise ValueError(f"lang is one of {', '.join(LANGUAGES)}, not {lang!r}")
    words = page_words(lang)
    return page(SETS[name](), lang=lang, practice=f"{words['practising']}{words[f'set_{name}']}")


def widget(
    loss: Value | History, *, lang: str = "en", practice: bool | str = False, height: int = 900
) -> PageWidget:
    """Return the page of a graph as a widget of Jupyter, VS Code or marimo.

    loss, lang, practice: as for `page`; height: in pixels. Its traits are synchronised both ways:
    `inputs`, the number of each leaf by its name; `step`, the number of steps gone; `selected`, the
    name of the value whose chain rule is shown, or None. If the reader changes a number on the
    page, the leaf's `.data` changes. If a cell changes `w1.data`, the page is redrawn after the
    cell (`refresh()` does that at once). Viewers without widgets, such as web pages of notebooks,
    show the page of `mg.page` instead.

    Needs the extra `widget`. Raises ImportError without it, ValueError for a graph of more than 300
    values, and the errors of `page`.

    >>> w, x = Value(0.5, "w1"), Value(3.0, "x1")
    >>> live = widget(w * x)  # doctest: +SKIP
    >>> live.inputs = {"w1": 2.0, "x1": 3.0}  # doctest: +SKIP
    """
    made = page(loss, lang=lang, practice=practice)
    if not made.data:
        raise ValueError(
            "a widget steps through at most 300 values, and this graph has more: show mg.page(loss)"
        )
    try:
        from microgradnet.pages.live import PageWidget
    except ImportError as error:
        raise ImportError(f"widget needs anywidget: {hint('widget')}") from error
    return PageWidget(made, height)


def _page(
    parts: Mapping[Value, Part],
    drawings: Sequence[Drawing],
    lang: str,
    replay: Retold | None = None,
    practice: bool | str = False,
) -> Page:
    """Build the page: numbers, steps and chain rules, programs, views, text."""
    numbers = Outputs(parts)
    samples = replay.samples if replay else samples_of(numbers)
    steps = Steps(numbers)
    selection = drawings[0].selection
    data = described(steps, selection.folds if selection else {})
    words, known = page_words(lang), page_words(lang, "picture")
    if practice:
        title = "" if practice is True else practice
        data["practice"] = {"title": title, "asked": questions(steps)}
        words |= {"title": title or words["practice"], "hint": words["practice_hint"]}
    if replay:
        data["history"] = replay.data()
    if samples:
        data["samples"] = samples.data(numbers)
    programs = {"program": numbers.program()} | (samples.programs() if samples else {})
    by = known[f"by_{selection.roles.by}"] if selection and selection.roles.found else ""
    text = {
        "heading": html.escape(words["title"]),
        "hint": html.escape(words["hint"]),
        "views": "\n".join(map(embedded, drawings)),
        "legend": legend(words | {"parameter": words["parameter"] + by}),
        "programs": "\n\n".join(source(program, name) for name, program in programs.items()),
        "data": as_script({"opens": "", **data, "words": words}),
    }
    return Page(written_page("page", words, SCRIPTS, text), data, numbers.nodes)


def _of_layers(root: Value, lang: str, params: Sequence[Value | str] | None) -> Page | None:
    """Return the page of the layers of a graph, or None where it has none."""
    layers = LayersOf(root, lang, params)
    if not layers.can_be_shown:
        return None
    pictures = in_both_themes([layers.drawings(False), layers.drawings(True)])
    labels = ("array_title", "array_hint", "array_list", "chain_written")
    return _of_boxes("layers", layers.words, labels, pictures, layers.buttons(), layers.data(), {})


def _of_boxes(
    script: str,
    words: Mapping[str, str],
    labels: Sequence[str],
    pictures: tuple[Sequence[str], str],
    rows: str,
    data: object,
    more: Mapping[str, str],
) -> Page:
    """Return a page of a picture whose boxes lead to their text on the page.

    labels: the names of the words for the heading, the hint, the list of rows, and what is written.
    """
    labelled = zip(("heading", "hint", "listed", "written"), labels)
    text = {"note": ""} | {part: html.escape(words[name]) for part, name in labelled}
    text |= {"views": "\n".join(pictures[0]), "rows": rows, "data": as_script(data), **more}
    made = written_page("boxes", words, [*BOXES_SCRIPTS, script], text)
    return Page(made.replace("<style>", f"<style>\n{pictures[1]}", 1))


def html_of(drawing: Drawing) -> bytes | None:
    """Return the page that `Drawing.save("x.html")` writes; None if no page can hold or run it."""
    if drawing.selection is None:
        return None
    loss, params = drawing.selection.root, drawing.selection.params
    if drawing.images or is_larger(loss, MOST_VALUES):
        layers = _of_layers(loss, language(None), params)
        return layers.html.encode() if layers else None
    try:
        selection = select(loss, params=params)
        parts = dissect(loss, inner=selection.inner, known=selection.roles)
        is_folded = drawing.selection.folds
        drawings = draw_values(selection, parts, ["TB"]) if is_folded else [drawing]
        return _page(parts, drawings, "en").html.encode()
    except TypeError:  # a custom operation whose formulas take numbers only
        return None


def page_of_report(report: Report, *, lang: str | None = None) -> Page:
    """Return the page of a report, as `Report.page` does.

    Raises ValueError for another language, and where there is nothing to draw.

    >>> from microgradnet import Value, compare
    >>> x = Value(3.0, "x")
    >>> page_of_report(compare(x * x, {"d_L_d_x": 6.0})).html[:15]
    '<!doctype html>'
    """
    lang = language(lang)
    words = page_words(lang)
    pictures = in_both_themes(
        [draw_report(report, theme=theme, rankdir=way, lang=lang) for theme in THEMES]
        for way in get_args(Direction)[::-1]
    )
    ids, names = ids_of(report), [called(row, report) for row in report.rows]
    data = [
        _of_row(replace(row, name=name), ids.get((row.part, row.name), []), lang)
        for row, name in zip(report.rows, names)
    ]
    counted, note = (html.escape(in_language(x, lang)) for x in (counts(report.rows), report.note))
    more = {"counts": f'<p class="counts">{counted}</p>', "note": note.replace("\n", "<br>")}
    rows = "\n".join(
        button(f'class="{row.verdict.split()[0]}"', name, words[f"report_{row.verdict}"])
        for row, name in zip(report.rows, names)
    )
    labels = ("report", "report_hint", "report_rows", "report_code")
    return _of_boxes("report", words, labels, pictures, rows, data, more)


def _of_row(row: Row, ids: list[str], lang: str) -> dict[str, object]:
    """Return the text that the page shows when a row is selected."""
    words = page_words(lang)
    numbers = [("report_written", row.written), ("report_instead", row.right)]
    said = [words[key].format(written(NUMBERS, x)) for key, x in numbers if isfinite(x)]
    example = in_language(row.at_example_in_words, lang)
    figures = [text for text in (words["report_and"].join(said), example) if text]
    line = words["report_line"].format(file=os.path.basename(row.file), line=row.line)
    where = in_language(row.where, lang)
    return {
        "ids": ids,
        "name": f"{row.name}: {words[f'report_{row.verdict}']}",
        "words": in_language(row.words, lang),
        "numbers": words["report_then"].join(figures),
        "place": line + f": {where}" * bool(where) if row.line else "",
        "code": row.code,
    }

"""The page: the picture that steps through backpropagation, and whose numbers can be changed.

In reading order: this file (page, Page: the order of work), numbers.py (all numbers as one
program), steps.py (the steps and the chain rules, as data), samples.py (the rows its inputs can
take), practice.py (what is asked before it is shown), sets.py (graphs to practise on, and the
command), history.py (a training told again), of_reports.py (the page of a checked derivation),
looks.py (colours, legend, templates), static/ (the page's HTML, CSS and JavaScript), widget.py,
live.py (the page live in a notebook), code_graphs.py (the graph of a name in a person's file),
commands.py (draw, page, explain, derive on the command line), playground/ (code checked in the
browser).
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from microgradnet.autograd.value import Value
from microgradnet.drawing.anatomy import Part, dissect
from microgradnet.drawing.depths import draw_values
from microgradnet.drawing.rendering import Drawing, render, svg_tag
from microgradnet.drawing.selection import is_larger, select
from microgradnet.operations.files import write_whole
from microgradnet.pages.history import Retold
from microgradnet.pages.looks import filled, legend, static, style
from microgradnet.pages.numbers import Outputs
from microgradnet.pages.practice import questions
from microgradnet.pages.samples import samples_of
from microgradnet.pages.steps import Data, Steps, described
from microgradnet.programs.engines.javascript import source
from microgradnet.programs.program import Program
from microgradnet.training.history import History
from microgradnet.words import LANGUAGES, page_words

__all__ = ["Page", "page"]

SCRIPTS = (
    "numbers",
    "picture",
    "viewport",
    "typeset",
    "paint",
    "controls",
    "descent",
    "samples",
    "plane",
    "history",
    "practice",
    "address",
    "bridge",
    "start",
)
MOST_VALUES = 300  # 1 MB of page
MOST_TWO_VIEWS = 120  # drawn both downwards and across, for tall windows and wide ones


class Page:
    """One HTML file that needs nothing else: no network, no server; shows itself in Jupyter.

    html: its text; data: what it holds about the graph; values: the Values it shows, in the order
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

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" title="backpropagation" '
            'style="width:100%;height:900px;border:0"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Page({len(self.html):,} characters)"


def page(loss: Value | History, *, lang: str = "en", practice: bool | str = False) -> Page:
    """Return the page that steps through the evaluation and the backpropagation of a graph.

    loss: a recorded Value of at most 300 values; or the History of a training with snapshots,
    which adds its epochs and samples and, for two inputs, the decision regions. lang: "en" or
    "zh". In the page the numbers of the leaves can be changed, gradient descent can be run, and
    each parameter's chain rule is written out as `explain` does; all computed there by the
    recorded program in JavaScript. practice: whether values, local derivatives and gradients are
    to be predicted before they are shown; or the heading of such a page.

    Raises TypeError for anything else, ValueError for another language, for a larger graph, for
    a history without snapshots, and, naming the leaf, where its data was set after its use;
    LayoutError where no layout program is found.

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
    selection = select(root)
    n = len(selection)
    if n > MOST_VALUES:
        raise ValueError(
            f"this graph has {n:,} values, and a page holds at most {MOST_VALUES}: "
            "make one of a part of it, such as page(h1), or of a smaller net"
        )
    views = ("TB", "LR") if n <= MOST_TWO_VIEWS else ("TB",)
    if lang not in LANGUAGES:
        raise ValueError(f"lang is one of {', '.join(LANGUAGES)}, not {lang!r}")
    parts = dissect(root, inner=selection.inner)
    drawings = [draw_values(selection, parts, view) for view in views]
    return _page(parts, drawings, lang, replay, practice)


def _page(
    parts: Mapping[Value, Part],
    drawings: Sequence[Drawing],
    lang: str,
    replay: Retold | None = None,
    practice: bool | str = False,
) -> Page:
    """The page in its order of work: numbers, steps and chains, programs, views, text."""
    numbers = Outputs(parts)
    samples = replay.samples if replay else samples_of(numbers)
    steps = Steps(numbers)
    data = described(numbers, steps)
    if practice:
        data["practice"] = {
            "title": "" if practice is True else practice,
            "asked": questions(steps),
        }
    if replay:
        data["history"] = replay.data()
    if samples:
        data["samples"] = samples.data(numbers)
    programs = {"program": numbers.program()} | (samples.programs() if samples else {})
    words = page_words(lang)
    if practice:
        words["title"] = words["practice"] if practice is True else practice
        words["hint"] = words["practice_hint"]
    text = _filled([_view(drawing) for drawing in drawings], programs, data, words)
    return Page(text, data, numbers.nodes)


def _view(drawing: Drawing) -> str:
    """The picture as it stands in a page, which may hold two: without ids."""
    svg = svg_tag(render(drawing.dot.source, "svg")).decode()
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.S)
    return re.sub(r' (id|xml:space|font-family|xmlns:xlink)="[^"<>]*"', "", svg)


def _filled(
    views: Sequence[str], programs: Mapping[str, Program], data: Data, words: Mapping[str, str]
) -> str:
    """The page around its views, programs and data, in the words of a language."""
    text = {
        "lang": words["lang"],
        "css": style(static("page.css")),
        "js": "\n".join(static(f"{name}.js") for name in SCRIPTS),
        "views": "\n".join(views),
        "legend": legend(words),
        "programs": "\n\n".join(source(program, name) for name, program in programs.items()),
        "data": _embedded({**data, "words": words}),
        **{f"word_{name}": html.escape(word) for name, word in words.items()},
    }
    return filled(static("page.html"), text)


def _embedded(data: Data) -> str:
    """JSON that no label can end: `</script>` cannot occur."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def html_of(drawing: Drawing) -> bytes | None:
    """Return what `Drawing.save("x.html")` writes; None where no page can hold or run the graph."""
    loss = drawing.root
    if loss is None or is_larger(loss, MOST_VALUES):
        return None
    try:
        return _page(dissect(loss), [drawing], "en").html.encode()
    except TypeError:  # an operation of one's own, whose formulas take numbers only
        return None

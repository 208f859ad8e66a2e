"""The notebook display of Values, nets, programs and trainings: a fast picture, or text."""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from typing import Any

from microgradnet.autograd.value import Value
from microgradnet.checking.reporting.report import Report
from microgradnet.checking.reporting.showing import html_of
from microgradnet.drawing import rendering
from microgradnet.drawing.selection import is_larger
from microgradnet.nn.layers import MLP, Layer, Neuron
from microgradnet.programs.program import Program
from microgradnet.training.history import History
from microgradnet.words import language

__all__ = ["mimebundle"]

MOST_VALUES = 50_000  # a graph whose picture is made within a second
MOST_LINES = 200
MOST_POINTS = 2_000

Bundle = dict[str, str]


def mimebundle(shown: object) -> Bundle:
    """Return the notebook display of an object by mime type: a picture or table, and always text.

    Never raises: where no picture can be made, the result is the text alone.

    >>> sorted(mimebundle(MLP(2, [2, 1])))[-1]
    'text/plain'
    """
    try:
        rich: Bundle = next(make for kind, make in SHOWN.items() if isinstance(shown, kind))(shown)
    except Exception:  # displaying an object must never stop a notebook
        rich = {}
    return {"text/plain": repr(shown), **rich}


def _value(value: Value) -> Bundle:
    if is_larger(value, MOST_VALUES):
        return {}
    from microgradnet.drawing.depths import draw  # slow to import

    return {"image/svg+xml": draw(value).svg(rendering.IN_NOTEBOOK)}


def _net(net: Neuron | Layer | MLP) -> Bundle:
    from microgradnet.drawing.depths import draw

    return {"image/svg+xml": draw(net, number_format="{:.3g}").svg(rendering.IN_NOTEBOOK)}


def _program(program: Program) -> Bundle:
    """Return the source as readable Python; for a long program only its first lines."""
    if len(program.lines) <= MOST_LINES:
        text = str(program)
    else:
        names = ", ".join(program.names[: min(program.n_inputs, 12)])
        left_out = f"    ... {len(program.lines) - MOST_LINES:,} lines more"
        shown = [f"    {line}" for line in program.statements()[:MOST_LINES]]
        text = "\n".join([f"def program({names}, ...):", *shown, left_out])
    title = f"Program of {len(program.lines):,} lines, engine {program.engine!r}"
    return {
        "text/plain": text,
        "text/html": f"<div>{html.escape(title)}</div><pre>{html.escape(text)}</pre>",
    }


def _history(history: History) -> Bundle:
    text = repr(history)
    if not history.losses:
        return {"text/plain": text}
    try:
        figure = history.plot()
    except ImportError:  # matplotlib is an extra
        return {"text/plain": text}
    file = io.StringIO()
    figure.savefig(file, format="svg")
    return {"text/plain": text, "image/svg+xml": rendering.fitted(file.getvalue())}


def _report(report: Report) -> Bundle:
    """Return the table of a report, with its picture below where there is one."""
    table = html_of(report, language())
    text = {"text/plain": str(report), "text/html": table}
    if report.sketch is None:
        return text
    try:
        picture = report.draw().svg(rendering.IN_NOTEBOOK)
    except rendering.LayoutError:
        return text
    return text | {"text/html": table + picture}


SHOWN: dict[type, Callable[[Any], Bundle]] = {
    Value: _value,
    Neuron: _net,
    Layer: _net,
    MLP: _net,
    Program: _program,
    History: _history,
    Report: _report,
}

"""A drawing is DOT text; whichever layout program is found here makes a picture of it."""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from microgradnet.autograd.value import Value
from microgradnet.drawing.layouts import (
    GET_GRAPHVIZ,
    LACKED,
    NO_LAYOUT,
    Layout,
    LayoutError,
    found,
)
from microgradnet.operations.files import write_whole

if TYPE_CHECKING:
    import graphviz

__all__ = ["Drawing", "LayoutError", "fitted", "render", "side_by_side", "svg_tag"]

FORMATS = {
    ".svg": "svg",
    ".png": "png",
    ".jpg": "jpg",
    ".jpeg": "jpg",
    ".pdf": "pdf",
    ".html": "svg",
    ".dot": "",
    ".gv": "",
}
SECONDS = 10.0  # of a try; 2,000 nodes take 1 s, but one input used at 100 depths 120 s
IN_NOTEBOOK = 5.0
NAMED = 5  # letters, in a message


class Drawing:
    """A picture of a graph: shows itself in Jupyter, and can be saved.

    dot: the `graphviz.Digraph`, to be changed at will; needs no layout program. root: the Value
    drawn, which makes .html a page to step through, or None.

    >>> import graphviz
    >>> drawing = Drawing(graphviz.Digraph("empty"))
    >>> print(drawing.dot.source.strip())
    digraph empty {
    }
    """

    def __init__(self, dot: graphviz.Digraph, root: Value | None = None) -> None:
        self.dot = dot
        self.root = root

    def save(self, path: str | os.PathLike[str], seconds: float | None = None) -> Path:
        """Write the picture to a file and return its path; the suffix says as what.

        Suffixes: .svg, .png, .jpg, .dot and .gv; .html, a page that steps through a graph of up to
        300 values (a picture of a larger one); .pdf where Graphviz is installed. seconds: what the
        layout may take, 10 where None, and as long again for a coarse one. Directories are made
        as needed; if the picture cannot be made, nothing is changed.

        Raises ValueError for another suffix, LayoutError where the picture cannot be made.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in FORMATS:
            raise ValueError(f"unknown suffix {path.suffix!r}; known: {', '.join(FORMATS)}")
        source = self.dot.source
        if suffix == ".html":
            from microgradnet.pages.page import html_of

            return write_whole(path, html_of(self) or _bare_page(self.svg(seconds)))
        form = FORMATS[suffix]
        return write_whole(path, render(source, form, seconds) if form else source.encode())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg(IN_NOTEBOOK), "text/plain": repr(self)}
        except LayoutError as error:
            return {"text/plain": f"{self!r}: {error}"}

    def svg(self, seconds: float | None = None) -> str:
        """Return the picture as a tag for a page; seconds and errors as of `save`."""
        return fitted(render(self.dot.source, "svg", seconds).decode())

    def __repr__(self) -> str:
        return "Drawing"


def _bare_page(svg: str) -> bytes:
    return f'<!doctype html>\n<meta charset="utf-8">\n{svg}'.encode()


def side_by_side(dot: graphviz.Digraph, names: Sequence[str], **nodes: str) -> None:
    """Keep nodes on one rank, in order, by edges that are not seen; nodes: attributes of all.

    >>> import graphviz
    >>> dot = graphviz.Digraph()
    >>> side_by_side(dot, ["a", "b"])
    >>> "a -> b" in dot.source, "rank=same" in dot.source
    (True, True)
    """
    if len(names) > 1:
        same = {"graph_attr": {"rank": "same"}, "edge_attr": {"style": "invis"}}
        with dot.subgraph(**same, node_attr=nodes or None) as chain:
            for a, b in itertools.pairwise(names):
                chain.edge(a, b)


def svg_tag(svg: bytes) -> bytes:
    """Return the picture without the head of an XML file, as it is put into a page."""
    return svg[svg.index(b"<svg") :]


def fitted(svg: str) -> str:
    """Return a picture as a tag that is never wider than what it stands in.

    >>> fitted('<?xml version="1.0"?><svg width="9pt"></svg>')
    '<svg style="max-width:100%;height:auto" width="9pt"></svg>'
    """
    return svg[svg.index("<svg") :].replace("<svg", '<svg style="max-width:100%;height:auto"', 1)


def render(source: str, form: str, seconds: float | None = None) -> bytes:
    """Return DOT text laid out and written as svg, png, jpg or pdf.

    The first of LAYOUTS that works here does it: Graphviz's `dot` on PATH, the program of
    graphviz-pure, in a browser viz-js. seconds: of each of two tries, the second of which lays out
    coarsely; 10 where None.

    Raises LayoutError where none is found, or all fail. Warns of letters that are drawn as
    empty boxes, as no font has them.
    """
    failures = []
    for layout in found():
        try:
            picture = layout.lay_out(source, form, SECONDS if seconds is None else seconds)
        except LayoutError as failure:
            failures.append(str(failure))
            continue
        if form != "svg":
            _warn_of_boxes(layout, source)
        return picture
    if not failures:
        raise LayoutError(NO_LAYOUT)
    if form == "pdf":
        failures.append(f"pdf needs {GET_GRAPHVIZ}")
    raise LayoutError("; ".join(failures))


def _warn_of_boxes(layout: Layout, source: str) -> None:
    """Say which letters no font here has, and what to do."""
    letters, why = layout.lacking(sorted(set(LACKED.findall(source))))
    if letters:
        shown = " ".join(letters[:NAMED]) + (" …" if len(letters) > NAMED else "")
        warnings.warn(
            f"the picture has empty boxes for {shown}: {why} (for Chinese, apt-get install "
            "fonts-noto-cjk), or save it as .svg, which shows all letters",
            stacklevel=4,
        )

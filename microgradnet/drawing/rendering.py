"""The class Drawing, a picture as DOT text, and its rendering by a layout program."""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from microgradnet.drawing.heat_maps import Images, described, embedded, with_cells
from microgradnet.drawing.layouts import (
    CHINESE,
    GET_GRAPHVIZ,
    LACKED,
    NO_LAYOUT,
    Layout,
    LayoutError,
    found,
    in_chinese_font,
)
from microgradnet.drawing.widths import anchored
from microgradnet.operations.files import write_whole

if TYPE_CHECKING:
    import graphviz

    from microgradnet.drawing.selection import Selection

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
SECONDS = 10.0  # limit of a try; 2,000 nodes take 1 s, but one input used at 100 depths takes 120 s
IN_NOTEBOOK = 5.0
NAMED = 5  # letters, in a message


class Drawing:
    """A picture of a graph, which shows itself in Jupyter and can be saved.

    dot: the `graphviz.Digraph`, which may be changed and needs no layout program. selection: the
    graph drawn, needed to save a .html page that steps through it, or None. images: heat maps by
    the name of the cell of dot that each belongs into. words: a title and a description, which an
    svg holds for screen readers.

    >>> import graphviz
    >>> drawing = Drawing(graphviz.Digraph("empty"))
    >>> print(drawing.dot.source.strip())
    digraph empty {
    }
    """

    def __init__(
        self,
        dot: graphviz.Digraph,
        selection: Selection | None = None,
        images: Images | None = None,
        words: tuple[str, str] | None = None,
    ) -> None:
        self.dot, self.selection = dot, selection
        self.images: Images = images or {}
        self.words = words

    def save(self, path: str | os.PathLike[str], seconds: float | None = None) -> Path:
        """Write the picture to a file and return its path; the suffix chooses the format.

        Suffixes: .svg, .png, .jpg, .dot and .gv; .html, a page that steps through a graph of up to
        300 values (a picture of a larger one); .pdf where Graphviz is installed. seconds: the time
        limit of the layout, 10 where None, and as long again for a coarse layout. Directories are
        made as needed; if the picture cannot be made, no file is changed.

        Raises ValueError for another suffix, LayoutError where the picture cannot be made.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in FORMATS:
            raise ValueError(f"unknown suffix {path.suffix!r}; known: {', '.join(FORMATS)}")
        if suffix == ".html":
            from microgradnet.pages.page import html_of

            head = '<!doctype html>\n<meta charset="utf-8">\n'
            return write_whole(path, html_of(self) or f"{head}{self.svg(seconds)}".encode())
        return write_whole(path, self.rendered(FORMATS[suffix], seconds))

    def rendered(self, form: str, seconds: float | None = None) -> bytes:
        """Return the picture as svg, png, jpg or pdf, or as DOT text for "".

        Errors as in `save`.
        """
        source: str = self.dot.source
        if form == "svg":
            svg = embedded(render(source, form, seconds).decode(), self.images)
            return (described(svg, *self.words) if self.words else svg).encode()
        source = with_cells(source, self.images)
        return render(source, form, seconds) if form else source.encode()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg(IN_NOTEBOOK), "text/plain": repr(self)}
        except LayoutError as error:
            return {"text/plain": f"{self!r}: {error}"}

    def svg(self, seconds: float | None = None) -> str:
        """Return the picture as an svg tag for a page; seconds and errors as in `save`."""
        return fitted(self.rendered("svg", seconds).decode())

    def __repr__(self) -> str:
        return "Drawing"


def side_by_side(dot: graphviz.Digraph, names: Sequence[str], **nodes: str) -> None:
    """Keep nodes on one rank, in order, by invisible edges; nodes: attributes of all nodes.

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
    """Return an svg picture without its XML header, ready to be put into a page."""
    return svg[svg.index(b"<svg") :]


def fitted(svg: str) -> str:
    """Return a picture as an svg tag that is never wider than its container.

    >>> fitted('<?xml version="1.0"?><svg width="9pt"></svg>')
    '<svg style="max-width:100%;height:auto" width="9pt"></svg>'
    """
    return svg[svg.index("<svg") :].replace("<svg", '<svg style="max-width:100%;height:auto"', 1)


def render(source: str, form: str, seconds: float | None = None) -> bytes:
    """Return DOT text laid out and written as svg, png, jpg or pdf.

    The first of LAYOUTS that works here is used: Graphviz's `dot` on PATH, the program of
    graphviz-pure, or viz-js in a browser. seconds: the limit of each of two tries, the second with
    a coarse layout; 10 where None.

    Raises LayoutError where no program is found, or all fail. Warns of letters that are drawn as
    empty boxes because no font has them.
    """
    failures = []
    for layout in found():
        try:
            return _drawn(layout, source, form, SECONDS if seconds is None else seconds)
        except LayoutError as failure:
            failures.append(str(failure))
    if not failures:
        raise LayoutError(NO_LAYOUT)
    if form == "pdf":
        failures.append(f"pdf needs {GET_GRAPHVIZ}")
    raise LayoutError("; ".join(failures))


def _drawn(layout: Layout, source: str, form: str, seconds: float) -> bytes:
    if form == "svg":
        svg = layout.lay_out(source, form, seconds).decode()
        return anchored(svg, layout.estimates).encode()
    letters, why = layout.lacking(sorted(set(LACKED.findall(source))))
    if letters and form == "png" and all(map(CHINESE.match, letters)):
        svg = _drawn(layout, source, "svg", seconds).decode()
        if picture := in_chinese_font(svg):
            return picture
    picture = layout.lay_out(source, form, seconds)
    if letters:
        _warn_of_boxes(letters, why)
    return picture


def _warn_of_boxes(letters: Sequence[str], why: str) -> None:
    """Warn of letters that no font here has, and say how to fix it."""
    shown = " ".join(letters[:NAMED]) + (" …" if len(letters) > NAMED else "")
    warnings.warn(
        f"the picture has empty boxes for {shown}: {why} (for Chinese, apt-get install "
        "fonts-noto-cjk), or save it as .svg, which shows all letters",
        stacklevel=6,
    )

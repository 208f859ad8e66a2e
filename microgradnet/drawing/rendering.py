"""A drawing is DOT text; whichever layout program is found here makes a picture of it."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from microgradnet.autograd.value import Value
from microgradnet.operations.extras import hint
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
# Pixels an inch of a png or jpg, twice what a picture in a page needs; 100 inches a side at most.
SHARP = ["-Gdpi=144", "-Gsize=100,100"]
SECONDS = 10.0  # of a try; 2,000 nodes take 1 s, but one input used at 100 depths 120 s
IN_NOTEBOOK = 5.0
COARSE = ["-Gsplines=line", "-Gnslimit=1", "-Gnslimit1=1", "-Gmclimit=0.1"]  # the second try

# The fonts in graphviz-pure (Arimo, as its version 0.2 has it) end with Latin, Greek, Cyrillic,
# Hebrew and signs: these they lack. A browser draws an svg with fonts of its own.
LACKED = re.compile(
    "[\u0530-\u058f\u0600-\u1cff\u2207\u2600-\u27bf\u2e80-\ua63f\ua800-\uab2f\uac00-\ufaff"
    "\ufb50-\U0010ffff]"
)
NAMED = 5  # letters, in a message

GET_GRAPHVIZ = (
    "Graphviz from https://graphviz.org (apt-get install graphviz, brew install graphviz)"
)
NO_PROGRAM = (
    "a picture needs a layout program, and none that works was found: get one with "
    f'{hint("draw")}, or {GET_GRAPHVIZ}; .save("x.dot") works without'
)


class LayoutError(RuntimeError):
    """No layout program was found, or none could make the picture.

    >>> issubclass(LayoutError, RuntimeError)
    True
    """


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
            from microgradnet.pages import html_of

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

    Graphviz's `dot` does it where one on PATH works, else the program of graphviz-pure. seconds:
    of each of two tries, the second of which lays out coarsely; 10 where None.

    Raises LayoutError where neither is found, or both fail. Warns of letters that are drawn as
    empty boxes, as no font has them.
    """
    failures = []
    for program in _programs():
        try:
            picture = _run(program, source, form, SECONDS if seconds is None else seconds)
        except LayoutError as failure:
            failures.append(str(failure))
            continue
        if form != "svg":
            _warn_of_boxes(program, source)
        return picture
    if not failures:
        raise LayoutError(NO_PROGRAM)
    if form == "pdf":
        failures.append(f"pdf needs {GET_GRAPHVIZ}")
    raise LayoutError("; ".join(failures))


def _programs() -> Iterator[str]:
    dot = shutil.which("dot")
    if dot and _answers(dot):
        yield dot
    pure = _graphviz_pure()
    if pure:
        yield pure


def _answers(dot: str) -> bool:
    """Whether the program runs at all; some packages install one that does not."""
    try:
        return subprocess.run([dot, "-V"], capture_output=True, timeout=SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _graphviz_pure() -> str | None:
    """The executable of the package, which need not be on PATH."""
    import importlib.metadata

    try:
        distribution = importlib.metadata.distribution("graphviz-pure")
    except importlib.metadata.PackageNotFoundError:
        return shutil.which("graphviz-pure")
    for file in distribution.files or ():
        path = Path(str(distribution.locate_file(file)))
        if path.stem == "graphviz-pure" and path.suffix in ("", ".exe") and path.is_file():
            return str(path)
    return shutil.which("graphviz-pure")


def _run(program: str, source: str, form: str, seconds: float) -> bytes:
    name = Path(program).stem
    sharp = SHARP if form in ("png", "jpg") else []
    for options in ([], COARSE):
        command = [program, f"-T{form}", "-q1", *sharp, *options]
        try:
            done = subprocess.run(
                command, input=source.encode(), capture_output=True, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            continue
        except OSError as error:
            raise LayoutError(f"{name} could not be started: {error}") from None
        if done.returncode == 0 and done.stdout:
            return done.stdout
        said = done.stderr.decode(errors="replace").strip()
        raise LayoutError(f"{name} failed: {said or f'exit {done.returncode}'}")
    raise LayoutError(
        f"{name} took more than {seconds:g} s, twice: draw a part, such as draw(h1), "
        'or .save("x.dot") and lay it out by hand'
    )


def _warn_of_boxes(program: str, source: str) -> None:
    """Say which letters no font here has, and what to do."""
    letters = sorted(set(LACKED.findall(source)))
    if Path(program).stem != "dot":
        why = f"the fonts in {Path(program).stem} lack them: get {GET_GRAPHVIZ} and a font"
    else:
        letters = [] if _has_font(letters) else [c for c in letters if not _has_font([c])]
        why = "no font here has them: install one"
    if letters:
        shown = " ".join(letters[:NAMED]) + (" …" if len(letters) > NAMED else "")
        warnings.warn(
            f"the picture has empty boxes for {shown}: {why} (for Chinese, apt-get install "
            "fonts-noto-cjk), or save it as .svg, which shows all letters",
            stacklevel=4,
        )


def _has_font(letters: Sequence[str]) -> bool:
    """Whether an installed font has all the letters; yes where that cannot be asked."""
    ask = shutil.which("fc-list")
    if not ask or not letters:
        return True
    pattern = f":charset={' '.join(f'{ord(c):x}' for c in letters)}"
    try:
        done = subprocess.run([ask, pattern, "family"], capture_output=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return True
    return done.returncode != 0 or bool(done.stdout.strip())

"""Layout programs, which place the boxes and arrows of a picture, and their table LAYOUTS."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from microgradnet.words.terminal import hint

__all__ = ["CHINESE", "GET_GRAPHVIZ", "LACKED", "LAYOUTS", "NO_LAYOUT"]
__all__ += ["Layout", "LayoutError", "found", "in_chinese_font"]

COARSE = {"splines": "line", "nslimit": "1", "nslimit1": "1", "mclimit": "0.1"}  # the second try
# A png or jpg has 144 pixels an inch, twice the usual for a page, and at most 100 inches a side.
DPI, INCHES = 144, 100
SHARP = [f"-Gdpi={DPI}", f"-Gsize={INCHES},{INCHES}"]
ANSWERS_IN = 10.0  # seconds
PURE, VIZ_JS = "graphviz-pure", "viz-js"
FAMILY = "Noto Sans SC"  # in the extra `chinese`
HANDED_OVER = "viz"  # the global of the browser's script that has `render`

GET_GRAPHVIZ = (
    "Graphviz from https://graphviz.org (apt-get install graphviz, brew install graphviz)"
)
NO_LAYOUT = (
    "a picture needs a layout program, and none that works was found: get one with "
    f'{hint("draw")}, or {GET_GRAPHVIZ}; .save("x.dot") works without'
)

# Letters missing from the fonts in graphviz-pure 0.2 (Arimo), which cover only Latin, Greek,
# Cyrillic, Hebrew and signs. A browser draws an svg with fonts of its own.
LACKED = re.compile(
    "[\u0530-\u058f\u0600-\u1cff\u2207\u2600-\u27bf\u2e80-\ua63f\ua800-\uab2f\uac00-\ufaff"
    "\ufb50-\U0010ffff]"
)

# Those of them that are in the font of the extra `chinese`: Han letters, kana, and their marks.
CHINESE = re.compile("[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")


class LayoutError(RuntimeError):
    """Raised where no layout program was found, or none could make the picture.

    >>> issubclass(LayoutError, RuntimeError)
    True
    """


class Layout:
    """A layout program: it places the boxes and arrows of DOT text and writes a picture.

    To add one, write a subclass that has `lay_out`, a function that returns an instance (or None
    where it cannot work), and a line in LAYOUTS. name: the program's name in error messages;
    estimates: whether it has no fonts for an svg and estimates widths.

    >>> class Copied(Layout):
    ...     def lay_out(self, source, form, seconds):
    ...         return source.encode()
    >>> Copied("copied").lay_out("digraph {}", "svg", 1.0)
    b'digraph {}'
    """

    estimates = True

    def __init__(self, name: str) -> None:
        self.name = name

    def lay_out(self, source: str, form: str, seconds: float) -> bytes:
        """Return DOT text as svg, png, jpg or pdf; seconds: the limit of each of at most two tries.

        Raises LayoutError, with the reason, where the program fails.
        """
        raise NotImplementedError

    def lacking(self, letters: Sequence[str]) -> tuple[Sequence[str], str]:
        """Return the letters that have no font outside svg, and the reason."""
        why = (
            f"the fonts in {self.name} lack them: get {hint('chinese')} for Chinese in a .png, or "
        )
        return letters, f"{why}{GET_GRAPHVIZ} and a font"


class ByProgram(Layout):
    """A layout program that takes the command line options of Graphviz; program: its path.

    >>> ByProgram("dot", "no/such/dot").lay_out("digraph {}", "svg", 1.0)
    Traceback (most recent call last):
    microgradnet.LayoutError: dot could not be started: ...
    """

    def __init__(self, name: str, program: str) -> None:
        super().__init__(name)
        self.program = program

    def lay_out(self, source: str, form: str, seconds: float) -> bytes:
        sharp = SHARP if form in ("png", "jpg") else []
        for options in ([], [f"-G{name}={x}" for name, x in COARSE.items()]):
            command = [self.program, f"-T{form}", "-q1", *sharp, *options]
            try:
                done = subprocess.run(
                    command, input=source.encode(), capture_output=True, timeout=seconds
                )
            except subprocess.TimeoutExpired:
                continue
            except OSError as error:
                raise LayoutError(f"{self.name} could not be started: {error}") from None
            if done.returncode == 0 and done.stdout:
                return done.stdout
            said = done.stderr.decode(errors="replace").strip()
            raise LayoutError(f"{self.name} failed: {said or f'exit {done.returncode}'}")
        raise LayoutError(
            f"{self.name} took more than {seconds:g} s, twice: draw a part of it, "
            'or .save("x.dot") and lay it out by hand'
        )


class Dot(ByProgram):
    """Graphviz's `dot`, which draws letters with the installed fonts."""

    estimates = False

    def lacking(self, letters: Sequence[str]) -> tuple[Sequence[str], str]:
        lacked = [] if _has_font(letters) else [c for c in letters if not _has_font([c])]
        return lacked, "no font here has them: install one"


def _has_font(letters: Sequence[str]) -> bool:
    """Whether an installed font has all the letters; True where `fc-list` cannot tell."""
    ask = shutil.which("fc-list")
    if not ask or not letters:
        return True
    pattern = f":charset={' '.join(f'{ord(c):x}' for c in letters)}"
    done = _answer(ask, pattern, "family")
    return done is None or bool(done.strip())


def _answer(*command: str) -> bytes | None:
    """Return the output of a program; None where it fails: some packages install a broken one."""
    try:
        return subprocess.run(command, capture_output=True, timeout=ANSWERS_IN, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def find_dot() -> Layout | None:
    """Return the layout of Graphviz's `dot` on PATH, or None where no working one is found."""
    dot = shutil.which("dot")
    return Dot("dot", dot) if dot and _answer(dot, "-V") is not None else None


def find_pure() -> Layout | None:
    """Return the layout of the package graphviz-pure (extra `draw`), or None without it.

    Its program need not be on PATH.
    """
    program = _installed() or shutil.which(PURE)
    return ByProgram(PURE, program) if program else None


def _installed() -> str | None:
    """Return the path of the program in the installed package graphviz-pure."""
    try:
        distribution = importlib.metadata.distribution(PURE)
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in distribution.files or ():
        path = Path(str(distribution.locate_file(file)))
        if path.stem == PURE and path.suffix in ("", ".exe") and path.is_file():
            return str(path)
    return None


class InBrowser(Layout):
    """The layout of viz-js in a browser; viz: its instance, a JavaScript object.

    Python cannot stop it (the browser's page does), and it has no fonts (the browser draws an svg
    with its own).
    """

    def __init__(self, viz: Any) -> None:
        super().__init__(VIZ_JS)
        self.viz = viz

    def lay_out(self, source: str, form: str, seconds: float) -> bytes:
        if form != "svg":
            raise LayoutError(f"{self.name} writes no {form}: save the picture as .svg")
        try:
            made = self.viz.render(source, format=form)
        except Exception as error:  # from JavaScript, for example when its memory is used up
            raise LayoutError(f"{self.name} failed: {error}") from None
        if made.status == "success":
            return str(made.output).encode()
        said = "; ".join(str(error.message).strip() for error in made.errors)
        raise LayoutError(f"{self.name} failed: {said or made.status}")


def find_viz_js() -> Layout | None:
    """Return the layout of viz-js in a browser, or None elsewhere or without its script."""
    if sys.platform != "emscripten":
        return None
    viz = getattr(importlib.import_module("js"), HANDED_OVER, None)
    return InBrowser(viz) if viz is not None else None


# In the order in which they are tried.
LAYOUTS: dict[str, Callable[[], Layout | None]] = {
    "dot": find_dot,
    PURE: find_pure,
    VIZ_JS: find_viz_js,
}


def in_chinese_font(svg: str) -> bytes | None:
    """Return an svg as png with the font of the extra `chinese`; None without it, or if it fails.

    >>> svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt"/>'
    >>> (in_chinese_font(svg) or b"no extra")[1:]
    b'...'
    """
    try:
        from pylopdf_fonts_zh_cn import sans_path
        from resvg_py import svg_to_bytes
    except ImportError:
        return None
    svg = re.sub('font-family="[^"]*"', f'font-family="{FAMILY}"', svg)
    sides = [float(x) for x in re.findall(r' (?:width|height)="([\d.]+)pt"', svg)[:2]]
    dpi = min(DPI, 72 * INCHES * DPI / max(sides, default=1.0))
    try:
        drawn: bytes = svg_to_bytes(
            svg_string=svg, dpi=dpi, skip_system_fonts=True, font_files=[str(sans_path())]
        )
    except ValueError:
        return None
    return drawn


def found() -> Iterator[Layout]:
    """Return an iterator over the layouts that work here, looking for each only when needed.

    >>> all(isinstance(layout, Layout) for layout in found())
    True
    """
    return (layout for find in LAYOUTS.values() if (layout := find()) is not None)

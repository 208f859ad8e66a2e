"""Heat maps: arrays of numbers as cells of colour, on a scale that diverges at 0."""

from __future__ import annotations

import base64
import functools
import html
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from microgradnet.drawing.styles import THEMES, Scale, Theme

__all__ = ["Heat", "Images", "Shades", "described", "embedded", "with_cells"]

SIDE = 8  # pixels of a number, so that a program that smooths images blurs its border alone
ZERO = 127  # of the palette: 0 to 253 are the numbers, 254 is not finite
NOT_FINITE = 2 * ZERO
STEPS = 64  # of a colour bar
# Browsers blur an image unless CSS says "pixelated", which cairosvg does not know; it skips @media.
SHARP = "<style>@media all{image{image-rendering:pixelated}}</style>\n"


@dataclass(frozen=True, eq=False)
class Heat:
    """An array of colours: indices into a palette, and its colours, three bytes each.

    >>> Heat(np.array([[0, 1]]), b"123abc").png()[1:4]
    b'PNG'
    """

    shades: np.ndarray
    palette: bytes

    def png(self) -> bytes:
        """Return the array as a PNG, 8 pixels a number."""
        used, places = np.unique(self.shades, return_inverse=True)
        small = places.reshape(self.shades.shape).astype(np.uint8)
        palette = b"".join(self.palette[3 * k : 3 * k + 3] for k in used.tolist())
        return _png(small.repeat(SIDE, axis=0).repeat(SIDE, axis=1), palette)

    def table(self) -> str:
        """Return the array as a table of DOT text, whose cells share its space."""
        rows = (
            "".join(f'<TD BGCOLOR="#{self.palette[3 * k : 3 * k + 3].hex()}"></TD>' for k in row)
            for row in self.shades.tolist()
        )
        style = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
        return f"<TABLE {style}><TR>{'</TR><TR>'.join(rows)}</TR></TABLE>"


Images = Mapping[str, Heat]  # by the name of the cell that each belongs into


class Shades:
    """The colours of numbers, from the most negative over 0 to the most positive.

    numbers: those that share the scale, which ends at the largest size among them.

    >>> from microgradnet.drawing.styles import LIGHT
    >>> shades = Shades([[-2.0, 1.0]], LIGHT)
    >>> shades.largest, shades.image([[-2.0, 0.0]]).shades.tolist()
    (2.0, [[1, 127]])
    """

    def __init__(self, numbers: Sequence[Sequence[float]], theme: Theme) -> None:
        self.scale = Scale(theme.heat, [x for row in numbers for x in row], theme.not_finite)
        self.largest, self.palette = self.scale.largest, _palette(theme)

    def image(self, rows: Sequence[Sequence[float]]) -> Heat:
        """Return the colours of rows of numbers."""
        shades = [[self.shade(x) for x in row] for row in rows]
        return Heat(np.array(shades, dtype=np.uint8), self.palette)

    def bar(self) -> Heat:
        """Return the colours of the scale, from left to right."""
        ends = max(self.largest, 1e-300)
        return self.image([[ends * (2 * i / (STEPS - 1) - 1) for i in range(STEPS)]])

    def shade(self, x: float) -> int:
        """Return the index of a number in the palette."""
        if not isfinite(x):
            return NOT_FINITE
        return ZERO + round((ZERO - 1) * self.scale.depth(x)) * ((x > 0) - (x < 0))


@functools.cache
def _palette(theme: Theme) -> bytes:
    """Return the colours of heat maps in a theme, three bytes each."""
    sizes = [(i - ZERO) / (ZERO - 1) for i in range(NOT_FINITE)]
    scale = Scale(theme.heat, [1.0], theme.not_finite)
    colours = [scale(x * abs(x)) for x in sizes]
    return b"".join(bytes.fromhex(colour[1:]) for colour in (*colours, theme.not_finite))


def _png(pixels: np.ndarray, palette: bytes) -> bytes:
    """Return indices into a palette as a PNG; each row says how it differs from the one above."""
    height, width = pixels.shape
    above = np.vstack([np.zeros((1, width), np.uint8), pixels[:-1]])
    rows = np.hstack([np.full((height, 1), 2, np.uint8), pixels - above])
    size = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = [
        (b"IHDR", size),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_cells(source: str, images: Images) -> str:
    """Return DOT text with images as tables of cells, for formats other than svg.

    >>> heat = Heat(np.array([[0]]), b"123")
    >>> with_cells('<TD ID="heat0"></TD>', {"heat0": heat}).count("<TD BGCOLOR=")
    1
    """

    def drawn(cell: re.Match[str]) -> str:
        return f"{cell[1]}{images[cell[2]].table()}</TD>" if cell[2] in images else cell[0]

    return re.sub(r'(<TD ID="([^"]*)"[^<>]*>)</TD>', drawn, source)


def embedded(svg: str, *themes: Images) -> str:
    """Return an svg with the images in the places of the cells that have their names as ids.

    themes: the images in each theme, of which a page shows one.
    """

    def drawn(cell: re.Match[str]) -> str:
        name, before, corners, after = cell.groups()
        if name not in themes[0]:
            return cell[0]
        numbers = [float(x) for x in re.findall(r"-?[\d.]+", corners)]
        (x, right), (y, bottom) = ((min(n), max(n)) for n in (numbers[::2], numbers[1::2]))
        place = f'x="{x:g}" y="{y:g}" width="{right - x:g}" height="{bottom - y:g}"'
        tags = "".join(
            f'<image {look}{place} preserveAspectRatio="none" image-rendering="optimizeSpeed" '
            f'xlink:href="data:image/png;base64,{base64.b64encode(images[name].png()).decode()}"/>'
            for look, images in zip(looks, themes)
        )
        before = before.replace(' target="_self"', "")
        return f'<g id="a_{name}">{before}{tags}{after}'

    looks = [f'class="{theme}" ' * (len(themes) > 1) for theme in THEMES]
    cell = r'<g id="a_([^"]*)">(<a [^>]*>\s*)<polygon [^>]*points="([^"]*)"[^>]*/>(\s*</a>)'
    made = re.sub(cell, drawn, svg)
    return made.replace("<g ", f"{SHARP}<g ", 1) if themes[0] else made


def described(svg: str, title: str, text: str) -> str:
    """Return an svg with a text for screen readers: its title and a description.

    >>> described("<svg>", "A net", "2 layers")
    '<svg role="img" aria-label="A net"><title>A net</title><desc>2 layers</desc>'
    """
    title, text = html.escape(title), html.escape(text)
    tag, _, rest = svg[svg.index("<svg") :].partition(">")
    opened = tag.replace("<svg", f'<svg role="img" aria-label="{title}"', 1)
    return f"{opened}><title>{title}</title><desc>{text}</desc>{rest}"

"""Widths of texts, and the room that keeps a text in its box whatever font draws it."""

from __future__ import annotations

import html
import re
from math import ceil
from typing import Literal
from unicodedata import combining, east_asian_width

__all__ = ["PADDED", "Align", "anchored", "cell_width", "roomy", "text_width"]

Align = Literal["left", "centre", "right"]

# Widths of the letters from " " to "~", in thousandths of the font size, regular and bold. A layout
# program measures in Helvetica (NARROW, rounded down). Where a font is missing, the text is drawn
# in another, the widest of which is DejaVu Sans (WIDE: the larger of the two, rounded up).
WIDE = [
    [int(n) for n in row.split()]
    for row in (
        "318 401 460 838 637 951 780 275 391 391 500 838 318 361 318 337 637 637 637 637 637 637 "
        "637 637 637 637 337 337 838 838 838 557 1016 685 687 723 771 667 611 778 752 295 500 667 "
        "558 863 749 788 667 788 723 667 611 732 685 989 686 667 686 391 337 391 838 557 500 613 "
        "635 550 635 616 353 635 634 278 278 580 278 975 634 612 635 635 412 521 393 634 592 818 "
        "592 592 525 637 337 637 838",
        "349 457 521 838 696 1002 873 307 458 458 523 838 380 416 380 366 696 696 696 696 696 696 "
        "696 696 696 696 400 400 838 838 838 611 1000 774 763 734 831 684 684 821 837 373 557 775 "
        "638 996 837 851 733 851 771 721 683 813 774 1104 771 725 726 458 366 458 838 557 500 675 "
        "716 593 716 679 436 716 712 343 343 666 343 1042 712 688 716 716 494 596 479 712 652 924 "
        "646 652 583 712 366 712 838",
    )
]
NARROW = [
    [int(n) for n in row.split()]
    for row in (
        "277 277 354 556 556 889 666 190 333 333 389 583 277 333 277 277 556 556 556 556 556 556 "
        "556 556 556 556 277 277 583 583 583 556 1015 666 666 722 722 666 610 777 722 277 500 666 "
        "556 833 722 777 666 777 722 666 610 722 666 943 666 666 610 277 277 277 469 556 333 556 "
        "556 500 556 556 277 556 556 222 222 500 222 833 556 556 556 556 333 500 277 556 500 722 "
        "500 500 500 333 259 333 583",
        "277 333 474 556 556 889 722 237 333 333 389 583 277 333 277 277 556 556 556 556 556 556 "
        "556 556 556 556 333 333 583 583 583 610 975 722 722 722 722 666 610 777 722 277 556 722 "
        "610 833 722 777 666 777 722 666 610 722 666 943 666 666 610 333 277 333 583 556 333 556 "
        "610 556 610 556 333 610 610 277 277 556 277 889 610 610 610 610 389 556 333 610 556 777 "
        "556 556 500 389 279 389 583",
    )
]
SIGNS = {  # wide, narrow
    **dict.fromkeys("−×", (838, 555)),
    **dict.fromkeys("≤≥", (838, 548)),
    **dict.fromkeys("²³¹", (438, 333)),
    **dict.fromkeys("…→", (1000, 833)),
    **dict.fromkeys("σΣ", (779, 555)),
    **{"·": (380, 278), "∂": (544, 494), "′": (240, 187), "ˣ": (444, 328), "⁻": (528, 333)},
}
LETTER, CAPITAL = (1100, 548), (1350, 550)  # of another alphabet
CHINESE, EMOJI = (1000, 833), (1300, 833)
FIRST_EMOJI = 0x1F000
SPACE = 278
PADDING = 220  # of the padding of a cell, on each side, that a wide text may take
PADDED = 14  # points of a cell round its text
ESTIMATED = 278  # of each byte of a letter beyond ASCII, where a layout program has no fonts


def text_width(text: str, size: float = 11, bold: bool = False) -> float:
    """Return the width of a text in points, in the widest font that may draw it.

    >>> text_width("w1"), text_width("w1", size=22)
    (16.005, 32.01)
    """
    return round(sum(_widths(c, bold)[0] for c in text) * size / 1000, 3)


def cell_width(text: str, size: float = 11, bold: bool = False) -> float:
    """Return the width of the cell of a text in points."""
    return text_width(text, size, bold) + PADDED


def _widths(c: str, bold: bool) -> tuple[int, int]:
    """Return the largest and the smallest width of a letter in thousandths of the font size."""
    if " " <= c <= "~":
        return WIDE[bold][ord(c) - ord(" ")], NARROW[bold][ord(c) - ord(" ")]
    if c in SIGNS:
        return SIGNS[c]
    if combining(c):
        return 0, 0
    if east_asian_width(c) in "WF":
        return EMOJI if ord(c) >= FIRST_EMOJI else CHINESE
    return CAPITAL if c.isupper() else LETTER


def roomy(text: str, align: Align = "centre", bold: bool = False) -> str:
    """Return a text with spaces round it that make room for the widest font.

    align: where the text is in this room. Spaces on the left, on both sides or on the right are the
    marks by which `anchored` knows it.

    >>> roomy("w1", "right"), roomy("w1")
    (' w1', ' w1 ')
    """
    lacking = sum(wide - narrow for wide, narrow in (_widths(c, bold) for c in text))
    sides = 2 if align == "centre" else 1
    n = max(sides, ceil((lacking - sides * PADDING) / SPACE))
    left = {"left": 0, "centre": n // 2, "right": n}[align]
    return " " * left + text + " " * (n - left)


def anchored(svg: str, estimated: bool) -> str:
    """Return an svg of a layout program with each text anchored in the room that `roomy` made.

    So a text keeps to its side, or to the middle, in any font. estimated: whether the program has
    no fonts and estimates widths.

    >>> anchored('<text text-anchor="start" x="8" font-size="10.00"> w1 </text>', False)
    '<text text-anchor="middle" x="17.16" font-size="10.00">w1</text>'
    """

    def moved(met: re.Match[str]) -> str:
        attributes, content = met.groups()
        text = html.unescape(content).replace("\xa0", " ")
        core = text.strip()
        if not core:
            return ""
        if text.startswith(" "):
            room = _measured(text, 'font-weight="bold"' in attributes, estimated)
            anchor, share = ("middle", 0.5) if text.endswith(" ") else ("end", 1.0)
            attributes = _shifted(attributes.replace('"start"', f'"{anchor}"'), share * room)
        return f"<text{attributes}>{html.escape(core, quote=False)}</text>"

    return re.sub(r"<text([^>]*)>([^<]*)</text>", moved, svg)


def _measured(text: str, bold: bool, estimated: bool) -> float:
    """Return the width of a text as a layout program measures it, in font sizes."""
    letters = (
        ESTIMATED * len(c.encode()) if estimated and not c.isascii() else _widths(c, bold)[1]
        for c in text
    )
    return sum(letters) / 1000


def _shifted(attributes: str, by: float) -> str:
    """Return the attributes of a text with its x moved by a number of font sizes."""
    size = re.search(r' font-size="([\d.]+)"', attributes)
    by *= float(size[1]) if size else 0.0
    return re.sub(r' x="([-\d.]+)"', lambda x: f' x="{float(x[1]) + by:.2f}"', attributes)

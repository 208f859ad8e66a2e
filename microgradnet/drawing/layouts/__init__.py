"""Layouts: what places the boxes and arrows of a picture, by whichever program is found here.

In reading order: layout.py (what a layout is), by_program.py (by a program that is run), dot.py,
pure.py, viz_js.py (one each), this file (their table).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from microgradnet.drawing.layouts import dot, pure, viz_js
from microgradnet.drawing.layouts.layout import Layout

__all__ = ["LAYOUTS", "found"]

# In the order in which they are tried.
LAYOUTS: dict[str, Callable[[], Layout | None]] = {
    "dot": dot.find,
    "graphviz-pure": pure.find,
    "viz-js": viz_js.find,
}


def found() -> Iterator[Layout]:
    """Return the layouts that work here, each looked for when the one before it has failed.

    >>> all(isinstance(layout, Layout) for layout in found())
    True
    """
    return (layout for find in LAYOUTS.values() if (layout := find()) is not None)

"""What a layout is: DOT text goes out, a picture comes in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from microgradnet.words.terminal import hint

__all__ = ["COARSE", "GET_GRAPHVIZ", "LACKED", "NO_LAYOUT", "Layout", "LayoutError"]

COARSE = {"splines": "line", "nslimit": "1", "nslimit1": "1", "mclimit": "0.1"}  # the second try

GET_GRAPHVIZ = (
    "Graphviz from https://graphviz.org (apt-get install graphviz, brew install graphviz)"
)
NO_LAYOUT = (
    "a picture needs a layout program, and none that works was found: get one with "
    f'{hint("draw")}, or {GET_GRAPHVIZ}; .save("x.dot") works without'
)

# The fonts in graphviz-pure (Arimo, as its version 0.2 has it) end with Latin, Greek, Cyrillic,
# Hebrew and signs: these they lack. A browser draws an svg with fonts of its own.
LACKED = re.compile(
    "[\u0530-\u058f\u0600-\u1cff\u2207\u2600-\u27bf\u2e80-\ua63f\ua800-\uab2f\uac00-\ufaff"
    "\ufb50-\U0010ffff]"
)


class LayoutError(RuntimeError):
    """No layout program was found, or none could make the picture.

    >>> issubclass(LayoutError, RuntimeError)
    True
    """


class Layout:
    """What places the boxes and arrows of DOT text, and writes them as a picture.

    A new one is a file with a subclass that has `lay_out`, a function `find` that returns one or
    None where it cannot work, and a line in LAYOUTS. name: what errors call it.

    >>> class Copied(Layout):
    ...     def lay_out(self, source, form, seconds):
    ...         return source.encode()
    >>> Copied("copied").lay_out("digraph {}", "svg", 1.0)
    b'digraph {}'
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def lay_out(self, source: str, form: str, seconds: float) -> bytes:
        """Return DOT text as svg, png, jpg or pdf; seconds: of each of at most two tries.

        Raises LayoutError, which says why, where it cannot.
        """
        raise NotImplementedError

    def lacking(self, letters: Sequence[str]) -> tuple[Sequence[str], str]:
        """Return which of the letters it has no font for, where it writes no svg; and why."""
        return letters, f"the fonts in {self.name} lack them: get {GET_GRAPHVIZ} and a font"

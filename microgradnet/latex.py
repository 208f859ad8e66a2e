"""Names and numbers as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["fraction", "number"]


def fraction(pair: Sequence[str]) -> str:
    r"""Return the derivative of the first by the second; both are Python names.

    >>> print(fraction(("y_pred", "w1")))
    \frac{\partial y_{\mathrm{pred}}}{\partial w_{1}}
    """
    over, under = map(_name, pair)
    return rf"\frac{{\partial {over}}}{{\partial {under}}}"


def number(text: str) -> str:
    r"""Return a number with its power of ten written out.

    >>> print(number("(-1.5e-07)"))
    (-1.5 \times 10^{-7})
    """
    return re.sub(r"e([+-]\d+)", lambda m: rf" \times 10^{{{int(m[1])}}}", text)


def _name(name: str) -> str:
    """The first word, and the rest below it: w1 is w with index 1."""
    stem, below = re.fullmatch(r"(_*[^\W\d_]*)_?(\w*)", name).groups()  # type: ignore[union-attr]
    text = stem if len(stem) == 1 and stem.isascii() else _upright(stem)
    return f"{text}_{{{below if below.isdigit() else _upright(below)}}}" if below else text


def _upright(text: str) -> str:
    kind = "mathrm" if text.isascii() else "text"
    return rf"\{kind}{{{text.replace('_', chr(92) + '_')}}}"

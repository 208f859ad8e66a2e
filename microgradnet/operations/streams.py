"""Text for a stream that may not have all its letters."""

from __future__ import annotations

import sys

__all__ = ["printable"]

PLAIN = str.maketrans({"×": "x", "±": "+-", "∂": "d", "…": "...", "—": "-"})


def printable(text: str) -> str:
    """Return a text as the stream that is printed to can take it.

    >>> printable("3 × 2")
    '3 × 2'
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text

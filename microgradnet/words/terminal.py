"""Text for a terminal: letters it can encode, widths in columns, and commands for extras."""

from __future__ import annotations

import re
import sys
from unicodedata import combining, east_asian_width

__all__ = ["columns", "hint", "padded", "printable", "visible"]

PLAIN = str.maketrans({"×": "x", "±": "+-", "∂": "d", "…": "...", "—": "-", "─": "-"})


def printable(text: str) -> str:
    """Return a text with letters replaced where standard output cannot encode them.

    >>> printable("3 × 2")
    '3 × 2'
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


UNSEEN = r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def visible(name: str) -> str:
    r"""Return a name with its control characters escaped, since a terminal would obey them.

    >>> print(visible("net" + chr(27) + "[2J.py"))
    net\x1b[2J.py
    """
    return re.sub(UNSEEN, lambda met: met.group().encode("unicode_escape").decode(), name)


def columns(text: str) -> int:
    """Return the width of a text in columns; a Chinese letter takes two.

    >>> columns("abc"), columns("\N{CJK UNIFIED IDEOGRAPH-4E2D}")
    (3, 2)
    """
    if text.isascii():
        return len(text)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, width: int) -> str:
    """Return a text padded with blanks to a width in columns.

    >>> padded("w1", 4) + "="
    'w1  ='
    """
    return text + " " * (width - columns(text))


def hint(extra: str) -> str:
    """Return the command that installs an optional package, for errors and examples.

    It is run in a clone of the repository. extra: its name in pyproject.toml, or several with
    commas. The command runs pip from outside, since the environment of the README has none, and
    installs from the clone, since the package is on no index.

    >>> hint("native")
    "python3 -m pip --python .venv/bin/python install -e '.[native]'"
    """
    if sys.platform == "win32":
        return rf'py -m pip --python .venv\Scripts\python install -e ".[{extra}]"'
    return f"python3 -m pip --python .venv/bin/python install -e '.[{extra}]'"

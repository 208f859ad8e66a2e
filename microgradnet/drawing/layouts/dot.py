"""Graphviz's own program, `dot`, where one on PATH works."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

from microgradnet.drawing.layouts.by_program import ByProgram
from microgradnet.drawing.layouts.layout import Layout

__all__ = ["find"]

ANSWERS_IN = 10.0  # seconds


def find() -> Layout | None:
    """Return the layout of the `dot` on PATH; None where there is none that works."""
    dot = shutil.which("dot")
    return Dot("dot", dot) if dot and _answers(dot) else None


class Dot(ByProgram):
    """Graphviz, which draws letters with the fonts installed here."""

    def lacking(self, letters: Sequence[str]) -> tuple[Sequence[str], str]:
        lacked = [] if _has_font(letters) else [c for c in letters if not _has_font([c])]
        return lacked, "no font here has them: install one"


def _answers(dot: str) -> bool:
    """Whether the program runs at all; some packages install one that does not."""
    try:
        return subprocess.run([dot, "-V"], capture_output=True, timeout=ANSWERS_IN).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _has_font(letters: Sequence[str]) -> bool:
    """Whether an installed font has all the letters; yes where that cannot be asked."""
    ask = shutil.which("fc-list")
    if not ask or not letters:
        return True
    pattern = f":charset={' '.join(f'{ord(c):x}' for c in letters)}"
    try:
        done = subprocess.run([ask, pattern, "family"], capture_output=True, timeout=ANSWERS_IN)
    except (OSError, subprocess.TimeoutExpired):
        return True
    return done.returncode != 0 or bool(done.stdout.strip())

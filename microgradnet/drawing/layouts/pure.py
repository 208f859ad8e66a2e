"""The program of the package graphviz-pure, which pip installs with the extra `draw`."""

from __future__ import annotations

import importlib.metadata
import shutil
from pathlib import Path

from microgradnet.drawing.layouts.by_program import ByProgram
from microgradnet.drawing.layouts.layout import Layout

__all__ = ["find"]

NAME = "graphviz-pure"


def find() -> Layout | None:
    """Return the layout of the package's program, which need not be on PATH; None without it."""
    program = _installed() or shutil.which(NAME)
    return ByProgram(NAME, program) if program else None


def _installed() -> str | None:
    try:
        distribution = importlib.metadata.distribution(NAME)
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in distribution.files or ():
        path = Path(str(distribution.locate_file(file)))
        if path.stem == NAME and path.suffix in ("", ".exe") and path.is_file():
            return str(path)
    return None

"""What is carried to the browser: this package and what it imports there, as one archive."""

from __future__ import annotations

import importlib.metadata
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["archive"]

PACKAGE = Path(__file__).parents[2]
# Beside NumPy, which Pyodide has: pure Python, and they need nothing else for tables and pictures.
# Without Hypothesis the strategies of mg.testing are left out.
CARRIED = ("graphviz", "rich")
LEFT_OUT = {"__pycache__", "bin", ".."}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date an archive has: the same files, the same bytes


def archive() -> bytes:
    """Return a zip of this package and those it needs, as they are installed here.

    Raises PackageNotFoundError, which names it, where one is not installed.

    >>> names = zipfile.ZipFile(io.BytesIO(archive())).namelist()
    >>> "microgradnet/__init__.py" in names, "graphviz/__init__.py" in names
    (True, True)
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, path in _files():
            made.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _files() -> Iterator[tuple[str, Path]]:
    """Each file with its name in the archive."""
    for path in sorted(PACKAGE.rglob("*")):
        name = path.relative_to(PACKAGE.parent)
        if path.is_file() and not LEFT_OUT & {*name.parts}:
            yield name.as_posix(), path
    for carried in CARRIED:
        distribution = importlib.metadata.distribution(carried)
        for file in sorted(distribution.files or ()):
            path = Path(str(distribution.locate_file(file)))
            if path.is_file() and not LEFT_OUT & {*file.parts}:
                yield file.as_posix(), path

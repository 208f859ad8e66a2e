"""The folder that checked code works in: a copy of what lies beside the file, thrown away after."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["MOST_BYTES", "working_folder"]

MOST_FILES, MOST_BYTES = 500, 64 * 2**20  # 0.2 s to copy
CODE = (".py", ".pyc", ".ipynb")  # which is imported from where it lies


@contextlib.contextmanager
def working_folder(file: Path) -> Iterator[tuple[Path, list[str]]]:
    """Meanwhile, there is a folder with copies of the data beside a file, and in folders there.

    So `open("train.csv")` finds what lies beside the file, and whatever is done to it is done to
    the copy. At most 500 files and 64 MiB are copied, the nearest first, then the smallest; no
    code, nothing hidden, and no links. Yields the names of the files that were too many, too.

    >>> with working_folder(Path("nowhere/net.py")) as (folder, left_out):
    ...     list(folder.iterdir()), left_out
    ([], [])
    """
    with tempfile.TemporaryDirectory(prefix="checked_", ignore_cleanup_errors=True) as made:
        whole = Path(made).resolve()
        yield whole, _copy(file.parent, whole)


def _copy(home: Path, to: Path) -> list[str]:
    """Copy what there is room for; return the names of what there is none for."""
    left, left_out = MOST_BYTES, []
    for size, path in sorted(_data(home), key=lambda one: (len(one[1].parts), one[0])):
        name = path.relative_to(home)
        if size > left:
            left_out.append(name.as_posix())
            continue
        left -= size
        goal = to / name
        with contextlib.suppress(OSError):
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, goal)
    return left_out


def _data(home: Path) -> list[tuple[int, Path]]:
    """The files of data in a folder and those in it, with their sizes; at most so many."""
    found: list[tuple[int, Path]] = []
    for folder, inside, names in os.walk(home):
        inside[:] = [name for name in inside if not _left_out(Path(folder, name))]
        for name in names:
            path = Path(folder, name)
            if not _left_out(path) and path.suffix not in CODE and path.is_file():
                found.append((path.stat().st_size, path))
        if len(found) >= MOST_FILES:
            break
    return found[:MOST_FILES]


def _left_out(path: Path) -> bool:
    made_by_tools = path.name in ("__pycache__", "node_modules") or (path / "pyvenv.cfg").exists()
    return path.name.startswith(".") or made_by_tools or path.is_symlink()

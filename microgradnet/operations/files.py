"""Write a file whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

__all__ = ["write_whole"]

LONGEST_NAME = 40  # letters of a file's name in its temporary name, of at most 255 bytes


def write_whole(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a file whole or not at all, making directories as needed, and return its path.

    path: a link is followed and stays; an existing file keeps its mode; a special file, such as
    /dev/null or a pipe, is written to directly. content: all bytes of the file. A reader, or a
    restart after a crash, finds the old bytes or the new ones on the disk.

    Raises OSError where it cannot be written; the old content is then unchanged.

    >>> import tempfile
    >>> write_whole(Path(tempfile.mkdtemp(), "new", "a.txt"), b"text").read_bytes()
    b'text'
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.write(content)
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, "not written, as its links go in a circle", os.fspath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    _replace(target, content)
    return path


def _replace(target: Path, content: bytes) -> None:
    """Write a temporary file beside it and rename it, so that no reader sees half a file."""
    beside = target.with_name(f".{target.name[:LONGEST_NAME]}.{os.urandom(4).hex()}")
    try:
        with beside.open("xb") as file:
            if target.exists():  # before writing, so that nobody else can read a private file
                beside.chmod(stat.S_IMODE(target.stat().st_mode))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)

"""A file that is checked, of Python or a notebook: as a script, and run for what it defines."""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import sys
import tempfile
import tokenize
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from microgradnet.operations.muting import muted
from microgradnet.tracing.lending import as_python_3
from microgradnet.tracing.opening import calls_noted, execute, found_beside, in_time, package_of
from microgradnet.tracing.parsing import bytes_of, parse
from microgradnet.tracing.replacing import Namespace
from microgradnet.words import listed, say

__all__ = [
    "RUN_NAME",
    "SUFFIXES",
    "as_script",
    "beside",
    "existing",
    "opened",
    "run_file",
    "seeded",
]

RUN_NAME = "checked"  # not __main__: what a script does only when run is left undone
SUFFIXES = (".py", ".ipynb")
TAG = "microgradnet"


class as_script:
    """A notebook's code as a file of its own, its magics left out; a script as it is.

    A file of Python 2 as one of Python 3, where that is all that ails it.
    """

    def __init__(self, file: Path, cell: str = "") -> None:
        self.file, self.cell, self.made = file, cell, ""

    def __enter__(self) -> Path:
        existing(self.file)
        if self.file.suffix != ".ipynb":
            if self.cell:
                words = "{file} is no notebook: it has no cells tagged {tag}"
                raise ValueError(say(words, file=self.file, tag=self.cell))
            newer = _newer(self.file)
            return self.file if newer is None else self._written(newer)
        code = ["".join(cell["source"]) for cell in _cells(self.file, self.cell)]
        lines = [line for cell in code for line in _as_python(cell)]
        return self._written("\n".join(lines) + "\n")

    def _written(self, text: str) -> Path:
        handle, self.made = tempfile.mkstemp(".py", f"{self.file.stem}_", text=True)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        return Path(self.made)

    def __exit__(self, *_: object) -> None:
        if self.made:
            Path(self.made).unlink(missing_ok=True)


def _newer(file: Path) -> str | None:
    """The text of a file of Python 2 as Python 3 reads it; None where it needs nothing."""
    with contextlib.suppress(SyntaxError, ValueError):
        parse(file.read_bytes())
        return None
    with contextlib.suppress(SyntaxError, ValueError, tokenize.TokenError):
        newer = as_python_3(file.read_text(encoding="utf-8", errors="replace"))
        parse(newer)
        return newer
    return None


def _cells(notebook: Path, tag: str) -> list[dict[str, Any]]:
    """The cells of code with a tag; without one, those tagged microgradnet, or all."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    tags = [cell.get("metadata", {}).get("tags", []) for cell in code]
    tagged = [cell for cell, has in zip(code, tags) if (tag or TAG) in has]
    if tag and not tagged:
        known = listed(sorted({t for has in tags for t in has})) or say("none")
        words = "no cell of {file} is tagged {tag}; the tags there are: {known}"
        raise ValueError(say(words, file=notebook, tag=tag, known=known))
    return tagged or code


def _as_python(cell: str) -> list[str]:
    """The lines of a cell without what only a notebook, or the first line of a file, may have."""
    if cell.startswith("%%") and not cell.startswith(("%%time", "%%capture", "%%prun")):
        return []  # in another language, or a file
    with contextlib.suppress(SyntaxError):
        parse(cell)
        magic: tuple[str, ...] = ("from __future__ ",)
        return [_left_out(line, magic) for line in cell.splitlines()]
    return [_left_out(line, ("from __future__ ", "%", "!", "?")) for line in cell.splitlines()]


def _left_out(line: str, starts: tuple[str, ...]) -> str:
    code = line.lstrip()
    indent = line[: len(line) - len(code)]
    return f"{indent}pass  # {code}" if code.startswith(starts) else line


def existing(file: str | os.PathLike[str]) -> Path:
    """Return the path of a file; FileNotFoundError where there is none."""
    if not Path(file).is_file():
        raise FileNotFoundError(say("there is no file {file}", file=file))
    return Path(file)


def beside(file: Path, script: Path) -> AbstractContextManager[None]:
    """Meanwhile, what a file, or a notebook whose script is elsewhere, finds beside it."""
    return found_beside(file, parse(bytes_of(script), str(script)))


def run_file(file: Path) -> Mapping[str, object]:
    """Return the names of a file that is run, with what it prints left out."""
    with beside(file, existing(file)):
        return opened(file)[0]


def opened(file: Path, seconds: float = math.inf) -> tuple[Namespace, list[Exception]]:
    """Return the names of a file; and, where its loops end after some seconds, what failed."""
    tree = parse(bytes_of(file), str(file))
    module = ModuleType(RUN_NAME)
    vars(module).update(__file__=str(file), __package__=package_of(file, tree)[0])
    before = sys.modules.get(RUN_NAME)
    sys.modules[RUN_NAME] = module
    try:
        with muted():
            tree = calls_noted(in_time(tree, vars(module), seconds), vars(module))
            left = execute(tree, str(file), vars(module), seconds < math.inf)
    finally:
        del sys.modules[RUN_NAME]
        if before is not None:
            sys.modules[RUN_NAME] = before
    return vars(module), left


@contextlib.contextmanager
def seeded() -> Iterator[None]:
    """Meanwhile, what draws without a seed draws the same each time: a report on it is the same.

    >>> with seeded():
    ...     first = random.random()
    >>> with seeded():
    ...     first == random.random()
    True
    """
    of_python, of_numpy = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    try:
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)

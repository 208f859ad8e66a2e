"""Read a person's file, Python or notebook, as one text with line or cell positions."""

from __future__ import annotations

import ast
import bisect
import contextlib
import functools
import io
import json
import linecache
import os
import re
import sysconfig
import threading
import tokenize
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microgradnet.words import listed, say

SUFFIXES = (".py", ".ipynb")
TAG = "microgradnet"  # if cells have this tag, only they are read
MOST_REPAIRS = 500
# The rest of such a cell is Python.
RUN_PYTHON = ("%%check", "%%time", "%%timeit", "%%capture", "%%prun")
PACKAGE = str(Path(__file__).parents[1])
INSTALLED = tuple({sysconfig.get_path(k) for k in ("stdlib", "platstdlib", "purelib", "platlib")})


@functools.cache
def is_own(file: str) -> bool:
    """Whether a file is the person's own, not part of this package, Python or an installed one."""
    is_installed = not {"site-packages", "dist-packages"}.isdisjoint(Path(file).parts)
    return not is_installed and not file.startswith((PACKAGE, *INSTALLED, "<frozen", "<string"))


class UnreadableError(ValueError):
    """A file that is not Python; the message names the place and the reason."""


@dataclass(frozen=True)
class Source:
    """The text of a file.

    text: Python 3, with the lines of the file, or of the notebook's cells in order. cells: for a
    notebook, the first line of each cell in `text`, and its number among the code cells. notes:
    messages about cells that were left out. names: makes the names that the text starts with; own:
    the lines before which definitions of other cells run, which stand below them; 0 for all.
    variant: whether calls were added, and the sizes kept where others were made smaller, or None.
    """

    file: Path
    text: str
    cells: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()
    names: Callable[[], Mapping[str, object]] = dict
    own: int = 0
    variant: tuple[bool, tuple[int, ...] | None] | None = None

    def tree(self) -> ast.Module:
        """Return the syntax tree of the text."""
        return parse(self.text, str(self.file))

    def place(self, line: int) -> str:
        r"""Name a line of the text as a person counts it.

        >>> Source(Path("a.py"), "x = 1").place(1)
        'line 1'
        >>> Source(Path("a.ipynb"), "x = 1\\ny = 2\\nz = 3", ((1, 2), (2, 5))).place(3)
        'cell 5, line 2'
        """
        if not self.cells:
            return say("line {line}", line=line)
        first, cell = self.cells[bisect.bisect(self.cells, (line + 1,)) - 1]
        return say("cell {cell}, line {line}", cell=cell, line=line - first + 1)


NOTEBOOKS: dict[str, Source] = {}  # by file: those read so far, whose lines are not the file's


def line_in_words(file: str, line: int) -> int | str:
    """Return a line as a message takes it: its number, or of a notebook the words for its place.

    >>> line_in_words("net.py", 3)
    3
    """
    source = NOTEBOOKS.get(file)
    return line if source is None else source.place(line)


def read(file: str | os.PathLike[str], tag: str = "") -> Source:
    """Return the source of a `.py` or `.ipynb` file.

    tag: the tag of the cells to read; without one, the cells tagged microgradnet, or all.
    Raises FileNotFoundError, UnreadableError, and ValueError if no cell has the tag.
    """
    path = Path(file)
    if not path.is_file():
        raise FileNotFoundError(say("there is no file {file}", file=path))
    return source_of(path, path.read_bytes(), tag)


def source_of(path: Path, content: bytes, tag: str = "") -> Source:
    """Return the source of a `.py` or `.ipynb` file from its bytes; raises as `read` does."""
    text = _decoded(content)
    if path.suffix == ".ipynb":
        NOTEBOOKS[str(path)] = source = _of_notebook(path, text, tag)
        return source
    if tag:
        raise ValueError(
            say("{file} is no notebook: it has no cells tagged {tag}", file=path, tag=tag)
        )
    try:
        return Source(path, _as_python(text))
    except SyntaxError as error:
        error.filename = str(path)
        place = say("line {line}", line=error.lineno or 1)
        raise UnreadableError(_not_python(place, error)) from error


def parse(text: str, file: str = "<unknown>") -> ast.Module:
    """Return the syntax tree of a text, without warnings; raises SyntaxError.

    A lambda that gets a name, or stands in a table, is a definition of a function there, so that
    its value is a statement.

    >>> ast.unparse(parse("f = lambda x: x + 1")).split()
    ['def', 'f(x):', 'return', 'x', '+', '1']
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(text, file)
            return _with_definitions(tree) if "lambda" in text else tree
        except (ValueError, RecursionError, MemoryError) as error:  # a null byte, too deep
            raise SyntaxError(str(error), (file, 1, 1, "")) from error


def _with_definitions(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            several = getattr(node, name, None)
            if isinstance(several, list):
                several[:] = [new for statement in several for new in _defined(statement)]
    return tree


def _defined(statement: ast.stmt) -> list[ast.stmt]:
    """Return a statement after definitions for the lambdas in it, or such a definition alone."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
        return [statement]
    several = statement.targets if isinstance(statement, ast.Assign) else []  # no field of a class
    if isinstance(statement.value, ast.Lambda) and [type(t) for t in several] == [ast.Name]:
        return [_function(ast.unparse(several[0]), statement.value)]
    made = list[ast.stmt]()

    def without(node: Any) -> Any:
        if isinstance(node, ast.Lambda):
            name = f"lambda_{node.lineno}_{node.col_offset}"
            made.append(_function(name, node))
            return ast.copy_location(ast.Name(name, ast.Load()), node)
        for part in ("values", "elts") if isinstance(node, (ast.Dict, ast.Tuple, ast.List)) else ():
            if hasattr(node, part):
                setattr(node, part, [without(n) for n in getattr(node, part)])
        return node

    statement.value = without(statement.value)
    return [*made, statement]


def _function(name: str, node: ast.Lambda) -> ast.stmt:
    made: Any = ast.parse("def f(): pass").body[0]  # with all fields that this Python has
    value = ast.copy_location(ast.Return(node.body), node.body)
    made.name, made.args, made.body = name, node.args, [value]
    located: ast.stmt = ast.copy_location(made, node)
    return located


def _decoded(raw: bytes) -> str:
    """Decode bytes as Python does; fall back to latin-1 if they do not fit the encoding."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        text = raw.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        text = raw.decode("latin-1")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _not_python(place: str, error: SyntaxError) -> str:
    return say("{place} is not Python: {reason}", place=place, reason=error.msg)


def _of_notebook(path: Path, text: str, tag: str) -> Source:
    numbered = _cells(path, text, tag)
    lines: list[str] = []
    cells: list[tuple[int, int]] = []
    notes: list[str] = []
    for number, code in numbered:
        try:
            read_lines = cell_lines(code)
        except SyntaxError as error:
            place = say("cell {cell}, line {line}", cell=number, line=error.lineno or 1)
            notes.append(_not_python(place, error))
            continue
        cells.append((len(lines) + 1, number))
        lines += read_lines
    if notes and not cells:
        raise UnreadableError(notes[0])
    said = tuple(say("A cell is left out: {reason}.", reason=note) for note in notes)
    return Source(path, "\n".join(lines) + "\n", tuple(cells), said)


def _cells(path: Path, text: str, tag: str) -> list[tuple[int, str]]:
    """Return the number and the code of each code cell to be read."""
    try:
        notebook = json.loads(text)
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
        code = [(_text(cell), cell) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnreadableError(say("{file} is no notebook", file=path)) from error
    numbered = [(i, *pair) for i, pair in enumerate((p for p in code if p[0].strip()), 1)]
    tagged = [(i, text) for i, text, cell in numbered if (tag or TAG) in _tags(cell)]
    if tag and not tagged:
        known = listed(sorted({t for *_, cell in numbered for t in _tags(cell)})) or say("none")
        words = "no cell of {file} is tagged {tag}; the tags there are: {known}"
        raise ValueError(say(words, file=path, tag=tag, known=known))
    return tagged or [(i, text) for i, text, _ in numbered]


def _text(cell: Mapping[str, Any]) -> str:
    text = "".join(cell.get("source", cell.get("input", "")))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _tags(cell: Mapping[str, Any]) -> list[str]:
    tags = cell.get("metadata", {}).get("tags", [])
    return tags if isinstance(tags, list) else []


def cell_lines(code: str) -> list[str]:
    """Return the lines of a cell with its magics blanked; raises SyntaxError."""
    lines = code.split("\n")
    first = next(i for i, line in enumerate(lines) if line.strip())
    magic = lines[first].strip()
    if magic.startswith("%%"):
        lines[first] = "pass"
        if not magic.startswith(RUN_PYTHON):
            return ["pass", *[""] * (len(lines) - 1)]
    lines = _as_python("\n".join(lines)).split("\n")
    return [_blanked(line) if FUTURE.match(line) else line for line in lines]


def _as_python(text: str) -> str:
    """Repair a text until it parses; raises the first SyntaxError that no repair can fix."""
    lines = text.split("\n")
    for _ in range(MOST_REPAIRS):
        try:
            parse("\n".join(lines))
            break
        except SyntaxError as error:
            if not any(repair(lines, error) for repair in REPAIRS):
                raise
    return "\n".join(lines)


Repair = Callable[[list[str], SyntaxError], bool]
MAGIC = re.compile(r"\s*([%!?]|[\w, ]+=\s*[%!]|.*\?\s*$)")
FUTURE = re.compile(r"from\s+__future__\s")


def _blanked(line: str) -> str:
    return line[: len(line) - len(line.lstrip())] + "pass"


def _at(lines: list[str], error: SyntaxError) -> int:
    """Return the index of the line of an error."""
    return min(max((error.lineno or 1) - 1, 0), len(lines) - 1)


def _blank_magic(lines: list[str], error: SyntaxError) -> bool:
    """Blank the notebook magic or shell command on the line of an error."""
    i = _at(lines, error)
    if not MAGIC.match(lines[i]):
        return False
    lines[i] = _blanked(lines[i])
    return True


def _expand_tabs(lines: list[str], error: SyntaxError) -> bool:
    """Expand tabs to 8 spaces if the indentation mixes tabs and spaces."""
    if not isinstance(error, IndentationError) or not any("\t" in line for line in lines):
        return False
    lines[:] = [line.expandtabs(8) for line in lines]
    return True


def _call_print(lines: list[str], error: SyntaxError) -> bool:
    """Add the parentheses that Python 2's `print x` lacks."""
    found = re.match(r"Missing parentheses in call to '(\w+)'", error.msg)
    if not found or not error.lineno or not error.offset:
        return False
    row, start = error.lineno - 1, error.offset - 1 + len(found[1])
    rest = iter([" " * start + lines[row][start:], *lines[row + 1 :]])
    end, depth = (1, start), 0
    with contextlib.suppress(tokenize.TokenError, IndentationError):
        for token in tokenize.generate_tokens(lambda: f"{next(rest)}\n"):
            depth += (token.string in "([{") - (token.string in ")]}") if token.string else 0
            ends = token.type in (tokenize.NEWLINE, tokenize.COMMENT) or token.string == ";"
            if ends and not depth:
                break
            end = token.end if token.string.strip() else end
    last, stop = row + end[0] - 1, end[1]
    lines[last] = f"{lines[last][:stop]}){lines[last][stop:]}"
    lines[row] = f"{lines[row][:start]}({lines[row][start:].lstrip()}"
    return True


OLDER = (  # Python 2 syntax and its replacement
    (re.compile(r"(\bexcept\s+[\w.]+)\s*,\s*(\w+)\s*:"), r"\1 as \2:"),
    (re.compile(r"(\braise\s+[\w.]+)\s*,\s*(.+)$"), r"\1(\2)"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"\b(\d+)[lL]\b"), r"\1"),
)


def _newer(lines: list[str], error: SyntaxError) -> bool:
    """Convert the line of an error from Python 2 to Python 3 syntax."""
    i = _at(lines, error)
    for pattern, new in OLDER:
        changed = pattern.sub(new, lines[i])
        if changed != lines[i]:
            lines[i] = changed
            return True
    return False


REPAIRS: tuple[Repair, ...] = (_blank_magic, _expand_tabs, _call_print, _newer)


def statements(source: Source) -> Iterator[tuple[list[ast.stmt], str]]:
    """Yield the top-level statements of a file, each with a text of it alone, on its own lines.

    Those of other cells come first. Statements that share a line come together. Imports from
    `__future__` stay in each text.
    """
    groups: list[tuple[list[ast.stmt], range]] = []
    for node in source.tree().body:
        first = min(n.lineno for n in (node, *getattr(node, "decorator_list", ())))
        rows = range(first - 1, node.end_lineno or first)
        if groups and rows.start < groups[-1][1].stop:
            nodes, before = groups.pop()
            start, stop = min(before.start, rows.start), max(before.stop, rows.stop)
            groups.append(([*nodes, node], range(start, stop)))
        else:
            groups.append(([node], rows))
    lines, kept = source.text.split("\n"), set[int]()
    for nodes, rows in sorted(groups, key=lambda group: group[1].start < source.own):
        if isinstance(nodes[0], ast.ImportFrom) and nodes[0].module == "__future__":
            kept |= set(rows)
        shown = kept | set(rows)
        text = [line if i in shown else "" for i, line in enumerate(lines[: rows.stop])]
        yield nodes, "\n".join(text)


_reading = threading.Lock()  # linecache is not thread-safe: two threads may remove one entry


def lines_of_file(file: str) -> list[str]:
    """Return the current lines of a file or cell; [] if it does not exist.

    A relative path is made absolute, since linecache would also search the import path for it.
    """
    if file in NOTEBOOKS:
        return NOTEBOOKS[file].text.splitlines(keepends=True)
    kept = linecache.cache.get(file)
    is_kept_as_text = kept is not None and (len(kept) == 1 or kept[1] is None)
    path = file if is_kept_as_text or file.startswith("<") else os.path.abspath(file)
    with _reading:
        linecache.checkcache(path)
        return linecache.getlines(path)


def line_of_file(file: str, number: int) -> str:
    """Return one line of a file; "" if it does not exist."""
    lines = lines_of_file(file)
    return lines[number - 1] if 0 < number <= len(lines) else ""

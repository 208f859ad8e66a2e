"""The cell magic `%%check`: check a cell of a notebook with the names of the cells before it."""

from __future__ import annotations

import ast
import copy
import inspect
import linecache
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from microgradnet.checking.finding.upstream import named_loss
from microgradnet.checking.of_files import file_report
from microgradnet.checking.reporting.report import Options, Report, Row
from microgradnet.tape.feeding.by_name import is_backward, is_training
from microgradnet.tape.limits import muted, seeded
from microgradnet.tape.recording import KINDS, tree_of
from microgradnet.tape.sources import Source, cell_lines, lines_of_file
from microgradnet.words import in_language, language, say, sentence

__all__ = ["Cell", "check_cell", "register"]

SHARED = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType)  # never copied
OPTION = "--loss"
NAMES = "__names_before__"


def register(shell: Any) -> None:
    """Add the magic to a shell of IPython, as `%load_ext microgradnet` does.

    >>> class Shell:
    ...     def register_magic_function(self, function, kind, name):
    ...         print(kind, name)
    >>> register(Shell())
    cell check
    """

    def check(line: str, cell: str) -> Report | None:
        """Run the cell, and check the derivation in it: %%check [--loss NAME]."""
        return check_cell(shell, line, cell)

    shell.register_magic_function(check, "cell", "check")


class StoppedError(Exception):
    """An error that was shown already; it only stops the cells below."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows of it: none."""
        return []


def check_cell(shell: Any, line: str, cell: str) -> Report | None:
    """Run a cell, then check it with the names of the cells before; print why it is not checked.

    shell: that of IPython; line: the rest of the line of the magic, `--loss NAME` or nothing. The
    check works on copies of the names, except for modules, functions and objects without a copy.
    Raises StoppedError for another line, and where the cell fails.
    """
    checked, words = None, line.split()
    try:
        if words and (words[0] != OPTION or len(words) != 2):
            raise ValueError(say("%%check takes --loss NAME or nothing, not {line}", line=line))
        options = Options(named_loss(words[1] if words else None), with_passes=not words)
        checked = Cell.of(f"%%check\n{cell}", shell.user_ns, f"<cell {shell.execution_count}>")
    except SyntaxError:  # which the shell shows
        pass
    except ValueError as error:
        _tell(sentence(error))
        raise StoppedError from None
    numbered = cell if cell.startswith("%%") else f"# %%check\n{cell}"  # lines as they are shown
    if not shell.run_cell(numbered, store_history=False).success or checked is None:
        raise StoppedError
    try:
        with seeded(), muted():
            return checked.only(file_report(checked.source, options))
    except Exception as error:  # also from the code that is checked
        _tell(sentence(error))
        return None


def _tell(why: str) -> None:
    print(f"microgradnet: {in_language(why, language())}", file=sys.stderr)


@dataclass(frozen=True)
class Definition:
    """A function or class defined in an earlier cell: its text, its file and its first line."""

    name: str
    text: str
    file: str
    line: int

    @property
    def derives(self) -> bool:
        """Whether it is a derivation by its name, which is checked in its own cell."""
        return is_backward(self.name) or is_training(self.name)

    @property
    def end(self) -> int:
        """The number of its lines."""
        return self.text.count("\n") + 1


@dataclass(frozen=True)
class Cell:
    """A cell to check. source: its text, followed by definitions from earlier cells.

    lines: for each definition that it uses, the first line in the text.
    """

    source: Source
    lines: Mapping[int, Definition]

    @staticmethod
    def of(text: str, names: Mapping[str, Any], file: str) -> Cell:
        """Return a cell; names: those of the notebook; file: a name for it. Raises SyntaxError.

        The definitions are those that it uses, and others that are no derivations, since a
        backward pass may need their forward pass.

        >>> cell = Cell.of("y = w * x", {"w": 2.0, "x": 3.0, "z": 4.0}, "<cell 1>")
        >>> print(cell.source.text, end="")
        y = w * x
        w = __names_before__['w']
        x = __names_before__['x']
        """
        lines = cell_lines(text)
        code = "\n".join(lines)
        bound = {s.name for s in ast.parse(code).body if isinstance(s, KINDS)}
        before = {d.name: d for d in definitions(names) if d.name not in bound}
        used = _used(code, before)
        beside = [d for d in before.values() if d.name in used or not d.derives]
        needed = used.union(*(_used(d.text, before) for d in beside))
        kept = {k: copied(x) for k, x in names.items() if k in needed and k not in before}
        starts = dict[int, Definition]()
        for d in [d for d in before.values() if d in beside or d.name in needed]:
            if d.name in used:
                starts[len(lines) + 1] = d
            lines += d.text.split("\n")
        lines += [f"{name} = {NAMES}[{name!r}]" for name in kept]  # recorded as a statement
        whole = "\n".join(lines) + "\n"
        linecache.cache[file] = (len(whole), None, whole.splitlines(True), file)
        own = code.count("\n") + 1
        again = partial(_copies, kept)
        return Cell(Source(Path(file), whole, names=again, own=own), starts)

    def only(self, report: Report) -> Report:
        """Return a report with the rows of the cell and of the code it uses, at their own lines.

        Raises ValueError if there are none.
        """
        rows = [made for row in report.rows for made in self._at_home(row)]
        if not rows:
            raise ValueError(say("the cell has no code that trains or derives and can be checked"))
        return replace(report, rows=tuple(rows))

    def _at_home(self, row: Row) -> Iterator[Row]:
        if row.line <= self.source.own:
            yield row
        for first, d in self.lines.items():
            if first <= row.line < first + d.end:
                moved = d.line - first
                others = tuple(n + moved for n in row.alternatives if first <= n < first + d.end)
                yield replace(row, file=d.file, line=row.line + moved, alternatives=others)


def _used(text: str, before: Mapping[str, Definition]) -> set[str]:
    """Return the global names that a text uses, and those that the definitions among them use."""
    found, todo = set[str](), [text]
    while todo:
        codes = [compile(todo.pop(), "", "exec")]
        for code in codes:  # the list grows during the loop
            codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
            new = {*code.co_names} - found
            found |= new
            todo += [before[name].text for name in new & before.keys()]
    return found


def definitions(names: Mapping[str, Any]) -> list[Definition]:
    """Return the functions and classes that the cells of a notebook have defined."""
    return [d for name, x in names.items() for d in _definition(name, x)]


def _definition(name: str, x: Any) -> Iterator[Definition]:
    is_own = inspect.isfunction(x) or inspect.isclass(x)
    if not is_own or x.__module__ != "__main__" or x.__qualname__ != name:
        return
    try:
        tree, file = tree_of(x)
    except (OSError, TypeError, SyntaxError):  # its text is not there
        return
    lines = lines_of_file(file)
    for node in tree.body:
        if isinstance(node, KINDS) and node.name == name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            text = "".join(lines[first - 1 : node.end_lineno]).rstrip("\n")
            yield Definition(name, text, file, first)
            return


def copied(x: Any) -> Any:
    """Return a copy of a value; the value itself if it is in SHARED or cannot be copied.

    >>> copied([1.0]), copied(len) is len
    ([1.0], True)
    """
    if isinstance(x, SHARED):
        return x
    try:
        return copy.deepcopy(x)
    except Exception:  # a file, a generator, or what its own code refuses
        return x


def _copies(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {NAMES: {name: copied(x) for name, x in kept.items()}}

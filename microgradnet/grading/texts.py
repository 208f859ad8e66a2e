"""The text of a submission, read once before it runs: each row is compared with it."""

from __future__ import annotations

import ast
import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from microgradnet.checking.report import CANNOT_TELL, PASSED, Report, Row, first_line
from microgradnet.tape.by_text import NOT_SAID
from microgradnet.tape.sources import parse, read
from microgradnet.words import say

__all__ = ["Text", "Texts", "held_against", "script_of"]

NO_LINE = "no line of the file, or of a module beside it, is named that computes it"
PASSES = "forward"  # the row that compares what training computes with what predicting does
UNREAD = (OSError, ValueError, LookupError, TypeError, SyntaxError, RecursionError, MemoryError)


def script_of(name: str, content: bytes, cell: str = "") -> str:
    """Return the bytes of a file, or of the cells of a notebook, as the text of Python; "" if none.

    >>> script_of("net.py", b"x = 1")
    'x = 1'
    """
    with contextlib.suppress(*UNREAD), tempfile.TemporaryDirectory() as made:
        copy = Path(made, name)
        copy.write_bytes(content)
        return read(copy, cell).text
    return ""


class Text:
    r"""The text of a file of code, its lines and its statements.

    >>> text = Text("x = 1\n# y = 2")
    >>> text.line(1), text.line(2)
    ('x = 1', '')
    """

    def __init__(self, script: str) -> None:
        self.script, self.lines = script, script.split("\n")

    @cached_property
    def tree(self) -> ast.Module:
        """The tree, of nothing where the text is not Python."""
        with contextlib.suppress(*UNREAD):
            return parse(self.script)
        return ast.Module([], [])

    @cached_property
    def computing(self) -> set[int]:
        """The numbers of the lines where something begins that is more than a text or a comment."""
        several = (n for n in ast.walk(self.tree) if isinstance(n, (ast.stmt, ast.expr)))
        return {n.lineno for n in several if not _is_text(n)}

    def line(self, number: int) -> str:
        """Return what a row shows of a line; "" where no statement stands there."""
        return first_line(self.lines[number - 1]) if number in self.computing else ""


class Texts(Mapping[str, Text]):
    """Texts by the path of their file: those given, and those of contents, read as asked for.

    >>> texts = Texts({"net.py": Text("x = 1")}, {"helper.py": b"y = 2"})
    >>> texts["helper.py"].script, sorted(texts)
    ('y = 2', ['helper.py', 'net.py'])
    """

    def __init__(self, given: Mapping[str, Text], contents: Mapping[str, bytes]) -> None:
        self.known, self.contents = dict(given), contents

    def __getitem__(self, file: str) -> Text:
        if file not in self.known:
            self.known[file] = Text(script_of(Path(file).name, self.contents[file]))
        return self.known[file]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.contents, **self.known})

    def __len__(self) -> int:
        return len({**self.contents, **self.known})


def _is_text(node: ast.AST) -> bool:
    node = node.value if isinstance(node, ast.Expr) else node
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def held_against(report: Report, texts: Mapping[str, Text]) -> Report:
    """Return a report whose rows show their lines as they were; what was not there is not right.

    texts: by the paths that rows name.

    >>> row = Row("d_L_d_w", "right", 1.0, 1.0, 0.0, file="a.py", line=1, code="d_L_d_w = x")
    >>> held_against(Report((row,)), {"a.py": Text("d_L_d_w = w")}).rows[0].verdict
    'cannot tell'
    """
    held = [_held(row, texts.get(row.file)) for row in report.rows]
    stands = any(row.name != PASSES and row.file in texts for row in held)
    pairs = zip(report.rows, held)
    return replace(
        report, rows=tuple(old if _is_of_passes(old, stands) else new for old, new in pairs)
    )


def _is_of_passes(row: Row, stands: bool) -> bool:
    """Whether a row compares two passes, so has no line; stands: whether other rows have one."""
    return stands and row.name == PASSES and not row.line


def _held(row: Row, text: Text | None) -> Row:
    if text is None:
        return replace(row, verdict=CANNOT_TELL, why=say(NO_LINE)) if row.verdict in PASSED else row
    code = text.line(row.line)
    if row.verdict in PASSED and code != row.code:
        why = say(NOT_SAID, line=row.line, file=Path(row.file).name)
        return replace(row, verdict=CANNOT_TELL, why=why, code=code)
    return replace(row, code=code)

"""Verify a child's verdicts from the tapes it handed over and the source text before the run."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from microgradnet.checking import Report, Row
from microgradnet.checking.reporting.report import (
    CANNOT_TELL,
    DEFAULT,
    PASSED,
    Options,
    first_line,
    sorted_rows,
)
from microgradnet.checking.reporting.reporter import Reporter
from microgradnet.checking.variants import besides, smaller
from microgradnet.tape.by_text import NOT_SAID
from microgradnet.tape.handing import MALFORMED, from_data
from microgradnet.tape.sources import Source, parse, source_of
from microgradnet.words import Said, say

__all__ = ["Text", "held_against", "proven", "script_of"]

UNFOUNDED = say("reported as right, but the recorded run does not prove it")
Key = tuple[str, int, str]
NO_LINE = say("the report names no line of the file, or of a module beside it, that computes it")
PASSES = "forward"  # the row that compares the forward passes of training and prediction
UNREAD = (OSError, ValueError, LookupError, TypeError, SyntaxError, RecursionError, MemoryError)


def script_of(file: str, content: bytes, cell: str = "") -> str:
    """Return a file, or the cells of a notebook, as the text of Python; "" if unreadable.

    >>> script_of("net.py", b"x = 1")
    'x = 1'
    """
    with contextlib.suppress(*UNREAD):
        return source_of(Path(file), content, cell).text
    return ""


class Text:
    r"""The text of a code file, with its lines and its syntax tree.

    content: the text, or the bytes of the file with this name, which are decoded when needed.

    >>> text = Text("x = 1\n# y = 2")
    >>> text.line(1), text.line(2)
    ('x = 1', '')
    """

    def __init__(self, content: str | bytes, file: str = "") -> None:
        self.content, self.file = content, file

    @cached_property
    def script(self) -> str:
        """The whole text."""
        content = self.content
        return content if isinstance(content, str) else script_of(self.file, content)

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; empty if the text is not Python."""
        with contextlib.suppress(*UNREAD):
            return parse(self.script)
        return ast.Module([], [])

    @cached_property
    def computing(self) -> set[int]:
        """The numbers of the lines on which a statement or expression, not a string, begins."""
        several = (n for n in ast.walk(self.tree) if isinstance(n, (ast.stmt, ast.expr)))
        return {n.lineno for n in several if not _is_text(n)}

    def line(self, number: int) -> str:
        """Return a line as a row shows it; "" if no code begins there."""
        return first_line(self.script.split("\n")[number - 1]) if number in self.computing else ""


def _is_text(node: ast.AST) -> bool:
    node = node.value if isinstance(node, ast.Expr) else node
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def held_against(report: Report, texts: Mapping[str, Text]) -> Report:
    """Return a report with the original code lines; a changed line cannot be right.

    texts: by the paths that rows name.

    >>> row = Row("d_L_d_w", "right", 1.0, 1.0, 0.0, file="a.py", line=1, code="d_L_d_w = x")
    >>> held_against(Report((row,)), {"a.py": Text("d_L_d_w = w")}).rows[0].verdict
    'cannot tell'
    """
    held = [_held(row, texts.get(row.file)) for row in report.rows]
    if any(row.name != PASSES and row.file in texts for row in held):
        # a row that compares two forward passes needs no line if others have theirs
        pairs = zip(report.rows, held)
        held = [old if old.name == PASSES and not old.line else new for old, new in pairs]
    return replace(report, rows=tuple(held))


def _held(row: Row, text: Text | None) -> Row:
    if text is None:
        return _doubted(row, NO_LINE)
    code = text.line(row.line)
    if code.split() != row.code.split():  # tabs are sent as blanks
        row = _doubted(row, say(NOT_SAID, line=row.line, file=Path(row.file).name))
    return replace(row, code=code)


def proven(
    report: Report,
    evidence: object,
    texts: Mapping[str, Text],
    options: Options = DEFAULT,
    lines: Container[int] | None = None,
) -> Report:
    """Return a report in which only rows that the handed-over tapes support are right or scaled.

    evidence: the tapes as data; their values are recomputed, and compared with the texts from
    before the run. A row that is right in the report, but not as judged here, becomes "cannot
    tell". A row that is not right here, and is missing in the report, is added; without trials of
    edits, few rows are wrong. If the tapes are invalid or contradict the texts, no row is right.
    lines: the lines of the file that the report covers; all by default.

    >>> row = Row("d_L_d_w", "right", 2.0, 2.0, 1e-15)
    >>> proven(Report((row,)), {"tapes": []}, {}).rows[0].verdict
    'cannot tell'
    """
    try:
        found = _judged(evidence, texts, options)
    except MALFORMED as error:
        said = next((x for x in error.args if isinstance(x, Said)), UNFOUNDED)
        return _with(report, [_doubted(row, said) for row in report.rows])
    shown = {(_key(row), row.verdict) for row in found}
    rows = [
        row if (_key(row), row.verdict) in shown else _doubted(row, UNFOUNDED)
        for row in report.rows
    ]
    names = {row.name for row in rows}
    more = [row for row in found if row.verdict not in PASSED and row.name not in names]
    return _with(report, [*rows, *(row for row in more if lines is None or row.line in lines)])


def _judged(evidence: Any, texts: Mapping[str, Text], options: Options) -> list[Row]:
    """Return the rows for the tapes that were handed over, without trying edits."""
    named = {place[0] for data in evidence["tapes"] for place in data["places"] if place}
    scripts = {file: texts[file].script for file in named if file in texts}
    rows = list[Row]()
    for data in evidence["tapes"]:
        recording = from_data(data, as_run(scripts, data.get("variant")))
        recording.tape.loss = options.loss
        rows += Reporter(recording, None, options).report().rows
    return rows


def as_run(scripts: Mapping[str, str], variant: Any) -> Mapping[str, str]:
    """Return the texts as they ran. variant: as that of a recording."""
    if variant is None:
        return scripts
    file, is_with_calls, kept = variant
    source = Source(Path(file), scripts[file])
    source = (besides(source) if is_with_calls else None) or source
    source = (None if kept is None else smaller(source, kept)) or source
    return {**scripts, file: source.text}


def _key(row: Row) -> Key:
    return row.file, row.line, row.name


def _doubted(row: Row, why: str) -> Row:
    return replace(row, verdict=CANNOT_TELL, why=why) if row.verdict in PASSED else row


def _with(report: Report, rows: Sequence[Row]) -> Report:
    return replace(report, rows=sorted_rows(rows), evidence=None)

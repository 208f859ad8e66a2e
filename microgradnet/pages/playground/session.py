"""What the browser asks Python: a person's code checked, drawn, and stepped through.

It runs in the worker of the playground, and answers with what JSON has; anywhere else, too.
"""

from __future__ import annotations

import json
import linecache
import os
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from microgradnet.autograd.value import Value
from microgradnet.checking.entry_points import check_here
from microgradnet.checking.report import RIGHT, WRONG, Report, Row
from microgradnet.checking.showing import counts, numbers_at
from microgradnet.drawing.depths import draw
from microgradnet.drawing.rendering import render
from microgradnet.drawing.styles import Look
from microgradnet.nn.module import Module
from microgradnet.pages.code_graphs import CodeGraph
from microgradnet.pages.page import Page, page, page_of_report
from microgradnet.tape.running import RUN_NAME, run_file
from microgradnet.words import in_language, say

__all__ = ["Session"]

NAME = "derivation.py"
DIGITS = 6


class Session:
    """One person's code: `check` runs it, then `picture` and `page` show what it computes.

    folder: where its file is written; lang: "en" or "zh". Each method returns JSON: what was
    found, or under "error" its kind, what it says, and the line of the code it is from, or null.

    >>> import tempfile
    >>> session = Session(tempfile.mkdtemp())
    >>> session.check("1 / 0")
    '{"error": {"kind": "ZeroDivisionError", "text": "division by zero", "line": 1}}'
    """

    def __init__(self, folder: str | Path = ".", lang: str = "en") -> None:
        self.file, self.lang = Path(folder, NAME), lang
        self._report: Report | None = None

    def check(self, code: str) -> str:
        """Check the code; "rows" of the table, "counts" of verdicts, "notes", "right"."""
        self.file.write_text(code, encoding="utf-8")
        linecache.clearcache()  # or the lines of the code before it would be read
        self._report = None
        try:
            self._report = check_here(self.file)
        except (Exception, SystemExit) as error:  # of the person's code, too
            return self._refused(error)
        return json.dumps(self._told(self._report))

    def picture(self) -> str:
        """Draw the verdict, or what the code computes: svg for a "light" page and a "dark" one."""
        try:
            return json.dumps({theme: self._drawn(theme) for theme in ("light", "dark")})
        except (Exception, SystemExit) as error:
            return self._refused(error)

    def page(self) -> str:
        """Make the page that steps through the code, or the report's where it cannot: "html"."""
        try:
            return json.dumps({"html": self._stepped().html})
        except (Exception, SystemExit) as error:
            return self._refused(error)

    def _stepped(self) -> Page:
        try:
            return page(self._loss(), lang=self.lang)
        except Exception:  # of arrays, or of a graph that is too large
            if self._report is None:
                raise
            return page_of_report(self._report, lang=self.lang)

    def _drawn(self, theme: Look) -> str:
        """The derivation with what is wrong in it; of what was not checked, its graph."""
        if self._report is not None:
            drawing = self._report.draw(theme=theme, lang=self.lang)
        else:
            drawing = draw(self._loss(), theme=theme)
        return render(drawing.dot.source, "svg").decode()

    def _loss(self) -> Value:
        """The graph of what derives in the code: the first name that has one, the last first."""
        names = run_file(self.file)
        refused: list[Exception] = []
        for found in _shown_first(names):
            try:
                return CodeGraph(found, names).loss
            except Exception as error:  # of the person's code, too
                refused.append(error)
        raise refused[0] if refused else ValueError("the code defines nothing that has a graph")

    def _told(self, report: Report) -> dict[str, object]:
        """A report, its sentences in the language of the page."""
        notes = [self._in_words(text) for text in (numbers_at(report), report.note) if text]
        rows = [self._row(row) for row in report.rows]
        counted = self._in_words(counts(report.rows))
        return {"rows": rows, "counts": counted, "notes": notes, "right": bool(report)}

    def _in_words(self, text: str) -> str:
        return in_language(text, self.lang)

    def _row(self, row: Row) -> dict[str, object]:
        plain = row.verdict == RIGHT
        place = row.place if row.verdict == WRONG else ""
        said = () if plain else (place, row.words, row.at_example_in_words)
        return {
            "name": row.name,
            "kind": row.verdict,
            "verdict": self._in_words(say(row.verdict)),
            "written": _figure(row.written),
            "right": _figure(row.right),
            "said": [self._in_words(text) for text in said if text],
            "line": row.line or None,
        }

    def _refused(self, error: BaseException) -> str:
        """An error as the page shows it: without the lines of this package."""
        if isinstance(error.__cause__, SyntaxError):  # of a file that is no Python
            error = error.__cause__
        text = in_language(error.args[0], self.lang) if len(error.args) == 1 else str(error)
        if isinstance(error, SyntaxError):
            text = error.msg
        text = str(text).replace(f"{self.file.parent}{os.sep}", "")
        said = {"kind": type(error).__name__, "text": text, "line": self._line(error)}
        return json.dumps({"error": said})

    def _line(self, error: BaseException) -> int | None:
        """The last line of the code that an error, or one that led to it, went through."""
        if isinstance(error, SyntaxError) and error.filename == str(self.file):
            return error.lineno
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame.lineno for frame in frames if frame.filename == str(self.file)]
        before = error.__cause__ or error.__context__
        if own or before is None:
            return own[-1] if own else None
        return self._line(before)


def _figure(number: float) -> str:
    return f"{number + 0.0:.{DIGITS}g}"


def _shown_first(names: Mapping[str, Any]) -> list[object]:
    """What a person made: Values and nets, then classes, then functions; of each the last first.

    A function that others call is a part of them, and not shown alone.
    """
    found = [*names.values()][::-1]
    own = [x for x in found if getattr(x, "__module__", "") == RUN_NAME and callable(x)]
    parts = {name for x in own for name in _used(x) if names.get(name) is not x}
    classes = [x for x in own if isinstance(x, type)]
    alone = [x for x in own if x not in classes and x.__name__ not in parts]
    return [*(x for x in found if isinstance(x, (Value, Module))), *classes, *alone]


def _used(found: object) -> Iterator[str]:
    """Yield the names that a function, or the methods of a class, look up outside themselves."""
    for function in vars(found).values() if isinstance(found, type) else [found]:
        code = getattr(function, "__code__", None)
        yield from code.co_names if code is not None else ()

"""The Python side of the playground: check a user's code, draw it, and step through it.

It runs in the worker of the playground, but works anywhere, and answers in JSON.
"""

from __future__ import annotations

import io
import json
import linecache
import marshal
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile
from zipimport import zipimporter

from microgradnet.autograd.value import Value
from microgradnet.checking.entry_points import check_here
from microgradnet.checking.reporting.report import RIGHT, WRONG, Report, Row
from microgradnet.checking.reporting.showing import counts, numbers_at
from microgradnet.nn.module import Module
from microgradnet.tape.feeding.running import RUN_NAME, run_file
from microgradnet.words import in_language, say

if TYPE_CHECKING:  # pictures and pages are imported after the first report, which they delay
    from microgradnet.drawing.styles import Look
    from microgradnet.pages.page import Page

__all__ = ["Session"]

NAME = "derivation.py"
DIGITS = 6
UNCHECKED = MAGIC_NUMBER + bytes([1, *[0] * 11])  # of a .pyc that is used without its source


class Session:
    """A user's code: `check` runs it, then `picture` and `page` show its graph.

    folder: where its file is written; lang: "en" or "zh". Each method returns JSON: the
    result, or under "error" its kind, its text, and the line of the code it is from, or null.

    >>> import tempfile
    >>> session = Session(tempfile.mkdtemp())
    >>> session.check("1 / 0")
    '{"error": {"kind": "ZeroDivisionError", "text": "division by zero", "line": 1}}'
    """

    def __init__(self, folder: str | Path = ".", lang: str = "en") -> None:
        self.file, self.lang = Path(folder, NAME), lang
        self._report: Report | None = None

    def check(self, code: str) -> str:
        """Check the code: the "rows" of the table, "counts" of verdicts, "notes", "right"."""
        self.file.write_text(code, encoding="utf-8")
        linecache.clearcache()  # else lines of the previous code would be shown
        self._report = None
        return self._answer(self._told)

    def picture(self) -> str:
        """Draw the report, or else the graph of the code, as svg for a "light" and "dark" page."""
        return self._answer(lambda: {theme: self._drawn(theme) for theme in ("light", "dark")})

    def page(self) -> str:
        """Make the page that steps through the code, or that of the report if it cannot: "html"."""
        return self._answer(lambda: {"html": self._stepped().html})

    def bytecode(self, library: bool) -> bytes:
        """Return the modules in use, compiled, as a zip for a next visit.

        library: those of the standard library, in the zip that it is imported from; else all
        others, by their paths.
        """
        kind: type[Any] = zipimporter if library else SourceFileLoader
        home = json.__loader__.archive if library else ""  # type: ignore[union-attr]
        content = io.BytesIO(Path(home).read_bytes() if library else b"")
        with ZipFile(content, "a") as made:
            for module in {id(m): m for m in sys.modules.values()}.values():
                spec: Any = getattr(module, "__spec__", None)
                if spec and isinstance(spec.loader, kind):
                    name = f"{spec.origin[len(home) :]}c" if library else spec.cached
                    code = marshal.dumps(spec.loader.get_code(spec.name))
                    made.writestr(name.lstrip("/"), UNCHECKED + code)
        return content.getvalue()

    def _answer(self, make: Callable[[], object]) -> str:
        try:
            return json.dumps(make())
        except (Exception, SystemExit) as error:  # also from the user's code
            return self._refused(error)

    def _stepped(self) -> Page:
        from microgradnet.pages.page import page, page_of_report

        try:
            return page(self._loss(), lang=self.lang)
        except Exception:  # a graph of arrays, or one that is too large
            if self._report is None:
                raise
            return page_of_report(self._report, lang=self.lang)

    def _drawn(self, theme: Look) -> str:
        """Return the drawing of the report, or of the graph if nothing was checked."""
        from microgradnet.drawing.depths import draw
        from microgradnet.drawing.rendering import render

        if self._report is not None:
            drawing = self._report.draw(theme=theme, lang=self.lang)
        else:
            drawing = draw(self._loss(), theme=theme)
        return render(drawing.dot.source, "svg").decode()

    def _loss(self) -> Value:
        """Return the graph of the first name in the code that has one, the latest names first."""
        from microgradnet.pages.code_graphs import CodeGraph

        names = run_file(self.file)
        refused: list[Exception] = []
        for found in _shown_first(names):
            try:
                return CodeGraph(found, names).loss
            except Exception as error:  # also from the user's code
                refused.append(error)
        raise refused[0] if refused else ValueError("the code defines nothing that has a graph")

    def _told(self) -> dict[str, object]:
        """Return the report of the code as data, its sentences in the language of the page."""
        self._report = report = check_here(self.file)
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
        """Return an error for the page, without lines of this package."""
        if isinstance(error.__cause__, SyntaxError):  # the file is not valid Python
            error = error.__cause__
        text = in_language(error.args[0], self.lang) if len(error.args) == 1 else str(error)
        if isinstance(error, SyntaxError):
            text = error.msg
        text = str(text).replace(f"{self.file.parent}{os.sep}", "")
        said = {"kind": type(error).__name__, "text": text, "line": self._line(error)}
        return json.dumps({"error": said})

    def _line(self, error: BaseException) -> int | None:
        """Return the last line of the user's code in the traceback of an error or its cause."""
        if isinstance(error, SyntaxError) and error.filename == str(self.file):
            return error.lineno
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame.lineno for frame in frames if frame.filename == str(self.file)]
        before = error.__cause__ or error.__context__
        if own or before is None:
            return own[-1] if own else None
        return self._line(before)


def _figure(number: float) -> str:
    return "" if number != number else f"{number + 0.0:.{DIGITS}g}".replace("-", "−")


def _shown_first(names: Mapping[str, Any]) -> list[object]:
    """Return the user's Values and nets, then classes, then functions; each with the last first.

    A function that others call is part of them, and not shown alone.
    """
    found = [*names.values()][::-1]
    own = [x for x in found if getattr(x, "__module__", "") == RUN_NAME and callable(x)]
    parts = {name for x in own for name in _used(x) if names.get(name) is not x}
    classes = [x for x in own if isinstance(x, type)]
    alone = [x for x in own if x not in classes and x.__name__ not in parts]
    return [*(x for x in found if isinstance(x, (Value, Module))), *classes, *alone]


def _used(found: object) -> Iterator[str]:
    """Yield the global names that a function, or the methods of a class, use."""
    for function in vars(found).values() if isinstance(found, type) else [found]:
        code = getattr(function, "__code__", None)
        yield from code.co_names if code is not None else ()

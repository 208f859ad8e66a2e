"""Marks printed: what each item of a file is worth; a class, a line for each file."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from microgradnet.checking.report import CANNOT_TELL, FOLLOWS, RIGHT
from microgradnet.grading.folder import Mistake
from microgradnet.grading.formats import summary
from microgradnet.grading.marking import Item, Marks
from microgradnet.operations.streams import printable
from microgradnet.words import in_language, listed, say

if TYPE_CHECKING:
    from rich.console import JustifyMethod
    from rich.table import Table
    from rich.text import Text

    Columns = Mapping[str, JustifyMethod]  # by their headings

__all__ = ["of_class", "of_file", "with_progress"]

T = TypeVar("T")

COLOURS = {RIGHT: "green", FOLLOWS: "magenta", CANNOT_TELL: "yellow"}
NARROW = 80  # columns of a terminal that has no width
MOST_MISTAKES = 10


def of_file(marks: Marks, lang: str = "en") -> str:
    """Return the items of a file as a table: verdict, points, line and what is to be said of each.

    lang: "en" or "zh".

    >>> from microgradnet.grading.asking import Asked
    >>> from microgradnet.grading.marking import mark
    >>> "0 of 2 points" in of_file(mark("a.py", "no such file", Asked({"d_L_d_w": 2.0})))
    False
    """
    columns: Columns = {"item": "left", "verdict": "left", "points": "right", "line": "right"}
    table = _table(columns, "why", lang)
    for item in marks.items:
        worth = "" if item.extra else _of(item.points, item.most, lang)
        line = str(item.line or "")
        words = _text(in_language(item.words, lang))
        table.add_row(_text(item.name), _verdict(item, lang), worth, line, words)
    return f"{_printed(table)}\n{in_language(summary(marks), lang)}"


def of_class(several: Sequence[Marks], mistakes: Sequence[Mistake], lang: str = "en") -> str:
    """Return a class as a table, and its most frequent mistakes below; lang: "en" or "zh".

    >>> of_class([], [])
    '0 of 0 files are right.'
    """
    lines = [_printed(_class_table(several, lang))] if several else []
    right, failed = (sum(m.status == status for m in several) for status in (0, 2))
    more = say("{n} could not be checked.", n=failed) if failed else ""
    said = say("{right} of {of} files are right.", right=right, of=len(several))
    lines.append(in_language(listed((said, more), " "), lang))
    if mistakes:
        lines.append("\n" + in_language(say("The most frequent mistakes:"), lang))
    for mistake in mistakes[:MOST_MISTAKES]:
        kind, own = (in_language(said, lang) for said in (mistake.kind, mistake.example))
        counts = {"n": len(mistake.files), "of": len(several)}
        words = "{kind} {n} of {of}" if kind.endswith("?") else "{kind}: {n} of {of}"
        said = in_language(say(words, kind=kind, **counts), lang)
        where = own.removesuffix(kind)[:-1].rstrip(":")
        short = f"  {said} ({where})"
        lines += [short] if own.endswith(kind) else [f"  {said}", f"    {own}"]
    if len(mistakes) > MOST_MISTAKES:
        more = say("and {n} more", n=len(mistakes) - MOST_MISTAKES)
        lines.append(f"  {in_language(more, lang)}")
    return printable("\n".join(lines)) if lang == "en" else "\n".join(lines)


def with_progress(several: Iterable[T], total: int) -> Iterator[T]:
    """Yield several things, with a bar on a terminal that shows how many of all are done.

    >>> list(with_progress("ab", 2))
    ['a', 'b']
    """
    from rich.console import Console
    from rich.progress import track

    console = Console(file=sys.stderr)
    quiet = not console.is_terminal
    yield from track(several, "checking", total, console=console, disable=quiet, transient=True)


def _class_table(several: Sequence[Marks], lang: str) -> Table:
    columns: Columns = {"file": "left", "right": "right", "points": "right", "line": "right"}
    table = _table(columns, "first mistake", lang)
    for marks in several:
        bad = marks.first_mistake
        said = marks.error
        if bad and not said:
            words = bad.words or say(bad.verdict)
            said = say("{name}: {words}", name=bad.name, words=words)
        counts = _of(*marks.right, lang), _of(marks.points, marks.most, lang)
        counts = ("", "") if marks.error else counts
        line = str(bad.line or "") if bad else ""
        table.add_row(_text(marks.file), *counts, line, _text(in_language(said, lang)))
    return table


def _of(n: float, most: float, lang: str) -> str:
    return in_language(say("{n:g} of {most:g}", n=n, most=most), lang)


def _verdict(item: Item, lang: str) -> Text:
    from rich.text import Text

    return Text(in_language(say(item.verdict), lang), style=COLOURS.get(item.verdict, "bold red"))


def _text(text: str) -> Text:
    from rich.text import Text

    return Text(text)


def _table(columns: Columns, last: str, lang: str) -> Table:
    """A table without rows; last: the heading of what is said, which may be folded."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading, justify in columns.items():
        table.add_column(in_language(say(heading), lang), justify=justify, no_wrap=True)
    table.add_column(in_language(say(last), lang), overflow="fold")
    return table


def _printed(table: Table) -> str:
    """A table as text: as wide as the terminal, or where there is none as wide as it is."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    console = Console(file=io.StringIO(), width=100_000) if not terminal else Console()
    if not terminal:
        console.width = max(NARROW, console.measure(table).maximum)
    with console.capture() as capture:
        console.print(table)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    return printable("\n".join(lines))

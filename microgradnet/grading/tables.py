"""Marks printed: what each item of a file is worth; a class, a line for each file."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from microgradnet.checking.report import CANNOT_TELL, FOLLOWS, RIGHT
from microgradnet.grading.folder import Mistake
from microgradnet.grading.formats import summary
from microgradnet.grading.marking import Item, Marks
from microgradnet.operations.streams import printable

__all__ = ["of_class", "of_file", "with_progress"]

T = TypeVar("T")

COLOURS = {RIGHT: "green", FOLLOWS: "magenta", CANNOT_TELL: "yellow"}
NARROW = 80  # columns of a terminal that has no width
MOST_MISTAKES = 10


def of_file(marks: Marks) -> str:
    """Return the items of a file as a table: verdict, points, line and what is to be said of each.

    >>> from microgradnet.grading.asking import Asked
    >>> from microgradnet.grading.marking import mark
    >>> "0 of 2 points" in of_file(mark("a.py", "no such file", Asked({"d_L_d_w": 2.0})))
    False
    """
    table = _table(("item", "left"), ("verdict", "left"), ("points", "right"), ("line", "right"))
    table.add_column("why", overflow="fold")
    for item in marks.items:
        worth = "" if item.extra else f"{item.points:g} of {item.most:g}"
        line = str(item.line or "")
        table.add_row(_text(item.name), _verdict(item), worth, line, _text(item.words))
    return f"{_printed(table)}\n{summary(marks)}"


def of_class(several: Sequence[Marks], mistakes: Sequence[Mistake]) -> str:
    """Return a class as a table, and its most frequent mistakes below.

    >>> of_class([], [])
    '0 of 0 files are right.'
    """
    lines = [_printed(_class_table(several))] if several else []
    right, failed = (sum(m.status == status for m in several) for status in (0, 2))
    more = f" {failed} could not be checked." if failed else ""
    lines.append(f"{right} of {len(several)} files are right.{more}")
    if mistakes:
        lines.append("\nThe most frequent mistakes:")
    for mistake in mistakes[:MOST_MISTAKES]:
        said = f"  {mistake.kind}: {len(mistake.files)} of {len(several)}"
        own = mistake.example.removesuffix(f": {mistake.kind}")
        lines += [f"{said} ({own})"] if own != mistake.example else [said, f"    {own}"]
    if len(mistakes) > MOST_MISTAKES:
        lines.append(f"  and {len(mistakes) - MOST_MISTAKES} more")
    return printable("\n".join(lines))


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


def _class_table(several: Sequence[Marks]) -> Any:
    headings = (("file", "left"), ("right", "right"), ("points", "right"), ("line", "right"))
    table = _table(*headings)
    table.add_column("first mistake", overflow="fold")
    for marks in several:
        bad = marks.first_mistake
        said = marks.error or (f"{bad.name}: {bad.words or bad.verdict}" if bad else "")
        right, of = marks.right
        worth = f"{marks.points:g} of {marks.most:g}"
        counts = ("", "") if marks.error else (f"{right} of {of}", worth)
        table.add_row(_text(marks.file), *counts, str(bad.line or "") if bad else "", _text(said))
    return table


def _verdict(item: Item) -> Any:
    from rich.text import Text

    return Text(item.verdict, style=COLOURS.get(item.verdict, "bold red"))


def _text(text: str) -> Any:
    from rich.text import Text

    return Text(text)


def _table(*columns: tuple[str, Any]) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading, justify in columns:
        table.add_column(heading, justify=justify, no_wrap=True)
    return table


def _printed(table: Any) -> str:
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

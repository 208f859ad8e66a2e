"""Marks printed: what each item of a file is worth; a class, a line for each file."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from microgradnet.checking.paragraphs import NARROW, paragraph, titled
from microgradnet.checking.report import CANNOT_TELL, FOLLOWS, RIGHT, SCALED
from microgradnet.grading.folder import Mistake
from microgradnet.grading.formats import summary
from microgradnet.grading.marking import Item, Marks
from microgradnet.words import in_language, listed, say
from microgradnet.words.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

__all__ = ["of_class", "of_file", "with_progress"]

T = TypeVar("T")

COLOURS = {RIGHT: "green", SCALED: "cyan", FOLLOWS: "magenta", CANNOT_TELL: "yellow"}
USUAL = 80  # columns of what is no terminal
MOST_MISTAKES = 10
LINES = 10  # that tell how far a class is, where there is no terminal


def of_file(marks: Marks, lang: str = "en") -> str:
    """Return the items of a file as a table: verdict, points, line and what is to be said of each.

    lang: "en" or "zh".

    >>> from microgradnet.grading.asking import Asked
    >>> from microgradnet.grading.marking import mark
    >>> "0 of 2 points" in of_file(mark("a.py", "no such file", Asked({"d_L_d_w": 2.0})))
    False
    """
    table = _printed([_line_of_item(item, lang) for item in marks.items], lang)
    return f"{table}\n{in_language(summary(marks), lang)}"


def of_class(several: Sequence[Marks], mistakes: Sequence[Mistake], lang: str = "en") -> str:
    """Return a class as a table, and its most frequent mistakes below; lang: "en" or "zh".

    >>> of_class([], [])
    '0 of 0 files are right.'
    """
    lines = [_printed([_line_of_file(one, lang) for one in several], lang)] if several else []
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


def with_progress(several: Iterable[T], total: int, words: str, lang: str = "en") -> Iterator[T]:
    """Say on stderr at once what is done, and return an iterator that tells how far it is.

    total: how many things there are. words: what is done with them. On a terminal the iterator
    shows a bar; elsewhere, of 20 things and more, it prints a line at each tenth.

    >>> list(with_progress("ab", 2, "checking 2 files"))
    ['a', 'b']
    """
    from rich.console import Console

    print(f"microgradnet: {in_language(words, lang)}", file=sys.stderr, flush=True)
    console = Console(file=sys.stderr)
    if console.is_terminal:
        return _with_bar(several, total, console)
    return _with_lines(several, total, lang)


def _with_bar(several: Iterable[T], total: int, console: Console) -> Iterator[T]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(several, total)


def _with_lines(several: Iterable[T], total: int, lang: str) -> Iterator[T]:
    for done, one in enumerate(several, 1):
        yield one
        is_tenth = done * LINES // total > (done - 1) * LINES // total
        if is_tenth and done < total >= 2 * LINES:
            print(_of(done, total, lang), file=sys.stderr, flush=True)


@dataclass(frozen=True)
class _Line:
    """A line of a table: its cells by their headings, and words that may be folded.

    title: what its paragraph begins with; of the cells, it says those of `heads`.
    """

    heads: Mapping[str, Text]
    numbers: Mapping[str, str]
    last: str
    words: str
    title: Text


def _line_of_item(item: Item, lang: str) -> _Line:
    verdict, colour = say(item.verdict), COLOURS.get(item.verdict, "bold red")
    heads = {"item": _text(item.name), "verdict": _text(in_language(verdict, lang), colour)}
    points = "" if item.extra else _of(item.points, item.most, lang)
    numbers = {"points": points, "line": str(item.line or "")}
    title = titled(item.name, verdict, colour, lang)
    return _Line(heads, numbers, "why", item.words, title)


def _line_of_file(marks: Marks, lang: str) -> _Line:
    bad, words = marks.first_mistake, marks.error
    if bad and not words:
        words = say("{name}: {words}", name=bad.name, words=bad.words or say(bad.verdict))
    counts = _of(*marks.right, lang), _of(marks.points, marks.most, lang)
    right, points = ("", "") if marks.error else counts
    line = str(bad.line or "") if bad else ""
    numbers = {"right": right, "points": points, "line": line}
    file = _text(marks.file)
    return _Line({"file": file}, numbers, "first mistake", words, file)


def _of(n: float, most: float, lang: str) -> str:
    return in_language(say("{n:g} of {most:g}", n=n, most=most), lang)


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(text, style=style)


def _table(lines: Sequence[_Line], lang: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in lines[0].heads:
        table.add_column(in_language(say(heading), lang), no_wrap=True)
    for heading in lines[0].numbers:
        table.add_column(in_language(say(heading), lang), justify="right", no_wrap=True)
    table.add_column(in_language(say(lines[0].last), lang), overflow="fold")
    for line in lines:
        words = _text(in_language(line.words, lang))
        table.add_row(*line.heads.values(), *line.numbers.values(), words)
    return table


def _paragraphs(lines: Sequence[_Line], lang: str) -> Iterator[object]:
    for line in lines:
        numbers = {say(heading): cell for heading, cell in line.numbers.items()}
        yield from paragraph(line.title, numbers, lang, line.words)


def _printed(lines: Sequence[_Line], lang: str) -> str:
    """Lines as text: as wide as the terminal, or where there is none as wide as they are."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    console = Console() if terminal else Console(file=io.StringIO(), width=100_000)
    table = _table(lines, lang)
    if not terminal:
        console.width = max(USUAL, console.measure(table).maximum)
    with console.capture() as capture:
        for part in _paragraphs(lines, lang) if console.width < NARROW else [table]:
            console.print(part)
    printed = [line.rstrip() for line in capture.get().splitlines()]
    return printable("\n".join(printed))

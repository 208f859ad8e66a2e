"""Show a report: a table of numbers, and below it the mistakes with their lines and reasons."""

from __future__ import annotations

import html
import io
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from microgradnet.checking.reporting.report import (
    CANNOT_TELL,
    FOLLOWS,
    NOT_CHECKED,
    ORDER,
    RIGHT,
    SCALED,
    WRONG,
    Report,
    Row,
)
from microgradnet.operations.differences import Difference
from microgradnet.words import in_language, listed, say
from microgradnet.words.terminal import printable

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

# By verdict: its style on a terminal, its colour on paper, and its count in words.
KINDS = {
    WRONG: ("bold red", "#c0392b", ("{n} wrong", "{n} wrong")),
    FOLLOWS: ("magenta", "#8e44ad", ("{n} follows", "{n} follow")),
    CANNOT_TELL: ("yellow", "#b9770e", ("{n} cannot be told", "{n} cannot be told")),
    NOT_CHECKED: ("yellow", "#b9770e", ("{n} not checked", "{n} not checked")),
    SCALED: ("cyan", "#117a8b", ("{n} scaled", "{n} scaled")),
    RIGHT: ("green", "#1e8449", ("{n} right", "{n} right")),
}
NOTHING = "Nothing was checked, so nothing is right: no derivative was found."
WHOLE = 100_000  # columns: text that is not for a terminal is not wrapped
LEFT = ("derivative", "function", "verdict")  # columns of words
MOST = 20  # numbers of a point that are printed
NARROW = 60  # columns that a table needs; a narrower terminal shows paragraphs
OF_ARRAYS = (
    "The numbers are from one random example: of an array the entry that is farthest off, "
    "else the largest."
)


def text_of(report: Report, lang: str, unfolded: bool = False) -> str:
    """Return a report as text for where it is printed: in colour and wrapped on a terminal only.

    >>> "d_L_d_w" in text_of(Report((Row("d_L_d_w", "right", 2.0, 2.0, 1e-15),)), "en")
    True
    """
    from rich.console import Console

    terminal = sys.stdout.isatty()
    width = None if terminal else WHOLE
    like = _Like(sys.stdout)
    console = Console(file=like, width=width, force_terminal=terminal, force_jupyter=False)
    with console.capture() as capture:
        for part in shown(report, lang, console.width, unfolded):
            console.print(part)
    text = "\n".join(line.rstrip() for line in capture.get().split("\n")).strip("\n")
    return printable(text) if lang == "en" else text


def shown(report: Report, lang: str, width: int, unfolded: bool = False) -> Iterator[object]:
    """Yield the parts of a report that rich prints in a language: the table, then sentences.

    width: in columns; in a narrow terminal, a paragraph replaces each row of the table. unfolded:
    include the rows that only follow from others.
    """
    from rich.text import Text

    rows = [row for row in report.rows if unfolded or row.verdict != FOLLOWS]
    if width < NARROW:
        yield from _paragraphs(rows, lang)
    elif rows:
        yield _table(rows, lang, width)
    yield Text(in_language(counts(report.rows), lang))
    for row in report.rows:
        if row.verdict == WRONG and (lines := _about(row, report.rows, unfolded)):
            words = "{name}, {words}" if row.line else "{name}: {words}"
            head = Text(in_language(say(words, name=row.name, words=lines[0]), lang))
            head.stylize("bold", 0, len(row.name))
            yield head
            yield from (Text(f"  {in_language(line, lang)}") for line in lines[1:])
    for words in (*_of_others(report.rows, unfolded), numbers_at(report), report.note):
        if words:
            yield Text(in_language(words, lang))


def _about(row: Row, rows: Sequence[Row], unfolded: bool) -> list[str]:
    """Return the lines on a wrong row: place, reason, correction, example, rows that follow."""
    place = row.lines
    if place and row.code:
        place = say("{place}: {code}", place=place, code=row.code)
    own = [r for r in rows if r.part == row.part]
    more = "" if unfolded else _more(_following((row.name,), own), row.name)
    said = (place, row.words, row.where, row.correction, row.at_example_in_words, more)
    return [line for line in said if line]


def _following(causes: tuple[str, ...], rows: Sequence[Row]) -> list[str]:
    return [row.name for row in rows if row.verdict == FOLLOWS and row.follows == causes]


def _more(following: Sequence[str], causes: str) -> str:
    """Return the words for the rows that follow from others: a name, or a number."""
    if len(following) < 2:
        words = "and {name} follows from {names}"
        return say(words, name=following[0], names=causes) if following else ""
    return say("and {n} more follow from {names}", n=len(following), names=causes)


def _of_others(rows: Sequence[Row], unfolded: bool) -> Iterator[str]:
    """Yield the sentences on rows that are not wrong themselves, one for each common reason."""
    wrong = [(row.name,) for row in rows if row.verdict == WRONG]
    folded = [row for row in rows if row.verdict == FOLLOWS and not unfolded]
    for causes in dict.fromkeys(row.follows for row in folded):
        if causes not in wrong:
            yield _more(_following(causes, rows), listed(causes))
    others = [row for row in rows if row.verdict != WRONG and row not in folded]
    for words in dict.fromkeys(row.words for row in others if row.words):
        names = listed(_named(row) for row in others if row.words == words)
        yield say("{name}: {words}", name=names, words=words)


def _named(row: Row) -> str:
    """Return the name of a row, with its line if it has no numbers."""
    if row.verdict == NOT_CHECKED and row.line and row.code:
        return say("{name} (line {line})", name=row.name, line=row.line_in_words)
    return row.name


def counts(rows: Sequence[Row]) -> str:
    """Return how many rows have each verdict, in words.

    >>> counts([Row("d_L_d_w", "right", 2.0, 2.0, 1e-15)])
    '1 right'
    """
    found = {verdict: sum(row.verdict == verdict for row in rows) for verdict in ORDER}
    if not rows:
        return say(NOTHING)
    return listed(say(KINDS[verdict][2][n > 1], n=n) for verdict, n in found.items() if n)


def numbers_at(report: Report) -> str:
    """Return the point of the table's numbers, in words.

    >>> numbers_at(Report((), point={"w": 0.5}))
    'The numbers are those at w = 0.5.'
    """
    numbers = [f"{name} = {x:.6g}" for name, x in report.point.items()]
    words = say(OF_ARRAYS) if any(row.shape for row in report.rows) else ""
    if len(numbers) > MOST:
        words = "The numbers are those at {numbers}, and {n} more (report.point)."
        words = say(words, numbers=listed(numbers[:MOST]), n=len(numbers) - MOST)
    elif numbers:
        words = say("The numbers are those at {numbers}.", numbers=listed(numbers))
    own = [r.name for r in report.rows if r.example and r.at_example == (r.written, r.right)]
    more = say("Those of {names} are from its example.", names=listed(own)) if own else ""
    return listed((words, more), " ")


def _number(x: float, digits: int) -> str:
    return "" if math.isnan(x) else f"{x + 0.0:.{digits}g}"  # nan: there is none


def _columns(rows: Sequence[Row], digits: int) -> dict[str, list[str]]:
    """Return the cells of each column by its heading, without empty columns."""
    is_one = len({row.part for row in rows}) == 1
    columns = {
        say("derivative"): ["  " * (row.verdict == FOLLOWS) + row.name for row in rows],
        say("function"): ["" if is_one else row.part for row in rows],
        say("written"): [_number(row.written, digits) for row in rows],
        say("right"): [_number(row.right, digits) for row in rows],
        say("by differences"): [_with_error(row.difference, digits) for row in rows],
        say("ratio"): [_ratio(row) for row in rows],
        say("verdict"): [say(row.verdict) for row in rows],
    }
    return {heading: cells for heading, cells in columns.items() if any(cells)}


def _ratio(row: Row) -> str:
    known = row.verdict in (WRONG, FOLLOWS, SCALED) and math.isfinite(row.ratio)
    return f"{row.ratio + 0.0:.4g}" if known else ""


def _with_error(difference: Difference[float] | None, digits: int) -> str:
    return f"{difference.value:.{digits}g} ± {difference.error:.0e}" if difference else ""


def _paragraphs(rows: Sequence[Row], lang: str) -> Iterator[object]:
    columns = _columns(rows, 6)
    for k, row in enumerate(rows):
        title = titled(row.name, say(row.verdict), KINDS[row.verdict][0], lang)
        numbers = {name: cells[k] for name, cells in columns.items() if name not in LEFT}
        yield from paragraph(title, numbers, lang)


def _table(rows: Sequence[Row], lang: str, width: int) -> Table:
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    bare = {"box": None, "padding": (0, 2, 0, 0)}
    for digits, framed in ((6, True), (6, False), (4, False)):
        columns = _columns(rows, digits)
        widths = [max(cell_len(in_language(x, lang)) for x in [k, *v]) for k, v in columns.items()]
        if sum(widths) + (3 * len(widths) + 1 if framed else 2 * len(widths)) <= width:
            break
    else:  # no room for numbers
        columns = {k: v for k, v in columns.items() if k in LEFT}
    table = Table(**{"box": box.HEAVY_HEAD} if framed else bare)
    for heading in columns:
        words = Text(in_language(heading, lang))
        table.add_column(words, justify="left" if heading in LEFT else "right", no_wrap=True)
    for row, cells in zip(rows, zip(*columns.values())):
        *numbers, verdict = (Text(in_language(cell, lang)) for cell in cells)
        verdict.stylize(KINDS[row.verdict][0])
        table.add_row(*numbers, verdict)
    return table


def html_of(report: Report, lang: str) -> str:
    """Return a report as HTML: a table with the mistakes, and the rows that follow, folded.

    >>> html_of(Report((Row("d_L_d_w", "right", 2.0, 2.0, 1e-15),)), "en").count("<tr>")
    2
    """
    rows = [row for row in report.rows if row.verdict != FOLLOWS]
    following = [row for row in report.rows if row.verdict == FOLLOWS]
    said = (counts(report.rows), numbers_at(report), report.note)
    caption = "<br>".join(html.escape(in_language(x, lang)) for x in said if x)
    caption = caption.replace("\n", "<br>")  # a line for each pair of passes
    caption = f"<caption style='caption-side:bottom;text-align:left'>{caption}</caption>"
    table = _html_table(rows, lang, caption)
    if not following:
        return table
    count = in_language(counts(following), lang)
    return f"{table}<details><summary>{count}</summary>{_html_table(following, lang)}</details>"


def _html_table(rows: Sequence[Row], lang: str, caption: str = "") -> str:
    left = "text-align:left;vertical-align:top;padding:.15em .6em"  # marimo has no style for it
    columns = _columns(rows, 6)
    about = [_about(row, (), True) if row.verdict == WRONG else [row.words] for row in rows]
    headings = (in_language(name, lang) for name in [*columns, say("mistake")])
    head = "".join(f"<th style='{left}'>{heading}</th>" for heading in headings)
    lines = []
    for row, cells, words in zip(rows, zip(*columns.values()), about):
        said = [html.escape(in_language(cell, lang)) for cell in cells]
        said.append("<br>".join(html.escape(in_language(line, lang)) for line in words))
        colour = f";color:{KINDS[row.verdict][1]}"
        styles = [left + colour * (name == "verdict") for name in [*columns, ""]]
        data = "".join(f"<td style='{style}'>{text}</td>" for style, text in zip(styles, said))
        lines.append(f"<tr>{data}</tr>")
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f"<table>{caption}{body}</table>"


class _Like(io.StringIO):
    """Text in memory with the encoding of another stream, which rich asks for."""

    def __init__(self, stream: object) -> None:
        super().__init__()
        self._like = getattr(stream, "encoding", None) or "utf-8"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._like


def paragraph(
    title: Text, cells: Mapping[str, str], lang: str, words: str = ""
) -> Iterator[object]:
    """Yield the paragraph of a row for rich: the title, the cells with their headings, words.

    cells: by their headings; empty ones are left out. lang: "en" or "zh".

    >>> from rich.text import Text
    >>> [title, below] = paragraph(Text("ann.py"), {"right": "1 of 2", "line": ""}, "en")
    >>> below.renderable
    <text 'right 1 of 2' [] ''>
    """
    from rich.padding import Padding
    from rich.text import Text

    yield title
    numbers = (f"{in_language(name, lang)} {cell}" for name, cell in cells.items() if cell)
    for part in (listed(numbers), words):
        if part:
            yield Padding(Text(in_language(part, lang)), (0, 0, 0, 2))


def titled(name: str, verdict: str, style: str, lang: str) -> Text:
    """Return the title of a paragraph: a name and its verdict, which is in a style of rich.

    >>> titled("d_L_d_w", say("right"), "green", "en").plain
    'd_L_d_w: right'
    """
    from rich.text import Text

    title = Text(in_language(say("{name}: {words}", name=name, words=verdict), lang))
    title.stylize(style, len(name))
    return title

"""Find the files of a class and its most frequent mistakes, and print marks as tables."""

from __future__ import annotations

import csv
import functools
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from microgradnet.checking import Report, Row
from microgradnet.checking.reporting.report import CANNOT_TELL, FOLLOWS, RIGHT, SCALED, WRONG
from microgradnet.checking.reporting.showing import NARROW, paragraph, titled
from microgradnet.grading.formats import summary
from microgradnet.grading.marking import LEFT_OUT, Item, Marks
from microgradnet.tape.sources import SUFFIXES
from microgradnet.words import Said, in_language, listed, say
from microgradnet.words.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

__all__ = ["Mistake", "as_csv", "files_of", "in_no_file", "kind_of", "mistakes_of", "of_class"]
__all__ += ["of_file", "own_work", "with_progress"]

T = TypeVar("T")

USUAL = tuple(f"*{suffix}" for suffix in SUFFIXES)
LEFT_ALONE = re.compile(r"^[._]")  # .git, .ipynb_checkpoints, __pycache__, __init__.py
MADE = {"node_modules", "site-packages", "build", "dist"}
OF_ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")
NO_FILES = (
    "{folder} has no files {pattern} (environments, node_modules, build and dist are skipped)"
)


def files_of(folder: str | Path, pattern: str = "") -> list[str]:
    """Return the Python files and notebooks of a class in a folder and its subfolders.

    pattern: restricts the files, `*/hw1.py` or `**/*.ipynb`, relative to the folder. Hidden files
    and folders are skipped, names that begin with an underscore, and folders made by tools:
    environments, node_modules, site-packages, build, dist. A folder that the pattern names is
    searched.

    Raises ValueError if there are no files, and for an invalid pattern.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "ann.py").write_text(""), (folder / ".ann.py").write_text("")
    >>> [Path(file).name for file in files_of(folder)]
    ['ann.py']
    """
    top = Path(folder)
    kept = _matching(top, pattern) if pattern else _usual(top)
    if not kept:
        wanted = listed([pattern] if pattern else USUAL, " or ")
        raise ValueError(say(NO_FILES, folder=str(folder), pattern=wanted))
    return [str(path) for path in sorted(kept, key=lambda path: path.relative_to(top).parts)]


def _usual(top: Path) -> list[Path]:
    """Return the Python files and notebooks in a folder, without listing skipped folders."""
    found = []
    for at, folders, files in os.walk(top):
        folders[:] = [name for name in folders if not _is_skipped(Path(at, name))]
        wanted = (name for name in files if name.endswith(SUFFIXES) and not LEFT_ALONE.match(name))
        found += [Path(at, name) for name in wanted]
    return [path for path in found if path.is_file()]


def _matching(top: Path, pattern: str) -> list[Path]:
    """Return the files that match a pattern, except in skipped folders that it does not name."""
    try:
        found = [path for path in top.glob(pattern) if path.is_file()]
    except (ValueError, NotImplementedError):
        words = "--files is a pattern within the folder, such as */hw1.py, not {pattern!r}"
        raise ValueError(say(words, pattern=pattern)) from None
    named = Path(pattern).parts
    skipped = functools.cache(lambda path: path.name not in named and _is_skipped(path))
    return [
        path
        for path in found
        if not LEFT_ALONE.match(path.name)
        and not any(map(skipped, path.parents[: len(path.relative_to(top).parts) - 1]))
    ]


def _is_skipped(folder: Path) -> bool:
    """Whether a folder holds nothing that a person hands in, such as an environment."""
    made = folder.name in MADE or any((folder / name).exists() for name in OF_ENVIRONMENTS)
    return made or bool(LEFT_ALONE.match(folder.name))


def own_work(file: str, found: Report | str, files: Iterable[str]) -> Report | str:
    """Return the result for a file of a class, or a message that its code is in another file.

    A file may import modules beside it. In a shared folder these are the files that others hand in.

    >>> from microgradnet.checking.reporting.report import Row
    >>> report = Report((Row("d_L_d_w", "right", 1.0, 1.0, 0.0, file="/hw/ann.py"),))
    >>> own_work("/hw/bob.py", report, ["/hw/ann.py", "/hw/bob.py"])
    'the checked code is in ann.py, another file of the class'
    """
    if isinstance(found, str):
        return found
    places = {os.path.realpath(row.file) for row in found.rows if row.file}
    for other in files:
        if other != file and os.path.realpath(other) in places:
            words = "the checked code is in {other}, another file of the class"
            return say(words, other=os.path.basename(other))
    return found


@dataclass(frozen=True)
class Mistake:
    """A mistake of a class: its description, the files that have it, and an example.

    kind: the description, with ... for names that differ from file to file.
    """

    kind: str
    files: tuple[str, ...]
    example: str


def mistakes_of(marks: Iterable[Marks]) -> list[Mistake]:
    """Return the mistakes of a class, the most frequent first; each file counts once.

    >>> mistakes_of([])
    []
    """
    by_kind: dict[str, list[tuple[str, Row]]] = {}
    for one in marks:
        for row in one.report.rows if one.report is not None else ():
            if row.verdict == WRONG and row.mistake:
                by_kind.setdefault(kind_of(row.mistake), []).append((one.file, row))
    several = []
    for kind, cases in by_kind.items():
        file, row = cases[0]
        is_same = all(other.mistake == row.mistake for _, other in cases)
        where = {"name": row.name, "file": file, "line": row.line_in_words}
        example = say("{name} of {file}, line {line}: {mistake}", **where, mistake=row.mistake)
        files = tuple(dict.fromkeys(name for name, _ in cases))
        several.append(Mistake(row.mistake if is_same else kind, files, example))
    return sorted(several, key=lambda mistake: -len(mistake.files))


def in_no_file(several: Sequence[Marks], names: Iterable[str]) -> list[str]:
    """Return the required names that no file of a class has, since they may be misspelt.

    >>> in_no_file([], ["d_L_d_w"])
    []
    """
    checked = [marks for marks in several if not marks.error]
    there = {i.name for marks in checked for i in marks.items if i.verdict != LEFT_OUT}
    return [name for name in names if checked and name not in there]


def kind_of(mistake: str) -> str:
    """Return a mistake with ... for its names and numbers, without a guess of its cause.

    >>> kind_of(say("has only the path through {name}", name="h1"))
    'has only the path through ...'
    """
    if not isinstance(mistake, Said):
        return mistake
    return kind_of(mistake.parts["words"]) if mistake.template == GUESSED else mistake.general()


GUESSED = "{words}: copied from {name}?"


HEADINGS = ("file", "right", "of", "points", "max_points", "status", "item", "mistake", "line")


def as_csv(several: Sequence[Marks]) -> str:
    """Return a table of a class for a spreadsheet, with a line for each file.

    Its columns: file, right, of (items), points, max_points, status (0 all right, 1 not, 2 not
    checked), and the item, mistake and line of the first mistake.

    >>> as_csv([]).split(",")[:3]
    ['file', 'right', 'of']
    """
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(HEADINGS)
    table.writerows([map(_cell, _line(marks)) for marks in several])
    return text.getvalue()


def _line(marks: Marks) -> list[object]:
    bad = marks.first_mistake
    points = f"{marks.points:g}", f"{marks.most:g}"
    mistake = (bad.name, bad.words or bad.verdict, bad.line_in_words or "") if bad else ("", "", "")
    return [marks.file, *marks.right, *points, marks.status, *mistake]


def _cell(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula, since others choose the file names."""
    formula = isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{cell}" if formula else cell


COLOURS = {RIGHT: "green", SCALED: "cyan", FOLLOWS: "magenta", CANNOT_TELL: "yellow"}
COLUMNS = 80  # without a terminal
MOST_MISTAKES = 10
LINES = 10  # of progress, without a terminal


def of_file(marks: Marks, lang: str = "en") -> str:
    """Return the items of a file as a table: verdict, points, line and reason.

    lang: "en" or "zh".

    >>> from microgradnet.grading.marking import Asked, mark
    >>> "0 of 2 points" in of_file(mark("a.py", "no such file", Asked({"d_L_d_w": 2.0})))
    False
    """
    table = _printed([_line_of_item(item, lang) for item in marks.items], lang)
    return f"{table}\n{in_language(summary(marks), lang)}"


def of_class(several: Sequence[Marks], mistakes: Sequence[Mistake], lang: str = "en") -> str:
    """Return a class as a table, with its most frequent mistakes below; lang: "en" or "zh".

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
    """Print a message to stderr at once, and return an iterator that shows its progress.

    total: the number of items. words: the message. On a terminal, the iterator shows a bar.
    Elsewhere, for 20 or more items, it prints a line after each tenth.

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
    """A line of a table: its cells by their headings, and text that may be wrapped.

    title: the beginning of its paragraph, which includes the cells of `heads`.
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
    numbers = {"points": points, "line": _line_in_words(item, lang)}
    title = titled(item.name, verdict, colour, lang)
    return _Line(heads, numbers, "why", item.words, title)


def _line_of_file(marks: Marks, lang: str) -> _Line:
    bad, words = marks.first_mistake, marks.error
    if bad and not words:
        words = say("{name}: {words}", name=bad.name, words=bad.words or say(bad.verdict))
    counts = _of(*marks.right, lang), _of(marks.points, marks.most, lang)
    right, points = ("", "") if marks.error else counts
    line = _line_in_words(bad, lang) if bad else ""
    numbers = {"right": right, "points": points, "line": line}
    file = _text(marks.file)
    return _Line({"file": file}, numbers, "first mistake", words, file)


def _line_in_words(item: Item, lang: str) -> str:
    return str(in_language(item.line_in_words, lang) or "")


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
    """Return lines as text: as wide as the terminal, or without one as wide as the content."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    console = Console() if terminal else Console(file=io.StringIO(), width=100_000)
    table = _table(lines, lang)
    if not terminal:
        console.width = max(COLUMNS, console.measure(table).maximum)
    with console.capture() as capture:
        for part in _paragraphs(lines, lang) if console.width < NARROW else [table]:
            console.print(part)
    printed = [line.rstrip() for line in capture.get().splitlines()]
    return printable("\n".join(printed))

"""Report: the verdict on each derivative written by hand, as data and as a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union

import numpy as np

from microgradnet.autograd.labels import element
from microgradnet.checking.finding.upstream import Formula
from microgradnet.checking.judging.bounds import farthest
from microgradnet.checking.judging.judgement import BLURRED
from microgradnet.operations.differences import Difference
from microgradnet.tape.sources import line_in_words, line_of_file
from microgradnet.words import in_language, language, listed, say

if TYPE_CHECKING:
    from rich.console import ConsoleOptions

    from microgradnet.checking.reporting.sketching import Sketch

__all__ = ["Options", "Report", "Row"]

RIGHT, WRONG, CANNOT_TELL, FOLLOWS = "right", "wrong", "cannot tell", "follows"
SCALED, NOT_CHECKED = "scaled", "not checked"
PASSED = (RIGHT, SCALED)  # as good as right
UNTOLD = (CANNOT_TELL, NOT_CHECKED)
ORDER = (WRONG, FOLLOWS, CANNOT_TELL, NOT_CHECKED, SCALED, RIGHT)  # of the rows of a report
NOTHING = "0 where it was judged: a mistake would not show"
SENTENCES = ("why", "mistake", "where", "of")  # fields of a row that are translated

Numbers: TypeAlias = Union[float, "list[Numbers]"]  # of an array, nested as NumPy nests them
FEW = 4  # entries of a matrix that is printed whole, of numbers as short as -0.125


@dataclass(frozen=True)
class Options:
    """The options of a check.

    loss: the name and the formula of L if the code computes none; witness: whether rows show finite
    differences; allow_automatic: whether derivatives from calls of autograd count; with_passes:
    whether the pairs of passes of a file are judged as `check_backward` does; with_proof: whether
    they are only taken for wrong, since no tape of them is handed over as proof; seconds: of a
    check of a file, after which no further part of it is begun.
    """

    loss: tuple[str, Formula] | None = None
    witness: bool = False
    allow_automatic: bool = False
    with_passes: bool = False
    with_proof: bool = False
    seconds: float = 12.0


DEFAULT = Options()


@dataclass(frozen=True)
class Row:
    """One derivative: its name, the written and the right number, and the verdict.

    name: `d_h2_d_w4`, `update w4` for an update line, `forward` for the forward pass. bound: how
    far rounding alone can move the two apart. difference: the finite difference and its error, or
    None. why: the reason, for a verdict that is not "right". mistake: the mistake in words, if it
    is a known one. example: small numbers at which it shows; at_example: the written and the right
    value there. follows: the names of the wrong derivatives that it follows from. file, line, code:
    its place, and the text of that line; shape: of an array, whose row shows the entry that is
    farthest off, else the largest; where: which entries are wrong; of: the derivative that it is,
    and its factor. suggestion: the corrected line, run and found right; alternatives: other lines,
    each of which could be corrected instead; part: the backward pass of a file with several.
    """

    name: str
    verdict: str
    written: float
    right: float
    bound: float
    difference: Difference[float] | None = None
    why: str = ""
    mistake: str = ""
    example: Mapping[str, Numbers] = field(default_factory=dict)
    at_example: tuple[Numbers, Numbers] = (0.0, 0.0)
    follows: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    code: str = ""
    shape: tuple[int, ...] = ()
    where: str = ""
    of: str = ""
    suggestion: str = ""
    alternatives: tuple[int, ...] = ()
    part: str = ""

    @property
    def ratio(self) -> float:
        """Written over right: 2 where a factor 2 is too much, -1 where the sign is wrong."""
        return self.written / self.right if self.right else math.nan

    @property
    def words(self) -> str:
        """The mistake, and the reason for the verdict."""
        return listed((self.mistake, self.why), "; ")

    @property
    def place(self) -> str:
        """The line, and which of its entries are wrong; "" if no line is known."""
        if not self.lines or not self.where:
            return self.lines
        return say("{place}: {where}", place=self.lines, where=self.where)

    @property
    def lines(self) -> str:
        """The line, and other lines that could be wrong instead; "" if no line is known."""
        several = (self.line, *self.alternatives) if self.line else ()
        lines = (line_in_words(self.file, line) for line in several)
        return listed((say("line {line}", line=line) for line in lines), ", or ")

    @property
    def line_in_words(self) -> int | str:
        """The line as a message takes it."""
        return line_in_words(self.file, self.line)

    @property
    def correction(self) -> str:
        """The corrected line, if the words of the mistake do not say all of it."""
        parts = getattr(self.mistake, "parts", {})
        parts = getattr(parts.get("words", ""), "parts", parts)  # "...: copied from ...?"
        used, meant = (str(parts.get(k, "")) for k in ("used", "meant"))
        starts = [i for i in range(len(self.code)) if used and self.code.startswith(used, i)]
        ends = [self.code[:i] + meant + self.code[i + len(used) :] for i in starts]
        if not self.suggestion or self.suggestion in ends:
            return ""
        return say("should be: {code}", code=self.suggestion)

    @property
    def numbers_in_words(self) -> str:
        """The words for the written and the right number of a wrong row; "" without these."""
        if self.verdict != WRONG or not math.isfinite(self.right):
            return ""
        both = {"written": self.written, "right": self.right}
        return say("written {written:.6g}, right {right:.6g}", **both)

    @property
    def at_example_in_words(self) -> str:
        """The words for the written and the right value at the small numbers; "" without these."""
        if not self.example:
            return ""
        numbers = [f"{name} = {_shown(x)}" for name, x in self.example.items() if np.any(x)]
        if len(numbers) < len(self.example):
            numbers.append(say("all others 0") if numbers else say("all numbers 0"))
        words, entry = "for example at {numbers}: written {written}, right {right}", ""
        written, right = (np.array(x) for x in self.at_example)
        if written.shape == right.shape != () and not _is_short(written, right):
            at = farthest(written, right)
            entry = element(self.name, at)
            words = "for example at {numbers}: {entry} is {written}, right {right}"
            written, right = written[at], right[at]
        both = {"written": _shown(written.tolist()), "right": _shown(right.tolist())}
        return say(words, numbers=listed(numbers), entry=entry, **both)


def _is_short(*arrays: np.ndarray) -> bool:
    """Whether arrays are short enough to be printed whole."""
    return all(x.size <= FEW and all(len(_shown(n)) <= 6 for n in x.flat) for x in arrays)


def _shown(x: Numbers) -> str:
    """Return the text of a number or a matrix: [[1, 0], [0, 1]]."""
    return f"[{', '.join(map(_shown, x))}]" if isinstance(x, list) else f"{x + 0.0:.6g}"


@dataclass(frozen=True)
class Report:
    """The verdicts on a derivation, wrong ones first; true if all are "right" or "scaled".

    Printed, it is a table, in colour on a terminal; a notebook shows it as HTML, with the picture.
    It is in English or Chinese, by MICROGRADNET_LANG or the locale. point: the point of all its
    numbers; note: what was assumed, and how much of the code was seen; loss: the loss that is
    differentiated; seconds: of the processor, for the "code" and for the "check"; evidence: the
    data with which another process can judge it again, if asked for; sketch: the picture that
    `draw` and `page` show.

    >>> from microgradnet import Value, compare
    >>> x = Value(3.0, "x")
    >>> report = compare(x * x, {"d_L_d_x": 3.0})
    >>> bool(report), report.rows[0].verdict, report.rows[0].ratio
    (False, 'wrong', 0.5)
    """

    rows: tuple[Row, ...]
    note: str = ""
    point: Mapping[str, float] = field(default_factory=dict)
    loss: str = ""
    evidence: object = field(default=None, compare=False, repr=False)
    sketch: Sketch | None = field(default=None, compare=False, repr=False)
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False, repr=False)

    def __bool__(self) -> bool:
        return bool(self.rows) and all(row.verdict in PASSED for row in self.rows)

    def to_dict(self, lang: str = "en") -> dict[str, object]:
        """Return the report as plain dicts, lists, strings and numbers, for programs and JSON.

        lang: the language of its sentences, "en" or "zh"; verdicts stay in English. Raises
        ValueError for an unknown language.

        >>> Report((Row("d_L_d_w", "right", 2.0, 2.0, 1e-15),)).to_dict()["right"]
        True
        """
        lang = language(lang)
        rows = [asdict(row) for row in self.rows]
        for row, entry in zip(self.rows, rows):
            entry |= {"ratio": row.ratio if math.isfinite(row.ratio) else None}
            entry |= {k: list(getattr(row, k)) for k in ("follows", "shape", "alternatives")}
            entry |= {"at_example": list(row.at_example) if row.example else []}
            entry |= {k: in_language(getattr(row, k), lang) for k in SENTENCES}
            if row.difference is not None:
                entry["difference"] = {k: float(v) for k, v in row.difference._asdict().items()}
        said = {k: in_language(getattr(self, k), lang) for k in ("note", "loss")}
        return {"right": bool(self), **said, "rows": rows, "point": dict(self.point)}

    def text(self, lang: str | None = None, *, all: bool = False) -> str:
        """Return the report as it is printed: a table, and below it the mistakes with their lines.

        lang: "en" or "zh"; by default that of `words.language`. all: include the rows that only
        follow from others, which otherwise are counted. Raises ValueError for an unknown language.

        >>> row = Row("d_L_d_w", "right", 2.0, 2.0, 1e-15)
        >>> "\N{CJK UNIFIED IDEOGRAPH-5BFC}" in Report((row,)).text("zh")
        True
        """
        from microgradnet.checking.reporting.showing import text_of

        return text_of(self, language(lang), all)

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def draw(
        self,
        *,
        theme: Literal["light", "dark"] = "light",
        rankdir: Literal["TB", "LR"] | None = None,
        lang: str | None = None,
    ) -> Any:
        """Return the Drawing of the derivation, with the wrong parts in red.

        theme, rankdir: as of `microgradnet.draw`; lang: as of `text`. Raises ValueError if there is
        nothing to draw.

        >>> from microgradnet import Value, compare
        >>> x = Value(3.0, "x")
        >>> "wrong" in compare(x * x, {"d_L_d_x": 3.0}).draw().dot.source
        True
        """
        from microgradnet.drawing.of_reports import draw_report

        return draw_report(self, theme=theme, rankdir=rankdir, lang=lang)

    def page(self, *, lang: str | None = None) -> Any:
        """Return the Page of the derivation: its rows, its picture, and the line of each row.

        lang: as of `text`. Raises ValueError where there is nothing to draw, LayoutError where no
        layout program is found.

        >>> from microgradnet import Value, compare
        >>> x = Value(3.0, "x")
        >>> "</html>" in compare(x * x, {"d_L_d_x": 3.0}).page().html
        True
        """
        from microgradnet.pages.page import page_of_report

        return page_of_report(self, lang=lang)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from microgradnet.drawing.notebook import mimebundle

        return mimebundle(self)

    def __rich_console__(self, console: object, options: ConsoleOptions) -> Iterator[object]:
        """Yield the parts of the report that rich prints."""
        from microgradnet.checking.reporting.showing import shown

        yield from shown(self, language(), options.max_width)


def is_told(rows: Sequence[Row]) -> bool:
    """Whether any row has a verdict."""
    return any(row.verdict != NOT_CHECKED for row in rows)


def are_untold(rows: Sequence[Row]) -> bool:
    """Whether no row tells whether the moves of parameters are right."""
    moves = [row for row in rows if row.name.startswith("update ")] or rows
    return all(row.verdict in UNTOLD for row in moves)


def is_moved(rows: Sequence[Row]) -> bool:
    """Whether any row is about the move of a parameter."""
    return any(row.name.startswith("update ") for row in rows)


def is_of_lines(row: Row, file: Path, wanted: set[int] | None) -> bool:
    """Whether a row is of a file's wanted lines, or no line in particular; None: of any file."""
    is_here = not row.file or Path(row.file).resolve() == file.resolve()
    return wanted is None or (is_here and (row.line in wanted or not row.line))


def without_numbers(name: str, verdict: str, why: str, file: str = "", line: int = 0) -> Row:
    """Return a row that has no numbers, with its place and the text of that line."""
    code = first_line(line_of_file(file, line)) if file else ""
    return Row(name, verdict, math.nan, math.nan, 0.0, why=why, file=file, line=line, code=code)


def unchecked(row: Row, why: str) -> Row:
    """Return a row as not checked, at its place."""
    return without_numbers(row.name, NOT_CHECKED, why, row.file, row.line)


def with_causes(rows: Sequence[Row]) -> list[Row]:
    """Return rows, as not checked those that follow from rows that are no longer wrong.

    >>> dz = Row("dz", "not checked", 1.0, 2.0, 0.0, why="at made-up sizes")
    >>> with_causes([dz, Row("dw", "follows", 1.0, 2.0, 0.0, follows=("dz",))])[1].words
    'at made-up sizes'
    """
    wrong = {row.name for row in rows if row.verdict == WRONG}
    why, found = {row.name: row.why for row in rows if row.verdict == NOT_CHECKED}, list[Row]()
    for row in rows:
        causes = [why[name] for name in row.follows if name in why]
        is_lone = row.verdict == FOLLOWS and wrong.isdisjoint(row.follows) and bool(causes)
        found.append(unchecked(row, causes[0]) if is_lone else row)
    return found


def first_line(line: str) -> str:
    """Return a line as a row shows it, with ... if its statement goes on behind a bracket.

    >>> first_line("    d_L_d_w = sum([")
    'd_L_d_w = sum([ ...'
    """
    code = line.strip()
    opened, closed = (sum(map(code.count, brackets)) for brackets in ("([{", ")]}"))
    return f"{code} ..." if opened > closed else code


def sorted_rows(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows, wrong ones first."""
    return tuple(sorted(rows, key=lambda row: ORDER.index(row.verdict)))


def once(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of several steps, only the worst row of each claim."""
    found: dict[tuple[str, int], Row] = {}
    for row in rows:
        other = found.setdefault((row.name, row.line), row)
        is_worse = ORDER.index(row.verdict) < ORDER.index(other.verdict)
        if shows_nothing(other) or (is_worse and not shows_nothing(row)):
            found[row.name, row.line] = row
    return list(found.values())


def shows_nothing(row: Row) -> bool:
    """Whether a row is undecided because its numbers are 0, or as small as rounding."""
    return row.verdict == CANNOT_TELL and row.why in (say(NOTHING), say(BLURRED))


def merged(reports: Sequence[Report]) -> Report:
    """Merge the reports of one code at several inputs, to replace rows that show nothing."""
    first, *others = reports
    known = {(r.name, r.line): r for other in others for r in other.rows if not shows_nothing(r)}
    rows = [known.get((r.name, r.line), r) if shows_nothing(r) else r for r in first.rows]
    rows += [r for key, r in known.items() if r.verdict == WRONG and r not in rows]
    return replace(first, rows=sorted_rows(once(rows)))


def may_be(row: Row, wrong: Row) -> bool:
    """Whether a wrong row, here or without a line, is about the same value as a row."""
    is_here = not wrong.line or row.line in (wrong.line, *wrong.alternatives)
    return is_here and row.name == wrong.name

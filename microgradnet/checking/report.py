"""Report: what was found of each hand-derived derivative, as data and as a table."""

from __future__ import annotations

import html
import io
import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from microgradnet.operations.differences import Difference
from microgradnet.operations.streams import printable

if TYPE_CHECKING:
    from microgradnet.checking.sketch import Sketch

__all__ = ["Report", "Row"]

RIGHT, WRONG, CANNOT_TELL, FOLLOWS = "right", "wrong", "cannot tell", "follows"
TAKEN = "L, which the code does not compute, is taken to be "
FEW_DIGITS = "close, but more than rounding: a number with few digits?"
COLOURS = {WRONG: "bold red", FOLLOWS: "magenta", CANNOT_TELL: "yellow", RIGHT: "green"}
WIDE, WIDER = 100, 110  # columns: from here on 8 digits, and the mistake beside the verdict


@dataclass(frozen=True)
class Row:
    """One derivative: its name, what was written and what is right, and the verdict.

    name: `d_h2_d_w4`, `update w4` for an update line, `forward` for the forward pass. bound: how
    far rounding alone can take the two apart. difference: what differences say, with their error,
    or None. why: the reason, for a verdict that is not "right". mistake: what was done wrong, in
    words, where it is a known one. example: small numbers at which it shows; at_example: what is
    written there, and what is right. follows: the names of the wrong ones that it is wrong because
    of. file, line: where it was written; shape: of an array, whose row shows the entry that is
    farthest off; where: which entries are wrong; of: what it is the derivative of, times what.
    """

    name: str
    verdict: str
    written: float
    right: float
    bound: float
    difference: Difference[float] | None = None
    why: str = ""
    mistake: str = ""
    example: Mapping[str, float] = field(default_factory=dict)
    at_example: tuple[float, float] = (0.0, 0.0)
    follows: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    shape: tuple[int, ...] = ()
    where: str = ""
    of: str = ""

    @property
    def ratio(self) -> float:
        """Written over right: 2 where a factor 2 is too much, -1 where the sign is wrong."""
        return self.written / self.right if self.right else math.nan

    @property
    def words(self) -> str:
        """The mistake, and why it is not right."""
        return "; ".join(filter(None, (self.mistake, self.why)))

    @property
    def place(self) -> str:
        """Where it stands, and which of its entries are wrong; "" where no line is known."""
        return f"line {self.line}" + f": {self.where}" * bool(self.where) if self.line else ""

    @property
    def at_example_in_words(self) -> str:
        """What is written and what is right at the small numbers at which it shows, if any."""
        if not self.example:
            return ""
        numbers = [f"{name} = {x:.6g}" for name, x in self.example.items() if x]
        if len(numbers) < len(self.example):
            numbers.append("all others 0" if numbers else "all numbers 0")
        written, right = (x + 0.0 for x in self.at_example)
        return f"for example at {', '.join(numbers)}: written {written:.6g}, right {right:.6g}"


@dataclass(frozen=True)
class Report:
    """The verdicts on a derivation, wrong ones first; true if there are any, and all "right".

    Printing it is a table, in colour on a terminal; a notebook shows it as HTML. point: where all
    its numbers are from; note: what was taken for granted; loss: what is differentiated;
    sketch: what `draw` and `page` show.

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
    sketch: Sketch | None = field(default=None, repr=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.rows) and all(row.verdict == RIGHT for row in self.rows)

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain dicts, lists, strings and numbers, for programs and JSON.

        >>> Report((Row("d_L_d_w", "right", 2.0, 2.0, 1e-15),)).to_dict()["right"]
        True
        """
        rows = [asdict(row) for row in self.rows]
        for row, entry in zip(self.rows, rows):
            entry |= {"ratio": row.ratio if math.isfinite(row.ratio) else None}
            entry |= {"follows": list(row.follows), "shape": list(row.shape)}
            entry |= {"at_example": list(row.at_example) if row.example else []}
            if row.difference is not None:
                entry["difference"] = {k: float(v) for k, v in row.difference._asdict().items()}
        said = {"right": bool(self), "note": self.note, "loss": self.loss}
        return said | {"rows": rows, "point": dict(self.point)}

    def __str__(self) -> str:
        from rich.console import Console

        terminal = sys.stdout.isatty()
        width = None if terminal else 120
        console = Console(file=_Like(sys.stdout), width=width, force_terminal=terminal)
        with console.capture() as capture:
            console.print(self)
        return printable(capture.get().rstrip("\n"))

    def draw(self, *, theme: str = "light", rankdir: str | None = None) -> Any:
        """Return the Drawing of the derivation, with what is wrong in it in red.

        theme, rankdir: as of `microgradnet.draw`. Raises ValueError where there is nothing to draw.

        >>> from microgradnet import Value, compare
        >>> x = Value(3.0, "x")
        >>> "wrong" in compare(x * x, {"d_L_d_x": 3.0}).draw().dot.source
        True
        """
        from microgradnet.drawing.of_reports import draw_report

        return draw_report(self, theme=theme, rankdir=rankdir)

    def page(self, *, lang: str = "en") -> Any:
        """Return the Page of the derivation: its rows, its picture, the line of each row.

        lang: "en" or "zh". Raises ValueError where there is nothing to draw, LayoutError where no
        layout program is found.

        >>> from microgradnet import Value, compare
        >>> x = Value(3.0, "x")
        >>> "</html>" in compare(x * x, {"d_L_d_x": 3.0}).page().html
        True
        """
        from microgradnet.pages.of_reports import page_of_report

        return page_of_report(self, lang=lang)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from microgradnet.drawing.notebook import mimebundle

        return mimebundle(self)

    def _repr_html_(self) -> str:
        """What a notebook shows: the table, in the colours of the page around it."""
        columns = _columns(self.rows, 6)
        shown = {k: cells for k, cells in columns.items() if any(cells)}
        head = "".join(f"<th style='text-align:left'>{k}</th>" for k in [*shown, "mistake"])
        lines = []
        for row, cells in zip(self.rows, zip(*shown.values())):
            colour = {WRONG: "#c0392b", FOLLOWS: "#8e44ad", CANNOT_TELL: "#b9770e"}
            style = f"color:{colour.get(row.verdict, '#1e8449')}"
            data = "".join(
                f"<td style='text-align:left;{style if cell == row.verdict else ''}'>"
                f"{html.escape(cell)}</td>"
                for cell in (*cells, "; ".join(filter(None, (row.words, row.at_example_in_words))))
            )
            lines.append(f"<tr>{data}</tr>")
        caption = html.escape("; ".join(filter(None, (_counts(self.rows), self.note))))
        return (
            f"<table><caption style='caption-side:bottom;text-align:left'>{caption}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        )

    def __rich_console__(self, console: Any, options: Any) -> Any:
        """What rich prints: the table, and below it what does not fit into it."""
        beside = options.max_width >= WIDER and not any(row.difference for row in self.rows)
        yield self._table(options.max_width >= WIDE, beside)
        for row in self.rows:
            below = (
                row.words if not beside else "",
                row.place if row.verdict == WRONG else "",
                row.at_example_in_words,
            )
            if text := "\n  ".join(filter(None, below)):
                yield (
                    f"[bold]{row.name}[/bold]: {_plain(text)}"
                    if row.verdict == WRONG
                    else (f"{row.name}: {_plain(text)}")
                )
        for text in filter(None, (_at(self.point) if not self else "", self.note)):
            yield _plain(text)

    def _table(self, wide: bool, beside: bool) -> Any:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        shape = {"box": box.HEAVY_HEAD} if wide else {"box": None, "padding": (0, 2, 0, 0)}
        table = Table(caption=_counts(self.rows), caption_justify="left", **shape)
        columns: dict[str, list[Any]] = dict(
            _columns(self.rows, (6 if beside else 8) if wide else 4)
        )
        columns["verdict"] = [Text(row.verdict, style=COLOURS[row.verdict]) for row in self.rows]
        if beside:
            columns["mistake"] = [Text(row.words) for row in self.rows]
        shown = {heading: cells for heading, cells in columns.items() if any(cells)}
        for heading in shown:
            left = heading in ("derivative", "verdict", "mistake")
            wrapped = heading == "mistake"
            table.add_column(heading, justify="left" if left else "right", no_wrap=not wrapped)
        for cells in zip(*shown.values()):
            table.add_row(*cells)
        return table


class _Like(io.StringIO):
    """Text in memory, which rich takes for a stream of the encoding of another."""

    def __init__(self, stream: object) -> None:
        super().__init__()
        self._like = getattr(stream, "encoding", None) or "utf-8"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._like


def loss_called(name: str, note: str) -> str:
    """Return how a loss is called: by its name, or as the note says what it is taken to be."""
    return note.partition(TAKEN)[2].partition(". ")[0].rstrip(".") or name


def _columns(rows: tuple[Row, ...], digits: int) -> dict[str, list[str]]:
    return {
        "derivative": [_plain_name(row) for row in rows],
        "written": [f"{row.written + 0.0:.{digits}g}" for row in rows],
        "right": [f"{row.right + 0.0:.{digits}g}" for row in rows],
        "by differences": [_with_error(row.difference, digits) for row in rows],
        "ratio": [_ratio(row) for row in rows],
        "verdict": [row.verdict for row in rows],
    }


def _plain_name(row: Row) -> str:
    return f"  {row.name}" if row.verdict == FOLLOWS else row.name


def _counts(rows: tuple[Row, ...]) -> str:
    counts = [(v, sum(row.verdict == v for row in rows)) for v in COLOURS]
    return ", ".join(f"{n} {verdict}" for verdict, n in counts if n)


MOST = 20  # numbers of a point that are printed


def _at(point: Mapping[str, float]) -> str:
    """Where the numbers of the table are from."""
    if not 0 < len(point) <= MOST:
        return ""
    return f"The numbers are those at {', '.join(f'{k} = {x:.6g}' for k, x in point.items())}."


def _ratio(row: Row) -> str:
    return f"{row.ratio + 0.0:.4g}" if row.verdict in (WRONG, FOLLOWS) and row.right else ""


def _with_error(difference: Difference[float] | None, digits: int) -> str:
    return f"{difference.value:.{digits}g} ± {difference.error:.0e}" if difference else ""


def _plain(text: str) -> Any:
    from rich.markup import escape

    return escape(text)

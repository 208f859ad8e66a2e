"""Report: what was found of each hand-derived derivative, as data and as a table."""

from __future__ import annotations

import io
import math
import sys
from dataclasses import dataclass
from typing import Any

from microgradnet.differences import Difference

__all__ = ["Report", "Row"]

RIGHT, WRONG, CANNOT_TELL = "right", "wrong", "cannot tell"
COLOURS = {RIGHT: "green", WRONG: "bold red", CANNOT_TELL: "yellow"}


@dataclass(frozen=True)
class Row:
    """One derivative: its name, what was written and what is right, and the verdict.

    bound: how far rounding alone can take the two apart. difference: what differences say, with
    their error, or None. why: the reason, for a verdict that is not "right".
    """

    name: str
    verdict: str
    written: float
    right: float
    bound: float
    difference: Difference | None = None
    why: str = ""

    @property
    def ratio(self) -> float:
        """Written over right: 2 where a factor 2 is too much, -1 where the sign is wrong."""
        return self.written / self.right if self.right else math.nan


@dataclass(frozen=True)
class Report:
    """The verdicts on a derivation, wrong ones first; true only if every one is "right".

    Printing it is a table, in colour on a terminal.

    >>> from microgradnet import Value, compare
    >>> x = Value(3.0, "x")
    >>> report = compare(x * x, {"d_L_d_x": 3.0})
    >>> bool(report), report.rows[0].verdict, report.rows[0].ratio
    (False, 'wrong', 0.5)
    """

    rows: tuple[Row, ...]

    def __bool__(self) -> bool:
        return all(row.verdict == RIGHT for row in self.rows)

    def __str__(self) -> str:
        from rich.console import Console

        terminal = sys.stdout.isatty()
        console = Console(
            file=io.StringIO(), width=None if terminal else 120, force_terminal=terminal
        )
        with console.capture() as capture:
            console.print(self)
        return capture.get().rstrip("\n")

    def __rich_console__(self, console: Any, options: Any) -> Any:
        """What rich prints: the table, and the reasons below it."""
        yield self._table(wide=options.max_width >= 100)
        for row in self.rows:
            if row.why:
                yield f"{row.name}: {row.why}"

    def _table(self, wide: bool) -> Any:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        digits = 8 if wide else 4
        counts = [(v, sum(row.verdict == v for row in self.rows)) for v in COLOURS]
        caption = ", ".join(f"{n} {verdict}" for verdict, n in counts if n)
        shape = {"box": box.HEAVY_HEAD} if wide else {"box": None, "padding": (0, 2, 0, 0)}
        table = Table(caption=caption, caption_justify="left", **shape)
        columns: dict[str, list[Any]] = {
            "derivative": [row.name for row in self.rows],
            "written": [f"{row.written + 0.0:.{digits}g}" for row in self.rows],
            "right": [f"{row.right + 0.0:.{digits}g}" for row in self.rows],
            "by differences": [_with_error(row.difference, digits) for row in self.rows],
            "ratio": [_ratio(row) for row in self.rows],
            "verdict": [Text(row.verdict, style=COLOURS[row.verdict]) for row in self.rows],
        }
        shown = {heading: cells for heading, cells in columns.items() if any(cells)}
        for heading in shown:
            words = heading in ("derivative", "verdict")
            table.add_column(heading, justify="left" if words else "right", no_wrap=True)
        for cells in zip(*shown.values()):
            table.add_row(*cells)
        return table


def _ratio(row: Row) -> str:
    return f"{row.ratio + 0.0:.4g}" if row.verdict == WRONG and row.right else ""


def _with_error(difference: Difference | None, digits: int) -> str:
    return f"{difference.value:.{digits}g} ± {difference.error:.0e}" if difference else ""

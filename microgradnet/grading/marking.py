"""What a derivation is worth: its items, with points, and what is to be said of each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from microgradnet.checking.report import (
    CANNOT_TELL,
    FOLLOWS,
    NOT_CHECKED,
    PASSED,
    RIGHT,
    SCALED,
    WRONG,
    Report,
    Row,
)
from microgradnet.grading.asking import Asked, near, rows_of
from microgradnet.words import changed, listed, say
from microgradnet.words.terminal import visible

__all__ = ["LEFT_OUT", "NOT_CHECKED", "Item", "Marks", "hidden", "mark", "rounded"]

LEFT_OUT = "left out"  # a verdict beside those of a row
WHOLE = "derivation"  # the item of a file of which nothing can be marked, and nothing is asked for
NOTHING = say("no derivative was found in it")
WORST_FIRST = (WRONG, CANNOT_TELL, NOT_CHECKED, FOLLOWS, SCALED, RIGHT)


@dataclass(frozen=True)
class Item:
    """One thing that is marked: its verdict, its points of so many, and why, in words.

    verdict: that of a row, or "left out", or "not checked". line: where it stands, 0 where that is
    not known; place: the same in words. example: the small numbers at which the mistake shows.
    extra: whether it is a row that is not right, and was not asked for.
    """

    name: str
    verdict: str
    points: float
    most: float
    words: str = ""
    line: int = 0
    place: str = ""
    example: str = ""
    extra: bool = False

    @property
    def message(self) -> str:
        """All that is to be said of it, in a line for each.

        >>> print(Item("d_L_d_w", "wrong", 0, 1, "the sign is wrong", 3, "line 3").message)
        wrong: the sign is wrong
        line 3
        """
        said = say(self.verdict)
        if self.words:
            said = say("{verdict}: {words}", verdict=said, words=self.words)
            said = self.words if self.verdict == FOLLOWS else said
        return listed((said, self.place, self.example), "\n")


@dataclass(frozen=True)
class Marks:
    """What one file is worth; true where all is right and nothing is left out.

    file: as it was given, its control characters visible; report: None where it could not be
    checked, error says why. status: 0 where all is right, 1 where something is not, 2 where it was
    not checked. strict: whether what is right up to a factor does not count.

    >>> marks = mark("net.py", "SyntaxError: invalid syntax", Asked({"d_L_d_w": 2.0}))
    >>> marks.status, marks.points, marks.most, marks.items[0].verdict
    (2, 0.0, 2.0, 'not checked')
    """

    file: str
    items: tuple[Item, ...]
    report: Report | None = None
    error: str = ""
    seconds: float = 0.0
    strict: bool = False

    def __bool__(self) -> bool:
        enough = (RIGHT,) if self.strict else PASSED
        return bool(self.report) and all(item.verdict in enough for item in self.items)

    @property
    def status(self) -> int:
        """The exit status."""
        return 2 if self.report is None else 0 if self else 1

    @property
    def points(self) -> float:
        """The points of all items."""
        return rounded(sum(item.points for item in self.items))

    @property
    def most(self) -> float:
        """As many points as there are."""
        return rounded(sum(item.most for item in self.items))

    @property
    def right(self) -> tuple[int, int]:
        """How many of the items that are asked for are right, and how many there are."""
        own = [item for item in self.items if not item.extra]
        return sum(item.verdict in PASSED for item in own), len(own)

    @property
    def share(self) -> float:
        """The points over as many as there are, from 0 to 1."""
        return min(1.0, self.points / self.most) if self.most else float(bool(self))

    @property
    def first_mistake(self) -> Item | None:
        """What is wrong first of all in the order of the file, or why nothing can be said."""
        order = (WRONG, CANNOT_TELL, LEFT_OUT, NOT_CHECKED, FOLLOWS)
        bad = [item for item in self.items if item.verdict not in PASSED]
        return min(bad, key=lambda item: (order.index(item.verdict), item.line), default=None)


def mark(file: str, found: Report | str, asked: Asked, seconds: float = 0.0) -> Marks:
    """Return what a file is worth.

    found: the report on it, or why it could not be checked. asked: what is asked for; then these
    are the items, first, and other rows that are not right are items of no points. Where nothing
    is, every row is an item of one point. What is right gets its points, and what only follows too:
    a mistake is paid once. It is paid by the first that follows from it where it has no points of
    its own. All else gets none.
    """
    file = visible(file)
    if isinstance(found, str):
        found = changed(found, visible)
        unmarked = [Item(name, NOT_CHECKED, 0.0, x, found) for name, x in asked.points.items()]
        whole = [Item(WHOLE, NOT_CHECKED, 0.0, 1.0, found)]
        return Marks(file, tuple(unmarked or whole), None, found, seconds)
    items = list(_items(found, asked)) or [Item(WHOLE, LEFT_OUT, 0.0, 1.0, NOTHING)]
    if asked.hide:
        items = [_without_answer(item) for item in items]
    shown = hidden(found) if asked.hide else found
    return Marks(file, tuple(items), shown, "", seconds, asked.strict)


def _items(report: Report, asked: Asked) -> Iterator[Item]:
    """The items that are asked for, then the other rows: all, or those that are not right."""
    chosen = {name: rows_of(name, report.rows) for name in asked.points}
    used = {row.name for rows in chosen.values() for row in rows}
    costly = {row.name for name, rows in chosen.items() if asked.points[name] for row in rows}
    costly |= {row.name for row in report.rows if not asked.points}
    for name, rows in chosen.items():
        row = min(rows, key=lambda row: WORST_FIRST.index(row.verdict), default=None)
        yield (
            _item(name, row, asked.points[name], costly) if row else _left_out(name, asked, report)
        )
    for row in report.rows:
        if row.name not in used and not asked.points:
            yield _item(row.name, row, 1.0, costly)
        elif row.name not in used and row.verdict not in PASSED:
            yield replace(_item(row.name, row, 0.0, costly), extra=True)


def _left_out(name: str, asked: Asked, report: Report) -> Item:
    others = [row.name for row in report.rows]
    words = say("there is no {name} in it{near}", name=name, near=near(name, others))
    words = words if others else NOTHING
    return Item(name, LEFT_OUT, 0.0, asked.points[name], words)


def _item(name: str, row: Row, most: float, costly: set[str]) -> Item:
    """An item of a row; costly: the rows whose mistakes cost points, here or where it follows."""
    words = row.words
    if row.verdict == WRONG and not words and math.isfinite(row.right):
        numbers = {"written": row.written, "right": row.right}
        words = say("written {written:.6g}, right {right:.6g}", **numbers)
    pays = [cause for cause in row.follows if cause not in costly] if most else []
    if row.verdict == FOLLOWS and pays:
        costly.update(pays)
        words = say("{words}, which is paid here", words=words)
    points = most if row.verdict in PASSED or (row.verdict == FOLLOWS and not pays) else 0.0
    place = row.place if row.verdict != RIGHT else ""
    example = row.at_example_in_words
    return Item(name, row.verdict, points, most, words, row.line, place, example)


def hidden(report: Report) -> Report:
    """Return a report without what would give the right answers away.

    What stays of a row is its name, its verdict, its line, what it follows from, and why it cannot
    be told.

    >>> row = Row("d_L_d_w", "wrong", 1.0, 2.0, 0.0, mistake="a factor 2 is missing", line=3)
    >>> hidden(Report((row,))).rows[0].mistake
    ''
    """
    return Report(tuple(map(_hidden, report.rows)), "", {}, report.loss)


TELLING_NOTHING = (
    FOLLOWS,
    CANNOT_TELL,
    NOT_CHECKED,
)  # verdicts whose reasons do not give answers away


def _hidden(row: Row) -> Row:
    kept = ["name", "verdict", "follows", "file", "line", "shape"]
    kept += ["why"] * (row.verdict in TELLING_NOTHING)
    own: dict[str, Any] = {k: getattr(row, k) for k in kept}
    return Row(written=math.nan, right=math.nan, bound=math.nan, **own)


def _without_answer(item: Item) -> Item:
    if item.verdict in (LEFT_OUT, RIGHT):
        return item
    place = say("line {line}", line=item.line) if item.line else ""
    words = item.words if item.verdict in TELLING_NOTHING else ""
    return replace(item, words=words, place=place, example="")


def rounded(points: float) -> float:
    """Return points without the last bits of sums of decimal fractions.

    >>> rounded(0.1 + 0.2)
    0.3
    """
    return float(f"{points:.12g}")

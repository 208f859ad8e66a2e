"""Mark a derivation by the items of a task: their points, and a message for each."""

from __future__ import annotations

import difflib
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from microgradnet.checking.finding.vocabulary import derivative, parts, plain, spelled
from microgradnet.checking.reporting.report import (
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
from microgradnet.words import Said, changed, listed, say
from microgradnet.words.terminal import visible

__all__ = ["LEFT_OUT", "Asked", "Item", "Marks", "asked", "hidden", "mark", "near", "rows_of"]
__all__ += ["split_names"]

LEFT_OUT = "left out"  # a verdict in addition to those of a row
OF = re.compile(r"(?:.* times )?dL/d([^:]+)(: .*)?")  # `of` of a row; 1: the variable
WHOLE = "derivation"  # the only item if nothing is required and nothing can be marked
NOTHING = say("no derivative was found in it")
TELLING_NOTHING = (FOLLOWS, CANNOT_TELL, NOT_CHECKED)  # their reasons do not reveal the answer
WORST_FIRST = (WRONG, CANNOT_TELL, LEFT_OUT, NOT_CHECKED, FOLLOWS, SCALED, RIGHT)


@dataclass(frozen=True)
class Asked:
    """The items that a task requires, with points for each; if empty, each row is worth one point.

    hide: whether to hide the right answers and anything that reveals them; strict: whether a
    derivative that is right up to a factor, such as a mean over rows, does not count.
    """

    points: Mapping[str, float] = field(default_factory=dict)
    hide: bool = False
    strict: bool = False


def asked(
    require: str | Sequence[str] = (),
    points: str | os.PathLike[str] | Mapping[str, float] | None = None,
    hide: bool = False,
) -> Asked:
    """Return the requirements of a task.

    require: names, or a text of names separated by commas; each must be present and right, and is
    worth one point. points: points for each name, or a file of them: JSON, or lines of `name =
    points`. With both, the points apply to required names; those without points are worth none.

    Raises ValueError for a repeated name, for points that are not a number of 0 or more, for points
    of a name that is not required, and for a file that cannot be read.

    >>> asked("d_L_d_w1, d_L_d_b1").points
    {'d_L_d_w1': 1.0, 'd_L_d_b1': 1.0}
    >>> asked("d_L_d_w1,d_L_d_b1", {"d_L_d_w1": 3}).points
    {'d_L_d_w1': 3.0, 'd_L_d_b1': 0.0}
    """
    names = split_names(require) if isinstance(require, str) else list(require)
    _all_different(names, "--require")
    if points is None:
        return Asked(dict.fromkeys(names, 1.0), hide)
    where = say("the points") if isinstance(points, Mapping) else os.fspath(points)
    given = _pairs(points)
    _all_different([name for name, _ in given], where)
    worth = {name: _number(x, name, where) for name, x in given}
    if not worth:
        words = "{where} has no points: write lines such as d_L_d_w1 = 2"
        raise ValueError(say(words, where=where))
    known = {_key(name): name for name in names}
    for name in worth if names else ():
        if _key(name) not in known:
            words = "{where}: {name} is not among what is required{near}"
            raise ValueError(say(words, where=where, name=name, near=near(name, names)))
    by_key = {_key(name): x for name, x in worth.items()}
    return Asked({name: by_key.get(_key(name), 0.0) for name in names or worth}, hide)


def split_names(text: str) -> list[str]:
    """Return the names of a text separated by commas; commas in brackets are part of a name.

    >>> split_names("d_L_d_w1, W[0, 1], grads['b1'],")
    ['d_L_d_w1', 'W[0, 1]', "grads['b1']"]
    """
    return [name.strip() for name in re.split(r",(?![^\[]*\])", text) if name.strip()]


def _pairs(points: str | os.PathLike[str] | Mapping[str, float]) -> list[tuple[str, object]]:
    """Return the names and points of a file in its order, repeated names included."""
    if isinstance(points, Mapping):
        return list(points.items())
    file = os.fspath(points)
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ValueError(say("{file} cannot be read: {why}", file=file, why=why)) from None
    if text.lstrip()[:1] in ("{", "["):
        return _of_json(text, file)
    found: list[tuple[str, object]] = []
    for number, line in enumerate(text.splitlines(), 1):
        plain_line = line.partition("#")[0].strip()
        name, sign, worth = plain_line.rpartition("=")
        if plain_line and not (sign and name.strip()):
            words = "{file}, line {line}: expected name = points, not {code}"
            raise ValueError(say(words, file=file, line=number, code=line.strip()))
        if plain_line:
            found.append((name.strip(), worth.strip()))
    return found


def _of_json(text: str, file: str) -> list[tuple[str, object]]:
    try:
        found = json.loads(text, object_pairs_hook=list)
    except ValueError as error:
        raise ValueError(say("{file} is no JSON: {error}", file=file, error=str(error))) from None
    if not text.lstrip().startswith("{"):
        words = '{file}: expected names and points, {{"d_L_d_w1": 2}}, not a list'
        raise ValueError(say(words, file=file))
    return list(found)


def _number(points: object, name: str, where: str) -> float:
    try:
        if isinstance(points, (str, int, float)) and not isinstance(points, bool):
            number = float(points)
            if math.isfinite(number) and number >= 0.0:
                return number
    except ValueError:
        pass
    words = "{where}: {name} is worth {points}: points are numbers, 0 or more"
    raise ValueError(say(words, where=where, name=name, points=repr(points)))


def _all_different(names: Iterable[str], where: str) -> None:
    seen: dict[object, str] = {}
    for name in names:
        if (other := seen.get(_key(name))) is not None:
            words = "{where}: {name} is there twice, as {other}"
            words = words if other != name else "{where}: {name} is there twice"
            raise ValueError(Said(words, {"where": where, "name": name, "other": other}))
        seen[_key(name)] = name


def _key(name: str) -> object:
    """Return a key shared by all spellings of a name: `dL_dw1`, `d_L_d_w1`; either quotes."""
    return parts(name) or plain(name).replace("'", "").replace('"', "")


def rows_of(name: str, rows: Sequence[Row]) -> list[Row]:
    """Return the rows for a required name, in any spelling.

    A derivative required as `d_L_d_W1` or `dW1` may be called `grads["W1"]` or `W1_grad`.

    >>> row = Row("grads['W1']", "right", 1.0, 1.0, 0.0)
    >>> rows_of("d_L_d_W1", [row]) == rows_of("dW1", [row]) == [row]
    True
    """
    exact = [row for row in rows if _key(row.name) == _key(name)]
    by = _by(name)
    return exact or [row for row in rows if by and _is_by(row, by)]


def _by(name: str) -> str:
    """Return the variable of a loss derivative's name; "" if the name means something else."""
    head, bracket, index = name.partition("[")
    said = derivative(name)
    by = said[1] if said else ""
    if said is None and bracket:  # an item of a list: d_L_d_weights[2]
        said = derivative(head)
        by = f"{said[1]}[{index}" if said else ""
    return plain(spelled(by)) if said and not said[0] else ""


def _is_by(row: Row, by: str) -> bool:
    if row.name.startswith("update "):
        return False
    found = OF.fullmatch(row.of) if row.verdict in PASSED else None
    return by in (_by(row.name), plain(spelled(found.group(1))) if found else "")


def near(name: str, names: Sequence[str]) -> str:
    """Return names similar to an unknown one, as the end of a sentence.

    >>> near("d_L_d_w11", ["d_L_d_w1", "forward"])
    '; near: d_L_d_w1'
    """
    last = next((b for _, b in parts(name)), "")
    by_it = [other for other in names if last and plain(other.removeprefix("update ")) == last]
    alike = [*by_it, *difflib.get_close_matches(name, names, 3, 0.75)]
    return say("; near: {names}", names=listed(dict.fromkeys(alike))) if alike else ""


@dataclass(frozen=True)
class Item:
    """One marked item: its verdict, its points out of the maximum, and the reason in words.

    verdict: that of a row, or "left out", or "not checked". line: its line, 0 if unknown; place:
    a sentence with the line and the wrong entries. example: small numbers for which the mistake
    shows. extra: whether it is a row that is not right and was not required. line_in_words: the
    line, in a notebook with its cell.
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
    line_in_words: int | str = 0

    @property
    def message(self) -> str:
        """The whole message about the item: reason, place and example, one per line.

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
    """The marks of one file; true if all is right and nothing is left out.

    file: as it was given, with visible control characters; report: None if it could not be checked,
    then error has the reason. status: 0 if all is right, 1 if something is not, 2 if it was not
    checked. strict: whether right up to a factor does not count.

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
        """The sum of the points of all items."""
        return _rounded(sum(item.points for item in self.items))

    @property
    def most(self) -> float:
        """The maximum number of points."""
        return _rounded(sum(item.most for item in self.items))

    @property
    def right(self) -> tuple[int, int]:
        """The number of required items that are right, and the number of all required items."""
        own = [item for item in self.items if not item.extra]
        return sum(item.verdict in PASSED for item in own), len(own)

    @property
    def share(self) -> float:
        """The points divided by the maximum, from 0 to 1."""
        return min(1.0, self.points / self.most) if self.most else float(bool(self))

    @property
    def first_mistake(self) -> Item | None:
        """The first item, in the file's order, of the worst verdict; None if all items pass."""
        bad = [item for item in self.items if item.verdict not in PASSED]
        return min(bad, key=lambda item: (WORST_FIRST.index(item.verdict), item.line), default=None)


def mark(file: str, found: Report | str, asked: Asked, seconds: float = 0.0) -> Marks:
    """Return the marks of a file.

    found: the report, or the reason why the file could not be checked. asked: the requirements. The
    required items come first; other rows that are not right become items without points. If nothing
    is required, every row is an item of one point.

    An item that is right gets its points. So does an item that only follows from a mistake, since
    each mistake costs points once. If the mistake itself has no points, the first item that follows
    from it loses its points instead. All other items get none.
    """
    file = visible(file)
    if isinstance(found, str):
        found = changed(found, visible)
        names = asked.points or {WHOLE: 1.0}
        unmarked = (Item(name, NOT_CHECKED, 0.0, most, found) for name, most in names.items())
        return Marks(file, tuple(unmarked), None, found, seconds)
    items = list(_items(found, asked)) or [Item(WHOLE, LEFT_OUT, 0.0, 1.0, NOTHING)]
    if asked.hide:
        found = hidden(found)
        places = {(row.name, row.line): row.place for row in found.rows}
        items = [_without_answer(x, places.get((x.name, x.line), "")) for x in items]
    return Marks(file, tuple(items), found, "", seconds, asked.strict)


def _items(report: Report, asked: Asked) -> Iterator[Item]:
    """Yield the required items, then the other rows: all, or those that are not right."""
    chosen = {name: rows_of(name, report.rows) for name in asked.points}
    used = {row.name for rows in chosen.values() for row in rows}
    costly = {row.name for name, rows in chosen.items() if asked.points[name] for row in rows}
    costly |= {row.name for row in report.rows if not asked.points}
    for name, rows in chosen.items():
        row = min(rows, key=lambda row: WORST_FIRST.index(row.verdict), default=None)
        most = asked.points[name]
        yield _item(name, row, most, costly) if row else _left_out(name, most, report)
    for row in report.rows:
        if row.name not in used and not asked.points:
            yield _item(row.name, row, 1.0, costly)
        elif row.name not in used and row.verdict not in PASSED:
            yield replace(_item(row.name, row, 0.0, costly), extra=True)


def _left_out(name: str, most: float, report: Report) -> Item:
    others = [row.name for row in report.rows]
    words = say("there is no {name} in it{near}", name=name, near=near(name, others))
    return Item(name, LEFT_OUT, 0.0, most, words if others else NOTHING)


def _item(name: str, row: Row, most: float, costly: set[str]) -> Item:
    """Return the item of a row; costly: the rows whose mistakes already cost points."""
    words = row.words or row.numbers_in_words
    pays = [cause for cause in row.follows if cause not in costly] if most else []
    if row.verdict == FOLLOWS and pays:
        costly.update(pays)
        words = say("{words}; its points are lost here", words=words)
    points = most if row.verdict in PASSED or (row.verdict == FOLLOWS and not pays) else 0.0
    place = row.place if row.verdict != RIGHT else ""
    shown = words, row.line, place, row.at_example_in_words
    return Item(name, row.verdict, points, most, *shown, line_in_words=row.line_in_words)


def hidden(report: Report) -> Report:
    """Return a report without anything that reveals the right answers.

    Each row keeps its name, its verdict, its line, the rows it follows from, and the reason why it
    is undecided.

    >>> row = Row("d_L_d_w", "wrong", 1.0, 2.0, 0.0, mistake="a factor 2 is missing", line=3)
    >>> hidden(Report((row,))).rows[0].mistake
    ''
    """
    return Report(tuple(map(_hidden, report.rows)), "", {}, report.loss)


def _hidden(row: Row) -> Row:
    kept = ["name", "verdict", "follows", "file", "line", "shape"]
    kept += ["why"] * (row.verdict in TELLING_NOTHING)
    own = {k: getattr(row, k) for k in kept}
    return Row(written=math.nan, right=math.nan, bound=math.nan, **own)


def _without_answer(item: Item, place: str) -> Item:
    if item.verdict in (LEFT_OUT, RIGHT):
        return item
    words = item.words if item.verdict in TELLING_NOTHING else ""
    return replace(item, words=words, place=place, example="")


def _rounded(points: float) -> float:
    """Return points without the rounding errors of sums of decimal fractions."""
    return float(f"{points:.12g}")

"""What a task asks for: which derivatives, and how many points each is worth."""

from __future__ import annotations

import difflib
import json
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from microgradnet.checking.report import PASSED, Row
from microgradnet.checking.vocabulary import derivative, parts, plain, spelled
from microgradnet.words import Said, listed, say

__all__ = ["Asked", "asked", "near", "rows_of", "split_names"]


@dataclass(frozen=True)
class Asked:
    """What is asked for: points for each name; with none, every row of a report is worth one.

    hide: whether the right answers, and what would give them away, are left out; strict: whether
    what is right up to a factor, as a mean over rows, is not right enough.
    """

    points: Mapping[str, float] = field(default_factory=dict)
    hide: bool = False
    strict: bool = False


def asked(
    require: str | Sequence[str] = (),
    points: str | os.PathLike[str] | Mapping[str, float] | None = None,
    hide: bool = False,
) -> Asked:
    """Return what a task asks for.

    require: names, or a text of names with commas between; each has to be there and right, and is
    worth a point. points: points for each name, or a file of them: JSON, or lines of
    `name = points`. With both, points are for names that are required; the others have none.

    Raises ValueError for a name given twice, for points that are no number of 0 or more, and for
    points of a name that is not required, for a file that cannot be read.

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
    """Return the names of a text with commas between; those in brackets are part of a name.

    >>> split_names("d_L_d_w1, W[0, 1], grads['b1'],")
    ['d_L_d_w1', 'W[0, 1]', "grads['b1']"]
    """
    return [name.strip() for name in re.split(r",(?![^\[]*\])", text) if name.strip()]


def _pairs(points: str | os.PathLike[str] | Mapping[str, float]) -> list[tuple[str, object]]:
    """The names and points of a file, in its order and with what is there twice."""
    if isinstance(points, Mapping):
        return list(points.items())
    try:
        text = Path(points).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ValueError(say("{file} cannot be read: {why}", file=str(points), why=why)) from None
    if text.lstrip()[:1] in ("{", "["):
        return _of_json(text, points)
    found: list[tuple[str, object]] = []
    for number, line in enumerate(text.splitlines(), 1):
        plain_line = line.partition("#")[0].strip()
        name, sign, worth = plain_line.rpartition("=")
        if plain_line and not (sign and name.strip()):
            words = "{file}, line {line}: expected name = points, not {code}"
            file = os.fspath(points)
            raise ValueError(say(words, file=file, line=number, code=line.strip()))
        if plain_line:
            found.append((name.strip(), worth.strip()))
    return found


def _of_json(text: str, file: str | os.PathLike[str]) -> list[tuple[str, object]]:
    try:
        found = json.loads(text, object_pairs_hook=list)
    except ValueError as error:
        words = "{file} is no JSON: {error}"
        raise ValueError(say(words, file=os.fspath(file), error=str(error))) from None
    if not text.lstrip().startswith("{"):
        words = '{file}: expected names and points, {{"d_L_d_w1": 2}}, not a list'
        raise ValueError(say(words, file=os.fspath(file)))
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
    """What names have in common that mean the same: `dL_dw1`, `d_L_d_w1`; both kinds of quotes."""
    return parts(name) or plain(name).replace("'", "").replace('"', "")


def rows_of(name: str, rows: Sequence[Row]) -> list[Row]:
    """Return the rows that are of a name that is asked for, in whatever spelling.

    What is asked for as `d_L_d_W1` or `dW1` may be called `grads["W1"]` or `W1_grad`.

    >>> row = Row("grads['W1']", "right", 1.0, 1.0, 0.0)
    >>> rows_of("d_L_d_W1", [row]) == rows_of("dW1", [row]) == [row]
    True
    """
    exact = [row for row in rows if _key(row.name) == _key(name)]
    by = _by(name)
    return exact or [row for row in rows if by and _is_by(row, by)]


def _by(name: str) -> str:
    """By what a name asks for the derivative of the loss; "" where it asks for something else."""
    head, bracket, index = name.partition("[")
    said = derivative(name)
    by = said[1] if said else ""
    if said is None and bracket:  # an entry of a list: d_L_d_weights[2]
        said = derivative(head)
        by = f"{said[1]}[{index}" if said else ""
    return plain(spelled(by)) if said and not said[0] else ""


OF = re.compile(r"(?:.* times )?dL/d([^:]+)(: .*)?")  # of a row, what the loss is derived by


def _is_by(row: Row, by: str) -> bool:
    if row.name.startswith("update "):
        return False
    found = OF.fullmatch(row.of) if row.verdict in PASSED else None
    return by in (_by(row.name), plain(spelled(found.group(1))) if found else "")


def near(name: str, names: Sequence[str]) -> str:
    """Return what may be meant by a name that there is not, as the end of a sentence.

    >>> near("d_L_d_w11", ["d_L_d_w1", "forward"])
    '; near: d_L_d_w1'
    """
    last = next((b for _, b in parts(name)), "")
    by_it = [other for other in names if last and plain(other.removeprefix("update ")) == last]
    alike = [*by_it, *difflib.get_close_matches(name, names, 3, 0.75)]
    return say("; near: {names}", names=listed(dict.fromkeys(alike))) if alike else ""

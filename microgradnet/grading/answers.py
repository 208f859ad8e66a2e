"""A report as plain data, as it goes from one process to another, and read with suspicion."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from microgradnet.checking.report import CANNOT_TELL, FOLLOWS, RIGHT, WRONG, Report, Row
from microgradnet.operations.differences import Difference
from microgradnet.words import Said

__all__ = ["NotCheckedError", "as_data", "report_from", "text_from"]

LONGEST = 2_000  # letters of a text; the longest note of the tests has 400
MOST_ROWS = 10_000
VERDICTS = (RIGHT, WRONG, FOLLOWS, CANNOT_TELL)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class NotCheckedError(RuntimeError):
    """A file could not be checked: its code failed, ended itself, or took too much.

    >>> str(NotCheckedError("ZeroDivisionError: division by zero"))
    'ZeroDivisionError: division by zero'
    """


def as_data(x: Any) -> Any:
    """Return what JSON has of dicts, lists and sentences; a sentence keeps its parts.

    >>> as_data({"why": Said("is transposed", {}), "shape": (2, 3)})["shape"]
    [2, 3]
    """
    if isinstance(x, Said):
        return x.to_data()
    if isinstance(x, Mapping):
        return {str(k): as_data(v) for k, v in x.items()}
    return [as_data(v) for v in x] if isinstance(x, (list, tuple)) else x


def text_from(data: object) -> str:
    """Return a text, or a sentence, from elsewhere without control characters, cut to a length.

    Raises ValueError for a sentence that the catalogue has not.

    >>> text_from("a" + chr(27) + "[31mb")
    'a [31mb'
    >>> text_from(as_data(Said("follows from {names}", {"names": "dW"})))
    'follows from dW'
    """
    return Said.from_data(_plain(data)) if isinstance(data, Mapping) else str(_plain(data or ""))


def _plain(x: Any) -> Any:
    if isinstance(x, Mapping):
        return {str(k): _plain(v) for k, v in x.items()}
    if not isinstance(x, str):
        return x
    text = CONTROL.sub(" ", x)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def report_from(data: Mapping[str, Any]) -> Report:
    """Return the report that `as_data` and `to_dict` made data of.

    Raises ValueError where it is none.

    >>> report = Report((Row("d_L_d_w", "right", 2.0, 2.0, 1e-15),), "as it is")
    >>> report_from(as_data(report.to_dict())) == report
    True
    """
    try:
        rows = tuple(_row(entry) for entry in data["rows"][:MOST_ROWS])
        texts = text_from(data["note"]), text_from(data["loss"])
        return Report(rows, texts[0], _numbers(data["point"]), texts[1])
    except (LookupError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"no report: {type(error).__name__}") from None


def _row(entry: Mapping[str, Any]) -> Row:
    if entry["verdict"] not in VERDICTS:
        raise ValueError("no report: a verdict that there is not")
    given, pair = entry["difference"], [float(x) for x in entry["at_example"]] or [0.0, 0.0]
    written, right, bound = (_number(entry[k]) for k in ("written", "right", "bound"))
    name, why, mistake, file, code, where, of = (text_from(entry[k]) for k in TEXTS)
    return Row(
        *(name, str(entry["verdict"]), written, right, bound),
        Difference(*(_number(given[k]) for k in Difference._fields)) if given else None,
        *(why, mistake, _numbers(entry["example"]), (pair[0], pair[1])),
        *(tuple(text_from(x) for x in entry["follows"]), file, int(entry["line"]), code),
        *(tuple(int(n) for n in entry["shape"]), where, of),
    )


TEXTS = ("name", "why", "mistake", "file", "code", "where", "of")


def _number(x: object) -> float:
    return math.nan if x is None else float(x)  # type: ignore[arg-type]


def _numbers(found: Mapping[str, Any]) -> dict[str, float]:
    return {text_from(k): _number(x) for k, x in list(found.items())[:MOST_ROWS]}

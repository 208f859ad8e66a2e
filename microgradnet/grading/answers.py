"""A report as plain data, as it goes from one process to another, and read with suspicion."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from microgradnet.checking.report import CANNOT_TELL, FOLLOWS, RIGHT, WRONG, Report, Row
from microgradnet.operations.differences import Difference

__all__ = ["NotCheckedError", "plain_text", "report_from"]

LONGEST = 2_000  # letters of a text; the longest note of the tests has 400
MOST_ROWS = 10_000
VERDICTS = (RIGHT, WRONG, FOLLOWS, CANNOT_TELL)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class NotCheckedError(RuntimeError):
    """A file could not be checked: its code failed, ended itself, or took too much.

    >>> str(NotCheckedError("ZeroDivisionError: division by zero"))
    'ZeroDivisionError: division by zero'
    """


def plain_text(x: object) -> str:
    """Return a text from elsewhere without control characters, cut to a length.

    >>> plain_text("a" + chr(27) + "[31mb")
    'a [31mb'
    """
    text = CONTROL.sub(" ", x if isinstance(x, str) else "")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def report_from(data: Mapping[str, Any]) -> Report:
    """Return the report that `to_dict` made data of; raises ValueError where it made none.

    >>> report = Report((Row("d_L_d_w", "right", 2.0, 2.0, 1e-15),), "as it is")
    >>> report_from(report.to_dict()) == report
    True
    """
    try:
        rows = tuple(_row(entry) for entry in data["rows"][:MOST_ROWS])
        texts = plain_text(data["note"]), plain_text(data["loss"])
        return Report(rows, texts[0], _numbers(data["point"]), texts[1])
    except (LookupError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"no report: {type(error).__name__}") from None


def _row(entry: Mapping[str, Any]) -> Row:
    if entry["verdict"] not in VERDICTS:
        raise ValueError("no report: a verdict that there is not")
    difference = entry["difference"]
    pair = [float(x) for x in entry["at_example"]] or [0.0, 0.0]
    return Row(
        *(plain_text(entry["name"]), str(entry["verdict"])),
        *(_number(entry[k]) for k in ("written", "right", "bound")),
        Difference(*(_number(difference[k]) for k in Difference._fields)) if difference else None,
        *(plain_text(entry[k]) for k in ("why", "mistake")),
        example=_numbers(entry["example"]),
        at_example=(pair[0], pair[1]),
        follows=tuple(plain_text(x) for x in entry["follows"]),
        file=plain_text(entry["file"]),
        line=int(entry["line"]),
        shape=tuple(int(n) for n in entry["shape"]),
        where=plain_text(entry["where"]),
        of=plain_text(entry["of"]),
    )


def _number(x: object) -> float:
    return math.nan if x is None else float(x)  # type: ignore[arg-type]


def _numbers(found: Mapping[str, Any]) -> dict[str, float]:
    return {plain_text(k): _number(x) for k, x in list(found.items())[:MOST_ROWS]}

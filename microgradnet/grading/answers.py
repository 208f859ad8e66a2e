"""Convert a report to plain data for another process, and validate such data when reading it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from microgradnet.checking.reporting.examples import ENTRIES
from microgradnet.checking.reporting.report import ORDER, SENTENCES, Numbers, Report, Row
from microgradnet.checking.reporting.sketching import ROLES, Box, Sketch
from microgradnet.operations.differences import Difference
from microgradnet.words import Said

__all__ = ["NotCheckedError", "as_data", "report_from", "sentence_data", "text_from"]

LONGEST = 2_000  # characters of a text; the longest note in the tests has 400
MOST_ROWS = 10_000

LINES = ("between", "\n")  # a list of sentences with a line for each
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class NotCheckedError(RuntimeError):
    """A file could not be checked: its code failed, ended itself, or exceeded a limit.

    >>> str(NotCheckedError("ZeroDivisionError: division by zero"))
    'ZeroDivisionError: division by zero'
    """


def as_data(report: Report) -> dict[str, object]:
    """Return a report as JSON-compatible data; unlike in `to_dict`, sentences keep their parts.

    >>> row = Row("d_L_d_w", "wrong", 2.0, 4.0, 1e-15, mistake=Said("is transposed", {}))
    >>> as_data(Report((row,)))["rows"][0]["mistake"]["template"]
    'is transposed'
    """
    data: dict[str, Any] = report.to_dict()
    for row, entry in zip(report.rows, data["rows"]):
        entry |= {name: sentence_data(getattr(row, name)) for name in SENTENCES}
    data |= {name: sentence_data(getattr(report, name)) for name in ("note", "loss")}
    return data | {"sketch": report.sketch.to_dict() if report.sketch else None}


def sentence_data(text: str) -> object:
    """Return a text as JSON-compatible data; a sentence as its parts.

    >>> sentence_data("d_L_d_w")
    'd_L_d_w'
    """
    return text.to_data() if isinstance(text, Said) else text


def text_from(data: object) -> str:
    """Return a text or sentence from untrusted data, without control characters and cut in length.

    Raises ValueError for a sentence that is not in the catalogue.

    >>> text_from("a" + chr(27) + "[31mb")
    'a [31mb'
    >>> text_from(sentence_data(Said("follows from {names}", {"names": "dW"})))
    'follows from dW'
    """
    return Said.from_data(_plain(data)) if isinstance(data, Mapping) else str(_plain(data or ""))


def _plain(x: object) -> Any:
    if isinstance(x, Mapping):
        return {str(k): v if (k, v) == LINES else _plain(v) for k, v in x.items()}
    if not isinstance(x, str):
        return x
    text = CONTROL.sub(" ", x)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def report_from(data: Mapping[str, Any]) -> Report:
    """Return the report that `as_data` converted to data.

    Raises ValueError if the data are not a report.

    >>> report = Report((Row("d_L_d_w", "right", 2.0, 2.0, 1e-15),), "as it is")
    >>> report_from(as_data(report)) == report
    True
    """
    try:
        rows = tuple(_row(entry) for entry in data["rows"][:MOST_ROWS])
        texts = text_from(data["note"]), text_from(data["loss"])
        point, sketch = _numbers(data["point"]), _sketch(data.get("sketch"))
        return Report(rows, texts[0], point, texts[1], sketch=sketch)
    except (LookupError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"no report: {type(error).__name__}") from None


def _row(entry: Mapping[str, Any]) -> Row:
    if entry["verdict"] not in ORDER:
        raise ValueError("no report: a verdict that there is not")
    given, pair = entry["difference"], [_nested(x) for x in entry["at_example"]] or [0.0, 0.0]
    written, right, bound = (_number(entry[k]) for k in ("written", "right", "bound"))
    named = ("name", "file", "code", "suggestion", "part", *SENTENCES)
    texts: dict[str, Any] = {name: text_from(entry[name]) for name in named}
    return Row(
        **texts,
        alternatives=tuple(int(n) for n in entry["alternatives"]),
        verdict=str(entry["verdict"]),
        written=written,
        right=right,
        bound=bound,
        difference=Difference(*(_number(given[k]) for k in Difference._fields)) if given else None,
        example={text_from(k): _nested(x) for k, x in list(entry["example"].items())[:MOST_ROWS]},
        at_example=(pair[0], pair[1]),
        follows=tuple(text_from(x) for x in entry["follows"]),
        line=int(entry["line"]),
        shape=tuple(int(n) for n in entry["shape"]),
    )


def _sketch(found: Mapping[str, object] | None) -> Sketch | None:
    """Return the picture of a report, with printable texts and valid places."""
    if found is None:
        return None
    sketch = Sketch.from_dict(found)
    boxes = tuple(
        Box(
            *(text_from(box.name), tuple(map(text_from, box.lines))),
            None if box.number is None else float(box.number),
            tuple(int(n) for n in box.shape),
            text_from(box.role),
        )
        for box in sketch.boxes[:MOST_ROWS]
    )
    n, ends = len(boxes), [*sketch.links, *sketch.places.values()]
    roles = [box.role for box in boxes]
    known = roles.count("root") == 1 and {*roles} <= {*ROLES}
    if not known or any(not 0 <= int(i) < n for pair in ends for i in pair):
        raise ValueError("no report: a picture with places that there are not")
    places = {text_from(k): pair for k, pair in sketch.places.items()}
    return Sketch(boxes, sketch.links, places, text_from(sketch.part))


def _number(x: object) -> float:
    return math.nan if x is None else float(x)  # type: ignore[arg-type]


def _nested(x: object) -> Numbers:
    """Return a number, or the entries of an array of an example, up to a limit."""
    if not isinstance(x, list):
        return _number(x)
    found: Numbers = np.array(x, float).tolist()  # refuses lists of different lengths
    if np.size(found) > ENTRIES:
        raise ValueError("no report: an example that is not small")
    return found


def _numbers(found: Mapping[str, object]) -> dict[str, float]:
    return {text_from(k): _number(x) for k, x in list(found.items())[:MOST_ROWS]}

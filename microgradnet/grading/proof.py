"""The proof of a report: what the child calls right is judged here, on the tapes it handed over."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from microgradnet.checking.report import CANNOT_TELL, ORDER, PASSED, Report, Row
from microgradnet.checking.reporting import DEFAULT, Options, Reporter
from microgradnet.grading.texts import Text
from microgradnet.tape.handing import MALFORMED, from_data
from microgradnet.words import Said, say

__all__ = ["proven"]

UNFOUNDED = say("called right, but what was recorded does not show it")
Key = tuple[str, int, str]


def proven(
    report: Report,
    evidence: object,
    texts: Mapping[str, Text],
    options: Options = DEFAULT,
    lines: Container[int] | None = None,
) -> Report:
    """Return a report in which only what the handed tapes show is right, or scaled.

    evidence: the tapes, as data; their values are computed anew, and held against the texts, which
    are those of before the run. A row that is right in the report and not by the judge here cannot
    be told; one that is not right here, and not in the report at all, is added: without edits tried
    few are wrong. Of tapes that are none, or of another text, no row is right. lines: those of the
    file that the report is of; without them, all.

    >>> row = Row("d_L_d_w", "right", 2.0, 2.0, 1e-15)
    >>> proven(Report((row,)), {"tapes": []}, {}).rows[0].verdict
    'cannot tell'
    """
    try:
        found = _judged(evidence, texts, options)
    except MALFORMED as error:
        said = next((x for x in error.args if isinstance(x, Said)), UNFOUNDED)
        return _with(report, [_doubted(row, said) for row in report.rows])
    shown = {(_key(row), row.verdict) for row in found}
    rows = [
        row if (_key(row), row.verdict) in shown else _doubted(row, UNFOUNDED)
        for row in report.rows
    ]
    names = {row.name for row in rows}
    more = [row for row in found if row.verdict not in PASSED and row.name not in names]
    return _with(report, [*rows, *(row for row in more if lines is None or row.line in lines)])


def _judged(evidence: object, texts: Mapping[str, Text], options: Options) -> list[Row]:
    """Return the rows of the tapes that were handed over; no edits are tried."""
    if not isinstance(evidence, Mapping):
        raise TypeError("no tapes")
    named = {place[0] for data in evidence["tapes"] for place in data["places"] if place}
    scripts = {file: texts[file].script for file in named if file in texts}
    rows = list[Row]()
    for data in evidence["tapes"]:
        recording = from_data(data, scripts)
        recording.tape.loss = options.loss
        rows += Reporter(recording, None, options).report().rows
    return rows


def _key(row: Row) -> Key:
    return row.file, row.line, row.name


def _doubted(row: Row, why: str) -> Row:
    return replace(row, verdict=CANNOT_TELL, why=why) if row.verdict in PASSED else row


def _with(report: Report, rows: Sequence[Row]) -> Report:
    ordered = sorted(rows, key=lambda row: ORDER.index(row.verdict))
    return replace(report, rows=tuple(ordered), evidence=None)

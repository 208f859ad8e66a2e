"""Write mistakes with their places: annotations for GitHub, and SARIF."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from microgradnet import __version__
from microgradnet.checking.reporting.report import FOLLOWS, NOT_CHECKED, PASSED, RIGHT, WRONG, Row
from microgradnet.grading.marking import LEFT_OUT, Marks
from microgradnet.tape.sources import lines_of_file
from microgradnet.words import in_language, listed, say
from microgradnet.words.languages import chinese

__all__ = ["findings", "github", "kind_of_row", "kinds", "sarif"]

MOST = 10  # annotations that GitHub shows of a step
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "microgradnet/v1"
ROOT = "%SRCROOT%"  # by convention, the root of the repository
REGION = ("startLine", "startColumn", "endLine", "endColumn")
PARTS = re.compile(r"\{\w[^}]*\}")  # of a sentence

BLOCK = {"body", "cases"}  # fields of a statement that has others inside

Place = tuple[int, int, int, int]  # line, column, end line, column after the end, counted from 1
Text = tuple[list[str], ast.Module]


@dataclass(frozen=True)
class Finding:
    """A result that is not right, at its place.

    kind: the id of the mistake in mistakes.json, else that of the verdict; file: its path; title:
    the name and the verdict; message: the rest, in lines; place: None if no line is known; code:
    the text of the line; fix: the corrected statement at the place, or "".
    """

    kind: str
    verdict: str
    file: str
    title: str
    message: str
    place: Place | None = None
    code: str = ""
    fix: str = ""

    @property
    def level(self) -> str:
        """The severity, as GitHub and SARIF call it."""
        return "error" if self.verdict in (WRONG, FOLLOWS, LEFT_OUT) else "warning"


@functools.cache
def kinds() -> dict[str, dict[str, Any]]:
    """Return the kinds of mistakes by their stable ids: mistakes.json.

    Each has a description by language, and under "said" the sentences that say it.

    >>> kinds()["wrong-sign"]["said"][0]
    'the sign is wrong'
    """
    file = resources.files("microgradnet.words").joinpath("mistakes.json")
    found: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def kind_of_row(row: Row) -> str:
    """Return the stable id of a row's mistake; without a known one, that of its verdict.

    >>> kind_of_row(Row("dW", "wrong", 1.0, -1.0, 0.0, mistake=say("the sign is wrong")))
    'wrong-sign'
    >>> kind_of_row(Row("dW", "cannot tell", 1.0, 1.0, 0.0))
    'cannot-tell'
    """
    said = getattr(row.mistake, "template", row.mistake)
    of_verdict = row.verdict.replace(" ", "-")
    return next((name for name, kind in kinds().items() if said in kind["said"]), of_verdict)


def findings(checked: Mapping[str, Marks]) -> list[Finding]:
    """Return the findings of files, the wrong ones first, without rows that only follow.

    checked: the marks of each file, by its path.

    >>> from microgradnet.grading.marking import Asked, mark
    >>> findings({"net.py": mark("net.py", "a time limit of 10 s", Asked())})[0].message
    'a time limit of 10 s'
    """
    text_of = functools.cache(_text)
    found = [x for file, marks in checked.items() for x in _of_file(file, marks, text_of)]
    return sorted(dict.fromkeys(found), key=lambda finding: finding.verdict != WRONG)


def _of_file(file: str, marks: Marks, text_of: Callable[[str], Text]) -> Iterator[Finding]:
    if marks.report is None:
        yield Finding("not-checked", NOT_CHECKED, file, say(NOT_CHECKED), marks.error)
        return
    enough = (RIGHT,) if marks.strict else PASSED
    has_cause = any(row.verdict == WRONG for row in marks.report.rows)
    for row in marks.report.rows:
        if row.verdict not in enough and not (row.verdict == FOLLOWS and has_cause):
            yield _of_row(row.file or file, row, text_of)
    for item in marks.items:
        if item.verdict == LEFT_OUT:
            yield Finding("left-out", LEFT_OUT, file, _title(item.name, LEFT_OUT), item.words)


def _title(name: str, verdict: str) -> str:
    return say("{name}: {words}", name=name, words=say(verdict))


def _of_row(file: str, row: Row, text_of: Callable[[str], Text]) -> Finding:
    is_in_cell = file.endswith(".ipynb")  # its lines are not those of the JSON
    place, fix, lines = None, "", row.lines if row.alternatives or is_in_cell else ""
    if row.line and not is_in_cell:
        place, fix = _place(text_of(file), row)
    words = row.words or row.numbers_in_words
    said = listed((lines, words, row.where, row.correction, row.at_example_in_words), "\n")
    title = _title(row.name, row.verdict)
    kind = kind_of_row(row)
    return Finding(kind, row.verdict, file, title, said or title, place, row.code, fix)


def _place(text: Text, row: Row) -> tuple[Place, str]:
    """Return the place of a row's statement, and the correction if it can replace the statement."""
    lines, tree = text
    code = lines[row.line - 1] if row.line <= len(lines) else ""
    start = len(code) - len(code.lstrip()) + 1
    of_line = (row.line, start, row.line, max(len(code.rstrip()) + 1, start))
    simple = [n for n in ast.walk(tree) if isinstance(n, ast.stmt) and not BLOCK & {*n._fields}]
    there = [n for n in simple if n.lineno <= row.line <= (n.end_lineno or 0)]
    if len(there) != 1:  # the head of a loop, or several statements on a line
        return of_line, ""
    (own,) = there
    last, end = own.end_lineno or own.lineno, own.end_col_offset or 0
    place = own.lineno, _column(lines[own.lineno - 1], own.col_offset), last
    is_whole = not any(isinstance(n, ast.Lambda) for n in ast.walk(own))
    return (*place, _column(lines[last - 1], end)), row.suggestion if is_whole else ""


def _column(line: str, offset: int) -> int:
    """Return the column in letters, counted from 1, of an offset in bytes."""
    return len(line.encode()[:offset].decode()) + 1


def _text(file: str) -> Text:
    """Return the lines of a file and its syntax tree, which is empty if it is not plain Python."""
    lines = lines_of_file(file)
    try:
        return lines, ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return lines, ast.Module([], [])


def _address(file: str) -> str:
    """Return a path with forward slashes, relative to the working folder if it lies in there."""
    path, here = Path(file).absolute(), Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


# GitHub


def github(checked: Mapping[str, Marks], lang: str = "en") -> str:
    r"""Return commands that annotate lines in GitHub, at most ten, and a line on those left out.

    checked: as of `findings`; lang: "en" or "zh".

    >>> from microgradnet.grading.marking import Asked, mark
    >>> github({"net.py": mark("net.py", "50 % of it", Asked())})
    '::warning file=net.py,title=not checked::50 %25 of it'
    """
    several = findings(checked)
    lines = [_command(finding, lang) for finding in several[:MOST]]
    if more := len(several[MOST:]):
        words = "{n} more are not shown: GitHub shows {most} of a step"
        lines.append(in_language(say(words, n=more, most=MOST), lang))
    return "\n".join(lines)


def _command(finding: Finding, lang: str) -> str:
    given = {"file": _address(finding.file)}
    if finding.place is not None:
        given |= {"line": str(finding.place[0]), "endLine": str(finding.place[2])}
    given["title"] = in_language(finding.title, lang)
    properties = ",".join(f"{k}={_escaped(x, ':,')}" for k, x in given.items())
    return f"::{finding.level} {properties}::{_escaped(in_language(finding.message, lang))}"


def _escaped(text: str, more: str = "") -> str:
    """Return a text escaped for a command of GitHub; more: further characters to escape."""
    return "".join(f"%{ord(c):02X}" if c in f"%\r\n{more}" else c for c in text)


# SARIF


def sarif(checked: Mapping[str, Marks], lang: str = "en") -> dict[str, object]:
    """Return the log of SARIF 2.1.0: a result for each finding, with its correction as a fix.

    checked: as of `findings`; lang: "en" or "zh". A file that could not be checked has no result
    but a notification, and the run is not successful.

    >>> sarif({})["runs"][0]["results"]
    []
    """
    failed = {file: marks for file, marks in checked.items() if marks.report is None}
    results = findings({file: marks for file, marks in checked.items() if file not in failed})
    invocation = {
        "executionSuccessful": not failed,
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": x.message}, "locations": [_location(x)]}
            for x in findings(failed)
        ],
    }
    count, rules = Counter[str](), list(kinds())
    driver = {"name": "microgradnet", "version": __version__, "rules": _rules(lang)}
    run = {
        "tool": {"driver": driver},
        "language": lang,
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": [_result(x, rules, _fingerprint(x, count)) for x in results],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    found: dict[str, object] = in_language(log, lang)
    return found


def _rules(lang: str) -> list[dict[str, object]]:
    """Return a rule for each kind of mistake; its help has the sentences that say it."""
    rules = []
    for name, kind in kinds().items():
        said = [PARTS.sub("...", chinese()[x] if lang == "zh" else x) for x in kind["said"]]
        about: dict[str, object] = {"id": name, "shortDescription": {"text": kind[lang]}}
        rules.append(about | {"help": {"text": "\n- ".join([kind[lang], *said])}})
    return rules


def _result(finding: Finding, rules: list[str], fingerprint: str) -> dict[str, object]:
    location = _location(finding)
    result: dict[str, object] = {
        "ruleId": finding.kind,
        "ruleIndex": rules.index(finding.kind),
        "level": finding.level,
        "message": {"text": listed((finding.title, finding.message), "\n")},
        "locations": [location],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }
    if finding.fix and finding.place is not None:
        physical = location["physicalLocation"]
        new = {"deletedRegion": physical["region"], "insertedContent": {"text": finding.fix}}
        change = {"artifactLocation": physical["artifactLocation"], "replacements": [new]}
        result["fixes"] = [{"artifactChanges": [change]}]
    return result


def _location(finding: Finding) -> dict[str, dict[str, object]]:
    address = _address(finding.file)
    where = {"uri": quote(address), "uriBaseId": ROOT}
    if Path(address).is_absolute():
        where = {"uri": Path(address).as_uri()}
    physical: dict[str, object] = {"artifactLocation": where}
    if finding.place is not None:
        physical["region"] = dict(zip(REGION, finding.place))
    return {"physicalLocation": physical}


def _fingerprint(finding: Finding, count: Counter[str]) -> str:
    """Return a fingerprint that stays the same when lines move; count tells equal ones apart."""
    parts = finding.kind, _address(finding.file), finding.title, finding.code
    own = hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:16]
    count[own] += 1
    return f"{own}:{count[own]}"

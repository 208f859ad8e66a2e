"""Write the formats of graders: JSON, its schema, JUnit's XML, Gradescope and PrairieLearn."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Any
from xml.etree import ElementTree as xml

from microgradnet.checking.reporting.report import NOT_CHECKED, PASSED
from microgradnet.grading.marking import Item, Marks
from microgradnet.words import in_language, listed, say

__all__ = ["FORMATS", "as_json", "gradescope", "junit", "prairielearn", "schema", "written_out"]

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_json(marks: Marks) -> dict[str, object]:
    """Return the JSON object that `--json` prints; `microgradnet schema` describes it.

    >>> from microgradnet.grading.marking import Asked, mark
    >>> as_json(mark("net.py", "a time limit of 10 s", Asked()))["right"]
    False
    """
    report = marks.report.to_dict() if marks.report is not None else {}
    found: dict[str, object] = {"file": marks.file, "right": bool(marks), "error": marks.error}
    found |= {"points": marks.points, "max_points": marks.most, "note": "", "loss": ""}
    found |= {"items": [_item(item) for item in marks.items], "rows": [], "point": {}}
    finite: dict[str, object] = _finite(found | report | {"right": bool(marks)})
    return finite


def schema() -> dict[str, Any]:
    """Return the JSON schema of the output of `--json`, for one file and for a class.

    >>> schema()["$defs"]["report"]["properties"]["right"]["type"]
    'boolean'
    """
    file = resources.files(__package__).joinpath("schema.json")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _item(item: Item) -> dict[str, object]:
    return {
        "name": item.name,
        "verdict": item.verdict,
        "points": item.points,
        "max_points": item.most,
        "line": item.line,
        "message": item.message,
    }


def _finite(x: object) -> Any:
    """Return the same data with null for nan and infinity, which JSON does not have."""
    if isinstance(x, Mapping):
        return {k: _finite(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [_finite(v) for v in x]
    return None if isinstance(x, float) and not math.isfinite(x) else x


def gradescope(marks: Marks) -> dict[str, object]:
    """Return the results.json of Gradescope, with a test for each item and its mistake as output.

    >>> from microgradnet.grading.marking import Asked, mark
    >>> gradescope(mark("net.py", "a time limit of 10 s", Asked({"d_L_d_w": 2.0})))["score"]
    0.0
    """
    tests = [
        {
            "name": item.name,
            "name_format": "text",
            "score": item.points,
            "max_score": item.most,
            "status": "passed" if item.verdict in PASSED else "failed",
            "output": item.message,
            "output_format": "text",
            "tags": [item.verdict],
        }
        for item in marks.items
    ]
    return {
        "score": marks.points,
        "execution_time": marks.seconds,
        "output": summary(marks),
        "output_format": "text",
        "extra_data": {"right": bool(marks), "max_score": marks.most},
        "tests": tests,
    }


def prairielearn(marks: Marks) -> dict[str, object]:
    """Return the results.json of PrairieLearn, whose score is a fraction from 0 to 1.

    A file that could not be checked is not gradable, so it costs no attempt.

    >>> from microgradnet.grading.marking import Asked, mark
    >>> prairielearn(mark("net.py", "a time limit of 10 s", Asked()))["gradable"]
    False
    """
    tests = [
        {
            "name": item.name,
            "description": item.place,
            "points": item.points,
            "max_points": item.most,
            "message": item.message,
        }
        for item in marks.items
    ]
    found: dict[str, object] = {"gradable": not marks.error, "score": marks.share}
    found |= {"message": summary(marks), "tests": tests}
    return found | ({"format_errors": [marks.error]} if marks.error else {})


FORMATS: dict[str, Callable[[Marks], dict[str, object]]] = {
    "gradescope": gradescope,
    "prairielearn": prairielearn,
}


def summary(marks: Marks) -> str:
    """Return the marks in a sentence or two.

    >>> from microgradnet.grading.marking import Asked, mark
    >>> summary(mark("net.py", "a time limit of 10 s", Asked({"d_L_d_w": 2.0})))
    'Not checked: a time limit of 10 s'
    """
    if marks.error:
        return say("Not checked: {error}", error=marks.error)
    right, of = marks.right
    note = marks.report.note if marks.report is not None else ""
    counts = {"right": right, "of": of, "points": marks.points, "most": marks.most}
    said = say("{right} of {of} right, {points:g} of {most:g} points.", **counts)
    return listed((said, note), " ")


def junit(several: Sequence[Marks], lang: str = "en") -> str:
    """Return JUnit's XML: a suite for each file, a case for each item; lang: "en" or "zh".

    An item that is wrong, left out or undecided is a failure; one that was not checked is an error.

    >>> from microgradnet.grading.marking import Asked, mark
    >>> junit([mark("net.py", "a time limit of 10 s", Asked())]).count("<error ")
    1
    """
    root = xml.Element("testsuites", {"name": "microgradnet", **_counts(several)})
    for marks in several:
        named = {"name": _xml(marks.file), **_counts([marks]), "skipped": "0"}
        suite = xml.SubElement(root, "testsuite", named)
        for item in marks.items:
            case = xml.SubElement(suite, "testcase", name=_xml(item.name), time="0.000")
            case.set("classname", _xml(marks.file))
            if item.verdict not in PASSED:
                kind = "error" if item.verdict == NOT_CHECKED else "failure"
                message = _xml(in_language(item.message, lang))
                first = message.partition("\n")[0]
                bad = xml.SubElement(case, kind, type=item.verdict, message=first)
                bad.text = message
    xml.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{xml.tostring(root, encoding="unicode")}\n'


def _counts(several: Sequence[Marks]) -> dict[str, str]:
    verdicts = [item.verdict for marks in several for item in marks.items]
    errors = verdicts.count(NOT_CHECKED)
    failures = sum(verdict not in PASSED for verdict in verdicts) - errors
    counts = {"tests": len(verdicts), "failures": failures, "errors": errors}
    seconds = sum(marks.seconds for marks in several)
    return {k: str(n) for k, n in counts.items()} | {"time": f"{seconds:.3f}"}


def _xml(text: str) -> str:
    """Return a text with characters replaced that XML does not allow, for names and messages."""
    return NOT_XML.sub("?", text)


def written_out(found: Mapping[str, object]) -> str:
    r"""Return JSON as the text of a file.

    >>> written_out({"score": 1.0})
    '{\n  "score": 1.0\n}\n'
    """
    return json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

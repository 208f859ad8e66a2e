"""The JSON schema of what `microgradnet check --json` prints, of one file and of a class."""

from __future__ import annotations

from collections.abc import Mapping

from microgradnet.checking.report import ORDER, RIGHT
from microgradnet.grading.marking import LEFT_OUT

__all__ = ["schema"]

Schema = dict[str, object]
VERDICTS = [RIGHT, *ORDER[:-1]]
TEXT, YES, NUMBER = {"type": "string"}, {"type": "boolean"}, {"type": "number"}
COUNT = {"type": "integer", "minimum": 0}
MAYBE = {"type": ["number", "null"], "description": "null where it is not finite, or is hidden"}
NESTED = {"$ref": "#/$defs/nested"}
POINTS = {"type": "number", "minimum": 0}


def _object(says: str, **properties: object) -> Schema:
    """An object of exactly these properties, all of which are always there."""
    closed = {"required": list(properties), "additionalProperties": False}
    return {"type": "object", "description": says, "properties": properties, **closed}


def _list(of: object) -> Schema:
    return {"type": "array", "items": of}


def _said(kind: Mapping[str, object], says: str) -> Schema:
    return {**kind, "description": says}


def _numbers(says: str) -> Schema:
    return {"type": "object", "additionalProperties": MAYBE, "description": says}


def _nested() -> Schema:
    says = "A number, or the entries of an array."
    return {"anyOf": [MAYBE, _list(NESTED)], "description": says}


def _row() -> Schema:
    return _object(
        "One derivative, update line or forward pass.",
        name=_said(TEXT, "in the author's spelling: d_h1_d_w1, grads['W1'], update w4, forward"),
        verdict={"enum": VERDICTS},
        written=_said(MAYBE, "what was written; of an array, the entry that is farthest off"),
        right=_said(MAYBE, "what is right there"),
        bound=_said(MAYBE, "how far rounding alone can take the two apart"),
        ratio=_said(MAYBE, "written over right"),
        difference={
            "anyOf": [{"type": "null"}, _numbers("by differences, with its error")],
            "description": "with --witness",
        },
        why=_said(TEXT, "the reason, for a verdict that is not right"),
        mistake=_said(TEXT, "what was done wrong, in words"),
        example={
            "type": "object",
            "additionalProperties": NESTED,
            "description": "small numbers at which the mistake shows, of arrays in lists",
        },
        at_example=_said(_list(NESTED), "what is written there, and what is right"),
        follows={**_list(TEXT), "description": "the wrong ones that it is wrong because of"},
        file=_said(TEXT, "where it was written"),
        line=_said(COUNT, "of that file; 0 where it is not known"),
        code=_said(TEXT, "what stands in that line"),
        shape=_list(COUNT),
        where=_said(TEXT, "which entries are wrong"),
        of=_said(TEXT, "what it is the derivative of, and by: dL/dW1"),
        suggestion=_said(TEXT, "the corrected line, run and found right"),
        alternatives=_said(_list(COUNT), "other lines, each of which may be to blame instead"),
    )


def _item() -> Schema:
    return _object(
        "One thing that is marked.",
        name=TEXT,
        verdict={"enum": [*VERDICTS, LEFT_OUT]},
        points=POINTS,
        max_points=POINTS,
        line=COUNT,
        message=_said(TEXT, "the verdict, the mistake, the place, an example: a line for each"),
    )


def _report() -> Schema:
    return _object(
        "One file.",
        file=_said(TEXT, "as it was given"),
        right=_said(YES, "whether all is right and nothing that is required is left out"),
        error=_said(TEXT, 'why it could not be checked, else ""'),
        points=POINTS,
        max_points=POINTS,
        items=_list({"$ref": "#/$defs/item"}),
        rows=_list({"$ref": "#/$defs/row"}),
        note=_said(TEXT, "what was taken for granted"),
        loss=_said(TEXT, "what is differentiated"),
        point=_numbers("where the numbers of all rows are from"),
    )


def _class() -> Schema:
    mistake = _object(
        "A mistake of the class.",
        mistake=_said(TEXT, "in words; ... stands for names, which differ from file to file"),
        files={**_list(TEXT), "description": "the files that have it"},
        example=_said(TEXT, "the words of one of them"),
    )
    return _object(
        "A folder of files.",
        files=_list({"$ref": "#/$defs/report"}),
        mistakes={**_list(mistake), "description": "the most frequent first"},
        right=_said(YES, "whether all files are right"),
        finished=_said(YES, "false where it was interrupted: some files are not there"),
    )


def schema() -> Schema:
    """Return the JSON schema: a report on one file, or on a class.

    >>> schema()["$defs"]["report"]["properties"]["right"]["type"]
    'boolean'
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What `microgradnet check --json` prints",
        "anyOf": [{"$ref": "#/$defs/report"}, {"$ref": "#/$defs/class"}],
        "$defs": {
            "report": _report(),
            "class": _class(),
            "row": _row(),
            "item": _item(),
            "nested": _nested(),
        },
    }

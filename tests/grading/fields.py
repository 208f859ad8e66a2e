"""The fields that Gradescope and PrairieLearn document for their results.json."""

import jsonschema

TEXT, NUMBER, YES = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
GRADESCOPE_TEST = {
    "score": NUMBER,
    "max_score": NUMBER,
    "status": {"enum": ["passed", "failed"]},
    "name": TEXT,
    "name_format": FORMAT,
    "number": TEXT,
    "output": TEXT,
    "output_format": FORMAT,
    "tags": {"type": "array", "items": TEXT},
    "visibility": VISIBILITY,
    "extra_data": {"type": "object"},
}
# The fields of https://gradescope-autograders.readthedocs.io/en/latest/specs/, and no others.
GRADESCOPE = {
    "score": NUMBER,
    "execution_time": NUMBER,
    "output": TEXT,
    "output_format": FORMAT,
    "test_output_format": FORMAT,
    "test_name_format": FORMAT,
    "visibility": VISIBILITY,
    "stdout_visibility": VISIBILITY,
    "extra_data": {"type": "object"},
    "tests": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": GRADESCOPE_TEST,
            "required": ["score", "max_score", "name"],
            "additionalProperties": False,
        },
    },
    "leaderboard": {"type": "array"},
}
PRAIRIELEARN_TEST = {
    "name": TEXT,
    "description": TEXT,
    "points": NUMBER,
    "max_points": NUMBER,
    "message": TEXT,
    "output": TEXT,
    "images": {"type": "array"},
}
# The fields of https://prairielearn.readthedocs.io/en/latest/externalGrading/: any may be added.
PRAIRIELEARN = {
    "gradable": YES,
    "score": {"type": "number", "minimum": 0, "maximum": 1},
    "message": TEXT,
    "output": TEXT,
    "images": {"type": "array"},
    "format_errors": {"type": "array", "items": TEXT},
    "tests": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": PRAIRIELEARN_TEST,
            "required": ["name", "points", "max_points"],
            "additionalProperties": False,
        },
    },
}
DOCUMENTED = {"gradescope": (GRADESCOPE, ["score"]), "prairielearn": (PRAIRIELEARN, ["gradable"])}


def validate(kind, results):
    """Raise where results have other fields than those documented, or of other types."""
    fields, needed = DOCUMENTED[kind]
    closed = {"required": needed, "additionalProperties": False}
    jsonschema.validate(results, {"type": "object", "properties": fields, **closed})

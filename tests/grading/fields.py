"""The fields that Gradescope and PrairieLearn document for their results.json, and no others.

They are in fields.json, from https://gradescope-autograders.readthedocs.io/en/latest/specs/ and
https://prairielearn.readthedocs.io/en/latest/externalGrading/.
"""

import json
from pathlib import Path

import jsonschema

DOCUMENTED = json.loads((Path(__file__).parent / "fields.json").read_text(encoding="utf-8"))


def validate(kind, results):
    """Raise where results have other fields than those documented, or of other types."""
    closed = {"type": "object", "additionalProperties": False}
    jsonschema.validate(results, DOCUMENTED[kind] | closed)

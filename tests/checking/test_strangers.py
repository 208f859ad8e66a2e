"""The part of the corpus that was written by somebody who had not seen the checker.

It was looked at only when the checker was done, and nothing here is tuned on it: it says what a
reader may expect of a file of his own.
"""

from collections import Counter

import pytest

import microgradnet as mg

from .marked import FOLDER, marked

# Of right files those that are right, and of mistakes those on their own line alone, at least.
REACHED = {"right": 8 / 15, "own": 12 / 22}
CALLED_RIGHT = {"logistica_es.py"}  # climbs where its sign says down: no loss, so any sign may be


def verdict(path):
    """What is said of a file: "right", "scaled", "own", "another", or "untold"."""
    try:
        report = mg.check(path)
    except ValueError:
        return "untold"
    wrong = {row.line for row in report.rows if row.verdict == "wrong"}
    if wrong:
        return "own" if wrong == marked(path) else "another"
    is_scaled = any(row.verdict == "scaled" for row in report.rows)
    return ("scaled" if is_scaled else "right") if report else "untold"


@pytest.mark.slow
def test_no_right_file_is_wrong_and_few_wrong_ones_are_right():
    said = {p: verdict(p) for p in sorted((FOLDER / "strangers").glob("*/*.py"))}
    of = {
        kind: {p: v for p, v in said.items() if p.parent.name == kind}
        for kind in ("right", "wrong")
    }
    counts = {kind: Counter(found.values()) for kind, found in of.items()}
    print({kind: dict(found) for kind, found in counts.items()})
    assert not {*of["right"].values()} & {"own", "another"}, of["right"]
    assert {p.name for p, v in of["wrong"].items() if v == "right"} <= CALLED_RIGHT
    assert (
        counts["right"]["right"] + counts["right"]["scaled"]
        >= REACHED["right"] * counts["right"].total()
    )
    assert counts["wrong"]["own"] >= REACHED["own"] * counts["wrong"].total(), of["wrong"]

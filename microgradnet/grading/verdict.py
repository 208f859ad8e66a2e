"""The verdict on what a child hands over: made here, of the graphs that it recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import repeat
from typing import Any

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.checking.claims import plainest
from microgradnet.checking.evidence import (
    ArrayData,
    ClaimData,
    OfArrays,
    PointData,
    PredictedData,
    RunData,
    nodes_from,
)
from microgradnet.checking.examining import POINTS
from microgradnet.checking.guessing import is_log_likelihood
from microgradnet.checking.judging import Finding, judge
from microgradnet.checking.locally import local_gradient
from microgradnet.checking.points import informative
from microgradnet.checking.recognising import (
    Match,
    Point,
    decayed,
    equal,
    is_nothing,
    matched,
    read,
    without_penalty,
)
from microgradnet.checking.report import CANNOT_TELL, FOLLOWS, ORDER, RIGHT, WRONG, Report, Row
from microgradnet.checking.runs import Run
from microgradnet.checking.through import gradient_through
from microgradnet.grading.texts import Text
from microgradnet.tracing.events import Event, numbers_of
from microgradnet.tracing.noted import Trace
from microgradnet.words import listed, say

__all__ = ["judged"]

DIGITS, SMALLEST = 1e-6, 1e-3  # two ways to round; what cancels has fewer digits
UNFOUNDED = say("called right, but what was recorded does not show it")


CONTRADICTED = "{code} gives another number than was recorded: the file changes how it is run"


def judged(report: Report, evidence: object, texts: Mapping[str, Text] | None = None) -> Report:
    """Return a report in which only what the evidence shows is right.

    evidence: the graphs that the child recorded, which are computed anew here from the table of
    operations; so are the exact gradients, and the bounds. Rows that are right in the report and
    not by that have the verdict of here; a row that is in the evidence alone is added. texts: by
    the files that rows name; what a text computes in plain statements has to be what was recorded.

    >>> judged(Report((Row("d_L_d_w", "right", 2.0, 2.0, 1e-15),)), None).rows[0].verdict
    'cannot tell'
    """
    found: Any = evidence if isinstance(evidence, Mapping) else {}
    try:
        if "runs" in found:
            runs = [_run(data) for data in found["runs"]]
            _refuse_other_points(runs, found["names"], found["choices"])
            return _by_text(_by_findings(report, judge(runs)), runs, texts or {})
        if "arrays" in found:
            return _by_arrays(report, found)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
        pass  # it is no evidence
    return _with(report, [_doubted(row) for row in report.rows])


def _with(report: Report, rows: Sequence[Row]) -> Report:
    changed = any(row is not was for row, was in zip(rows, report.rows))
    same = not changed and len(rows) == len(report.rows)
    ordered = rows if same else sorted(rows, key=lambda row: ORDER.index(row.verdict))
    return replace(report, rows=tuple(ordered), evidence=None)


def _doubted(row: Row) -> Row:
    return replace(row, verdict=CANNOT_TELL, why=UNFOUNDED) if row.verdict == RIGHT else row


def _by_findings(report: Report, findings: Sequence[Finding]) -> Report:
    """By what is found of the same derivation here."""
    found = {finding.name: finding for finding in findings}
    rows = [_by_finding(row, found.get(row.name)) for row in report.rows]
    there = {row.name for row in rows}
    more = [
        Row(f.name, WRONG if f.verdict == RIGHT else f.verdict, np.nan, np.nan, 0.0, why=UNFOUNDED)
        for f in findings
        if f.name not in there and f.verdict != RIGHT
    ]
    return _with(report, [*rows, *more])


def _by_finding(row: Row, finding: Finding | None) -> Row:
    if row.verdict != RIGHT or (finding is not None and finding.verdict == RIGHT):
        return row
    if finding is None:
        return _doubted(row)
    why = UNFOUNDED
    if finding.verdict == FOLLOWS:
        why = say("follows from {names}", names=listed(finding.blamed))
    numbers = (float(finding.written[0]), float(finding.right[0])) if finding.runs else (0.0, 0.0)
    row = replace(row, verdict=finding.verdict, why=why, written=numbers[0], right=numbers[1])
    return replace(row, follows=tuple(finding.blamed))


def _by_text(report: Report, runs: Sequence[Run], texts: Mapping[str, Text]) -> Report:
    """Doubt what is right and not what the text computes of the same numbers."""
    rows, known = [], dict[int, Sequence[Mapping[str, float]]]()
    for row in report.rows:
        text = texts.get(row.file) if row.verdict == RIGHT else None
        if text is not None:
            plain = text.interpreted
            place = id(plain.around(row.line)[1])
            if place not in known:
                known[place] = [plain.numbers(row.line, _given(run)) for run in runs]
            if not all(map(_is_of_text, repeat(row), runs, known[place])):
                row = replace(row, verdict=CANNOT_TELL, why=say(CONTRADICTED, code=row.code))
        rows.append(row)
    return _with(report, rows)


def _given(run: Run) -> Callable[[str], float | None]:
    """What a name holds in a run, where it is a number of the point or of the forward pass."""

    def given(name: str) -> float | None:
        found = run.values.get(name)
        return run.point.get(name, None if found is None else found.data)

    return given


def _is_of_text(row: Row, run: Run, numbers: Mapping[str, float]) -> bool:
    """Whether a row is what its statements give in one run, as far as that is known."""
    bare = row.name.removeprefix("update ")
    node = run.updates[bare][1] if bare != row.name else run.derivatives.get(row.name, [None])[0]
    right = numbers.get(bare.removeprefix("self."))
    if node is None or right is None:
        return True
    size = max(abs(right), abs(node.data), SMALLEST * max(map(abs, numbers.values())))
    return abs(right - node.data) <= DIGITS * size


def _run(data: RunData) -> Run:
    nodes = nodes_from(data["nodes"])

    def three(places: Sequence[int]) -> tuple[Value, Value, Value]:
        i, j, k = places
        return nodes[i], nodes[j], nodes[k]

    def two(places: Sequence[int]) -> tuple[Value, Value]:
        i, j = places
        return nodes[i], nodes[j]

    return Run(
        point={str(k): float(x) for k, x in data["point"].items()},
        values={str(k): nodes[i] for k, i in data["values"].items()},
        loss=nodes[data["loss"]],
        derivatives={str(k): three(places) for k, places in data["derivatives"].items()},
        updates={str(k): two(places) for k, places in data["updates"].items()},
        forward=two(data["forward"]) if data["forward"] else None,
        numbers=[float(x) for x in data["numbers"]],
    )


def _refuse_other_points(
    runs: Sequence[Run], names: Sequence[str], choices: Mapping[str, Sequence[float]]
) -> None:
    """Raise ValueError where the points are not those at which a mistake shows.

    What a derivative is by is never chosen from a few numbers, and is a number of the point, or
    one of a net outside of what is checked, which has the same at all points.
    """
    left = list(informative(names, POINTS, choices))
    by: dict[str, set[float]] = {}
    for run in runs:
        left.remove(run.point)  # type: ignore[arg-type]
        few = {run.point[name] for name in choices}
        for name, (_, _, b) in run.derivatives.items():
            if b.operation is None and b.data in few:
                raise ValueError("other points")
            if b.operation is None and b.data not in run.point.values():
                by.setdefault(name, set()).add(b.data)
    if any(len(numbers) > 1 for numbers in by.values()):
        raise ValueError("other points")


class _Recorded:
    """One run of a derivation in arrays: its forward arrays and their gradients, what was written.

    places: where in the point a forward array is, by its number in the child.
    """

    def __init__(self, data: PointData) -> None:
        self.nodes = nodes_from(data["nodes"])
        given = {k: self._array(array) for k, array in data["forward"].items()}
        self.point: Point = read(Trace(), given, self.nodes[data["loss"]])
        self.places = {int(k): place for place, k in enumerate(given)}
        for forward, array in zip(self.point.forward, data["forward"].values()):
            forward.name = str(array["name"])
        self.written = {k: self._array(array) for k, array in data["events"].items()}
        old = {k: array["old"] for k, array in data["events"].items() if "old" in array}
        self.old = {k: self._array(array) for k, array in old.items()}

    def _array(self, data: ArrayData) -> np.ndarray:
        return array_of(self.nodes, data)

    def numbers(self, event: str, update: bool) -> np.ndarray:
        """Return what was written, or how far a parameter was moved."""
        written = numbers_of(self.written[event])
        return np.asarray(numbers_of(self.old[event]) - written) if update else written


def array_of(nodes: Sequence[Value], data: ArrayData) -> np.ndarray:
    """Return an array of the nodes of a graph.

    >>> array_of([Value(2.0)], {"shape": [1, 2], "at": [0, 0]}).shape
    (1, 2)
    """
    made = np.empty(len(data["at"]), dtype=object)
    made[:] = [nodes[i] for i in data["at"]]
    return made.reshape(data["shape"])


def _by_arrays(report: Report, evidence: OfArrays) -> Report:
    points = [_Recorded(data) for data in evidence["arrays"]]
    claims = evidence["rows"]
    shown = {name for name, claimed in claims.items() if points and _shown(claimed, points)}
    climbed = all(is_log_likelihood(point.point.loss) for point in points)
    for moved in (False, True):  # one constant for all derivatives by parameters, one rate for all
        ends = [n for n in shown if claims[n]["ends"] and bool(claims[n]["update"]) is moved]
        constants = [float(claims[name]["constant"]) for name in ends]
        down = moved and not climbed
        if any(not _same(c, constants[0]) or (down and c <= 0.0) for c in constants):
            shown -= set(ends)
    if _predicts(evidence["predicted"], points):
        shown.add("forward")
    rows = [row if row.name in shown else _doubted(row) for row in report.rows]
    return _with(report, rows)


def _shown(claimed: ClaimData, points: Sequence[_Recorded]) -> bool:
    """Whether a row is at each point what it is taken to be."""
    event, update = str(claimed["event"]), bool(claimed["update"])
    written = [point.numbers(event, update) for point in points]
    if name := claimed["called"]:
        return all(_is_local(str(name), point, event) for point in points)
    if claimed["match"] is None:
        raise ValueError("right, and nothing that it is")
    k, constant, transposed, _, through = claimed["match"]
    at, each = points[0].places[k], [point.point for point in points]
    if through is not None:
        a = points[0].places[through]
        part = matched(written, [gradient_through(point, at, a) for point in each])
        return part is not None and _same(part[0], constant)
    found = _match(at, written, each)
    if found is None or found.transposed != transposed or not _same(found.constant, constant):
        return False
    by = points[0].point.forward[at].name
    fits = not claimed["by"] or plainest(by) == claimed["by"]
    exact = fits and not transposed and _same(constant, claimed["constant"])
    return exact or not claimed["ends"]


def _match(at: int, written: Sequence[np.ndarray], points: Sequence[Point]) -> Match | None:
    found = matched(written, [point.forward[at].gradient for point in points])
    if found is not None:
        return Match(at, *found)
    if is_nothing(written, at, points):
        return Match(at, 1.0)
    if (pulled := decayed(written, points, at)) is not None:
        return pulled
    found = matched(written, [without_penalty(point, at).gradient for point in points])
    return Match(at, *found) if found else None


def _is_local(name: str, recorded: _Recorded, event: str) -> bool:
    nodes = recorded.written[event]
    right = local_gradient(recorded.point, Event(0, name, None, nodes, 0, False))  # type: ignore[arg-type]
    return right is not None and equal(numbers_of(nodes), right)


def _predicts(data: PredictedData | None, points: Sequence[_Recorded]) -> bool:
    """Whether a predicting method gives what is computed in training."""
    if not data or not points:
        return False
    trained = points[0].point.forward[points[0].places[data["is"]]].nodes
    out = array_of(nodes_from(data["nodes"]), data["out"])
    return equal(numbers_of(out), numbers_of(trained).ravel())


def _same(x: float, y: float) -> bool:
    return abs(x - y) <= 1e-7 * max(abs(x), abs(y))

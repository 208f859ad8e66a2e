"""A derivation examined: run at many points, judged, its mistakes named, its examples found."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.replaying import AsFunction
from microgradnet.autograd.value import Value
from microgradnet.checking.cases import Cases
from microgradnet.checking.evidence import is_gathered, of_runs
from microgradnet.checking.judging import Cell, Finding, Table, judge
from microgradnet.checking.mistakes import in_words
from microgradnet.checking.points import informative
from microgradnet.checking.repair import parting, repair
from microgradnet.checking.report import (
    CANNOT_TELL,
    FEW_DIGITS,
    FOLLOWS,
    RIGHT,
    WRONG,
    Report,
    Row,
    loss_called,
    written_at,
)
from microgradnet.checking.runs import Run
from microgradnet.checking.sketch import sketch_of
from microgradnet.checking.sketches import Sketch
from microgradnet.checking.smallest import VISIBLE, kinds_of, smallest
from microgradnet.checking.steps import with_wrong_step
from microgradnet.operations.differences import differences
from microgradnet.words import listed, say

__all__ = ["POINTS", "examine"]

CLOSE = 1e-3  # relative: nearer than any mistake in a formula
TRIES, LEAST = 100, 40  # points for one mistake, for each of many; 3 ms each for the 2-2-1 net
WORK = 100_000  # values computed for all examples, a second or two; at least LEAST points
MOST = 12  # numbers of an example that are not 0: more are no small example
CANCELS = say("its number is right only since what it uses is wrong: the two mistakes cancel")
POINTS = 16  # on random ones a formula that is wrong on one side of a kink passes once in 2**16


def examine(
    names: Sequence[str], run: Callable[[Mapping[str, float]], Run], witness: bool = False
) -> Report:
    """Return the report on a derivation.

    names: of its numbers; run: runs it at a point, which is a number for each name; raises
    ArithmeticError or ValueError outside its domain. witness: with what differences say.
    """
    examination = _Examination(names, run, witness)
    rows = {finding.name: examination.row(finding) for finding in examination.findings}
    ordered: dict[str, Row] = {}
    for wrong in [row for row in rows.values() if row.verdict == WRONG]:
        ordered[wrong.name] = wrong
        ordered |= {k: row for k, row in rows.items() if wrong.name in row.follows}
    for verdict in (FOLLOWS, CANNOT_TELL, RIGHT):
        ordered |= {k: row for k, row in rows.items() if row.verdict == verdict}
    at = examination.shown
    point = at.named(at.point)
    loss = loss_called(at.loss.label, at.note)
    drawn = names, examination.choices
    evidence = of_runs(examination.runs, *drawn) if is_gathered() else None
    return Report(tuple(ordered.values()), at.note, point, loss, evidence, _sketch(at))


def _sketch(run: Run) -> Sketch | None:
    """What is drawn: of an update what it moves, of the forward pass where it parts."""
    ends = {name: (a, b) for name, (_, a, b) in run.derivatives.items()}
    ends |= {f"update {name}": (run.loss, leaf) for name, (leaf, _) in run.updates.items()}
    if run.forward is not None:
        at = run.values.get(parting(run), run.forward[0])
        ends["forward"] = at, at
    return sketch_of(run.loss, ends, run.values)


class _Examination:
    def __init__(
        self, names: Sequence[str], run: Callable[[Mapping[str, float]], Run], witness: bool
    ) -> None:
        self.names, self.run, self.witness = names, run, witness
        self.tables: dict[float | None, Table] = {}
        self.choices: dict[str, set[float]] = {}
        self.runs = self._all_runs()
        self.findings = judge(self.runs)
        if (explained := with_wrong_step(self.runs, self.findings)) != self.runs:
            self.runs, self.findings = explained, judge(explained)
        self.repaired = self.runs
        self.examples: list[dict[str, float]] = []
        forward = next((f for f in self.findings if f.name == "forward"), None)
        if forward is not None and forward.verdict == WRONG:
            self.repaired = [repair(r) for r in self.runs]
            others = {finding.name: finding for finding in judge(self.repaired)}
            self.findings = [_despite(f, others.get(f.name)) for f in self.findings]
        self.cases = Cases(self.findings, self.repaired)
        self.tries = max(LEAST, WORK // len(reachable(*_ends(self.runs[0]))[1]))
        self.tried: dict[tuple[float | None, ...], Mapping[str, Cell]] = {}

    def _all_runs(self) -> list[Run]:
        """The runs; where numbers are compared by `==`, at points on both sides of that."""
        runs = self._runs()
        for run in runs:
            for name, numbers in run.compared.items():
                self.choices.setdefault(name, set()).update(numbers, _other(numbers))
        return self._runs() if self.choices else runs

    def _runs(self) -> list[Run]:
        runs: list[Run] = []
        failed: Exception | None = None
        choices = {name: sorted(numbers) for name, numbers in self.choices.items()}
        for point in informative(self.names, POINTS, choices):
            try:
                runs.append(self.run(point))
            except (ArithmeticError, ValueError) as error:  # outside the domain of the derivation
                failed = error
        if not runs and failed is not None:
            raise failed
        return runs

    @functools.cached_property
    def shown(self) -> Run:
        """The run whose numbers are shown: one for all rows, where most wrong ones are off.

        Among equals it is the first of those where most can be told.
        """
        off = Counter(k for f in self.findings if f.verdict == WRONG for k in _off(f))
        told = Counter(k for f in self.findings for k in f.runs)
        return self.runs[max(range(len(self.runs)), key=lambda k: (off[k], told[k]))]

    def table(self, rate: float | None) -> Table:
        """The numbers of the run that is shown."""
        if rate not in self.tables:
            self.tables[rate] = Table(self.shown, rate)
            self.tables[rate].settle()
        return self.tables[rate]

    def row(self, finding: Finding) -> Row:
        """Return the row of one finding."""
        name, verdict = finding.name, finding.verdict
        at, cell = self.shown, self.table(finding.rate).cells[name]
        mistake, why = "", ""
        example: tuple[dict[str, float], tuple[float, float]] = ({}, (0.0, 0.0))
        if verdict == WRONG:
            mistake = in_words(self.cases.of(finding)) if name != "forward" else ""
            why = _forward_words(self.runs[0]) if name == "forward" else _close(finding)
            if finding.cancels:
                why = CANCELS
            else:
                example = self._example(finding)
        elif verdict == FOLLOWS:
            why = say("follows from {names}", names=listed(finding.blamed))
        elif verdict == CANNOT_TELL:
            why = say("0 or not finite at every point tried")
        difference = None
        if self.witness and name in at.derivatives:
            _, a, b = at.derivatives[name]
            difference = differences(AsFunction(a, b), b.data)
        row = Row(
            *(name, verdict, cell.written, cell.right, cell.error, difference, why, mistake),
            *(*example, tuple(finding.blamed)),
            of=_of(name, at),
        )
        place = f"{name} {parting(at)}" if name == "forward" else name
        return written_at(row, *at.places.get(place, ("", 0)))

    def _example(self, finding: Finding) -> tuple[dict[str, float], tuple[float, float]]:
        """The smallest example of a mistake: its numbers, what is written there, what is right."""
        wrong = sum(f.verdict == WRONG for f in self.findings)

        def shows(point: Mapping[str, float]) -> Cell | None:
            cell = self._cells(point, finding.rate).get(finding.name)
            return cell if cell is not None and _is_visible(cell) else None

        tries = min(self.tries, max(LEAST, TRIES // wrong))
        found = smallest(kinds_of(self.names, self.choices), shows, self.examples, tries)
        if found is None or sum(map(bool, found[0].values())) > MOST:
            return {}, (0.0, 0.0)
        point, cell = found
        self.examples.append(point)
        return self.runs[0].named(point), (cell.written, cell.right)

    def _cells(self, point: Mapping[str, float], rate: float | None) -> Mapping[str, Cell]:
        """What is found at a point, for all mistakes together; nothing outside of the domain."""
        key = (rate, *point.values())
        if key not in self.tried:
            self.tries -= 1
            try:
                table = Table(self.run(point), rate)
                table.settle()
                self.tried[key] = table.cells
            except (ArithmeticError, ValueError, KeyError):
                self.tried[key] = {}
        return self.tried[key]


def _is_visible(cell: Cell) -> bool:
    """Whether something is visibly wrong, and not at a kink."""
    apart = max(cell.low - cell.written, cell.written - cell.high)
    size = max(abs(cell.written), abs(cell.right))
    return cell.low == cell.high and cell.error + VISIBLE * size < apart


def _ends(run: Run) -> list[Value]:
    """The nodes that all others of a run are computed for."""
    marks = [node for node, _, _ in run.derivatives.values()]
    return [run.loss, *marks, *(new for _, new in run.updates.values())]


def _off(finding: Finding) -> list[int]:
    """The runs in which what was written is not the right number."""
    apart = np.abs(finding.written - finding.right) > finding.bound
    return [k for k, off in zip(finding.runs, apart) if off]


def _of(name: str, run: Run) -> str:
    """What a row is the derivative of, and by."""
    _, a, b = run.derivatives.get(name, (None, run.loss, None))
    if name == "forward":
        return ""
    of = "L" if a is run.loss else a.label
    return f"d{of}/d{b.label if b is not None else name.removeprefix('update ')}"


def _other(numbers: set[float]) -> set[float]:
    """A number on the other side of `== 1`: 0, as labels are 0 and 1, or -1 and 1."""
    return {1.0} if numbers <= {0.0, -1.0} else {0.0} if numbers == {1.0} else set()


def _close(finding: Finding) -> str:
    """What is to be said of what is nearly right."""
    close = np.all(np.abs(finding.local - finding.right) <= CLOSE * np.abs(finding.right))
    return FEW_DIGITS if close and finding.right.any() else ""


def _forward_words(run: Run) -> str:
    if at := parting(run):
        return say("training does not compute what predicting does: not the same {name}", name=at)
    return say("training does not compute what predicting does")


def _despite(finding: Finding, repaired: Finding | None) -> Finding:
    """A finding where training computes something else than predicting does."""
    if repaired is None or finding.verdict == RIGHT:
        return finding
    if repaired.verdict == RIGHT:
        finding.verdict, finding.blamed = FOLLOWS, ["forward"]
        return finding
    return repaired

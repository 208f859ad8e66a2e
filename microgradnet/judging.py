"""The verdict on a derivation, run at many points: what is wrong, and what only follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from microgradnet.replay import replay
from microgradnet.report import CANNOT_TELL, FOLLOWS, RIGHT, WRONG
from microgradnet.rounding import Bounded, bounded_gradients, forward_errors
from microgradnet.runs import Run
from microgradnet.value import Value, reachable

__all__ = ["Finding", "judge"]

# Far above rounding at the chosen points (1e-13 there), far below any mistake in a formula.
SAME = 1e-9


@dataclass
class Finding:
    """What was found of one derivative or update line, over the runs where it is finite.

    runs: which; written, right: the numbers; local: what would have been written were every other
    derivative it uses right; blamed: those of the others that are wrong; rate: that of update
    lines, where it is the same in all runs.
    """

    name: str
    verdict: str
    runs: Sequence[int]
    written: np.ndarray
    right: np.ndarray
    bound: np.ndarray
    local: np.ndarray
    blamed: Sequence[str] = ()
    rate: float | None = None


def judge(runs: Sequence[Run]) -> list[Finding]:
    """Return a finding for each derivative, update line and forward pass of the runs.

    "wrong" is what is not right even when all the derivatives it is computed from are put right;
    what is right then "follows" from those.
    """
    tables = [Table(run) for run in runs]
    names = dict.fromkeys(name for table in tables for name in table.cells)
    findings = [_finding(name, tables) for name in names]
    wrong = {finding.name for finding in findings if finding.verdict == WRONG}
    rates = {table.rate for table in tables}
    for finding in findings:
        finding.rate = min(rates) if len(rates) == 1 else None
        if finding.verdict == FOLLOWS:
            finding.blamed = sorted(_causes(finding.name, tables) & wrong)
    return findings


def same(x: Any, y: Any) -> Any:
    """Whether numbers agree but for rounding; elementwise for arrays."""
    return np.abs(x - y) <= SAME * np.maximum(np.abs(x), np.abs(y))


@dataclass
class Cell:
    written: float
    right: float
    error: float
    local: float
    uses: frozenset[str]
    low: float
    high: float


class Table:
    """The numbers of one run: a cell for each derivative, update line and forward pass.

    only: the name of the one that is needed; rate: the learning rate, where it is known.
    """

    def __init__(self, run: Run, only: str = "", rate: float | None = None) -> None:
        self.run, self.rate = run, rate
        self.marks = {node: name for name, (node, _, _) in run.derivatives.items()}
        self.cells: dict[str, Cell] = {}
        alone = only in run.derivatives or only == "forward" or (only and rate)
        asked = {k: v for k, v in run.derivatives.items() if not alone or k == only}
        updates = run.updates if not alone or only.startswith("update ") else {}
        roots = dict.fromkeys([a for _, a, _ in asked.values()] + [run.loss] * bool(updates))
        self.sweeps = {a: bounded_gradients(a) for a in roots}
        self.right = {node: self._exact(a, b).value for node, a, b in asked.values()}
        for name, (node, a, b) in asked.items():
            self.cells[name] = self._derivative(node, self._exact(a, b))
        if updates:
            self._updates()
        if run.forward is not None and only in ("", "forward"):
            trained, predicted = run.forward
            error = sum(forward_errors(reachable(x)[1]).get(x, 0.0) for x in run.forward)
            self.cells["forward"] = self._cell(trained.data, predicted.data, error, trained.data)

    def _exact(self, a: Value, b: Value) -> Bounded:
        return self.sweeps[a].get(b, Bounded())

    def _cell(
        self, written: float, right: float, error: float, local: float, uses: Any = ()
    ) -> Cell:
        return Cell(written, right, error, local, frozenset(uses), right, right)

    def _derivative(self, node: Value, exact: Bounded) -> Cell:
        inner: list[Any] = reachable(node)[1]
        error = exact.error + forward_errors(inner).get(node, 0.0)
        local = replay(node, self.right)
        uses = self._uses(node, inner)
        return Cell(node.data, exact.value, error, local, uses, exact.low, exact.high)

    def _uses(self, node: Value, inner: Sequence[Any]) -> frozenset[str]:
        known = {*inner, *(x for n in inner for x in n.inputs if type(x) is Value)}
        return frozenset(
            name for mark, name in self.marks.items() if mark in known and mark is not node
        )

    def _updates(self) -> None:
        steps: dict[str, tuple[float, float, float, float, frozenset[str]]] = {}
        for name, (leaf, new) in self.run.updates.items():
            moved = new.data - leaf.data
            local = replay(new, self.right) - leaf.data
            g = self._exact(self.run.loss, leaf)
            # the step is the small difference of two numbers of the size of the parameter
            error = g.error + 4e-16 * (abs(new.data) + abs(leaf.data))
            steps[name] = moved, local, g.value, error, self._uses(new, reachable(new)[1])
        ratios = [-local / g for _, local, g, *_ in steps.values() if g]
        rate = self.rate = self.rate or common_rate(ratios, self.run)
        for name, (moved, local, g, error, uses) in steps.items():
            cell = self._cell(
                -moved / rate, g, SAME * abs(g) + error / abs(rate), -local / rate, uses
            )
            self.cells[f"update {name}"] = cell


def common_rate(ratios: Sequence[float], run: Run) -> float:
    """The learning rate that most parameters move by; among equals, one that the code names."""
    ratios = [r for r in ratios if np.isfinite(r) and r]
    named = np.array([*run.numbers, *(v.data for v in run.values.values())])

    def votes(r: float) -> tuple[int, bool, bool]:
        return sum(bool(same(r, s)) for s in ratios), bool(np.any(same(r, named))), r > 0

    best = max(ratios, key=votes, default=1.0)
    return abs(best)


def _finding(name: str, tables: Sequence[Table]) -> Finding:
    cells = {i: t.cells[name] for i, t in enumerate(tables) if name in t.cells}
    cells = {i: cell for i, cell in cells.items() if _informative(cell)}
    columns = [[getattr(c, part) for c in cells.values()] for part in _COLUMNS]
    written, right, error, local, low, high = (np.array(column) for column in columns)
    fits = (low - error <= written) & (written <= high + error)
    fits_locally = same(local, right) | (np.abs(local - right) <= error)
    verdict = RIGHT if fits.all() else FOLLOWS if fits_locally[~fits].all() else WRONG
    if not cells or (verdict == RIGHT and not written.any() and any(error)):
        verdict = CANNOT_TELL
    return Finding(name, verdict, list(cells), written, right, error, local)


_COLUMNS = ("written", "right", "error", "local", "low", "high")


def _informative(cell: Cell) -> bool:
    size = max(abs(cell.written), abs(cell.right))
    finite = all(np.isfinite([cell.written, cell.right, cell.error]))
    return finite and (cell.error <= 1e-3 * size or size == 0.0)


def _causes(name: str, tables: Sequence[Table]) -> set[str]:
    return {use for table in tables if name in table.cells for use in table.cells[name].uses}

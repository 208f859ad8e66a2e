"""The verdict on a derivation, run at many points: what is wrong, and what only follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from microgradnet.autograd.graph import operands, reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.report import CANNOT_TELL, FOLLOWS, RIGHT, WRONG
from microgradnet.checking.rounding import SAME, Bounded, alike, bounded_gradients, forward_errors
from microgradnet.checking.runs import Run

__all__ = ["Finding", "judge"]


@dataclass
class Finding:
    """What was found of one derivative or update line, over the runs where it is finite.

    runs: which; written, right: the numbers; local: what would have been written were every other
    derivative it uses right; blamed: those of the others that are wrong; rate: that of update
    lines, where it is the same in all runs; cancels: whether it is right as a number, only since
    something it uses is wrong.
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
    cancels: bool = False


def judge(runs: Sequence[Run]) -> list[Finding]:
    """Return a finding for each derivative, update line and forward pass of the runs.

    "wrong" is what is not right even when all the derivatives it is computed from are put right;
    what is right then "follows" from those.
    """
    tables = [Table(run) for run in runs]
    steady = _steady(tables) if tables else []
    for table in tables:
        table.settle(steady)
    names = dict.fromkeys(name for table in tables for name in table.cells)
    findings = [_finding(name, tables) for name in names]
    wrong = {finding.name for finding in findings if finding.verdict == WRONG}
    rates = np.array([table.rate or 0.0 for table in tables])
    for finding in findings:
        finding.rate = float(rates[0]) if rates[0] and np.all(same(rates, rates[0])) else None
        if finding.verdict == FOLLOWS:
            finding.blamed = sorted(_causes(finding.name, tables) & wrong)
            if not finding.blamed:  # from something of which nothing can be told
                finding.verdict = CANNOT_TELL
    return findings


def same(x: np.ndarray | float, y: np.ndarray | float) -> np.ndarray:
    """Whether numbers agree but for rounding; elementwise for arrays."""
    return np.abs(x - y) <= SAME * np.maximum(np.abs(x), np.abs(y))


@dataclass
class Cell:
    """One derivative, update line or forward pass in one run.

    written, right: its numbers; error: what rounding can do to them; local: what would have been
    written were the other derivatives it `uses` right, with its error; low, high: the range of
    what is right.
    """

    written: float
    right: float
    error: float
    local: float
    uses: frozenset[str]
    low: float
    high: float
    local_error: float

    @property
    def fits(self) -> bool:
        """Whether what was written is right."""
        return self.low - self.error <= self.written <= self.high + self.error

    @property
    def fits_locally(self) -> bool:
        """Whether it would be, were the others right."""
        return self.low - self.local_error <= self.local <= self.high + self.local_error


class Table:
    """The numbers of one run: a cell for each derivative, update line and forward pass.

    rate: the learning rate, where it is known.
    """

    def __init__(self, run: Run, rate: float | None = None) -> None:
        self.run, self.rate = run, rate
        self.marks = {node: name for name, (node, _, _) in run.derivatives.items()}
        self.cells: dict[str, Cell] = {}
        derived = run.derivatives.values()
        roots = dict.fromkeys([a for _, a, _ in derived] + [run.loss] * bool(run.updates))
        ends = [node for node, _, _ in derived] + [new for _, new in run.updates.values()]
        self.inner = reachable(*ends, *roots, *(run.forward or ()))[1]
        self.errors = forward_errors(self.inner)
        self.sweeps = bounded_gradients(*roots, forward=self.errors)
        self.right = {node: self._exact(a, b) for node, a, b in derived}
        self._uses = self._used()
        self._again, self._made = self._put_right()
        for name, (node, a, b) in run.derivatives.items():
            self.cells[name] = self._derivative(node, self._exact(a, b))
        self.moves = {
            name: (_move(leaf, new, {}), _move(leaf, new, self._made), self._exact(run.loss, leaf))
            for name, (leaf, new) in run.updates.items()
        }

    @property
    def ratios(self) -> list[float]:
        """How far each parameter moves, over its gradient: the rate, where all is right."""
        found = [-local / g.value for _, (local, _), g in self.moves.values() if g.value]
        return [r for r in found if np.isfinite(r) and r]

    def settle(self, steady: Sequence[float] = ()) -> None:
        """Add the cells of the updates and of the forward pass; steady: ratios of every run."""
        if self.moves:
            self.rate = self.rate or common_rate(self.ratios, self.run, steady)
            self._updates(self.rate)
        if self.run.forward is not None:
            trained, predicted = self.run.forward
            error = sum(self.errors.get(x, 0.0) for x in self.run.forward)
            self.cells["forward"] = self._cell(trained.data, predicted.data, error, trained.data)

    def _exact(self, a: Value, b: Value) -> Bounded:
        return self.sweeps[a].get(b, Bounded())

    def _cell(
        self, written: float, right: float, error: float, local: float, uses: Iterable[str] = ()
    ) -> Cell:
        return Cell(written, right, error, local, frozenset(uses), right, right, error)

    def _derivative(self, node: Value, exact: Bounded) -> Cell:
        again = self._again.get(node, node)
        error, local_error = (exact.error + self.errors.get(x, 0.0) for x in (node, again))
        uses = self._uses.get(node, frozenset())
        parts = node.data, exact.value, error, again.data, uses
        return Cell(*parts, exact.low, exact.high, local_error)

    def _used(self) -> dict[Value, frozenset[str]]:
        """The marks that each node is computed from, but for those behind other marks."""
        found: dict[Value, frozenset[str]] = {}
        for n in self.inner:
            marks = frozenset(self.marks[x] for x in operands(n) if x in self.marks)
            below = (found[x] for x in operands(n) if x in found and x not in self.marks)
            if uses := marks.union(*below):
                found[n] = uses
        return found

    def _put_right(self) -> tuple[dict[Value, Value], dict[Value, Value]]:
        """Each node with the marks it is computed from put right; and what stands for it above.

        All in one pass, and their rounding errors with them.
        """
        again: dict[Value, Value] = {}
        right = {mark: Value(exact.value) for mark, exact in self.right.items()}
        made = {k: x for k, x in right.items() if k.operation is None and x.data != k.data}
        for n in self.inner:
            if not made.keys().isdisjoint(operands(n)):
                inputs = tuple([x if isinstance(x, float) else made.get(x, x) for x in n.inputs])
                again[n] = made[n] = n.apply(n.operation, inputs)
            if n in right and (n in again or right[n].data != n.data):
                made[n] = right[n]
        errors = {x: self.right[mark].error for mark, x in right.items()}
        self.errors = self.errors | forward_errors(reachable(*again.values())[1], errors)
        return again, made

    def _updates(self, rate: float) -> None:
        for name, ((moved, error), (local, _), g) in self.moves.items():
            bound = SAME * abs(g.value) + g.error + error / abs(rate)
            uses = self._uses.get(self.run.updates[name][1], frozenset())
            cell = self._cell(-moved / rate, g.value, bound, -local / rate, uses)
            self.cells[f"update {name}"] = cell


def _move(leaf: Value, new: Value, made: Mapping[Value, Value]) -> tuple[float, float]:
    """How far an update moves a parameter, with the error of cancellation; 0 for w - step.

    made: what stands for nodes, which else are as they are.
    """
    moved = 0.0
    node: Value | float = new
    while (
        isinstance(node, Value) and node is not leaf and node.op in ("+", "-") and node.inputs[1:]
    ):
        first, step = node.inputs
        if step is leaf and node.op == "+":
            first, step = step, first
        number = made.get(step, step).data if isinstance(step, Value) else step
        moved += number if node.op == "+" else -number
        node = first
    if node is leaf:
        return moved, 0.0
    return made.get(new, new).data - leaf.data, 4e-16 * (abs(new.data) + abs(leaf.data))


def common_rate(ratios: Sequence[float], run: Run, steady: Sequence[float] = ()) -> float:
    """The learning rate that most parameters move by.

    Among equals it is one that the code names, then one that is the same in every run.
    """
    named = np.array([*run.numbers, *(v.data for v in run.values.values())])

    def votes(group: Sequence[float]) -> tuple[int, bool, bool, bool]:
        r = group[0]
        return len(group), bool(np.any(same(r, named))), r in steady, r > 0

    best = max(alike(ratios, SAME), key=votes, default=[1.0])
    return abs(best[0])


def _steady(tables: Sequence[Table]) -> list[float]:
    """The ratios of the first run that every run has."""
    rest = [np.array(table.ratios) for table in tables[1:]]
    return [r for r in tables[0].ratios if all(np.any(same(r, others)) for others in rest)]


def _finding(name: str, tables: Sequence[Table]) -> Finding:
    cells = {i: t.cells[name] for i, t in enumerate(tables) if name in t.cells}
    cells = {i: cell for i, cell in cells.items() if _informative(cell)}
    parts = ("written", "right", "error", "local")
    written, right, error, local = (
        np.array([getattr(cell, part) for cell in cells.values()]) for part in parts
    )
    unfit = [cell for cell in cells.values() if not cell.fits]
    verdict = RIGHT if not unfit else FOLLOWS
    if not all(cell.fits_locally for cell in unfit or cells.values()):
        verdict = WRONG  # of what is right as a number, too: two mistakes may cancel
    if not cells or (verdict == RIGHT and not written.any() and any(error)):
        verdict = CANNOT_TELL
    cancels = verdict == WRONG and not unfit
    return Finding(name, verdict, list(cells), written, right, error, local, cancels=cancels)


def _informative(cell: Cell) -> bool:
    size = max(abs(cell.written), abs(cell.right))
    finite = all(np.isfinite([cell.written, cell.right, cell.error]))
    return finite and (cell.error <= 1e-3 * size or size == 0.0)


def _causes(name: str, tables: Sequence[Table]) -> set[str]:
    """What something is computed from, directly or not, in one run or another."""
    found: set[str] = set()
    for cells in (table.cells for table in tables if name in table.cells):
        stack = [name]
        while stack:
            new = cells[stack.pop()].uses - found
            found |= new
            stack += new
    return found

"""Name the arrays of a lifted program after the labels of their elements."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from microgradnet.operations.lines import Identifiers
from microgradnet.programs.lifted import Elementwise, Lifted, Product, Step, is_range

__all__ = ["Array", "Labels", "Naming"]


@dataclass(frozen=True)
class Labels:
    """The names of a program's registers, and the variable of each derivative.

    names: by register; slopes: for the register of a derivative, the register it is taken by.
    loss: the name of the loss, as in d_L_d_W1. helpers: the functions that NumPy does not have.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    slopes: Mapping[int, int] = field(default_factory=dict)
    loss: str = "L"
    helpers: frozenset[str] = frozenset()


@dataclass(eq=False)
class Array:
    """A name, and the places (m, p) of the elements."""

    name: str
    grid: np.ndarray


class Naming:
    """The given arrays of a lifted program, and the names of its computed blocks.

    given: arrays of the shared numbers; columns: arrays of the rows, a column for each sample;
    wanted: the names of blocks, by whether they are shared and by first place. outputs_by: for each
    output after the first (the loss), the shared number that it is the derivative by.
    """

    def __init__(self, lifted: Lifted, labels: Labels, outputs_by: Sequence[int]) -> None:
        self.lifted, self.labels, self.outputs_by = lifted, labels, outputs_by
        self.names = Identifiers(["np", "n", *labels.helpers])
        self.given = self._given()
        self.columns = self._columns()
        self.wanted = self._wanted()

    def _given(self) -> list[Array]:
        """Return the shared numbers as matrices of products, vectors, and single numbers."""
        grids: list[np.ndarray] = []
        met: set[int] = set()
        vectors = []
        for step in (*self.lifted.steps, *self.lifted.before):
            if isinstance(step, Product):
                grids.append(step.matrix)
                vectors += [] if step.bias is None else [step.bias]
            elif isinstance(step, Elementwise):
                vectors += [x.index for x in step.operands if x.is_shared]
        grids += [x[:, None] for x in vectors]
        chosen: list[np.ndarray] = []
        for grid in grids:
            places = set(grid.ravel().tolist())
            fresh = len(places) == grid.size and max(places) < self.lifted.n_given
            if fresh and places.isdisjoint(met):
                chosen.append(grid)
                met |= places
        chosen += [np.array([[i]]) for i in range(self.lifted.n_given) if i not in met]
        chosen.sort(key=lambda grid: int(grid.min()))
        return self._named([(self._stem(grid), grid) for grid in chosen])

    def _columns(self) -> list[Array]:
        """Return the columns of the rows; adjacent labels that differ in number form an array."""
        first = self.lifted.n_given
        stems = [self._label(first + i) for i in range(self.lifted.n_columns)]
        groups: list[tuple[str, list[int]]] = []
        for i, label in enumerate(stems):
            stem = re.sub(r"\d+$", "", label)
            if groups and groups[-1][0] == stem and label != stem:
                groups[-1][1].append(i)
            else:
                groups.append((stem, [i]))
        found = []
        for stem, places in groups:
            name = stem.upper() if len(places) > 1 and len(stem) == 1 else stem
            found.append((name if len(places) > 1 else stems[places[0]], np.array([places]).T))
        return [Array(self.names.new(name), grid) for name, grid in found]

    def _label(self, register: int) -> str:
        return self.labels.names.get(register, "")

    def _stem(self, grid: np.ndarray) -> str:
        """Return the letters that all labels share; capitals for a matrix."""
        stems = {re.sub(r"\d+$", "", self._label(i)) for i in grid.ravel().tolist()}
        stem = stems.pop() if len(stems) == 1 else ""
        is_vector = grid.shape[1] == 1 and (stem != "w" or grid.size == 1)
        return (stem or "p") if is_vector else (stem or "w").upper()

    def _named(self, stems: Sequence[tuple[str, np.ndarray]]) -> list[Array]:
        """Return arrays named by their stems, with numbers where several share a stem."""
        matrices = {stem for stem, _ in stems if stem.isupper()}  # a matrix of one number too
        stems = [(x.upper() if x.upper() in matrices else x, grid) for x, grid in stems]
        several, count = Counter(stem for stem, _ in stems), Counter[str]()
        found = []
        for stem, grid in stems:
            count[stem] += 1
            name = f"{stem}{count[stem]}" if several[stem] > 1 else stem
            found.append(Array(self.names.new(name), grid))
        return found

    def _wanted(self) -> dict[tuple[bool, int], str]:
        """Return the names of blocks: by labels, by the variables of derivatives, by outputs."""
        made = self.lifted
        steps = [(False, step) for step in made.steps]
        steps += [(True, step) for step in (*made.before, *made.after)]
        last = {r: (shared, step.start) for shared, step in steps for r in step.lines}
        # a step whose sum a later step completes gets no name
        whole = {
            (shared, step.start): step
            for shared, step in steps
            if all(last[r] == (shared, step.start) for r in step.lines)
        }
        wanted = self._by_labels(whole)
        of = {made.n_given + int(i): x.name for x in self.columns for i in x.grid[:, 0]}
        of |= {r: wanted[key] for key, step in whole.items() if key in wanted for r in step.lines}
        for key, step in whole.items():
            names = {of.get(self.labels.slopes.get(r, -1), "") for r in step.lines}
            if key not in wanted and len(names) == 1 and names != {""}:
                wanted[key] = self.names.new(self.derivative(names.pop()))
        for array in self.given:
            places = self.output_places(array)
            if places is not None and is_range(places) and self._is_block(places):
                name = self.names.new(self.derivative(array.name))
                wanted.setdefault((True, int(places[0])), name)
        return wanted

    def _by_labels(self, steps: Mapping[tuple[bool, int], Step]) -> dict[tuple[bool, int], str]:
        """Return the stems of labels, numbered where several blocks share one: Z1, A1, Z2, A2."""
        stems = {key: stem for key, step in steps.items() if (stem := self._block_stem(step))}
        several, count, wanted = Counter(stems.values()), Counter[str](), {}
        for key, stem in stems.items():
            count[stem] += 1
            numbered = f"{'A' if stem == 'h' else stem}{count[stem]}"
            wanted[key] = self.names.new(numbered if several[stem] > 1 else stem)
        return wanted

    def derivative(self, name: str) -> str:
        """Return the name of the derivative of the loss by an array."""
        return f"d_{self.labels.loss}_d_{'ypred' if name == 'y_pred' else name}"

    def _block_stem(self, step: Step) -> str:
        labels = [self._label(r) for r in step.lines]
        if not all(labels):
            return ""
        if len(labels) == 1 and not re.match(r"(sum_)?[a-z]+\d+$", labels[0]):
            return labels[0]
        stems = {re.sub(r"\d+$", "", label) for label in labels}
        if all(stem.startswith("sum_") for stem in stems):
            return "Z"
        return stems.pop() if len(stems) == 1 else ""

    def output_places(self, array: Array) -> np.ndarray | None:
        """Return the places of the derivatives by an array, in its order, or None."""
        at = dict(zip(self.outputs_by, self.lifted.outputs[1:].tolist()))
        registers = array.grid.ravel().tolist()
        if any(r not in at for r in registers):
            return None
        return np.array([at[r] for r in registers])

    def _is_block(self, places: np.ndarray) -> bool:
        blocks = {x.start: x.size for x in (*self.lifted.means, *self.lifted.after)}
        return blocks.get(int(places[0])) == len(places)

"""A lifted program as the NumPy code that a person would write, arrays named by their labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from microgradnet.operations.operation import OPS
from microgradnet.operations.spelling import Identifiers
from microgradnet.programs.lifted import (
    Average,
    Elementwise,
    Lifted,
    Mean,
    Outer,
    Product,
    Scan,
    Step,
)

__all__ = ["ATOM", "Labels", "Text", "Writer", "number", "written"]

# How tightly text binds, as in Python.
SUM, PRODUCT, MINUS, POWER, ATOM = range(5)
INFIX = {"add": ("+", SUM), "sub": ("-", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT)}
LONGEST, SHORT = 60, 20  # characters of what is written into its user, or into each of several

Text = tuple[str, int]  # and how tightly it binds


@dataclass(frozen=True)
class Labels:
    """What registers of the program are called: `names`; of a derivative, by which: `slopes`.

    loss: the name of what is derived, as in d_L_d_W1. helpers: the functions that are no
    function of NumPy.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    slopes: Mapping[int, int] = field(default_factory=dict)
    loss: str = "L"
    helpers: frozenset[str] = frozenset()


@dataclass(eq=False)
class Array:
    """A name, and the places (m, p) of what it holds."""

    name: str
    grid: np.ndarray


class Writer:
    """The statements of a lifted program for means, and the names of its arrays.

    given: arrays of the shared numbers; columns: of the rows, a column for each sample; found: of
    the outputs after the first, which is the loss.
    """

    def __init__(self, lifted: Lifted, labels: Labels, outputs_by: Sequence[int]) -> None:
        self.lifted, self.labels, self.outputs_by = lifted, labels, outputs_by
        self.names = Identifiers(["np", "n", *labels.helpers])
        self.n_constants = len(lifted.constants)
        self.is_numbered: Counter[str] = Counter()
        self.given = self._given()
        self.columns = self._columns()
        self.texts: dict[tuple[bool, int], Text] = {}  # by space and start of a block
        self.starts: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
        self.uses = self._uses()
        self.wanted = self._wanted()

    # Arrays that are given.

    def _given(self) -> list[Array]:
        """The shared numbers as matrices of products, vectors, and what is left alone."""
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
        """The columns of the rows, those together whose labels differ in their number."""
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
        """The letters that the labels of all have in common; of a matrix in capitals."""
        stems = {re.sub(r"\d+$", "", self._label(i)) for i in grid.ravel().tolist()}
        stem = stems.pop() if len(stems) == 1 else ""
        is_vector = grid.shape[1] == 1 and (stem != "w" or grid.size == 1)
        return (stem or "p") if is_vector else (stem or "w").upper()

    def _named(self, stems: Sequence[tuple[str, np.ndarray]]) -> list[Array]:
        """Arrays with their stems for names, numbered where several have one."""
        matrices = {stem for stem, _ in stems if stem.isupper()}  # one of a single number too
        stems = [(x.upper() if x.upper() in matrices else x, grid) for x, grid in stems]
        several, count = Counter(stem for stem, _ in stems), Counter[str]()
        found = []
        for stem, grid in stems:
            count[stem] += 1
            name = f"{stem}{count[stem]}" if several[stem] > 1 else stem
            found.append(Array(self.names.new(name), grid))
        return found

    # Names of what is computed.

    def _uses(self) -> Counter[tuple[bool, int]]:
        """How often each place is read."""
        found: Counter[tuple[bool, int]] = Counter()
        made = self.lifted
        for shared, steps in ((True, made.before), (False, made.steps), (True, made.after)):
            for step in steps:
                for is_shared, index in _reads(step, shared):
                    found.update((is_shared, at) for at in set(index.ravel().tolist()))
        for mean in made.means:
            for index in _mean_reads(mean):
                found.update((False, at) for at in index.tolist())
        return found

    def _wanted(self) -> dict[tuple[bool, int], str]:
        """The names of blocks: of labels, of derivatives, and of what outputs are."""
        steps = [(False, step) for step in self.lifted.steps]
        steps += [(True, step) for step in (*self.lifted.before, *self.lifted.after)]
        last = {r: (shared, s.start) for shared, s in steps for r in s.lines}
        stems: dict[tuple[bool, int], str] = {}
        for shared, step in steps:
            if all(last[r] == (shared, step.start) for r in step.lines):
                stem = self._block_stem(step)
                if stem:
                    stems[shared, step.start] = stem
        several = Counter(stems.values())
        count: Counter[str] = Counter()
        wanted: dict[tuple[bool, int], str] = {}
        of: dict[int, tuple[str, int]] = {}  # of registers, the block they are in, and where
        for array in self.columns:
            of |= {
                self.lifted.n_given + r: (array.name, i)
                for i, r in enumerate(array.grid[:, 0].tolist())
            }
        for shared, step in steps:
            key = (shared, step.start)
            if key not in stems:
                continue
            stem = stems[key]
            count[stem] += 1
            if several[stem] > 1:
                stem = f"{'A' if stem == 'h' else stem}{count[stem]}"
            wanted[key] = self.names.new(stem)
            of |= {r: (wanted[key], i) for i, r in enumerate(step.lines)}
        for shared, step in steps:
            by = [of.get(self.labels.slopes.get(r, -1)) for r in step.lines]
            is_last = all(last[r] == (shared, step.start) for r in step.lines)
            if is_last and (shared, step.start) not in wanted and all(by):
                names = {x[0] for x in by if x}
                if len(names) == 1:
                    wanted[shared, step.start] = self.names.new(self._derivative(names.pop()))
        for array in self.given:
            places = self._output_places(array)
            if places is not None and _is_range(places) and self._is_block(places):
                key = (True, int(places[0]))
                wanted.setdefault(key, self.names.new(self._derivative(array.name)))
        return wanted

    def _derivative(self, name: str) -> str:
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

    def _output_places(self, array: Array) -> np.ndarray | None:
        """Where the derivatives by an array are, in its order."""
        at = dict(zip(self.outputs_by, self.lifted.outputs[1:].tolist()))
        registers = array.grid.ravel().tolist()
        if any(r not in at for r in registers):
            return None
        return np.array([at[r] for r in registers])

    def _is_block(self, places: np.ndarray) -> bool:
        blocks = {x.start: x.size for x in (*self.lifted.means, *self.lifted.after)}
        return blocks.get(int(places[0])) == len(places)

    # Statements.

    def statements(self) -> Iterator[tuple[int, str]]:
        """Each statement with the last line of the program that it stands for."""
        made = self.lifted
        for step in made.before:
            yield from ((0, text) for _, text in self._stated(step, True))
        means, after = list(made.means), list(made.after)
        last = 0
        for i in range(len(made.steps) + 1):
            if i:
                last = max(made.steps[i - 1].lines)
                yield from self._stated(made.steps[i - 1], False)
            for mean in [x for x in means if self._is_there(False, *_mean_reads(x))]:
                means.remove(mean)
                yield from self._mean(mean, last)
            for late in list(after):
                if self._is_there(True, *(index for _, index in _reads(late, True))):
                    after.remove(late)
                    yield from self._stated(late, True, last)

    def _is_there(self, is_shared: bool, *read: np.ndarray) -> bool:
        given = self.lifted.n_given + self.n_constants if is_shared else self.lifted.n_columns
        blocks = self.starts[is_shared]
        return all(
            at < given or any(a <= at < b for a, b in blocks)
            for index in read
            for at in index.ravel().tolist()
        )

    def _stated(self, step: Step, shared: bool, last: int = 0) -> Iterator[tuple[int, str]]:
        key = (shared, step.start)
        text = self._text(step, shared)
        self.starts[shared].append((step.start, step.start + step.size))
        name = self.wanted.get(key)
        uses = {self.uses[shared, at] for at in range(step.start, step.start + step.size)}
        if shared and step.size == 1 and step.start == self.lifted.outputs[0]:
            name = self.labels.loss
        is_short = len(text[0]) <= (LONGEST if uses == {1} else SHORT)
        if name is None and isinstance(step, Elementwise) and is_short:
            self.texts[key] = text
            return
        name = name or self.names.numbered("T")
        self.texts[key] = (name, ATOM)
        yield max(last, *step.lines), f"{name} = {text[0]}"

    def _mean(self, mean: Mean, last: int) -> Iterator[tuple[int, str]]:
        key = (True, mean.start)
        name = self.wanted.get(key)
        if isinstance(mean, Outer):
            left, right = self._rows(mean.left), self._rows(mean.right)
            text = (f"{_in(left, PRODUCT)} @ {_in(right, ATOM)}.T / n", PRODUCT)
        else:
            x = self._rows(mean.index)
            is_loss = mean.size == 1 and name is None
            text = (f"np.mean({x[0]})" if is_loss else f"np.mean({x[0]}, axis=1, keepdims=True)", 4)
        self.starts[True].append((mean.start, mean.start + mean.size))
        is_output = mean.start == self.lifted.outputs[0]
        if is_output:
            name = self.labels.loss
        if name is None and len(text[0]) <= LONGEST and self.uses[key] == 1:
            self.texts[key] = text
            return
        name = name or self.names.numbered("T")
        self.texts[key] = (name, ATOM)
        yield last, f"{name} = {text[0]}"

    def _text(self, step: Step, shared: bool) -> Text:
        read = self._shared if shared else self._rows
        if isinstance(step, Product):
            return self._product(step, shared)
        if isinstance(step, Scan):
            function = f"np.{OPS[step.op].numpy}.accumulate"
            return f"{function}({read(step.index)[0]}, axis=0)[1:]", ATOM
        operands = [self._shared(x.index) if x.is_shared else read(x.index) for x in step.operands]
        return written(step.op, operands, self.labels.helpers)

    def _product(self, step: Product, shared: bool) -> Text:
        m, (p, c) = len(step.matrix), step.factors.shape
        read = self._shared if shared else self._rows
        x = read(step.factors.T.ravel() if c > 1 else step.factors.ravel())
        values = self._constants(step.matrix)
        if c > 1:
            text = (
                f"np.tensordot({self._matrix(step.matrix)}, {x[0]}.reshape({c}, {p}, -1), (1, 1))"
            )
            found: Text = (f"{text}.reshape({m * c}, -1)", ATOM)
        elif values is not None and m == 1 and np.all(values == values[0, 0]):
            total = (f"np.sum({x[0]}{'' if shared else ', axis=0, keepdims=True'})", ATOM)
            found = written("mul", [number(float(values[0, 0])), total])
        else:
            found = (f"{self._matrix(step.matrix)} @ {_in(x, PRODUCT + 1)}", PRODUCT)
        if step.bias is None:
            return found
        bias = self._shared(step.bias)
        if bias[0].startswith("-"):
            return f"{found[0]} - {bias[0][1:]}", SUM
        return f"{found[0]} + {bias[0]}", SUM

    # Operands.

    def _constants(self, index: np.ndarray) -> np.ndarray | None:
        """The numbers at places that are all constants."""
        at = index - self.lifted.n_given
        if np.all((at >= 0) & (at < self.n_constants)):
            return np.asarray(self.lifted.constants[at])
        return None

    def _matrix(self, grid: np.ndarray) -> str:
        for array in self.given:
            for whole, name in ((array.grid, array.name), (array.grid.T, f"{array.name}.T")):
                if np.array_equal(grid, whole):
                    return name
                if np.isin(grid, whole).all():
                    rows = [int(np.argwhere(whole == at)[0][0]) for at in grid[:, 0]]
                    across = [int(np.argwhere(whole == at)[0][1]) for at in grid[0]]
                    if np.array_equal(whole[np.ix_(rows, across)], grid):
                        return f"{name}[{_index(rows)}, :][:, {_index(across)}]"
        texts = [", ".join(self._one(True, at)[0] for at in row) for row in grid.tolist()]
        return f"np.block([[{'], ['.join(texts)}]])"

    def _shared(self, index: np.ndarray) -> Text:
        """Shared numbers as a column, a matrix of the same order, or one number."""
        values = self._constants(index)
        if values is not None and np.all(values == values[0]):
            return number(float(values[0]))
        if len(set(index.tolist())) == 1:
            return self._one(True, int(index[0]))
        for array in self.given:
            if np.array_equal(index, array.grid.ravel()):
                return array.name, ATOM
        for start, stop in self.starts[True]:
            if index[0] == start and _is_range(index) and len(index) == stop - start:
                return self.texts[True, start]
        return f"np.vstack([{', '.join(self._one(True, at)[0] for at in index.tolist())}])", ATOM

    def _one(self, is_shared: bool, at: int) -> Text:
        """One shared number."""
        if at < self.lifted.n_given:
            for array in self.given:
                found = np.argwhere(array.grid == at)
                if len(found):
                    i, j = found[0].tolist()
                    return (array.name if array.grid.size == 1 else f"{array.name}[{i}, {j}]"), ATOM
        values = self._constants(np.array([at]))
        if values is not None:
            return number(float(values[0]))
        start, stop = next((a, b) for a, b in self.starts[True] if a <= at < b)
        text = self.texts[True, start]
        return text if stop - start == 1 else (f"{_in(text, ATOM)}.flat[{at - start}]", ATOM)

    def _rows(self, index: np.ndarray) -> Text:
        """Registers, of one array or of several."""
        parts: list[tuple[Text, int, list[int]]] = []
        for at in index.tolist():
            text, size, i = self._found(at)
            if parts and parts[-1][0] == text:
                parts[-1][2].append(i)
            else:
                parts.append((text, size, [i]))
        texts = [_selected(*part) for part in parts]
        if len(texts) == 1:
            return texts[0]
        return f"np.concatenate([{', '.join(text for text, _ in texts)}])", ATOM

    def _found(self, at: int) -> tuple[Text, int, int]:
        """The array a register is in, how many are in it, and where it is."""
        if at < self.lifted.n_columns:
            array = next(x for x in self.columns if at in x.grid)
            return (array.name, ATOM), len(array.grid), at - int(array.grid[0, 0])
        start, stop = next((a, b) for a, b in self.starts[False] if a <= at < b)
        return self.texts[False, start], stop - start, at - start

    # Results.

    def results(self, wanted: Container[int]) -> tuple[list[str], list[str]]:
        """Statements for derivatives that have none yet, and the names of all that is returned."""
        statements = []
        loss = self._one(True, int(self.lifted.outputs[0]))[0]
        if loss != self.labels.loss:
            statements.append(f"{self.labels.loss} = {loss}")
        names = [self.labels.loss]
        for array in self.given:
            places = self._output_places(array)
            if places is None or not any(r in wanted for r in array.grid.ravel().tolist()):
                continue
            text = self._shared(places)[0]
            name = self._derivative(array.name)
            if text != name:
                shaped = f"np.reshape({text}, {array.grid.shape})"
                statements.append(f"{name} = {shaped}")
            names.append(name)
        return statements, names


def written(op: str, operands: Sequence[Text], helpers: Container[str] = ()) -> Text:
    """Return one operation on arrays as NumPy code; helpers: functions that are called as they are.

    >>> written("mul", [("a + b", SUM), ("2", ATOM)])
    ('2 * (a + b)', 1)
    """
    if op == "mul" and operands[0] == operands[1]:
        return f"{_in(operands[0], ATOM)} ** 2", POWER
    if op == "mul" and operands[1][0].lstrip("-").isdigit():
        operands = operands[::-1]
    if op == "mul" and operands[1][0].startswith("1 / "):
        op, operands = "div", [operands[0], (operands[1][0][4:], ATOM)]
    if op == "mul" and operands[0][0] == "1":
        return operands[1]
    if op == "neg" or (op == "mul" and operands[0][0] == "-1"):
        return f"-{_in(operands[-1], MINUS)}", MINUS
    if op in INFIX:
        sign, binds = INFIX[op]
        right = binds if op in ("add", "mul") else binds + 1
        return f"{_in(operands[0], binds)} {sign} {_in(operands[1], right)}", binds
    if op == "pow":
        return f"{_in(operands[0], ATOM)} ** {_in(operands[1], ATOM)}", POWER
    if op == "where":
        c, a, b = (text for text, _ in operands)
        return (f"({c} > 0)" if (a, b) == ("1", "0") else f"np.where({c} > 0, {a}, {b})"), ATOM
    function = op if op in helpers else "np.abs" if op == "abs" else f"np.{OPS[op].numpy}"
    return f"{function}({', '.join(text for text, _ in operands)})", ATOM


def _reads(step: Step, shared: bool) -> list[tuple[bool, np.ndarray]]:
    if isinstance(step, Elementwise):
        return [(x.is_shared, x.index) for x in step.operands]
    if isinstance(step, Scan):
        return [(shared, step.index)]
    return [(shared, step.factors)]


def _mean_reads(mean: Mean) -> list[np.ndarray]:
    return [mean.index] if isinstance(mean, Average) else [mean.left, mean.right]


def _in(text: Text, least: int) -> str:
    return f"({text[0]})" if text[1] < least else text[0]


def _is_range(index: np.ndarray) -> bool:
    return bool(np.array_equal(index, np.arange(index[0], index[0] + len(index))))


def _index(places: Sequence[int]) -> str:
    if _is_range(np.array(places)):
        return f"{places[0]}:{places[-1] + 1}"
    return str(list(places))


def _selected(text: Text, size: int, places: list[int]) -> Text:
    """All of an array, or some of its rows; one row alone stands for all."""
    if places == list(range(size)) or size == 1:
        return text
    if len(set(places)) == 1:
        places = places[:1]
    return f"{_in(text, ATOM)}[{_index(places)}]", ATOM


def number(x: float) -> Text:
    """Return a number as Python code, whole where it is."""
    text = f"{x:.0f}" if x.is_integer() and abs(x) < 1e6 else repr(x)
    if not np.isfinite(x):
        text = f"np.{x}".replace("np.-", "-np.")
    return text, MINUS if text.startswith("-") else ATOM

"""Write a lifted program as the NumPy code that a person would write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence

import numpy as np

from microgradnet.derivations.naming import Labels, Naming
from microgradnet.derivations.spelling import ATOM, BINDS
from microgradnet.operations.operation import OPS
from microgradnet.programs.lifted import (
    Elementwise,
    Lifted,
    Mean,
    Outer,
    Product,
    Scan,
    Step,
    is_range,
    read,
)

__all__ = ["Text", "Writer", "number", "written"]

SUM, PRODUCT, MINUS, POWER = (BINDS[op] for op in ("add", "mul", "neg", "pow"))
INFIX = {"add": ("+", SUM), "sub": ("-", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT)}

Text = tuple[str, int]  # code, and the precedence of its last operator

LONGEST, SHORT = 60, 20  # the longest code written into its user, or into each of several users


class Writer:
    """The statements of a lifted program for means; naming: the names of its arrays."""

    def __init__(self, lifted: Lifted, labels: Labels, outputs_by: Sequence[int]) -> None:
        self.lifted, self.labels = lifted, labels
        self.naming = Naming(lifted, labels, outputs_by)
        self.n_constants = len(lifted.constants)
        self.texts: dict[tuple[bool, int], Text] = {}  # by space and start of a block
        self.starts: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
        self.shapes: dict[tuple[bool, int], tuple[int, ...]] = {}  # of the shared ones
        self.uses = self._uses()

    def _uses(self) -> Counter[tuple[bool, int]]:
        """Return how often each place is read."""
        found: Counter[tuple[bool, int]] = Counter()
        made = self.lifted
        for shared, steps in ((True, made.before), (False, made.steps), (True, made.after)):
            for step in steps:
                for is_shared, index in _reads(step, shared):
                    found.update((is_shared, at) for at in set(index.ravel().tolist()))
        for mean in made.means:
            for index in read(mean):
                found.update((False, at) for at in index.tolist())
        return found

    def statements(self) -> Iterator[tuple[int, str]]:
        """Yield each statement with the last line of the program that it covers."""
        made = self.lifted
        for step in made.before:
            yield from ((0, text) for _, text in self._stated(step, True))
        means, after = list(made.means), list(made.after)
        last = 0
        for i in range(len(made.steps) + 1):
            if i:
                last = max(made.steps[i - 1].lines)
                yield from self._stated(made.steps[i - 1], False)
            for mean in [x for x in means if self._is_there(False, *read(x))]:
                means.remove(mean)
                yield from self._mean(mean, last)
            for late in list(after):
                if self._is_there(True, *read(late, True)):
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
        text = self._text(step, shared)
        uses = {self.uses[shared, at] for at in range(step.start, step.start + step.size)}
        is_short = len(text[0]) <= (LONGEST if uses == {1} else SHORT)
        is_inside = is_short and isinstance(step, Elementwise)
        yield from self._named(
            (shared, step.start), step.size, text, is_inside, max(last, *step.lines)
        )

    def _mean(self, mean: Mean, last: int) -> Iterator[tuple[int, str]]:
        key = (True, mean.start)
        if isinstance(mean, Outer):
            left, right = self._rows(mean.left), self._rows(mean.right)
            self.shapes[key] = (len(mean.left), len(mean.right))
            text = (f"{bracketed(left, PRODUCT)} @ {bracketed(right, ATOM)}.T / n", PRODUCT)
        else:
            x = self._rows(mean.index)
            is_loss = mean.size == 1 and key not in self.naming.wanted
            text = (
                f"np.mean({x[0]})" if is_loss else f"np.mean({x[0]}, axis=1, keepdims=True)",
                ATOM,
            )
        is_inside = len(text[0]) <= LONGEST and self.uses[key] == 1
        yield from self._named(key, mean.size, text, is_inside, last)

    def _named(
        self, key: tuple[bool, int], size: int, text: Text, is_inside: bool, last: int
    ) -> Iterator[tuple[int, str]]:
        """Yield the statement of a block, unless it has no name and is written into its users."""
        shared, start = key
        self.starts[shared].append((start, start + size))
        name = self.naming.wanted.get(key)
        if shared and size == 1 and start == self.lifted.outputs[0]:
            name = self.labels.loss
        if name is None and is_inside:
            self.texts[key] = text
            return
        name = name or self.naming.names.numbered("T")
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
        if shared:
            operands = self._alike(step, operands)
        return written(step.op, operands, self.labels.helpers)

    def _alike(self, step: Elementwise, operands: list[Text]) -> list[Text]:
        """Return operands of one shape; if shapes differ, all become columns."""
        shapes = [self._shape(x.index) for x in step.operands]
        kinds = {shape for shape in shapes if shape}
        column = (step.size, 1)
        self.shapes[True, step.start] = kinds.pop() if len(kinds) == 1 else column
        if not kinds:
            return operands
        return [
            (f"np.reshape({text[0]}, (-1, 1))", ATOM) if shape not in ((), column) else text
            for text, shape in zip(operands, shapes)
        ]

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
            found = (f"{self._matrix(step.matrix)} @ {bracketed(x, PRODUCT + 1)}", PRODUCT)
        if step.bias is None:
            return found
        bias = self._shared(step.bias)
        if bias[0].startswith("-"):
            return f"{found[0]} - {bias[0][1:]}", SUM
        return f"{found[0]} + {bias[0]}", SUM

    def _constants(self, index: np.ndarray) -> np.ndarray | None:
        """Return the numbers at places, or None if they are not all constants."""
        at = index - self.lifted.n_given
        if np.all((at >= 0) & (at < self.n_constants)):
            return np.asarray(self.lifted.constants[at])
        return None

    def _matrix(self, grid: np.ndarray) -> str:
        for array in self.naming.given:
            for whole, name in ((array.grid, array.name), (array.grid.T, f"{array.name}.T")):
                if np.array_equal(grid, whole):
                    return name
                if np.isin(grid, whole).all():
                    rows = [int(np.argwhere(whole == at)[0][0]) for at in grid[:, 0]]
                    across = [int(np.argwhere(whole == at)[0][1]) for at in grid[0]]
                    if np.array_equal(whole[np.ix_(rows, across)], grid):
                        return f"{name}[{_index(rows)}, :][:, {_index(across)}]"
        texts = [", ".join(self._one(at)[0] for at in row) for row in grid.tolist()]
        return f"np.block([[{'], ['.join(texts)}]])"

    def _shared(self, index: np.ndarray) -> Text:
        """Return shared numbers as a column, a matrix of the same order, or one number."""
        values = self._constants(index)
        if values is not None and np.all(values == values[0]):
            return number(float(values[0]))
        if len(set(index.tolist())) == 1:
            return self._one(int(index[0]))
        for array in self.naming.given:
            if np.array_equal(index, array.grid.ravel()):
                return array.name, ATOM
        for start, stop in self.starts[True]:
            if index[0] == start and is_range(index) and len(index) == stop - start:
                return self.texts[True, start]
        texts = ", ".join(self._pieces(index.tolist()))
        return f"np.concatenate([{texts}])[:, None]", ATOM

    def _pieces(self, places: list[int]) -> Iterator[str]:
        """Yield shared numbers in a row: whole arrays where possible, else one by one."""
        whole = {int(x.grid.flat[0]): (x.grid.ravel().tolist(), x.name) for x in self.naming.given}
        for start, stop in self.starts[True]:
            whole[start] = list(range(start, stop)), self.texts[True, start][0]
        while places:
            block, text = whole.get(places[0], ([], ""))
            if block and places[: len(block)] == block:
                places = places[len(block) :]
                yield f"np.ravel({text})"
            else:
                yield f"np.ravel({self._one(places[0])[0]})"
                places = places[1:]

    def _shape(self, index: np.ndarray) -> tuple[int, ...]:
        """Return the shape of the array that `_shared` writes."""
        if len(set(index.tolist())) == 1:
            return ()
        for array in self.naming.given:
            if np.array_equal(index, array.grid.ravel()):
                return array.grid.shape
        if is_range(index) and (True, int(index[0])) in self.shapes:
            return self.shapes[True, int(index[0])]
        return len(index), 1

    def _one(self, at: int) -> Text:
        """Return one shared number."""
        if at < self.lifted.n_given:
            for array in self.naming.given:
                found = np.argwhere(array.grid == at)
                if len(found):
                    i, j = found[0].tolist()
                    return (array.name if array.grid.size == 1 else f"{array.name}[{i}, {j}]"), ATOM
        values = self._constants(np.array([at]))
        if values is not None:
            return number(float(values[0]))
        start, stop = next((a, b) for a, b in self.starts[True] if a <= at < b)
        text = self.texts[True, start]
        return text if stop - start == 1 else (f"{bracketed(text, ATOM)}.flat[{at - start}]", ATOM)

    def _rows(self, index: np.ndarray) -> Text:
        """Return registers, from one array or concatenated from several."""
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
        """Return the array of a register, the array's size, and the register's index in it."""
        if at < self.lifted.n_columns:
            array = next(x for x in self.naming.columns if at in x.grid)
            return (array.name, ATOM), len(array.grid), at - int(array.grid[0, 0])
        start, stop = next((a, b) for a, b in self.starts[False] if a <= at < b)
        return self.texts[False, start], stop - start, at - start

    def results(self, wanted: Container[int]) -> tuple[list[str], list[str]]:
        """Return statements for derivatives that have none yet, and all names that are returned."""
        statements = []
        loss = self._one(int(self.lifted.outputs[0]))[0]
        if loss != self.labels.loss:
            statements.append(f"{self.labels.loss} = {loss}")
        names = [self.labels.loss]
        for array in self.naming.given:
            places = self.naming.output_places(array)
            if places is None or not any(r in wanted for r in array.grid.ravel().tolist()):
                continue
            text = self._shared(places)[0]
            name = self.naming.derivative(array.name)
            if text != name:
                shaped = f"np.reshape({text}, {array.grid.shape})"
                statements.append(f"{name} = {shaped}")
            names.append(name)
        return statements, names


def _reads(step: Step, shared: bool) -> list[tuple[bool, np.ndarray]]:
    if isinstance(step, Elementwise):
        return [(x.is_shared, x.index) for x in step.operands]
    return [(shared, index) for index in read(step)]


def _index(places: Sequence[int]) -> str:
    if is_range(np.array(places)):
        return f"{places[0]}:{places[-1] + 1}"
    return str(list(places))


def _selected(text: Text, size: int, places: list[int]) -> Text:
    """Return an array, or some of its rows; one row alone is broadcast."""
    if places == list(range(size)) or size == 1:
        return text
    if len(set(places)) == 1:
        places = places[:1]
    return f"{bracketed(text, ATOM)}[{_index(places)}]", ATOM


# One operation on arrays, with the brackets that it needs.


def written(op: str, operands: Sequence[Text], helpers: Container[str] = ()) -> Text:
    """Return one operation on arrays as NumPy code; helpers: functions that are called by name.

    >>> written("mul", [("a + b", SUM), ("2", ATOM)])
    ('2 * (a + b)', 2)
    """
    if op == "mul" and operands[0] == operands[1]:
        return f"{bracketed(operands[0], ATOM)} ** 2", POWER
    if op == "mul" and operands[1][0].lstrip("-").isdigit():
        operands = operands[::-1]
    if op == "mul" and operands[1][0].startswith("1 / "):
        op, operands = "div", [operands[0], (operands[1][0][4:], ATOM)]
    if op == "mul" and operands[0][0] == "1":
        return operands[1]
    if op == "neg" or (op == "mul" and operands[0][0] == "-1"):
        return f"-{bracketed(operands[-1], MINUS)}", MINUS
    if op in INFIX:
        sign, binds = INFIX[op]
        right = binds if op in ("add", "mul") else binds + 1
        return f"{bracketed(operands[0], binds)} {sign} {bracketed(operands[1], right)}", binds
    if op == "pow":
        return f"{bracketed(operands[0], ATOM)} ** {bracketed(operands[1], ATOM)}", POWER
    if op == "where":
        c, a, b = (text for text, _ in operands)
        return f"np.where({c} > 0, {a}, {b})", ATOM
    function = op if op in helpers else "np.abs" if op == "abs" else f"np.{OPS[op].numpy}"
    return f"{function}({', '.join(text for text, _ in operands)})", ATOM


def bracketed(text: Text, least: int) -> str:
    """Return the code, in brackets if its precedence is lower than `least`."""
    return f"({text[0]})" if text[1] < least else text[0]


def number(x: float) -> Text:
    """Return a number as Python code, without a point if it is whole."""
    text = f"{x:.0f}" if x.is_integer() and abs(x) < 1e6 else repr(x)
    if not np.isfinite(x):
        text = f"np.{x}".replace("np.-", "-np.")
    return text, MINUS if text.startswith("-") else ATOM

"""Programs: recorded graphs as straight-line code, one line per node, run by any engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, final

import numpy as np
from numpy.typing import ArrayLike

from microgradnet.autograd.gradient import refuse_changed
from microgradnet.autograd.graph import describe, made_after, reachable
from microgradnet.autograd.labels import is_frozen
from microgradnet.autograd.modes import recording
from microgradnet.autograd.value import Value
from microgradnet.operations.arguments import number, whole_number
from microgradnet.operations.lines import Identifiers, Lines, Symbol
from microgradnet.operations.operation import OPS
from microgradnet.programs import engines
from microgradnet.programs.engines import ENGINES, Engine

__all__ = ["Constant", "Constants", "Operand", "Program", "compile", "record"]


@final
class Constant:
    """A number in a line of a program, equal only to a constant with the same bits.

    value: the float. A plain float would not do: 2.0 == 2 in Python, so a dictionary of registers
    would answer for the float 2.0. All nan are one constant; 0.0 and -0.0 are two.

    >>> Constant(2.0) == 2, Constant(0.0) == Constant(-0.0)
    (False, False)
    >>> Constant(float("nan")) == Constant(float("nan"))
    True
    """

    __slots__ = ("_bits", "value")

    def __init__(self, value: float) -> None:
        self.value: Final = value
        self._bits: Final = value.hex()

    def __eq__(self, other: object) -> bool:
        return type(other) is Constant and self._bits == other._bits

    def __hash__(self) -> int:
        return hash(self._bits)

    def __repr__(self) -> str:
        return f"Constant({self.value!r})"


Operand: TypeAlias = int | Constant  # the number of a register, or a constant

ONE, MINUS_ONE = Constant(1.0), Constant(-1.0)


class Constants:
    """The different constants of a program, numbered in order of first appearance.

    >>> numbers = Constants([1, Constant(2.0), Constant(2.0), 2, Constant(-0.0)])
    >>> numbers[Constant(-0.0)], numbers.array().tolist()
    (1, [2.0, -0.0])
    """

    def __init__(self, operands: Iterable[Operand] = ()) -> None:
        self._number: dict[Constant, int] = {}
        for x in operands:
            if type(x) is Constant:
                self.add(x)

    def add(self, x: Constant) -> None:
        """Number a constant, unless it already has a number."""
        self._number.setdefault(x, len(self._number))

    def __getitem__(self, x: Constant) -> int:
        """Return the number of a constant; KeyError if it was not added."""
        return self._number[x]

    def __len__(self) -> int:
        return len(self._number)

    def array(self) -> np.ndarray:
        """Return the numbers in order."""
        return np.array([x.value for x in self._number], dtype=float)


FLOAT = np.dtype(np.float64)

Line = tuple[str, tuple[Operand, ...]]
Result = Symbol | float  # while the lines are being written
Recorded = Value | float | Sequence[Value | float] | np.ndarray  # the result of a recorded function


@dataclass(frozen=True, eq=False)
class Program:
    """A straight-line program of primitives, with four ways to run it.

    Registers are numbered: first the inputs, then one for each line. lines: (primitive, operands),
    where an operand is a register (int) or a `Constant`, whose `value` is the number; outputs: as
    operands; names: of all registers. The methods take `shared`, the numbers of the first inputs
    (the parameters), and `rows` (n, k), whose rows are the last k inputs. frozen: names and numbers
    of the parameters held as constants. `str(program)` is readable Python.

    A call, `scan` and one row alone are computed line by line. Over several rows, `map` and `mean`
    of "numpy", "native" and "jax" compute in arrays: sums of products are matrix products, whose
    n terms are added up in another order. So a sum is off by at most n + 2 units of 2**-53 of the
    sum of the sizes of its terms. The same bound holds for the order of the lines.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> program = compile([w * x], [w, x])
    >>> program(4.0, 5.0)
    (20.0,)
    >>> program.map([10.0], [[1.0], [2.0]]).tolist()
    [[10.0], [20.0]]
    """

    names: tuple[str, ...]
    n_inputs: int
    lines: tuple[Line, ...]
    outputs: tuple[Operand, ...]
    engine: str = "python"
    frozen: tuple[tuple[str, float], ...] = ()

    def __call__(self, *numbers: float) -> tuple[float, ...]:
        """Return the outputs for one number an input."""
        if len(numbers) != self.n_inputs:
            raise ValueError(f"the program takes {self._inputs()}, not {len(numbers)} numbers")
        return self._runner().call([x if type(x) is float else _float(x) for x in numbers])

    def map(self, shared: Sequence[float] | np.ndarray, rows: ArrayLike) -> np.ndarray:
        """Return the outputs for each row, an array (n, outputs)."""
        return self._runner().map(*self._checked(shared, rows))

    def mean(self, shared: Sequence[float] | np.ndarray, rows: ArrayLike) -> np.ndarray:
        """Return the mean of the outputs over the rows, an array (outputs,): a batch gradient."""
        return self._runner().mean(*self._checked(shared, rows, least=1))

    def scan(
        self, state: Sequence[float] | np.ndarray, rows: ArrayLike, epochs: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """Go through the rows `epochs` times; the first outputs are the state for the next row.

        state: the numbers of the first inputs. Returns the last state and the history, an array
        (epochs, others) of the other outputs, averaged over each epoch: a whole training.
        """
        shared, table = self._checked(state, rows, least=1)
        if len(shared) > len(self.outputs):
            raise ValueError(
                f"the state has {len(shared)} numbers, but the program only "
                f"{len(self.outputs)} outputs to be the next state"
            )
        return self._runner().scan(shared, table, whole_number("epochs", epochs))

    def __str__(self) -> str:
        lines = [f"def program({', '.join(self.names[: self.n_inputs])}):"]
        if self.frozen:
            held = ", ".join(f"{name} = {x!r}" for name, x in self.frozen)
            lines.append(f"    # frozen: {held}")
        lines += [f"    {line}" for line in self.statements()]
        results = [self.operand(x) for x in self.outputs]
        lines.append(f"    return {', '.join(results)}{',' if len(results) == 1 else ''}")
        return "\n".join(lines)

    def statements(self, spell: Callable[[str, Sequence[str]], str] | None = None) -> list[str]:
        """Return the lines as assignments; spell: writes a primitive with its operands."""
        spell = spell or _readable
        return [
            f"{name} = {spell(op, [self.operand(x) for x in operands])}"
            for name, (op, operands) in zip(self.names[self.n_inputs :], self.lines)
        ]

    def operand(self, x: Operand) -> str:
        """Return an operand as text: the name of its register, or its number."""
        if type(x) is not Constant:
            return self.names[x]
        return repr(x.value) if np.isfinite(x.value) else f'float("{x.value}")'

    def _inputs(self) -> str:
        shown = self.names[: self.n_inputs]
        listed = ", ".join(shown[:12]) + (", ..." if len(shown) > 12 else "")
        return f"{self.n_inputs} numbers ({listed})"

    def _checked(
        self, shared: Sequence[float] | np.ndarray, rows: ArrayLike, least: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        table, numbers = _numbers("rows", rows), _numbers("shared", shared)
        if numbers.ndim != 1:
            raise ValueError(f"the shared numbers are a sequence, not of shape {numbers.shape}")
        if table.ndim != 2 or len(table) < least:
            raise ValueError(f"rows is an array (n, k) of {least} or more rows, not {table.shape}")
        if len(numbers) + table.shape[1] != self.n_inputs:
            raise ValueError(
                f"{len(numbers)} shared numbers and rows of {table.shape[1]} do not make "
                f"the program's {self._inputs()}"
            )
        return numbers, table

    def _runner(self) -> Engine:
        """Return the engine, built at first use; if threads build two at once, the first is kept.

        It is built for a copy of the program, since a reference cycle would delay freeing the
        memory.
        """
        held = vars(self)
        if "_built" not in held:
            held.setdefault("_built", engines.build(replace(self)))
        built: Engine = held["_built"]
        return built

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from microgradnet.drawing.notebook import mimebundle

        return mimebundle(self)

    def __getstate__(self) -> dict[str, object]:
        return {name: held for name, held in vars(self).items() if name != "_built"}


def _numbers(name: str, given: ArrayLike) -> np.ndarray:
    """Return an array of float64 or raise; NumPy alone takes None for nan and "1.5" for 1.5.

    NumPy also drops the imaginary part of 1 + 2j.
    """
    found = np.asarray(given)
    if found.dtype == FLOAT:
        return found
    if found.dtype.kind == "O" and not any(isinstance(x, str) for x in found.flat):
        try:
            return np.array([_float(x) for x in found.flat]).reshape(found.shape)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name} must be numbers: {error}") from error
    if found.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be numbers, not {found.dtype}")
    return found.astype(FLOAT)


def _float(x: object) -> float:
    """Return a number as a float, also a Decimal or a jax scalar, but not text."""
    if hasattr(type(x), "__float__") and not isinstance(x, (int, str, Value)):
        return float(x)  # type: ignore[arg-type]
    return number(x)


def _readable(op: str, operands: Sequence[str]) -> str:
    row = OPS[op]
    if row.spelling != op and row.arity == 2:
        return f"{operands[0]} {row.spelling} {operands[1]}"
    if op == "neg":
        return f"-{operands[0]}"
    if op == "where":
        return "{1} if {0} > 0 else {2}".format(*operands)
    return f"{op}({', '.join(operands)})"


def compile(
    outputs: Value | Iterable[Value], inputs: Sequence[Value], engine: str = "python"
) -> Program:
    """Return the recorded graph of the outputs as a program of the inputs.

    outputs: recorded Values (a loss, the Values of `grad`, an updated parameter such as
    `w - 0.1 * g`), or one Value; inputs: the leaves that remain inputs of the program. A parameter
    frozen by `freeze()` that is not among them becomes a constant. engine: "python", "numpy",
    "native" (machine code; the extra `native`; `map` and `mean` over all cores, or as many as the
    environment variable MICROGRADNET_THREADS says, to the same bits), or "jax" (XLA, `map` and
    `mean` over all its devices; the extra `jax`).

    Raises ValueError, naming the leaf, where a leaf is missing from the inputs, an input was
    computed or is given twice, or a leaf was changed after its use.

    >>> w, x = Value(0.5, "w"), Value(2.0, "x")
    >>> compile((w * x) ** 2, [w, x])(0.5, 3.0)
    (2.25,)
    """
    outputs = [outputs] if isinstance(outputs, Value) else list(outputs)
    for x in [*outputs, *inputs]:
        if not isinstance(x, Value):
            raise TypeError(f"compile takes Values, not {type(x).__name__}")
    if engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r}; known: {', '.join(ENGINES)}")
    leaves, inner = reachable(*outputs)
    _refuse(inputs, leaves, inner)
    lines = Lines()
    given = set(inputs)
    frozen = sorted((x for x in leaves if is_frozen(x) and x not in given), key=made_after)
    symbols: dict[Value, Result] = {x: lines.input() for x in inputs}
    symbols |= {x: x.data for x in frozen}
    _write(inner, symbols)
    results = [symbols[output] for output in outputs]
    program = _program(lines, results, inputs, symbols, engine)
    lines.forget()
    names = Identifiers(program.names)
    held = tuple((names.new(str(x.label) or "frozen"), x.data) for x in frozen)
    return replace(program, frozen=held)


def _refuse(inputs: Sequence[Value], leaves: Sequence[Value], inner: Sequence[Value]) -> None:
    given: set[Value] = set()
    for x in inputs:
        if x.inputs:
            raise ValueError(f"{describe(x)} was computed; the inputs of a program are leaves")
        if x in given:
            raise ValueError(f"{describe(x)} is given as an input twice")
        given.add(x)
    for leaf in leaves:
        if leaf not in given and not is_frozen(leaf):
            raise ValueError(
                f"{describe(leaf)} is not among the inputs: its number would be frozen; "
                "add it to them, freeze() it, or use a plain number in its place"
            )
    refuse_changed(inner)


def _write(inner: Iterable[Value], symbols: dict[Value, Result]) -> None:
    """Write the lines of the nodes, operands first, and add the results to the symbols."""
    for node in inner:
        operands = [symbols[x] if isinstance(x, Value) else x for x in node.inputs]
        try:
            symbols[node] = Symbol.apply(node.operation, operands)  # type: ignore[arg-type]
        except TypeError as error:
            name = node.operation.name if node.operation else ""
            raise TypeError(
                f"{name!r} cannot be written as a program: its formula takes numbers only "
                f"({error}); write it with + - * / ** and mg functions"
            ) from error


def _program(
    lines: Lines,
    results: Sequence[Result],
    inputs: Sequence[Value],
    symbols: dict[Value, Result],
    engine: str,
) -> Program:
    """Drop the lines that no output needs, number the others, and name the registers."""
    n, needed = lines.n_inputs, _needed(lines, results)
    number = [*range(n), *[-1] * len(lines.lines)]
    kept: list[Line] = []
    for i, (op, operands) in enumerate(lines.lines, start=n):
        if needed[i]:
            number[i] = n + len(kept)
            kept.append((op.name, tuple([numbered(x, number) for x in operands])))
    labels = {i: f"x{i + 1}" if not x.label else str(x.label) for i, x in enumerate(inputs)}
    for node, x in symbols.items():
        if node.label and isinstance(x, Symbol) and number[x.index] >= 0:
            labels.setdefault(number[x.index], str(node.label))
    names = _names(labels, n + len(kept))
    outputs = tuple(numbered(x, number) for x in results)
    return Program(names, n, tuple(kept), outputs, engine)


def _needed(lines: Lines, results: Iterable[Result]) -> list[bool]:
    """Return for each register whether an output depends on it."""
    needed = [False] * (lines.n_inputs + len(lines.lines))
    for x in results:
        if isinstance(x, Symbol):
            needed[x.index] = True
    for i in range(len(lines.lines) - 1, -1, -1):
        if needed[lines.n_inputs + i]:
            for x in lines.lines[i][1]:
                if isinstance(x, Symbol):
                    needed[x.index] = True
    return needed


def numbered(x: Result, number: Sequence[int]) -> Operand:
    """Return the operand for a symbol or a number; `number[i]`: the register of symbol i."""
    return number[x.index] if isinstance(x, Symbol) else Constant(float(x))


def _names(labels: dict[int, str], n: int) -> tuple[str, ...]:
    """Name each register uniquely: by its label if that is a Python name."""
    names = Identifiers({"program", "float", *OPS})
    return tuple([names.new(labels.get(i) or f"t{i}") for i in range(n)])


def record(fn: Callable[..., Recorded], *example: float, engine: str = "python") -> Program:
    """Record a function of numbers as a program.

    fn: called once on Values of the example numbers; it returns a Value, a number or a sequence
    of them. It must compute the same lines for all numbers: use `mg.where`, `mg.maximum`, ... for
    choices.

    Raises BranchError, naming the line, where fn compares Values or reads their data.

    >>> program = record(lambda x, y: x * y + 1.0, 2.0, 3.0)
    >>> program(10.0, 20.0)
    (201.0,)
    """
    inputs = [Value(x, f"x{i + 1}") for i, x in enumerate(example)]
    with recording():
        found = fn(*inputs)
    listed = found if isinstance(found, (Sequence, np.ndarray)) else [found]
    outputs = [x if isinstance(x, Value) else Value.apply(OPS["mul"], (1.0, x)) for x in listed]
    return compile(outputs, inputs, engine)

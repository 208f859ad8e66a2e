"""Write LLVM text: the primitives on each kind of register, loops, and tables of places."""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import llvmlite.binding as llvm
import numpy as np

# Other primitives are calls, see `llvm.definitions`. {r}: the result; {t}: the type; {m}: the type
# of a comparison; {s}: the type as LLVM writes it in a name.
SPELLED = {
    "add": "{r} = fadd {t} {0}, {1}",
    "sub": "{r} = fsub {t} {0}, {1}",
    "mul": "{r} = fmul {t} {0}, {1}",
    "div": "{r} = fdiv {t} {0}, {1}",
    "neg": "{r} = fneg {t} {0}",
    "abs": "{r} = call {t} @llvm.fabs.{s}({t} {0})",
    "sqrt": "{r} = call {t} @llvm.sqrt.{s}({t} {0})",
    "where": """{r}.c = fcmp ogt {t} {0}, zeroinitializer
  {r} = select {m} {r}.c, {t} {1}, {t} {2}""",
    "maximum": """{r}.c = fcmp ogt {t} {0}, {1}
  {r}.n = fcmp uno {t} {0}, {0}
  {r}.e = or {m} {r}.c, {r}.n
  {r} = select {m} {r}.e, {t} {0}, {t} {1}""",
    "minimum": """{r}.c = fcmp olt {t} {0}, {1}
  {r}.n = fcmp uno {t} {0}, {0}
  {r}.e = or {m} {r}.c, {r}.n
  {r} = select {m} {r}.e, {t} {0}, {t} {1}""",
    "pow": """{r}.c = fcmp oeq {t} {1}, {two}
  {r}.s = fmul {t} {0}, {0}
  {r}.p = call {t} @pow.{s}({t} {0}, {t} {1})
  {r} = select {m} {r}.c, {t} {r}.s, {t} {r}.p""",
}
CALL = "{r} = call {t} @{op}.{s}({typed})"


class Kind:
    """The type of a register: a number, or a vector with one lane per row."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        self.type = "double" if lanes == 1 else f"<{lanes} x double>"
        self.name = "f64" if lanes == 1 else f"v{lanes}f64"
        self.mask = "i1" if lanes == 1 else f"<{lanes} x i1>"

    def constant(self, x: float) -> str:
        """Return a number as LLVM writes it, in hexadecimal."""
        bits = f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"
        return bits if self.lanes == 1 else f"splat (double {bits})"

    def spell(self, op: str, result: str, operands: Sequence[str]) -> str:
        """Return the instruction that computes a primitive."""
        return SPELLED.get(op, CALL).format(
            *operands,
            r=result,
            t=self.type,
            m=self.mask,
            s=self.name,
            op=op,
            two=self.constant(2.0),
            typed=", ".join(f"{self.type} {x}" for x in operands),
        )


NUMBER = Kind(1)


@functools.cache
def widest() -> Kind:
    """Return the widest kind of register: 8 lanes where the machine has them, else 4."""
    return Kind(8 if llvm.get_host_cpu_features().get("avx512f") else 4)


Whole = int | str  # a known integer, or the name of a value


class Code:
    """The lines of a function on registers of a kind.

    Sums run in slots, which LLVM keeps in registers.

    >>> code = Code(Kind(4))
    >>> with code.loop(0, "%n", 4) as i:
    ...     code.store(code.splat(code.number(1.0)), "%out", i)
    >>> print(code.function("ones", "ptr %out, i64 %n").count("br label"))
    2
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.lines: list[str] = []
        self.slots: list[str] = []
        self.tables: dict[bytes, str] = {}
        self.block = "start"
        self.count = 0

    def name(self) -> str:
        self.count += 1
        return f"%v{self.count}"

    def value(self, text: str) -> str:
        """Add a line that computes a new value, and return its name."""
        result = self.name()
        self.lines.append(f"{result} = {text}")
        return result

    def do(self, text: str) -> None:
        """Add a line without a result."""
        self.lines.append(text)

    def spell(self, op: str, operands: Sequence[str]) -> str:
        """Add the line of a primitive of registers, and return its result."""
        result = self.name()
        self.lines.append(self.kind.spell(op, result, operands))
        return result

    def number(self, x: float) -> str:
        """Return a known number in all lanes."""
        return self.kind.constant(x)

    def splat(self, x: str) -> str:
        """Return a vector with one value in all lanes."""
        n, t = self.kind.lanes, self.kind.type
        if x.startswith("splat") or n == 1:
            return x
        first = self.value(f"insertelement {t} poison, double {x}, i64 0")
        return self.value(f"shufflevector {t} {first}, {t} poison, <{n} x i32> zeroinitializer")

    def whole(self, op: str, x: Whole, y: Whole) -> Whole:
        """Add or multiply integers, at once if both are known."""
        if type(x) is int and type(y) is int:
            return x + y if op == "add" else x * y
        if y == (0 if op == "add" else 1):
            return x
        return self.value(f"{op} i64 {x}, {y}")

    def least(self, x: Whole, y: Whole) -> str:
        less = self.value(f"icmp slt i64 {x}, {y}")
        return self.value(f"select i1 {less}, i64 {x}, i64 {y}")

    def at(self, array: str, place: Whole, kind: str = "double") -> str:
        """Return the address of an element."""
        return self.value(f"getelementptr {kind}, ptr {array}, i64 {place}")

    def load(self, array: str, place: Whole, kind: str = "") -> str:
        """Load a register; kind: "double" for a single number."""
        return self.value(f"load {kind or self.kind.type}, ptr {self.at(array, place)}, align 8")

    def store(self, x: str, array: str, place: Whole, kind: str = "") -> None:
        address = self.at(array, place)
        self.lines.append(f"store {kind or self.kind.type} {x}, ptr {address}, align 8")

    def slot(self, first: str) -> str:
        """Return a slot for a register that changes in a loop; first: its first value."""
        result = self.name()
        self.slots.append(f"{result} = alloca {self.kind.type}")
        self.lines.append(f"store {self.kind.type} {first}, ptr {result}")
        return result

    def read(self, slot: str) -> str:
        return self.value(f"load {self.kind.type}, ptr {slot}")

    def write(self, x: str, slot: str) -> None:
        self.lines.append(f"store {self.kind.type} {x}, ptr {slot}")

    def fma(self, x: str, y: str, z: str) -> str:
        """Return x * y + z, rounded once."""
        t = self.kind.type
        operands = ", ".join(f"{t} {operand}" for operand in (x, y, z))
        return self.value(f"call {t} @llvm.fma.{self.kind.name}({operands})")

    def interleaved(self, x: str, y: str, part: int) -> list[str]:
        """Interleave runs of `part` lanes: the even runs of x and y in turn, then the odd ones."""
        n, t = self.kind.lanes, self.kind.type
        lanes = [i + k for i in range(0, n, 2 * part) for k in (*range(part), *range(n, n + part))]
        masks = [", ".join(f"i32 {k + shift}" for k in lanes) for shift in (0, part)]
        text = f"shufflevector {t} {x}, {t} {y}, <{n} x i32> <{{}}>"
        return [self.value(text.format(mask)) for mask in masks]

    @contextmanager
    def loop(self, first: Whole, stop: Whole, step: int = 1) -> Iterator[Whole]:
        """Repeat the lines of the `with` block for first, first + step, ... below stop."""
        i, n = self.name(), self.count
        before, self.block = self.block, f"body{n}"
        head = len(self.lines) + 2
        self.lines += [f"br label %head{n}", f"head{n}:"]
        more = f"%more{n} = icmp slt i64 {i}, {stop}"
        self.lines += [more, f"br i1 %more{n}, label %body{n}, label %end{n}", f"body{n}:"]
        yield i
        following = self.value(f"add i64 {i}, {step}")
        phi = f"{i} = phi i64 [{first}, %{before}], [{following}, %{self.block}]"
        self.lines.insert(head, phi)
        self.lines += [f"br label %head{n}", f"end{n}:"]
        self.block = f"end{n}"

    def copy(self, start: str, to: str, count: Whole) -> None:
        """Copy adjacent numbers."""
        size = self.whole("mul", count, 8)
        self.do(f"call void @llvm.memcpy.p0.p0.i64(ptr {to}, ptr {start}, i64 {size}, i1 false)")

    def number_at(self, index: str, at: Whole) -> str:
        """Load a place from an array of integers."""
        number = self.value(f"load i32, ptr {self.at(index, at, 'i32')}, align 4")
        return self.value(f"zext i32 {number} to i64")

    def gathered(self, array: str, index: str, at: Whole) -> str:
        """Load numbers into a register from the places listed in an array, starting at `at`."""
        n, t = self.kind.lanes, self.kind.type
        if n == 1:
            return self.load(array, self.number_at(index, at))
        numbers = self.value(f"load <{n} x i32>, ptr {self.at(index, at, 'i32')}, align 4")
        whole = self.value(f"zext <{n} x i32> {numbers} to <{n} x i64>")
        addresses = self.value(f"getelementptr double, ptr {array}, <{n} x i64> {whole}")
        given = f"<{n} x ptr> {addresses}, i32 8, <{n} x i1> splat (i1 true), {t} poison"
        return self.value(f"call {t} @llvm.masked.gather.{self.kind.name}.v{n}p0({given})")

    def place(self, index: np.ndarray, *at: Whole) -> Whole:
        """Return the place index[at]: computed if places are evenly spaced, else from a table."""
        if not index.size:
            return 0  # in a loop without iterations
        base, strides = int(index.flat[0]), _strides(index)
        if strides is None:
            flat: Whole = 0
            for i, n in zip(at, index.shape):
                flat = self.whole("add", self.whole("mul", flat, n), i)
            return self.number_at(self._table(index), flat)
        found: Whole = base
        for i, stride in zip(at, strides):
            found = self.whole("add", self.whole("mul", i, stride), found)
        return found

    def _table(self, index: np.ndarray) -> str:
        numbers = np.ascontiguousarray(index, dtype=np.int32)
        return self.tables.setdefault(numbers.tobytes(), f"@table{len(self.tables)}")

    def function(self, name: str, parameters: str, linkage: str = "") -> str:
        """Return the text of the function and its tables; linkage: "internal" if others call it."""
        tables = []
        for numbers, table in self.tables.items():
            listed = np.frombuffer(numbers, dtype=np.int32)
            values = ", ".join(f"i32 {x}" for x in listed)
            tables.append(f"{table} = internal constant [{len(listed)} x i32] [{values}]")
        body = "\n  ".join([*self.slots, *self.lines])
        head = f"define {linkage} void @{name}({parameters}) {{\nstart:\n  "
        return "\n".join(tables) + f"\n{head}{body}\n  ret void\n}}"


def _strides(index: np.ndarray) -> list[int] | None:
    """Return the stride of places along each axis, or None if they are not evenly spaced."""
    found, even = [], np.full(index.shape, index.flat[0])
    for axis, n in enumerate(index.shape):
        stride = int(index.take(1, axis).flat[0] - index.flat[0]) if n > 1 else 0
        found.append(stride)
        steps = [1] * index.ndim
        steps[axis] = n
        even = even + stride * np.arange(n).reshape(steps)
    return found if np.array_equal(even, index) else None

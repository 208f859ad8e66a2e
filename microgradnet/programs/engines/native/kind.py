"""The type of a register, and how each primitive is spelled on it."""

from __future__ import annotations

import functools
import struct
from collections.abc import Sequence

import llvmlite.binding as llvm

# What is not here is a call, see `definitions`. {r}: the result; {t}: the type; {m}: that of a
# comparison; {s}: the type as LLVM writes it in a name.
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
    """The type of a register: a number, or as many of them as a vector has lanes, a row each."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        self.type = "double" if lanes == 1 else f"<{lanes} x double>"
        self.name = "f64" if lanes == 1 else f"v{lanes}f64"
        self.mask = "i1" if lanes == 1 else f"<{lanes} x i1>"

    def constant(self, x: float) -> str:
        """The number as LLVM writes it, in hexadecimal."""
        bits = f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"
        return bits if self.lanes == 1 else f"splat (double {bits})"

    def spell(self, op: str, result: str, operands: Sequence[str]) -> str:
        """The instruction that computes a primitive."""
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
    """Return the kind of register for rows at a time: 8 lanes where the machine has them."""
    return Kind(8 if llvm.get_host_cpu_features().get("avx512f") else 4)

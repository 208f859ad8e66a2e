"""exp of a vector of rows: x = n log 2 + r, a polynomial of r, times 2 ** n; within 1 ulp."""

from __future__ import annotations

import math
import struct


def exp(kind: str, lanes: int) -> str:
    """Return the function @exp of a vector type, as LLVM text; infinities and nan included."""
    lines = [*_clamped(), *_reduced(), *_polynomial(), *_scaled(), "ret {t} %r"]
    body = "\n  ".join(lines)
    text = f"{DECLARED}\ndefine internal {{t}} @exp.{{s}}({{t}} %x) {{{{\n  {body}\n}}}}"
    return text.format(t=f"<{lanes} x double>", i=f"<{lanes} x i64>", m=f"<{lanes} x i1>", s=kind)


DECLARED = "declare {t} @llvm.fma.{s}({t}, {t}, {t})"


def _number(x: float) -> str:
    return f"splat (double 0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X})"


def _fma(result: str, x: str, y: str, z: str) -> str:
    return f"%{result} = call {{t}} @llvm.fma.{{s}}({{t}} {x}, {{t}} {y}, {{t}} {z})"


def _clamped() -> list[str]:
    """Beyond these bounds exp is inf and 0; nan passes, as comparisons with it are false."""
    return [
        f"%over = fcmp ogt {{t}} %x, {_number(710.0)}",
        f"%a = select {{m}} %over, {{t}} {_number(710.0)}, {{t}} %x",
        f"%under = fcmp olt {{t}} %a, {_number(-746.0)}",
        f"%b = select {{m}} %under, {{t}} {_number(-746.0)}, {{t}} %a",
    ]


# Adding this to a double rounds it to a whole number, which its last bits then hold.
ROUNDING = 1.5 * 2.0**52
# log 2 as a double and the rest.
LOG2 = (math.log(2.0), 2.3190468138462996e-17)


def _reduced() -> list[str]:
    return [
        _fma("k", "%b", _number(1.0 / math.log(2.0)), _number(ROUNDING)),
        f"%n = fsub {{t}} %k, {_number(ROUNDING)}",
        _fma("r0", "%n", _number(-LOG2[0]), "%b"),
        _fma("r1", "%n", _number(-LOG2[1]), "%r0"),
    ]


# The next term, r ** 14 / 14!, is below 5e-18 for abs(r) <= log(2) / 2.
DEGREE = 13


def _polynomial() -> list[str]:
    """Taylor's polynomial by Estrin's scheme in pairs: half as long a chain as Horner's."""
    terms = [_number(1.0 / math.factorial(k)) for k in range(DEGREE + 1)]
    lines = ["%r2 = fmul {t} %r1, %r1"]
    for k in range(2, DEGREE, 2):
        lines.append(_fma(f"q{k}", "%r1", terms[k + 1], terms[k]))
    before = f"%q{DEGREE - 1}"
    for k in range(DEGREE - 3, 0, -2):
        lines.append(_fma(f"p{k}", before, "%r2", f"%q{k}"))
        before = f"%p{k}"
    # 1 + (r + r ** 2 ...): the largest term last, so that only its rounding counts.
    lines.append(_fma("p1", before, "%r2", "%r1"))
    lines.append(f"%p = fadd {{t}} %p1, {_number(1.0)}")
    return lines


def _scaled() -> list[str]:
    """Times 2 ** n in two steps, each a normal number: so results may be tiny."""
    return [
        "%bits = bitcast {t} %k to {i}",
        "%high = shl {i} %bits, splat (i64 13)",
        "%whole = ashr {i} %high, splat (i64 13)",
        "%half = ashr {i} %whole, splat (i64 1)",
        "%rest = sub {i} %whole, %half",
        *_power("half"),
        *_power("rest"),
        "%s = fmul {t} %p, %half.d",
        "%r = fmul {t} %s, %rest.d",
    ]


def _power(n: str) -> list[str]:
    return [
        f"%{n}.e = add {{i}} %{n}, splat (i64 1023)",
        f"%{n}.s = shl {{i}} %{n}.e, splat (i64 52)",
        f"%{n}.d = bitcast {{i}} %{n}.s to {{t}}",
    ]

"""The mean of sums that stand in lanes, added in order by machine code: inf - inf is no warning."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from microgradnet.engines.llvm import address, compiled

MEANS = """
define void @means(ptr noalias %sums, i64 %n, i64 %rest, i64 %rows, ptr noalias %out) {{
start:
  %count = sitofp i64 %rows to double
  %first = sub i64 {lanes}, %rest
  br label %head
head:
  %i = phi i64 [0, %start], [%i.next, %put]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %lanes, label %end
lanes:
  %i.next = add i64 %i, 1
  %place = getelementptr [{lanes} x double], ptr %sums, i64 %i
  %left = getelementptr [{lanes} x double], ptr %place, i64 %n
  {adds}
  br label %tail
tail:
  %j = phi i64 [%first, %lanes], [%j.next, %add]
  %sum = phi double [%t{lanes}, %lanes], [%total, %add]
  %again = icmp slt i64 %j, {lanes}
  br i1 %again, label %add, label %put
add:
  %j.next = add i64 %j, 1
  %p = getelementptr double, ptr %left, i64 %j
  %x = load double, ptr %p, align 8
  %total = fadd double %sum, %x
  br label %tail
put:
  %mean = fdiv double %sum, %count
  %o = getelementptr double, ptr %out, i64 %i
  store double %mean, ptr %o, align 8
  br label %head
end:
  ret void
}}
"""

ADD = """%p{j} = getelementptr double, ptr %place, i64 {j}
  %x{j} = load double, ptr %p{j}, align 8
  %t{next} = fadd double {before}, %x{j}"""


def means(sums: np.ndarray, rest: int, rows: int) -> np.ndarray:
    """Return the sums over all lanes of sums[0] and the last `rest` of sums[1], divided by rows."""
    _, n, lanes = sums.shape
    out = np.empty(n)
    _function(lanes)(address(sums), n, rest, rows, address(out))
    return out


@functools.cache
def _function(lanes: int) -> Any:
    adds = [ADD.format(j=j, next=j + 1, before=f"%t{j}" if j else "0.0") for j in range(lanes)]
    return compiled(MEANS.format(lanes=lanes, adds="\n  ".join(adds)), "means", "piiip")

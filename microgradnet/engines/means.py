"""The mean of sums that stand in lanes, added in order by machine code: inf - inf is no warning."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from microgradnet.engines.llvm import address, compiled

MEANS = """
define void @means(ptr noalias %sums, i64 %n, i64 %lanes, i64 %rest, i64 %rows, ptr noalias %out) {
start:
  %count = sitofp i64 %rows to double
  %used = add i64 %lanes, %rest
  %after = sub i64 %n, 1
  %gap = mul i64 %after, %lanes
  br label %head
head:
  %i = phi i64 [0, %start], [%i.next, %put]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %first, label %end
first:
  %i.next = add i64 %i, 1
  %w = mul i64 %i, %lanes
  %place = getelementptr double, ptr %sums, i64 %w
  br label %add
add:
  %j = phi i64 [0, %first], [%j.next, %add]
  %sum = phi double [0.0, %first], [%total, %add]
  %late = icmp sge i64 %j, %lanes
  %skipped = select i1 %late, i64 %gap, i64 0
  %k = add i64 %j, %skipped
  %p = getelementptr double, ptr %place, i64 %k
  %x = load double, ptr %p, align 8
  %total = fadd double %sum, %x
  %j.next = add i64 %j, 1
  %again = icmp slt i64 %j.next, %used
  br i1 %again, label %add, label %put
put:
  %mean = fdiv double %total, %count
  %o = getelementptr double, ptr %out, i64 %i
  store double %mean, ptr %o, align 8
  br label %head
end:
  ret void
}
"""


def means(sums: np.ndarray, rest: int, rows: int) -> np.ndarray:
    """Return the sums over all lanes of sums[0] and `rest` lanes of sums[1], divided by rows."""
    _, n, lanes = sums.shape
    out = np.empty(n)
    _function()(address(sums), n, lanes, rest, rows, address(out))
    return out


@functools.cache
def _function() -> Any:
    return compiled(MEANS, "means", "piiiip")

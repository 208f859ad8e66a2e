"""Find values of a run that its recorded operations do not give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microgradnet.tape.entry import Entry
from microgradnet.tape.replay import computed
from microgradnet.tape.rows import UNIT, unit

NEAR = 2.0**30  # units of rounding: a sum in another order is nearer


def unseen(entries: Sequence[Entry]) -> set[int]:
    """Return the entries that the code changed without an operation, and the complex ones.

    A write through a pointer, a memoryview or an iterator is no operation of the tape.
    """
    values, found = [e.value for e in entries], set[int]()
    with np.errstate(all="ignore"):
        for entry in entries:
            if entry.aside or entry.operation is None:
                continue
            is_float = entry.kind == "f" and not entry.is_complex
            if entry.is_complex or (is_float and not _is_given(entry, computed(entry, values))):
                found.add(entry.number)
    return found


def _is_given(entry: Entry, value: Any) -> bool:
    """Whether an entry has this value, within rounding; None counts as yes."""
    if value is None or np.shape(value) != entry.shape or np.all(value == entry.value):
        return True
    was, now = np.asarray(entry.value, dtype=float), np.asarray(value, dtype=float)
    size = float(np.abs(was[np.isfinite(was)]).max(initial=0.0))
    near = NEAR * max(unit(entry.value), unit(value), UNIT)
    return bool(np.allclose(now, was, rtol=near, atol=near * size, equal_nan=True))

"""Find steps that differ from earlier ones: a shorter batch, another branch, a reached limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microgradnet.checking.parameters import Parameter, row
from microgradnet.tape.entry import Entry, Ref
from microgradnet.tape.tape import Tape

MOST = 3  # steps that are judged because they differ
CHOOSING = ("maximum", "minimum", "clip")


def unlike(
    tape: Tape, parameters: Sequence[Parameter], whole: Sequence[int], known: Sequence[int]
) -> list[int]:
    """Return the steps that compute in a way that no known step does.

    whole: the steps that ran completely.
    """
    ends = [max(p.versions[k] for p in parameters) for k in range(max(whole, default=0) + 2)]
    ways = {k: _way(tape, range(ends[k] + 1, ends[k + 1] + 1)) for k in whole}
    seen, found = set[Any]().union(*(ways[k] for k in known)), list[int]()
    for k in whole:
        if not ways[k] <= seen and len(found) < MOST:
            found.append(k)
            seen |= ways[k]
    return found


def _way(tape: Tape, numbers: Sequence[int]) -> set[Any]:
    """Return the ways of some entries: their places, shapes, and the sides of their choices."""
    several = [tape.entries[n] for n in numbers]
    made = [e for e in several if e.operation is not None and not e.aside]
    return {(id(e.place), e.shape, _chosen(tape, e)) for e in made}


def _chosen(tape: Tape, entry: Entry) -> tuple[bool, ...]:
    """Return whether some entries, and whether all, are on one side of a choice."""
    value: Any = entry.value
    if row(entry) in CHOOSING and type(entry.args[0]) is Ref:
        value = np.equal(value, tape.entries[entry.args[0]].value)
    is_choice = entry.kind == "b" or value is not entry.value
    return (bool(np.any(value)), bool(np.all(value))) if is_choice else ()

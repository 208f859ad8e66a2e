"""A mistake in the forward pass: the edit with which the loss has the gradients that the code has.

The backward pass is right, but of another formula than the code computes. It is looked for only
where no edit of the backward pass mends, and the code computes its loss.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace

from microgradnet.tape import table
from microgradnet.tape.entry import Entry, Place, Ref
from microgradnet.tape.replaying import dependents, uses
from microgradnet.tape.tape import Tape
from microgradnet.verdicts.check import Step
from microgradnet.verdicts.claims import Runs
from microgradnet.verdicts.judging import judged
from microgradnet.verdicts.mending import Bench, Mending
from microgradnet.verdicts.sites import Site

TRIES = 400  # edits at most: each takes a replay and a sweep


def computing(tape: Tape, step: Step) -> list[tuple[Place, int]]:
    """Return the statements by which parameters give the prediction; not that of the loss."""
    moved = [n for c in step.judgement.claims if c.kind == "move" for n in c.bys]
    ahead = step.forward & dependents(moved, uses(tape.entries))
    own = {id(tape.entries[n].place.statement) for n in step.loss.ends()}
    found: dict[int, tuple[Place, int]] = {}
    for n in sorted(ahead):
        place = tape.entries[n].place
        if id(place.statement) not in own and not place.kind:
            found.setdefault(id(place.statement), (place, n))
    return list(found.values())


def mended_ahead(bench: Bench, sites: Sequence[Site]) -> Mending | None:
    """Return the nearest edit of the forward pass with which all claims are right, if any."""
    every = [(e.cost, s.first, at, j) for at, s in enumerate(sites) for j, e in enumerate(s.edits)]
    for _, _, at, j in sorted(every)[:TRIES]:
        swaps = bench.swaps(at, j)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an edit may give what is complex
            is_right = swaps and all(_is_right(bench, swaps, points) for points in (1, None))
        if swaps and is_right:
            found = Mending([(sites[at], sites[at].edits[j])])
            found.numbers[id(sites[at])] = bench.numbers(at, swaps)
            return found
    return None


def _is_right(bench: Bench, swaps: Mapping[int, int], points: int | None) -> bool:
    """Whether all claims are right with entries swapped, at the first points."""
    runs = bench.runs
    entries = [_swapped(e, swaps[e.number]) if e.number in swaps else e for e in bench.entries]
    order = sorted({*bench.order, *range(min(swaps), max(runs.loss.ends()) + 1)})
    order = [n for n in order if not bench.entries[n].aside or n in bench.order]
    values = [bench.values(swaps, k, order) for k in range(len(runs.values))[:points]]
    try:
        judgement = judged(bench.claims, Runs(entries, runs.loss, values, runs.given))
    except (ArithmeticError, ValueError, TypeError, LookupError):
        return False  # of numbers that the edit does not fit
    return not judgement.wrong and all(judgement.proportions)  # what makes all 0 mends nothing


def _swapped(entry: Entry, other: int) -> Entry:
    """Return an entry that gives on the value of another one."""
    operands = (Ref(other),)
    return replace(entry, operation=table.TABLE["same"], args=operands, kw={}, operands=operands)

"""The line of work from a recorded run to what is found of it, from top to bottom.

What moves is found first, then of what loss the moves are gradients, then what is claimed; the
judge holds each claim against the exact gradient at points of both kinds of data, and where
something is wrong the smallest set of edits that mends it says which lines are to blame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from microgradnet.tape.entry import Entry, refs
from microgradnet.tape.replaying import ancestors, dependents, replayed, uses
from microgradnet.tape.tape import Tape
from microgradnet.verdicts.claims import Runs, claims, returned
from microgradnet.verdicts.judging import Judgement, judged, settle
from microgradnet.verdicts.losses import (
    Loss,
    denied,
    end_of_step,
    losses,
    losses_of_names,
    move_of,
    moves,
)
from microgradnet.verdicts.parameters import Parameter, called_as_moved, parameters
from microgradnet.verdicts.points import Point, sets_of_points
from microgradnet.verdicts.updates import Unmoved, by_a_rule, lost, unmoved

STEPS = 2  # of a training are judged


@dataclass(slots=True)
class Step:
    """What is found of one step: of what loss, at which points, and how its claims are judged.

    ruled: the claims that are an optimizer's step by right gradients; denied: a loss that the code
    computes, though the moves are gradients of another.
    """

    k: int
    loss: Loss
    runs: Runs
    judgement: Judgement
    forward: set[int]
    points: list[Point]
    ruled: set[int] = field(default_factory=set)
    denied: Loss | None = None

    @property
    def support(self) -> int:
        """How many claims are right: what a loss that is only assumed rests on."""
        judgement = self.judgement
        kinds = [(c.kind, i) for i, c in enumerate(judgement.claims) if judgement.proportions[i]]
        return sum(1 for kind, i in kinds if kind in ("move", "named") and i not in judgement.wrong)

    @property
    def off(self) -> set[int]:
        """The claims that are wrong, as the judge may say."""
        return self.judgement.wrong & self.judgement.hard - self.ruled


@dataclass(slots=True)
class Training:
    """Parameters that are moved together, and what is found of their steps."""

    parameters: list[Parameter]
    steps: list[Step] = field(default_factory=list)
    unmoved: list[Unmoved] = field(default_factory=list)


def trainings(tape: Tape) -> list[Training]:
    """Return the trainings of a run, judged: parameters that move in turn belong together."""
    found: list[Training] = []
    used_by = uses(tape.entries)
    for p in sorted(called_as_moved(tape, parameters(tape, used_by)), key=lambda p: p.versions[1]):
        last = found[-1].parameters if found else []
        if last and _is_together(tape, last, p, used_by):
            last.append(p)
        else:
            found.append(Training([p]))
    for training in found:
        judge_steps(tape, training, used_by)
    return found


def _is_together(
    tape: Tape, last: list[Parameter], p: Parameter, used_by: Sequence[Sequence[int]]
) -> bool:
    """Whether a parameter moves in the course of a training, or by what its parameters gave."""
    if p.versions[1] <= max(q.versions[-1] for q in last):
        return True
    below = dependents([q.versions[0] for q in last], used_by)
    return not below.isdisjoint(ancestors(tape.entries, [p.versions[1]]))


def judge_steps(tape: Tape, training: Training, used_by: Sequence[Sequence[int]]) -> None:
    """Judge the first steps of a training."""
    recorded = [e.value for e in tape.entries]
    last = last_whole(tape, training.parameters)
    for k in sorted({*range(STEPS + 1), last}):
        if k > last or (len(training.steps) >= STEPS and k < last):
            continue
        moving = moves(training.parameters, k)
        if not moving:
            break
        end = end_of_step(training.parameters, k)
        starts = [p.versions[k] for p in moving]
        points = [p for several in sets_of_points(tape, starts, end) for p in several]
        values = [replayed(tape.entries, p) for p in points]
        given = points[0].keys() if points else ()
        tried = losses(tape, training.parameters, k, values, given, used_by) if values else []
        if not tried:
            continue  # it may be computed after the move, of what the next step starts from
        step = _step(tape, training.parameters, k, tried[0], values, points, (end, starts))
        step.denied = denied(tried, tape.entries)
        judgement, n = step.judgement, len(moving)
        wrong = {i for i in judgement.wrong if i < n}
        step.ruled = by_a_rule(
            judgement.claims[:n],
            judgement.proportions[:n],
            wrong,
            step.runs,
            step.forward,
            used_by,
            [move_of(p, k - 1, recorded) for p in moving] if k else None,
        )
        settle(judgement, step.runs, step.ruled)
        training.steps.append(step)
    is_computed = [step.loss.number is not None for step in training.steps]
    if any(is_computed):  # an earlier step saw it only at the end, and had to assume one
        del training.steps[: is_computed.index(True)]
    if training.steps:
        first = training.steps[0]
        found = unmoved(tape, training.parameters, first.judgement.claims, first.forward)
        training.unmoved = found + lost(tape, training.parameters, used_by)


def last_whole(tape: Tape, parameters: Sequence[Parameter]) -> int:
    """Return the last step of which no inner loop was left early."""
    last = max(len(p.versions) for p in parameters) - 2
    while last > 0:
        start = min(p.versions[last] for p in moves(parameters, last))
        end = end_of_step(parameters, last)
        if not any(start <= loop.began < end for loop in tape.left):
            break
        last -= 1
    return last


def _step(
    tape: Tape,
    parameters: Sequence[Parameter],
    k: int,
    loss: Loss,
    values: Sequence[Sequence[object]],
    points: list[Point],
    span: tuple[int, Sequence[int]],
    given: Sequence[int] = (),
    out: Sequence[int] = (),
) -> Step:
    """Judge a step as one of a loss; span: where it ends, and the entries it starts from.

    given, out: the entries of a call's arguments, and of what it returned.
    """
    end, starts = max(span[0], *(n + 1 for n in loss.ends())), span[1]
    points = [{n: v for n, v in p.items() if n < end} for p in points]
    runs = Runs(tape.entries[:end], loss, [v[:end] for v in values], points[0].keys())
    seen = [*loss.ends(), *refs([t for _, t in loss.pairs])]
    forward = ancestors(runs.entries, [*seen, *starts], runs.given)
    made = claims(tape, parameters, k, runs, forward)
    made += returned(tape, given, [n for n in out if n not in forward], made, runs)
    return Step(k, loss, runs, judged(made, runs), forward, points)


def derivation(tape: Tape, given: Sequence[int], out: Sequence[int]) -> list[Step]:
    """Judge code that moves nothing: what it calls derivatives, of each loss that it may mean.

    given, out: the entries of the arguments, and of what is returned. The best judgement stands
    first.
    """
    used_by, end = uses(tape.entries), len(tape.entries)
    roots = list(given) or [
        e.number for e in tape.entries if e.is_source and e.names and _is_float(e)
    ]
    points = [p for several in sets_of_points(tape, [], end, roots) for p in several]
    values = [replayed(tape.entries, p) for p in points]
    found = []
    for loss in losses_of_names(tape, roots, end, used_by) if values else ():
        if not any(v[n] is None for v in values for n in loss.ends()):
            found.append(_step(tape, [], 0, loss, values, points, (end, ()), given, out))
    found.sort(key=lambda s: _rank(s.judgement))
    for step in found[:1]:
        settle(step.judgement, step.runs, set())
    return found


def _rank(judgement: Judgement) -> tuple[int, int]:
    """Order judgements: by what is right, then by what is wrong."""
    right = sum(1 for i, p in enumerate(judgement.proportions) if p and i not in judgement.wrong)
    return -right, len(judgement.wrong)


def _is_float(entry: Entry) -> bool:
    return np.asarray(entry.value).dtype.kind == "f"

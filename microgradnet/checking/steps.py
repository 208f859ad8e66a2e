"""A step without the name of a derivative, `delta = ...`, blamed where several rows hang on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.judging import Finding, judge
from microgradnet.checking.report import WRONG
from microgradnet.checking.runs import Run

__all__ = ["with_wrong_step"]

FEW = 2  # runs that a candidate has to put right before all are judged


def with_wrong_step(runs: Sequence[Run], findings: Sequence[Finding]) -> list[Run]:
    """Return the runs with a step among their derivatives that explains what is wrong.

    A step is a number that is no part of the forward pass. It is to be the gradient of the loss by
    that node of the forward pass with which all rows that are computed from it come right. The
    runs as they are where there is no such.
    """
    wrong = {f.name for f in findings if f.verdict == WRONG and f.name != "forward"}
    for name, users in _shared(runs[0], wrong) if len(wrong) > 1 else ():
        for by in range(len(_nodes(runs[0]))):
            few = _meant(runs[:FEW], name, by)
            left = {f.name for f in judge(few) if f.verdict == WRONG} if few else wrong
            if name in left and left.isdisjoint(users):
                return _meant(runs, name, by) or list(runs)
    return list(runs)


def _shared(run: Run, wrong: set[str]) -> Iterator[tuple[str, set[str]]]:
    """The steps of which several of what is wrong are computed, and what that is."""
    forward = set(reachable(run.loss)[1])
    written = {k: node for k, (node, _, _) in run.derivatives.items()}
    written |= {f"update {k}": new for k, (_, new) in run.updates.items()}
    below = {name: set(reachable(written[name])[1]) for name in wrong if name in written}
    for name, node in run.values.items():
        if node.inputs and node not in forward:
            users = {k for k, nodes in below.items() if node in nodes}
            if len(users) > 1:
                yield name, users


def _nodes(run: Run) -> list[Value]:
    leaves, inner = reachable(run.loss)
    return [*inner[::-1], *leaves]


def _meant(runs: Sequence[Run], name: str, by: int) -> list[Run]:
    """The runs with a step as the derivative by one node of the forward pass, if all have it."""
    made = []
    for run in runs:
        nodes = _nodes(run)
        if by >= len(nodes) or name not in run.values:
            return []
        own = {name: (run.values[name], run.loss, nodes[by])}
        values = {k: v for k, v in run.values.items() if k != name}
        made.append(replace(run, derivatives={**own, **run.derivatives}, values=values))
    return made

"""A derivation as it would be, were its training pass the predicting one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.replaying import rebuild
from microgradnet.autograd.value import Value, made_after
from microgradnet.checking.runs import Run

__all__ = ["parting", "repair"]

ALIKE = 0.5  # of the leaves below two nodes are shared where one stands for the other


def repair(run: Run) -> Run:
    """Return the run with what the predicting pass computes in the place of what training does.

    So a derivative can be told that is right but for a mistake in the forward pass.
    """
    if run.forward is None:
        return run
    made: dict[Value, Value] = _counterparts(*run.forward, [*run.values.values()])

    def new(node: Value) -> Value:
        anew = rebuild(node, made)
        return anew

    return replace(
        run,
        values={name: new(node) for name, node in run.values.items()},
        loss=new(run.loss),
        derivatives={k: (new(w), new(a), new(b)) for k, (w, a, b) in run.derivatives.items()},
        updates={k: (leaf, new(w)) for k, (leaf, w) in run.updates.items()},
        forward=None,
    )


def parting(run: Run) -> str:
    """Return the name of the first number that the training pass computes differently, or ""."""
    if run.forward is None:
        return ""
    differing = [n for n, p in _counterparts(*run.forward).items() if n.label and n.data != p.data]
    return min(differing, key=made_after).label if differing else ""


def _counterparts(
    trained: Value, predicted: Value, local: Sequence[Value] = ()
) -> dict[Value, Value]:
    """The nodes of one pass by those of the other that do the same, from the outputs down.

    local: those of the first pass that have names, though its output may not depend on them.

    Names tell, if both passes use them; else nodes with the same number are the same, at a point
    without coincidences; where the numbers part, the structure tells.
    """
    named = {n.label: n for n in reachable(predicted)[1] if n.label}
    equal = {n.data: n for n in reachable(predicted)[1]}
    own = [*reachable(trained)[1], *(n for n in local if n.inputs)]
    found: dict[Value, Value] = {n: named[n.label] for n in own if n.label in named}
    ends = [(trained, predicted), *found.items()]
    pairs = [pair for one, other in ends for pair in zip(one.inputs, other.inputs)]
    found[trained] = predicted
    leaves: dict[Value, frozenset[Value]] = {}
    while pairs:
        one, other = pairs.pop()
        if not isinstance(one, Value) or one in found or one.operation is None:
            continue
        same = equal.get(one.data)
        if same is not None and not (isinstance(other, Value) and same in other.inputs):
            other = same  # unless a term is missing: then it equals what lacks that term
        elif (
            not isinstance(other, Value)
            or other.operation is None
            or not _alike(one, other, leaves)
        ):
            continue
        found[one] = other
        other.label = other.label or one.label
        if one.operation is other.operation:
            pairs += zip(one.inputs, other.inputs)
    return found


def _alike(one: Value, other: Value, leaves: dict[Value, frozenset[Value]]) -> bool:
    for node in (one, other):
        if node not in leaves:
            leaves[node] = frozenset(reachable(node)[0])
    shared, both = leaves[one] & leaves[other], leaves[one] | leaves[other]
    return len(shared) >= ALIKE * len(both)

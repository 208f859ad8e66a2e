"""Code of arrays as it is run: on data like its example, as often as one likes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any

import numpy as np

from microgradnet.autograd.graph import operands, reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.claims import bare, claim, is_target, plainest
from microgradnet.checking.names import parts
from microgradnet.checking.points import is_rate
from microgradnet.checking.samples import Numbers, Sample
from microgradnet.tracing.events import is_moved, same_nodes, summands
from microgradnet.tracing.noted import Trace
from microgradnet.tracing.rewriting import Edited
from microgradnet.tracing.running import run, run_script
from microgradnet.tracing.stepping import Steps

__all__ = ["FURTHER", "SEEDS", "Code"]

SEEDS = (1, 2, 3)
# For what has gone one way only: the seed, and how large its numbers are beside the usual.
FURTHER = {4: 1.0, 5: 4.0, 6: 0.2, 7: 4.0, 8: 12.0, 9: 0.04, 10: 4.0, 11: 12.0}


@dataclass
class Code:
    """A function, with the names and an example of its arguments; or a file, which has none.

    drawn: where its parameters start as numbers or zeros, which are drawn instead; unguarded:
    whether log(x + 1e-9) is log(x); behind: how many steps of training, and how many rounds of the
    loop around them, are run before the one that is looked at; sizes: the whole numbers of a file
    that others stand in for; numbers: of the arguments, in the place of what is drawn; edited:
    statements that are run in the place of others, by their keys.
    """

    function: Callable[..., object] | str
    names: Sequence[str]
    example: Sequence[object]
    drawn: frozenset[tuple[str, str]] = frozenset()
    unguarded: bool = False
    behind: tuple[int, int] = (0, 0)
    numbers: Numbers = lambda name, array: None
    sizes: Mapping[int, int] = field(default_factory=dict)
    edited: Edited = field(default_factory=dict)

    def sample(self, seed: int) -> Sample:
        """Return arguments for a run."""
        return Sample(self.names, self.example, seed, FURTHER.get(seed, 1.0), self.numbers)

    def run(self, seed: int, **options: Any) -> tuple[Trace, Sample]:
        """Return what a run noted, and the arguments it had; options: of the trace."""
        sample = self.sample(seed)
        edited = {**self.edited, **options.pop("edited", {})}
        trace = Trace(
            **options,
            edited=edited,
            derived=lambda name: any(parts(bare(name))),
            aim=lambda name: is_target(bare(name)),
            drawn=self.drawn,
            rng=np.random.default_rng(seed),
            unguarded=self.unguarded,
            steps=Steps(*self.behind),
            seed=seed,
            sizes=self.sizes,
        )
        if seed in FURTHER:
            trace.redrawn = sample.redrawn
        if isinstance(self.function, str):
            trace.taken = sample.taken
            run_script(self.function, trace, seed)
        else:
            run(self.function, sample.inputs, trace, seed)
        given = {**_own_leaves(trace), **sample.given}
        sample.given = {name: trace.steps.nodes_now(nodes) for name, nodes in given.items()}
        return trace, sample

    def with_drawn(self) -> Code:
        """Return the same with its parameters drawn: what is moved, and numbers it derives by.

        A velocity that is 0 stays 0: in the first step it is a gradient.
        """
        trace, sample = self.run(SEEDS[0])
        if states := _velocities(trace, sample):
            self.numbers = partial(_at_zero, states)
        whole = [name for name, x in zip(self.names, self.example) if type(x) is int]
        known = {plainest(name) for name in (*whole, *(name for _, name in trace.starts.constants))}
        by = {says.by for e in trace.events if (says := claim(e.name, known))}
        spelled = {(plainest(e.name), e.name) for e in trace.events}
        pairs = zip(self.names, self.example)
        self.example = [
            float(x) if type(x) is int and plainest(name) in by else x for name, x in pairs
        ]
        named = {k for k in trace.starts.constants if plainest(k[1]) in by}
        sizes = {k for k in named if any(s == plainest(k[1]) and n != k[1] for s, n in spelled)}
        named -= sizes  # of `grad_h` h is meant, and not H
        for found in (trace.starts.parameters | named, trace.starts.parameters):
            self.drawn = frozenset(k for k in found if not (is_rate(k[1]) or claim(k[1], ())))
            if not named or self._runs():
                break
        return self

    def _runs(self) -> bool:
        """Whether it runs on what is drawn: a size is no number to derive by."""
        try:
            self.run(SEEDS[0])
        except TypeError:
            return False
        return True


def _velocities(trace: Trace, sample: Sample) -> frozenset[str]:
    """The names of what is given and moved first of all, and then only added to something.

    Not so the squares that Adam keeps: their root is taken.
    """
    moved = [event for event in trace.events if is_moved(event) and not trace.is_update(event)]
    if not moved:
        return frozenset()
    later = [x for e in trace.events[moved[0].index :] for x in e.value.flat]
    used = _used_otherwise({x for event in moved for x in event.value.flat}, later)
    nodes: set[object] = set()
    for event in moved:
        if event.old is not None and used.isdisjoint(event.value.flat):
            nodes |= {*event.old.flat}
    named = [*sample.given.items(), *_own_leaves(trace).items()]
    return frozenset(name for name, own in named if nodes.issuperset(own.flat))


def _used_otherwise(new: Collection[Value], later: Collection[object]) -> set[Value]:
    """Those nodes that something later is computed from, and does not have as a term of its sum.

    All in one pass, a bit for each: what is computed from it, in what it is a term.
    """
    bits = {node: 1 << k for k, node in enumerate(new)}
    below: dict[Value, int] = {}
    added: dict[Value, int] = {}
    for node in reachable(*(x for x in later if isinstance(x, Value)))[1]:
        below[node] = added[node] = bits.get(node, 0)
        for x in operands(node):
            below[node] |= below.get(x, 0)
        for term in summands(node):
            added[node] |= added.get(term, 0) if isinstance(term, Value) else 0
    ends = {x for x in later if isinstance(x, Value) and x in below}
    found = reduce(int.__or__, (below[x] & ~added[x] for x in ends), 0)
    return {node for node, bit in bits.items() if found & bit}


def _at_zero(states: Collection[str], name: str, array: np.ndarray) -> np.ndarray | None:
    """The zeros of such a velocity as they are; all else is drawn."""
    return array if name in states and not array.any() else None


def _own_leaves(trace: Trace) -> dict[str, np.ndarray]:
    """The arrays that code makes for itself, by name: its data and its first parameters."""
    found: dict[str, np.ndarray] = {}

    def add(name: str, nodes: np.ndarray) -> None:
        while name in found and not same_nodes(found[name], nodes):
            name += "'"  # made another time
        found[name] = nodes

    for name, nodes in trace.starts.leaves:
        add(name, nodes)
    for event in trace.own:
        entries = [*event.value.flat]
        leaf = all(isinstance(x, Value) and x.operation is None for x in entries)
        given = leaf and any(x.data for x in entries)
        if given and event.name in found and is_moved(event):
            found[event.name] = event.value  # `y = y / 100`, before all else
        moved = event.goes_on and event.old is not None  # not so `y = y / 100` of whole numbers
        given = given and event.value.size > 1 and not moved
        if given and (event.name not in found or not trace.steps.now.keys().isdisjoint(entries)):
            add(event.name, event.value)
    return found

"""Steps of training: which rounds of loops are one, and those left behind before the one looked at.

A later step is run from the state that those before it left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value, made_after
from microgradnet.tracing.computing import Readers
from microgradnet.tracing.events import Event, is_increased, is_moved, is_read_on, same_nodes
from microgradnet.tracing.rewriting import Statement

__all__ = ["Over", "Rounds", "Steps", "array_of"]

MOST = 40  # steps that are left behind, 10 ms each; an epoch of more is not run to its end


@dataclass
class Steps:
    """The steps of a loop before the one that is looked at.

    behind: how many of them; rounds: how many rounds of a loop around it are to be over, an epoch,
    say; left: the events that are theirs; now: what is in the place of the leaves that they moved:
    leaves too, near what they were, so that no step can lead to where nothing shows; over: whether
    the step that is looked at has come to its end; nested: whether there is a loop around it.
    """

    behind: int = 0
    rounds: int = 0
    left: range = range(0)
    now: dict[Value, Value] = field(default_factory=dict)
    over: bool = False
    nested: bool = False

    @property
    def awaited(self) -> bool:
        """Whether the step that is looked at is still to come."""
        return self.behind > 0 or self.rounds > 0

    def end(self, first: int, last: int) -> bool:
        """Note the end of a step, whose events are from first to last; return whether to leave."""
        self.over = not self.awaited
        if self.over or self.behind < -MOST:
            return True
        self.behind -= 1
        self.left = range(self.left.start if self.left else first, last)
        return False

    def round(self, first: int, last: int) -> None:
        """Note the end of a round around steps, if its events, from first, are theirs."""
        if first < self.left.stop:
            self.rounds -= 1
            self.left = range(self.left.start, last)  # what it reports of itself, too

    def start_anew(self, old: np.ndarray, new: np.ndarray) -> np.ndarray:
        """Return the entries of a parameter after a step: what was moved as leaves anew."""
        rng = np.random.default_rng(len(self.now))
        made: list[object] = []
        for was, x in zip(old.flat, new.flat):
            if x is not was and isinstance(was, Value):
                x = self.now[was] = Value(was.data * rng.uniform(0.7, 1.3))
            made.append(x)
        return array_of(made, new.shape)

    def nodes_now(self, nodes: np.ndarray) -> np.ndarray:
        """Return an array with the leaves that are in the place of others now."""
        found: list[object] = []
        for x in nodes.flat:
            while isinstance(x, Value) and x in self.now:
                x = self.now[x]
            found.append(x)
        return array_of(found, nodes.shape)


class Over(BaseException):
    """Ends the code after a step; no Exception, so that nothing in it catches it."""


class Rounds:
    """The rounds of loops in a run: one that moves what it computed with is a step of training.

    events, reads: what the run has noted so far; aims: the numbers that are to be predicted; moved:
    at which statement what started as a number, and was moved since, was read last; open: the loops
    that are being run; among: those that make the entries of a list, say; once: where in reads the
    only round of each is that is no step, nowhere if it had several.
    """

    def __init__(
        self,
        events: Sequence[Event],
        reads: Sequence[Statement],
        steps: Steps,
        aims: Callable[[], set[Value]] = set,
    ) -> None:
        self.events, self.reads, self.steps, self.aims = events, reads, steps, aims
        self.moved = -1
        self.once: dict[int, range] = {}
        self._begun: dict[int, tuple[int, int]] = {}
        self._loops: dict[int, int] = {}
        self.open: set[int] = set()
        self.among: set[int] = set()
        self._stepped = 0
        self._readers = Readers()
        self._taken = 0

    def begin(self, loop: int, among: bool) -> None:
        """Note that a round of a loop begins; among: of one that makes entries."""
        self._begun[loop] = len(self.events), len(self.reads)
        self._loops.setdefault(loop, len(self.events))
        (self.among if among else self.open).add(loop)

    def end(self, loop: int, among: bool) -> bool:
        """Note that a round ends; return whether it was a step. Over where that is looked at."""
        (self.among if among else self.open).discard(loop)
        first, step = self._begun[loop]
        if among and step == len(self.reads):
            return False  # nothing ran in it
        since, last = max(first, self.steps.left.stop), len(self.events)
        moves = self.moved >= max(step, self._stepped)
        several = self.events[since:]
        moves = moves or any(
            self._ends_step(e, since)
            or (is_read_on(e, self.events[e.index + 1 :]) and not self._goes_forward(e))
            for e in several
        )
        if not moves:
            self.once[loop] = range(0) if loop in self.once else range(step, len(self.reads))
            self.steps.round(first, last)
            return False
        self._stepped = len(self.reads)
        self.steps.nested |= bool(self.open or self.among)
        if self.steps.end(self._loops[loop], last):
            raise Over
        return True

    def _ends_step(self, event: Event, since: int) -> bool:
        """Whether what moved a leaf in a round was computed from it in the same round.

        Not so in a loop over layers that moves each: its forward pass came before.
        """
        if not self.is_update(event, since):
            return False
        begin = self.events[since - 1].made if since else -1
        _, inner = reachable(*event.nodes)
        before = (x for x in inner if made_after(x) <= begin)
        old = set(() if event.old is None else event.old.flat)
        return all(old.isdisjoint(x.inputs) for x in before)

    def is_update(self, event: Event, since: int = 0) -> bool:
        """Whether a leaf was moved that something was computed from before: `W1 -= rate * dW1`.

        since: the index of the first event that counts.
        """
        return is_moved(event) and self.is_used(event, since) and not self._goes_forward(event)

    def _goes_forward(self, event: Event) -> bool:
        """Whether it is a step around which its input is led: `x = x + np.tanh(x @ W)`.

        What moves a parameter so is computed from what is to be predicted.
        """
        aims = self.aims() if is_increased(event) else set()
        return bool(aims) and aims.isdisjoint(reachable(*event.nodes)[0])

    def watch(self, nodes: Iterable[Value]) -> None:
        """Note whether something is computed from results, as from leaves."""
        self._readers.watched.update(nodes)

    def read_last(self, event: Event) -> int:
        """Return the step of what was computed last from what an event changed."""
        old = [] if event.old is None else [*event.old.flat]
        start, steps = -1, [0]
        for e in self.events[: event.index]:
            if any(self._readers.read(x, start, e.made, {event.name}) for x in old):
                steps.append(e.step)
            start = e.made
        return steps[-1]

    def is_used(self, event: Event, since: int = 0) -> bool:
        """Whether something was computed from what an event changed, before it did."""
        for e in self.events[self._taken : event.index]:
            self._readers.take(e.name, e.value.flat)
        self._taken = max(self._taken, event.index)
        start, end = (self.events[k - 1].made if k else -1 for k in (since, event.index))
        old = () if event.old is None else event.old.flat
        moving = {e.name for e in self.events if same_nodes(e.value, event.value)}  # `W_new`, too
        return any(self._readers.read(x, start, end, {event.name, *moving}) for x in old)


def array_of(entries: Sequence[object], shape: tuple[int, ...]) -> np.ndarray:
    """Return an array of objects, whatever these are, of a shape.

    >>> array_of([1, [2]], (2, 1)).tolist()
    [[1], [[2]]]
    """
    made = np.empty(len(entries), dtype=object)
    made[:] = entries
    return made.reshape(shape)

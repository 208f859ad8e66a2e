"""Steps of training that are left behind, so that a later one is run from the state they left."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from microgradnet.autograd.value import Value

__all__ = ["Steps"]

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
        return _array(made, new.shape)

    def nodes_now(self, nodes: np.ndarray) -> np.ndarray:
        """Return an array with the leaves that are in the place of others now."""
        found: list[object] = []
        for x in nodes.flat:
            while isinstance(x, Value) and x in self.now:
                x = self.now[x]
            found.append(x)
        return _array(found, nodes.shape)


def _array(entries: list[object], shape: tuple[int, ...]) -> np.ndarray:
    made = np.empty(len(entries), dtype=object)
    made[:] = entries
    return made.reshape(shape)

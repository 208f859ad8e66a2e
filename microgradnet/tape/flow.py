"""The hooks of loops and branches: which are run, and which loops end when enough was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from typing import Any

from microgradnet.tape.tape import Left, Tape

PATIENCE = 6000  # entries after which a loop is cut in its first round
LOOK = 600  # entries before the first look at what was seen

Watch = Callable[[Tape, int], tuple[int, int] | None]


class Flow:
    """What a run goes through.

    watch: called now and then with the tape and the number of entries at the last cut. Where it
    returns two entries, enough was seen of the loops that began between them: they end with the
    round they are in, and the code goes on behind them. is_off: nothing is noted any more.
    """

    def __init__(self, tape: Tape, watch: Watch | None) -> None:
        self.tape, self.watch, self.next_look, self.is_off = tape, watch, LOOK, False
        self.seen = 0  # entries at the last cut
        self.cuts: list[tuple[int, int]] = []  # between which entries a loop began that is cut
        self._open: list[list[int]] = []  # for loops: when each began, its rounds
        self._loops: dict[tuple[int, int], int] = {}  # when a loop of a frame began
        self._rounds: dict[tuple[int, int], int] = {}  # of a while loop
        self._seldom: dict[int, bool] = {}  # branches that only tell how it goes: the last test

    def iterate(self, p: int, x: Any) -> Iterator[Any]:
        """Yield what is gone through, each part noted."""
        raise NotImplementedError

    def look(self) -> None:
        """End the loops of which enough was seen."""
        now = self.tape.noted  # as many where edits are tried beside
        if self.watch is None or self.tape.aside or now < self.next_look:
            return
        self.next_look = int(now * 1.3)
        cut = self.watch(self.tape, self.seen)
        if cut is not None and (now - self.seen > PATIENCE or self.is_second_round(*cut)):
            self.cuts.append(cut)
            self.seen, self.next_look = now, now + LOOK

    def is_second_round(self, start: int, end: int) -> bool:
        """Whether the loops that began between two entries are in their second round or later."""
        return all(count > 1 for began, count in self._open if start < began < end)

    def is_cut(self, began: int) -> bool:
        """Whether enough was seen of a loop that began at an entry."""
        return any(start < began < end for start, end in self.cuts)

    def rounds(self, p: int, x: Any) -> Iterator[Any]:
        """Yield what a for loop goes through, until enough was seen of it."""
        loop = [len(self.tape.entries), 0]
        self._open.append(loop)
        try:
            for item in self.iterate(p, x):
                if not self.is_off and self.is_cut(loop[0]):
                    of = len(x) if isinstance(x, Sized) else None
                    self.leave_loop(p, loop[1], of, loop[0])
                    return
                loop[1] += 1
                yield item
        finally:
            self._open.remove(loop)

    def leave_loop(self, p: int, rounds: int, of: int | None, began: int) -> None:
        """Note that a loop ended early."""
        if not self.tape.aside:
            left = Left(self.tape.places[p], rounds, of, began, len(self.tape.entries))
            self.tape.left.append(left)

    def reach(self, p: int) -> None:
        """Note that a block is run."""
        if not self.is_off and not self.tape.aside:
            self.tape.reached.add(p)

    def seldom(self, p: int, test: Any) -> Any:
        """Return the test of a branch that only tells how it goes: it is taken in each round."""
        if self.is_off or self.tape.aside:
            return test
        self._seldom[p] = bool(test)
        return True

    def is_due(self, p: int) -> bool:
        """Whether a branch would have been taken that only tells how it goes."""
        return self.is_off or self._seldom[p]

    def begin(self, p: int) -> None:
        """Note that a while loop begins."""
        self._loops[p, self.tape.frame] = len(self.tape.entries)
        self._rounds[p, self.tape.frame] = 0

    def again(self, p: int, begun: int, test: Any) -> Any:
        """Return the test of a while loop, False where enough was seen of it."""
        key = begun, self.tape.frame
        if self.is_off or not self.is_cut(self._loops[key]):
            self._rounds[key] += 1
            return test
        if test:
            self.leave_loop(begun, self._rounds[key], None, self._loops[key])
        return False

"""Edited statements tried beside a run: what each would have given, in the place of what it gave.

The run goes on as written. At a statement with edits, each is evaluated in the names of the frame
and noted aside; then the statement runs, and its own results are noted. A replay with the entries
of an edit in the place of the results is the run with that edit.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from microgradnet.tape import table
from microgradnet.tape.entry import Place, Ref
from microgradnet.tape.evaluating import Edited
from microgradnet.tape.rewriting import RECORDER
from microgradnet.tape.tape import fresh, is_numeric

if TYPE_CHECKING:
    from microgradnet.tape.recorder import Recorder

MOST = 200  # times that a statement is tried


@dataclass(slots=True)
class Trial:
    """One time that a statement ran: the entries it gave, and by edit those it would have given.

    numbers: by edit the plain numbers it would have given.
    """

    statement: ast.stmt
    at: int
    first: int  # entries when it began
    edited: list[list[int] | None]
    given: list[int] = field(default_factory=list)
    numbers: list[list[Any] | None] = field(default_factory=list)


class Trials:
    """The trials of a run. edits: by site the statements that are tried.

    instead: by entry of the run other numbers, that its arrays start with.
    """

    def __init__(
        self,
        edits: Sequence[Edited],
        instead: Mapping[int, Any] = MappingProxyType({}),
    ) -> None:
        self.instead = instead
        self.edits = edits
        self.open: list[Trial] = []
        self.done: dict[int, list[Trial]] = defaultdict(list)

    def afresh(self) -> Trials:
        """Forget what was tried, as the code is started again."""
        self.open, self.done = [], defaultdict(list)
        return self

    def begin(
        self,
        recorder: Recorder,
        p: int,
        at: int,
        names: dict[str, Any],
        others: dict[str, Any],
    ) -> None:
        """Evaluate the edits of a statement that is about to run."""
        tape, place = recorder.tape, recorder.tape.places[p]
        names = {k: v for k, v in names.items() if not k.startswith(RECORDER[:-1])}
        edited: list[list[int] | None] = []
        tape.aside = True
        if self.edits[at].texts and len(self.done[at]) < MOST:
            edited = self.edits[at].noted(recorder, p, {**others, **names})
        tape.aside = False
        numbers = self.looked_at(recorder, at, {**others, **names})
        self.open.append(Trial(place.statement, at, len(tape.entries), edited, [], numbers))

    def looked_at(
        self, recorder: Recorder, at: int, names: dict[str, Any]
    ) -> list[list[Any] | None]:
        """Return the plain numbers of edits, of those that are only looked at."""
        return []

    def given(self, recorder: Recorder, place: Place, value: Any) -> Any:
        """Note what a statement gives on; what is not its own becomes so."""
        trial = next((t for t in reversed(self.open) if t.statement is place.statement), None)
        if trial is None or recorder.tape.aside:
            return value
        return self._own(recorder, place, value, trial)

    def _own(self, recorder: Recorder, place: Place, value: Any, trial: Trial) -> Any:
        if type(value) in (list, tuple):
            return type(value)([self._own(recorder, place, v, trial) for v in value])
        if type(value) is dict:
            return {k: self._own(recorder, place, v, trial) for k, v in value.items()}
        if not is_numeric(value) or isinstance(value, np.bool_):
            return value
        number = recorder.tape.operand(value, place)
        if type(number) is Ref and (number < trial.first or number in trial.given):
            value = value.copy() if isinstance(value, np.ndarray) else fresh(value)
            recorder.tape.aside = True
            number = recorder.tape.note(table.TABLE["same"], (number,), {}, value, place).number
            recorder.tape.aside = False
        trial.given.append(int(number))
        return value

    def returned(self, place: Place) -> None:
        """End the trials of a statement that returns."""
        for trial in reversed(self.open):
            if trial.statement is place.statement:
                self.end(trial.at)
                return

    def end(self, at: int) -> None:
        """End the trials of a statement, and of those inside it that an error left open."""
        while self.open:
            trial = self.open.pop()
            if trial.at == at:
                if trial.given and len(trial.edited) == len(self.edits[at].texts):
                    self.done[at].append(trial)
                return


class Looker(Protocol):
    """Sees the plain numbers of edits."""

    def is_wanted(self, at: int, visit: int) -> bool:
        """Whether the numbers of a statement are to be seen at a visit."""

    def look(self, trial: Trial, visit: int) -> None:
        """See the numbers of a trial."""

    def forget(self) -> None:
        """Forget what was seen."""


class Looks(Trials):
    """Edits evaluated as plain numbers, beside a run in which nothing is noted of them.

    looker: is told of each trial when it ends, and which visit of the statement it was.
    """

    def __init__(
        self, plains: Sequence[Edited], looker: Looker, instead: Mapping[int, Any]
    ) -> None:
        super().__init__([Edited(e.written) for e in plains], instead)
        self.plains, self.looker = plains, looker

    def afresh(self) -> Trials:
        """Forget what was seen, as the code is started again."""
        self.looker.forget()
        return super().afresh()

    def looked_at(
        self, recorder: Recorder, at: int, names: dict[str, Any]
    ) -> list[list[Any] | None]:
        """Return the plain numbers of edits."""
        if not self.looker.is_wanted(at, len(self.done[at])):
            return []
        recorder.is_off = True
        try:
            return self.plains[at].results(names)
        finally:
            recorder.is_off = False

    def end(self, at: int) -> None:
        """End the trials of a statement."""
        before = len(self.done[at])
        super().end(at)
        if len(self.done[at]) > before:
            trial = self.done[at][-1]
            self.looker.look(trial, before)
            trial.numbers = []

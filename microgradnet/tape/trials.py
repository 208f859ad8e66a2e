"""Try edited statements beside a run, and record the values that each would have given.

The run goes on as written. At a statement with edits, each edit is evaluated in the names of the
frame and recorded aside. Then the statement runs, and its own results are recorded. A replay that
replaces these results by an edit's entries is the run with that edit.

Thousands of edits are evaluated as plain numbers. The few that may fix the statement are evaluated
once more with hooks, so that their values have entries.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.tape import table
from microgradnet.tape.edited import Edited
from microgradnet.tape.entry import Place, Ref
from microgradnet.tape.rewriting import RECORDER
from microgradnet.tape.tape import MOST_ASIDE, copied, is_numeric, numbers_of

if TYPE_CHECKING:
    from microgradnet.tape.recorder import Recorder

MOST = 24_000  # edits of a statement times its visits
NONE: Mapping[int, Any] = MappingProxyType({})
READING = (ast.Name, ast.Attribute, ast.Subscript, ast.For)


@dataclass(slots=True)
class Trial:
    """One execution of a statement, with the entries of its results and of each edit's results.

    given: entries of the statement's results; edited: by edit, entries of its results; numbers: by
    edit, its results as plain numbers.
    """

    statement: ast.stmt
    at: int
    first: int  # the number of entries when it began
    edited: list[list[int] | None]
    given: list[int] = field(default_factory=list)
    numbers: list[list[Any] | None] = field(default_factory=list)


class Trials:
    """The trials of a run; edits: by site, the statements that are tried.

    instead: by entry of the run, replacement numbers for its array; but: the entries of the run
    from which to which no edit is tried; asked, known: by site, the places whose values are wanted,
    and those at its first visit that are numbers or arrays.
    """

    def __init__(self, edits: Sequence[Edited], instead: Mapping[int, Any] = NONE) -> None:
        self.edits, self.instead, self.but = edits, instead, (0, 0)
        self.asked: Sequence[Sequence[str]] = ()
        self.known: dict[int, dict[str, Any]] = {}
        self.open: list[Trial] = []
        self.done: dict[int, list[Trial]] = defaultdict(list)

    def afresh(self) -> Trials:
        """Discard all trials, since the code is started again."""
        self.open, self.done = [], defaultdict(list)
        return self

    def begin(
        self, recorder: Recorder, p: int, at: int, names: dict[str, Any], others: dict[str, Any]
    ) -> None:
        """Evaluate the edits of a statement before it runs."""
        tape, place = recorder.tape, recorder.tape.places[p]
        names = {k: v for k, v in names.items() if not k.startswith(RECORDER[:-1])}
        edited: list[list[int] | None] = []
        if self.asked and at not in self.known:
            self.known[at] = numbers_of(self.asked[at], {**others, **names})
        tape.aside = True
        is_meant = not self.but[0] <= tape.noted < self.but[1] and tape.bytes[True] < MOST_ASIDE
        if is_meant and 0 < len(self.edits[at].texts) * (1 + len(self.done[at])) <= MOST:
            edited = self.edits[at].noted(recorder, p, {**others, **names})
        tape.aside = False
        numbers = self.looked_at(recorder, at, {**others, **names})
        self.open.append(Trial(place.statement, at, len(tape.entries), edited, [], numbers))

    def looked_at(
        self, recorder: Recorder, at: int, names: dict[str, Any]
    ) -> list[list[Any] | None]:
        """Return the plain numbers of edits that are not recorded; none here."""
        return []

    def given(self, recorder: Recorder, place: Place, value: Any) -> Any:
        """Record the result of a statement, copied if its entry is that of an earlier value."""
        trial = next((t for t in reversed(self.open) if t.statement is place.statement), None)
        if trial is None or recorder.tape.aside:
            return value
        is_read = isinstance(getattr(trial.statement, "value", trial.statement), READING)
        if is_read and isinstance(value, (list, dict)):
            return value  # other code writes into this object
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
            value = copied(value)
            recorder.tape.aside = True
            copy = recorder.tape.note(table.TABLE["same"], (number,), {}, value, place)
            copy.names = [*recorder.tape.entries[number].names]  # a new name is one there, too
            number = copy.number
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
        """End the trials of a statement, and any inside it that an error left open."""
        while self.open:
            trial = self.open.pop()
            if trial.at == at:
                if trial.given and len(trial.edited) == len(self.edits[at].texts):
                    self.done[at].append(trial)
                return


class Looks(Trials):
    """Edits evaluated as plain numbers, beside a run that does not record them.

    looker: says by `is_wanted(at, visit)` whether to evaluate the edits of a statement at a visit,
    gets each trial with its visit by `look`, and discards all by `forget`; put: by site and visit,
    the arrays that the run goes on with, instead of the statement's own results.
    """

    def __init__(
        self,
        plains: Sequence[Edited],
        looker: Any,
        instead: Mapping[int, Any],
        put: Mapping[int, Sequence[Sequence[Any]]] = NONE,
    ) -> None:
        super().__init__([Edited(e.written) for e in plains], instead)
        self.plains, self.looker, self.put = plains, looker, put

    def afresh(self) -> Trials:
        """Discard all trials and numbers, since the code is started again."""
        self.looker.forget()
        return super().afresh()

    def looked_at(
        self, recorder: Recorder, at: int, names: dict[str, Any]
    ) -> list[list[Any] | None]:
        """Return the plain numbers of a statement's edits, if the looker wants them."""
        if not self.looker.is_wanted(at, len(self.done[at])):
            return []
        recorder.is_off = True
        try:
            return self.plains[at].results(names)
        finally:
            recorder.is_off = False

    def _own(self, recorder: Recorder, place: Place, value: Any, trial: Trial) -> Any:
        """Record the result of a statement; return the value that the run goes on with."""
        before = len(trial.given)
        value = super()._own(recorder, place, value, trial)
        visit, several = len(self.done[trial.at]), self.put.get(trial.at, ())
        if len(trial.given) == before or visit >= len(several) or before >= len(several[visit]):
            return value
        other = several[visit][before]
        if isinstance(value, np.ndarray) and not is_stored_as_name(trial.statement):
            value[...] = other  # the array that the statement writes into
            return value
        return other.copy() if isinstance(value, np.ndarray) else float(other)

    def end(self, at: int) -> None:
        """End the trials of a statement, and pass its trial to the looker."""
        before = len(self.done[at])
        super().end(at)
        if len(self.done[at]) > before:
            trial = self.done[at][-1]
            self.looker.look(trial, before)
            trial.numbers = []


def is_stored_as_name(statement: ast.stmt) -> bool:
    """Whether a statement stores its results under names alone, or returns them."""
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    flat = [x for t in targets for x in (t.elts if isinstance(t, (ast.Tuple, ast.List)) else [t])]
    is_changed = isinstance(statement, ast.AugAssign)
    return not is_changed and not any(isinstance(x, ast.Subscript) for x in flat)

"""Edited statements tried beside a run: what each would have given, in the place of what it gave.

The run goes on as written. At a statement with edits, each is evaluated in the names of the frame
and noted aside; then the statement runs, and its own results are noted. A replay with the entries
of an edit in the place of the results is the run with that edit.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.tape import table
from microgradnet.tape.entry import Place, Ref
from microgradnet.tape.interpreting import Interpreter
from microgradnet.tape.rewriting import RECORDER
from microgradnet.tape.tape import fresh, is_numeric, leaves

if TYPE_CHECKING:
    from microgradnet.tape.recorder import Recorder

MOST = 24  # times that a statement is tried


@dataclass(slots=True)
class Trial:
    """One time that a statement ran: the entries it gave, and by edit those it would have given."""

    statement: ast.stmt
    at: int
    first: int  # entries when it began
    edited: list[list[int] | None]
    given: list[int] = field(default_factory=list)


class Trials:
    """The trials of a run. edits: by site the statements that are tried, None to leave it out."""

    def __init__(self, edits: Sequence[Sequence[ast.stmt | None]]) -> None:
        self.edits = [_shared(several) for several in edits]
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
        edited: list[list[int] | None] = []
        tape.aside = True
        if len(self.done[at]) < MOST:
            names = {k: v for k, v in names.items() if not k.startswith(RECORDER[:-1])}
            evaluate = Interpreter(recorder, p, names, others)
            edited = [_numbers(evaluate, s, place) for s in self.edits[at]]
        tape.aside = False
        self.open.append(Trial(place.statement, at, len(tape.entries), edited))

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
                if trial.edited and trial.given:
                    self.done[at].append(trial)
                return


def _shared(statements: Sequence[ast.stmt | None]) -> list[ast.stmt | None]:
    """Return statements whose equal parts are one object, so that each is evaluated once."""
    pool: dict[Any, Any] = {}

    def keyed(node: Any) -> tuple[Any, Any]:
        if isinstance(node, list):
            several = [keyed(x) for x in node]
            return [x for x, _ in several], tuple([key for _, key in several])
        if not isinstance(node, ast.AST):
            return node, (type(node), node)
        parts = [(name, *keyed(value)) for name, value in ast.iter_fields(node)]
        key = (type(node), tuple([key for _, _, key in parts]))
        if key not in pool:
            for name, value, _ in parts:
                setattr(node, name, value)
            pool[key] = node
        return pool[key], (type(node), id(pool[key]))

    return [None if s is None else keyed(s)[0] for s in statements]


def _numbers(evaluate: Interpreter, statement: ast.stmt | None, place: Place) -> list[int] | None:
    """Return the entries of what an edited statement gives; None where it cannot be told."""
    recorder = evaluate.recorder
    frame, open_frames = recorder.tape.frame, recorder.tape.depth()
    try:
        with np.errstate(all="ignore"):
            values = leaves(evaluate.results(statement, place.statement))
        return [recorder.tape.entry_of(x, place) for x in values] or None
    except Exception:  # whatever a person's functions raise at numbers they were not made for
        recorder.tape.unwind(frame, open_frames)
        return None

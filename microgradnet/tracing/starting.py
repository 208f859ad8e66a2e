"""Where parameters start, as numbers or zeros: each is known where it is handed on, by any name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.tracing.arrays import Values, has_values
from microgradnet.tracing.events import Event, is_kept, is_literal, is_scaled, is_shifted, is_start
from microgradnet.tracing.rewriting import SCRIPT, Statement
from microgradnet.tracing.stepping import Rounds

__all__ = ["Place", "Starts"]

Place = tuple[str, str]  # a function, and a name in it


@dataclass(eq=False)
class _Start:
    """Where a number, or zeros, was assigned first, and when; names: all that it has since."""

    key: Place
    step: int
    names: list[Place] = field(default_factory=list)


class _Whole(int):
    start: _Start


class _Number(float):
    start: _Start


def _marked(number: object, start: _Start) -> object:
    """A plain number that says where it was assigned first; anything else as it is."""
    kind = {int: _Whole, float: _Number}.get(type(number))
    if kind is None:
        return number
    made = kind(number)
    made.start = start
    return made


def _start_of(number: object) -> _Start | None:
    """What a number says of itself, None where it says nothing."""
    return number.start if isinstance(number, (_Whole, _Number)) else None


def _goes_on(statement: Statement, value: object, old: np.ndarray | None) -> bool:
    """Whether what started as a number, or zeros, is moved, and not computed anew."""
    if has_values(value) and (has_values(old) or statement.several):
        return is_shifted(old, value)
    return has_values(value) or isinstance(value, float)


class Starts:
    """Where a run has assigned numbers and zeros, and which of these then move as parameters do.

    drawn: such places, whose numbers are drawn at random instead; parameters: where they were
    assigned that the code then moved by what it computed from them; constants: where numbers were
    that nothing changed there; leaves: what was drawn, by name.
    """

    def __init__(
        self,
        reads: Sequence[Statement],
        rounds: Rounds,
        drawn: Collection[Place],
        rng: np.random.Generator,
    ) -> None:
        self.reads, self.rounds, self.drawn, self.rng = reads, rounds, drawn, rng
        self.parameters: set[Place] = set()
        self.constants: set[Place] = set()
        self.leaves: list[tuple[str, np.ndarray]] = []
        self._starts: dict[Place, _Start] = {}
        self._made: dict[Value, Place] = {}
        self._moving: dict[int, _Start] = {}

    def bound(self, function: str, name: str, value: object) -> None:
        """Note that a loop or a call gave a number to a name."""
        if (start := _start_of(value)) is not None:
            start.names.append((function, name))
            self._starts[function, name] = start

    def moves(self, number: int, value: object) -> None:
        """Note what a statement is about to move: it may have started by another name.

        So `self.out.bias` did as `self.bias`.
        """
        if (start := _start_of(value)) is not None:
            self._moving[number] = start

    def assigned(
        self, name: str, statement: Statement, value: object, step: int, old: np.ndarray | None
    ) -> object:
        """Note that something was assigned; return it marked, or what is drawn instead.

        It is a parameter where it is changed to what has Values after another statement has read
        it. step: that of the statement; old: what was there.
        """
        key = statement.home(name), name
        place = key if name.isidentifier() else ("", name)
        if statement.goes_on:
            start, other = self._starts.pop(place, None), self._moving.pop(statement.number, None)
            start = start or other
            if start is not None and _goes_on(statement, value, old):
                since = range(start.step + 1, len(self.reads))
                others = (k for k in since if self.reads[k].key != statement.key)
                read = [k for k in others if self._reads(k, start)]
                if read:
                    self.parameters.add(start.key)
                    self.rounds.moved = read[-1]
            self.constants -= {start.key if start is not None else key}
        elif is_start(value):
            start = self._starts[place] = _start_of(value) or _Start(key, step)
            start.names.append(key)
            self.constants |= {key} if is_literal(statement, value) else set()
            return (
                self._drawn(name, np.shape(value)) if key in self.drawn else _marked(value, start)
            )
        if old is None and is_scaled(value):
            if key in self.drawn:
                return self._anew(name, value)
            self.take_made(key, value)
            self.rounds.watch(value.flat)
        return value

    def _anew(self, name: str, drawn: np.ndarray) -> np.ndarray:
        """What is drawn, and scaled then, as if it were drawn so."""
        nodes = Values.of([Value(x.data) for x in drawn.flat]).reshape(drawn.shape)
        self.leaves.append((name, nodes.copy().view(np.ndarray)))
        return nodes

    def _drawn(self, name: str, shape: tuple[int, ...]) -> object:
        numbers = self.rng.uniform(0.2, 1.5, shape) * self.rng.choice([-1.0, 1.0], shape)
        nodes = Values.of([Value(float(x)) for x in numbers.flat]).reshape(shape)
        self.leaves.append((name, nodes.copy().view(np.ndarray)))
        return nodes if shape else nodes.item()

    def _reads(self, step: int, start: _Start) -> bool:
        """Whether the statement of a step reads, and does not move, what started there."""
        statement = self.reads[step]
        own = [
            (f, n)
            for f, n in start.names
            if f in (SCRIPT, statement.home(n)) or not n.partition("[")[0].isidentifier()
        ]
        anew = any(n in statement.writes for _, n in own)  # `dW, db = back(x, dW, db)`
        moves = statement.goes_on or anew or is_kept(statement)
        return not moves and any(statement.takes(n, f) for f, n in own)

    def noted(self, event: Event) -> None:
        """Note where zeros are made; those that are moved after use are parameters, too.

        So in `b1 = b1 - rate * db1` of another function than the one that made them.
        """
        if not event.goes_on and is_start(event.value):
            self.take_made((event.statement.function, event.name), event.value)
        elif event.goes_on and event.old is not None:
            nodes = [x for x in event.old.flat if isinstance(x, Value)]
            keys = {self._made[x] for x in nodes if x in self._made}
            if keys and is_shifted(event.old, event.value) and self.rounds.is_used(event):
                self.parameters |= keys
                if any(x.operation for x in nodes):
                    self.rounds.moved = self.rounds.read_last(event)

    def take_made(self, key: Place, made: np.ndarray) -> None:
        """Note where something is made that may be a parameter, and is no leaf that was drawn."""
        for x in made.flat:
            self._made.setdefault(x, key)

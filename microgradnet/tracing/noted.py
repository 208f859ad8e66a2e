"""What a run notes: all that is computed, in order; and what it puts in the place of some."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.modes import Compared, standing_in
from microgradnet.autograd.value import Value
from microgradnet.operations.muting import muted
from microgradnet.tracing.arrays import Values, has_values, noting
from microgradnet.tracing.events import (
    Event,
    complete,
    is_computed,
    is_shifted,
    is_start,
    led_by_another,
    numbers_of,
    same_nodes,
)
from microgradnet.tracing.holding import entries, with_entries
from microgradnet.tracing.renaming import Renaming
from microgradnet.tracing.replacing import Namespace
from microgradnet.tracing.rewriting import NOTE, SCRIPT, Edited, Statement
from microgradnet.tracing.starting import Starts
from microgradnet.tracing.stepping import Over, Rounds, Steps

__all__ = ["Trace", "on_values"]


@dataclass
class Trace:
    """What a run noted: the events in order, every array that NumPy made, what was returned.

    put: what is put in the place of what an event wrote, by its index; edited: statements that are
    run in the place of others, by their keys; at_step: a step, and what is called there with the
    statement that is about to run and the names where it runs; bind: takes the function, the name
    and the number of each that is bound, and returns what is bound instead. compared: what Values
    were compared with. derived: of which names a plain number is a Value, too: `dz_dw = x[0]` of
    data in lists; aim: which names are of what is to be predicted. starts: where parameters may
    start; drawn: such places, whose numbers are drawn at random instead, from rng; looped: after
    how many statements what name was given what by a loop or a call, or in a loop what is not
    computed. guards: the arguments x + 1e-9 of logarithms; unguarded: whether log(x) is taken
    instead; clipped: of each bound, what was clipped where; drawing: the names of what drew. steps:
    of training, that are run before the one that is looked at; sizes: whole numbers of a script
    that others stand in for. looks: how many comparisons were made before each that ran. seed: of
    the run; redrawn: takes the numbers of a script's own arrays, or such as it draws, and whether
    it draws them, and returns others for them; taken: takes a name and what a script makes of plain
    numbers in lists, dicts and objects, and returns it with Values.
    """

    put: Mapping[int, np.ndarray] = field(default_factory=dict)
    edited: Edited = field(default_factory=dict)
    at_step: tuple[int, Callable[[Statement, Namespace], None]] | None = None
    bind: Callable[[str, str, object], object] | None = None
    compared: Compared = field(default_factory=Compared)
    derived: Callable[[str], bool] = lambda name: False
    aim: Callable[[str], bool] = lambda name: False
    drawn: frozenset[tuple[str, str]] = frozenset()
    looped: list[tuple[int, str, np.ndarray]] = field(default_factory=list)
    rng: np.random.Generator = field(default_factory=np.random.default_rng)
    steps: Steps = field(default_factory=Steps)
    seed: int = 0
    redrawn: Callable[[np.ndarray, bool], np.ndarray] = lambda numbers, _: numbers
    taken: Callable[[str, object], object] = lambda _, value: value
    sizes: Mapping[int, int] = field(default_factory=dict)
    statements: dict[int, Statement] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    reads: list[Statement] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)
    made: list[Values] = field(default_factory=list)
    guards: list[Value] = field(default_factory=list)
    unguarded: bool = False
    clipped: dict[Value, tuple[Value, Statement]] = field(default_factory=dict)
    drawing: set[str] = field(default_factory=set)
    returned: Any = None
    home: Namespace = field(default_factory=dict)
    given: Namespace = field(default_factory=dict)
    instead: Callable[[object], object] = lambda x: x
    script: bool = False
    fixed: dict[str, np.ndarray] = field(default_factory=dict)
    numbers: dict[str, tuple[float, Statement]] = field(default_factory=dict)
    _in_lists: bool = False
    _made: set[int] = field(default_factory=set)
    _random: set[object] = field(default_factory=set)
    _called: set[str] = field(default_factory=set)
    _anew: set[str] = field(default_factory=set)
    _old: dict[int, np.ndarray] = field(default_factory=dict)
    _held: dict[int, dict[str, object]] = field(default_factory=dict)
    _steps: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rounds = Rounds(self.events, self.reads, self.steps, self._aims)
        self._renaming = Renaming(self.events, self.statements, self._steps)
        self.starts = Starts(self.reads, self._rounds, self.drawn, self.rng)

    def _aims(self) -> set[Value]:
        """The numbers that are to be predicted."""
        named = [(name, x) for _, name, x in self.looped]
        named += [(event.name, event.value) for event in self.events]
        return {x for name, nodes in named if self.aim(name) for x in nodes.flat if has_values(x)}

    @property
    def own(self) -> list[Event]:
        """The events that are not of steps left behind."""
        return [event for event in self.events if event.index not in self.steps.left]

    @property
    def once(self) -> Mapping[int, range]:
        """Of each loop in a step where in reads what ran in it is: nowhere if in several rounds."""
        return self._rounds.once

    def before(self, number: int) -> bool:
        """Note that a statement is about to run; return whether its names are asked for."""
        step = self._steps[number] = len(self.reads)
        self.reads.append(self.statements[number])
        self.looks.append(len(self.compared.sides))
        return self.at_step is not None and self.at_step[0] == step

    def at(self, number: int, home: Namespace, local: Namespace) -> None:
        """Take the names there are where a statement is about to run.

        What is tried there leaves no trace, and nothing is put in its place.
        """
        if self.at_step is None:
            return
        put, self.put = self.put, {}
        counts = [(noted, len(noted)) for noted in (self.events, self.reads, self.looks)]
        try:
            self.at_step[1](self.statements[number], {**home, **local})
        finally:
            self.put = put
            for noted, count in counts:
                del noted[count:]

    def apart(self, function: Callable[..., object], *inputs: object) -> object:
        """Return what a function of the code gives, of which nothing is noted but guards."""
        other = Trace(statements=self.statements, guards=self.guards, unguarded=self.unguarded)
        before, self.home[NOTE] = self.home.get(NOTE), other
        try:
            with on_values(other):
                return function(*inputs)
        finally:
            self.home[NOTE] = before
        return None

    def bound(self, function: str, name: str, value: object) -> object:
        """Note what a loop or a call gave a name; return it, or what is bound instead."""
        self._called.add(function)
        self._take_given(name, value)
        self.starts.bound(function, name, value)
        return value if self.bind is None else self.bind(function, name, value)

    def note_clipped(self, bound: Value, x: Value) -> None:
        """Note what was clipped, by the statement that runs."""
        if self.reads:
            self.clipped[bound] = x, self.reads[-1]

    def _take_given(self, name: str, value: object) -> None:
        if isinstance(value, (Value, np.ndarray, np.number, int, float)):
            self.looped.append((len(self.reads), name, np.array(value, dtype=object)))

    def was(self, number: int, value: object, whole: object) -> None:
        """Note what a statement is about to change; of an array all, of a list each."""
        value = whole if isinstance(whole, np.ndarray) else value
        if isinstance(value, (list, tuple, dict)):
            self._held[number] = {
                key: x.copy() if isinstance(x, np.ndarray) else x for key, x in entries(value, "")
            }
        self._keep(number, value)

    def had(self, number: int, name: str, value: object) -> None:
        """Note what a name has that a statement gives something else."""
        self._renaming.had[number, name] = value

    def _keep(self, number: int, value: object) -> None:
        self.starts.moves(number, value)
        if has_values(value) or self.statements[number].several:
            self._old[number] = np.array(value, dtype=object)

    def note(self, name: str, number: int, value: object, goes_on: bool | None = None) -> object:
        """Note what was assigned; return it, or what is put in its place."""
        old = self._held.pop(number, {})
        had = None if goes_on is not None else self._renaming.moved(name, number, value)
        if had is not None:
            self._keep(number := -number, had)
        if self._makes(self.statements[number]):
            made = self.taken(name, value)
            if made is not value:
                self._in_lists = True
                self._made.add(number)
            value = made
        if isinstance(value, np.ndarray) and self._before_loops(number, goes_on):
            value = led_by_another(value, self.seed)
        if isinstance(value, (list, tuple, dict)):
            value = self._as_was(number, value)
        if isinstance(value, (list, tuple, dict)):
            value = self._note_held(name, number, value, old)
        if self._rounds.open and not is_computed(value):
            self._take_given(name, value)
        if isinstance(value, (int, float, np.number)):
            self.numbers[name] = float(value), self.statements[number]
            if self.derived(name):
                value = Value(float(value))
        value = self._started(name, number, self._drawn(number, value))
        if self.bind is not None:
            value = self.bind(self.statements[number].function, name, value)
        if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and name not in self._anew:
            self._anew.add(name)
            self.fixed[name] = value
        if isinstance(value, np.ndarray) and value.dtype == object and value.size:
            complete(value)
        elif not isinstance(value, Value):
            return value
        return self._noted(name, number, value, goes_on)

    def _before_loops(self, number: int, set_in: bool | None) -> bool:
        """Whether a statement of a script makes something before its loops."""
        anew = set_in is None and not self.statements[number].goes_on
        return self.script and anew and not self._rounds.open

    def _noted(
        self, name: str, number: int, value: Value | np.ndarray, goes_on: bool | None
    ) -> object:
        """Note what nodes were assigned; return them, or what is put in their place."""
        whole = value if isinstance(value, np.ndarray) else None
        found = np.array(value, dtype=object)
        statement = self.statements[number]
        anew = goes_on is None  # else an entry of an array was set, which stays where it is
        goes_on = statement.goes_on if goes_on is None else goes_on
        step = self._steps.get(number, len(self.reads))
        was, end = self._old.pop(number, None), len(self.reads)
        if statement.several:
            goes_on = goes_on and is_shifted(was, found)
            was = was if goes_on and has_values(was) else None
        event = Event(len(self.events), name, statement, found, step, goes_on, was, end)
        self.events.append(event)
        self.starts.noted(event)
        if self.steps.awaited and event.old is not None and self.is_update(event):
            return _written(self.steps.start_anew(event.old, event.value), whole)
        return value if event.index not in self.put else self._put(event, whole, anew)

    def _makes(self, statement: Statement) -> bool:
        """Whether a statement of a script makes what is there before its loops: so does `main()`.

        What has arrays has its numbers from them.
        """
        own = statement.function == SCRIPT or statement.function not in self._called
        plain = self._in_lists or not any(event.shape for event in self.events)
        return self.script and own and plain and not self._rounds.open and not statement.goes_on

    def _note_held(self, name: str, number: int, held: object, old: Mapping[str, object]) -> object:
        """Note what a list, a tuple or a dict holds; of what is returned only what was moved."""
        follows = bool(old) and old.keys() == {key for key, _ in entries(held, "")}
        if not follows and name[:6] == "return":
            return held

        def note(key: str, x: object) -> object:
            if not follows:
                return self._of_held(f"{name}{key}", number, x, isinstance(held, list))
            if self._is_noted(number, old[key], x):
                return x
            self._keep(number, old[key])
            return self.note(f"{name}{key}", number, x)

        return with_entries(held, "", note)

    def _as_was(self, number: int, held: object) -> object:
        """A list that takes the place of an array as one: what was given as lists is in arrays."""
        old = self._old.get(number)
        if (
            old is None
            or not isinstance(held, (list, tuple))
            or len(held) != len(np.atleast_1d(old))
        ):
            return held
        now = np.array(held, dtype=object)
        return Values.of([*now.flat]).reshape(old.shape) if now.shape == old.shape else held

    def _is_noted(self, number: int, old: object, new: object) -> bool:
        """Whether what a statement moved was noted where that was done, or is what it was."""
        was, now = (np.array(x, dtype=object) for x in (old, new))
        since = self._steps.get(number, 0)
        moved = (e.value for e in reversed(self.events) if e.end > since and e.goes_on)
        known = (self.steps.nodes_now(was), *moved)
        return has_values(now) and any(same_nodes(now, nodes) for nodes in known)

    def _of_held(self, name: str, number: int, value: object, listed: bool) -> object:
        """Note what is assigned with others; zeros only as what a parameter may start from."""
        if not isinstance(value, (Values, int, float)):
            return value
        statement = self.statements[number]
        key = statement.function, name
        known = not isinstance(value, Values) or key in self.drawn
        if not statement.goes_on and is_start(value) and known:
            value = self._started(name, number, value)
        if not isinstance(value, Values):
            return value
        complete(value)
        zeros: object = value
        if not is_start(zeros):
            named = not listed and any(same_nodes(value, e.value) for e in reversed(self.events))
            return value if named else self.note(name, number, value)
        self.starts.take_made(key, value)
        self.made.append(value)
        return value

    def _drawn(self, number: int, value: object) -> object:
        """What is drawn at random as leaves, and so a script's own arrays: they are its givens."""
        if number in self._made:  # of plain numbers in lists: they are given already
            return value
        random = self._is_random(self.statements[number], value)
        if random:
            self._random.update(np.array(value, dtype=object).flat)
        if isinstance(value, Values) and self._is_rescaled(number, value):
            value[...] = Values.of([Value(x.data) for x in value.flat]).reshape(value.shape)
            return value  # in its place, for what else holds it
        if isinstance(value, Value):  # w, b = rng.randn(2) * 0.1
            return Value(value.data) if random and value.inputs else value
        if not isinstance(value, np.ndarray) or not value.size:
            return value
        if random or (self.script and value.dtype.kind == "f"):
            numbers = self.redrawn(numbers_of(value), random)
            nodes = [
                Value(float(n)) if not random or isinstance(x, Value) else x
                for n, x in zip(numbers.flat, value.flat)
            ]
            self._random.update(nodes if random else ())
            return Values.of(nodes).reshape(value.shape)
        return value

    def _is_rescaled(self, number: int, value: Values) -> bool:
        """Whether what the code has for itself is changed before its loops: `W *= 0.1`.

        What others move where entries are made is trained: `[net.step(x) for x in data]`. In a loop
        that makes the weights of each layer, what is drawn is only scaled.
        """
        old = self._old.get(number)
        if old is None:
            return False
        alike = old.shape == value.shape and all(isinstance(x, Value) for x in value.flat)
        own = {x for x in old.flat if isinstance(x, Value) and x.operation is None}
        if not alike or not own.issuperset(old.flat):
            return False
        looped = self._rounds.open or self._rounds.among
        if looped and not own.issuperset(reachable(*value.flat)[0]):
            return False
        return (self.script and not self._rounds.open) or self._random.issuperset(own)

    def _is_random(self, statement: Statement, value: object) -> bool:
        """Whether something is drawn; in a loop it is noise if it is computed from what was there.

        Before the loops of a script it is data: `y = X @ w + noise`.
        """
        names = "|".join(("gauss", r"\w+variate", *self.drawing))
        draws = re.search(rf"rand|\b({names})\(", statement.text)
        if not draws or not has_values(value):
            return False
        if self.script and not self._rounds.open:
            return True
        nodes = [x for x in np.array(value, dtype=object).flat if isinstance(x, Value)]
        leaves, inner = reachable(*nodes)
        before = (x for event in self.events for x in event.value.flat)
        return {*leaves, *inner}.isdisjoint(before)

    def _started(self, name: str, number: int, value: object) -> object:
        """What is assigned, as what a parameter may start from where it is a number, or zeros."""
        step, old = self._steps.get(number, len(self.reads)), self._old.get(number)
        return self.starts.assigned(name, self.statements[number], value, step, old)

    def _put(self, event: Event, whole: np.ndarray | None, anew: bool) -> object:
        right = self.put[event.index]
        was, event.written = event.shape, event.numbers
        computed = [Value(float(x)) * 1.0 for x in right.flat]  # no leaf: none is a parameter
        event.value = np.array(computed, dtype=object)
        event.value = event.value.reshape(right.shape)
        if right.shape != was or (whole is not None and anew):
            return event.value.copy().view(Values)
        return _written(event.value, whole)

    def item(self, name: str, number: int, base: Any, key: object) -> None:
        """Note what was assigned to an element: of an array the array, else what is there."""
        if isinstance(base, np.ndarray):
            made = self.note(name, number, base, True)
            if made is not base and isinstance(base, Values):
                base[...] = made  # drawn: `W[...] = np.random.rand(3, 4) - 0.5`
        elif key is not None:
            try:
                base[key] = self.note(f"{name}[{key!r}]", number, base[key])
            except (TypeError, KeyError, IndexError):
                return

    def enter(self, loop: int, among: bool = False) -> None:
        """Note that a round of a loop begins; among: of one that makes entries, in a statement."""
        self._rounds.begin(loop, among)

    def round(self, loop: int, among: bool = False) -> None:
        """Note that a round of a loop ends; it ends the code where it was a step of training."""
        if self._rounds.end(loop, among):
            self._anew.clear()

    def map(self, function: Callable[..., object], *inputs: Iterable[object]) -> Iterator[object]:
        """Yield what a function gives for each of its inputs, as a round each."""
        loop = -1 - len(self.reads)  # others count up from 0
        for given in zip(*inputs):
            self.enter(loop, True)
            made = function(*given)
            self.round(loop, True)
            yield made

    def is_update(self, event: Event) -> bool:
        """Whether a leaf was moved that something was computed from before: `W1 -= rate * dW1`."""
        return self._rounds.is_update(event)


def _written(nodes: np.ndarray, whole: np.ndarray | None) -> object:
    """Nodes as they are assigned: in the array that is there, or one by itself."""
    if whole is None:
        return nodes.item()
    whole[...] = nodes
    return whole


@contextlib.contextmanager
def on_values(trace: Trace) -> Iterator[None]:
    """Meanwhile, all is silent, Values stand in for numbers, and the trace may end what runs."""
    with (
        contextlib.suppress(Over),
        noting(trace.made, trace.guards, trace.unguarded, trace.note_clipped, trace.drawing),
        standing_in() as trace.compared,
        muted(),
        np.errstate(all="ignore"),
    ):
        yield

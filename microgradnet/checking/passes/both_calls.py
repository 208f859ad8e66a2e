"""Record a forward and a backward pass together, with their arguments, results and a loss.

The loss is the sum of the forward pass's output times a random upstream gradient. So a gradient
that ignores its upstream gradient is wrong, as it would not be for an upstream gradient of ones.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import traceback
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.upstream import PULLED
from microgradnet.checking.passes import pairing
from microgradnet.checking.passes.given import (
    apart,
    cached,
    in_order,
    is_loss_and_cache,
    like,
    loss_of,
    method_of,
    outputs_first,
    recorded_of,
    renewed,
    taken_apart,
    texts_of,
    upstream_of,
    values_in,
)
from microgradnet.checking.passes.pairing import Number, Pairs, is_object, walk
from microgradnet.checking.passes.returned import floats_in, note_returned
from microgradnet.checking.passes.slopes import is_by_element, is_slope, outputs_of
from microgradnet.tape.entry import Place
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.recording import (
    Recording,
    Subject,
    subject_of,
)
from microgradnet.tape.tensors import Context
from microgradnet.words import say

FILLED = ast.parse("zeros()", mode="eval").body  # the place of arrays that no point may draw
RATE = 0.1  # the learning rate for a backward pass that updates its parameters


@dataclass(slots=True)
class Seen:
    """The findings of a run of two passes.

    given: the arguments; held: parameters of a layer, each by all its paths; loss: its entry, None
    if the forward pass did not end; twin: that of another forward pass, which should equal it;
    returned, slots: the values returned, and those kept after the backward pass; place: of its
    return; rate: the learning rate it was given; has_ended: whether all passes ended; notes:
    sentences on arguments that are changed in place; above: the entries of the upstream
    gradients; has_extra: whether a number is returned that no upstream gradient is for.
    """

    given: list[Number] = field(default_factory=list)
    held: list[list[Number]] = field(default_factory=list)
    loss: int | None = None
    returned: list[Number] = field(default_factory=list)
    slots: list[Number] = field(default_factory=list)
    place: Place | None = None
    rate: float | None = None
    twin: int | None = None
    has_ended: bool = False
    notes: list[str] = field(default_factory=list)
    above: list[int] = field(default_factory=list)
    has_extra: bool = False


class Passes:
    """A forward and a backward pass with an example; `call` runs them with a recorder.

    is_unit: whether the upstream gradient keeps its default, as for a loss; is_own: whether the
    example is the person's own; is_whole: whether a number that it returns beside its outputs
    counts once, as a loss that is added to them; is_of_output: whether the backward pass, as the
    derivative of a function, takes the output of that: `s * (1 - s)` of a sigmoid.
    size: of the values of its first run, in bytes.
    """

    size = 0

    def __init__(
        self,
        forward: Any,
        backward: Any,
        example: Sequence[Any],
        is_unit: bool = False,
        is_own: bool = True,
        is_whole: bool = False,
        is_of_output: bool = False,
    ) -> None:
        self.forward, self.backward = (method_of(f) for f in (forward, backward))
        self.is_whole, self.is_of_output = is_whole, is_of_output
        self.known: Subject | None = None
        self.example, self.is_unit, self.is_own, self.seen = apart(example), is_unit, is_own, Seen()
        self.owner = getattr(self.forward, "__self__", None)
        if isinstance(self.owner, type):
            self.owner = None
        self.bound = self.fitted([*self.context(), *self.example])
        self.defaults = set(inspect.signature(self.forward).parameters) - set(self.bound.arguments)
        self.bound.apply_defaults()

    def context(self) -> list[Any]:
        """Return the context that the forward pass takes first, in a list; [] if it takes none."""
        names = list(inspect.signature(self.forward).parameters)
        return [Context()] if names[:1] in (["ctx"], ["context"]) else []

    def fitted(self, given: list[Any]) -> inspect.BoundArguments:
        """Return the example bound to the arguments of the forward pass.

        Raises TypeError if it does not fit, or has arrays that NumPy does not take as floats.
        """
        signature, name = inspect.signature(self.forward), self.forward.__name__
        try:
            found = signature.bind(*given)
        except TypeError as error:
            words = "the example does not fit {name}: {error}"
            raise TypeError(say(words, name=name, error=str(error))) from None
        for k, x in found.arguments.items():
            if isinstance(x, np.ndarray) and x.dtype.kind == "c":
                words = "{name} is an array of {kind}: give an array of floats"
                raise TypeError(say(words, name=k, kind=str(x.dtype)))
            if hasattr(x, "__array__") and not isinstance(x, (np.ndarray, np.generic)):
                kind = f"{type(x).__module__}.{type(x).__name__}"
                words = "{name} is a {kind}, and NumPy code is checked: give np.asarray({name})"
                raise TypeError(say(words, name=k, kind=kind))
        return found

    def subject(self) -> Subject:
        """Return the subject of the recording: the definitions of the passes, and the two calls."""
        functions = [getattr(f, "__func__", f) for f in self.functions()]
        self.known = self.known or subject_of(functions, self.call, self.parts())
        return replace(self.known, call=self.call)

    def functions(self) -> list[Any]:
        """Return the functions that are recorded."""
        return [self.forward, self.backward]

    def parts(self) -> dict[str, Any]:
        """Return the classes and functions of the arguments, by name."""
        found, seen = dict[str, Any](), set[int]()
        todo = [self.owner, *self.bound.arguments.values()]
        while todo:
            x = todo.pop()
            if id(x) in seen:
                continue
            seen.add(id(x))
            if isinstance(x, types.FunctionType):
                found[x.__name__] = x
            elif isinstance(x, dict):
                todo += x.values()
            elif isinstance(x, (list, tuple)):
                todo += x
            elif is_object(x):
                found |= {c.__name__: c for c in type(x).__mro__}
                todo += getattr(x, "__dict__", {}).values()
        return found

    # The run.

    def call(self, recording: Recording, recorder: Recorder) -> None:
        """Run the two passes, and note their arguments, results and kept values."""
        seen = self.seen = Seen()
        file, statement = next(iter(recording.trees)), ast.parse(f"loss = {PULLED}").body[0]
        place = Place(file, statement, ast.Name("loss"), "")
        recorder.tape.places.append(place)
        names = recording.names
        owner, arguments = copy.deepcopy((self.owner, dict(self.bound.arguments)))
        memo: dict[int, Any] = {}
        owner = renewed(owner, names, memo)
        arguments = {k: renewed(x, names, memo) for k, x in arguments.items()}
        arguments = {k: x * 1.0 if type(x) is float else x for k, x in arguments.items()}
        forward, backward = self.recorded(recorder, names, owner)
        self.give(recorder, place, arguments, owner)
        before = {n.path: (id(n.value), np.array(n.value)) for n in floats_in(owner)}
        inputs = [
            (n.name, n.value, n.value.copy()) for n in seen.given if isinstance(n.value, np.ndarray)
        ]
        bound = inspect.BoundArguments(self.bound.signature, arguments)
        whole = [x for n in walk(owner, ("self",)) for x in n.inside]
        out = forward(*bound.args, **bound.kwargs)
        pairing.mark_replaced(seen.held, owner)
        self.tape = recorder.tape
        outs, feed, above = self.fed(out, arguments)
        seen.loss = loss_of(recorder, place, outs, above)
        self.compared(recorder, place, above)
        seen.above = [recorder.tape.entry_of(d, place) for d in values_in(above)]
        inputs += [("dout", d, d.copy()) for d in values_in(above) if isinstance(d, np.ndarray)]
        self.changed(inputs, self.forward)
        inputs = [(name, x, x.copy()) for name, x, _ in inputs]
        returned = backward(*feed)
        self.changed(inputs, self.backward)
        kept = before, {id(x) for x in whole}
        note_returned(seen, self.backward, recorder, returned, owner, kept)
        seen.has_ended = True

    def recorded(
        self, recorder: Recorder, names: dict[str, Any], owner: Any
    ) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Return the recorded versions of the two passes; names: those of the module."""
        return recorded_of(self.forward, names, owner), recorded_of(self.backward, names, owner)

    def again(self, example: Sequence[Any]) -> Passes:
        """Return the same passes with another example."""
        given = self.forward, self.backward, example
        ways = self.is_unit, False, self.is_whole, self.is_of_output
        return self._alike(type(self)(*given, *ways))

    def with_loss(
        self, is_unit: bool = False, is_whole: bool = False, is_of_output: bool = False
    ) -> Passes:
        """Return the same passes with another loss."""
        given = self.forward, self.backward, self.example
        return self._alike(Passes(*given, is_unit, self.is_own, is_whole, is_of_output))

    @functools.cached_property
    def is_slope(self) -> bool:
        """Whether the backward pass is named as a derivative, without an upstream gradient."""
        return is_slope(self.forward, self.backward) and self.is_by_element

    @functools.cached_property
    def is_by_element(self) -> bool:
        """Whether the forward pass gives a number, or each element of its output by one alone."""
        x = next(iter(self.bound.arguments.values()), None)
        return is_by_element(x, lambda x: self.again([x, *self.example[1:]]).run_forward())

    def _alike(self, made: Passes) -> Passes:
        """Return passes with the definitions of these, which are not read again."""
        made.known = self.known
        return made

    def run_forward(self) -> Any:
        """Return the output of the forward pass alone, as written; raises its errors."""
        owner, arguments = copy.deepcopy((self.owner, dict(self.bound.arguments)))
        bound = inspect.BoundArguments(self.bound.signature, arguments)
        forward = self.forward if owner is None else getattr(owner, self.forward.__name__)
        return forward(*bound.args, **bound.kwargs)

    def pairs(self) -> Pairs:
        """Return the pairs of returned gradients and arguments."""
        held, given = [several[0] for several in self.seen.held], self.seen.given
        if self.is_slope and len(given) > 1:
            given = [n for n in given if n.name in outputs_of([x.name for x in given])]
        return pairing.by_position(self.seen.returned, given, held)

    def compared(self, recorder: Recorder, place: Place, above: Sequence[Any]) -> None:
        """Note the loss of another forward pass, if there is one."""

    def give(self, recorder: Recorder, place: Place, arguments: dict[str, Any], owner: Any) -> None:
        """Put the arguments and the numbers of a layer on the tape."""
        tape, seen = recorder.tape, self.seen
        for name, x in arguments.items():
            if isinstance(x, Context):
                continue
            for n in walk(x, (name,)):
                n.is_default = name in self.defaults
                if n.is_float:
                    n.number = tape.source(n.value, place).number
                seen.given.append(n)
        floats, by_id = list(floats_in(owner)), dict[int, list[Number]]()
        paths = [n.path for n in floats]
        known = {id(n.value): n.number for n in seen.given if n.number is not None}
        for n in floats:
            if pairing.is_place_of_gradient(n.path, paths):
                if isinstance(n.value, np.ndarray):
                    n.value[...] = 0  # so that an accumulated gradient starts from 0
                    tape.source(n.value, replace(place, node=FILLED))
                continue
            n.number = known.get(id(n.value))
            by_id.setdefault(id(n.value), []).append(n)
        for several in by_id.values():
            number = several[0].number
            number = tape.source(several[0].value, place).number if number is None else number
            for n in several:
                n.number = number
                tape.store(n.value, n.name, place)
            seen.held.append(several)

    def fed(self, out: Any, arguments: dict[str, Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """Return the outputs, the arguments of the backward pass, and its upstream gradients."""
        taken = [
            p
            for p in inspect.signature(self.backward).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
        names, required = [p.name for p in taken], [p.name for p in taken if p.default is p.empty]
        is_method = self.owner is not None
        is_unit = self.is_unit or self.is_slope
        upstream = [] if is_unit else upstream_of(names, required, self.backward, is_method)
        several = list(out) if type(out) is tuple else [out]
        if not upstream and not is_unit and self.returned_texts()[1:] == required[1:]:
            upstream = required[:1] if len(several) == len(required) > 1 else []
        rest = [n for n in required if n not in upstream]
        is_all = len(upstream) + len(rest) == len(several) > 1  # alpha is not a rate then
        rates = [] if is_all else [n for n in required if vocabulary.is_rate(n)]
        rest = [n for n in rest if n not in rates]
        several, named = outputs_first(several, self.returned_texts(), rest)
        context = [x for x in arguments.values() if isinstance(x, Context)]
        count = max(len(upstream), 1)
        is_split = len(several) > 1 and ((bool(rest) and not context) or count < len(several))
        end = named if named > count and not taken_apart(self.backward) & {*upstream} else count
        end += len(rest) == 1 and is_loss_and_cache(several[end:])
        outs, cache = (several[:end], several[end:]) if is_split else (several, [])
        if end == count < len(outs):
            outs = [tuple(outs)]
        outs, extra = outs[:count], [x for x in outs[count:] if isinstance(x, float)]
        self.seen.has_extra = bool(extra)
        rng = np.random.default_rng(5)
        above = [like(o, rng) for o in outs][: len(upstream)]
        values = dict(zip(upstream, above))
        values |= dict.fromkeys(rates, RATE * 1.0)
        self.seen.rate = RATE if rates else None
        if len(rest) == 1 and (self.is_slope or self.is_of_output):
            values[rest[0]] = outs[0] if self.is_of_output else next(iter(arguments.values()))
        else:
            values |= dict(zip(rest, context)) if context else cached(rest, cache, arguments, outs)
        both = [n for n in names if n in arguments and n not in {*required, *self.defaults}]
        feed = in_order(taken, {n: arguments[n] for n in both} | values)
        return outs + extra * self.is_whole, feed, above if upstream else []

    def returned_texts(self) -> list[str]:
        """Return the results of the forward pass, as text."""
        returns, name = self.tape.returns[::-1], self.forward.__name__
        return texts_of(next((p for p, _ in returns if p.function == name), None))

    def changed(self, inputs: Sequence[tuple[str, Any, Any]], f: Any) -> None:
        """Note which inputs a pass changed in place."""
        for name, now, was in inputs:
            if not np.array_equal(now, was, equal_nan=now.dtype.kind == "f"):
                self.seen.notes.append(say("{f} changes {name} in place", f=f.__name__, name=name))


def is_ours(error: BaseException) -> bool:
    """Whether an error was raised in this folder, and not in the person's code."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    return Path(files[-1]).parent == Path(__file__).parent

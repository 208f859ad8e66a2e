"""Run the calls that lead to a goal, with arguments that are made from guesses."""

from __future__ import annotations

import inspect
import math
import random
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from microgradnet.tape.feeding.by_name import OUTPUT, is_forward
from microgradnet.tape.feeding.dimensions import Sizes
from microgradnet.tape.feeding.fitness import arrays_in, is_gradient_of, spread, unfit
from microgradnet.tape.feeding.guesses import ARRAYS, Guess, classes_of, guessed, made
from microgradnet.tape.feeding.own_code import Code, Goal
from microgradnet.tape.feeding.stand_ins import Optimizer
from microgradnet.tape.feeding.state import Call, NoGradientError, State
from microgradnet.tape.limits import CLOCK

AGAIN = ("", "'")  # marks of two layers in a row
ONE_CALL = 0.3  # seconds after which the loops of a call end
Caller = Callable[..., Any]


def directly(function: Caller, *inputs: Any, **options: Any) -> Any:
    """Call a function with its arguments."""
    return function(*inputs, **options)


class Attempt:
    """One run of the preparatory calls and of the goal."""

    def __init__(self, code: Code, goal: Goal, state: State, call: Caller, seed: int) -> None:
        self.code, self.goal, self.state, self.call = code, goal, state, call
        self.seed = seed
        self.known: dict[str, Any] = {}  # arguments and results by name
        self.output: Any = None
        self.outputs: list[str] = []  # its names
        self.calls: list[Call] = []
        self.done = 0  # calls without those that make arguments
        self.given: dict[str, Any] = {}  # copies of the arrays and numbers before the last call
        self.mark = ""  # one for each layer before the one that is made

    def elsewhere(self, seed: int, call: Caller) -> Attempt:
        """Return an attempt to make the same calls with other sizes and numbers."""
        state = self.state.copy()
        state.sizes = state.sizes.other(seed) if seed else state.sizes
        return Attempt(self.code, self.goal, state, call, seed)

    def run(self) -> None:
        """Make the calls; raises their exceptions, and NoGradientError."""
        goal = self.goal
        self.code.reset()
        random.seed(self.seed)
        np.random.seed(self.seed)
        of = self.construct(goal.kind) if goal.kind else None
        for name in self.state.optimizers:
            setattr(of, name, Optimizer())
        self.done += 1
        for name in self.state.before:
            function = getattr(of, name, None) or self.code.functions.get(name)
            for mark in AGAIN if function and self.code.adds(function) else ("",):
                self.mark = mark
                self.known.pop(self.code.adds(function), None)
                self.use(function, f"{type(of).__name__}.{name}" if hasattr(of, name) else name)
            self.mark = ""
        before = dict(arrays_in(of, "self")) | self._globals()
        function = getattr(of, goal.name.rpartition(".")[2]) if goal.kind else goal.function
        result = self.use(function, goal.name)
        before |= self.given
        arrays = dict(arrays_in(result, "result")) | dict(arrays_in(of, "self"))
        arrays |= dict(arrays_in(self.calls[-1].arguments, "arguments")) | self._globals()
        self._judge(arrays, before)

    def _globals(self) -> dict[str, Any]:
        """Return the numbers and arrays of the global names, which a function may move."""
        plain = (int, float, np.ndarray, list, dict)
        names = self.code.namespace.items()
        return dict(arrays_in({k: x for k, x in names if isinstance(x, plain)}, "globals"))

    def _judge(self, after: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        """Raise NoGradientError unless there are new numbers, all finite and not all 0."""
        new = [x for k, x in after.items() if k not in before or not np.array_equal(x, before[k])]
        if not all(np.isfinite(x).all() for x in new):
            raise NoGradientError("not finite")
        if not any(np.any(x) for x in new if x.size > 1 or len(new) > 1):
            raise NoGradientError("no gradient")
        names = [call.name for call in self.calls[-2:-1]]
        is_plain = names in ([n] for n in self.code.partners(self.goal))
        is_plain &= not any(map(any, self.code.returned(self.goal.function)))
        last = self.calls[-2:] if is_plain else ()
        if off := dict(unfit(self.known, last, self.calls[:-1])):
            raise NoGradientError("another shape", off)
        if off := {k: shape for c in self.calls[:-1] for k, shape in spread(c).items()}:
            raise NoGradientError("a vector of another shape", off)
        shapes = {self.state.sizes[i] for i in self.state.dims()}
        if len(set(self.state.dims())) > 1 and len(shapes) < 2:
            raise NoGradientError("equal sizes")

    def construct(self, kind: type) -> Any:
        """Make an object of a class."""
        name = f"{kind.__name__}{self.mark}"
        init = inspect.getattr_static(kind, "__init__")
        own = inspect.isfunction(init)
        values, more = self.arguments(init, name, 1) if own else ({}, [])
        return self._called(kind, name, values, more)

    def use(self, function: Any, name: str) -> Any:
        """Call a function, and keep its arguments and results by name."""
        values, more = self.arguments(function, name, 0)
        self.known.update(values)
        result = self._called(function, name, values, more)
        self.done += 1
        if inspect.isgenerator(result):
            result = [x for _, x in zip(range(3), result)]
        self.known.setdefault(function.__name__.rpartition("_")[2], result)  # make_parameters
        for names in self.code.returned(function):
            if isinstance(result, tuple) and len(names) == len(result):
                self.known.update(zip(names, result))
            elif len(names) == 1 and names[0]:
                self.known[names[0]] = result
        if function.__name__ in self.code.partners(self.goal) and isinstance(result, tuple):
            self.outputs = [names[0] for names in self.code.returned(function) if names[0]]
            self._keep(result[1:])
            outputs = filter(OUTPUT.fullmatch, inspect.signature(self.goal.function).parameters)
            self.known = dict.fromkeys([*outputs][:1], result[0]) | self.known
        first = result[0] if isinstance(result, tuple) and result else result
        if first is None and is_forward(function.__name__):  # it keeps its output, the last array
            kept = vars(getattr(function, "__self__", Sizes())).values()
            first = next((x for x in reversed(kept) if isinstance(x, np.ndarray)), None)
        if isinstance(first, (np.ndarray, np.floating, float, list)):
            self.output = first
        return result

    def _keep(self, rest: tuple[Any, ...]) -> None:
        """Name the other results of a forward pass by the parameters of its backward pass."""
        taken = inspect.signature(self.goal.function).parameters
        rest = tuple(x for x in rest if not any(x is self.known.get(n) for n in taken))
        new = [n for n in taken if n not in self.known and n != "self"]
        names = [n for n in new if not is_gradient_of(n, self.outputs)]
        if len(names) == len(rest):
            self.known.update(zip(names, rest))

    def _called(self, function: Any, name: str, values: dict[str, Any], more: list[Any]) -> Any:
        CLOCK.start(ONE_CALL)
        parameters = inspect.signature(function).parameters.values()
        first = {p.name: p.default for p in parameters if p.kind is p.POSITIONAL_ONLY or more}
        while first and not more and [*first][-1] not in values:
            first.popitem()
        values = {n: values.get(n, default) for n, default in first.items()} | values
        inputs = [values[n] for n in first] + more
        options = {n: x for n, x in values.items() if n not in first}
        self.given = dict(arrays_in(values, "arguments"))
        try:
            result = self.call(function, *inputs, **options)
        finally:
            CLOCK.start(math.inf)
        self.calls.append(
            Call(name.rstrip(AGAIN[1]), values | ({"*": more} if more else {}), result)
        )
        return result

    def arguments(self, function: Any, name: str, skip: int) -> tuple[dict[str, Any], list[Any]]:
        """Return the arguments of a function by name, and the values of its `*args`."""
        values: dict[str, Any] = {}
        more: list[Any] = []
        parameters = list(inspect.signature(function).parameters.values())[skip:]
        for i, p in enumerate(parameters):
            key = f"{name}.{p.name}"
            if p.name in self.known and not skip and key not in self.state.own:
                values[p.name] = self.known[p.name]
                continue
            called, sizes = name.rpartition(".")[2], self.state.sizes
            guess = self.state.guesses.get(key)
            if guess is None and self.outputs and is_gradient_of(p.name, self.outputs):
                guess = Guess("like output")
            own = getattr(function, "__func__", function)
            as_told = self.state.as_told and own is not self.goal.function
            guess = guess or self.chained(
                guessed(self.code, function, called, p, i, sizes, as_told), name
            )
            if guess.kind == "one-hot" and not guess.is_told and np.ndim(self.output) == 2:
                guess = Guess("classes of output")
            if p.name in self.goal.plain and guess.kind in ARRAYS.split("|") and not guess.is_told:
                guess = Guess("few")
            self.state.guesses[key] = guess
            if p.kind is p.VAR_POSITIONAL:
                value = self.value(key, guess)
                more = list(value) if isinstance(value, (list, tuple, np.ndarray)) else [value]
            elif p.kind is p.VAR_KEYWORD:
                values |= self.value(key, guess) if guess.kind == "dict" else {}
            elif guess.kind != "default":
                values[p.name] = self.value(key, guess)
        return values, more

    def chained(self, guess: Guess, name: str) -> Guess:
        """Return a guess of a size; of a further layer, its input has the size of the one before.

        name: of the class, with a mark for each layer before it.
        """
        if guess.kind == "size" and self.mark and name.endswith(self.mark):
            guesses = self.state.guesses.items()
            before, own = (
                [g for k, g in guesses if k.startswith(f"{n}.")] for n in (name[:-1], name)
            )
            sizes = [g for g in before if g.kind == "size"]
            is_first = len(sizes) > 1 and not any(g.kind == "size" for g in own)
            guess.dims = [sizes[1].dims[0] if is_first else self.state.sizes.new()]
        return guess

    def value(self, key: str, guess: Guess) -> Any:
        """Return a value made from a guess."""
        kind = guess.kind
        if kind in ("given", "default"):
            return guess.among[0]
        if kind == "dict":
            return {
                k: self.known[k] if k in self.known else self.value(f"{key}.{k}", part)
                for k, part in guess.parts.items()
            }
        if kind == "function":
            guess.among = guess.among or self.code.activations() or [np.tanh]
            return self.code.own(guess.among[0])
        if kind == "object":
            return self.construct(self.code.own((guess.among or self.code.classes)[0]))
        if kind == "objects":
            kind_of = self.code.own((guess.among or self.code.classes)[0])
            layers = []
            for self.mark in AGAIN:
                layers.append(self.construct(kind_of))
            self.mark = ""
            return layers
        rng = np.random.default_rng(zlib.crc32(key.encode()) + self.seed)
        if kind == "like output" and self.output is not None:
            return rng.normal(size=np.shape(self.output))
        if kind == "classes of output":
            return classes_of(self.output)
        return made(guess, self.state.sizes, rng)

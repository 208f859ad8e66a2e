"""Hold a try of made-up calls: sizes and guesses of arguments, the calls, and how far they came."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from microgradnet.tape.feeding.dimensions import Sizes
from microgradnet.tape.feeding.guesses import KINDS, Guess, dims_of
from microgradnet.tape.feeding.own_code import Code, Goal
from microgradnet.words import say, sentence


@dataclass
class State:
    """A try: sizes, a guess for each argument, and the functions to call before the goal.

    own: the arguments that do not reuse known values of the same name; as_told: whether the shapes
    that the file tells count; optimizers: the attributes that one is put into.
    """

    sizes: Sizes
    guesses: dict[str, Guess]
    before: list[str]
    own: set[str]
    as_told: bool = True
    optimizers: frozenset[str] = frozenset()

    def copy(self) -> State:
        """Return an independent copy."""
        guesses = {key: guess.copy() for key, guess in self.guesses.items()}
        sizes = copy.copy(self.sizes)
        sizes.forms, sizes.names = [*self.sizes.forms], {**self.sizes.names}
        return replace(self, sizes=sizes, guesses=guesses, before=[*self.before], own={*self.own})

    def all(self) -> list[tuple[str, Guess]]:
        """Return all guesses and their parts, with their keys."""
        parts = [(f"{k}.{name}", p) for k, g in self.guesses.items() for name, p in g.parts.items()]
        return [*self.guesses.items(), *parts]

    def dims(self) -> list[int]:
        """Return the dimensions in use."""
        return [i for guess in self.guesses.values() for i in dims_of(guess)]

    def is_square(self) -> bool:
        """Whether two dimensions of one array have the same size, or one has size 1.

        An array that the file tells to be square is none.
        """
        free = [i for i in self.dims() if i != self.sizes.names.get("one")]
        several = [{*g.dims} if g.is_told else g.dims for g in self.guesses.values()]
        shapes = [[self.sizes[i] for i in dims if i in free] for dims in several]
        return any(len({*s}) < len(s) for s in shapes) or any(self.sizes[i] == 1 for i in free)

    def is_as_named(self) -> bool:
        """Whether dimensions that the file names apart, as N and D, have different sizes."""
        told = [{*g.dims} for g in self.guesses.values() if g.is_told]
        return all(len({self.sizes[i] for i in dims}) == len(dims) for dims in told)

    def part(self) -> None:
        """Give dimensions of equal size sizes of their own."""
        seen = set[int]()
        for i in dict.fromkeys(self.dims()):
            if self.sizes[i] in seen:
                self.sizes.free(i)
            seen.add(self.sizes[i])

    def another(self, guess: Guess, kind: str) -> None:
        """Change the kind of a guess."""
        features = guess.dims[-1:] if {guess.kind, kind} == {"matrix", "sequence"} else []
        guess.kind, guess.among, guess.parts = kind, [], {}
        dims = KINDS[kind][0].split() if kind in KINDS else []
        if kind not in ("indices", "rows of indices") or len(dims) != len(guess.dims):
            guess.dims = [self.sizes.named(d) for d in dims]
            guess.dims[len(dims) - len(features) :] = features
        elif isinstance(self.sizes.forms[guess.dims[-1]], int):
            self.sizes.forms[guess.dims[-1]] = 3  # a short sequence


@dataclass(frozen=True)
class Call:
    """A call that was made: the name of the function, the arguments and the result."""

    name: str
    arguments: Mapping[str, Any]
    result: Any

    def __str__(self) -> str:
        shown = [f"{name}={_shown(x)}" for name, x in self.arguments.items()]
        return f"{self.name}({', '.join(shown)})"


def _shown(x: object) -> str:
    if isinstance(x, np.ndarray):
        return f"array{x.shape}" if x.ndim else str(x)
    text = getattr(x, "__name__", "") or (repr(x) if len(repr(x)) < 30 else "")
    return text if text and "object at" not in text else type(x).__name__


class NoGradientError(Exception):
    """The calls ran, but no result can be a gradient.

    shapes: those of the gradients that have another shape than their argument, by its name.
    """

    def __init__(self, text: str, shapes: Mapping[str, tuple[int, ...]] | None = None) -> None:
        super().__init__(text)
        self.shapes = shapes or {}


@dataclass(frozen=True)
class Reached:
    """The progress of an attempt: the number of calls made, and the lines of the failure."""

    far: tuple[int, ...] = ()
    state: State = field(default_factory=lambda: State(Sizes(), {}, [], set()))
    error: BaseException = field(default_factory=Exception)
    frames: tuple[traceback.FrameSummary, ...] = ()

    def why(self, goal: Goal, code: Code) -> str:
        """Return the reason why a goal was not reached, in words."""
        if not self.frames:
            words = "{name} did not run, and no made-up arguments give a gradient: call it"
            return say(words, name=goal.name)
        words = (
            "{name} did not run, and no arguments could be made up for it (line {line}, "
            "{kind}: {error}): call it with a few rows of data"
        )
        if code.lacks(self.error):
            words = "{name} cannot run: line {line} stops ({kind}: {error})"
        kind, text = type(self.error).__name__, sentence(self.error)
        return say(words, name=goal.name, line=self.frames[-1].lineno, kind=kind, error=text)

    @staticmethod
    def by(calls: int, state: State, error: BaseException, file: str) -> Reached:
        """Return the progress after some calls, up to an error, with the frames in a file."""
        every = traceback.extract_tb(error.__traceback__)
        frames = tuple(f for f in every if f.filename == file)
        lines = [f.lineno or 0 for f in frames]
        if isinstance(error, NoGradientError):
            lines = [1 << 30]
        hollow = any(g.kind == "dict" and not g.parts for g in state.guesses.values())
        if hollow and not isinstance(error, KeyError):  # nothing was read from the dict
            calls, lines = 0, []
        return Reached((calls, *lines), state, error, frames)

"""The known ways to derive wrongly, each tried on what was written until one explains it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

import numpy as np

from microgradnet.checking.cases import Case, Columns
from microgradnet.checking.judging import same
from microgradnet.checking.names import parts
from microgradnet.words import listed, say

__all__ = ["DIVIDED", "MISTAKES", "all_that_fit", "factor_in_words", "in_words"]

Guess = tuple[np.ndarray, str]


def in_words(case: Case) -> str:
    """Return the mistake that gives what was written at every point, or "" if none known does."""
    return next(_fitting(case), "")


def all_that_fit(case: Case) -> list[str]:
    """Return all mistakes that give what was written: at one point there may be several.

    That any number of all there are is a factor too many is said only where nothing else fits.
    """
    *likely, last = MISTAKES
    return list(dict.fromkeys(_fitting(case, likely))) or list(_fitting(case, [last]))


def _fitting(
    case: Case, mistakes: Sequence[Callable[[Case], Iterator[Guess]]] | None = None
) -> Iterator[str]:
    if not case.written.any() and case.as_run.any():
        return  # 0 only where the others are put right: no words would be about what was written
    with np.errstate(all="ignore"):
        for mistake in mistakes or MISTAKES:
            for guess, words in mistake(case):
                if _fits(guess, case.written):
                    yield words


def _fits(guess: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Whether a guess is what was written, wherever it is a number: a factor may be 0.

    A guess is right / value * other, which is 0 / 0 where the factor `value` is 0, and tells
    nothing there; it has to tell something at half of the points, at least. Of a table of guesses,
    each is told.
    """
    known = np.isfinite(guess)
    telling = known & ((guess != 0.0) | (written != 0.0))
    enough = 2 * telling.sum(-1) >= len(written)
    enough |= known.all(-1) & (not written.any())
    agrees = (same(guess, written) | ~known).all(-1)
    fits: np.ndarray = enough & agrees & ~np.isinf(guess).any(-1)
    return fits


def _those(
    case: Case, columns: Columns, guess: Callable[[np.ndarray], np.ndarray]
) -> Iterator[tuple[str, np.ndarray]]:
    """The names of those of which a guess is what was written, with it; all are tried at once."""
    guesses = guess(columns.table)
    for name, fits, x in zip(columns, _fits(guesses, case.written), guesses):
        if fits:
            yield name, x


def nothing(case: Case) -> Iterator[Guess]:
    """A constant 0, or a parameter that is never moved."""
    if case.is_update:
        yield np.zeros_like(case.right), say("{name} is never updated", name=_of(case.name))
    a, b = _parts(case.name)
    yield np.zeros_like(case.right), say("is 0, but {a} does depend on {b}", a=a, b=b)
    if not case.right.any() and len(case.right) > 1 and not case.is_update:
        yield case.written, say("is not 0, but {a} does not depend on {b}", a=a, b=b)


def swapped(case: Case) -> Iterator[Guess]:
    """Two derivatives in each other's place."""
    for name, right in _those(case, case.others, lambda x: x):
        if np.all(same(case.others_written[name], case.right)):
            yield right, say("swapped with {name}", name=_of(name))


def factor_mistaken(case: Case) -> Iterator[Guess]:
    """Another number, or another derivative, in the place of a factor: an index not changed."""
    for name, value, alternatives in case.factors:
        rest = case.right / value
        for words, guess in _those(case, alternatives, partial(np.multiply, rest)):
            yield guess, words
        for other, guess in _those(case, _alike(case, name), partial(np.multiply, rest)):
            if other != name:
                words = say("uses {used} where {meant} belongs", used=other, meant=name)
                yield guess, _copied(case, words)


def copied(case: Case) -> Iterator[Guess]:
    """The whole of another derivative."""
    for name, right in _those(case, case.others, lambda x: x):
        if case.is_update and name.startswith("update "):
            yield right, say("moves by the gradient of {name}", name=_of(name))
        elif case.is_update:
            yield right, say("moves by {name} alone", name=name)
        else:
            yield right, say("is {name}: copied and not changed?", name=name)


def constant_factor(case: Case) -> Iterator[Guess]:
    """A sign, a factor 2, any other number too many or missing."""
    ratios = case.written / case.right
    ratio = float(np.median(ratios[np.isfinite(ratios)])) if np.isfinite(ratios).any() else 0.0
    if not ratio:
        return
    guess = ratio * case.right
    if len(case.right) == 1 and _short(abs(ratio)) not in (0.5, 1.0, 2.0):
        return  # at one point any number is a factor
    yield guess, factor_in_words(ratio, case.is_update)


DIVIDED = "divided by {n:g}, the number of samples, once too often"


UP, DOWN = "moves up the gradient, not down", "moves down the gradient, not up"


def factor_in_words(
    ratio: float, is_update: bool, samples: Collection[float] = (), climbed: bool = False
) -> str:
    """Return a constant too many or missing in words.

    samples: how many there may be, by which a mean divides; climbed: whether updates go up.

    >>> factor_in_words(-2.0, False), factor_in_words(0.5, False)
    ('the sign is wrong and a factor 2 too much', 'a factor 2 is missing')
    """
    size, inverse = _short(abs(ratio)), _short(1.0 / abs(ratio))
    sign = say((DOWN if climbed else UP) if is_update else "the sign is wrong")
    factor = say("a factor {size:g} too much", size=size)
    if size == 1.0:
        factor = ""
    elif size in samples:
        factor = say("a factor 1/{n:g} is missing: the mean over the {n:g} samples", n=size)
    elif inverse in samples:
        factor = say(DIVIDED, n=inverse)
    elif is_update:
        factor = say("moves at {size:g} times the rate of the others", size=size)
    elif inverse == round(inverse) and size < 1:
        factor = say("a factor {size:g} is missing", size=inverse)
    return listed((sign if ratio < 0 else "", factor), " and ")


def _short(x: float) -> float:
    """A number without what rounding adds to it."""
    return float(f"{x:.6g}")


def path_left_out(case: Case) -> Iterator[Guess]:
    """A term left out of the sum over the paths, or all terms but one."""
    for name, term in case.terms:
        yield case.right - term, say("the path through {name} is left out", name=name)
    for name, term in case.terms:
        yield term, say("has only the path through {name}", name=name)


def factor_left_out(case: Case) -> Iterator[Guess]:
    """A factor that is not there."""
    for name, value, _ in case.factors:
        yield case.right / value, say("{name} is left out", name=name)


def factor_too_much(case: Case) -> Iterator[Guess]:
    """A factor that does not belong there, or twice."""
    for name, value, _ in case.factors:
        yield case.right * value, say("{name} is there twice", name=name)
        words = say("divides by {name} instead of multiplying by it", name=name)
        yield case.right / value**2, words
    for columns in (case.values_there, case.others_there):
        for name, guess in _those(case, columns, lambda x: case.right * x):
            yield guess, say("{name} does not belong there", name=name)
        for name, guess in _those(case, columns, lambda x: case.right / x):
            yield guess, say("{name} is left out", name=name)


def added(case: Case) -> Iterator[Guess]:
    """The step of another parameter, or of weight decay, on top; a factor added, not multiplied."""
    parameter = _of(case.name)
    if case.is_update and parameter in case.values:
        value = case.values[parameter]
        part = float(np.median((case.written - case.right) / value))
        words = "moves by {part:.6g} × {parameter} too, which is not in L"
        yield case.right + part * value, say(words, part=part, parameter=parameter)
    for name, guess in _those(case, case.others, lambda x: case.right + x):
        if case.is_update and name.startswith("update "):
            yield guess, say("moves by the gradient of {name} as well", name=_of(name))
    for name, value, _ in case.factors:
        words = say("adds {name} instead of multiplying by it", name=name)
        yield case.right / value + value, words


def constant(case: Case) -> Iterator[Guess]:
    """One number, whatever the point."""
    number = case.written[0]
    if len(case.written) == 1 and number != 1.0:
        return
    everywhere = len(case.written) > 1
    words = "is {number:g} at every point" if everywhere else "is {number:g}"
    yield np.full_like(case.written, number), say(words, number=number)


MISTAKES: tuple[Callable[[Case], Iterator[Guess]], ...] = (
    nothing,
    constant_factor,
    swapped,
    factor_left_out,
    factor_mistaken,
    copied,
    path_left_out,
    added,
    constant,
    factor_too_much,
)


def _alike(case: Case, factor: str) -> Columns:
    """What may stand in the place of a factor: derivatives for one, forward numbers for others."""
    return case.others_there if any(parts(factor)) else case.values_there


def _copied(case: Case, words: str) -> str:
    """The words, and of which other derivative this is the whole."""
    whole = () if case.is_update else _those(case, case.others, lambda x: x)
    for name, _ in whole:
        return say("{words}: copied from {name}?", words=words, name=name)
    return words


def _parts(name: str) -> tuple[str, str]:
    """A and B of `d_A_d_B` as they are spelled."""
    spelled = re.fullmatch(r"d_?(.+?)_d_?(.+)", name)
    return spelled.groups() if spelled else ("L", name.removeprefix("update "))  # type: ignore


def _of(name: str) -> str:
    return name.removeprefix("update ")

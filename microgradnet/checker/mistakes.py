"""The known ways to derive wrongly, each tried on what was written until one explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from microgradnet.checker.factors import between, factors, terms
from microgradnet.checker.judging import Finding, same
from microgradnet.checker.runs import Run
from microgradnet.naming import parts
from microgradnet.value import Value

__all__ = ["MISTAKES", "Case", "in_words"]

Guess = tuple[np.ndarray, str]


@dataclass
class Case:
    """A wrong derivative and what could have been mistaken for it; arrays over the runs.

    name, written, right: of the derivative; values: the named numbers of the forward pass;
    others: the right numbers of the other derivatives, others_written: what was written for them;
    factors: of the right one, by name, with their alternatives by words; terms: of its sum.
    """

    name: str
    written: np.ndarray
    right: np.ndarray
    values: dict[str, np.ndarray]
    others: dict[str, np.ndarray]
    others_written: dict[str, np.ndarray]
    factors: list[tuple[str, np.ndarray, dict[str, np.ndarray]]] = field(default_factory=list)
    terms: list[tuple[str, np.ndarray]] = field(default_factory=list)

    @property
    def is_update(self) -> bool:
        """Whether it is an update line, whose numbers are the gradient that it moves by."""
        return self.name.startswith("update ")


def in_words(finding: Finding, findings: Sequence[Finding], runs: Sequence[Run]) -> str:
    """Return the mistake that gives what was written at every point, or "" if none known does."""
    case = _case(finding, findings, runs)
    with np.errstate(all="ignore"):  # a guess may divide by 0: then it is none
        for mistake in MISTAKES:
            for guess, words in mistake(case):
                if np.all(same(guess, case.written)):
                    return words
    return ""


def nothing(case: Case) -> Iterator[Guess]:
    """A constant 0, or a parameter that is never moved."""
    if case.is_update:
        yield np.zeros_like(case.right), f"{case.name.removeprefix('update ')} is never updated"
    a, b = _parts(case.name)
    yield np.zeros_like(case.right), f"is 0, but {a} does depend on {b}"


def swapped(case: Case) -> Iterator[Guess]:
    """Two derivatives in each other's place."""
    for name, right in case.others.items():
        if np.all(same(case.others_written[name], case.right)):
            yield right, f"swapped with {_of(name)}"


def factor_mistaken(case: Case) -> Iterator[Guess]:
    """Another number, or another derivative, in the place of a factor: an index not changed."""
    for name, value, alternatives in case.factors:
        for words, other in alternatives.items():
            yield case.right / value * other, words
        for other_name, other in _candidates(case, name).items():
            words = f"uses {other_name} where {name} belongs"
            yield case.right / value * other, words + _copied(case)


def copied(case: Case) -> Iterator[Guess]:
    """The whole of another derivative."""
    for name, right in case.others.items():
        if case.is_update and name.startswith("update "):
            yield right, f"moves by the gradient of {_of(name)}"
        elif case.is_update:
            yield right, f"moves by {name} alone"
        else:
            yield right, f"is {name}: copied and not changed?"


def constant_factor(case: Case) -> Iterator[Guess]:
    """A sign, a factor 2, any other number too many or missing."""
    ratio = float(np.median(case.written / case.right))
    if not np.isfinite(ratio) or not ratio:
        return
    guess = ratio * case.right
    size = float(f"{abs(ratio):.6g}")
    if len(case.right) == 1 and size not in (0.5, 1.0, 2.0):
        return  # at one point any number is a factor
    inverse = float(f"{1.0 / abs(ratio):.6g}")
    sign = "the sign is wrong" if ratio < 0 else ""
    if case.is_update:
        rate = f"moves at {size:g} times the rate of the others"
        sign = "moves up the gradient, not down" if ratio < 0 else ""
    else:
        missing = inverse == round(inverse) and size < 1
        rate = f"a factor {inverse:g} is missing" if missing else f"a factor {size:g} too much"
    yield guess, " and ".join(words for words in (sign, rate if size != 1 else "") if words)


def path_left_out(case: Case) -> Iterator[Guess]:
    """A term left out of the sum over the paths, or all terms but one."""
    for name, term in case.terms:
        yield case.right - term, f"the path through {name} is left out"
    for name, term in case.terms:
        yield term, f"has only the path through {name}"


def factor_left_out(case: Case) -> Iterator[Guess]:
    """A factor that is not there."""
    for name, value, _ in case.factors:
        yield case.right / value, f"{name} is left out"


def factor_too_much(case: Case) -> Iterator[Guess]:
    """A factor that does not belong there, or twice."""
    for name, value, _ in case.factors:
        yield case.right * value, f"{name} is there twice"
        yield case.right / value**2, f"divides by {name} instead of multiplying by it"
    for name, value in (case.values | case.others).items():
        yield case.right * value, f"{name} does not belong there"
        yield case.right / value, f"does not belong divided by {name}"


def added(case: Case) -> Iterator[Guess]:
    """The step of another parameter, or of weight decay, on top; a factor added, not multiplied."""
    parameter = _of(case.name)
    if case.is_update and parameter in case.values:
        value = case.values[parameter]
        part = float(np.median((case.written - case.right) / value))
        yield case.right + part * value, f"moves by {part:.6g} × {parameter} too, which is not in L"
    for name, right in case.others.items():
        if case.is_update and name.startswith("update "):
            yield case.right + right, f"moves by the gradient of {_of(name)} as well"
    for name, value, _ in case.factors:
        yield case.right / value + value, f"adds {name} instead of multiplying by it"


def constant(case: Case) -> Iterator[Guess]:
    """One number, whatever the point."""
    number = case.written[0]
    if len(case.written) == 1 and number != 1.0:
        return
    yield np.full_like(case.written, number), f"is {number:g} at every point"


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


def _case(finding: Finding, findings: Sequence[Finding], runs: Sequence[Run]) -> Case:
    index = {i: k for k, i in enumerate(finding.runs)}
    chosen = [runs[i] for i in finding.runs]
    others: dict[str, np.ndarray] = {}
    written: dict[str, np.ndarray] = {}
    for other in findings:
        if other is not finding and other.name != "forward" and set(index) <= set(other.runs):
            at = [list(other.runs).index(i) for i in finding.runs]
            others[other.name], written[other.name] = other.right[at], other.local[at]
    values = _common([_numbers(run) for run in chosen])
    case = Case(finding.name, finding.local, finding.right, values, others, written)
    ends = [_ends(finding.name, run) for run in chosen]
    links = [name for name in _links(chosen[0], *ends[0]) if name in others]
    case.factors = [(name, others[name], {}) for name in links] + _factors(chosen, ends)
    sums = [terms(a, b) for a, b in ends]
    if len({tuple(name for name, _ in s) for s in sums}) == 1:
        columns = zip(*[[x for _, x in s] for s in sums])
        case.terms = [(name, np.array(x)) for (name, _), x in zip(sums[0], columns)]
    return case


def _numbers(run: Run) -> dict[str, float]:
    """The numbers a person may have taken by mistake; those of one node under one name."""
    named = {v.label: v.data for k, v in run.values.items()}
    return named | {f"{name} after its update": v.data for name, (_, v) in run.updates.items()}


def _ends(name: str, run: Run) -> tuple[Value, Value]:
    if name == "forward":
        return (run.forward or (run.loss, run.loss))[1], run.loss
    if name.startswith("update "):
        return run.loss, run.updates[name.removeprefix("update ")][0]
    return run.derivatives[name][1:]


def _factors(
    runs: Sequence[Run], ends: Sequence[tuple[Value, Value]]
) -> list[tuple[str, np.ndarray, dict[str, np.ndarray]]]:
    found = [factors(a, b, run.values) for run, (a, b) in zip(runs, ends)]
    if len({tuple(f.name for f in each) for each in found}) != 1:
        return []  # branches: not the same chain at every point
    return [
        (
            column[0].name,
            np.array([f.value for f in column]),
            _common([f.alternatives for f in column]),
        )
        for column in zip(*found)
    ]


def _links(run: Run, a: Value, b: Value) -> list[str]:
    """The derivatives that are links of the chain from b to a."""
    path = set(between(a, b))
    pairs = {name: (x, y) for name, (_, x, y) in run.derivatives.items()}
    return [n for n, (x, y) in pairs.items() if x in path and y in path and (x, y) != (a, b)]


def _common(columns: Sequence[Mapping[str, float]]) -> dict[str, np.ndarray]:
    names = [k for k in columns[0] if all(k in column for column in columns)]
    return {k: np.array([column[k] for column in columns]) for k in names}


def _candidates(case: Case, factor: str) -> dict[str, np.ndarray]:
    """What may stand in the place of a factor: derivatives for one, forward numbers for others."""
    alike = case.others if any(parts(factor)) else case.values
    return {name: value for name, value in alike.items() if name != factor}


def _copied(case: Case) -> str:
    for name, right in case.others.items():
        if not case.is_update and np.all(same(right, case.written)):
            return f": copied from {name}?"
    return ""


def _parts(name: str) -> tuple[str, str]:
    return next(parts(name), ("L", name.removeprefix("update ")))


def _of(name: str) -> str:
    return name.removeprefix("update ")

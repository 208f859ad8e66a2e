"""Propose edits by the value that a statement should have: a product that is missing in it.

The value that would make all claims right is solved for. If it differs from the written value by a
product of powers of the names in scope, or is that many times the value, this product is the term
or the factor that is left out. Its exponents are found by least squares of logarithms.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.mending.edit_factors import fitted
from microgradnet.checking.mending.edit_parts import Line, binary, formula
from microgradnet.checking.mending.edits import Edit
from microgradnet.checking.mending.sites import Site
from microgradnet.checking.mending.solving import given_by, solved
from microgradnet.tape.replay import ancestors
from microgradnet.tape.tape import Tape
from microgradnet.words import say

MOST_NAMES, MOST_FACTORS = 12, 4  # names that are tried, and factors of one product
NEAR = 1e-7  # of exponents and logarithms
HIGHEST = 3  # exponent
PLAIN = (1.0, 2.0, 0.5, 3.0, 4.0)  # constants of a product


def edits_by_value(tape: Tape, step: Step, site: Site) -> list[Edit]:
    """Return the edits that add the missing term or factor to a statement, the shortest first."""
    written, right = _values(tape, step, site)
    if not written or not right or written[0].shape != np.shape(right[0]) or not written[0].ndim:
        return []
    line = Line(site.place.statement)
    if len(line.values) != 1 or "\n" in line.text or not isinstance(line.statement, STATEMENTS):
        return []
    value, found, shape = line.values[0], list[Edit](), written[0].shape
    names = {
        k: _joined(x, shape)[: right[0].size * len(right)]
        for k, x in _names(tape, step, site, shape).items()
    }
    u, g = _joined(written, shape), _joined(right, shape)
    for text, is_negative in _products(g - u, names):
        sign = "-" if is_negative else "+"
        words = "the term - {name} is left out" if is_negative else "the term + {name} is left out"
        new = binary(value.code, sign, formula(text))
        found.append(Edit(value.put(new), say(words, name=text), 1.9))
    with np.errstate(all="ignore"):
        factor = g / u
    for text, is_negative in _products(factor, names):
        new = binary(value.code, "*", formula(f"(-{text})" if is_negative else text))
        found.append(Edit(value.put(new), say("the factor {name} is left out", name=text), 1.9))
    return sorted(found, key=lambda e: len(e.suggestion))


STATEMENTS = (ast.Assign, ast.Return)


def _joined(several: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Return values at several points as one vector."""
    return np.concatenate([np.broadcast_to(x, shape).ravel() for x in several])


def _values(tape: Tape, step: Step, site: Site) -> tuple[list[Any], list[Any]]:
    """Return the values of a statement, point by point, and its right values where known."""
    judgement, runs = step.judgement, step.runs
    hard = [judgement.claims[i] for i in sorted(judgement.hard)]
    pairs = [(c, judgement.factors.get(c.kind)) for c in hard]
    claims, factors = [c for c, f in pairs if f], [f for _, f in pairs if f]
    behind = ancestors(tape.entries, [judgement.claims[i].number for i in step.off])
    given = given_by(tape, site.place, claims, behind)
    written = [np.asarray(v[n], dtype=float) for n in given for v in runs.values]
    for c, f in zip(claims, factors):  # the value is the claim itself
        own = tape.entries[c.number]
        if given in ([c.number], [*own.operands]):
            return written, [np.asarray(runs.right(c, k)) * f for k in range(len(runs.values))]
    return written[:1], (solved(runs, claims, factors, given) or []) if len(given) == 1 else []


def _names(tape: Tape, step: Step, site: Site, shape: tuple[int, ...]) -> dict[str, list[Any]]:
    """Return the values of the names in scope that broadcast to a shape, point by point."""
    found, atoms = dict[str, list[Any]](), site.scope.atoms if site.scope is not None else {}
    for s in tape.stores:
        of = tape.entries[s.number]
        if s.text not in atoms or s.number >= site.first or of.kind != "f":
            continue
        text = fitted(s.text, shape, of.shape) or s.text
        known = [np.asarray(v[s.number]) for v in step.runs.values]
        known = [x.reshape((*x.shape, *[1] * text.count("None"))) for x in known]
        sides = zip(known[0].shape[::-1], shape[::-1])
        if known[0].ndim <= len(shape) and all(m in (1, n) for m, n in sides):
            found[text] = known
    inside = ast.unparse(site.place.statement)
    return dict(sorted(found.items(), key=lambda x: x[0] not in inside)[:MOST_NAMES])


def _products(wanted: Any, names: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield the shortest products of powers that equal a value, and whether they are negative."""
    same = {k: bool(np.all(x == x[0]) and x[0]) for k, x in names.items()}
    numbers = {k: abs(float(x[0])) for k, x in names.items() if same[k]}
    arrays, is_found = [k for k in names if not same[k]], False
    with np.errstate(all="ignore"):
        total = np.log(np.abs(wanted))
        logs = {k: np.log(np.abs(names[k])) for k in arrays}
    for count in range(MOST_FACTORS + 1):
        for chosen in combinations(arrays, count):
            fit = _powers(total, [logs[k] for k in chosen])
            for constant in _constants(fit, numbers):
                powers = dict(zip(chosen, fit or ()))
                product: Any = np.exp((fit or [0.0])[-1])
                for k, p in powers.items():
                    product = product * _power(names[k], p)
                for sign in (1.0, -1.0):
                    if np.allclose(sign * product, wanted, rtol=1e-6, atol=0):
                        is_found = True
                        yield _text({**powers, **constant}), sign < 0
        if is_found:
            return


def _power(x: Any, p: float) -> Any:
    with np.errstate(all="ignore"):
        return np.asarray(x, dtype=float) ** p


def _powers(total: Any, logs: Sequence[Any]) -> list[float] | None:
    """Return the exponents of a product, and the logarithm of its constant; None without any."""
    sure = np.isfinite(total)
    for log in logs:
        sure = sure & np.isfinite(log)
    if sure.sum() < len(logs) + 2:
        return None
    rows = np.array([*(log[sure] for log in logs), np.ones(int(sure.sum()))]).T
    if np.linalg.matrix_rank(rows) < rows.shape[1]:
        return None
    found = np.linalg.lstsq(rows, total[sure], rcond=None)[0]
    halves = np.round(2 * found[:-1]) / 2
    is_near = np.abs(rows @ found - total[sure]).max() < NEAR
    is_plain = np.abs(halves - found[:-1]).max(initial=0.0) < NEAR
    few = all(0 < abs(p) <= HIGHEST for p in halves)
    return [*halves.tolist(), float(found[-1])] if is_near and is_plain and few else None


def _constants(fit: list[float] | None, numbers: Mapping[str, float]) -> Iterator[dict[str, float]]:
    """Yield the powers of numbers, plain or named, whose product is the constant of a fit."""
    logarithm = fit[-1] if fit is not None else np.nan
    for plain in PLAIN:
        for name, x in {"": 1.0, **numbers}.items():
            for p in (1.0, -1.0, 0.5, -0.5, 2.0, -2.0) if name else (1.0,):
                if abs(np.log(plain) + p * np.log(x) - logarithm) < NEAR and (x != 1 or not name):
                    yield {
                        **({f"{plain:g}": 1.0} if plain != 1 else {}),
                        **({name: p} if name else {}),
                    }


def _text(powers: Mapping[str, float]) -> str:
    """Return a product of powers as code: `c * x / np.sqrt(n)`."""
    above = [_factor(k, p) for k, p in powers.items() if p > 0] or ["1"]
    below = [_factor(k, -p) for k, p in powers.items() if p < 0]
    return " / ".join([" * ".join(above), *below])


def _factor(name: str, p: float) -> str:
    if p == 0.5:
        return f"np.sqrt({name})"
    return name if p == 1 else f"{name} ** {p:g}"

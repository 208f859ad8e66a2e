"""A cost that is mistaken itself: all gradients are those of a known one, an edit away from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from microgradnet.checking.blaming import afresh, weigh
from microgradnet.checking.by_value import Examined
from microgradnet.checking.editing import fitting_edits
from microgradnet.checking.found import found_in
from microgradnet.checking.guessing import guessed_losses
from microgradnet.checking.recognising import equal, finite, group_of
from microgradnet.checking.report import WRONG, Row, written_at
from microgradnet.checking.trying import is_same
from microgradnet.tracing.events import Event

__all__ = ["as_known"]


def as_known(whole: Examined) -> tuple[Examined, Row, set[str]] | None:
    """Return a derivation with its cost mended, the row on that, and no more that follows.

    None where some gradient is one of the cost as it stands, where one line explains all that is
    wrong, or no edit of the cost is known by which nothing is.
    """
    wrong, event = weigh(afresh(whole)), _cost(whole)
    lines = {group_of(one.event) for one in wrong if not one.update}
    if event is None or len(lines) < 2 or any(one.match for one in wrong if not one.update):
        return None
    seeds = [point.trace.seed for point in whole.points[:2]]
    for rights in _known(whole, seeds):
        tests = [partial(_is, right=right) for right in rights]
        for _, node, words in fitting_edits(whole, [event], tests, seeds):
            other = whole.anew(replace(whole.code, edited={event.statement.key: node}))
            if not weigh(afresh(other)):
                row = Row(event.name, WRONG, event.numbers.item(), rights[0], 0.0, None, "", words)
                return other, written_at(row, event.statement.file, event.line), set()
    return None


def _is(written: np.ndarray, right: float) -> bool:
    return written.size == 1 and equal(written.ravel(), np.array([right]))


def _cost(whole: Examined) -> Event | None:
    """Where the code computes its loss; None where it does not."""
    point = whole.points[0]
    own = (e for e in point.trace.own if not e.shape and e.value.item() is point.loss)
    return None if whole.assumed else next(own, None)


def _known(whole: Examined, seeds: list[int]) -> Iterator[list[float]]:
    """The known losses that all are gradients of, as many times as these are."""
    runs = [whole.rerun(seed) for seed in seeds]
    for guess in guessed_losses(None):
        made = [(t, s.given, guess.of(t, s.given, {**s.fixed, **t.fixed})) for t, s in runs]
        points = [finite(t, given, loss) for t, given, loss in made if loss is not None]
        known = [point for point in points if point is not None]
        alike = (
            len(known) == len(runs) and len({(*(f.key for f in p.forward),) for p in known}) == 1
        )
        ends = [one for one in found_in(known) if one.ends] if alike else []
        constants = [one.match.constant if one.match else 0.0 for one in ends if not one.update]
        if constants and constants[0] and all(is_same(c, constants[0]) for c in constants):
            yield [constants[0] * point.loss.data for point in known]

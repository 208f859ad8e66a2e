"""Derivations at random, in nine styles: right ones are right, and no mistake in one is."""

from collections import Counter

import pytest

from tests.marks import few, share

from .generated import STYLES
from .mutations import wrong_ones

OWN = 0.75  # of the mistakes, at least as many are wrong on their own line alone
RIGHT = 0.06  # at most as many are called right: a derivative that has no row, say


@pytest.mark.parametrize("style", few(STYLES, 1))
def test_right_derivations_are_right(style):
    for seed in range(4):
        report = style(seed).report()
        assert report, (style(seed).source, report)


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_no_false_alarm(style):
    seeds = range(1000, 1000 + share(80))
    alarms = {k: report for k in seeds if wrong(report := style(k).report())}
    assert not alarms, [*alarms.items()][:1]


def wrong(report):
    """The rows that are wrong."""
    return [row for row in report.rows if row.verdict == "wrong"]


def is_own(row, mutant):
    """Whether a row is of what a mutant has another line of."""
    own = mutant.target.removeprefix("self.")
    named = {own, mutant.target, mutant.target.partition("[")[0]}
    return row.line == mutant.line or row.name.removeprefix("update ") in named


@pytest.mark.slow
def test_mistakes_are_blamed_on_their_own_line():
    """Three edits of a line in each of two derivations of each style."""
    found, said = Counter(), []
    for style in STYLES:
        for seed in range(share(8)):
            for mutant in wrong_ones(style(seed), "d", 3, seed)[0]:
                report = mutant.derivation.report()
                rows = wrong(report)
                kind = "own" if rows and all(is_own(r, mutant) for r in rows) else "another"
                kind = kind if rows else "right" if report else "untold"
                found[kind] += 1
                said += [] if kind == "own" else [(style.__name__, seed, mutant.text, kind)]
    print(dict(found), *said, sep="\n")
    assert found["own"] >= OWN * found.total(), said
    assert found["right"] <= RIGHT * found.total(), said

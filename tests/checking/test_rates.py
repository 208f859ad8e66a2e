"""Derivations at random, in nine styles: right ones are right."""

import pytest

from tests.marks import few, share

from .generated import STYLES


@pytest.mark.parametrize("style", few(STYLES, 1))
def test_right_derivations_are_right(style):
    for seed in range(4):
        report = style(seed).report()
        assert report, (style(seed).source, report)


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_no_false_alarm(style):
    seeds = range(1000, 1000 + share(48))
    alarms = {k: report for k in seeds if wrong(report := style(k).report())}
    assert not alarms, [*alarms.items()][:1]


def wrong(report):
    """The rows that are wrong."""
    return [row for row in report.rows if row.verdict == "wrong"]

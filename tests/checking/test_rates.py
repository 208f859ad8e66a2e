"""Derivations in nine styles, and each written at random in other ways: what is right is right."""

import pytest

import microgradnet as mg
from tests.marks import few, share
from tests.sources import executed

from .handmade import STYLES, check_training, varied
from .told import versions


def report_of(text):
    if "class Net" in text:
        return check_training(text)
    names = executed(text)
    if "backward" in names:
        return mg.check_backward(names["forward"], names["backward"], *names["EXAMPLE"])
    return mg.check(names.get("derive") or names["by_hand"], *names.get("EXAMPLE", ()))


@pytest.mark.parametrize("path", few(STYLES, 1), ids=lambda path: path.stem)
def test_right_derivations_are_right(path):
    for version in versions(path):
        report = report_of(version.text)
        assert report, (version.name, report)


@pytest.mark.slow
@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_no_false_alarm(path):
    several = [*versions(path)]
    for seed in range(share(48)):
        text = varied(several[seed % len(several)].text, seed)
        report = report_of(text)
        assert not [row for row in report.rows if row.verdict == "wrong"], (text, report)

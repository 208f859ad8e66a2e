"""Files by many choices that people make: right ones are so, a mistake is on its own line."""

import random

import pytest

from tests.checking.files import checked, wrong
from tests.checking.people import in_batches, one_by_one
from tests.marks import few, share

SEEDS = range(share(100))


def moved(report):
    return [row.name for row in report.rows if row.name.startswith("update ")]


@pytest.mark.parametrize("seed", few(SEEDS, 6))
def test_samples_one_by_one_are_right_and_each_parameter_has_a_row(tmp_path, seed):
    file = one_by_one(seed)
    report = checked(tmp_path, file.text)
    assert report, (file.text, report)
    assert len(moved(report)) == file.parameters, file.text


@pytest.mark.parametrize("seed", few(SEEDS, 4))
def test_batches_are_right_and_each_parameter_has_a_row(tmp_path, seed):
    file = in_batches(seed)
    report = checked(tmp_path, file.text)
    assert report, (file.text, report)
    assert len(moved(report)) == file.parameters, file.text


def mistakes(file):
    """What may be wrong in a line, by its name: what is written there, and what instead."""
    found = []
    for name in file.lines:
        if name.startswith("update "):
            found += [(name, " -", " +"), (name, " +", " -")]
        elif name in ("delta1", "dz1"):
            found += [(name, "** 2", "** 3"), (name, "(1 - ", "(2 - ")]
        elif name in ("delta2", "dz2"):
            found += [
                (name, "o - t", "t - o"),
                (name, "t - o", "o - t"),
                (name, "a2 - y", "y - a2"),
            ]
        elif name in ("dW1", "db1", "dW2", "db2"):
            found += [(name, " = ", " = 2 * ")]
    lines = file.text.splitlines()
    return [one for one in found if one[1] in lines[file.lines[one[0]] - 1]]


@pytest.mark.slow
@pytest.mark.parametrize("style", [one_by_one, in_batches])
def test_a_mistake_is_caught_and_blamed_on_its_own_line(tmp_path, style):
    """Of two parameters of which one goes up, either may be meant: there is the rest."""
    own = caught = 0
    for seed in SEEDS:
        file = style(seed)
        name, old, new = random.Random(seed).choice(mistakes(file))
        blamed = wrong(checked(tmp_path, file.spoilt(name, old, new)))
        caught += bool(blamed)
        own += {line for line, _ in blamed.values()} == {file.lines[name]}
    print(f"\n{style.__name__}: {caught} caught, {own} on their own line, of {len(SEEDS)}")
    assert caught == len(SEEDS)
    assert own >= 0.95 * len(SEEDS)

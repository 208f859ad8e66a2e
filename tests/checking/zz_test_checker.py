"""mg.check: each mistake blamed on its own line and named, nothing right called wrong."""

import itertools
import random

import pytest

from microgradnet.checking import examining
from tests.checking.handmade import TUTORIAL, Net, blamed, check, mistakes, spoil, varied
from tests.marks import STEP, few, sampled, share
from tests.processor import timed

pytestmark = pytest.mark.usefixtures("without_examples")


def test_the_tutorials_derivation_is_right_in_less_than_a_second():
    report, seconds = timed(lambda: check(TUTORIAL.function()))
    assert seconds < 1.0
    assert report, report
    assert len(report.rows) == 12 + 9


@pytest.mark.parametrize(("seed", "every"), few([(0, 6), (0, 1), (1, 1), (2, 1), (3, 1)], 1))
def test_each_mistake_is_blamed_in_another_net(seed, every):
    rng = random.Random(seed)
    net = Net(rng.randint(2, 4), rng.randint(2, 4), rng.choice(["sigmoid", "tanh"]))
    source = net.function(products=rng.random() < 0.5)
    for old, new, name, words in mistakes(net)[::every]:
        report = check(spoil(source, old, new))
        assert blamed(report) == [name], (new, report)
        assert words in report.rows[0].mistake


@pytest.mark.parametrize("every", few([14, STEP], 1))
def test_pairs_of_mistakes_are_both_blamed(every):
    source = TUTORIAL.function()
    for one, other in [*itertools.combinations(mistakes(TUTORIAL), 2)][::every]:
        if one[2] == other[2]:
            continue
        report = check(spoil(spoil(source, *one[:2]), *other[:2]))
        assert blamed(report) == sorted([one[2], other[2]]), (one, other, report)
        assert one[3] in "".join(row.mistake for row in report.rows)


def test_swapped_factors_are_both_blamed():
    source = spoil(TUTORIAL.function(), "d_ypred_d_w5 = h1 *", "d_ypred_d_w5 = h2 *")
    report = check(spoil(source, "d_ypred_d_w6 = h2 *", "d_ypred_d_w6 = h1 *"))
    assert blamed(report) == ["d_ypred_d_w5", "d_ypred_d_w6"]
    assert [row.mistake for row in report.rows if row.verdict == "wrong"] == [
        "swapped with d_ypred_d_w6",
        "swapped with d_ypred_d_w5",
    ]


def random_points(size):
    def points(names, count, seed=0):
        rng = random.Random(size)
        for _ in range(count):
            yield {name: rng.uniform(-1, 1) * 10 ** rng.uniform(-3, size) for name in names}

    return points


@pytest.mark.parametrize("seed", few(range(30), 10))
def test_no_false_alarm(seed):
    _, source = varied(seed)
    report = check(source)
    assert not blamed(report), report
    assert all(row.verdict in ("right", "cannot tell") for row in report.rows)


@pytest.mark.slow
def test_no_false_alarm_in_random_correct_derivations_anywhere(monkeypatch):
    """Of 10,000, or as many as are sampled."""
    monkeypatch.setattr(examining, "POINTS", 1)
    for seed in range(share(10_000)):
        monkeypatch.setattr(examining, "informative", random_points(seed % 7 / 2))
        _, source = varied(seed)
        report = check(source)
        assert not blamed(report), (seed, source, report)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_pairs_of_mistakes_in_another_net_are_both_blamed(seed):
    rng = random.Random(seed)
    net = Net(rng.randint(2, 4), rng.randint(2, 4), rng.choice(["sigmoid", "tanh"]))
    pairs = [*itertools.combinations(mistakes(net), 2)]
    for one, other in sampled(pairs[seed::3]):  # a third for each seed, with a net of its own
        if one[2] != other[2]:
            report = check(spoil(spoil(net.function(), *one[:2]), *other[:2]))
            assert blamed(report) == sorted([one[2], other[2]]), (one, other, report)

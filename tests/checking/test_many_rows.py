"""Derivations of hundreds of numbers: judged in seconds, however many of them are wrong."""

import numpy as np
import pytest

import microgradnet as mg
from tests.processor import timed
from tests.sources import executed


def net(n_in, sizes):
    rng = np.random.default_rng(0)
    net = mg.MLP(n_in, sizes, activation="sigmoid", output="sigmoid", seed=0)
    out = net([mg.Value(x, f"x{i}") for i, x in enumerate(rng.normal(size=n_in))])
    targets = [mg.Value(y, f"y{i}") for i, y in enumerate(rng.uniform(size=sizes[-1]))]
    return sum((o - y) ** 2 for o, y in zip(out, targets)), dict(net.named_parameters())


@pytest.mark.slow
def test_442_wrong_rows_are_compared_in_seconds():
    loss, parameters = net(16, [16, 10])
    loss.backward()
    doubled = {f"d_L_d_{name}": 2.0 * w.grad for name, w in parameters.items()}
    report, seconds = timed(lambda: mg.compare(loss, doubled))
    assert seconds < 15.0  # 3 s; not done in minutes before
    assert len(report.rows) == 442
    assert all("a factor 2 too much" in row.mistake for row in report.rows)


@pytest.mark.slow
def test_a_net_in_scalars_is_checked_in_seconds():
    loss, parameters = net(7, [7, 4])
    source = str(mg.derive(loss, list(parameters.values())))
    before, _, _ = source.rpartition("return ")
    spoilt = before.replace("d_h1_d_w2 = x1 *", "d_h1_d_w2 = x0 *") + "return locals()\n"
    assert spoilt.count("d_h1_d_w2 = x0 *") == 1
    report, seconds = timed(lambda: mg.check(executed(spoilt)["derivatives"]))
    assert seconds < 15.0  # 2 s; ten times that before
    assert [row.name for row in report.rows if row.verdict == "wrong"] == ["d_h1_d_w2"]

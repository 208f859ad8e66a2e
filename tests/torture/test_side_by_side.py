"""Threads that train, record, check, draw and save side by side each get what they get alone.

One program in many threads, on every engine and each way to run it: tests/programs/test_threads.py.
"""

import json
import operator

import pytest

import microgradnet as mg
from tests.checking.spoilt import by_hand
from tests.strategies import bits
from tests.threads import in_threads, turns_taken_often  # noqa: F401

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("turns_taken_often")]


def fit(seed, folder, engine="auto"):
    net = mg.MLP(2, [3, 1], seed=seed)
    history = mg.fit(net, *mg.datasets.gender(), epochs=20, engine=engine, progress=False)
    return bits([*net.state_dict().values(), *history.losses])


def eager(seed, folder):
    return fit(seed, folder, "eager")


def record(seed, folder):
    program = mg.record(lambda x, y: mg.where(x, mg.exp(x * y), seed) + mg.sin(y) ** 2, 0.5, 0.25)
    return str(program), program(0.1 * seed, 0.3)


def check(seed, folder):
    return mg.check(by_hand).to_dict()


def draw(seed, folder):
    net = mg.MLP(2, [2, 1], seed=seed)
    return mg.draw(mg.mse(net([1.0, 2.0]), 0.0)).dot.source


def save(seed, folder):
    """Saved where everybody saves, it is whole, whoever came last; where nobody else does, its."""
    net = mg.MLP(2, [2, 1], seed=seed)
    net.save(folder / "of_all.json")
    json.loads((folder / "of_all.json").read_text())
    assert len(mg.load(folder / "of_all.json").parameters()) == 9
    return bits(mg.load(net.save(folder / f"{seed}.json")).state_dict().values())


def compare(seed, folder):
    """Values are compared, and stay nodes, whatever other threads do with theirs."""
    x = mg.Value(1.0 * seed)
    assert not operator.eq(x, 1.0 * seed)
    assert x
    with pytest.raises(TypeError):
        float(x)
    return (x > 0.5, f"{x:.1f}", bits(g.data for g in mg.grad(mg.exp(x) * x, [x])))


WORK = (fit, eager, record, check, draw, save, compare)


def test_each_gets_what_it_gets_alone(tmp_path):
    alone = {(work, seed): work(seed, tmp_path) for work in WORK for seed in range(3)}
    wrong = []

    def run(i):
        for k in range(len(WORK)):
            work, seed = WORK[(i + k) % len(WORK)], (i + k) % 3
            if work(seed, tmp_path) != alone[work, seed]:
                wrong.append((work.__name__, seed))

    in_threads(run)
    assert wrong == []


@pytest.mark.parametrize("work", WORK, ids=lambda work: work.__name__)
def test_eight_of_a_kind_too(tmp_path, work):
    alone = [work(seed, tmp_path) for seed in range(3)]
    wrong = []

    def run(i):
        for k in range(3):
            if work((i + k) % 3, tmp_path) != alone[(i + k) % 3]:
                wrong.append(i)

    in_threads(run)
    assert wrong == []

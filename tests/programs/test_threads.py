"""One program in many threads gives each the bits it gives alone, on every engine."""

import copy
import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from tests.marks import NATIVE, engines
from tests.threads import THREADS, in_threads, turns_taken_often  # noqa: F401

pytestmark = pytest.mark.usefixtures("turns_taken_often")
WAYS = {
    "call": lambda program, shared, rows: [program(*shared, *row) for row in rows[:20]],
    "map": lambda program, shared, rows: program.map(shared, rows),
    "mean": lambda program, shared, rows: program.mean(shared, rows),
    "scan": lambda program, shared, rows: program.scan(shared, rows[:50], 2),
}


@functools.cache
def larger_step(engine):
    """The same step of a larger net, and a twin that no threads have run."""
    program, n_shared = training_step(engine, widths=(8, 8, 1))
    return program, copy.deepcopy(program), n_shared


def training_step(engine, widths=(3, 1)):
    """A step of per-sample training, a program of several hundred lines."""
    net = mg.MLP(2, list(widths), activation="tanh", seed=0)
    x = [mg.Value(0.5, "x1"), mg.Value(0.2, "x2"), mg.Value(1.0, "y_true")]
    loss, parameters = mg.mse(net(x[:2]), x[2]), net.parameters()
    following = [p - 0.1 * g for p, g in zip(parameters, mg.grad(loss, parameters))]
    program = mg.compile([*following, loss], [*parameters, *x], engine)
    return program, len(parameters)


def bits(found):
    """The bytes of an answer, be it numbers, an array, or both."""
    parts = found if isinstance(found, tuple) else (found,)
    return [np.asarray(part, dtype=float).tobytes() for part in parts]


def wrong_answers(program, twin, n_shared, ways, counts, repeats):
    """How many answers of threads, each with its own numbers, are not those of its twin alone."""
    rng = np.random.default_rng(0)
    columns = program.n_inputs - n_shared
    given = [(rng.normal(size=n_shared), rng.normal(size=(n, columns))) for n in counts]
    alone = [[bits(WAYS[way](twin, *x)) for way in ways] for x in given]
    wrong = []

    def work(i):
        for _ in range(repeats):
            for way, right in zip(ways, alone[i]):
                if bits(WAYS[way](program, *given[i])) != right:
                    wrong.append((i, way))

    in_threads(work)
    return wrong


@pytest.mark.slow
@engines
def test_a_program_in_threads_gives_the_bits_it_gives_alone(engine):
    program, n_shared = training_step(engine)  # not run yet: all threads build it at once
    counts = [300] * 4 + [20, 20, 7, 1]
    twin = copy.deepcopy(program)
    assert wrong_answers(program, twin, n_shared, [*WAYS], counts, repeats=4) == []


def test_a_long_program_of_the_native_engine_likewise(monkeypatch):
    pytest.importorskip("llvmlite", reason="needs the extra native")
    from microgradnet.programs.engines import native

    monkeypatch.setattr(native, "LONGEST_STRAIGHT", -1)
    program, n_shared = training_step("native")
    twin = copy.deepcopy(program)
    assert wrong_answers(program, twin, n_shared, list(WAYS), [20] * THREADS, repeats=10) == []


@pytest.mark.parametrize("engine", ["python", "numpy", NATIVE])  # jax compiles for each number
@pytest.mark.slow
@given(
    st.lists(st.sampled_from([1, 7, 64, 300, 700]), min_size=THREADS, max_size=THREADS),
    st.permutations(list(WAYS)),
)
def test_whatever_the_rows_and_the_order_of_the_ways(engine, counts, ways):
    program, twin, n_shared = larger_step(engine)
    assert wrong_answers(program, twin, n_shared, ways, counts, repeats=2) == []

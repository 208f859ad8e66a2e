"""Several rows on the native engine: a lifted program in chunks, spread over the cores."""

import math
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

import microgradnet as mg
from microgradnet.programs.engines import threads
from microgradnet.programs.lifting import lift
from tests.programs.recorded import gradient_program
from tests.strategies import over_rows

pytest.importorskip("llvmlite")
from microgradnet.programs.engines import native
from microgradnet.programs.engines.native import batches, fusing
from microgradnet.programs.engines.native.code import Kind
from microgradnet.programs.engines.python import Interpreted


def net(sizes=(3, 5, 2), activation="tanh"):
    """A program of loss and gradient, and the numbers of the net."""
    n_in, *widths = sizes
    made = mg.MLP(n_in, widths, activation=activation, output="linear", seed=0)
    program = gradient_program(made, n_targets=widths[-1])
    return program, np.array([p.data for p in made.parameters()])


@pytest.fixture(scope="module")
def small():
    """The same, and its engine."""
    program, numbers = net()
    return program, numbers, native.Native(program)


def table(program, numbers, n):
    return np.random.default_rng(n).normal(size=(n, program.n_inputs - len(numbers)))


def assert_close(found, expected):
    """Within a few roundings of the largest: sums are added up in another order."""
    scale = np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15 * (1.0 + 50 * scale))


@pytest.mark.parametrize("means", [False, True])
@given(over_rows())
def test_a_random_graph_over_rows_is_the_graph(means, drawn):
    program, shared, rows = drawn
    made, reference = (
        batches.Batches(lift(program, len(shared), means), means),
        Interpreted(program),
    )
    way = "mean" if means else "map"
    found, expected = (getattr(x, way)(shared, rows) for x in (made, reference))
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12, equal_nan=True)


def test_the_last_vector_adds_nothing_of_its_own():
    # 1 / x is inf where nothing stands; the sum over 9 rows has 7 lanes too many.
    program = mg.record(lambda w, x: (w / x, w * x * x), 1.0, 2.0)
    found = native.Native(program).mean(np.array([3.0]), np.full((9, 1), 2.0))
    assert found.tolist() == [1.5, 12.0]


@pytest.mark.slow
def test_four_lanes_do_as_eight(small, monkeypatch):
    program, numbers, made = small
    monkeypatch.setattr(batches, "widest", lambda: Kind(4))
    rows = table(program, numbers, 45)
    assert_close(native.Native(program).mean(numbers, rows), made.mean(numbers, rows))


@pytest.fixture
def in_parts(small, monkeypatch):
    """The engine with pieces of one chunk, and rows for 12 of them."""
    program, numbers, made = small
    rows = table(program, numbers, 2_000)
    made.mean(numbers, rows[:2]), made.map(numbers, rows[:2])
    monkeypatch.setattr(batches, "PIECE", 1)
    return made, numbers, rows


@pytest.mark.parametrize("way", ["map", "mean"])
def test_any_number_of_threads_gives_the_same_bits(way, in_parts, monkeypatch):
    made, numbers, rows = in_parts
    found = set()
    for n in ("1", "2", "5"):
        monkeypatch.setenv(threads.VARIABLE, n)
        found |= {getattr(made, way)(numbers, rows).tobytes() for _ in range(5)}
    assert len(found) == 1


def test_many_threads_share_an_engine(in_parts, monkeypatch):
    made, numbers, rows = in_parts
    monkeypatch.setenv(threads.VARIABLE, "3")
    expected = made.mean(numbers, rows).tobytes()
    with ThreadPoolExecutor(6) as pool:
        found = pool.map(lambda _: made.mean(numbers, rows).tobytes(), range(60))
        assert set(found) == {expected}


@pytest.mark.parametrize("given", ["0", "two", "-1", "1.5", ""])
def test_a_number_of_threads_that_is_none_is_an_error(given, monkeypatch):
    monkeypatch.setenv(threads.VARIABLE, given)
    with pytest.raises(ValueError, match="MICROGRADNET_THREADS is a number of threads, 1 or more"):
        threads.threads()


def test_an_interrupt_ends_the_work_and_leaves_no_piece_behind(monkeypatch):
    monkeypatch.setenv(threads.VARIABLE, "2")
    main, done = threading.current_thread(), []

    def work(i):
        done.append(i)
        if threading.current_thread() is main and len(done) > 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        threads.in_pieces(work, 10**6)
    count = len(done)
    threads.in_pieces(lambda i: None, 100)  # so the helper is free again
    assert count < 10**6
    assert len(done) <= count + 1


def test_an_error_of_a_helper_is_raised(monkeypatch):
    monkeypatch.setenv(threads.VARIABLE, "2")
    main, begun = threading.current_thread(), threading.Event()

    def work(i):
        if threading.current_thread() is not main:
            begun.set()
            raise ZeroDivisionError
        assert begun.wait(30.0)

    with pytest.raises(ZeroDivisionError):
        threads.in_pieces(work, 2)


def test_nobody_waits_for_helpers_that_are_busy(monkeypatch):
    monkeypatch.setenv(threads.VARIABLE, "2")
    free = threading.Event()
    busy = [threads._pool().submit(free.wait, 30.0) for _ in range(8)]
    done = []
    threads.in_pieces(done.append, 5)
    assert done == [0, 1, 2, 3, 4]
    free.set()
    assert all(x.result() for x in busy)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*")  # Python 3.12 warns, and JAX once it was used
def test_a_fork_has_helpers_of_its_own(in_parts, monkeypatch):
    made, numbers, rows = in_parts
    monkeypatch.setenv(threads.VARIABLE, "2")
    expected = made.mean(numbers, rows).tobytes()
    child = os.fork()
    if not child:
        signal.alarm(20)  # a hang ends it
        os._exit(0 if made.mean(numbers, rows).tobytes() == expected else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_what_is_not_alike_runs_row_by_row(small, monkeypatch):
    program, numbers, _ = small
    monkeypatch.setattr(batches, "MOST_STEPS", 3)
    rows = table(program, numbers, 9)
    found = native.Native(program).map(numbers, rows)
    assert found.tolist() == Interpreted(program).map(numbers, rows).tolist()


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_sums_of_products_lie_within_the_bound_of_any_order(engine):
    n, rng = 40, np.random.default_rng(0)
    w, x = ([mg.Value(0.5, f"{name}{i}") for i in range(n)] for name in "wx")
    total = mg.weighted_sum(w, x, 0.0)
    program = mg.compile([total, *mg.grad(total * total, w)], [*w, *x], engine)
    numbers = rng.normal(size=n) * 10.0 ** rng.integers(-8, 8, n)
    rows = rng.normal(size=(50, n))
    rows[:, 1::2] = -rows[:, ::2] * (numbers[::2] / numbers[1::2])  # nearly nothing is left
    exact = [sum(Fraction(a) * Fraction(b) for a, b in zip(numbers, row)) for row in rows]
    bounds = (n + 2) * 2.0**-53 * np.abs(rows * numbers).sum(axis=1)
    found = program.map(numbers, rows)[:, 0]
    assert all(abs(Fraction(a) - b) <= c for a, b, c in zip(found, exact, bounds))
    assert max(abs(float(x)) / c for x, c in zip(exact, bounds)) < 1.0
    totals, means = np.array(exact, dtype=float), program.mean(numbers, rows)
    products = 2.0 * rows * totals[:, None]
    error = np.abs(means[1:] - products.mean(axis=0))
    of_totals = 2.0 * (bounds[:, None] * np.abs(rows)).mean(axis=0)
    assert np.all(error <= of_totals + (len(rows) + 2) * 2.0**-53 * np.abs(products).mean(axis=0))


def test_a_quotient_by_its_inverse_has_the_same_bits(monkeypatch):
    y = mg.Value(0.5, "x")
    program = mg.compile([mg.sigmoid(y), *mg.grad(mg.tanh(y), [y])], [y])
    scales = np.repeat([0.1, 1.0, 30.0, 300.0], 5_000)
    x = np.random.default_rng(0).uniform(-1.0, 1.0, 20_000) * scales
    rows = np.concatenate([x, [0.0, -0.0, math.inf, -math.inf, math.nan]])[:, None]
    found = [batches.in_batches(program, 0, False).map(np.empty(0), rows)]
    monkeypatch.setattr(fusing.Loop, "is_logistic", lambda loop, x, y: False)
    found.append(batches.in_batches(program, 0, False).map(np.empty(0), rows))
    assert np.array_equal(found[0], found[1], equal_nan=True)


def test_other_quotients_stay_quotients():
    program = mg.record(lambda w, x: w / (1.0 + mg.exp(-abs(x))), 1.0, 2.0)
    made = native.Native(program)
    for w in (math.inf, -0.0, 1e308):
        found = made.map(np.array([w]), np.ones((3, 1)))
        assert [str(y) for y in found[:, 0]] == [str(program(w, 1.0)[0])] * 3

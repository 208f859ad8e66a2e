"""Rows of all kinds through the engines that compute in arrays: the numbers of the lines."""

import tracemalloc

import numpy as np
import pytest

import microgradnet as mg
from tests.marks import engines
from tests.programs.networks import differs

N = 31  # parameters of the net


@pytest.fixture(scope="module")
def recorded():
    """A program of the loss and gradient of a 3-4-3 net, by its lines, and its parameters."""
    net = mg.MLP(3, [4, 3], activation="tanh", output="linear", seed=0)
    x = [mg.Value(0.1 * i, f"x{i + 1}") for i in range(3)]
    y = [mg.Value(float(not i), f"y{i + 1}") for i in range(3)]
    loss = mg.mse(net(x), y)
    parameters = net.parameters()
    outputs = [loss, *mg.grad(loss, parameters)]
    inputs = [*parameters, *x, *y]
    return (lambda engine: mg.compile(outputs, inputs, engine)), [p.data for p in parameters]


def rows(n, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 6))


def hold(program, numbers, table, also=None):
    """Hold map and mean of a table (also: the same rows in another form) against the lines."""
    whole = np.column_stack([np.tile(numbers, (len(table), 1)), table])
    given = table if also is None else also
    found = program.map(numbers, given)
    assert not np.any(differs(program, N, whole, found, False))
    if len(table):
        assert not np.any(differs(program, N, whole, program.mean(numbers, given), True))


@engines
@pytest.mark.parametrize("n", [1, 2, 3, 65])
def test_any_number_of_rows(engine, n, recorded):
    make, numbers = recorded
    hold(make(engine), numbers, rows(n))


@engines
def test_many_rows_are_run_in_chunks(engine, recorded):
    make, numbers = recorded
    program, lines, table = make(engine), make("python"), rows(2_500)
    close = {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(program.map(numbers, table), lines.map(numbers, table), **close)
    np.testing.assert_allclose(program.mean(numbers, table), lines.mean(numbers, table), **close)


@engines
def test_no_rows_have_no_outputs_and_no_mean(engine, recorded):
    make, numbers = recorded
    program = make(engine)
    assert program.map(numbers, np.empty((0, 6))).shape == (0, N + 1)
    with pytest.raises(ValueError, match="1 or more rows"):
        program.mean(numbers, np.empty((0, 6)))


@engines
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_row_that_is_not_finite_spoils_no_other(engine, bad, recorded):
    make, numbers = recorded
    program, table = make(engine), rows(9)
    clean = program.map(numbers, table)
    table[4, 1] = bad
    found = program.map(numbers, table)
    others = np.arange(9) != 4
    np.testing.assert_allclose(found[others], clean[others], rtol=1e-14)
    expected = make("python").map(numbers, table)[4]
    assert np.array_equal(np.isfinite(found[4]), np.isfinite(expected))
    means = program.mean(numbers, table)
    assert np.array_equal(np.isfinite(means), np.isfinite(make("python").mean(numbers, table)))


FORMS = {
    "every second": lambda table: np.repeat(table, 2, axis=0)[::2],
    "backwards": lambda table: table[::-1].copy()[::-1],
    "by columns": np.asfortranarray,
    "a part of wider rows": lambda table: np.column_stack([table, table])[:, :6],
    "lists": lambda table: table.tolist(),
    "read only": lambda table: np.frombuffer(table.tobytes()).reshape(table.shape),
    "big-endian": lambda table: table.astype(">f8"),
}


@engines
@pytest.mark.parametrize("form", FORMS)
def test_rows_in_any_form(engine, form, recorded):
    make, numbers = recorded
    table = rows(20)
    hold(make(engine), numbers, table, FORMS[form](table))


@engines
@pytest.mark.parametrize("kind", ["float32", "int64", "int8", "bool"])
def test_rows_of_other_numbers(engine, kind, recorded):
    make, numbers = recorded
    table = (3 * rows(20)).astype(kind)
    hold(make(engine), numbers, table.astype(float), table)


def test_memory_does_not_grow_with_the_rows(recorded):
    make, numbers = recorded
    peaks = []
    for n in (20_000, 200_000):  # chunks are 4,285 rows, and what is left over two thirds of one
        program, table = make("numpy"), rows(n)
        tracemalloc.start()
        program.mean(numbers, table)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0], peaks


def test_numpy_chooses_bit_by_bit_whichever_operand_stands_where_the_result_does():
    special = [0.0, -0.0, 1.0, -2.5, 5e-324, np.inf, -np.inf, np.nan]
    rows = np.array(np.meshgrid(*[special] * 3)).reshape(3, -1).T
    c, a, b = rows.T
    with np.errstate(invalid="ignore"):
        expected = [np.where(c + a > 0, a + b, b), np.where(c > 0, c, a), np.where(-c > 0, 1.0, -c)]

    def chosen(c, a, b):
        return mg.where(c + a, a + b, b), mg.where(c, c, a), mg.where(-c, 1.0, -c)

    found = mg.record(chosen, 1.0, 2.0, 3.0, engine="numpy").map([], rows)
    np.testing.assert_array_equal(found, np.column_stack(expected))
    assert (np.signbit(found) == np.signbit(np.column_stack(expected)))[~np.isnan(found)].all()

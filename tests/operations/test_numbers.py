"""Numbers as others hold them: of int8, pandas and jax; each works, or is named with a way out."""

import numpy as np
import pytest

import microgradnet as mg
from microgradnet import Value
from tests.marks import has_jax

ROWS, TARGETS = [[1.0, 2.0], [3.0, -1.0]], [0.0, 1.0]


class Foreign:
    """An array of a library such as jax: neither a list nor one of NumPy, its elements neither."""

    def __init__(self, held):
        self.held = np.asarray(held, dtype=np.float32)
        self.ndim, self.shape, self.size = self.held.ndim, self.held.shape, self.held.size

    def __array__(self, dtype=None, copy=None):
        return np.array(self.held, dtype=dtype)

    def __iter__(self):
        return map(Foreign, self.held)

    def __getitem__(self, i):
        return Foreign(self.held[i])

    def __len__(self):
        return len(self.held)

    def item(self):
        return self.held.item()

    def __float__(self):
        return float(self.held)


def of_int8():
    return np.array(ROWS, dtype=np.int8), np.array(TARGETS, dtype=np.int8)


def of_pandas():
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    return pandas.DataFrame(ROWS, columns=["a", "b"]), pandas.Series(TARGETS)


def of_pandas_with_gaps():
    X, y = of_pandas()
    return X.astype("Int8"), y.astype("Int8")


def of_another_library():
    return Foreign(ROWS), Foreign(TARGETS)


def of_jax():
    import jax.numpy as jnp

    return jnp.array(ROWS), jnp.array(TARGETS)


tables = pytest.mark.parametrize(
    "table",
    [
        *(of_int8, of_pandas, of_pandas_with_gaps, of_another_library),
        pytest.param(of_jax, marks=[has_jax, pytest.mark.slow]),
    ],
)


def first(x):
    return x.iloc[0] if hasattr(x, "iloc") else x[0]


@tables
def test_a_table_of_others_is_one_to_nets_programs_and_training(table):
    X, y = table()
    net, twin = mg.MLP(2, [2, 1]), mg.MLP(2, [2, 1])
    assert net(first(X)).data == net(ROWS[0]).data
    assert net.predict(X).tolist() == net.predict(ROWS).tolist()
    program = mg.record(lambda w, a, b: w * a + b, 1.0, 2.0, 3.0)
    assert program.map(y[:1], X).tolist() == program.map(TARGETS[:1], ROWS).tolist()
    assert program.mean(y[:1], X).tolist() == program.mean(TARGETS[:1], ROWS).tolist()
    assert program(first(y), 1.0, 2.0) == (2.0,)
    mg.fit(net, X, y, epochs=2, progress=False)
    mg.fit(twin, ROWS, TARGETS, epochs=2, progress=False)
    assert net.state_dict() == twin.state_dict()


@tables
def test_a_row_of_others_is_one_of_weights(table):
    _, y = table()
    weights = {"w1": 0.0, "w2": 1.0, "b1": 4.0}
    assert mg.Neuron(y, 4).state_dict() == mg.Neuron(weights=y, bias=4).state_dict() == weights


@tables
def test_an_array_is_no_number_and_the_way_out_is_told(table):
    X, y = table()
    for array in (X, y):
        kind = type(array).__name__
        with pytest.raises(TypeError, match=f"not {kind}; take one element of it"):
            Value(array)
    with pytest.raises(TypeError, match=rf"not {type(X).__name__} of shape \(2, 2\): net.predict"):
        mg.MLP(2, [2, 1])(X)


@pytest.mark.parametrize("element", [np.array(1.0), Foreign(1.0)], ids=lambda x: type(x).__name__)
def test_an_array_of_one_number_is_told_of_item(element):
    with pytest.raises(TypeError, match=rf"not {type(element).__name__}; take its \.item\(\)"):
        Value(element)
    assert Value(element.item()).data == 1.0


def test_a_function_may_return_an_array_of_one_number():
    for function in (lambda x: Foreign(2.0), lambda x: np.array([2.0])):
        assert mg.differences(function, 1.0).value == 0.0


@pytest.mark.parametrize("returned", [None, "x", [1.0], np.ones(2), 1j], ids=repr)
def test_differences_of_what_returns_no_number_name_it(returned):
    kind = type(returned).__name__
    with pytest.raises(TypeError, match=f"returns a number or a Value, not {kind}$"):
        mg.differences(lambda x: returned, 1.0)


PROGRAM = mg.record(lambda a: a * a, 1.0)
HUGE = 10**400


@pytest.mark.parametrize(
    "run",
    [
        lambda: PROGRAM.map([], [[HUGE]]),
        lambda: PROGRAM.mean([], [[HUGE]]),
        lambda: PROGRAM.scan([], [[HUGE]]),
        lambda: PROGRAM.scan([HUGE], [[]]),
        lambda: PROGRAM(HUGE),
        lambda: Value(HUGE),
    ],
)
def test_an_int_that_no_float_holds_is_named(run):
    with pytest.raises(ValueError, match="an int of that size has no float"):
        run()


def test_a_program_takes_no_text_for_a_number():
    with pytest.raises(TypeError, match="not str"):
        PROGRAM("3")


@pytest.mark.parametrize("partials", ["", "x", [], [""], None, {}], ids=repr)
def test_partials_are_functions_or_numbers(partials):
    with pytest.raises(TypeError, match="functions or numbers, one for each input, not"):
        mg.op("strange", lambda x: x, partials)


def test_the_value_of_an_operation_is_a_function():
    with pytest.raises(TypeError, match="a function of its inputs, not 'x'"):
        mg.op("strange", "x", 1.0)


@pytest.mark.parametrize("seed", ["", "x", -1, 1.5], ids=repr)
def test_the_seed_of_a_training_is_named(seed):
    with pytest.raises(ValueError, match=f"^the seed is .*, not {seed!r}$"):
        mg.fit(mg.MLP(2, [2, 1]), ROWS, TARGETS, seed=seed, epochs=1, progress=False)

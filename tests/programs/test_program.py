"""Programs: every engine runs the recorded graph as eager does, and no wrong program is made."""

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.programs import program as program_module
from microgradnet.programs.engines import python as python_engine
from tests.marks import has_jax, has_llvmlite
from tests.places import GOLDEN
from tests.programs.recorded import ROWS, training_step
from tests.strategies import graphs, replayed

COMPILED = [has_jax, pytest.mark.slow]  # by XLA, for half a second
MARKS = {"native": [has_llvmlite], "jax": COMPILED}
ENGINES = [pytest.param(name, marks=MARKS.get(name, [])) for name in program_module.ENGINES]


def same(a, b):
    """Equal to the last bit, any nan equal to any other."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return a.shape == b.shape and bool(np.all((a == b) | (np.isnan(a) & np.isnan(b))))


@given(graphs(), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_a_program_of_a_random_graph_and_its_gradient_is_eager_bit_for_bit(graph, numbers):
    leaves, root = graph
    gradients = mg.grad(root, leaves)
    program = mg.compile([root, *gradients], leaves)
    assert same(program(*[leaf.data for leaf in leaves]), [v.data for v in [root, *gradients]])
    interpreted = python_engine.Interpreted(program)
    numbers = (numbers * len(leaves))[: len(leaves)]
    assert same(program(*numbers), interpreted.call(numbers))
    assert same(program(*numbers), replayed([root, *gradients], dict(zip(leaves, numbers))))


@pytest.mark.parametrize("engine", ENGINES[1:3])  # jax: line by line in test_jax.py
@given(graphs(), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_engines_agree_on_random_graphs(engine, graph, numbers):
    leaves, root = graph
    program = mg.compile([root, *mg.grad(root, leaves)], leaves)
    twin = mg.compile([root, *mg.grad(root, leaves)], leaves, engine=engine)
    numbers = (numbers * len(leaves))[: len(leaves)]
    np.testing.assert_allclose(
        twin(*numbers), program(*numbers), rtol=1e-11, atol=1e-300, equal_nan=True
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_the_four_ways_to_run_agree(engine):
    program, net = training_step(engine)
    state = list(net.state_dict().values())
    each = [program(*state, *row) for row in ROWS]
    close = {"rtol": 1e-14, "atol": 1e-17}
    np.testing.assert_allclose(program.map(state, ROWS), each, **close)
    np.testing.assert_allclose(program.mean(state, ROWS), np.mean(each, axis=0), **close)
    losses = []
    by_hand = state
    for _ in range(3):
        total = 0.0
        for row in ROWS:
            *by_hand, loss = program(*by_hand, *row)
            total += loss
        losses.append([total / len(ROWS)])
    final, history = program.scan(state, ROWS, epochs=3)
    assert same(final, by_hand)
    assert same(history, losses)
    assert history.shape == (3, 1)


def test_the_program_reads_as_in_the_golden_file():
    program, _ = training_step()
    assert str(program) + "\n" == (GOLDEN / "training_step.py.txt").read_text()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("clone", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_a_copy_runs_also_when_made_after_a_run(engine, clone):
    program, net = training_step(engine)
    numbers = [*net.state_dict().values(), *ROWS[1]]
    expected = program(*numbers)
    assert clone(program)(*numbers) == expected
    assert str(clone(program)) == str(program)


def test_only_what_is_exact_is_simplified():
    a, b = mg.Value(2.0, "a"), mg.Value(3.0, "b")

    def count(*outputs):
        return len(mg.compile(outputs, [a, b]).lines)

    assert count(1.0 * a) == count(a * 1) == count(a**1) == count(a.__neg__().__neg__()) == 0
    assert count(a * b + a * b) == 2
    assert count(a**2) == 1
    assert count(0.0 * a) == count(a + 0.0) == count(a - a) == count(a / a) == 1
    assert count(a * b, a * b) == 1
    unused = a * b
    unused2 = unused + 1
    assert count(a + b) == 1, unused2
    zero = mg.compile([0.0 * a, a - a, a**0], [a])
    assert same(zero(math.inf), [math.nan, math.nan, 1.0])
    assert math.copysign(1.0, mg.compile([a * 1.0], [a])(-0.0)[0]) == -1.0


@pytest.mark.parametrize("engine", ENGINES)
def test_programs_without_inputs_lines_or_others(engine):
    a, b = mg.Value(2.0, "a"), mg.Value(3.0, "b")
    constant = mg.grad(b, [b])[0]
    nothing = mg.compile([constant], [], engine=engine)
    assert nothing() == (1.0,)
    assert nothing.map([], np.empty((4, 0))).tolist() == [[1.0]] * 4
    through = mg.compile([b, a, a, constant], [a, b], engine=engine)
    assert through(5.0, 7.0) == (7.0, 5.0, 5.0, 1.0)
    assert through.map([5.0], [[7.0], [8.0]]).tolist() == [[7.0, 5.0, 5.0, 1.0], [8, 5, 5, 1]]
    assert through.mean([5.0], [[7.0], [8.0]]).tolist() == [7.5, 5.0, 5.0, 1.0]
    state, history = mg.compile([a + b], [a, b], engine=engine).scan([0.0], [[1.0], [2.0]], 2)
    assert state.tolist() == [6.0]
    assert history.shape == (2, 0)
    state, history = mg.compile([a * b], [a, b], engine=engine).scan([], [[1, 2], [3, 4]], 2)
    assert state.shape == (0,)
    assert history.tolist() == [[7.0], [7.0]]
    assert mg.compile([a * b], [a, b], engine=engine).map([1.0], np.empty((0, 1))).shape == (0, 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers_that_are_not_finite_go_through_as_ieee(engine):
    program = mg.record(
        lambda x: [mg.exp(x), mg.log(x), 1 / x, x**0.5, mg.maximum(x, 0), mg.where(x, x, -x)],
        1.0,
        engine=engine,
    )
    inf, nan = math.inf, math.nan
    assert same(program(1000.0)[0], inf)
    assert same(program(0.0)[1:3], [-inf, inf])
    assert same(program(-inf)[0], 0.0)
    assert same(program(-1.0)[1:], [nan, -1.0, nan, 0.0, 1.0])
    assert same(program(nan), [nan] * 6)


@pytest.mark.parametrize("x", [0.0, -0.0, 1.5, 800.0, -800.0, math.inf, -math.inf, math.nan])
@pytest.mark.parametrize(
    "fn",
    [
        lambda x: 1.0 / mg.exp(x),  # exp(-800.0) is 0.0
        lambda x: 1.0 / abs(x),
        lambda x: 1.0 / (0.0 + mg.exp(x)),
        lambda x: 1.0 / (-1.0 + mg.exp(x)),
        lambda x: 1.0 / -(1.0 + mg.exp(x)),
        lambda x: x / (1.0 + abs(x)),
        lambda x: mg.exp(-x),
        lambda x: mg.exp(-abs(x)),
        lambda x: mg.exp(-(-abs(x) - 1.0)),
        lambda x: mg.exp(abs(x)),
    ],
)
def test_guards_are_left_out_only_where_the_sign_allows(fn, x):
    program = mg.record(fn, 0.5)
    assert same(program(x), [fn(mg.Value(x)).data])
    assert same(mg.compile([fn(v := mg.Value(0.5))], [v]).scan([x], [[]], 1)[0], program(x))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_state_that_changes_places(engine):
    a, b, c = mg.Value(1.0, "a"), mg.Value(2.0, "b"), mg.Value(3.0, "c")
    program = mg.compile([b, a, a + c], [a, b, c], engine)
    state, history = program.scan([1.0, 2.0, 3.0], [[], []], 2)
    assert state.tolist() == [1.0, 2.0, 9.0]
    assert history.shape == (2, 0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.slow
def test_a_program_of_very_many_lines(engine):
    x = mg.Value(0.5, "x")
    v = x
    for i in range(n := 10_000):
        v = v * 0.999 + x if i % 2 else v - 0.001
    program = mg.compile([v], [x], engine=engine)
    assert len(program.lines) > n
    assert program(0.5) == (v.data,)
    if engine == "native":
        assert program.map([], [[0.5]] * 9).tolist() == [[v.data]] * 9


def test_a_leaf_that_is_not_declared_is_named():
    w, x = mg.Value(2.0, "w"), mg.Value(3.0, "x")
    with pytest.raises(ValueError, match="'w' is not among the inputs: its number would be frozen"):
        mg.compile([w * x], [x])
    with pytest.raises(ValueError, match="'w' is not among the inputs"):
        mg.compile([w], [x])
    unnamed = mg.Value(4.0)
    with pytest.raises(ValueError, match=r"4\.0.* is not among"):
        mg.compile([unnamed * x], [x])


def test_inputs_that_do_not_fit_are_named():
    w, x = mg.Value(2.0, "w"), mg.Value(3.0, "x")
    v = w * x
    with pytest.raises(ValueError, match="'w' is given as an input twice"):
        mg.compile([v], [w, x, w])
    with pytest.raises(ValueError, match="was computed; the inputs of a program are leaves"):
        mg.compile([v + 1], [v])
    with pytest.raises(TypeError, match="takes Values, not float"):
        mg.compile([2.0], [w])
    with pytest.raises(ValueError, match=r"unknown engine 'gpu'; known: .*python"):
        mg.compile([v], [w, x], engine="gpu")


def test_record_takes_numbers_values_and_sequences():
    assert mg.record(lambda: 3)() == (3.0,)
    assert mg.record(lambda a, b: (a, 2.0, a * b), 1.0, 2.0)(3.0, 4.0) == (3.0, 2.0, 12.0)
    assert mg.record(lambda a, b: np.array([a, b]) * 2, 1.0, 2.0)(3.0, 4.0) == (6.0, 8.0)


def test_an_operation_of_ones_own_is_part_of_a_program():
    cube = mg.op("cube", lambda v: v * v * v, lambda v: 3 * v * v)
    root = mg.op("root", lambda v: math.sqrt(v), lambda v: 0.5 / math.sqrt(v), domain=(0, math.inf))
    x = mg.Value(2.0, "x")
    assert mg.compile([cube(x), *mg.grad(cube(x), [x])], [x])(3.0) == (27.0, 27.0)
    with pytest.raises(TypeError, match="'root' cannot be written as a program"):
        mg.compile([root(x)], [x])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("run", "says"),
    [
        (lambda p: p(1.0), r"takes 12 numbers \(w1, w2"),
        (lambda p: p.map([1.0], ROWS), "1 shared numbers and rows of 3 do not make"),
        (lambda p: p.map([1.0] * 9, [1.0, 2.0]), "rows is an array"),
        (lambda p: p.mean([1.0] * 9, np.empty((0, 3))), "of 1 or more rows"),
        (lambda p: p.scan([1.0] * 11, np.ones((2, 1))), "the state has 11 numbers"),
        (lambda p: p.scan([1.0] * 9, ROWS, epochs=0), "epochs is a whole number from 1, not 0"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(engine, run, says):
    with pytest.raises(ValueError, match=says):
        run(training_step(engine)[0])


def test_a_program_holds_them_as_constants_by_name():
    neuron = mg.Neuron(weights=[0.5, -0.25], bias=0.1, activation="linear")
    x = [mg.Value(1.0, "x1"), mg.Value(2.0, "x2")]
    with pytest.raises(ValueError, match="'w1' is not among the inputs"):
        mg.compile(neuron(x), x)
    neuron.freeze()
    program = mg.compile(neuron(x), x)
    assert program.frozen == (("w1", 0.5), ("w2", -0.25), ("b1", 0.1))
    assert "# frozen: w1 = 0.5, w2 = -0.25, b1 = 0.1" in str(program)
    assert program(3.0, 4.0) == (neuron([3.0, 4.0]).data,)
    namespace = {}
    exec(str(program), namespace)
    assert namespace["program"](3.0, 4.0) == program(3.0, 4.0)
    asked = mg.compile(neuron(x), [*neuron.parameters(), *x])
    assert asked.frozen == ()
    assert asked.n_inputs == 5

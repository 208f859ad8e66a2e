"""The native engine row by row against the interpreted program: the same bits."""

import itertools
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.operations.operation import OPS
from microgradnet.programs.engines.python import Interpreted as _Interpreted
from microgradnet.programs.levels import levels
from microgradnet.programs.program import Constant, Program

pytest.importorskip("llvmlite")
from microgradnet.programs.engines import native
from microgradnet.programs.engines.native.row_by_row import Tape

PRIMITIVES = sorted(op.name for op in OPS.values() if op.primitive)
SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -2.5, 3.0, 710.5, -746.0, 1e300, 5e-324, 1e-9]
SPECIAL += [math.inf, -math.inf, math.nan]
NUMBERS = st.sampled_from(SPECIAL) | st.floats(-4.0, 4.0)


@pytest.fixture(params=["straight", "tape"])
def build(request, monkeypatch):
    if request.param == "tape":
        monkeypatch.setattr(native, "LONGEST_STRAIGHT", -1)
    return native.Native


@st.composite
def programs(draw, most_lines=12, operations=tuple(PRIMITIVES)):
    n = draw(st.integers(0, 4))
    lines = []
    for op in draw(st.lists(st.sampled_from(operations), max_size=most_lines)):
        registers = st.integers(0, n + len(lines) - 1) if n + len(lines) else st.nothing()
        operands = [draw(registers | NUMBERS.map(Constant)) for _ in range(OPS[op].arity)]
        lines.append((op, tuple(operands)))
    last = n + len(lines) - 1
    registers = st.integers(max(0, last - 5), last) if last >= 0 else st.nothing()
    outputs = tuple(draw(st.lists(registers | NUMBERS.map(Constant), max_size=5)))
    names = tuple(f"t{i}" for i in range(n + len(lines)))
    return Program(names, n, tuple(lines), outputs)


def bits(*numbers):
    """The bytes of numbers, all nan being one."""
    found = np.concatenate([np.ravel(np.asarray(x, dtype=float)) for x in numbers])
    return np.where(np.isnan(found), math.nan, found).tobytes()


@given(programs(), st.data())
def test_a_call_is_python_to_the_last_bit(program, data):
    numbers = [data.draw(NUMBERS) for _ in range(program.n_inputs)]
    expected = bits(_Interpreted(program).call(numbers))
    assert bits(native.Native(program).call(numbers)) == expected


def sums(rng, m, p, kinds):
    """Several sums of p products in any order, of factors that stand as the kinds say."""
    n = 2 * (m + p)
    lines, outputs = [], []

    def line(op, *operands):
        lines.append((op, operands))
        return n + len(lines) - 1

    for i in range(m):
        total = None
        for k in range(p):
            places = {"any": int(rng.integers(n)), "beside": m + i + k, "same": m + k}
            factors = [places[kind] for kind in kinds]
            term = line("mul", *factors) if rng.random() < 0.8 else factors[0]
            parts = [total, term] if total is None or rng.random() < 0.7 else [term, total]
            total = term if total is None else line("add", *parts)
        outputs.append(total)
    names = tuple(f"t{i}" for i in range(n + len(lines)))
    return Program(names, n, tuple(lines), tuple(outputs))


@pytest.mark.parametrize("kinds", [*itertools.product(["any", "beside", "same"], repeat=2)])
@pytest.mark.parametrize("m", [1, 7, 8, 21])
def test_sums_of_products_are_added_up_in_their_order(m, kinds):
    rng = np.random.default_rng(m)
    for p in (2, 3, 9):
        program = sums(rng, m, p, kinds)
        numbers = rng.normal(size=program.n_inputs) * 10.0 ** rng.integers(-3, 3)
        expected = bits(_Interpreted(program).call(numbers.tolist()))
        assert bits(native.Native(program).call(numbers.tolist())) == expected
        assert bits(replace(program, engine="numpy")(*numbers)) == expected


def split(program, data):
    n = data.draw(st.integers(0, min(program.n_inputs, len(program.outputs))))
    columns = program.n_inputs - n
    rows = data.draw(st.lists(st.tuples(*[NUMBERS] * columns), min_size=1, max_size=20))
    shared = np.array([data.draw(NUMBERS) for _ in range(n)], dtype=float)
    return shared, np.array(rows, dtype=float).reshape(len(rows), columns)


@given(programs(), st.data())
def test_a_scan_is_python_to_the_last_bit(program, data):
    state, rows = split(program, data)
    with np.errstate(all="ignore"):
        expected = bits(*_Interpreted(program).scan(state, rows, 3))
    for made in (native.Native(program), Tape(levels(program))):
        assert bits(*made.scan(state, rows, 3)) == expected


@given(programs(), st.data())
def test_rows_one_by_one_are_calls(program, data):
    shared, rows = split(program, data)
    expected = bits(_Interpreted(program).map(shared, rows))
    assert bits(native.Native(program).map(shared, rows)) == expected
    assert bits(Tape(levels(program)).rows(shared, rows)) == expected


@pytest.mark.parametrize("n", [1_000, pytest.param(3_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("op", PRIMITIVES)
def test_each_primitive_over_rows_is_within_2_ulp(op, n):
    k = OPS[op].arity
    program = Program(tuple(f"x{i}" for i in range(k + 1)), k, ((op, tuple(range(k))),), (k,))
    rng = np.random.default_rng(0)
    special = np.array(np.meshgrid(*[SPECIAL] * k)).reshape(k, -1).T
    scales = 10.0 ** rng.integers(-10, 3, size=(n, k))
    rows = np.concatenate([special, rng.normal(size=(n, k)) * scales])
    found = native.Native(program).map(np.empty(0), rows)
    expected = _Interpreted(program).map(np.empty(0), rows)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(all="ignore"):
        assert np.all(same | (np.abs(found - expected) <= 2 * np.spacing(np.abs(expected))))
    some = rows[:: max(1, len(rows) // 500)]
    made = native.Native(program)
    calls = [made.call(row) for row in some.tolist()]
    assert bits(calls) == bits(_Interpreted(program).map(np.empty(0), some))


def step():
    """One training step of the tutorial's network."""
    net, sgd = mg.MLP(2, [2, 1], seed=0), mg.SGD(0.1)
    x, y = [mg.Value(0.5, "x1"), mg.Value(0.2, "x2")], mg.Value(1.0, "y_true")
    parameters = net.parameters()
    loss = mg.mse(net(x), y)
    following = [sgd.step(p, g) for p, g in zip(parameters, mg.grad(loss, parameters))]
    return net, mg.compile([*following, loss], [*parameters, *x, y])


def people():
    return np.column_stack(mg.datasets.gender())


def test_6000_steps_of_training_are_eager_to_the_last_bit(build):
    net, program = step()
    start = np.array([p.data for p in net.parameters()])
    state, history = build(program).scan(start, people(), 1_000)
    eager = mg.fit(net, *mg.datasets.gender(), engine="eager", progress=False)
    assert state.tolist() == [p.data for p in net.parameters()]
    assert history[:, 0].tolist() == eager.losses


def test_registers_only(build):
    nothing = build(Program((), 0, (), ()))
    assert nothing.call([]) == ()
    assert nothing.map(np.empty(0), np.empty((3, 0))).shape == (3, 0)
    assert nothing.mean(np.empty(0), np.empty((3, 0))).shape == (0,)
    swap = build(Program(("a", "b"), 2, (), (1, 0, 0, Constant(math.nan))))
    assert bits(swap.call([1.0, 2.0])) == bits([2.0, 1.0, 1.0, math.nan])
    state, history = swap.scan(np.array([1.0, 2.0]), np.empty((3, 0)), 1)
    assert state.tolist() == [2.0, 1.0]
    assert bits(history) == bits([(1.0 + 2.0 + 1.0) / 3, math.nan])


def test_nothing_traps_or_warns():
    program = mg.record(lambda x: (x - x, 1.0 / (x - x), mg.log(-x)), 1.0)
    rows = np.array([[math.inf], [-math.inf], [math.nan], [1.0], [1e308]])
    found = native.Native(program).map(np.empty(0), rows)
    assert bits(found) == bits(_Interpreted(program).map(np.empty(0), rows))
    assert np.isnan(native.Native(program).mean(np.empty(0), rows)).tolist() == [True, True, True]


def test_the_same_content_is_the_same_machine_code():
    first, second = (step()[1] for _ in range(2))
    made = [native.Native(program) for program in (first, second)]
    for one in made:
        one.scan(np.full(9, 0.1), people(), 1)
    functions = [next(iter(one.scans.values())) for one in made]
    assert functions[0] is functions[1]
    assert pickle.loads(pickle.dumps(first))(*[0.1] * 12) == second(*[0.1] * 12)

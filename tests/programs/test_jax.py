"""The jax engine against eager, each line within 2 ulp; on one device, on 8, in 2 processes."""

import math
import os
import socket
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.operations.operation import OPS
from microgradnet.programs.program import Constant, Program
from tests.places import ROOT
from tests.programs.recorded import batch_gradient
from tests.strategies import graphs

pytest.importorskip("jax", reason="needs the extra jax")
import jax

from microgradnet.programs.engines import jax as engine
from microgradnet.programs.engines import traced
from microgradnet.programs.lifting import lift

pytestmark = pytest.mark.slow  # XLA compiles each program for half a second
PRIMITIVES = sorted(op.name for op in OPS.values() if op.primitive)
SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -2.5, 3.0, 710.5, -746.0, 1e300, 1e-9]
SPECIAL += [math.inf, -math.inf, math.nan]
ULPS = {"tanh": 3}  # of the others 2
NORMAL = 2.0**-1022  # XLA takes what is smaller for 0


def within_ulps(op, found, expected):
    """Whether results of a primitive are those of eager, to its ulps; nan is nan."""
    found, expected = np.asarray(found), np.asarray(expected)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(all="ignore"):
        close = np.abs(found - expected) <= ULPS.get(op, 2) * np.spacing(np.abs(expected))
        flushed = (found == 0.0) & (np.abs(expected) < NORMAL)
    return same | close | flushed


@pytest.mark.parametrize("n", [5_000])
@pytest.mark.parametrize("op", PRIMITIVES)
def test_each_primitive_is_within_2_ulp_of_eager(op, n):
    k = OPS[op].arity
    program = Program(tuple(f"x{i}" for i in range(k + 1)), k, ((op, tuple(range(k))),), (k,))
    rng = np.random.default_rng(0)
    special = np.array(np.meshgrid(*[SPECIAL] * k)).reshape(k, -1).T
    scales = 10.0 ** rng.integers(-10, 3, size=(n, k))
    spread = [rng.normal(size=(n, k)) * scales, rng.uniform(-2.0, 2.0, size=(4 * n, k))]
    rows = np.concatenate([special, *spread])
    found = engine.Sharded(program).map(np.empty(0), rows)[:, 0]
    expected = [OPS[op].value(*row) for row in rows.tolist()]
    off = ~within_ulps(op, found, expected)
    assert not np.any(off), rows[off][:5]


@pytest.mark.parametrize("most_groups", [engine.MOST_GROUPS, 0])
@given(graphs(), st.lists(st.floats(-3, 3, allow_subnormal=False), min_size=5, max_size=5))
def test_each_line_of_a_random_graph_and_its_gradient_is_rounded_alone(most_groups, graph, numbers):
    leaves, root = graph
    program = mg.compile([root, *mg.grad(root, leaves)], leaves)
    n = len(leaves)
    every = replace(program, outputs=tuple(range(n + len(program.lines))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "MOST_GROUPS", most_groups)
        registers = engine.Sharded(every).call(numbers[:n])
    assert registers[:n] == tuple(numbers[:n])
    for result, (op, operands) in zip(registers[n:], program.lines):
        given_ = [x.value if type(x) is Constant else registers[x] for x in operands]
        assert within_ulps(op, result, OPS[op].value(*given_)), (op, given_, result)


@pytest.mark.parametrize("most_groups", [engine.MOST_GROUPS, 0])
def test_a_batch_gradient_is_that_of_the_numpy_engine(most_groups, monkeypatch):
    monkeypatch.setattr(engine, "MOST_GROUPS", most_groups)
    program, numbers, rows = batch_gradient()
    other = replace(program, engine="numpy")
    close = {"rtol": 1e-12, "atol": 1e-14}
    np.testing.assert_allclose(program.mean(numbers, rows), other.mean(numbers, rows), **close)
    np.testing.assert_allclose(program.map(numbers, rows), other.map(numbers, rows), **close)


def test_columns_that_a_product_reads_are_an_array_of_their_own():
    program, numbers, _ = batch_gradient()
    made = lift(program, len(numbers), means=True)
    assert traced.Batch(made).cuts == [0, 2]  # the inputs, the target
    backward = replace(made, steps=(replace(made.steps[0], factors=np.array([[2], [1]])),))
    assert traced.Batch(replace(backward, means=())).cuts == [0, 1]
    assert traced.Batch(lift(mg.record(lambda x, y: x - y, 1.0, 2.0), 0)).cuts == [0]


def test_a_matrix_and_a_bias_that_are_given_numbers_are_arrays_of_their_own():
    program, numbers, _ = batch_gradient()
    batch = traced.Batch(lift(program, len(numbers), means=True))
    given, *arrays = batch.handed(np.array(numbers))
    assert given.tolist() == numbers
    layers = np.array(numbers[:12]).reshape(4, 3), np.array(numbers[12:]).reshape(1, 5)
    expected = [x for layer in layers for x in (layer[:, :-1], layer[:, -1])]
    for array, right in zip(arrays, expected):  # and what the gradient reads
        np.testing.assert_array_equal(array, right)


def test_a_run_in_the_room_of_one_before_holds_none_of_its_rows():
    program, numbers, rows = batch_gradient()
    fresh, _, _ = batch_gradient()
    program.mean(numbers, rows[:50])
    assert (
        program.mean(numbers, rows[50:100]).tolist() == fresh.mean(numbers, rows[50:100]).tolist()
    )


def test_rows_of_jaxs_own_are_put_on_the_device_once_and_go_when_they_go():
    program, numbers, rows = batch_gradient()
    made, shared = engine.Sharded(program), np.array(numbers)
    with jax.enable_x64(True):
        own = jax.numpy.asarray(rows)
    right, of_nine = made.mean(shared, rows).tolist(), made.mean(shared, rows[:9]).tolist()
    assert replace(program, engine="jax").mean(numbers, own).tolist() == right
    looked_at = np.asarray(own)
    for _ in range(2):
        assert made.mean(shared, looked_at).tolist() == right
        assert made.mean(shared, looked_at[:9]).tolist() == of_nine  # not of the whole
    assert len(made.placed) == 1
    del own, looked_at
    assert made.placed == {}


def test_training_runs_on_it_and_the_users_configuration_stays():
    X, y = mg.datasets.gender()
    nets = [mg.MLP(2, [2, 1], seed=0) for _ in range(2)]
    histories = [
        mg.fit(net, X, y, epochs=20, engine=name) for net, name in zip(nets, ("jax", "eager"))
    ]
    assert histories[0].losses == pytest.approx(histories[1].losses, rel=1e-12)
    numbers, expected = ([p.data for p in net.parameters()] for net in nets)
    assert numbers == pytest.approx(expected, rel=1e-12)
    assert jax.numpy.ones(3).dtype == jax.numpy.float32


def test_numbers_below_the_normal_ones_are_taken_for_0():
    assert mg.record(lambda x: x + x, 1.0, engine="jax")(5e-324) == (0.0,)


SHARDED = """
import sys
import jax
{setup}
import numpy as np
from tests.programs.recorded import batch_gradient
program, numbers, rows = batch_gradient()
found = {{"devices": [jax.device_count(), jax.local_device_count()]}}
for n in {counts}:
    found[f"mean{{n}}"] = program.mean(numbers, rows[:n])
    found[f"map{{n}}"] = program.map(numbers, rows[:n])
found["one"] = program(*numbers, *rows[0])
run = program._runner()
with jax.enable_x64(True):
    own = jax.numpy.asarray(rows[:101])
found["mean101"] = run.mean(np.array(numbers), np.asarray(own))
((_, (placed, _)),) = run.placed.values()
found["shares"] = [len(x.data) for x in placed.addressable_shards]
np.savez({path!r}, **found)
"""
COUNTS = (101, 3)  # rows; neither is a multiple of the devices


def sharded(path, setup="", **environment):
    """Start a process that writes how many devices there are, and what the programs give."""
    source = SHARDED.format(path=str(path), setup=setup, counts=COUNTS)
    modules = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    given_ = {**os.environ, "PYTHONPATH": modules, "JAX_PLATFORMS": "cpu", **environment}
    return subprocess.Popen([sys.executable, "-c", source], env=given_)


def check_sharded(process, path, devices, shares):
    assert process.wait() == 0
    found = np.load(path)
    assert found["devices"].tolist() == devices
    assert found["shares"].tolist() == shares
    program, numbers, rows = batch_gradient("numpy")
    close = {"rtol": 1e-12, "atol": 1e-14}
    for n in COUNTS:
        np.testing.assert_allclose(found[f"mean{n}"], program.mean(numbers, rows[:n]), **close)
        np.testing.assert_allclose(found[f"map{n}"], program.map(numbers, rows[:n]), **close)
    np.testing.assert_allclose(found["one"], program(*numbers, *rows[0]), **close)


def test_rows_are_sharded_over_8_devices(tmp_path):
    path = tmp_path / "found.npz"
    flags = "--xla_force_host_platform_device_count=8"
    check_sharded(sharded(path, XLA_FLAGS=flags), path, [8, 8], [13] * 8)


def test_rows_are_sharded_over_2_processes(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    paths = [tmp_path / f"found{i}.npz" for i in range(2)]
    flags = "--xla_force_host_platform_device_count=2"
    processes = []
    for i, path in enumerate(paths):
        setup = f"""
jax.config.update("jax_cpu_collectives_implementation", "gloo")
jax.distributed.initialize({address!r}, num_processes=2, process_id={i})"""
        processes.append(sharded(path, setup, XLA_FLAGS=flags))
    try:
        for process, path in zip(processes, paths):
            check_sharded(process, path, [4, 2], [26] * 2)
    finally:
        for process in processes:
            process.kill()
            process.wait()

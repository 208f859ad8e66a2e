"""What a program holds, machine code above all, is free when the program is."""

import gc
import os
import weakref
from importlib.util import find_spec

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.programs.engines import ENGINES
from tests.marks import few, share

STATUS = "/proc/self/statm"
native = pytest.mark.skipif(find_spec("llvmlite") is None, reason="needs the extra native")
measured = pytest.mark.skipif(not os.path.exists(STATUS), reason="the system tells no memory so")


def resident():
    """The memory of this process, in MB."""
    with open(STATUS) as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def grown(n, run):
    """How many MB run(0), ..., run(n - 1) leave behind, after as many as may be kept for reuse."""
    for i in range(-20, 0):
        run(i)
    gc.collect()
    before = resident()
    for i in range(n):
        run(i)
    gc.collect()
    return resident() - before


def different(i, engine="native"):
    """A program like no other, run in all ways."""
    x, w = mg.Value(2.0, "x"), mg.Value(0.5, "w")
    program = mg.compile([w - 0.1 * x * (1.0 + i * 1e-6), w * x], [w, x], engine)
    rows = np.ones((10, 1))
    program(0.5, 2.0)
    program.map([0.5], rows)
    program.mean([0.5], rows)
    program.scan([0.5], rows)
    return program


@pytest.mark.slow
@native
@measured
def test_40_different_programs_leave_nothing_behind_and_of_two_equal_ones_the_last_frees_both():
    first, second = different(0), different(0)
    expected = second(0.5, 2.0)
    del first
    # More than are kept for reuse; kept for life, they took 120 MB, and 5 by passes of LLVM.
    assert grown(40, lambda i: different(i + 100)) < 4.0
    assert second(0.5, 2.0) == expected


@native
@measured
@pytest.mark.slow
def test_of_different_trainings_none_keeps_10_kb():
    n = share(1_200)
    X, y = mg.datasets.gender()

    def train(i):
        net = mg.MLP(2, [2, 1], seed=0)
        rate = mg.SGD(0.1 + i * 1e-6)
        mg.fit(net, X, y, optimizer=rate, epochs=2, engine="native", progress=False)

    assert grown(n, train) < 100.0 * n / 10_000


def parts(engine):
    """An engine and what it has made of its program, machine code apart, which is kept."""
    held = [y for x in vars(engine).values() for y in (x.values() if isinstance(x, dict) else [x])]
    return [engine, *(x for x in held if type(x).__module__.startswith("microgradnet.programs.e"))]


@pytest.mark.parametrize("engine", few([name for name in ENGINES if name != "jax"], 1))
def test_a_program_and_its_engine_do_not_hold_each_other(engine):
    if engine == "native":
        pytest.importorskip("llvmlite")
    gc.collect()
    gc.disable()
    try:
        program = different(7, engine)
        seen = [weakref.ref(x) for x in (program, *parts(program._runner()))]
        del program
        assert [found() for found in seen] == [None] * len(seen)
    finally:
        gc.enable()

"""A block ends in time, whatever it catches; one within another does not end that."""

import contextlib
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from microgradnet.tape.limits import OutOfTime, within


def busy(rounds=10**9):  # takes longer than any limit here
    for kept in (BaseException, ()):  # careless code goes on, once
        with contextlib.suppress(kept):
            for _ in range(rounds):
                pass


def in_time(rounds=10**9):
    with within(0.02):
        busy(rounds)


def dies():
    weakref.finalize(set(), sum, range(10**7))  # Python drops what is raised here, and warns
    busy()


@pytest.mark.parametrize("run", [busy, dies])
def test_a_block_that_catches_all_ends_in_time(run):
    with pytest.raises(OutOfTime), within(0.02):
        run()


def test_an_inner_block_leaves_the_time_of_the_outer_one():
    def twice():
        with contextlib.suppress(OutOfTime):
            in_time()
        busy()

    with pytest.raises(OutOfTime):
        within(0.1)(twice)()
    busy(10**6)  # no timer is left


def test_a_thread_is_not_interrupted():
    with ThreadPoolExecutor() as pool:
        assert pool.submit(in_time, 10**6).result() is None  # 0.03 s

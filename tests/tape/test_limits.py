"""A block ends in time, whatever it catches; one within another does not end that."""

import contextlib
import threading

import pytest

from microgradnet.tape.limits import OutOfTime, within

LONG = 10**9  # rounds that take longer than any limit here


def busy(rounds):
    with contextlib.suppress(BaseException):  # as careless code does
        for _ in range(rounds):
            pass
    for _ in range(rounds):
        pass


def test_a_block_that_catches_all_ends_in_time():
    with pytest.raises(OutOfTime), within(0.02):
        busy(LONG)


def test_an_inner_block_leaves_the_time_of_the_outer_one():
    def twice():
        with pytest.raises(OutOfTime), within(0.02):
            busy(LONG)
        busy(LONG)

    with pytest.raises(OutOfTime), within(0.1):
        twice()
    busy(10**6)  # no timer is left


def test_a_thread_is_not_interrupted():
    done = []

    def run():
        with within(0.001):
            busy(10**5)
        done.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done

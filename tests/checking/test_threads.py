"""What `check` changes while it runs, it changes for its own thread only."""

import io
import math
import sys
import threading

import pytest

import microgradnet as mg
from microgradnet.tape.limits import muted


@pytest.fixture
def elsewhere():
    """Run a function in another thread, and hand back what it returned."""

    def run(function):
        found = []
        thread = threading.Thread(target=lambda: found.append(function()))
        thread.start()
        thread.join()
        return found[0]

    return run


def checked(meanwhile):
    """Check a derivation that calls `meanwhile` in the midst of it."""

    def by_hand(w, x, y_true):
        meanwhile()
        L = (math.tanh(w * x) - y_true) ** 2
        d_L_d_w = 2 * (math.tanh(w * x) - y_true) * (1 - math.tanh(w * x) ** 2) * x
        return locals()

    return mg.check(by_hand)


def test_what_other_threads_print_is_shown(elsewhere, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)

    def meanwhile():
        print("own")
        elsewhere(lambda: print("other"))

    assert checked(meanwhile)
    assert "other" in stream.getvalue()
    assert "own" not in stream.getvalue()
    assert sys.stdout is stream


def test_several_threads_check_at_once():
    reports = []

    def several():
        reports.extend(checked(lambda: None) for _ in range(3))

    threads = [threading.Thread(target=several) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 12
    assert all(reports)


def test_muted_threads_that_overlap_leave_the_stream_that_was_there_first(capsys):
    before, entered, left = sys.stdout, threading.Event(), threading.Event()

    def other():
        with muted():
            entered.set()
            left.wait()
            print("not heard")

    thread = threading.Thread(target=other)
    with muted():
        thread.start()
        entered.wait()
        print("not heard")
    print("heard")
    left.set()
    thread.join()
    assert sys.stdout is before
    assert capsys.readouterr().out == "heard\n"

"""Work that is interrupted as Ctrl-C does, at random moments, and what has to be in order then."""

import gc
import math
import operator
import random
import signal
import sys
import time

import numpy as np

import microgradnet as mg
from microgradnet.autograd.modes import is_recording, is_standing_in


def interrupted(work, seconds):
    """Run work, and interrupt it after so many seconds; whether that was before its end."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        work()
        signal.setitimer(signal.ITIMER_REAL, 0.0)
    except KeyboardInterrupt:
        return True
    finally:
        signal.signal(signal.SIGALRM, before)
    return False


def interruptions(work, n, start=lambda: None):
    """Interrupt work n times, at moments spread over the time it takes; yields after each try.

    start: what is done before each. A try that ends tells how long the work takes by now.
    """
    rng = random.Random(0)
    usual, met, tries = _time(work, start), 0, 0
    while met < n:
        assert (tries := tries + 1) < 20 * n, f"{met} of {n} interruptions fell into the work"
        start()
        began = time.perf_counter()
        is_met = interrupted(work, max(1e-6, usual * rng.uniform(0.0, 1.1)))
        met, usual = met + is_met, usual if is_met else time.perf_counter() - began
        yield


def _time(work, start):
    start()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def surroundings():
    """What a process shares and this package touches; `np.errstate` is NumPy's to put back."""
    functions = {name: f for name, f in vars(math).items() if callable(f)}
    made = {name: getattr(np, name) for name in ("zeros", "ones", "empty", "array", "exp")}
    modes = (is_recording(), is_standing_in(), gc.isenabled(), sys.stdout, sys.gettrace())
    return functions, made, modes


def usable():
    """Values compare by identity, hold their numbers and derive: what a mode left on would end."""
    x = mg.Value(3.0)
    y = x * x
    y.backward()
    found = operator.eq(x, 3.0), bool(x), y.data, x.grad, repr(y)
    return found == (False, True, 9.0, 6.0, "Value(9.0, grad=1.0, op='*')")

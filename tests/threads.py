"""Work in threads, all at once."""

import sys
import threading

import pytest

THREADS = 8


@pytest.fixture
def turns_taken_often():
    """Threads of the tests that import this take turns a thousand times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def in_threads(work, n=THREADS):
    """Run work(i) in n threads, all at once; raise what one of them raised."""
    start, raised = threading.Barrier(n), []

    def run(i):
        start.wait()
        try:
            work(i)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]

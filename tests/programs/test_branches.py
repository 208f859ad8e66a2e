"""A function that looks at its numbers is not recorded, however it looks; other threads may."""

import threading

import pytest

import microgradnet as mg
from microgradnet import BranchError, Value
from microgradnet.autograd.modes import recording

BRANCHES = {
    "==": lambda x: 0.0 if x == 0 else x,
    "!=": lambda x: x if x != 0 else 1.0,
    "<": lambda x: x if x < 0 else -x,
    "if": lambda x: mg.sin(x) / x if x else 1.0,
    "not": lambda x: float(not x) + x,
    "or": lambda x: (x or 1.0) * 2.0,
    "in": lambda x: x * 2.0 if x in (1, 2) else x,
    "repr": lambda x: x * 2.0 if "2.0" in repr(x) else x,
    "format": lambda x: x * 2.0 if f"{x:.1f}" == "2.0" else x,
    "data": lambda x: x * x.data,
    "max": lambda x: max(x, 2.5),
    "sorted": lambda x: sorted([x, 2 * x])[0],
}


@pytest.mark.parametrize("f", BRANCHES.values(), ids=list(BRANCHES))
def test_a_branch_is_refused_with_its_line(f):
    with pytest.raises(BranchError, match=r"in .*test_branches\.py, line \d+"):
        mg.record(f, 2.0)


def test_after_a_refusal_values_may_be_looked_at_again():
    with pytest.raises(BranchError):
        mg.record(BRANCHES["=="], 2.0)
    with pytest.warns(UserWarning, match="compare its .data"):
        assert Value(2.0) != 2.0
    assert Value(2.0).data == 2.0


def test_recording_in_one_thread_leaves_the_values_of_another_alone():
    found = []

    def look():
        x = Value(3.0)
        found.append((x.data, bool(x), x > 1.0, repr(x)))

    with recording():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        with pytest.raises(BranchError):
            bool(Value(3.0))
    assert found == [(3.0, True, True, "Value(3.0, grad=0.0)")]

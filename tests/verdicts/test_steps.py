"""Steps over time: which moves belong to one step, and what a later step has that the first had not."""

import pytest

from microgradnet.tape.recording import Subject
from microgradnet.verdicts.entry_points import check_subject

HEAD = """\
import numpy as np

rng = np.random.default_rng(0)
"""


def report_of(source):
    """The report of a source as it runs."""
    return check_subject(Subject(HEAD + source, "steps.py"))


def verdicts(report):
    return {row.verdict for row in report.rows}


def told(report):
    """What is said of each row that is not right."""
    return [(r.name, r.verdict, r.line - 3, r.why or r.mistake) for r in report.rows if not r]


LAYERS = """\
x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
sizes = [3, 4, 4, 4, 2]
Ws = [rng.normal(size=pair) * 0.5 for pair in zip(sizes, sizes[1:])]
gs = [0] * 4
for epoch in range(400):
    a = [x]
    for W in Ws:
        a.append(np.tanh(a[-1] @ W))
    d = a[-1] - y
    loss = 0.5 * np.sum(d**2)
    for k in reversed(range(len(Ws))):
        d = d * (1 - a[k + 1] ** 2)
        gs[k], d = a[k].T @ d, d @ Ws[k].T
    for k in range(len(Ws)):
        Ws[k] = Ws[k] - 0.05 * gs[k]
"""


@pytest.mark.parametrize("more", range(4))  # entries, so that the recording ends here and there
def test_a_step_in_which_the_recording_left_a_loop_is_not_judged(more):
    found = report_of("z = np.ones(2)\n" + "z = z * 1.5\n" * 8 * more + LAYERS)
    assert found, told(found)
    assert verdicts(found) == {"right"}


TABLE = """\
center, table = rng.normal(size=4), rng.normal(size=(5, 4)) * 0.1
for epoch in range(50):
    v, g = center.copy(), np.zeros(4)
    loss = 0.0
    for i in [3, 1, 4]:
        loss += 0.5 * (table[i] @ v - 1) ** 2
    for i in [3, 1, 4]:
        e = table[i] @ v - 1
        g += e * table[i]
        table[i] -= 0.1 * e * v
    center -= 0.1 * g
"""


def test_rows_of_a_table_that_move_in_turn_are_moved_by_one_step():
    found = report_of(TABLE)
    assert found, told(found)
    assert [r.name for r in found.rows if r.name.startswith("update")] == [
        "update table",
        "update center",
    ]
    assert "loss" in str(found.loss)

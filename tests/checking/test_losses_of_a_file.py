"""The loss of a file where no name says it at the step: added up, or a function of the file."""

from tests.checking.files import checked, wrong

ADDED_UP = """\
import numpy as np

rng = np.random.default_rng(0)
IN, OUT = rng.uniform(-0.5, 0.5, (6, 3)), rng.uniform(-0.5, 0.5, (3, 6))
pairs = [(0, 1), (2, 3), (4, 5), (1, 0), (3, 2), (5, 4)]
for epoch in range(4):
    total = 0.0
    for word, near in pairs:
        v = IN[word]
        e = np.exp(v @ OUT)
        p = e / e.sum()
        total += -np.log(p[near])
        d = p.copy()
        d[near] -= 1
        dv = OUT @ d
        OUT -= 0.1 * np.outer(v, d)
        IN[word] -= 0.1 * dv
    print(epoch, total)
"""


def test_what_is_only_added_up_is_the_loss(tmp_path):
    """No loss was told: `total` is no name of one, and labels are one to a sample."""
    report = checked(tmp_path, ADDED_UP)
    assert report, report
    found = wrong(checked(tmp_path, ADDED_UP.replace("OUT @ d", "OUT @ p")))
    assert found == {"dv": (15, "uses p where d belongs")}

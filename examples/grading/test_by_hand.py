"""For pytest; in an otter notebook the last line is the test cell, after `import microgradnet`."""

from by_hand import by_hand

import microgradnet as mg


def test_by_hand():
    """Each derivative is there and right; if not, the report and the points are shown."""
    mg.testing.assert_derivation(by_hand, points={"d_L_d_ypred": 2, "d_L_d_w": 1, "d_L_d_b": 1})

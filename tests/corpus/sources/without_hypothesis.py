"""All but strategies works without Hypothesis."""
import sys
sys.modules["hypothesis"] = None
import microgradnet as mg

def by_hand(w, x):
    L = (w * x) ** 2
    d_L_d_w = 2 * w * x * x
    return locals()

assert mg.check(by_hand)
mg.testing.assert_derivation(by_hand, require="d_L_d_w")

"""l2_error, l2_delta and updates with +=, a slope by a function of the output."""
import numpy as np

def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

def derive(X, y, syn0, syn1):
    for _ in range(3):
        l0 = X
        l1 = nonlin(l0 @ syn0)
        l2 = nonlin(l1 @ syn1)
        #~a l2_error = l2 - y
        l2_error = y - l2
        l2_delta = l2_error * nonlin(l2, deriv=True)
        l1_error = l2_delta @ syn1.T
        l1_delta = l1_error * nonlin(l1, True)
        #~a syn1 -= 0.5 * l1.T @ l2_delta
        syn1 += l1.T @ l2_delta
        #~a syn0 -= 0.5 * l0.T @ l1_delta
        syn0 += l0.T @ l1_delta
    return syn0, syn1

rng = np.random.default_rng(0)
targets = np.array([[0.0], [1], [1], [0]])
EXAMPLE = rng.normal(size=(4, 3)), targets, rng.normal(size=(3, 4)), rng.normal(size=(4, 1))

"""A pair of passes with its test."""
import numpy as np

def relu(x, w):
    z = x @ w
    return np.maximum(z, 0), (x, w, z)

def relu_backward(dout, cache):
    x, w, z = cache
    dz = dout * (z > 0)
    return dz @ w.T, x.T @ dz

def test_relu(microgradnet_backward):
    report = microgradnet_backward(relu, relu_backward, np.ones((4, 3)), np.ones((3, 2)))
    assert len(report.rows) == 2

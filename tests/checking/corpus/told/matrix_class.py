"""np.matrix: * is a matrix product, and rows and sums keep two axes."""
import numpy as np

rng = np.random.RandomState(0)
points = [[1.0, *rng.randn(2)] for _ in range(40)]
labels = [int(a + b > 0) for _, a, b in points]


def sigmoid(z):
    return 1.0 / (1 + np.exp(-z))


def ascend(data, classes):
    X = np.mat(data)
    y = np.mat(classes).transpose()
    weights = np.ones((X.shape[1], 1))
    for k in range(50):
        h = sigmoid(X * weights)
        #~ error = h - y  #: wrong: sign
        error = y - h
        #~ weights = weights + 0.001 * np.outer(1, error.A1 @ X.A).T  #: right
        weights = weights + 0.001 * X.transpose() * error  #: right
    return weights


print(ascend(points, labels))

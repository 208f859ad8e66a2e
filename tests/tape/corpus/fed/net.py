"""Fed: Net.update_mini_batch."""
import numpy as np

class Net:
    def __init__(self, sizes, activation="relu"):
        self.W = [np.random.randn(b, a) for a, b in zip(sizes, sizes[1:])]
        if activation == "tanh":
            self.f = np.tanh
        else:
            self.f = lambda z: np.maximum(z, 0)
    def feedforward(self, a):
        for w in self.W:
            a = np.tanh(w @ a)
        return a
    def backprop(self, x, y):
        activations = [x]
        for w in self.W:
            activations.append(np.tanh(w @ activations[-1]))
        delta = (activations[-1] - y) * (1 - activations[-1] ** 2)
        nabla = [delta @ activations[-2].T]
        for k in range(2, len(self.W) + 1):
            delta = (self.W[-k + 1].T @ delta) * (1 - activations[-k] ** 2)
            nabla.insert(0, delta @ activations[-k - 1].T)
        return nabla
    def update_mini_batch(self, mini_batch, eta):
        for x, y in mini_batch:
            self.W = [w - eta * d for w, d in zip(self.W, self.backprop(x, y))]

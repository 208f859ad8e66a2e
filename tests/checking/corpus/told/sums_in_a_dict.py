"""A sum in a dict is judged when it is whole; of several rounds one in which not all is 0."""
import numpy as np
rng = np.random.default_rng(0)
class Cell:
    def __init__(self):
        self.Wf, self.Wg = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    def forward(self, xs):
        c, self.seen = np.zeros(2), []
        for x in xs:
            f, g = 1 / (1 + np.exp(-self.Wf @ x)), np.tanh(self.Wg @ x)
            self.seen.append((x, f, g, c))
            c = f * c + g
        return c
    def backward(self, dc):
        grads = {k: np.zeros((2, 3)) for k in ("Wf", "Wg")}
        for x, f, g, c in reversed(self.seen):
            df = dc * c * f * (1 - f)  #: right
            dg = dc * (1 - g ** 2)  #: right
            for gate, d in (("f", df), ("g", dg)):
                #~ grads[f'W{gate}'] += np.outer(d, x)
                grads["W" + gate] += np.outer(d, x)  #: right
            dc = dc * f  #: right
        return grads
cell, xs, y = Cell(), rng.normal(size=(4, 3)), rng.normal(size=2)
out = cell.forward(xs)
loss = 0.5 * np.sum((out - y) ** 2)
found = cell.backward(out - y)

import numpy as np


class ClippedSwish:
    def forward(self, x):
        self.x = x
        self.c = np.clip(x, -1.0, 2.0)
        self.s = 1 / (1 + np.exp(-self.c))
        return self.c * self.s

    def backward(self, dout):
        # wrong: dc = dout * self.s * (1 - self.s) :: term|s\b|c\b
        dc = dout * (self.s + self.c * self.s * (1 - self.s))
        # wrong: return dc :: clip|clamp|slope
        return dc * ((self.x > -1.0) & (self.x < 2.0))


def make():
    return ClippedSwish()


def example():
    return (2 * np.random.default_rng(13).normal(size=(4, 5)),)

"""Lists and words by their annotations."""
import numpy as np


class Net:
    def __init__(self, sizes: list[int], names: list[str]):
        self.w = [[0.1 * (i + j) for j in range(sizes[0])] for i in range(sizes[1])]
        self.act = [pick(name) for name in names]
    def fit(self, inputs: list[list[float]], name: str, epochs: int) -> bool:
        name.lower()
        for _ in range(epochs):
            for row in inputs:
                total = 0.0
                for k, x in enumerate(row + []):
                    total += self.w[0][k % len(self.w[0])] * x
                error = self.act[0](total) - row[0]
                self.w[0][0] -= 0.1 * error * row[0]
                self.w[0][1] -= 0.1 * error * row[1]
        return True
def pick(name: str):
    match name:
        case "same":
            return lambda x: x
        case "half":
            return lambda x: x / 2
    raise ValueError(name)

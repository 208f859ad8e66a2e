"""Run it with `.venv/bin/python examples/linear_regression.py`: one linear neuron, y = w x + b.

Where the tutorial begins. Gradient descent on the mean square finds the line that the formula of
least squares gives: weight (lb) from height (cm) of the tutorial's six people.
It takes 1 s of CPU time, on two cores of an AMD EPYC.
"""

import numpy as np

import microgradnet as mg


def least_squares(x, y):
    """Return w = sum (x - mean x)(y - mean y) / sum (x - mean x)**2, b = mean y - w mean x."""
    w = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return w, y.mean() - w * x.mean()


def main():
    people, _ = mg.datasets.gender()
    weight, height = people[:, 0] + 133, people[:, 1] + 165
    w, b = least_squares(height, weight)
    print(f"least squares   w = {w:.12f}  b = {b:.10f}")

    Z, scaling = mg.standardize(height[:, None])
    neuron = mg.Neuron(1, activation="linear", seed=0)
    optimizer = mg.SGD(0.1)
    history = mg.fit(neuron, Z, weight, optimizer=optimizer, epochs=200, batch_size=len(Z))
    # the neuron saw (height - shift) / scale
    trained_w = neuron.weights[0].data / scaling.scale[0]
    trained_b = neuron.bias.data - trained_w * scaling.shift[0]
    print(f"linear neuron   w = {trained_w:.12f}  b = {trained_b:.10f}")
    print(f"they differ by {max(abs(trained_w - w), abs(trained_b - b)):.1e}")
    print(f"loss {history.losses[0]:.1f} at first, {history.losses[-1]:.6f} at last")
    print(f"least possible {np.mean((w * height + b - weight) ** 2):.6f}")


if __name__ == "__main__":
    main()

"""Run it with `.venv/bin/python examples/davis.py`: the net on 200 people, raw and centred.

Needs `python3 -m pip --python .venv/bin/python install -e '.[data]'`.
It takes 1 s of CPU time, on two cores of an AMD EPYC.

On raw kilograms and centimetres the sigmoids saturate and the net learns no more than how many are
men; centred it tells them apart; and the one row whose two numbers were swapped shows by its loss.
"""

import warnings

import numpy as np

import microgradnet as mg


def train(X, y):
    """The tutorial's net and training; returns it and its accuracy, and prints any warning."""
    net = mg.MLP(2, [2, 1], seed=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = mg.fit(net, X, y, loss="mse", optimizer=mg.SGD(0.1), epochs=200)
    right = sum((net(row).data > 0.5) == bool(truth) for row, truth in zip(X, y))
    print(f"  loss {history.losses[-1]:.4f}, accuracy {right / len(y):.3f}")
    for warning in caught:
        print("  warning:", warning.message)
    return net


def losses_of_heights(X):
    """How far each height is from what a linear neuron makes of the weight: its squared error."""
    Z, _ = mg.standardize(X)
    weights, heights = Z[:, :1], Z[:, 1]
    neuron = mg.Neuron(1, activation="linear", seed=0)
    mg.fit(neuron, weights, heights, optimizer=mg.SGD(0.01), epochs=100)
    return np.array([mg.mse(neuron(w), h).data for w, h in zip(weights, heights)])


def main():
    X, y = mg.datasets.davis()
    print(f"{len(y)} people, {y.mean():.2f} of them men; weight in kg, height in cm")
    print("raw:")
    train(X, y)
    print("centred:")
    train(mg.centre(X)[0], y)

    losses = losses_of_heights(X)
    worst, second = np.argsort(losses)[[-1, -2]]
    weight, height = X[worst]
    print(f"loss of height from weight: the largest is {losses[worst]:.1f}, ", end="")
    print(f"the next {losses[second]:.1f}")
    print(f"  row {worst + 1}, {weight:.0f} kg and {height:.0f} cm: swapped")
    X[worst] = X[worst, ::-1]
    print("centred, swapped back:")
    net = train(mg.centre(X)[0], y)
    shift = mg.centre(X)[1]
    for weight, height in ((60.0, 165.0), (80.0, 180.0)):
        print(f"  {weight:.0f} kg, {height:.0f} cm: {net(shift([weight, height])).data:.3f}")


if __name__ == "__main__":
    main()

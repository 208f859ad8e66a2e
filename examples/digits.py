"""Run it with `.venv/bin/python examples/digits.py`: a 64-32-10 net reads handwritten digits.

Needs `python3 -m pip --python .venv/bin/python install -e '.[data,native]'`.
It takes 3 s of CPU time, on two cores of an AMD EPYC.
"""

import time

import numpy as np

import microgradnet as mg

EPOCHS, BATCH = 40, 16


def split(X, y, held_out=360):
    order = np.random.default_rng(0).permutation(len(y))
    test, train = order[:held_out], order[held_out:]
    return X[train], y[train], X[test], y[test]


def shrunk(net):
    """Start with sums of about 1: weights over the root of how many a neuron has."""
    for layer in net.layers:
        for neuron in layer.neurons:
            for weight in neuron.weights:
                weight.data *= len(neuron.weights) ** -0.5
    return net


def read(net, X):
    """The digit of the largest score, of each row, by a program of the scores."""
    x = [mg.Value(0.0) for _ in range(X.shape[1])]
    program = mg.compile(net(x), [*net.parameters(), *x], engine="native")
    return program.map([p.data for p in net.parameters()], X).argmax(axis=1)


def main():
    X, y, X_test, y_test = split(*mg.datasets.digits())
    net = shrunk(mg.MLP(64, [32, 10], activation="tanh", output="linear", seed=0))
    print(f"{net}: {len(net.parameters()):,} parameters, {len(y):,} digits to learn")
    start = time.perf_counter()
    history = mg.fit(
        net,
        X,
        y,
        loss="softmax_cross_entropy",
        optimizer=mg.Adam(0.003),
        epochs=EPOCHS,
        batch_size=BATCH,
        shuffle=True,
        seed=0,
        engine="native",
    )
    seconds = time.perf_counter() - start
    print(f"loss {history.losses[0]:.4f} to {history.losses[-1]:.4f} in {EPOCHS} epochs")
    print(f"{seconds:.1f} s, {1e6 * seconds / (EPOCHS * len(y)):.0f} us a digit")
    right = read(net, X_test) == y_test
    print(f"accuracy {(read(net, X) == y).mean():.4f}, held out {right.mean():.4f}")
    for i in np.flatnonzero(~right)[:3]:
        print(f"  wrong: digit {i} is a {y_test[i]:.0f}, read as {read(net, X_test[i : i + 1])[0]}")


if __name__ == "__main__":
    main()

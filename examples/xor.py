"""Run it with `.venv/bin/python examples/xor.py`: exclusive or, by one neuron and by three.

It takes 1 s of CPU time, on two cores of an AMD EPYC.
"""

import math

import microgradnet as mg

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
Y = [0, 1, 1, 0]


def train(name, net):
    settings = {"optimizer": mg.Adam(0.05), "epochs": 1000, "batch_size": 4}
    history = mg.fit(net, X, Y, loss="binary_cross_entropy", **settings)
    print(f"{name}: loss {history.losses[-1]:.4f}")
    for row, truth in zip(X, Y):
        print(f"  {row[0]} xor {row[1]} = {truth}, predicted {net(row).data:.3f}")


def main():
    train("one neuron", mg.Neuron(2, seed=0))
    print(f"  no line parts them: at best it says 1/2 of each, a loss of log 2 = {math.log(2):.4f}")
    train("two hidden neurons and an output", mg.MLP(2, [2, 1], activation="tanh", seed=0))


if __name__ == "__main__":
    main()

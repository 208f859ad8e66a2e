"""Run it with `.venv/bin/python examples/transfer.py`: a hidden layer serves other people.

Needs `python3 -m pip --python .venv/bin/python install -e '.[data]'`.
It takes 1 s of CPU time, on two cores of an AMD EPYC.

The 2-2-1 net is trained on the people of Davis; its hidden layer is frozen and put under a new
output, which alone is trained on the six, against a whole net trained on them from scratch.
"""

import numpy as np

import microgradnet as mg

KG = 0.45359237  # of a pound
EPOCHS = (10, 30, 100, 300)
SEEDS = range(10)


def mean_loss(net, X, y):
    return sum(mg.mse(net(row), truth).data for row, truth in zip(X, y)) / len(y)


def hidden_of_davis():
    """The scaling of kg and cm, and the trained hidden layer, frozen."""
    X, y = mg.datasets.davis()
    X[11] = X[11, ::-1]  # its numbers are swapped, see davis.py
    Z, scaling = mg.standardize(X)
    net = mg.MLP(2, [2, 1], seed=0)
    mg.fit(net, Z, y, epochs=1000)
    right = sum((net(row).data > 0.5) == bool(truth) for row, truth in zip(Z, y))
    print(f"200 people: accuracy {right / len(y):.3f}")
    return scaling, net.layers[0].freeze()


def six_people(scaling):
    """The tutorial's table in kg and cm, scaled as the 200 were."""
    people, y = mg.datasets.gender()
    return scaling((people + np.array([133, 165])) * [KG, 1.0]), y


def main():
    scaling, hidden = hidden_of_davis()
    X, y = six_people(scaling)
    print(f"frozen: {', '.join(p.label for p in hidden.parameters())}; mean loss of the six,")
    print(f"over {len(SEEDS)} starts, after so many epochs:")
    print("epochs   new output   from scratch")
    before = hidden.state_dict()
    for epochs in EPOCHS:
        new, scratch = [], []
        for seed in SEEDS:
            net = mg.MLP.from_layers([hidden, mg.Layer(2, 1, seed=seed)])
            mg.fit(net, X, y, epochs=epochs)
            new.append(mean_loss(net, X, y))
            whole = mg.MLP(2, [2, 1], seed=seed)
            mg.fit(whole, X, y, epochs=epochs)
            scratch.append(mean_loss(whole, X, y))
        print(f"{epochs:6}   {sum(new) / len(new):10.4f}   {sum(scratch) / len(scratch):12.4f}")
    print("the hidden layer is as it was:", hidden.state_dict() == before)
    for name, row in mg.datasets.gender_held_out().items():
        print(f"{name}: {net(scaling([(row[0] + 133) * KG, row[1] + 165])).data:.3f}")


if __name__ == "__main__":
    main()

"""Programs that several tests run, some of them in processes of their own."""

import numpy as np

import microgradnet as mg

X, y = mg.datasets.gender()
ROWS = np.column_stack([X, y])


def training_step(engine="python", seed=0):
    """The tutorial's step as a program: the next parameters and the loss."""
    net = mg.MLP(2, [2, 1], seed=seed)
    x, target = [mg.Value(0.5, "x1"), mg.Value(0.2, "x2")], mg.Value(1.0, "y_true")
    loss = mg.mse(net(x), target)
    sgd = mg.SGD(0.1)
    parameters = net.parameters()
    gradients = mg.grad(loss, parameters)
    following = [sgd.step(p, g) for p, g in zip(parameters, gradients)]
    inputs = [*parameters, *x, target]
    return mg.compile([*following, loss], inputs, engine=engine), net


def batch_gradient(engine="jax"):
    """The mean loss of a net and its gradients as a program, its parameters and some rows."""
    net = mg.MLP(2, [4, 1], activation="tanh", seed=1)
    x, target = [mg.Value(0.5, "x1"), mg.Value(0.2, "x2")], mg.Value(1.0, "y_true")
    loss = mg.mse(net(x), target)
    parameters = net.parameters()
    outputs = [loss, *mg.grad(loss, parameters)]
    program = mg.compile(outputs, [*parameters, *x, target], engine=engine)
    rows = np.random.default_rng(0).normal(size=(101, 3))
    return program, [p.data for p in parameters], rows


def gradient_program(net, loss=mg.mse, n_targets=1):
    """The loss of a net at a row, and its gradients."""
    x = [mg.Value(0.1 * i, f"x{i + 1}") for i in range(len(net.layers[0].neurons[0].weights))]
    y = [mg.Value(float(not i), f"y{i + 1}") for i in range(n_targets)]
    found = loss(net(x), y if n_targets > 1 else y[0])
    outputs = [found, *mg.grad(found, net.parameters())]
    return mg.compile(outputs, [*net.parameters(), *x, *y])

"""Run it with `.venv/bin/python examples/own_operation.py`: an operation of one's own, in use.

Mish, x tanh(softplus(x)), is given as a formula and its derivative. A wrong derivative is refused;
the right one serves gradients of any order, a net, a program and a picture (out/mish.svg).
It takes 1 s of CPU time, on two cores of an AMD EPYC. Source: Misra, Mish, 2019.
"""

from pathlib import Path

import microgradnet as mg

OUT = Path("out")


def mish(x):
    return x * mg.tanh(mg.softplus(x))


def derivative(x):
    t = mg.tanh(mg.softplus(x))
    return t + x * (1 - t * t) * mg.sigmoid(x)


def main():
    try:
        mg.op("mish", mish, lambda x: mg.tanh(mg.softplus(x)) + x * mg.sigmoid(x))
    except ValueError as error:
        print("refused:", error)

    operation = mg.op("mish", mish, derivative, symbol="mish")
    x = mg.Value(0.5, "x")
    y = operation(x)
    (first,) = mg.grad(y, [x])
    (second,) = mg.grad(first, [x])
    print(f"mish(0.5) = {y.data:.12f}")
    print(f"its derivatives: {first.data:.12f}, {second.data:.12f}")
    for name, f in (("first", operation), ("second", derivative)):
        difference = mg.differences(f, 0.5)
        print(f"  {name}: differences say {difference.value:.10f} +- {difference.error:.0e}")

    X, truth = mg.datasets.gender()
    net = mg.MLP(2, [3, 1], activation="mish", seed=0)
    history = mg.fit(net, mg.standardize(X)[0], truth, epochs=500)
    first_loss, *_, last_loss = history.losses
    print(f"a net of it learns the six people: loss {first_loss:.4f} to {last_loss:.4f}")

    print(mg.compile([y, first], [x]))
    OUT.mkdir(exist_ok=True)
    print("picture:", mg.draw(y * y).save(OUT / "mish.svg"))


if __name__ == "__main__":
    main()

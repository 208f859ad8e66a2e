"""Run it with `.venv/bin/python examples/moons.py`: a 2-16-16-1 net parts two moons, and where.

Needs `python3 -m pip --python .venv/bin/python install -e '.[data,plot]'`.
It takes 4 s of CPU time, on two cores of an AMD EPYC. It writes out/moons.png and .gif.
"""

from pathlib import Path

import microgradnet as mg

OUT = Path("out")


def accuracy(net, X, y):
    return sum((net(row).data > 0) == (truth > 0) for row, truth in zip(X, y)) / len(y)


def main():
    X, y = mg.datasets.moons(200, noise=0.15, seed=0)
    others = mg.datasets.moons(200, noise=0.15, seed=1)
    net = mg.MLP(2, [16, 16, 1], activation="relu", output="linear", seed=0)
    print(f"{net}: {len(net.parameters())} parameters, {len(y)} points")
    history = mg.fit(
        net,
        X,
        y,
        loss="hinge",
        optimizer=mg.Adam(0.01),
        epochs=200,
        batch_size=20,
        shuffle=True,
        seed=0,
        l2=1e-4,
        validation=others,
        patience=50,
        snapshots=100,
    )
    print(f"{len(history.epochs)} epochs, loss {history.losses[0]:.4f} to {history.losses[-1]:.4f}")
    print(f"accuracy {accuracy(net, X, y):.3f}, of other points {accuracy(net, *others):.3f}")
    OUT.mkdir(exist_ok=True)
    history.plot().savefig(OUT / "moons.png", dpi=150)
    history.animate(OUT / "moons.gif")
    print("pictures:", OUT / "moons.png", OUT / "moons.gif")


if __name__ == "__main__":
    main()

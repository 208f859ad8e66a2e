"""Run it with `.venv/bin/python examples/gender.py`: the tutorial's network, end to end.

One neuron, derivatives, training, predictions, a mistake in one derivative found; pictures to out/.
It takes 1 s of CPU time, on two cores of an AMD EPYC.
"""

import math
import runpy
from pathlib import Path

from rich.console import Console
from rich.table import Table

import microgradnet as mg

OUT = Path("out")
PERSON = 4  # the row of the table that the derivation is checked on


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def deriv_sigmoid(x):
    fx = sigmoid(x)
    return fx * (1 - fx)


def derive_by_hand(w1, w2, b1, w3, w4, b2, w5, w6, b3, x, y_true):
    """The tutorial's derivation: 12 factors, and the 9 products of the chain rule."""
    sum_h1 = w1 * x[0] + w2 * x[1] + b1
    h1 = sigmoid(sum_h1)
    sum_h2 = w3 * x[0] + w4 * x[1] + b2
    h2 = sigmoid(sum_h2)
    sum_o1 = w5 * h1 + w6 * h2 + b3
    y_pred = sigmoid(sum_o1)

    d_L_d_ypred = -2 * (y_true - y_pred)

    d_ypred_d_w5 = h1 * deriv_sigmoid(sum_o1)
    d_ypred_d_w6 = h2 * deriv_sigmoid(sum_o1)
    d_ypred_d_b3 = deriv_sigmoid(sum_o1)
    d_ypred_d_h1 = w5 * deriv_sigmoid(sum_o1)
    d_ypred_d_h2 = w6 * deriv_sigmoid(sum_o1)

    d_h1_d_w1 = x[0] * deriv_sigmoid(sum_h1)
    d_h1_d_w2 = x[1] * deriv_sigmoid(sum_h1)
    d_h1_d_b1 = deriv_sigmoid(sum_h1)
    d_h2_d_w3 = x[0] * deriv_sigmoid(sum_h2)
    d_h2_d_w4 = x[1] * deriv_sigmoid(sum_h2)
    d_h2_d_b2 = deriv_sigmoid(sum_h2)

    d_L_d_w1 = d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w1
    d_L_d_w2 = d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w2
    d_L_d_b1 = d_L_d_ypred * d_ypred_d_h1 * d_h1_d_b1
    d_L_d_w3 = d_L_d_ypred * d_ypred_d_h2 * d_h2_d_w3
    d_L_d_w4 = d_L_d_ypred * d_ypred_d_h2 * d_h2_d_w4
    d_L_d_b2 = d_L_d_ypred * d_ypred_d_h2 * d_h2_d_b2
    d_L_d_w5 = d_L_d_ypred * d_ypred_d_w5
    d_L_d_w6 = d_L_d_ypred * d_ypred_d_w6
    d_L_d_b3 = d_L_d_ypred * d_ypred_d_b3
    return locals()


def show_forward():
    print("One neuron, weights [0, 1], bias 4, on [27, 17]:")
    print(" ", mg.Neuron(weights=[0, 1], bias=4)([27, 17]).data)
    net = mg.MLP(2, [2, 1])
    start = {"w1": 0, "w2": 1, "w3": 0, "w4": 1, "w5": 0, "w6": 1, "b1": 0, "b2": 0, "b3": 0}
    net.load_state_dict(start)
    print("The 2-2-1 network, all weights [0, 1], biases 0, on [133, 165]:")
    print(" ", net([133, 165]).data)


def record(net, row, target):
    """The loss of one person, on named inputs, so that they show in the picture."""
    x = [mg.Value(row[0], "x1"), mg.Value(row[1], "x2")]
    return mg.mse(net(x), mg.Value(target, "y_true"))


def check_derivation(net, row, target):
    loss = record(net, row, target)
    by_hand = derive_by_hand(**net.state_dict(), x=row, y_true=target)
    report = mg.compare(loss, by_hand, witness=True)
    print(f"\nThe derivation by hand, for the person {row.tolist()}, against the recorded graph:")
    print(report)
    print("All right." if report else "Not all right.")
    return mg.draw(loss)


def break_one_factor():
    """A copy of this file where w2's factor was copied from w1's and not changed; and its check."""
    right, wrong = "d_h1_d_w2 = x[1]", "d_h1_d_w2 = x[0]"
    copy = OUT / "gender_with_a_mistake.py"
    copy.write_text(Path(__file__).read_text(encoding="utf-8").replace(right, wrong), "utf-8")
    print(f"\nThe same derivation with {wrong!r} instead of {right!r}: {copy}")
    print(mg.check(runpy.run_path(str(copy))["derive_by_hand"]))


def train(net, X, y):
    print("\nTraining: 1,000 epochs, one step of gradient descent per person, rate 0.1")
    history = mg.fit(net, X, y, loss="mse", optimizer=mg.SGD(0.1), epochs=1000, snapshots=60)
    for epoch, loss in zip(history.epochs, history.losses):
        if epoch % 100 == 0:
            print(f"  epoch {epoch:4d}  loss {loss:.5f}")
    return history


def predict(net, X, y):
    table = Table(title="Predictions (0 female, 1 male)", title_justify="left")
    for heading in ("person", "weight - 133", "height - 165", "truth", "prediction"):
        table.add_column(heading, justify="left" if heading == "person" else "right")
    people = [(f"{i + 1}", row, f"{truth:.0f}") for i, (row, truth) in enumerate(zip(X, y))]
    people += [(name, row, "") for name, row in mg.datasets.gender_held_out().items()]
    for name, row, truth in people:
        table.add_row(name, f"{row[0]:.0f}", f"{row[1]:.0f}", truth, f"{net(row).data:.3f}")
    print()
    Console().print(table)
    print("Near 1 is male by this table; the lesson's own comments call Emily F and Frank M.")


def write_pictures(drawing, history):
    print("\nPictures:")
    for name in ("gender.svg", "gender.png"):
        print(" ", drawing.save(OUT / name))
    columns = ["weight, less 133", "height, less 165"]
    history.plot(columns).savefig(OUT / "gender_loss.png", dpi=150)
    history.animate(OUT / "gender_training.gif", columns)
    for name in ("gender_loss.png", "gender_training.gif"):
        print(" ", OUT / name)


def main():
    OUT.mkdir(exist_ok=True)
    X, y = mg.datasets.gender()
    show_forward()
    net = mg.MLP(2, [2, 1], activation="sigmoid", output="sigmoid", seed=0)
    drawing = check_derivation(net, X[PERSON], y[PERSON])
    history = train(net, X, y)
    predict(net, X, y)
    write_pictures(drawing, history)
    break_one_factor()


if __name__ == "__main__":
    main()

"""Run it with `.venv/bin/python examples/second_order.py`: the Hessian of nine parameters, Newton.

A gradient is made of Values, so it can be derived again: 45 second derivatives of the 2-2-1 net,
recorded once as one program. With them Newton's method is at the minimum in some ten steps, and
the number of right digits doubles with each at the end.
It takes 1 s of CPU time, on two cores of an AMD EPYC.
"""

import numpy as np

import microgradnet as mg

PENALTY = 0.001  # of the squares of the parameters: without it the minimum is at infinity


def record(net):
    """Loss, gradient and upper half of the Hessian of one person, as a program."""
    x, truth = [mg.Value(0.0, "x1"), mg.Value(0.0, "x2")], mg.Value(0.0, "y_true")
    parameters = net.parameters()
    loss = mg.mse(net(x), truth) + PENALTY * mg.l2(parameters)
    gradient = mg.grad(loss, parameters)
    hessian = [h for i, g in enumerate(gradient) for h in mg.grad(g, parameters[i:])]
    return mg.compile([loss, *gradient, *hessian], [*parameters, *x, truth])


def derivatives(program, w, rows):
    """Mean loss over the people, its gradient (n,) and Hessian (n, n)."""
    n = len(w)
    loss, *found = program.mean(w, rows)
    hessian = np.zeros((n, n))
    hessian[np.triu_indices(n)] = found[n:]
    return loss, np.array(found[:n]), hessian + np.triu(hessian, 1).T


def check(program, w, rows):
    """The largest difference between the Hessian and differences of the gradient."""
    _, _, hessian = derivatives(program, w, rows)
    step, worst = 1e-5, 0.0
    for i, unit in enumerate(np.eye(len(w))):
        above = derivatives(program, w + step * unit, rows)[1]
        below = derivatives(program, w - step * unit, rows)[1]
        worst = max(worst, np.abs((above - below) / (2 * step) - hessian[i]).max())
    return worst


def newton(program, w, rows, steps=60):
    """Newton's method, pulled towards the gradient as far as needed for the loss to fall.

    Source: Nocedal and Wright, Numerical Optimization, 2006, section 3.4.
    """
    pull = 1.0
    loss, gradient, hessian = derivatives(program, w, rows)
    for step in range(steps + 1):
        print(f"  step {step:2}  loss {loss:.12f}  gradient {np.linalg.norm(gradient):.1e}")
        if np.linalg.norm(gradient) < 1e-14:
            break
        while True:
            shifted = hessian + pull * np.eye(len(w))
            convex = np.linalg.eigvalsh(shifted)[0] > 0
            following = w - np.linalg.solve(shifted, gradient) if convex else w
            found = derivatives(program, following, rows)
            if convex and found[0] <= loss:
                break
            pull = max(4.0 * pull, 1e-6)
        w, (loss, gradient, hessian), pull = following, found, pull / 10 if pull > 1e-7 else 0.0
    return w, loss


def main():
    X, y = mg.datasets.gender()
    rows = np.column_stack([mg.standardize(X)[0], y])
    net = mg.MLP(2, [2, 1], activation="tanh", seed=0)
    program = record(net)
    start = np.array([p.data for p in net.parameters()])
    print(f"loss, 9 first and 45 second derivatives in {len(program.lines)} lines")
    print(f"Hessian against differences of the gradient: {check(program, start, rows):.1e}")
    print("Newton's method:")
    w, loss = newton(program, start, rows)
    print(
        "curvatures at the minimum:",
        np.round(np.linalg.eigvalsh(derivatives(program, w, rows)[2]), 4),
    )
    history = mg.fit(net, rows[:, :2], y, batch_size=6, epochs=1000, l2=PENALTY)
    print(f"1,000 steps of gradient descent end {history.losses[-1] - loss:.1e} above it")


if __name__ == "__main__":
    main()

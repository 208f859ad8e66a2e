"""A loss that takes less than the step is called with it; one that the step uses is not."""
import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(90, 3))
y = rng.poisson(np.exp(0.4 * X @ [1.0, -1.0, 0.5]))
model = {"beta": np.zeros(3), "m": np.zeros(3), "v": np.zeros(3)}


def rate(beta, X):
    return np.exp(X @ beta)


def deviance(beta, X):
    mu = rate(beta, X)
    return np.mean(mu**2) - np.mean(mu)


def nll(beta, X, y):
    mu = rate(beta, X)
    return np.mean(mu - y * np.log(mu))


def gradient(beta, X, y, ridge):
    #~ return X.T @ (rate(beta, X) + y) / len(y)  #: wrong: the sign is wrong
    return X.T @ (rate(beta, X) - y) / len(y)


for epoch in range(30):
    for rows in rng.permutation(90).reshape(-1, 15):
        g = gradient(model["beta"], X[rows], y[rows], 0)
        model["m"] = 0.8 * model["m"] + g
        model["beta"] = model["beta"] - 0.05 * model["m"]
    if epoch % 10 == 9:
        print(epoch, model["beta"])

"""Fit r and K of logistic growth  dN/dt = r N (1 - N/K)  by forward sensitivities."""
import numpy as np

DT, STEPS = 0.1, 60
times = np.arange(STEPS + 1) * DT


def simulate(r, K, n0=5.0):
    N = np.empty(STEPS + 1)
    Sr = np.zeros(STEPS + 1)     # dN/dr
    SK = np.zeros(STEPS + 1)     # dN/dK
    N[0] = n0
    for k in range(STEPS):
        n = N[k]
        jac = r * (1 - 2 * n / K)
        N[k + 1] = n + DT * r * n * (1 - n / K)
        Sr[k + 1] = Sr[k] + DT * (jac * Sr[k] + n * (1 - n / K))
        SK[k + 1] = SK[k] + DT * (jac * SK[k] + r * n ** 2 / K ** 2)
    return N, Sr, SK


def sse_and_grad(theta, obs):
    r, K = theta[0], np.exp(theta[1])
    N, Sr, SK = simulate(r, K)
    res = N - obs
    value = 0.5 * np.mean(res ** 2)
    g_r = np.mean(res * Sr)
    g_logK = np.mean(res * SK) * K
    return value, np.array([g_r, g_logK])


if __name__ != "never":
    truth, _, _ = simulate(1.1, 80.0)
    obs = truth + np.random.default_rng(2).normal(0, 1.0, truth.shape)
    theta = np.array([0.7, np.log(60.0)])
    for it in range(200):
        value, g = sse_and_grad(theta, obs)
        theta = theta - 0.0005 * g
        if it % 50 == 0:
            print(it, round(value, 4), theta[0], np.exp(theta[1]))

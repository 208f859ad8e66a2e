import numpy as np

# Number of bicycle accidents per district, exposure = thousands of km ridden
rng = np.random.default_rng(321)
n = 150
feat = rng.normal(size=(n, 2))
exposure = rng.uniform(0.5, 3.0, n)
eta_true = 0.8 + feat @ np.array([0.9, -0.6])
counts = rng.poisson(exposure * np.log1p(np.exp(eta_true)))

coef = np.zeros(2)
intercept = 0.0
lr = 0.1

for it in range(300):
    eta = intercept + feat @ coef
    rate = np.log1p(np.exp(eta))
    lam = exposure * rate
    nll = np.mean(lam - counts * np.log(lam))

    d_lam = 1 - counts / lam
    d_rate = d_lam * exposure
    d_eta = d_rate * (1 / (1 + np.exp(-eta))) / n
    coef -= lr * (feat.T @ d_eta)
    intercept -= lr * d_eta.sum()
    if it % 100 == 0:
        print("it", it, "nll", nll)
print("coef", coef, "intercept", intercept)

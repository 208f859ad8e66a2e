import numpy as np

# Damped spring: x(t) = A exp(-g t) cos(w t + phi), fitted by gradient descent
t = np.linspace(0, 6, 60)
noise = np.random.default_rng(55).normal(0, 0.03, t.size)
measured = 1.4 * np.exp(-0.25 * t) * np.cos(2.1 * t + 0.4) + noise

A, g, w, phi = 1.0, 0.1, 2.0, 0.2
rate = 0.05

for k in range(400):
    env = np.exp(-g * t)
    arg = w * t + phi
    model = A * env * np.cos(arg)
    res = model - measured
    chi2 = np.mean(res ** 2)
    dA = 2 * np.mean(res * env * np.cos(arg))
    dg = 2 * np.mean(res * -t * model)
    dw = 2 * np.mean(res * -A * env * t * np.sin(arg))
    dphi = 2 * np.mean(res * -A * env * np.sin(arg))
    A -= rate * dA
    g -= rate * dg
    w -= rate * dw
    phi -= rate * dphi
    if k % 100 == 0:
        print(f"{k:4d} chi2={chi2:.5f} A={A:.3f} g={g:.3f} w={w:.3f} phi={phi:.3f}")

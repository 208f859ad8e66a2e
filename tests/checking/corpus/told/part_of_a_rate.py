"""A part of the common rate may be the rate of one parameter, but twice the rate is a mistake."""
import numpy as np

rng = np.random.default_rng(1)
x = rng.normal(2.0, 3.0, size=40)
mean, log_size, rate = np.zeros(1), np.zeros(1), 0.1
bias, t = np.zeros(1), rng.normal(size=40)
for step in range(50):
    z = (x - mean) * np.exp(-log_size)
    loss = np.mean(z**2) / 2 + log_size.sum() + np.mean((t - bias) ** 2)
    d_mean = -np.mean(z) * np.exp(-log_size)
    d_log_size = 1 - np.mean(z**2)
    d_bias = -2 * np.mean(t - bias)
    mean = mean - rate * d_mean
    bias = bias - rate * d_bias
    #~ log_size = log_size - 2 * rate * d_log_size  #: wrong: a factor 2 too much
    log_size = log_size - 0.2 * rate * d_log_size
    print(loss)

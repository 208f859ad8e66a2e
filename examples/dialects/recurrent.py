"""A recurrent net over characters: dWhh is summed over time, dhnext carried back."""

import numpy as np


def lossFun(inputs, targets, hprev, Wxh, Whh, Why, bh, by):
    vocab_size = Why.shape[0]
    xs, hs, ys, ps = {}, {}, {}, {}
    hs[-1] = np.copy(hprev)
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((vocab_size, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        ys[t] = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
        loss += -np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(Why.T, dy) + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t].T)
        dWhh += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(Whh.T, dhraw)
    return loss, dWxh, dWhh, dWhy, dbh, dby, hs[len(inputs) - 1]


rng = np.random.default_rng(0)
inputs = [0, 2, 1, 3]
targets = [2, 1, 3, 0]
hprev = np.zeros((5, 1))
Wxh = rng.normal(size=(5, 4)) * 0.5
Whh = rng.normal(size=(5, 5)) * 0.5
Why = rng.normal(size=(4, 5)) * 0.5
bh = np.zeros((5, 1))
by = np.zeros((4, 1))

if __name__ == "__main__":
    for _ in range(100):
        loss, *gradients, _ = lossFun(inputs, targets, hprev, Wxh, Whh, Why, bh, by)
        for param, dparam in zip((Wxh, Whh, Why, bh, by), gradients):
            param -= 0.1 * dparam
    print(f"loss {loss:.4f}")

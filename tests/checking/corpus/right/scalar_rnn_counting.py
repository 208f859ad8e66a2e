# A one-neuron recurrent net that counts the ones in a bit string.
# state_k = state_{k-1} * wr + x_k * wx
import random

random.seed(5)
T = 8
seqs = [[random.randint(0, 1) for _ in range(T)] for _ in range(20)]
targets = [sum(s) for s in seqs]

wx, wr = 0.4, 0.8
eta = 0.0005


def forward(seq, wx, wr):
    states = [0.0]
    for bit in seq:
        states.append(states[-1] * wr + bit * wx)
    return states


for epoch in range(150):
    all_states = [forward(s, wx, wr) for s in seqs]
    cost = sum((st[-1] - t) ** 2 for st, t in zip(all_states, targets)) / len(seqs)
    gx = gr = 0.0
    for seq, st, t in zip(seqs, all_states, targets):
        g = 2 * (st[-1] - t) / len(seqs)
        for k in range(T, 0, -1):
            gx += g * seq[k - 1]
            gr += g * st[k - 1]
            g *= wr
    wx -= eta * gx
    wr -= eta * gr
    if epoch % 30 == 0:
        print("epoch", epoch, "cost", round(cost, 5), "wx", round(wx, 3), "wr", round(wr, 3))

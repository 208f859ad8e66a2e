"""A cell that is computed from a coordinate is the same at all points that are tried."""
import numpy as np


def sample_forward(table, x):
    cells, out = [], np.zeros((len(x), table.shape[1]))
    for n in range(len(x)):
        i = int(np.floor(x[n]))
        f = x[n] - i
        out[n] = (1 - f) * table[i] + f * table[i + 1]
        cells.append((i, f))
    return out, (table, cells)


def sample_backward(dout, cache):
    table, cells = cache
    dtable, dx = np.zeros_like(table), np.zeros(len(dout))
    for n, (i, f) in enumerate(cells):
        dtable[i] += (1 - f) * dout[n]
        #~ dtable[i + 1] += dout[n]  #: wrong
        dtable[i + 1] += f * dout[n]  #: right
        #~ dx[n] = dout[n] @ (table[i] - table[i + 1])  #: wrong: the sign is wrong
        dx[n] = dout[n] @ (table[i + 1] - table[i])  #: right
    return dtable, dx


def example():
    rng = np.random.default_rng(0)
    return rng.normal(size=(5, 2)), rng.uniform(0.1, 3.9, size=7)

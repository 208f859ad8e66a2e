import numpy as np


def pool_forward(x, size):
    assert x.shape[2] % size == 0
    assert x.shape[3] % size == 0
    n, c, h, w = x.shape
    tiles = x.reshape(n, c, h // size, size, w // size, size)
    out = tiles.max(axis=3).max(axis=4)
    return out, (x, tiles, out)


def pool_backward(dout, cache):
    x, tiles, out = cache
    mask = tiles == out[:, :, :, None, :, None]
    dtiles = np.zeros_like(tiles)
    spread, _ = np.broadcast_arrays(dout[:, :, :, None, :, None], dtiles)
    # wrong: dtiles[mask] = 2 * spread[mask] :: 2
    dtiles[mask] = spread[mask]
    # wrong: dx = dtiles.reshape(x.shape) / 4 :: 4|divide
    dx = dtiles.reshape(x.shape)
    return dx


def example():
    return np.random.default_rng(2).normal(size=(2, 3, 4, 6)), 2

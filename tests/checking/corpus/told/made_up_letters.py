"""Passes without an example: arguments are made up that fit."""
import numpy as np


def mix(x, core, y):
    return np.einsum("ni,kij,nj->nk", x, core, y), (x, core, y)


def mix_bwd(saved, g):
    x, core, y = saved
    dx = np.einsum("nk,kij,nj->ni", g, core, y)
    #~ dcore = np.einsum("nk,ni,nj->kij", g, x, y) / len(x)  #: wrong
    dcore = np.einsum("nk,ni,nj->kij", g, x, y)
    return dx, dcore, np.einsum("nk,ni,kij->nj", g, x, core)

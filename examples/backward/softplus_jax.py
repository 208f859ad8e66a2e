"""A rule of derivation for JAX with one wrong term, which the check names.

    python -m pip install jax
    microgradnet check examples/backward/softplus_jax.py

says, among other things:

    slope, line 37: slope = nn.sigmoid(beta * x)
      the factor beta is left out
      should be: slope = nn.sigmoid(beta * x) * beta

The rule is never taken for the truth: the check differentiates what `softplus` computes.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import nn


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def softplus(x, scale, beta):
    """Return a smooth maximum of 0 and x, for any x without overflow."""
    return scale * (jnp.maximum(beta * x, 0) + jnp.log1p(jnp.exp(-jnp.abs(beta * x))))


def forward(x, scale, beta):
    """Return the value, and what the backward rule needs."""
    return softplus(x, scale, beta), (x, scale)


def backward(beta, residuals, g):
    """Return the gradients of x and scale."""
    x, scale = residuals
    slope = nn.sigmoid(beta * x)
    dscale = jnp.sum(g * softplus(x, 1.0, beta), axis=0)
    return g * scale * slope, dscale


softplus.defvjp(forward, backward)


def example():
    """Return arguments that fit."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, 4)), rng.normal(size=4), 1.7


if __name__ == "__main__":
    import microgradnet as mg

    print(mg.check_backward(softplus, *example()))

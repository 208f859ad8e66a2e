"""Passes without an example: arguments are made up that fit."""
import functools

import jax
import jax.numpy as jnp


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def focal(logits, targets, power):
    """The focal loss of each entry; targets carry no gradient."""
    return focal_fwd(logits, targets, power)[0]


def focal_fwd(logits, targets, power):
    sign = 2.0 * targets - 1.0
    q, logp = jax.nn.sigmoid(-sign * logits), jax.nn.log_sigmoid(sign * logits)
    return -(q**power) * logp, (sign, q, logp)


def focal_bwd(power, saved, g):
    sign, q, logp = saved
    #~ dz = q**power * (power * (1.0 - q) * logp + q)  #: wrong
    dz = q**power * (power * (1.0 - q) * logp - q)
    return g * dz * sign, jnp.zeros_like(q)


focal.defvjp(focal_fwd, focal_bwd)

"""Functions with a jax.custom_vjp by hand, in the styles that people write them; all right."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, nn

RNG = np.random.default_rng(5)


def normal(*shape):
    return RNG.normal(size=shape)


@jax.custom_vjp
def softplus(x):
    return jnp.log1p(jnp.exp(x))


def softplus_fwd(x):
    return softplus(x), x


def softplus_bwd(x, g):
    # wrong: return (g * nn.softplus(x),) :: sigmoid
    return (g * nn.sigmoid(x),)


softplus.defvjp(softplus_fwd, softplus_bwd)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def rms_norm(x, weight, eps):
    r = lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + eps)
    return x * r * weight


def rms_norm_fwd(x, weight, eps):
    r = lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + eps)
    return x * r * weight, (x, weight, r)


def rms_norm_bwd(eps, res, g):
    x, weight, r = res
    # wrong: gx = g :: weight
    gx = g * weight
    dx = r * gx - x * r**3 * jnp.mean(gx * x, axis=-1, keepdims=True)
    # wrong: dw = jnp.mean(g * x * r, axis=0) :: average
    dw = jnp.sum(g * x * r, axis=0)
    return dx, dw


rms_norm.defvjp(rms_norm_fwd, rms_norm_bwd)


class Saved(NamedTuple):
    p: jax.Array
    labels: jax.Array


@jax.custom_vjp
def cross_entropy(logits, labels):
    logp = nn.log_softmax(logits)
    return -jnp.take_along_axis(logp, labels[:, None], axis=1).mean()


def cross_entropy_fwd(logits, labels):
    return cross_entropy(logits, labels), Saved(nn.softmax(logits), labels)


def cross_entropy_bwd(res, g):
    d = res.p - nn.one_hot(res.labels, res.p.shape[1])
    # wrong: return g * d / res.p.shape[1], None :: shape
    return g * d / res.p.shape[0], None


cross_entropy.defvjp(cross_entropy_fwd, cross_entropy_bwd)


@jax.custom_vjp
def embed(table, ids):
    return table[ids]


def embed_fwd(table, ids):
    return table[ids], (ids, table.shape)


def embed_bwd(res, g):
    ids, shape = res
    zero = jnp.zeros(shape, dtype=g.dtype)
    # wrong: return zero.at[ids].set(g), None :: equal indices
    return zero.at[ids].add(g), None


embed.defvjp(embed_fwd, embed_bwd)


@jax.custom_vjp
@jax.jit
def affine(params, x):
    return x @ params["w"] + params["b"]


def affine_fwd(params, x):
    return affine(params, x), {"x": x, "w": params["w"]}


def affine_bwd(res, g):
    dw = res["x"].T @ g
    # wrong: db = g.mean(axis=0) :: average
    db = g.sum(axis=0)
    return {"w": dw, "b": db}, g @ res["w"].T


affine.defvjp(affine_fwd, affine_bwd)


@jax.custom_vjp
def decay(a, x):
    def step(h, ax):
        h = ax[0] * h + ax[1]
        return h, h

    return lax.scan(step, jnp.zeros_like(x[0]), (a, x))[1]


def decay_fwd(a, x):
    h = decay(a, x)
    return h, (a, h)


def decay_bwd(res, g):
    a, h = res

    def step(carry, ga):
        d = carry + ga[0]
        # wrong: return ga[0] * d, d :: ga\[1\]
        return ga[1] * d, d

    _, dx = lax.scan(step, jnp.zeros_like(g[0]), (g, a), reverse=True)
    before = jnp.concatenate([jnp.zeros_like(h[:1]), h[:-1]])
    # wrong: return dx * h, dx :: before
    return dx * before, dx


decay.defvjp(decay_fwd, decay_bwd)


@jax.custom_vjp
def attend(q, k, v):
    s = jnp.einsum("id,jd->ij", q, k) / jnp.sqrt(q.shape[-1])
    return nn.softmax(s, axis=-1) @ v


def attend_fwd(q, k, v):
    s = jnp.einsum("id,jd->ij", q, k) / jnp.sqrt(q.shape[-1])
    p = nn.softmax(s, axis=-1)
    return p @ v, (q, k, v, p)


def attend_bwd(res, g):
    q, k, v, p = res
    scale = 1 / jnp.sqrt(q.shape[-1])
    dp = g @ v.T
    ds = p * (dp - jnp.sum(dp * p, -1, keepdims=True))
    dq = ds @ k * scale
    # wrong: dk = ds.T @ q :: sqrt
    dk = ds.T @ q * scale
    return dq, dk, p.T @ g


attend.defvjp(attend_fwd, attend_bwd)


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def clamp(low, high, x, scale):
    return scale * jnp.clip(x, low, high)


def clamp_bwd(low, high, res, g):
    x, scale = res
    # wrong: dx = jnp.where((x > low) & (x < high), g, 0.0) :: scale
    dx = jnp.where((x > low) & (x < high), g * scale, 0.0)
    return dx, (g * jnp.clip(x, low, high)).sum(0)


clamp.defvjp(lambda *given: (clamp(*given), given[2:]), clamp_bwd)


@jax.custom_vjp
def polar(x, y):
    r = jnp.hypot(x, y)
    return r, jnp.arctan2(y, x)


def polar_fwd(x, y):
    out = polar(x, y)
    return out, (x, y, out[0])


def polar_bwd(res, cts):
    x, y, r = res
    dr, dt = cts
    dx = dr * x / r - dt * y / r**2
    # wrong: dy = dr * y / r - dt * x / r**2 :: add
    dy = dr * y / r + dt * x / r**2
    return dx, dy


polar.defvjp(polar_fwd, polar_bwd)


@jax.custom_vjp
def power_sum(x, n):
    total = jnp.zeros_like(x)

    def body(i, total):
        return total + x ** (i + 1)

    return lax.fori_loop(0, n, body, total)


def power_sum_fwd(x, n):
    return power_sum(x, n), (x, n)


def power_sum_bwd(res, g):
    x, n = res
    d = jnp.zeros_like(x)
    for i in range(n):
        # wrong: d = (i + 1) * x**i :: \+=
        d += (i + 1) * x**i
    return g * d, None


power_sum.defvjp(power_sum_fwd, power_sum_bwd)


EXAMPLES = {
    softplus: (jnp.ones((3, 4)),),
    rms_norm: (normal(3, 4), normal(4), 1e-5),
    cross_entropy: (normal(4, 6), jnp.array([5, 0, 3, 3])),
    embed: (normal(6, 3), jnp.array([1, 4, 1, 0, 5])),
    affine: ({"w": normal(3, 5), "b": normal(5)}, normal(4, 3)),
    decay: (normal(5, 2), normal(5, 2)),
    attend: (normal(4, 3), normal(5, 3), normal(5, 7)),
    clamp: (-0.6, 0.8, normal(4, 3), normal(3)),
    polar: (normal(3, 4), normal(3, 4)),
    power_sum: (normal(3, 4), 4),
}

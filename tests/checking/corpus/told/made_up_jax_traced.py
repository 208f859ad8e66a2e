"""Passes without an example: arguments are made up that fit."""
import jax
import jax.numpy as jnp


@jax.custom_vjp
def best(scores, values):
    return best_fwd(scores, values)[0]


def best_fwd(scores, values):
    top, at = jax.lax.top_k(scores, 2)
    w = jax.nn.softmax(top, axis=-1)
    chosen = jnp.take_along_axis(values, at[..., None], axis=1)
    return jnp.einsum("tk,tkd->td", w, chosen), (at, w, chosen, scores, values)


def best_bwd(saved, dy):
    at, w, chosen, scores, values = saved
    rows = jnp.arange(at.shape[0])[:, None]
    dw = jnp.einsum("td,tkd->tk", dy, chosen)
    #~ dtop = w * (1.0 - w) * dw  #: wrong
    dtop = w * (dw - (dw * w).sum(-1, keepdims=True))
    dscores = jnp.zeros_like(scores).at[rows, at].set(dtop)
    dvalues = jnp.zeros_like(values).at[rows, at].set(w[..., None] * dy[:, None, :])
    return dscores, dvalues


best.defvjp(best_fwd, best_bwd)

s = jax.random.normal(jax.random.PRNGKey(0), (6, 4))
v = jax.random.normal(jax.random.PRNGKey(1), (6, 4, 3))
print(jax.grad(lambda s, v: (best(s, v) ** 2).mean(), (0, 1))(s, v)[0].shape)

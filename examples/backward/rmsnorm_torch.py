"""A backward pass for torch with one wrong term, which the check names.

    python -m pip install torch
    microgradnet check examples/backward/rmsnorm_torch.py

says, among other things:

    dnorm, line 32: dnorm = dout
      the factor weight is left out
      should be: dnorm = dout * weight

With all weights 1, as a new layer has them, the gradients are right: no training shows it.
"""

import torch


class RMSNorm(torch.autograd.Function):
    """x times weight over its root mean square, as the norm of a language model."""

    @staticmethod
    def forward(ctx, x, weight, eps):
        """Return the norm of the rows of x."""
        rstd = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
        ctx.save_for_backward(x, weight, rstd)
        return x * rstd * weight

    @staticmethod
    def backward(ctx, dout):
        """Return the gradients of x and weight; eps has none."""
        x, weight, rstd = ctx.saved_tensors
        dnorm = dout
        dot = (dnorm * x).mean(-1, keepdim=True)
        dx = rstd * dnorm - x * rstd**3 * dot
        dweight = (dout * x * rstd).sum(0)
        return dx, dweight, None


def example():
    """Return arguments that fit; weights of 1 are replaced by random ones in the check."""
    return torch.randn(3, 4), torch.ones(4), 1e-5


if __name__ == "__main__":
    import microgradnet as mg

    print(mg.check_backward(RMSNorm, *example()))

"""Functions of torch with a backward by hand, in the styles that people write them; all right."""

import math

import torch
import torch.nn.functional as F
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def normal(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


class RMSNorm(Function):
    @staticmethod
    def forward(ctx, x, weight, eps=1e-5):
        rstd = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
        ctx.save_for_backward(x, weight, rstd)
        return x * rstd * weight

    @staticmethod
    def backward(ctx, dout):
        x, weight, rstd = ctx.saved_tensors
        # wrong: dnorm = dout :: weight
        dnorm = dout * weight
        dot = (dnorm * x).mean(-1, keepdim=True)
        # wrong: dx = rstd * dnorm - x * rstd**2 * dot :: 3
        dx = rstd * dnorm - x * rstd**3 * dot
        dweight = (dout * x * rstd).sum(0)
        return dx, dweight, None


class LayerNorm(Function):
    @staticmethod
    def forward(ctx, x, gamma, beta, eps):
        mean = x.mean(dim=1, keepdim=True)
        var = ((x - mean) ** 2).mean(dim=1, keepdim=True)
        ctx.rstd = 1 / torch.sqrt(var + eps)
        xhat = (x - mean) * ctx.rstd
        ctx.save_for_backward(xhat, gamma)
        return xhat * gamma + beta

    @staticmethod
    @once_differentiable
    def backward(ctx, dy):
        xhat, gamma = ctx.saved_tensors
        dgamma = (dy * xhat).sum(0)
        dxhat = dy * gamma
        # wrong: m1 = dxhat.sum(1, keepdim=True) :: mean
        m1 = dxhat.mean(1, keepdim=True)
        m2 = (dxhat * xhat).mean(1, keepdim=True)
        # wrong: dx = ctx.rstd * (dxhat - xhat * m2) :: left out
        dx = ctx.rstd * (dxhat - m1 - xhat * m2)
        # wrong: return dx, dgamma, dy.sum(1), None :: axis 0
        return dx, dgamma, dy.sum(0), None


class Softmax(Function):
    @staticmethod
    def forward(ctx, x, dim):
        ctx.dim = dim
        y = torch.softmax(x, dim)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_output):
        (y,) = ctx.saved_tensors
        # wrong: inner = (grad_output * y).sum(dim=-1, keepdim=True) :: axis
        inner = (grad_output * y).sum(dim=ctx.dim, keepdim=True)
        # wrong: return y * grad_output, None :: inner
        return y * (grad_output - inner), None


class SiLU(Function):
    @staticmethod
    def forward(x, beta):
        return x * torch.sigmoid(beta * x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, ctx.beta = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(ctx.beta * x)
        # wrong: return g * (s + x * s * (1 - s)), None :: ctx\.beta
        return g * (s + ctx.beta * x * s * (1 - s)), None


class Linear(Function):
    @staticmethod
    def forward(ctx, input, weight, bias=None):
        ctx.save_for_backward(input, weight, bias)
        output = input.mm(weight.t())
        if bias is not None:
            output += bias.unsqueeze(0).expand_as(output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        input, weight, bias = ctx.saved_tensors
        grad_input = grad_weight = grad_bias = None
        if ctx.needs_input_grad[0]:
            grad_input = grad_output.mm(weight)
        if ctx.needs_input_grad[1]:
            # wrong: grad_weight = input.t().mm(grad_output) :: .*
            grad_weight = grad_output.t().mm(input)
        if bias is not None and ctx.needs_input_grad[2]:
            grad_bias = grad_output.sum(0)
        return grad_input, grad_weight, grad_bias


class Embedding(Function):
    @staticmethod
    def forward(ctx, table, index):
        ctx.save_for_backward(index)
        ctx.size = table.size(0)
        return table[index]

    @staticmethod
    def backward(ctx, grad):
        (index,) = ctx.saved_tensors
        dtable = grad.new_zeros(ctx.size, grad.size(-1))
        # wrong: dtable[index] = grad :: equal indices
        dtable.index_add_(0, index, grad)
        return dtable, None


class CrossEntropy(Function):
    @staticmethod
    def forward(ctx, logits, target):
        logp = F.log_softmax(logits.float(), dim=-1)
        ctx.save_for_backward(logp, target)
        return -logp.gather(1, target.unsqueeze(1)).mean()

    @staticmethod
    def backward(ctx, dloss):
        logp, target = ctx.saved_tensors
        d = logp.exp()
        d[torch.arange(len(target)), target] -= 1
        n = logp.shape[0]
        # wrong: return dloss * d / logp.shape[1], None :: n
        # wrong: return d / n, None :: dloss
        return dloss * d / n, None


class Attention(Function):
    @staticmethod
    def forward(ctx, q, k, v, mask):
        ctx.scale = 1 / math.sqrt(q.shape[-1])
        scores = torch.einsum("bid,bjd->bij", q, k) * ctx.scale
        p = scores.masked_fill(~mask, float("-inf")).softmax(-1)
        ctx.save_for_backward(q, k, v, p)
        return p @ v

    @staticmethod
    def backward(ctx, do):
        q, k, v, p = ctx.saved_tensors
        dv = p.transpose(1, 2) @ do
        dp = do @ v.transpose(1, 2)
        ds = p * (dp - (dp * p).sum(-1, keepdim=True))
        dq = ds @ k * ctx.scale
        # wrong: dk = ds.transpose(1, 2) @ q :: ctx\.scale
        dk = ds.transpose(1, 2) @ q * ctx.scale
        return dq, dk, dv, None


class GLU(Function):
    @staticmethod
    def forward(ctx, x):
        a, b = x.chunk(2, dim=-1)
        s = b.sigmoid()
        ctx.save_for_backward(a, s)
        return a * s

    @staticmethod
    def backward(ctx, g):
        a, s = ctx.saved_tensors
        da = g * s
        # wrong: db = g * a * s :: .*
        db = g * a * s * (1 - s)
        # wrong: return torch.cat([db, da], dim=-1) :: swapped
        return torch.cat([da, db], dim=-1)


class Top(Function):
    @staticmethod
    def forward(ctx, x, scale):
        top, at = x.max(dim=1)
        ctx.save_for_backward(x, scale, at)
        ctx.mark_non_differentiable(at)
        return top * scale, x.exp().mean(dim=1), at

    @staticmethod
    def backward(ctx, dtop, dmean, _):
        x, scale, at = ctx.saved_tensors
        dx = dmean.unsqueeze(1) * x.exp() / x.size(1)
        rows = torch.arange(x.size(0))
        # wrong: dx[rows, at] = dtop * scale :: \+=
        dx[rows, at] += dtop * scale
        # wrong: return dx, (dtop * dx[rows, at]).sum() :: .*
        return dx, (dtop * x[rows, at]).sum()


class Rope(Function):
    @staticmethod
    def forward(ctx, x, cos, sin):
        ctx.save_for_backward(cos, sin)
        a, b = x[..., ::2], x[..., 1::2]
        return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

    @staticmethod
    def backward(ctx, g):
        cos, sin = ctx.saved_tensors
        a, b = g[..., ::2], g[..., 1::2]
        dx = torch.empty_like(g)
        # wrong: dx[..., ::2] = a * cos - b * sin :: add
        dx[..., ::2] = a * cos + b * sin
        dx[..., 1::2] = b * cos - a * sin
        return dx, None, None


class ScaledClamp(Function):
    @staticmethod
    def forward(ctx, x, scale, low, high):
        ctx.save_for_backward(x, scale)
        ctx.low, ctx.high = low, high
        return scale * x.clamp(low, high)

    @staticmethod
    def backward(ctx, grad_output):
        x, scale = ctx.saved_tensors
        grad = grad_output.clone()
        # wrong: grad.div_(scale) :: mul_
        grad.mul_(scale)
        grad[x < ctx.low] = 0
        grad.masked_fill_(x > ctx.high, 0.0)
        return grad, grad_output * x.clamp(ctx.low, ctx.high), None, None


class Normed(torch.autograd.Function):
    """The outputs that backward reuses have no gradient."""

    @staticmethod
    def forward(x):
        rstd = (x**2).mean(1, keepdim=True).rsqrt()
        return x * rstd, rstd

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(*inputs, output[1])

    @staticmethod
    def backward(ctx, dy, _):
        x, rstd = ctx.saved_tensors
        return rstd * (dy - x * rstd**2 * (dy * x).mean(1, keepdim=True))


MASK = torch.ones(2, 4, 5, dtype=torch.bool).tril()
EXAMPLES = {
    Normed: (torch.randn(3, 4),),
    RMSNorm: (normal(3, 4), normal(4)),
    LayerNorm: (normal(3, 5), normal(5), normal(5), 1e-5),
    Softmax: (normal(3, 4, 2), 1),
    SiLU: (normal(3, 4), 1.5),
    Linear: (normal(5, 3), normal(4, 3), normal(4)),
    Embedding: (normal(6, 3), torch.tensor([1, 4, 1, 0, 5])),
    CrossEntropy: (normal(4, 6), torch.tensor([5, 0, 3, 3])),
    Attention: (normal(2, 4, 3), normal(2, 5, 3), normal(2, 5, 7), MASK),
    GLU: (normal(3, 8),),
    Top: (normal(3, 5), torch.tensor(1.5)),
    Rope: (normal(3, 4, 6), normal(4, 3).cos(), normal(4, 3).sin()),
    ScaledClamp: (normal(4, 3), torch.ones(3), -0.6, 0.8),
}

"""What the contract of torch adds."""

import numpy as np
import torch
import torch.nn.functional as F
from torch.autograd import Function


class Few(Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x * w

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[1]


class Wide(Function):
    """Torch itself sums the gradient of b to the shape of b."""

    @staticmethod
    def forward(ctx, x, b):
        return x + b

    @staticmethod
    def backward(ctx, g):
        return g, g


class Wrong(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return 3 * g * ctx.saved_tensors[0]


class Outer(Function):
    """Right, although it applies a Function whose rule is wrong."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return Wrong.apply(x) * x

    @staticmethod
    def backward(ctx, g):
        return 3 * g * ctx.saved_tensors[0] ** 2


class Automatic(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return F.silu(x)

    @staticmethod
    def backward(ctx, g):
        with torch.enable_grad():
            x = ctx.saved_tensors[0].detach().requires_grad_()
            return torch.autograd.grad(F.silu(x), x, g)[0]


class OfNumpy(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.from_numpy(np.sinc(x.numpy()))

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (torch.cos(torch.pi * x) - torch.sinc(x)) / x


class Half(Function):
    @staticmethod
    def forward(ctx, x):
        y = x.float().half().tanh()
        ctx.save_for_backward(y)
        return y.to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g.to(torch.float16) * (1 - y * y)

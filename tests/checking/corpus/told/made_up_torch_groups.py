"""Passes without an example: arguments are made up that fit."""
import torch


class GroupScale(torch.autograd.Function):
    """Divide groups of columns by their root mean square."""

    @staticmethod
    def forward(ctx, x, weight, groups, eps):
        n, c = x.shape
        r = (x.reshape(n, groups, -1) ** 2).mean(dim=2, keepdim=True).add(eps).rsqrt()
        ctx.save_for_backward(x, weight, r)
        ctx.groups = groups
        return (x.reshape(n, groups, -1) * r).reshape(n, c) * weight[None]

    @staticmethod
    def backward(ctx, grad):
        x, weight, r = ctx.saved_variables  # as older code has it
        n, c = x.shape
        y = x.reshape(n, ctx.groups, -1) * r
        g = (grad * weight[None]).reshape(n, ctx.groups, -1)
        #~ grad_w = (grad * y.reshape(n, c)).mean(dim=0)  #: wrong
        grad_w = (grad * y.reshape(n, c)).sum(dim=0)
        #~ grad_x = r * (g + y * (g * y).mean(dim=2, keepdim=True))  #: wrong
        grad_x = r * (g - y * (g * y).mean(dim=2, keepdim=True))
        return grad_x.reshape(n, c), grad_w, None, None

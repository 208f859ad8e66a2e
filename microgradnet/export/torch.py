"""Build `torch.nn` modules from layers; an activation without a module runs as a program."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from microgradnet.export import Dense
from microgradnet.operations.operation import OPS
from microgradnet.programs.program import Constant, Program

MODULES: dict[str, Callable[[], torch.nn.Module]] = {
    "sigmoid": torch.nn.Sigmoid,
    "tanh": torch.nn.Tanh,
    "relu": torch.nn.ReLU,
    "leaky_relu": lambda: torch.nn.LeakyReLU(OPS["leaky_relu"].defaults[0]),
    "softplus": lambda: torch.nn.Softplus(threshold=40.0),  # at the default, 20, it is off by 2e-9
}
SPELLED: dict[str, Callable[..., torch.Tensor]] = {
    "where": lambda c, a, b: torch.where(c > 0, a, b),
    "pow": torch.pow,
}


def build(layers: Sequence[Dense]) -> torch.nn.Sequential:
    """Return the layers as a `torch.nn.Sequential`."""
    modules: list[torch.nn.Module] = []
    for layer in layers:
        modules.append(_linear(layer))
        if layer.activation in MODULES:
            modules.append(MODULES[layer.activation]())
        elif layer.recorded.lines:  # the linear activation has no lines
            modules.append(Recorded(layer.recorded, layer.activation))
    return torch.nn.Sequential(*modules)


def _linear(layer: Dense) -> torch.nn.Linear:
    n_out, n_in = layer.weights.shape
    # skip_init draws no random numbers, so the user's random state is unchanged
    linear = torch.nn.utils.skip_init(torch.nn.Linear, n_in, n_out, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(layer.weights))
        linear.bias.copy_(torch.from_numpy(layer.bias))
    return linear


class Recorded(torch.nn.Module):  # type: ignore[misc]
    """A recorded function of one number, applied to each element of a tensor."""

    def __init__(self, program: Program, name: str) -> None:
        super().__init__()
        self.program, self.name = program, name

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the lines on the tensor."""
        registers = [x]
        for op, operands in self.program.lines:
            given = [
                x.new_tensor(i.value) if type(i) is Constant else registers[i] for i in operands
            ]
            registers.append(_spelled(op)(*given))
        found = self.program.outputs[0]
        return torch.full_like(x, found.value) if type(found) is Constant else registers[found]

    def extra_repr(self) -> str:
        """Return the activation's name, or its lines, shown when the module is printed."""
        return self.name or "; ".join(self.program.statements())


def _spelled(op: str) -> Callable[..., torch.Tensor]:
    return SPELLED[op] if op in SPELLED else getattr(torch, OPS[op].numpy)

"""Export a net to other libraries, each layer a matrix, and a program to JavaScript.

In reading order: this file (to_torch, to_onnx), torch.py, onnx.py (each builds from the layers),
javascript.py (a program as the text of a function that a page runs).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from microgradnet.nn.layers import MLP, Layer, Neuron, activation_function, layers_of
from microgradnet.nn.module import Module
from microgradnet.operations.operation import FUNCTIONS
from microgradnet.programs.program import Program, record
from microgradnet.words.terminal import hint

if TYPE_CHECKING:
    from onnx import ModelProto
    from torch.nn import Sequential

__all__ = ["to_onnx", "to_torch"]


@dataclass(frozen=True)
class Dense:
    """One layer: weights (n_out, n_in), bias (n_out,), and the activation.

    activation: its name, "" for a custom function; recorded: the activation as a program.
    """

    weights: np.ndarray
    bias: np.ndarray
    activation: str
    recorded: Program


def to_torch(net: Module) -> Sequential:
    """Return an equal `torch.nn.Sequential` of `Linear` layers and activations, in float64.

    net: an MLP, a Layer or a Neuron, whose numbers are copied. The module takes a float64 tensor
    (..., n_in) and returns (..., n_out), also for one output. Gradients agree except at a kink,
    where PyTorch may choose another subgradient.

    Raises ImportError, with the command that installs it, where torch is absent; TypeError for
    another kind of net or a custom activation that takes numbers only; ValueError for a
    layer of several activations; BranchError for an activation that compares or reads numbers.

    >>> to_torch(MLP(2, [2, 1], output="linear"))
    Sequential(
      (0): Linear(in_features=2, out_features=2, bias=True)
      (1): Sigmoid()
      (2): Linear(in_features=2, out_features=1, bias=True)
    )
    """
    return _library("torch").build(_layers(net))


def to_onnx(net: Module, path: str | Path | None = None) -> ModelProto:
    """Return an equal `onnx.ModelProto` in double precision, and write it if a path is given.

    net: an MLP, a Layer or a Neuron. The model's input `x` is of shape (n, n_in), its output `y`
    (n, n_out). It needs operator set 17, from 2022. The sigmoid is the runtime's own: onnxruntime's
    is off by up to 1e-16.

    Raises the same errors as `to_torch`, for onnx; ValueError for a custom activation that uses
    hypot or atan2, which ONNX does not have for doubles.

    >>> [node.op_type for node in to_onnx(MLP(2, [2, 1], output="linear")).graph.node]
    ['Gemm', 'Sigmoid', 'Gemm']
    """
    library = _library("onnx")
    return library.build(_layers(net), path)


def _library(name: str) -> ModuleType:
    """Return the module of this folder that builds for a library.

    Raises ImportError, with the command that installs it, if the library is absent.
    """
    try:
        importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"to_{name} needs {name}: {hint(name)}") from error
    return importlib.import_module(f"microgradnet.export.{name}")


def _layers(net: Module) -> list[Dense]:
    if not isinstance(net, (Neuron, Layer, MLP)):
        raise TypeError(f"an MLP, a Layer or a Neuron can be exported, not {type(net).__name__}")
    return [_dense(neurons) for neurons in layers_of(net)]


def _dense(neurons: list[Neuron]) -> Dense:
    activation = neurons[0].activation
    others = [neuron for neuron in neurons if neuron.activation != activation]
    if others:
        raise ValueError(
            f"the neurons of a layer are exported together, but {others[0]!r} has another "
            f"activation than {neurons[0]!r}"
        )
    weights = np.array([[w.data for w in neuron.weights] for neuron in neurons])
    bias = np.array([neuron.bias.data for neuron in neurons])
    recorded = record(activation_function(activation), 0.5)
    return Dense(weights, bias, _name(activation), recorded)


def _name(activation: str | Callable[..., object]) -> str:
    if isinstance(activation, str):
        return activation
    return next((name for name, function in FUNCTIONS.items() if function is activation), "")

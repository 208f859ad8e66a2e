"""Build an ONNX graph from layers; operators that ONNX lacks for doubles are composed of others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import helper, numpy_helper

from microgradnet.autograd.value import Value
from microgradnet.export import Dense
from microgradnet.operations.ops import cos, exp, log, minimum, sin, where
from microgradnet.programs.program import Constant, Operand, Program, record

OPERATORS = 17
FORMAT = 8  # the oldest with these operators, so that most runtimes accept it

NODES = {"sigmoid": "Sigmoid", "relu": "Relu"}  # LeakyRelu would store its slope in float32
PRIMITIVES = {
    **{op: op.capitalize() for op in ("add", "sub", "mul", "div", "neg", "abs", "pow")},
    **{op: op.capitalize() for op in ("exp", "log", "sqrt", "sin", "cos", "tanh")},
    "maximum": "Max",
    "minimum": "Min",
}


def _log1p(x: Value) -> Value:
    """Return log of the rounded 1 + x, corrected by its rounding error."""
    y = 1.0 + x
    inside = minimum(y, sys.float_info.max - y)  # 0 < y < inf
    mended = where(inside, log(y) - ((y - 1.0) - x) / y, log(y))
    return where(abs(y - 1.0), mended, x)


def _expm1(x: Value) -> Value:
    """Return exp(x) - 1; near 0 by a Newton step from the rounded exponential."""
    y = exp(x)
    mended = where(1.2 - abs(x), (y - 1.0) - y * (log(y) - x), y - 1.0)
    return where(abs(y - 1.0), mended, x)


WRITTEN: dict[str, Callable[[Value], Value]] = {
    "log1p": _log1p,
    "expm1": _expm1,
    "tan": lambda x: sin(x) / cos(x),
}


def build(layers: Sequence[Dense], path: str | Path | None) -> onnx.ModelProto:
    """Return the layers as a checked model, written to the path if given."""
    graph = _Graph()
    x = "x"
    for i, layer in enumerate(layers, start=1):
        weights = graph.constant(layer.weights, f"weight{i}")
        bias = graph.constant(layer.bias, f"bias{i}")
        x = graph.node("Gemm", [x, weights, bias], transB=1)
        if layer.activation in NODES:
            x = graph.node(NODES[layer.activation], [x])
        else:
            x = graph.program(layer.recorded, [x])
    graph.nodes[-1].output[0] = "y"
    double = onnx.TensorProto.DOUBLE
    ends = [("x", layers[0].weights.shape[1]), ("y", layers[-1].weights.shape[0])]
    given, found = (helper.make_tensor_value_info(name, double, ["n", k]) for name, k in ends)
    made = helper.make_graph(graph.nodes, "microgradnet", [given], [found], graph.constants)
    sets = [helper.make_opsetid("", OPERATORS)]
    model = helper.make_model(
        made, producer_name="microgradnet", opset_imports=sets, ir_version=FORMAT
    )
    onnx.checker.check_model(model, full_check=True)
    if path is not None:
        onnx.save(model, str(path))
    return model


class _Graph:
    """An ONNX graph being built: nodes and constants; a result is identified by its name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, number: ArrayLike, name: str = "") -> str:
        name = name or f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(number, dtype=float), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], **attributes: int) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def program(self, program: Program, inputs: Sequence[str]) -> str:
        """Add the lines of a program with one output, and return the name of the result."""
        registers = list(inputs)

        def operand(x: Operand) -> str:
            return self.constant(x.value) if type(x) is Constant else registers[x]

        for op, operands in program.lines:
            registers.append(self.line(op, [operand(x) for x in operands]))
        return operand(program.outputs[0])

    def line(self, op: str, operands: Sequence[str]) -> str:
        if op in PRIMITIVES:
            return self.node(PRIMITIVES[op], operands)
        if op == "where":
            positive = self.node("Greater", [operands[0], self.constant(0.0)])
            return self.node("Where", [positive, *operands[1:]])
        if op in WRITTEN:
            return self.program(record(WRITTEN[op], 0.5), operands)
        raise ValueError(f"ONNX has no {op!r} of doubles; write the activation without it")

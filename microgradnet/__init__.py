"""Learn, teach and check backpropagation: scalar graphs, their pictures, derivatives checked.

The files, in reading order:

operation.py, ops.py, own.py      the table of elementary functions
symbols.py, rows.py               its formulas as lines of primitives
value.py, gradient.py             a number that remembers how it was computed; backpropagation
recording.py, arrays.py, copying.py
module.py, nn.py, losses.py, optimizers.py, datasets.py, standardizing.py, storage.py
program.py, engines/              a graph as a straight-line program
export/, micrograd.py             a net for PyTorch and ONNX; the names of micrograd
samples.py, epochs.py, stopping.py, vanishing.py, history.py, snapshots.py, training.py: fit
differences.py, rounding.py, replay.py, report.py, naming.py
derivation.py                     derivatives by hand against the recorded ones, at a point
checker/                          code that derives by hand: which factor is wrong, and why
testing.py, __main__.py           for people's own tests; the command line
spelling.py, explanation.py       the derivation written out
paths.py, latex.py, chain.py      the chain rule of one parameter
anatomy.py, selection.py          what a graph is to its reader, and which of it is drawn
outline.py, collapse.py, summary.py: big graphs in few boxes
styles.py, tables.py, details.py, overview.py, formulas.py, rendering.py, drawing.py, nets.py
notebook.py                       what a notebook shows
pages/                            the page that steps through backpropagation

>>> import microgradnet as mg
>>> net = mg.MLP(2, [2, 1], seed=0)
>>> history = mg.fit(net, *mg.datasets.gender(), progress=False)
>>> net([47, 11]).data > 0.9
True
"""

import importlib
from typing import TYPE_CHECKING

from microgradnet import arrays as _arrays  # noqa: F401  (attaches itself to Value)
from microgradnet import copying as _copying  # noqa: F401  (likewise)
from microgradnet import datasets
from microgradnet import notebook as _notebook  # noqa: F401  (likewise)
from microgradnet.differences import Difference, differences
from microgradnet.gradient import NonFiniteError, grad
from microgradnet.losses import binary_cross_entropy, hinge, l2, mse, softmax_cross_entropy
from microgradnet.module import Module
from microgradnet.nn import MLP, Layer, Neuron
from microgradnet.operation import FUNCTIONS as _FUNCTIONS
from microgradnet.ops import op
from microgradnet.optimizers import SGD, Adam, Momentum, Optimizer
from microgradnet.program import Program, compile, record
from microgradnet.recording import BranchError
from microgradnet.training import History, fit
from microgradnet.value import Value

if TYPE_CHECKING:
    from microgradnet import testing
    from microgradnet.chain import Explanation, explain
    from microgradnet.checker.functions import check
    from microgradnet.checker.trainers import check_training
    from microgradnet.derivation import compare
    from microgradnet.drawing import draw
    from microgradnet.explanation import derive
    from microgradnet.export import to_onnx, to_torch
    from microgradnet.ops import *  # noqa: F403
    from microgradnet.pages import Page, page
    from microgradnet.rendering import Drawing, LayoutError
    from microgradnet.report import Report
    from microgradnet.standardizing import Scaling, centre, standardize
    from microgradnet.storage import load, save

globals().update(_FUNCTIONS)  # exp, sigmoid, where, ...: a new row is a new function

# Imported when first used: together they take twice as long as all the others.
_LATER = {
    "chain": ("Explanation", "explain"),
    "checker.functions": ("check",),
    "checker.trainers": ("check_training",),
    "derivation": ("compare",),
    "explanation": ("derive",),
    "export": ("to_onnx", "to_torch"),
    "pages": ("Page", "page"),
    "drawing": ("draw",),
    "rendering": ("Drawing", "LayoutError"),
    "report": ("Report",),
    "standardizing": ("Scaling", "centre", "standardize"),
    "storage": ("load", "save"),
    "testing": ("testing",),
}


def __getattr__(name: str) -> object:
    for file, names in _LATER.items():
        if name in names:
            module = importlib.import_module(f"microgradnet.{file}")
            if name in ("draw", "Drawing"):
                importlib.import_module("microgradnet.pages")  # attaches itself to Drawing
            globals()[name] = found = module if name == file else getattr(module, name)
            return found
    raise AttributeError(f"module 'microgradnet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__version__ = "0.1.0"
__all__ = [
    "MLP",
    "SGD",
    "BranchError",
    "Difference",
    "Drawing",
    "Explanation",
    "History",
    "Layer",
    "LayoutError",
    "Module",
    "Neuron",
    "NonFiniteError",
    "Page",
    "Program",
    "Report",
    "Value",
    "check",
    "check_training",
    "Adam",
    "Momentum",
    "Optimizer",
    "Scaling",
    "compare",
    "compile",
    "datasets",
    "derive",
    "differences",
    "draw",
    "explain",
    "fit",
    "grad",
    "mse",
    "op",
    "page",
    "record",
    "to_onnx",
    "to_torch",
    "binary_cross_entropy",
    "hinge",
    "l2",
    "softmax_cross_entropy",
    "load",
    "save",
    "standardize",
    "testing",
    "centre",
    *_FUNCTIONS,
]

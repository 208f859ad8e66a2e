"""Learn, teach and check backpropagation: scalar graphs, their pictures, derivatives checked.

The files, in reading order: operation.py, ops.py (the table of elementary functions), own.py;
symbols.py, rows.py (formulas as lines of primitives); value.py (a number that remembers how it
was computed), gradient.py (backpropagation), recording.py, arrays.py, copying.py; module.py,
nn.py, losses.py, optimizers.py, datasets.py; program.py, engines/ (a graph as a straight-line
program); epochs.py, training.py; differences.py, rounding.py, derivation.py, report.py
(hand-derived against recorded derivatives); spelling.py, explanation.py (the derivation
written out); anatomy.py, selection.py, outline.py, collapse.py, summary.py, styles.py, tables.py,
details.py, overview.py, formulas.py, rendering.py, drawing.py, nets.py (the picture); notebook.py.

>>> import microgradnet as mg
>>> net = mg.MLP(2, [2, 1], seed=0)
>>> history = mg.fit(net, *mg.datasets.gender(), progress=False)
>>> net([47, 11]).data > 0.9
True
"""

from typing import TYPE_CHECKING

from microgradnet import arrays as _arrays  # noqa: F401  (attaches itself to Value)
from microgradnet import copying as _copying  # noqa: F401  (likewise)
from microgradnet import datasets
from microgradnet import notebook as _notebook  # noqa: F401  (likewise)
from microgradnet.derivation import compare
from microgradnet.differences import Difference, differences
from microgradnet.drawing import draw
from microgradnet.explanation import derive
from microgradnet.gradient import NonFiniteError, grad
from microgradnet.losses import mse
from microgradnet.module import Module
from microgradnet.nn import MLP, Layer, Neuron
from microgradnet.operation import FUNCTIONS as _FUNCTIONS
from microgradnet.ops import op
from microgradnet.optimizers import SGD
from microgradnet.program import Program, compile, record
from microgradnet.recording import BranchError
from microgradnet.rendering import Drawing, LayoutError
from microgradnet.report import Report
from microgradnet.training import History, fit
from microgradnet.value import Value

if TYPE_CHECKING:
    from microgradnet.ops import *  # noqa: F403

globals().update(_FUNCTIONS)  # exp, sigmoid, where, ...: a new row is a new function

__version__ = "0.1.0"
__all__ = [
    "MLP",
    "SGD",
    "BranchError",
    "Difference",
    "Drawing",
    "History",
    "Layer",
    "LayoutError",
    "Module",
    "Neuron",
    "NonFiniteError",
    "Program",
    "Report",
    "Value",
    "compare",
    "compile",
    "datasets",
    "derive",
    "differences",
    "draw",
    "fit",
    "grad",
    "mse",
    "op",
    "record",
    *_FUNCTIONS,
]

"""Learn, teach and check backpropagation: scalar graphs, their pictures, derivatives checked.

The rooms, from the ground up; the docstring of each lists its files in reading order:

words/          sentences in English and Chinese
operations/     the table of elementary functions
autograd/       a number that remembers how it was computed; backpropagation
nn/             networks and losses
programs/       a graph as a straight-line program, and the engines that run it
derivations/    a derivation written out
tape/           a user's code run on its own numbers, each operation recorded
training/       fit
checking/       a derivation by hand, checked from its tape: the wrong lines and their repair
export/         a net for PyTorch and ONNX, a program as JavaScript
grading/        derivations of others, checked in a process of its own, with limits
drawing/        pictures of graphs, nets and trainings
pages/          the page that steps through backpropagation

datasets.py, testing.py and micrograd.py are used directly, __main__.py is the command line,
cell_magic.py checks a cell of a notebook.

>>> import microgradnet as mg
>>> net = mg.MLP(2, [2, 1], seed=0)
>>> history = mg.fit(net, *mg.datasets.gender(), progress=False)
>>> net([47, 11]).data > 0.9
True
"""

import importlib
from typing import TYPE_CHECKING

from microgradnet.operations.operation import FUNCTIONS as _FUNCTIONS

if TYPE_CHECKING:  # the names of _NAMES again, for type checkers: a test compares the two
    from microgradnet import datasets as datasets
    from microgradnet import testing as testing
    from microgradnet.autograd import *
    from microgradnet.checking import *
    from microgradnet.derivations import *
    from microgradnet.drawing import *
    from microgradnet.export import *
    from microgradnet.grading import *
    from microgradnet.nn import *
    from microgradnet.operations.differences import *
    from microgradnet.operations.ops import *
    from microgradnet.operations.ops import weighted_sum as weighted_sum
    from microgradnet.operations.own import op as op
    from microgradnet.pages.page import Page as Page
    from microgradnet.pages.page import page as page
    from microgradnet.pages.page import widget as widget
    from microgradnet.programs import *
    from microgradnet.tape.tracing import *
    from microgradnet.training import *

# Where each public name comes from; "" is a module of the package itself.
_NAMES = {
    "": ("datasets", "testing"),
    "autograd": ("BranchError", "NonFiniteError", "Value", "grad"),
    "checking": ("Report", "check", "check_backward", "check_training", "compare"),
    "derivations": ("Explanation", "derive", "explain"),
    "drawing": ("Drawing", "LayoutError", "draw"),
    "export": ("to_onnx", "to_torch"),
    "grading": ("NotCheckedError", "check_file"),
    "nn": (
        *("MLP", "Layer", "Module", "Neuron", "load", "save"),
        *("binary_cross_entropy", "hinge", "l2", "mse", "softmax_cross_entropy"),
    ),
    "operations": ("op", "weighted_sum"),
    "operations.differences": ("Difference", "differences"),
    "pages.page": ("Page", "page", "widget"),
    "programs": ("Program", "compile", "record"),
    "tape.tracing": ("trace",),
    "training": (
        *("SGD", "Adam", "History", "Momentum", "Optimizer"),
        *("Scaling", "centre", "fit", "standardize"),
    ),
}
_PICKLED = {  # functions that pickles of graphs name, wherever they are defined
    "_find": "operations.operation",
    **dict.fromkeys(("_last", "_empty", "_fill"), "autograd.lifetimes"),
}
_HOME = {name: room for room, names in _NAMES.items() for name in names}

# Imported at once. The others are imported at first use: they take twice as long as these.
_AT_ONCE = ("autograd", "nn", "operations", "operations.differences", "programs", "training")

__version__ = "0.1.0"
__all__ = [*_HOME, *_FUNCTIONS]


if not TYPE_CHECKING:  # type checkers use the names above instead

    def __getattr__(name: str) -> object:
        room = _HOME.get(name, _PICKLED.get(name))
        if room is None:
            raise AttributeError(f"module 'microgradnet' has no attribute {name!r}")
        home = f"microgradnet.{room}".rstrip(".")
        if home == "microgradnet":
            found: object = importlib.import_module(f"{home}.{name}")
        else:
            found = getattr(importlib.import_module(home), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:
    for _room in _AT_ONCE:
        for _name in _NAMES[_room]:
            __getattr__(_name)


def load_ipython_extension(shell: object) -> None:
    """Add the magic `%%check` to IPython, which calls this for `%load_ext microgradnet`."""
    from microgradnet.cell_magic import register

    register(shell)


globals().update(_FUNCTIONS)  # exp, sigmoid, where, ...: a new row is a new function

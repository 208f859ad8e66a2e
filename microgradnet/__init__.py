"""Learn, teach and check backpropagation: scalar graphs, their pictures, derivatives checked.

The rooms, from the ground up; each says in its docstring what stands in it, in reading order:

operations/     the table of elementary functions
autograd/       a number that remembers how it was computed; backpropagation
nn/             networks and losses
programs/       a graph as a straight-line program, and the engines that run it
derivations/    a derivation written out
training/       fit
checking/       a derivation by hand, checked: which factor is wrong, and why
export/         a net for PyTorch and ONNX
drawing/        pictures of graphs, nets and trainings
pages/          the page that steps through backpropagation

datasets.py, testing.py and micrograd.py are for use as they are, __main__.py is the command line.

>>> import microgradnet as mg
>>> net = mg.MLP(2, [2, 1], seed=0)
>>> history = mg.fit(net, *mg.datasets.gender(), progress=False)
>>> net([47, 11]).data > 0.9
True
"""

import importlib
from typing import TYPE_CHECKING

from microgradnet.operations.operation import FUNCTIONS as _FUNCTIONS

if TYPE_CHECKING:  # the names of _NAMES once more, for type checkers: a test compares the two
    from microgradnet import (
        datasets as datasets,
    )
    from microgradnet import (
        testing as testing,
    )
    from microgradnet.autograd import (
        BranchError as BranchError,
    )
    from microgradnet.autograd import (
        NonFiniteError as NonFiniteError,
    )
    from microgradnet.autograd import (
        Value as Value,
    )
    from microgradnet.autograd import (
        grad as grad,
    )
    from microgradnet.checking import (
        Report as Report,
    )
    from microgradnet.checking import (
        check as check,
    )
    from microgradnet.checking import (
        check_training as check_training,
    )
    from microgradnet.checking import (
        compare as compare,
    )
    from microgradnet.derivations import (
        Explanation as Explanation,
    )
    from microgradnet.derivations import (
        derive as derive,
    )
    from microgradnet.derivations import (
        explain as explain,
    )
    from microgradnet.drawing import (
        Drawing as Drawing,
    )
    from microgradnet.drawing import (
        LayoutError as LayoutError,
    )
    from microgradnet.drawing import (
        draw as draw,
    )
    from microgradnet.export import (
        to_onnx as to_onnx,
    )
    from microgradnet.export import (
        to_torch as to_torch,
    )
    from microgradnet.nn import (
        MLP as MLP,
    )
    from microgradnet.nn import (
        Layer as Layer,
    )
    from microgradnet.nn import (
        Module as Module,
    )
    from microgradnet.nn import (
        Neuron as Neuron,
    )
    from microgradnet.nn import (
        binary_cross_entropy as binary_cross_entropy,
    )
    from microgradnet.nn import (
        hinge as hinge,
    )
    from microgradnet.nn import (
        l2 as l2,
    )
    from microgradnet.nn import (
        load as load,
    )
    from microgradnet.nn import (
        mse as mse,
    )
    from microgradnet.nn import (
        save as save,
    )
    from microgradnet.nn import (
        softmax_cross_entropy as softmax_cross_entropy,
    )
    from microgradnet.operations import (
        op as op,
    )
    from microgradnet.operations.differences import (
        Difference as Difference,
    )
    from microgradnet.operations.differences import (
        differences as differences,
    )
    from microgradnet.operations.ops import (
        atan2 as atan2,
    )
    from microgradnet.operations.ops import (
        cos as cos,
    )
    from microgradnet.operations.ops import (
        exp as exp,
    )
    from microgradnet.operations.ops import (
        expm1 as expm1,
    )
    from microgradnet.operations.ops import (
        hypot as hypot,
    )
    from microgradnet.operations.ops import (
        leaky_relu as leaky_relu,
    )
    from microgradnet.operations.ops import (
        log as log,
    )
    from microgradnet.operations.ops import (
        log1p as log1p,
    )
    from microgradnet.operations.ops import (
        maximum as maximum,
    )
    from microgradnet.operations.ops import (
        minimum as minimum,
    )
    from microgradnet.operations.ops import (
        relu as relu,
    )
    from microgradnet.operations.ops import (
        sigmoid as sigmoid,
    )
    from microgradnet.operations.ops import (
        sin as sin,
    )
    from microgradnet.operations.ops import (
        softplus as softplus,
    )
    from microgradnet.operations.ops import (
        sqrt as sqrt,
    )
    from microgradnet.operations.ops import (
        tan as tan,
    )
    from microgradnet.operations.ops import (
        tanh as tanh,
    )
    from microgradnet.operations.ops import (
        where as where,
    )
    from microgradnet.pages import (
        Page as Page,
    )
    from microgradnet.pages import (
        page as page,
    )
    from microgradnet.programs import (
        Program as Program,
    )
    from microgradnet.programs import (
        compile as compile,
    )
    from microgradnet.programs import (
        record as record,
    )
    from microgradnet.training import (
        SGD as SGD,
    )
    from microgradnet.training import (
        Adam as Adam,
    )
    from microgradnet.training import (
        History as History,
    )
    from microgradnet.training import (
        Momentum as Momentum,
    )
    from microgradnet.training import (
        Optimizer as Optimizer,
    )
    from microgradnet.training import (
        Scaling as Scaling,
    )
    from microgradnet.training import (
        centre as centre,
    )
    from microgradnet.training import (
        fit as fit,
    )
    from microgradnet.training import (
        standardize as standardize,
    )

# Where each public name comes from; "" is a module of the package itself.
_NAMES = {
    "": ("datasets", "testing"),
    "autograd": ("BranchError", "NonFiniteError", "Value", "grad"),
    "checking": ("Report", "check", "check_training", "compare"),
    "derivations": ("Explanation", "derive", "explain"),
    "drawing": ("Drawing", "LayoutError", "draw"),
    "export": ("to_onnx", "to_torch"),
    "nn": (
        *("MLP", "Layer", "Module", "Neuron", "load", "save"),
        *("binary_cross_entropy", "hinge", "l2", "mse", "softmax_cross_entropy"),
    ),
    "operations": ("op",),
    "operations.differences": ("Difference", "differences"),
    "pages": ("Page", "page"),
    "programs": ("Program", "compile", "record"),
    "training": (
        *("SGD", "Adam", "History", "Momentum", "Optimizer"),
        *("Scaling", "centre", "fit", "standardize"),
    ),
}
_PICKLED = {  # what pickles of graphs name, wherever it stands
    "_find": "operations.operation",
    **dict.fromkeys(("_last", "_empty", "_fill"), "autograd.copying"),
}
_HOME = {name: room for room, names in _NAMES.items() for name in names}

# Imported at once; the others when first used: together they take twice as long as these.
_AT_ONCE = ("autograd", "nn", "operations", "operations.differences", "programs", "training")

__version__ = "0.1.0"
__all__ = [*_HOME, *_FUNCTIONS]


if not TYPE_CHECKING:  # for which there are the names above, and no others

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
    return sorted({*globals(), *__all__})


if not TYPE_CHECKING:
    for _room in _AT_ONCE:
        for _name in _NAMES[_room]:
            __getattr__(_name)
globals().update(_FUNCTIONS)  # exp, sigmoid, where, ...: a new row is a new function

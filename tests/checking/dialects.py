"""The files of examples/dialects, as they stand or with some of their text replaced."""

import contextlib
import importlib.util
import io
import itertools
import json
import warnings
from pathlib import Path

import microgradnet as mg
from microgradnet.__main__ import main

FOLDER = Path(__file__).parents[2] / "examples" / "dialects"
_numbers = itertools.count()


def edited(name, temporary, *edits):
    """Return a copy of a file; edits: pairs of what is replaced, once, and by what."""
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    for old, new in edits:
        assert source.count(old) == 1, (old, source.count(old))
        source = source.replace(old, new)
    file = temporary / f"{name}_{next(_numbers)}.py"
    file.write_text(source, encoding="utf-8")
    return file


def module(name, temporary, *edits):
    """Return a file as a module; edits: pairs of what is replaced, once, and by what."""
    file = edited(name, temporary, *edits)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    made = importlib.util.module_from_spec(spec)
    with contextlib.redirect_stdout(io.StringIO()):
        spec.loader.exec_module(made)
    return made


# How a person checks each dialect in Python: of the module, its report. One that is a script only
# has none.
BY_FUNCTION = {
    "course": lambda m: mg.check(m.model, m.X, m.Y, m.parameters),
    "logistic": lambda m: mg.check(m.LogisticRegression(n_iters=3).fit, m.X, m.y),
    "nabla": lambda m: mg.check(m.network.backprop, m.x, m.y),
    "neurons": lambda m: mg.check(m.train_network, m.network, m.rows, m.targets, 0.5, 2),
    "recurrent": lambda m: mg.check(
        m.lossFun, m.inputs, m.targets, m.hprev, m.Wxh, m.Whh, m.Why, m.bh, m.by
    ),
    "scalar": lambda m: mg.check_training(m.OurNeuralNetwork(), "train", m.data, m.all_y_trues),
    "spellings": lambda m: mg.check(m.gradients, m.X, m.Y, m.W1, m.b1, m.W2, m.b2),
    "two_layer_net": lambda m: mg.check(m.loss, m.X, m.y, m.params),
}
# Of a dialect what is replaced, and by what.
MISTAKES = [
    ("scalar", "d_h1_d_w2 = x[1] *", "d_h1_d_w2 = x[0] *"),
    ("scalar", "d_ypred_d_h1 = self.w5 *", "d_ypred_d_h1 = h1 *"),
    ("spellings", "dL_dW2 = H.T @ dLdZ2", "dL_dW2 = Z1.T @ dLdZ2"),
]


def on_the_command_line(file):
    """Return what `microgradnet check FILE --json` says of a file, and its exit status."""
    out, error = io.StringIO(), io.StringIO()
    streams = contextlib.redirect_stdout(out), contextlib.redirect_stderr(error)
    with streams[0], streams[1], warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a wrong derivation may diverge
        status = main(["check", str(file), "--json"])
    if status == 2:
        return status, error.getvalue()
    return status, json.loads(out.getvalue())

"""Arguments made up where a file has none: their names say what they are, the code if they fit.

So objects of a class that is only defined, too: `Network(sizes)` with `update(mini_batch, eta)`.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from microgradnet.checking.claims import is_target
from microgradnet.checking.points import is_rate
from microgradnet.checking.samples import SETTINGS
from microgradnet.words import say

__all__ = [
    "INPUTS",
    "OUTPUTS",
    "ROWS",
    "Layout",
    "examples_of",
    "has_state",
    "layouts",
    "layouts_of_cells",
    "objects_of",
]

Names = Mapping[str, object]
# Unlike each other: what does not fit fails.
ROWS, INPUTS, HIDDEN, OUTPUTS = 6, 4, 5, 3


@dataclass(frozen=True)
class Layout:
    """How the arrays of a net lie, and what its targets are.

    target: "labels", "flat", "matrix", as a net's output is; columns: whether a sample is one;
    outputs: how many; biases: the number of their axes; samples: how many; gates: of a
    cell with a state, how many times as many columns as the state its weights have.
    """

    target: str
    columns: bool
    outputs: int
    biases: int
    samples: int = ROWS
    gates: int = 1

    def arguments(self, function: Any, known: Names) -> dict[str, Any]:
        """Return arguments for a function: the data known by their names, or made up.

        Raises ValueError for a name that says nothing.

        >>> Layout("labels", False, 3, 1).arguments(lambda X, y, hidden_size: 0, {})["X"].shape
        (6, 4)
        """
        made: dict[str, Any] = {}
        needed = _needed(function)
        if has_state(function):
            return {name: _of_cell(self, name) for name in needed}
        if _are_alike(needed):
            return {name: _drawn(name, self.rows(self.samples, INPUTS)) for name in needed}
        for name, p in inspect.signature(function).parameters.items():
            if name == "self" or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
                continue
            value = known[name] if isinstance(known.get(name), np.ndarray) else self.of(name)
            usual = p.default is not p.empty and not (p.default is None and _is_data(name))
            if isinstance(p.default, int) and p.default > ROWS and isinstance(value, int):
                usual = False  # a size
            if value is None and not usual:
                words = "{function} takes {name}, and the file has no {name}"
                raise ValueError(say(words, function=function.__name__, name=name))
            made[name] = p.default if usual else value
        return made

    def of(self, name: str) -> Any:
        """Return what a name says, None where it says nothing."""
        if self.samples == 1 and name in ("X", "X_train"):
            return None  # capital letters are of several
        if is_target(name):
            return _target(self)
        for kind, make in KINDS:
            if re.fullmatch(kind, name, re.I):
                return make(self, name)
        return 0.1 if is_rate(name) or SETTINGS.fullmatch(name) else None

    def rows(self, *shape: int) -> tuple[int, ...]:
        """Return a shape as it lies: the last axis first where a sample is a column."""
        return shape[::-1] if self.columns else shape


def _is_data(name: str) -> bool:
    return is_target(name) or bool(re.fullmatch(INPUT, name, re.I))


MODE = {"mode": "train", "eps": 1e-5, "momentum": 0.9, "p": 0.5}
STATE = r"prev_?[hcsa]|[hcsa]_?(prev|0)|\w*state"


def has_state(function: Any) -> bool:
    """Return whether a function takes the state before, and an input: a cell of a recurrent net."""
    names = _needed(function)
    states = [name for name in names if re.fullmatch(STATE, name, re.I)]
    return bool(states) and all(re.match("[xwub]", n, re.I) for n in names if n not in states)


def _of_cell(lay: Layout, name: str) -> Any:
    """What an argument of a cell is: weights are by the input, `Wx`, or by the state, `Wh`."""
    wide = HIDDEN * lay.gates
    if re.fullmatch(STATE, name, re.I):
        return _drawn(name, lay.rows(lay.samples, HIDDEN))
    if name[0] in "xX":
        return _drawn(name, lay.rows(lay.samples, INPUTS))
    if name[0] in "bB":
        return _drawn(name, wide if lay.biases == 1 else lay.rows(1, wide))
    return _drawn(name, lay.rows(INPUTS if re.search("[xu]", name, re.I) else HIDDEN, wide))


def _are_alike(names: list[str]) -> bool:
    """Whether names are those of arrays of one shape: `a, b`, or `x1, x2`; not so `w, x`."""
    known = any(is_target(name) or name[:1].lower() == "w" for name in names)
    ends = [ord(name[-1]) - k for k, name in enumerate(names)]
    stems = {name[:-1] for name in names}
    return len(names) > 1 and not known and len(stems) == len({*ends}) == 1


def _drawn(name: str, shape: Any) -> Any:
    return np.random.default_rng(len(name)).normal(size=shape)


def _target(lay: Layout) -> Any:
    labels = np.arange(lay.samples) % max(lay.outputs, 2)
    if lay.target == "labels":
        return labels
    if lay.target == "flat":
        return labels.astype(float)
    one_hot = np.eye(lay.outputs)[labels] if lay.outputs > 1 else labels.reshape(-1, 1) * 1.0
    return one_hot.T if lay.columns else one_hot


def _weights(lay: Layout, name: str) -> Any:
    if lay.target == "flat":
        return _drawn(name, INPUTS)
    ends = {"1": (INPUTS, HIDDEN), "2": (HIDDEN, lay.outputs)}
    return _drawn(name, lay.rows(*ends.get(name[-1], (INPUTS, lay.outputs))))


def _bias(lay: Layout, name: str) -> Any:
    size = HIDDEN if name[-1] == "1" else lay.outputs
    if lay.target == "flat":
        return 0.3
    return _drawn(name, size if lay.biases == 1 else lay.rows(1, size))


INPUT = r"xs?|x_?(train|batch|data|val|test)|(train|test)_?x|data|inputs?|features|a(_?prev)?|z"
UNITS = r"_?(layer_?)?(size|dims?|nodes?|features?|feat|units|neurons|layer)"
KINDS: tuple[tuple[str, Callable[..., Any]], ...] = (
    (r"hidden_(layers?|dims|units|(\w*_)?sizes)", lambda *_: [HIDDEN]),
    (
        r"layers?_?(dims?|sizes?|nodes?\w*|units)?|layers_\w+|(layer_)?dims?|(\w*_)?sizes"
        r"|archi\w*|structure|topology|neurons",
        lambda lay, _: [INPUTS, HIDDEN, lay.outputs],
    ),
    (r"\w*(epochs?|iter|iters|iterations?|steps)|times|seq_?len(gth)?", lambda *_: 2),
    (r"(mini_?)?batch_?size|m|n_?samples|num_train", lambda lay, *_: lay.samples),
    (
        rf"(n|num|dim)_?(x|inputs?|in|features?)|in(put)?s?{UNITS}|d|n_?0|x_?size|vocab\w*",
        lambda *_: INPUTS,
    ),
    (rf"(n|num|dim)_?(h|hidden)\w*|hid(den)?s?({UNITS})?\d?|n_?1|units", lambda *_: HIDDEN),
    (
        rf"(n|num|dim)_?(y|outputs?|out|class(es)?|labels)|out(put)?s?{UNITS}|n_?2|y_?size",
        lambda lay, *_: lay.outputs,
    ),
    (r"dropout\w*", lambda *_: 0.0),
    (r"(print|log|show|plot)_?(every|interval|freq\w*|steps?)", lambda *_: 1000),
    (r"verbose|debug|plot\w*|print_?\w*|show\w*", lambda *_: False),
    (r"(random_)?(seed|state)", lambda *_: 0),
    (INPUT, lambda lay, name: _drawn(name, lay.rows(lay.samples, INPUTS))),
    (r"w_?[12]?|weights?_?[12]?|theta", _weights),
    (r"b_?[12]?|bias(es)?_?[12]?", _bias),
    (r"(bn|ln|gn|dropout)_param", lambda *_: dict(MODE)),
    (r"gamma|beta", lambda _, name: _drawn(name, INPUTS)),  # of a normalisation
    (r"param(eter)?s", lambda lay, _: {key: lay.of(key) for key in ("W1", "b1", "W2", "b2")}),
)


def layouts() -> Iterator[Layout]:
    """Yield the ways the arrays of a net may lie, the usual ones first."""
    several = (("labels", False, 3), ("matrix", False, 3), ("matrix", True, 3), ("labels", True, 3))
    one = (("flat", False, 1), ("matrix", False, 1), ("matrix", True, 1))
    for (target, columns, outputs), biases in product((*several, *one), (1, 2)):
        if not (columns and biases == 1) and not (target == "flat" and biases == 2):
            yield Layout(target, columns, outputs, biases)
    yield Layout("matrix", True, 3, 2, 1)  # one sample at a time, a column


def layouts_of_cells() -> Iterator[Layout]:
    """Yield the ways the arrays of a cell with a state may lie: one gate, as many as usual."""
    for gates, (columns, biases) in product((1, 4, 3), ((False, 1), (True, 2), (False, 2))):
        yield Layout("matrix", columns, 3, biases, gates=gates)


SETS = r"\w*(batch|data(set)?|examples|samples|pairs)"


def objects_of(kind: type) -> Iterator[tuple[object, int, str]]:
    """Yield objects of a class that takes arguments, how many outputs they have, how to say it.

    >>> class Net:
    ...     def __init__(self, n_inputs, n_hidden):
    ...         self.W = np.zeros((n_hidden, n_inputs))
    >>> [text for _, _, text in objects_of(Net)]
    ['Net(4, 5)']
    """
    names = _needed(kind)
    made, made_of_one = ([_rows(n).of(name) for name in names] for n in (OUTPUTS, 1))
    if any(x is None or isinstance(x, (np.ndarray, dict)) for x in made):
        return
    outputs = 1 if made == made_of_one else OUTPUTS
    for given in product(*([x, [x]] if x == HIDDEN else [x] for x in made)) if names else ():
        with contextlib.suppress(Exception):  # of the person's code, which these do not suit
            whole = kind(*given)
            yield whole, outputs, f"{kind.__name__}({', '.join(map(repr, given))})"


def examples_of(method: Callable[..., object], outputs: int) -> Iterator[dict[str, object]]:
    """Yield arguments of a method by name: data of every layout, and what is known by its name."""
    lay, names = _rows(outputs), _needed(method)
    known = {name: None if _is_data(name) else lay.of(name) for name in names}
    of_data = [name for name in names if known[name] is None]
    X, y = lay.of("x"), lay.of("y")
    for x, t in ((X, y), (X[:1].T, y[:1].T), (X[0], y[0]), (X.T, y.T)):
        if len(of_data) == 2:
            yield known | dict(zip(of_data, (x, t)))
        elif len(of_data) == 1 and re.fullmatch(SETS, of_data[0], re.I):
            yield known | {of_data[0]: [(x.copy(), t.copy()) for _ in range(2)]}


def _needed(function: Callable[..., object]) -> list[str]:
    kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY
    several = inspect.signature(function).parameters.values()
    return [p.name for p in several if p.default is p.empty and p.kind in kinds]


def _rows(outputs: int) -> Layout:
    return Layout("matrix", False, outputs, 2)

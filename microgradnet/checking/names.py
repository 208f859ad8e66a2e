"""The names of a derivation: `d_h1_d_w1` is the derivative of the node h1 by the node w1."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

import numpy as np

from microgradnet.autograd.labels import NamesError
from microgradnet.autograd.value import Value, describe
from microgradnet.words import listed, say

__all__ = ["ALSO_LOSS", "LOSS", "PREDICTING", "PREDICTION", "TARGET", "Names", "parts", "plain"]

# Usual names, `plain`, of what is differentiated; what else `dE_dw` calls it where no local has
# that name; names of the output, of what it should be, of weights and biases, and of functions
# and methods that predict.
LOSS = ("L", "loss", "Loss", "cost", "Cost")
ALSO_LOSS = (*LOSS, "l", "E", "J", "C", "error", "Error")
PREDICTION = ("ypred", "yhat", "pred", "prediction", "yp", "output", "out", "o1", "o")
TARGET = ("ytrue", "target", "truth", "label", "y", "t")
PREDICTING = ("feedforward", "forward", "predict", "call", "forwardpass", "predictone", "think")
OF_LAYER = re.compile(r"^(self\.)?(weights?|bias(es)?|w|b)(?P<layer>\w+)$", re.I)  # wout, bout
PARAMETER = re.compile(r"^(self\.)?(w|b|weights?|bias(es)?)_?\w{0,2}$", re.I)


@functools.cache
def plain(name: str) -> str:
    """Return a name as it is compared: `y_pred` and `ypred` are the same, `x[0]` and `x0` too.

    >>> plain("y_pred"), plain("x[0]")
    ('ypred', 'x0')
    """
    return re.sub(r"[_\[\]\s]", "", name)


@functools.cache
def parts(name: str) -> tuple[tuple[str, str], ...]:
    """Return each pair A, B that a name of the form `d_A_d_B` or `dA_dB` can be read as.

    >>> parts("d_L_d_w1"), parts("dL_dw1"), parts("data")
    ((('L', 'w1'),), (('L', 'w1'),), ())
    """
    found = []
    for match in re.finditer("_d(?=.)", name):
        a, b = plain(name[1 : match.start()]), plain(name[match.end() :])
        if name.startswith("d") and a and b:
            found.append((a, b))
    return tuple(found)


NO_SUCH = "{name}: no such derivative in this graph; {known}"
SEVERAL = "{name}: {part} fits {n} nodes ({nodes}); label them apart"


class Names:
    """The nodes of a graph by the names that a derivation may use for them.

    nodes: a name and the nodes it may mean, one where it is clear; names are compared `plain`.
    """

    def __init__(self, nodes: Mapping[str, Sequence[Value]]) -> None:
        self.nodes: dict[str, list[Value]] = {}
        self.spelled: dict[str, str] = {}
        for name, several in nodes.items():
            known = self.nodes.setdefault(plain(name), [])
            known += [node for node in several if node not in known]
            self.spelled.setdefault(plain(name), name)

    def with_bound(self, bound: Mapping[str, object]) -> Names:
        """Return the names with some bound to other nodes: those of an earlier assignment."""
        new = {k: v for k, v in bound.items() if isinstance(v, Value)}
        new = {k: v for k, v in new.items() if self.nodes.get(plain(k), [v]) != [v]}
        if not new:
            return self
        taken = {plain(k) for k in new}
        others = {self.spelled[k]: several for k, several in self.nodes.items() if k not in taken}
        return Names(others | {k: [v] for k, v in new.items()})

    def derivative(self, name: str, written: object) -> tuple[Value, Value] | None:
        """Return the nodes A and B of the derivative `name`; None where it is some other name.

        written: what the name stands for; `d_` something that is a number is meant as a
        derivative. Raises NamesError for a part that fits no node or several.
        """
        splits = parts(name)
        fitting = [(a, b) for a, b in splits if self.nodes.get(a) and self.nodes.get(b)]
        if not fitting:
            number_like = isinstance(written, (int, float, np.number, Value))
            known = any(self.nodes.get(part) for pair in splits for part in pair)
            meant = re.match("d_.+_d_", name) or known
            if splits and meant and (number_like or name.startswith("d_")):
                raise NamesError(say(NO_SUCH, name=name, known=self.known()))
            return None
        if len(fitting) > 1:
            read = listed(map(str, fitting), " or ")
            raise NamesError(say("{name} can be read as {fitting}", name=name, fitting=read))
        a, b = fitting[0]
        return self._only(name, a), self._only(name, b)

    def _only(self, name: str, part: str) -> Value:
        nodes = self.nodes[part]
        if len(nodes) > 1:
            fits = listed(f"{describe(node)} = {node.data:.6g}" for node in nodes)
            raise NamesError(say(SEVERAL, name=name, part=part, n=len(nodes), nodes=fits))
        return nodes[0]

    def known(self) -> str:
        """Return the names there are, one for each node, for a message."""
        first = {
            tuple(map(id, nodes)): self.spelled[key] for key, nodes in reversed(self.nodes.items())
        }
        return say("the names are {names}", names=listed(sorted(first.values())))

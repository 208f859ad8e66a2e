"""Find the nodes of a derivative's name: `d_h1_d_w1` is that of node h1 by node w1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from microgradnet.autograd.graph import describe
from microgradnet.autograd.labels import NamesError
from microgradnet.autograd.value import Value
from microgradnet.checking.vocabulary import parts, plain
from microgradnet.words import listed, say

__all__ = ["Names"]

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

    def derivative(self, name: str, written: object) -> tuple[Value, Value] | None:
        """Return the nodes A and B of the derivative `name`; None if it names no derivative.

        written: the value of that name; a number whose name starts with `d_` is taken for a
        derivative. Raises NamesError for a part that fits no node or several.
        """
        splits = parts(name)
        fitting = [(a, b) for a, b in splits if self.nodes.get(a) and self.nodes.get(b)]
        if not fitting:
            number_like = isinstance(written, (int, float, np.number, Value))
            known = any(self.nodes.get(part) for pair in splits for part in pair)
            meant = (name.startswith("d_") and "_d_" in name[3:]) or known
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
        """Return a message with the known names, one for each node."""
        first = {
            tuple(map(id, nodes)): self.spelled[key] for key, nodes in reversed(self.nodes.items())
        }
        return say("the names are {names}", names=listed(sorted(first.values())))

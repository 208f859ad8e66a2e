"""Compare derivatives written by hand with those of the recorded graph, at one point."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from microgradnet.autograd import graph
from microgradnet.autograd.gradient import grad, refuse_changed, refuse_labels
from microgradnet.autograd.labels import NamesError
from microgradnet.autograd.value import Computed, Value
from microgradnet.checking.finding.vocabulary import ALSO_LOSS, parts, plain
from microgradnet.checking.judging.bounds import Bounded, bounded_gradients
from microgradnet.checking.reporting.report import (
    CANNOT_TELL,
    RIGHT,
    WRONG,
    Report,
    Row,
    sorted_rows,
)
from microgradnet.checking.reporting.sketching import sketch_of
from microgradnet.operations.arguments import number
from microgradnet.operations.differences import differences
from microgradnet.words import listed, say, sentence, told

__all__ = ["compare"]

MOST = 4  # the most mistakes to list that fit at one point; a longer list says nothing
NO_SUCH = "{name}: no such derivative in this graph; {known}"
SEVERAL = "{name}: {part} fits {n} nodes ({nodes}); label them apart"


def compare(loss: Value, manual: Mapping[str, object], *, witness: bool = False) -> Report:
    """Compare derivatives written by hand with those of the recorded graph, at its numbers.

    loss: the Value recorded; manual: numbers or Values by name, as in the tutorial:
    `d_L_d_ypred`, `d_ypred_d_w5`, `d_h1_d_w1` (`dL_dw1` too). The parts are labels of nodes,
    with or without underscores; `L` and `loss` are the loss itself, `ypred` the output of the
    net. Other names are ignored, so `locals()` can be passed. witness: also show the finite
    difference of each.

    A derivative is "right" where it is within its bound on rounding errors (Higham, Accuracy and
    Stability of Numerical Algorithms, 2002, chapter 3), "wrong" where it is not, and "cannot
    tell" where a wrong formula could give the same number at this point. A known mistake that
    gives the number written is named; `check`, which uses many points, can tell more.

    Raises NamesError (a KeyError), listing the labels, for a name that fits no node or several,
    TypeError for a derivative that is not a number, ValueError for a leaf changed after its use.

    >>> w, x = Value(0.5, "w1"), Value(3.0, "x1")
    >>> loss = (w * x - 1) ** 2
    >>> print([row.verdict for row in compare(loss, {"d_L_d_w1": 2 * (0.5 * 3 - 1) * 3}).rows])
    ['right']
    """
    with told():
        return _compared(loss, manual, witness)


def _compared(loss: Value, manual: Mapping[str, object], witness: bool) -> Report:
    if not isinstance(loss, Value):
        words = "compare takes the recorded loss, a Value, not {kind}"
        raise TypeError(say(words, kind=type(loss).__name__))
    if not isinstance(manual, Mapping):
        words = "compare takes a dict of derivatives, not {kind}"
        raise TypeError(say(words, kind=type(manual).__name__))
    leaves, inner = graph.reachable(loss)
    refuse_changed(inner)
    refuse_labels([*leaves, *inner])
    loss = graph.unfold(loss)  # so that products have the factors that a person writes
    names = _names(loss)
    found = {name: pair for name in manual if (pair := names.derivative(str(name), manual[name]))}
    if not found:
        raise NamesError(say("no derivative among the names given; {known}", known=names.known()))
    sweeps = bounded_gradients(*dict.fromkeys(a for a, _ in found.values()))
    rows = [
        _row(str(name), _written(name, manual[name]), a, b, sweeps[a], witness)
        for name, (a, b) in found.items()
    ]
    if any(row.verdict == WRONG for row in rows):
        rows = _named(rows, {str(k): pair for k, pair in found.items()})
    leaves = sorted(graph.reachable(loss)[0], key=graph.made_after)
    point = {str(leaf.label): leaf.data for leaf in leaves if leaf.label}
    sketch = sketch_of(loss, {str(k): pair for k, pair in found.items()})
    return Report(sorted_rows(rows), "", point, sketch=sketch)


def _named(rows: list[Row], found: Mapping[str, tuple[Value, Value]]) -> list[Row]:
    """Return the rows, each wrong one with the mistakes that give its number at this point."""
    said = {
        row.name: list(dict.fromkeys(_mistakes(row, *found[row.name])))
        for row in rows
        if row.verdict == WRONG and not row.why
    }
    return [replace(row, mistake=_one_of(said.get(row.name, []))) for row in rows]


def _mistakes(row: Row, a: Value, b: Value) -> Iterator[str]:
    """Yield mistakes that give the written number: a sign, a factor, one factor for another."""
    written, right = row.written, row.right

    def fits(guess: float) -> bool:
        return math.isclose(written, guess, rel_tol=1e-9)

    if not written:
        yield say("is set to 0")
    for ratio in (2.0, 0.5, -2.0, -1.0, -0.5):
        if fits(ratio * right):
            yield _factor(ratio)
    nodes = [n for several in graph.reachable(a) for n in several]
    named = [x for x in nodes if x.label and x is not a and math.isfinite(x.data)]
    for y in _factors(a, b):
        if fits(right / y.data):
            yield say("{name} is left out", name=y.label)
        for x in named:
            if x is not y and fits(right / y.data * x.data):
                yield say("uses {used} where {meant} belongs", used=x.label, meant=y.label)


def _factor(ratio: float) -> str:
    """Return the words for a wrong sign, and for a factor 2 too much or missing."""
    sign = say("the sign is wrong") if ratio < 0 else ""
    words = {2.0: "a factor {size:g} too much", 0.5: "a factor {size:g} is missing", 1.0: ""}
    factor = words[abs(ratio)] and say(words[abs(ratio)], size=2.0)
    return listed((sign, factor), " and ")


def _factors(a: Value, b: Value) -> Iterator[Value]:
    """Yield the labelled nodes that products between b and a multiply by."""
    path = {b, *graph.between(a, b)}
    for node in path - {b}:
        if getattr(node.operation, "name", "") == "mul":
            x, y = node.inputs
            for factor, other in ((x, y), (y, x)):
                if isinstance(factor, Value) and other in path and factor not in path:
                    yield from [factor] * bool(factor.label and factor.data)


def _one_of(words: list[str]) -> str:
    """Return the words for the mistakes that fit at this point; "" if they are too many."""
    if len(words) < 2:
        return words[0] if words else ""
    one_of = say("at this point one of: {mistakes}", mistakes=listed(words, "; "))
    return one_of if len(words) <= MOST else ""


def _written(name: str, x: object) -> float:
    try:
        return x.data if isinstance(x, Value) else number(x)
    except TypeError as error:
        raise TypeError(say("{name}: {error}", name=name, error=sentence(error))) from None


def _names(loss: Value) -> Names:
    leaves, inner = graph.reachable(loss)
    nodes: dict[str, list[Value]] = {}
    for node in leaves + inner:
        if node.label:
            nodes.setdefault(plain(node.label), []).append(node)
    outputs: list[Value] = [node for node in inner if getattr(node.label, "role", "") == "output"]
    nodes |= {"L": [loss], "loss": [loss]}  # whatever a label says
    for name in ALSO_LOSS:
        nodes.setdefault(name, [loss])
    nodes.setdefault("ypred", outputs)
    labels = {node.label: several for several in nodes.values() for node in several if node.label}
    return Names(labels | nodes)


def _row(
    name: str, written: float, a: Value, b: Value, sweep: Mapping[Value, Bounded], witness: bool
) -> Row:
    exact = sweep.get(b, Bounded())
    verdict, why = _verdict(written, exact)
    if verdict == RIGHT and b in sweep:
        why = _why_blind(a, b, sweep)
        verdict = CANNOT_TELL if why else RIGHT
    if verdict == WRONG and b not in sweep:
        why = say("{a} does not depend on {b}", a=graph.describe(a), b=graph.describe(b))
    difference = differences(lambda x: graph.replay(a, {b: x}), b.data) if witness else None
    return Row(name, verdict, written, exact.value, exact.error, difference, why)


def _verdict(written: float, exact: Bounded) -> tuple[str, str]:
    if not math.isfinite(exact.value):
        return CANNOT_TELL, say("{value} at this point: take another", value=exact.value)
    if not exact.low - exact.error <= written <= exact.high + exact.error:
        if exact.value and abs(written / exact.value - 1.0) < 1e-3:
            return WRONG, say("close, but more than rounding: a number with few digits?")
        return WRONG, ""
    return RIGHT, ""


def _why_blind(a: Value, b: Value, sweep: Mapping[Value, Bounded]) -> str:
    """Return why a wrong formula could give this number too; "" if it could not."""
    exact = sweep[b]
    if exact.low < exact.high:  # at a kink: any subgradient is right
        return ""
    if abs(exact.value) <= exact.error:
        if exact.value == exact.error == 0.0:
            return say("0 at this point: a wrong factor would not show")
        return say("lost in rounding here (saturated): take a point nearer to 0")
    if all(type(x) is float for x in grad(a, [b])[0].inputs):  # the same at every point
        return ""
    if exact.error == math.inf:
        return say("far out of range here: nothing is known of the rounding")
    if any(_equals_its_factor(node, b) for node in graph.reachable(a)[1]):
        return say("{name} equals its factor here: a mix-up would not show", name=graph.describe(b))
    if _like_its_derivative(a, b, exact):
        return say("an activation equals its derivative here: a mix-up would not show")
    for other, its in sweep.items():
        apart = abs(abs(its.value) - abs(exact.value))
        if other is not b and _alike(other, b) and apart <= exact.error + its.error:
            words = "that of {name} is the same here: a mix-up would not show"
            return say(words, name=graph.describe(other))
    return ""


def _equals_its_factor(node: Computed, b: Value) -> bool:
    """Whether a product multiplies b by a factor of the same size: the two may be mixed up."""
    if node.operation.name != "mul" or b not in node.inputs:
        return False
    x, y = (abs(n) for n in graph.numbers(node))
    return node.inputs[0] is not node.inputs[1] and math.isclose(x, y, rel_tol=1e-12)


def _like_its_derivative(a: Value, b: Value, exact: Bounded) -> bool:
    """Whether an activation between b and a equals its own derivative at this point."""
    between = {b}
    for node in graph.reachable(a)[1]:
        if not between.isdisjoint(node.inputs):
            between.add(node)
            (p, *others) = [graph.partial(node, i) for i in range(len(node.inputs))]
            apart = abs(node.data - p) * abs(exact.value)
            if not others and node.operation.name != "exp" and apart <= exact.error * abs(p):
                return True
    return False


def _alike(x: Value, y: Value) -> bool:
    """Whether two leaves differ only in their index: w1 and w2."""
    if x.inputs or y.inputs or x.label == y.label:
        return False
    stem, digits = re.fullmatch(r"(.*?)(\d*)", x.label).groups()  # type: ignore[union-attr]
    return bool(digits and re.fullmatch(re.escape(stem) + r"\d+", y.label))


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
            fits = listed(f"{graph.describe(node)} = {node.data:.6g}" for node in nodes)
            raise NamesError(say(SEVERAL, name=name, part=part, n=len(nodes), nodes=fits))
        return nodes[0]

    def known(self) -> str:
        """Return a message with the known names, one for each node."""
        first = {
            tuple(map(id, nodes)): self.spelled[key] for key, nodes in reversed(self.nodes.items())
        }
        return say("the names are {names}", names=listed(sorted(first.values())))

"""A derivative taken apart: the factors of its chain, and the terms of its sum over paths."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from microgradnet.autograd.derivatives import grad
from microgradnet.autograd.graph import operands, partials, reachable
from microgradnet.autograd.replaying import between
from microgradnet.autograd.value import Computed, Value
from microgradnet.checking.judging import Finding
from microgradnet.checking.runs import Run
from microgradnet.words import say

__all__ = ["Case", "Cases", "Columns", "Suspect", "factors", "terms"]

MOST_PATHS = 32
ENOUGH = 4  # runs, for each branch of the code to be taken in one


@dataclass
class Suspect:
    """One factor of a derivative: its number, how to call it, and what may be mistaken for it.

    alternatives: by the words for the mistake, the number that it puts in place of the factor.
    """

    name: str
    value: float
    alternatives: dict[str, float] = field(default_factory=dict)


def factors(
    a: Value,
    b: Value,
    values: Mapping[str, Value],
    known: dict[tuple[Value, Value], Suspect] | None = None,
) -> list[Suspect]:
    """Return the factors of da/db that all its paths share: one for each stretch between nodes
    that no path avoids.

    values: the named nodes; the derivative of an activation may be taken at any of them; known:
    is given the activations, which other derivatives have too.
    """
    known = {} if known is None else known
    path = between(a, b)
    at = {node: i for i, node in enumerate((b, *path))}
    found: list[Suspect] = []
    for low, high in _stretches(b, path):
        inner = path[at[low] : at[high]]
        own = {low, *inner}
        others = [x for n in inner for x in operands(n) if x not in own]
        if not others:
            if (low, high) not in known:
                known[low, high] = _activation(low, high, inner, values)
            found.append(known[low, high])
        elif len(inner) == 1 and len(others) == 1 and high.operation.name == "mul":
            found.append(Suspect(_called(others[0]), others[0].data))
    return found


def _stretches(b: Value, path: Sequence[Computed]) -> list[tuple[Value, Computed]]:
    """Consecutive nodes that all paths pass, activations of several steps as one stretch."""
    up: dict[Value, int] = {b: 1}
    for node in path:
        up[node] = sum(up.get(x, 0) for x in operands(node))
    down: dict[Value, int] = dict.fromkeys((b, *path), 0)
    down.update(dict.fromkeys(path[-1:], 1))
    for node in reversed(path):
        for x in operands(node):
            if x in down:
                down[x] += down[node]
    stretches: list[tuple[Value, Computed]] = []
    low = b
    for high in path:
        if up[high] * down[high] == up[path[-1]]:
            if stretches and not low.label and _one_input(high) and _one_input(low):
                low = stretches.pop()[0]
            stretches.append((low, high))
            low = high
    return stretches


def _one_input(node: Value) -> bool:
    return len(set(operands(node))) == 1


def _activation(
    low: Value, high: Computed, inner: Sequence[Computed], values: Mapping[str, Value]
) -> Suspect:
    inside, out = _called(low), _called(high)
    factor = Suspect(say("the derivative of {name}", name=out), _slope(low, high, inner, low.data))
    if high.operation.name == "pow" or not (low.label and high.label):
        return factor
    activated = say(
        "takes the derivative at {name}, which is activated already, not at {inside}",
        name=out,
        inside=inside,
    )
    others = {
        say("takes the derivative at {name}, not at {inside}", name=name, inside=inside): node
        for name, node in values.items()
        if node is not low and node is not high
    }
    factor.alternatives = {
        say("uses {name} itself where its derivative belongs", name=out): high.data
    } | {
        words: _slope(low, high, inner, node.data)
        for words, node in {activated: high, **others}.items()
    }
    return factor


def _slope(low: Value, high: Value, inner: Sequence[Computed], at: float) -> float:
    """The derivative of high by low where low is another number."""
    made: dict[Value, Value] = {low: Value(at)}
    for n in inner:
        inputs = (made.get(x, x) if isinstance(x, Value) else x for x in n.inputs)
        made[n] = Value.apply(n.operation, tuple(inputs))
    return grad(made[high], [made[low]])[0].data


def _called(node: Value) -> str:
    if node.label or not node.operation:
        return node.label or say("the number")
    return say("a step without a name ({operation})", operation=node.op)


def terms(a: Value, b: Value) -> list[tuple[str, float]]:
    """Return the product along each path from b to a, named after the first node only it passes."""
    on_path = {b, *between(a, b)}
    paths: list[tuple[Chain, float]] = [((a, None), 1.0)]
    done: list[tuple[list[Value], float]] = []
    while paths and len(paths) + len(done) <= MOST_PATHS:
        chain, product = paths.pop()
        node = chain[0]
        if node is b:
            done.append((_nodes(chain), product))
            continue
        for x, slope in zip(operands(node), partials(node)):
            if x in on_path:
                paths.append(((x, chain), product * slope))
    if paths or len(done) < 2:
        return []
    return [(_own_node(nodes, done), product) for nodes, product in done]


Chain = tuple[Value, "Chain | None"]  # its last node, the rest


def _nodes(chain: Chain | None) -> list[Value]:
    nodes = []
    while chain is not None:
        node, chain = chain
        nodes.append(node)
    return nodes[::-1]


def _own_node(nodes: Sequence[Value], done: Sequence[tuple[list[Value], float]]) -> str:
    others = {n for other, _ in done if other is not nodes for n in other}
    own = [n for n in reversed(nodes) if n not in others]
    named = [n for n in own if n.label]
    return _called((named or own or [nodes[0]])[0])


class Columns(Mapping[str, np.ndarray]):
    """Numbers by name, each over the runs: the rows of one table.

    >>> numbers = Columns(["w", "x"], np.array([[1.0, 2.0], [3.0, 4.0]]))
    >>> numbers["x"].tolist(), list(numbers.of({"w"}))
    ([3.0, 4.0], ['w'])
    """

    def __init__(self, names: Sequence[str], table: np.ndarray) -> None:
        self.names, self.table = names, table
        self._at = {name: i for i, name in enumerate(names)}

    def __getitem__(self, name: str) -> np.ndarray:
        found: np.ndarray = self.table[self._at[name]]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def of(self, names: Collection[str]) -> Columns:
        """Return those of some names."""
        kept = [i for i, name in enumerate(self.names) if name in names]
        return Columns([self.names[i] for i in kept], self.table[kept])


@dataclass
class Case:
    """A wrong derivative and what could have been mistaken for it; arrays over the runs.

    name, written, right: of the derivative; values: the named numbers of the forward pass;
    others: the right numbers of the other derivatives, others_written: what was written for them;
    factors: of the right one, by name, with their alternatives by words; terms: of its sum;
    as_run: what was written, with the other derivatives as they were written; there: the names
    of all that is in what was written, or in what is right.
    """

    name: str
    written: np.ndarray
    right: np.ndarray
    values: Columns
    others: Columns
    others_written: Columns
    factors: list[tuple[str, np.ndarray, Columns]] = field(default_factory=list)
    terms: list[tuple[str, np.ndarray]] = field(default_factory=list)
    as_run: np.ndarray = field(default_factory=lambda: np.empty(0))
    there: frozenset[str] = frozenset()

    @property
    def is_update(self) -> bool:
        """Whether it is an update line, whose numbers are the gradient that it moves by."""
        return self.name.startswith("update ")

    @functools.cached_property
    def values_there(self) -> Columns:
        """The named numbers that are in what was written, or in what is right."""
        return self.values.of(self.there)

    @functools.cached_property
    def others_there(self) -> Columns:
        """The other derivatives that are."""
        return self.others.of(self.there)


class Cases:
    """What there is to explain wrong derivatives by; what they have in common is found once."""

    def __init__(self, findings: Sequence[Finding], runs: Sequence[Run]) -> None:
        self.findings, self.runs = findings, runs
        self._known: dict[tuple[Value, Value], Suspect] = {}
        self._common = functools.cache(self._numbers)

    def of(self, finding: Finding) -> Case:
        """Return the case of one: its factors, its sum, the others."""
        chosen = [self.runs[i] for i in finding.runs]
        values, right, written = self._common(tuple(finding.runs))
        names = {name for name in right if name != finding.name}
        others = right.of(names), written.of(names)
        case = Case(finding.name, finding.local, finding.right, values, *others)
        ends = [_ends(finding.name, run) for run in chosen]
        case.as_run = finding.written
        few = list(zip(chosen, ends))[:ENOUGH]
        case.there = frozenset().union(*(_names_in(run, finding.name, pair) for run, pair in few))
        links = [name for name in _links(chosen[0], *ends[0]) if name in names]
        none = _common([{}])
        case.factors = [(name, case.others[name], none) for name in links]
        case.factors += _factors(chosen, ends, self._known)
        sums = [terms(a, b) for a, b in ends]
        if len({tuple(name for name, _ in s) for s in sums}) == 1:
            columns = zip(*[[x for _, x in s] for s in sums])
            case.terms = [(name, np.array(x)) for (name, _), x in zip(sums[0], columns)]
        return case

    def _numbers(self, runs: tuple[int, ...]) -> tuple[Columns, Columns, Columns]:
        """The named numbers; of the derivatives that are known in all of some runs what is right,
        and what was written.
        """
        at = {f.name: {i: k for k, i in enumerate(f.runs)} for f in self.findings}
        found = [f for f in self.findings if f.name != "forward" and at[f.name].keys() >= {*runs}]
        picked = [[at[f.name][i] for i in runs] for f in found]
        right = [f.right[k] for f, k in zip(found, picked)]
        written = [f.local[k] for f, k in zip(found, picked)]
        names, shape = [f.name for f in found], (len(found), len(runs))
        values = _common([_numbers(self.runs[i]) for i in runs])
        tables = np.reshape(right, shape), np.reshape(written, shape)
        return values, Columns(names, tables[0]), Columns(names, tables[1])


def _numbers(run: Run) -> dict[str, float]:
    """The numbers a person may have taken by mistake; those of one node under one name."""
    named = {v.label: v.data for k, v in run.values.items()}
    return named | {_after(name): v.data for name, (_, v) in run.updates.items()}


def _after(name: str) -> str:
    return say("{name} after its update", name=name)


def _names_in(run: Run, name: str, ends: tuple[Value, Value]) -> set[str]:
    """The names of the numbers and derivatives that what was written, or what is right, is of."""
    a, b = ends
    written = run.forward[0] if name == "forward" and run.forward else _written(run, name)
    if not reachable(written)[1]:  # a number: nobody knows where it is from
        return {v.label for v in run.values.values()} | set(run.derivatives) | set(run.updates)
    leaves, inner = reachable(written, *grad(a, [b]))
    nodes = {*leaves, *inner}
    marks = {k for k, (mark, _, _) in run.derivatives.items() if mark in nodes}
    later = {_after(k) for k, (_, new) in run.updates.items() if new in nodes}
    return {node.label for node in nodes} | marks | later


def _written(run: Run, name: str) -> Value:
    of_update = run.updates.get(name.removeprefix("update "))
    return run.derivatives[name][0] if name in run.derivatives else of_update[1]  # type: ignore


def _ends(name: str, run: Run) -> tuple[Value, Value]:
    if name == "forward":
        return (run.forward or (run.loss, run.loss))[1], run.loss
    if name.startswith("update "):
        return run.loss, run.updates[name.removeprefix("update ")][0]
    return run.derivatives[name][1:]


def _factors(
    runs: Sequence[Run],
    ends: Sequence[tuple[Value, Value]],
    known: dict[tuple[Value, Value], Suspect],
) -> list[tuple[str, np.ndarray, Columns]]:
    found = [factors(a, b, run.values, known) for run, (a, b) in zip(runs, ends)]
    if len({tuple(f.name for f in each) for each in found}) != 1:
        return []  # branches: not the same chain at every point
    return [
        (
            column[0].name,
            np.array([f.value for f in column]),
            _common([f.alternatives for f in column]),
        )
        for column in zip(*found)
    ]


def _links(run: Run, a: Value, b: Value) -> list[str]:
    """The derivatives that are links of the chain from b to a."""
    path = {b, *between(a, b)}
    pairs = {name: (x, y) for name, (_, x, y) in run.derivatives.items()}
    return [n for n, (x, y) in pairs.items() if x in path and y in path and (x, y) != (a, b)]


def _common(columns: Sequence[Mapping[str, float]]) -> Columns:
    names = [k for k in columns[0] if all(k in column for column in columns)]
    table = np.array([[column[k] for column in columns] for k in names])
    return Columns(names, table.reshape(len(names), len(columns)))

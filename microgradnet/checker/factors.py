"""A derivative taken apart: the factors of its chain, and the terms of its sum over paths."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from microgradnet.gradient import grad
from microgradnet.value import Value, reachable

__all__ = ["Factor", "between", "factors", "terms"]

MOST_PATHS = 32


@dataclass
class Factor:
    """One factor of a derivative: its number, how to call it, and what may be mistaken for it.

    alternatives: by the words for the mistake, the number that it puts in place of the factor.
    """

    name: str
    value: float
    alternatives: dict[str, float] = field(default_factory=dict)


def between(a: Value, b: Value) -> list[Any]:
    """Return the nodes on the paths from b to a, both included, in the order they were made."""
    on_path: dict[Any, None] = {b: None}
    for node in reachable(a)[1]:
        if node is not b and not on_path.keys().isdisjoint(
            x for x in node.inputs if type(x) is Value
        ):
            on_path[node] = None
    return list(on_path) if a in on_path else []


def factors(a: Value, b: Value, values: Mapping[str, Value]) -> list[Factor]:
    """Return the factors of da/db that all its paths share: one for each stretch between nodes
    that no path avoids.

    values: the named nodes; the derivative of an activation may be taken at any of them.
    """
    path = between(a, b)
    found: list[Factor] = []
    for low, high in _stretches(path):
        inner = path[path.index(low) + 1 : path.index(high) + 1]
        others = [
            x
            for n in inner
            for x in n.inputs
            if type(x) is Value and x is not low and x not in inner
        ]
        if not others:
            found.append(_activation(low, high, inner, values))
        elif len(inner) == 1 and len(others) == 1 and high._row.name == "mul":
            found.append(Factor(_called(others[0]), others[0].data))
    return found


def _stretches(path: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Consecutive nodes that all paths pass, activations of several steps as one stretch."""
    if not path:
        return []
    up: dict[Any, int] = {path[0]: 1}
    for node in path[1:]:
        up[node] = sum(up.get(x, 0) for x in node.inputs if type(x) is Value)
    down: dict[Any, int] = dict.fromkeys(path, 0)
    down[path[-1]] = 1
    for node in reversed(path[1:]):
        for x in node.inputs:
            if type(x) is Value and x in down:
                down[x] += down[node]
    passes = [node for node in path if up[node] * down[node] == up[path[-1]]]
    stretches: list[tuple[Any, Any]] = []
    for low, high in itertools.pairwise(passes):
        if stretches and not low.label and _one_input(high) and _one_input(low):
            low = stretches.pop()[0]
        stretches.append((low, high))
    return stretches


def _one_input(node: Any) -> bool:
    return len({x for x in node.inputs if type(x) is Value}) == 1


def _activation(low: Any, high: Any, inner: Sequence[Any], values: Mapping[str, Value]) -> Factor:
    def slope(at: float) -> float:
        made: dict[Any, Any] = {low: Value(at)}
        for n in inner:
            made[n] = Value.apply(
                n._row, tuple(made.get(x, x) if type(x) is Value else x for x in n.inputs)
            )
        return grad(made[high], [made[low]])[0].data

    inside, out = _called(low), _called(high)
    factor = Factor(f"the derivative of {out}", slope(low.data))
    if high._row.name == "pow" or not (low.label and high.label):
        return factor
    factor.alternatives = {
        f"uses {out} itself where its derivative belongs": high.data,
        f"takes the derivative at {out}, which is activated already, not at {inside}": slope(
            high.data
        ),
    } | {
        f"takes the derivative at {name}, not at {inside}": slope(node.data)
        for name, node in values.items()
        if node is not low and node is not high
    }
    return factor


def _called(node: Value) -> str:
    return node.label or f"the {node._row.name if node._row else 'number'}"


def terms(a: Value, b: Value) -> list[tuple[str, float]]:
    """Return the product along each path from b to a, named after the first node only it passes."""
    path = between(a, b)
    paths: list[tuple[list[Any], float]] = [([a], 1.0)]
    done: list[tuple[list[Any], float]] = []
    while paths and len(paths) + len(done) <= MOST_PATHS:
        nodes, product = paths.pop()
        node = nodes[-1]
        if node is b:
            done.append((nodes, product))
            continue
        numbers = [x.data if type(x) is Value else x for x in node.inputs]
        for i, x in enumerate(node.inputs):
            if type(x) is Value and x in path:
                paths.append(([*nodes, x], product * node._row.partials[i](*numbers, node.data)))
    if paths or len(done) < 2:
        return []
    return [(_own_node(nodes, done), product) for nodes, product in done]


def _own_node(nodes: Sequence[Any], done: Sequence[tuple[list[Any], float]]) -> str:
    others = {n for other, _ in done if other is not nodes for n in other}
    own = [n for n in reversed(nodes) if n not in others]
    named = [n for n in own if n.label]
    return _called((named or own or [nodes[0]])[0])

"""What a page knows of a graph beside its picture: names, places of numbers, steps, chain rules."""

from __future__ import annotations

from math import isfinite
from typing import Any

from microgradnet.chain import explain
from microgradnet.gradient import NonFiniteError
from microgradnet.pages.numbers import Numbers
from microgradnet.pages.steps import Steps
from microgradnet.value import Value

__all__ = ["described"]


def described(numbers: Numbers) -> dict[str, Any]:
    """Return a graph as data for the page; numbers stand in it by their place in the outputs.

    >>> data = described(Numbers(3 * Value(2.0, "w")))
    >>> [node["name"] for node in data["nodes"]], data["leaves"]
    (['w', 'L'], [{'node': 0, 'number': 2.0, 'trained': True}])
    """
    steps = Steps(numbers)
    return {
        "nodes": [_node(numbers, steps, x) for x in numbers.nodes],
        "edges": [_edge(numbers, steps, node, i) for node, i in numbers.edges],
        "leaves": _leaves(numbers, steps),
        "steps": list(steps),
        "chains": [_chain(numbers, x) for x in numbers.nodes],
    }


def _node(numbers: Numbers, steps: Steps, x: Value) -> dict[str, Any]:
    return {
        "name": steps.name(x),
        "label": str(x.label) or steps.name(x),
        "role": numbers.parts[x].role,
        "value": numbers(x),
        "grad": numbers(numbers.grad[x]),
    }


def _edge(numbers: Numbers, steps: Steps, node: Value, i: int) -> dict[str, int]:
    """An edge; port: its place among those that end in the node."""
    x: Any = node.inputs[i]
    return {
        "from": steps.place[x],
        "to": steps.place[node],
        "port": sum(type(before) is Value for before in node.inputs[:i]),
        "partial": numbers(numbers.partial[node, i]),
    }


def _leaves(numbers: Numbers, steps: Steps) -> list[dict[str, Any]]:
    """The leaves; trained are the parameters, or all leaves where none is called one."""
    roles = {x: numbers.parts[x].role for x in numbers.leaves}
    every = "parameter" not in roles.values()
    return [
        {
            "node": steps.place[x],
            "number": x.data if isfinite(x.data) else str(x.data),  # which JSON does not have
            "trained": every or roles[x] == "parameter",
        }
        for x in numbers.leaves
    ]


def _chain(numbers: Numbers, x: Value) -> list[Any]:
    try:
        return numbers.pieces(explain(numbers.loss, x).pieces())
    except NonFiniteError as error:
        return [str(error)]

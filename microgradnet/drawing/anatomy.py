"""What each value of a graph is to its reader: its neuron, its role, its title, its gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from microgradnet.autograd.checks import refuse_changed
from microgradnet.autograd.graph import operands, partials, reachable
from microgradnet.autograd.labels import PARAMETERS, label_of, neuron
from microgradnet.autograd.value import Value
from microgradnet.operations.spelling import FORMULAS, Format, applied, bracketed, exponent

__all__ = ["Part", "caption", "dissect", "weighed"]


LONGEST_FORMULA = 24


@dataclass(frozen=True, slots=True)
class Part:
    """A value in its graph: d(root)/d(value), and d(value)/d(operand) for each operand.

    group: the name of the neuron it is computed in, or ""; role: "input", "parameter", "frozen" (a
    parameter that is not trained), "target", "inner" or "root" (the loss).

    >>> x = Value(3.0)
    >>> part = dissect(x * x)[x]
    >>> part.grad, part.role
    (6.0, 'input')
    """

    grad: float
    partials: tuple[float, ...]
    group: str
    role: str


def dissect(
    root: Value, roles: bool = True, inner: Sequence[Value] | None = None
) -> dict[Value, Part]:
    """Return the part each value of a graph plays, inputs before results; no node is changed.

    roles: whether neurons and roles are found, or just gradients, in half the time. inner: the
    computed nodes, where they are known.

    Raises ValueError, naming the leaf, where its data was set after its use.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> [part.role for part in dissect(a * b).values()]
    ['input', 'input', 'root']
    """
    inner = reachable(root)[1] if inner is None else inner
    refuse_changed(inner)
    inputs = {node: operands(node) for node in inner}
    nodes = list(dict.fromkeys(v for node in inner for v in (*inputs[node], node))) or [root]
    local = {node: partials(node) for node in nodes}
    gradients = _gradients(nodes, inputs, local)
    if not roles:
        return {n: Part(gradients[n], local[n], "", "inner") for n in nodes}
    users: dict[Value, list[Value]] = {node: [] for node in nodes}
    for node in inner:
        for x in inputs[node]:
            users[x].append(node)
    groups = _groups(nodes, users)
    found = {node: _role(node, root, users[node], groups) for node in nodes}
    return {n: Part(gradients[n], local[n], groups[n], found[n]) for n in nodes}


def _gradients(
    nodes: Sequence[Value],
    inputs: Mapping[Value, Sequence[Value]],
    partials: Mapping[Value, Sequence[float]],
) -> dict[Value, float]:
    """As `backward` computes them, but beside the nodes, and inf and nan are let through."""
    gradients = dict.fromkeys(nodes, 0.0)
    gradients[nodes[-1]] = 1.0
    for node in reversed(nodes):
        for x, partial in zip(inputs.get(node, ()), partials[node]):
            gradients[x] += gradients[node] * partial
    return gradients


def _groups(nodes: Sequence[Value], users: Mapping[Value, Sequence[Value]]) -> dict[Value, str]:
    """The neuron of each node: the one it is labelled with, computes with, or is used in."""
    groups: dict[Value, str] = {}
    for node in reversed(nodes):
        group = neuron(node)
        if not group and node.operation is not None:
            used_in = {groups[user] for user in users[node]}
            group = used_in.pop() if len(used_in) == 1 else ""
        groups[node] = group
    return groups


def _role(node: Value, root: Value, users: Sequence[Value], groups: Mapping[Value, str]) -> str:
    if node is root:
        return "root"
    if node.operation is not None:
        return "inner"
    if (role := label_of(node, "role")) in PARAMETERS:
        return role
    in_neurons = any(groups[user] for user in users)
    return "target" if not in_neurons and any(groups.values()) else "input"


def weighed(node: Value) -> Iterator[tuple[Any, Any]]:
    """Yield the factors of each product that a node is or sums up, a Value first.

    >>> x = Value(3.0, "x")
    >>> list(weighed(2.0 * x)) == [(x, 2.0)]
    True
    """
    inputs = node.inputs if node.op in ("*", "weighted_sum") else ()
    for weight, other in zip(inputs[::2], inputs[1::2]):
        yield (weight, other) if isinstance(weight, Value) else (other, weight)


def caption(node: Value, number: Format) -> tuple[str, str]:
    """Return what the badge of a computed node says and its title; number: how to write one.

    >>> a = Value(2.0, "a")
    >>> caption(3 * a, "{:g}".format), caption(a**2, "{:g}".format)
    (('×', '3·a'), ('x²', 'a²'))
    """
    assert node.operation is not None
    op = node.operation
    inputs = spelled_inputs(node)
    formula = _formula(op.name, inputs, number)
    if op.is_spelled_out:
        return op.symbol, " = ".join(filter(None, (node.label, formula)))
    formula = "" if node.label else formula
    title = node.label or formula or _fallback(node)
    constants = [number(x) if type(x) is float else "" for x in inputs]
    if op.name == "pow" and constants[1]:
        return "x" + exponent(inputs[1], number), title
    if formula or not any(constants):
        return op.symbol, title
    if op.name == "pow":
        return bracketed(constants[0]) + "ˣ", title
    if op.name in FORMULAS:
        return f"{constants[0]} {op.symbol} {constants[1]}".strip(), title
    return f"{op.symbol}({', '.join(c or '·' for c in constants)})", title


def spelled_inputs(node: Any) -> tuple[Any, ...]:
    """The inputs without those that are the defaults of the operation."""
    defaults = node.operation.defaults
    by_default = defaults and node.inputs[-len(defaults) :] == defaults
    return tuple(node.inputs[: -len(defaults)] if by_default else node.inputs)


def _formula(name: str, inputs: Sequence[Any], number: Format) -> str:
    """The operation on the names of its operands, or "" where one has none or it is long."""
    names = [number(x) if type(x) is float else x.label for x in inputs]
    text = applied(name, names, inputs, number) if all(names) else ""
    return text if len(text) <= LONGEST_FORMULA else ""


def _fallback(node: Any) -> str:
    op = node.operation
    if op.name in FORMULAS:
        return "Σ" if op.name == "add" and node.inputs == operands(node) else ""
    return "" if op.name in op.symbol or op.symbol in op.name else str(op.name)

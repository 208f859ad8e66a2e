"""The neuron, role, title and gradient of each value of a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from microgradnet.autograd.gradient import is_computed, refuse_changed
from microgradnet.autograd.graph import operands, partials, reachable
from microgradnet.autograd.labels import neuron
from microgradnet.autograd.value import Computed, Value
from microgradnet.derivations.spelling import FORMULAS, Format, applied, bracketed, exponent
from microgradnet.drawing.roles import Roles, roles_among

__all__ = ["Naming", "Operand", "Part", "caption", "dissect", "is_unchanged", "labelled"]
__all__ += ["title_of"]


LONGEST_FORMULA = 24
UNCHANGED = {"+": 0.0, "-": 0.0, "*": 1.0, "/": 1.0, "**": 1.0}  # a value by this is itself

Operand = Value | float
Naming = Callable[[Value], str]  # returns the name of a value
labelled: Naming = attrgetter("label")  # names each value by its label


@dataclass(frozen=True, slots=True)
class Part:
    """A value in its graph: d(root)/d(value), and d(value)/d(operand) for each operand.

    group: the name of the neuron that computes it, or ""; role: "input", "parameter", "frozen" (a
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
    root: Value,
    roles: bool = True,
    inner: Sequence[Value] | None = None,
    known: Roles | None = None,
) -> dict[Value, Part]:
    """Return the Part of each value of a graph, operands before results; no node is changed.

    roles: whether to find neurons and roles too; gradients alone take half the time. inner: the
    computed nodes, and known: the parameters, where they are known.

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
    known = known or roles_among([x for x in nodes if x.operation is None])
    found = {x: known.of(x) or _role(x, root, users[x], groups) for x in nodes}
    return {n: Part(gradients[n], local[n], groups[n], found[n]) for n in nodes}


def _gradients(
    nodes: Sequence[Value],
    inputs: Mapping[Value, Sequence[Value]],
    partials: Mapping[Value, Sequence[float]],
) -> dict[Value, float]:
    """Return the gradients `backward` computes, without setting them; inf and nan are allowed."""
    gradients = dict.fromkeys(nodes, 0.0)
    gradients[nodes[-1]] = 1.0
    for node in reversed(nodes):
        for x, partial in zip(inputs.get(node, ()), partials[node]):
            gradients[x] += gradients[node] * partial
    return gradients


def _groups(nodes: Sequence[Value], users: Mapping[Value, Sequence[Value]]) -> dict[Value, str]:
    """Return the neuron of each node: its label's, else the one that all its users are in."""
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
    in_neurons = any(groups[user] for user in users)
    return "target" if not in_neurons and any(groups.values()) else "input"


def title_of(node: Value, number: Format, name: Naming = labelled) -> tuple[str, str]:
    """Return the badge and the title of any value; `caption` handles the computed ones.

    >>> title_of(Value(2.0, "a"), str)
    ('', 'a')
    """
    return caption(node, number, name) if is_computed(node) else ("", name(node))


def caption(node: Computed, number: Format, name: Naming = labelled) -> tuple[str, str]:
    """Return the badge text and the title of a computed node.

    number: formats a number; name: returns the name of a value.

    >>> a = Value(2.0, "a")
    >>> caption(3 * a, "{:g}".format), caption(a**2, "{:g}".format)
    (('×', '3·a'), ('x²', 'a²'))
    """
    op = node.operation
    inputs = spelled_inputs(node)
    called, formula = name(node), _formula(op.name, inputs, number, name)
    if op.is_spelled_out:
        return op.symbol, " = ".join(filter(None, (called, formula)))
    formula = "" if called else formula
    if formula and is_unchanged(node):
        formula += f" = {name(*operands(node))}"
    title = called or formula or _fallback(node)
    constants = [number(x) if isinstance(x, float) else "" for x in inputs]
    if op.name == "pow" and isinstance(inputs[1], float):
        return "x" + exponent(inputs[1], number), title
    if formula or not any(constants):
        return op.symbol, title
    if op.name == "pow":
        return bracketed(constants[0]) + "ˣ", title
    if op.name in FORMULAS:
        return f"{constants[0]} {op.symbol} {constants[1]}".strip(), title
    return f"{op.symbol}({', '.join(c or '·' for c in constants)})", title


def is_unchanged(node: Value) -> bool:
    """Return whether an operation gives its input as it is: x ÷ 1, 0 + x, x·1."""
    return UNCHANGED.get(node.op) in (node.inputs if node.op in "+*" else node.inputs[1:])


def spelled_inputs(node: Computed) -> tuple[Operand, ...]:
    """Return the inputs without trailing ones that equal the defaults of the operation."""
    defaults = node.operation.defaults
    by_default = defaults and node.inputs[-len(defaults) :] == defaults
    return node.inputs[: -len(defaults)] if by_default else node.inputs


def _formula(name: str, inputs: Sequence[Operand], number: Format, naming: Naming) -> str:
    """Return the operation on the names of its operands; "" if one is unnamed or it is long."""
    names = [number(x) if isinstance(x, float) else naming(x) for x in inputs]
    text = applied(name, names, inputs, number) if all(names) else ""
    return text if len(text) <= LONGEST_FORMULA else ""


def _fallback(node: Computed) -> str:
    op = node.operation
    if op.name in FORMULAS:
        return "Σ" if op.name == "add" and node.inputs == operands(node) else ""
    return "" if op.name in op.symbol or op.symbol in op.name else op.name

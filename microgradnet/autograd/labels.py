"""Labels that know their neuron and their role, frozen parameters, and the error of names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import SupportsInt

from microgradnet.autograd.graph import operands
from microgradnet.autograd.value import Value

__all__ = ["Name", "NamesError", "element", "is_frozen", "label_of", "neuron", "rate_of"]


class Name(str):
    """A label that also knows the neuron (`group`) of its Value, and its `role` there.

    >>> name = Name("w1", group="h1", role="parameter")
    >>> name, name.role
    ('w1', 'parameter')
    """

    group: str
    role: str

    def __new__(cls, text: str, group: str = "", role: str = "") -> Name:
        name = super().__new__(cls, text)
        name.group, name.role = group, role
        return name


def element(name: str, i: Sequence[SupportsInt]) -> str:
    """Return the name of one element, `x[0]`, `W[0, 1]`; without indices the name itself."""
    return f"{name}[{', '.join(str(int(k)) for k in i)}]" if i else name


def is_frozen(leaf: Value) -> bool:
    """Return whether a parameter is frozen: training skips it, programs hold it as a constant.

    >>> is_frozen(Value(2.0, "w1"))
    False
    """
    return getattr(leaf.label, "role", "") == FROZEN


FROZEN, TRAINED = "frozen", "parameter"  # roles


def set_frozen(parameter: Value, frozen: bool) -> None:
    """Freeze a parameter, or make it trainable again.

    >>> w = Value(2.0, "w1")
    >>> set_frozen(w, frozen=True)
    >>> w.label, is_frozen(w)
    ('w1', True)
    """
    group = getattr(parameter.label, "group", "")
    parameter.label = Name(parameter.label, group, FROZEN if frozen else TRAINED)


def rate_of(leaf: Value, changes: int = 1) -> float:
    """Return the one rate of a leaf's last changes, 1 or 2: `w.data -= rate * w.grad`; 0 for none.

    >>> w = Value(2.0)
    >>> w.grad = 4.0
    >>> w.data -= 0.5 * w.grad
    >>> rate_of(w)
    0.5
    """
    return float(leaf._y[0]) if len(leaf._y) >= changes else 0.0


PARAMETERS = ("parameter", "frozen")  # roles


def label_of(node: Value, what: str) -> str:
    """Return the `group` or the `role` of a value's label, "" for a plain label.

    >>> label_of(Value(1.0, "w"), "role")
    ''
    """
    return str(getattr(node.label, what, ""))


def neuron(node: Value) -> str:
    """Return the name of the neuron a value is in, by its label or its operands, or "".

    That is the neuron whose weighted sum the value is or activates, or whose parameter it combines
    with another operand. So an output with another label is still found in its neuron, with or
    without an activation; a penalty, computed from parameters alone, is not.

    >>> from microgradnet import Neuron
    >>> output = Neuron(2)([1.0, 2.0])
    >>> output.label = "y"
    >>> neuron(output)
    'o1'
    """
    group = label_of(node, "group")
    if group:
        return group
    inputs = operands(node)
    if node.op == "weighted_sum":
        return label_of(inputs[-1], "group")
    roles = [label_of(x, "role") for x in inputs]
    if roles == ["sum"]:
        return label_of(inputs[0], "group")
    found = [x for x, role in zip(inputs, roles) if role in PARAMETERS]
    return label_of(found[0], "group") if len(roles) == 2 and len(found) == 1 else ""


class NamesError(KeyError):
    """Raised for names that do not fit; the message lists them and the known ones.

    >>> raise NamesError("unknown: w9; known: w1")
    Traceback (most recent call last):
    microgradnet.NamesError: unknown: w9; known: w1
    """

    __module__ = "microgradnet"

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would show its repr

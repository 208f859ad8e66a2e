"""What people spell out, as the one operation that it is: 1 / (1 + exp(-z)) as sigmoid(z)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Computed, Value
from microgradnet.operations.operation import OPS
from microgradnet.operations.ops import weighted_sum

__all__ = ["fold"]


def fold(roots: Sequence[Value]) -> dict[Value, Value]:
    """Return what stands for each computed node of a graph where its patterns are one operation.

    A node with a label stays: its author has it for a step. A sum of products is a weighted sum,
    with its bits; a folded sigmoid or tanh may differ in the last one.

    >>> from microgradnet import exp
    >>> z = Value(0.5, "z")
    >>> p = 1 / (1 + exp(-z))
    >>> fold([p])[p].op
    'sigmoid'
    """
    made: dict[Value, Value] = {}
    for node in reachable(*roots)[1]:
        inputs = [x if isinstance(x, float) else made.get(x, x) for x in node.inputs]
        made[node] = _folded(node.operation.name, inputs) or _again(node, inputs)
        made[node].label = node.label
    return made


def _again(node: Computed, inputs: Sequence[Value | float]) -> Value:
    same = all(x is y for x, y in zip(inputs, node.inputs))
    return node if same else Value.apply(node.operation, inputs)


def _folded(name: str, inputs: Sequence[object]) -> Value | None:
    folds = FOLDS.get(name, ())
    return next((found for one in folds if (found := one(*inputs)) is not None), None)


def _parts(x: object, name: str) -> tuple[Value | float, ...]:
    """The inputs of a node of that operation that has no name of its own; none for another."""
    if not isinstance(x, Value) or x.operation is None or x.label:
        return ()
    return x.inputs if x.operation.name == name else ()


def _sigmoid(above: object, below: object) -> Value | None:
    """1 / (1 + exp(-z)), and exp(z) / (1 + exp(z))."""
    for one, e in _either(_parts(below, "add")):
        (power,) = _parts(e, "exp") or (None,)
        if one == 1.0 and power is not None:
            if above == 1.0 and (z := _negated(power)) is not None:
                return Value.apply(OPS["sigmoid"], (z,))
            if _parts(above, "exp") == (power,):
                return Value.apply(OPS["sigmoid"], (power,))
    return None


def _tanh(above: object, below: object) -> Value | None:
    """(exp(z) - exp(-z)) / (exp(z) + exp(-z))."""
    powers = [_parts(e, "exp") for e in (*_parts(above, "sub"), *_parts(below, "add"))]
    if len(powers) != 4 or not all(powers):
        return None
    (z,), (down,), (same,), (other,) = powers
    is_tanh = same is z and _negated(down) is z and _negated(other) is z
    return Value.apply(OPS["tanh"], (z,)) if is_tanh else None


def _negated(x: object) -> object:
    """What x is the negative of, or None."""
    if found := _parts(x, "neg"):
        return found[0]
    return next((z for factor, z in _either(_parts(x, "mul")) if factor == -1.0), None)


def _either(inputs: Sequence[object]) -> list[tuple[object, object]]:
    """Two inputs in either order."""
    return [(inputs[0], inputs[1]), (inputs[1], inputs[0])] if len(inputs) == 2 else []


def _relu(x: object, y: object) -> Value | None:
    """The larger of z and 0."""
    found = next((z for zero, z in _either((x, y)) if isinstance(zero, float) and not zero), None)
    return None if found is None else Value.apply(OPS["relu"], (found,))


def _sum_of_products(left: object, right: object) -> Value | None:
    """w1 * x1 + w2 * x2 + ... + b, added up from the left."""
    if _parts(right, "mul"):
        return None
    pairs: list[tuple[Value | float, ...]] = []
    while before := _parts(left, "add"):
        left, last = before
        pairs.append(_parts(last, "mul"))
    if not (isinstance(left, float) and left == 0.0):  # where Python's sum() starts
        pairs.append(_parts(left, "mul"))
    if len(pairs) < 2 or not all(pairs):
        return None
    weights, inputs = zip(*reversed(pairs))
    found: Value = weighted_sum(weights, inputs, right)
    return found


Fold = Callable[..., "Value | None"]
FOLDS: Mapping[str, Sequence[Fold]] = {
    "div": (_sigmoid, _tanh),
    "maximum": (_relu,),
    "add": (_sum_of_products,),
}

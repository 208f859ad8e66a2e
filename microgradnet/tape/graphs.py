"""Build a graph of Values from a recorded run: each entry's operation on arrays of Values.

An entry that depends on the given numbers becomes a Value; all others keep the numbers of the run.
In the graph, a sigmoid, tanh, relu or sum of products that is spelled out becomes one operation.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Computed, Value
from microgradnet.operations.operation import FUNCTIONS, OPS
from microgradnet.operations.ops import weighted_sum
from microgradnet.tape.entry import Entry, Ref, mapped
from microgradnet.tape.rules.reductions import Reduction
from microgradnet.tape.rules.rows import Elementwise, Formula, Operation, Structural
from microgradnet.tape.tape import plain
from microgradnet.words import listed, say

Function = Callable[..., Any]  # of numbers and Values
LOG_2, LOG_10 = math.log(2.0), math.log(10.0)
AS_GIVEN = ("array", "copy", "astype", "float", "flatten")  # the result's type is ignored
AS_OBJECTS = ("full", "full_like")
CUT = ("astype", "round", "rint")  # these truncate or round to whole numbers


def by_element(f: Function) -> Function:
    """Return a scalar function applied elementwise: to numbers, Values, and arrays of these."""

    def of_arrays(*operands: Any) -> Any:
        held = [np.array(x, dtype=object) if isinstance(x, Value) else x for x in operands]
        kinds = [str(getattr(x, "dtype", "")) for x in held]
        numbers = [np.asarray(x, dtype=float) if k == "bool" else x for x, k in zip(held, kinds)]
        with np.errstate(all="ignore"):  # the root of a negative number is NaN
            return np.frompyfunc(f, len(operands), 1)(*numbers)

    return of_arrays


def _log(x: Any, base: Any = None) -> Any:
    return FUNCTIONS["log"](x) if base is None else FUNCTIONS["log"](x) / FUNCTIONS["log"](base)


def _halves(sign: float) -> Function:
    return lambda x: (FUNCTIONS["exp"](x) + sign * FUNCTIONS["exp"](-x)) / 2.0


def _clip(x: Any, low: Any = None, high: Any = None, *named: Any) -> Any:
    low, high = (b if a is None else a for a, b in zip((low, high), (*named, None, None)))
    x = low if low is not None and x < low else x
    return high if high is not None and x > high else x


sqrt, log, atan2 = FUNCTIONS["sqrt"], FUNCTIONS["log"], FUNCTIONS["atan2"]
NUMPY = {op.numpy: FUNCTIONS[name] for name, op in OPS.items() if name in FUNCTIONS}
BY_ELEMENT: dict[str, Function] = {
    **NUMPY,
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "mod": lambda x, y: x - y * math.floor(float_of(x) / float_of(y)),
    "fmod": lambda x, y: x - y * math.trunc(float_of(x) / float_of(y)),
    "negative": operator.neg,
    "abs": abs,
    **dict.fromkeys(("same", "positive", "nan_to_num"), lambda x: x),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1.0 / x,
    "cbrt": lambda x: math.copysign(1.0, float_of(x)) * abs(x) ** (1 / 3),
    "exp2": lambda x: FUNCTIONS["exp"](x * LOG_2),
    "log": _log,
    "log2": lambda x: log(x) / LOG_2,
    "log10": lambda x: log(x) / LOG_10,
    "arctan": lambda x: atan2(x, 1.0),
    "arcsin": lambda x: atan2(x, sqrt(1.0 - x * x)),
    "arccos": lambda x: atan2(sqrt(1.0 - x * x), x),
    "arctanh": lambda x: (FUNCTIONS["log1p"](x) - FUNCTIONS["log1p"](-x)) / 2.0,
    "arcsinh": lambda x: log(x + sqrt(x * x + 1.0)),
    "arccosh": lambda x: log(x + sqrt(x * x - 1.0)),
    "sinh": lambda x: (FUNCTIONS["expm1"](x) - FUNCTIONS["expm1"](-x)) / 2.0,
    "cosh": _halves(1.0),
    "radians": lambda x: x * (math.pi / 180.0),
    "degrees": lambda x: x * (180.0 / math.pi),
    "logaddexp": lambda x, y: y + FUNCTIONS["softplus"](x - y),
    "expit": FUNCTIONS["sigmoid"],
    "where": lambda c, x, y: x if c else y,
    "clip": _clip,
}
exp_of, sqrt_of, log_of = (by_element(FUNCTIONS[name]) for name in ("exp", "sqrt", "log"))


def float_of(x: Any) -> float:
    """Return the number of a Value, or a number as a float."""
    return x.data if isinstance(x, Value) else float(x)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    is_vector = np.ndim(x) == 1 or isinstance(axis, int)
    if ord in (1, np.inf) and is_vector:
        return (np.sum if ord == 1 else np.max)(np.abs(x), axis=axis, keepdims=keepdims)
    if ord not in (None, "fro") and not (ord == 2 and is_vector):
        raise NotImplementedError
    return sqrt_of(np.sum(x * x, axis=axis, keepdims=keepdims))


def _log_sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    top = np.max(x, axis=axis, keepdims=True)
    total = log_of(np.sum(exp_of(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(np.asarray(total, dtype=object), axis=axis)


WHOLE: dict[str, Function] = {
    "norm": _norm,
    "logsumexp": _log_sum,
    "softmax": lambda x, axis=None: exp_of(x - _log_sum(x, axis, True)),
    "log_softmax": lambda x, axis=None: x - _log_sum(x, axis, True),
    "std": lambda x, *args, **kw: sqrt_of(np.var(x, *args, **kw)),
    "vdot": lambda a, b: np.dot(np.ravel(a), np.ravel(b)),
}
FOLDED = {"max_of": "maximum", "min_of": "minimum"}
UNKNOWN = ("inv", "solve", "det")


def is_node(x: Any) -> bool:
    """Whether an object is a Value or an array of objects."""
    return isinstance(x, Value) or (isinstance(x, np.ndarray) and x.dtype == object)


def graph(entries: Sequence[Entry], given: Mapping[int, Any], order: Sequence[int]) -> list[Any]:
    """Return for each entry its Value or array of Values; its number where it depends on none.

    given: the Values, or arrays of them, for the entries that act as variables; order: the wanted
    entries and their ancestors. Raises TypeError for an operation that Values do not support.
    """
    nodes: list[Any] = [e.value for e in entries]
    for i in order:
        entry = entries[i]
        if i in given:
            nodes[i] = given[i]
        elif entry.operation is not None and any(is_node(nodes[n]) for n in entry.operands):
            nodes[i] = _of_entry(entries, entry, nodes)
    return nodes


def _of_entry(entries: Sequence[Entry], entry: Entry, nodes: Sequence[Any]) -> Any:
    """Return the value of an entry, computed from Values; its number where nothing is derived."""
    operation = entry.operation
    assert operation is not None
    if operation.name in CUT and np.asarray(entry.value).dtype.kind == "f":
        return nodes[entry.operands[0]]  # rounding is taken to be for display
    is_search = operation.name == "where" and len(entry.args) == 1
    if operation.is_flat or is_search or operation.name in CUT:
        return entry.value
    try:
        found = _given(operation, *_filled(entries, entry, operation, nodes))
    except NotImplementedError:
        name = next(iter(operation.spelled), operation.name)
        words = "{name} cannot be followed: write it with + - * / ** and {known}"
        raise TypeError(say(words, name=name, known=listed(sorted(FUNCTIONS)))) from None
    is_single = isinstance(found, np.ndarray) and np.ndim(entry.value) == 0 and found.size == 1
    return found.item() if is_single else found


def _filled(
    entries: Sequence[Entry], entry: Entry, operation: Operation, nodes: Sequence[Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Return the operands of an entry: Values if the operand has a derivative, else numbers."""

    def filled(tree: Any, is_data: bool) -> Any:
        def leaf(x: Any) -> Any:
            if type(x) is not Ref:
                return x
            node = plain(nodes[x] if is_data else entries[x].value)
            return node.astype(object) if is_data and isinstance(node, np.ndarray) else node

        return mapped(tree, leaf)

    names = {"where", "axis", "keepdims", "ord", "ddof"}
    data: Sequence[int] = range(len(entry.args))
    if isinstance(operation, Structural):
        data = operation.places(entry.args)
        names |= entry.kw.keys() - operation.DATA
    elif isinstance(operation, (Reduction, Formula)):
        data = [k for k in data if k == 0 or operation.names[k] in ("weights", "v")]
    elif operation.name == "where":
        data = (1, 2)
    args = [filled(x, k in data) for k, x in enumerate(entry.args)]
    if args and isinstance(args[0], Value) and operation.name not in ("getitem", "setitem"):
        args[0] = np.array(args[0], dtype=object)
    return args, {k: filled(x, k not in names) for k, x in entry.kw.items()}


def _given(operation: Operation, args: list[Any], kw: dict[str, Any]) -> Any:
    """Return the result of an operation; raise NotImplementedError where Values do not have it."""
    name = operation.name
    if name in AS_GIVEN:
        found = np.array(args[0], dtype=object, ndmin=kw.get("ndmin", 0))
        return np.ravel(found) if name == "flatten" else found
    if isinstance(operation, Elementwise):
        return _by_element(operation, args, kw)
    if name in WHOLE:
        return WHOLE[name](*args, **kw)
    if operation.is_opaque and any(operation.f is f for f in FUNCTIONS.values()):
        return by_element(operation.f)(*args)
    if operation.is_opaque or name in UNKNOWN:
        raise NotImplementedError
    if name in FOLDED and not kw:
        items = [*args[0]] if len(args) == 1 else args
        return functools.reduce(by_element(BY_ELEMENT[FOLDED[name]]), items)
    if name == "fill":
        return np.full(np.shape(args[0]), args[1], dtype=object)
    return operation.f(*args, **kw, **({"dtype": object} if name in AS_OBJECTS else {}))


def _by_element(operation: Elementwise, args: list[Any], kw: dict[str, Any]) -> Any:
    """Return the result of an operation that works number by number."""
    if operation.name not in BY_ELEMENT:
        raise NotImplementedError
    operands = operation.operands(args, kw)
    while operands[-1] is None:
        operands.pop()
    found = by_element(BY_ELEMENT[operation.name])(*operands)
    return found if kw.get("where") is None else np.where(kw["where"], found, kw["out"])


# -- operations that are spelled out


def fold(roots: Sequence[Value]) -> dict[Value, Value]:
    """Return for each computed node its replacement, with spelled-out patterns as one operation.

    A node with a label stays: its author treats it as a step. A sum of products becomes a weighted
    sum with the same bits; a folded sigmoid or tanh may differ in the last bit.

    >>> from microgradnet import exp
    >>> z = Value(0.5, "z")
    >>> p = 1 / (1 + exp(-z))
    >>> fold([p])[p].op
    'sigmoid'
    """
    made: dict[Value, Value] = {}
    for node in reachable(*roots)[1]:
        inputs = [x if isinstance(x, float) else made.get(x, x) for x in node.inputs]
        folded = (fold_one(*inputs) for fold_one in FOLDS.get(node.operation.name, ()))
        made[node] = next((x for x in folded if x is not None), None) or _again(node, inputs)
        made[node].label = node.label
    return made


def _again(node: Computed, inputs: Sequence[Value | float]) -> Value:
    """Return a node with other inputs; the node itself if they are the same."""
    same = all(x is y for x, y in zip(inputs, node.inputs))
    return node if same else Value.apply(node.operation, inputs)


def _parts(x: object, name: str) -> tuple[Value | float, ...]:
    """Return the inputs of an unlabelled node of the named operation; () for any other node."""
    if not isinstance(x, Value) or x.operation is None or x.label:
        return ()
    return x.inputs if x.operation.name == name else ()


def _sigmoid(above: object, below: object) -> Value | None:
    """Return sigmoid(z) for 1 / (1 + exp(-z)) and exp(z) / (1 + exp(z))."""
    for one, e in _either(_parts(below, "add")):
        (power,) = _parts(e, "exp") or (None,)
        if one == 1.0 and power is not None:
            if above == 1.0 and (z := _negated(power)) is not None:
                return Value.apply(OPS["sigmoid"], (z,))
            if _parts(above, "exp") == (power,):
                return Value.apply(OPS["sigmoid"], (power,))
    return None


def _tanh(above: object, below: object) -> Value | None:
    """Return tanh(z) for (exp(z) - exp(-z)) / (exp(z) + exp(-z))."""
    powers = [_parts(e, "exp") for e in (*_parts(above, "sub"), *_parts(below, "add"))]
    if len(powers) != 4 or not all(powers):
        return None
    (z,), (down,), (same,), (other,) = powers
    is_tanh = same is z and _negated(down) is z and _negated(other) is z
    return Value.apply(OPS["tanh"], (z,)) if is_tanh else None


def _negated(x: object) -> object:
    """Return z if x is -z, else None."""
    if found := _parts(x, "neg"):
        return found[0]
    return next((z for factor, z in _either(_parts(x, "mul")) if factor == -1.0), None)


def _either(inputs: Sequence[object]) -> list[tuple[object, object]]:
    """Return two inputs in both orders; [] for any other number of inputs."""
    return [(inputs[0], inputs[1]), (inputs[1], inputs[0])] if len(inputs) == 2 else []


def _relu(x: object, y: object) -> Value | None:
    """Return relu(z) for the maximum of z and 0."""
    found = next((z for zero, z in _either((x, y)) if isinstance(zero, float) and not zero), None)
    return None if found is None else Value.apply(OPS["relu"], (found,))


def _sum_of_products(left: object, right: object) -> Value | None:
    """Return the weighted sum for w1 * x1 + w2 * x2 + ... + b, summed from the left."""
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


FOLDS: Mapping[str, Sequence[Callable[..., Value | None]]] = {
    "div": (_sigmoid, _tanh),
    "maximum": (_relu,),
    "add": (_sum_of_products,),
}

"""Questions for each number of a page, asked before it is shown, and graphs to practise on.

Each question has its answer, three hints, and the results of known mistakes. All are outputs of
the page's program, so they hold for any numbers of the leaves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from operator import add

from microgradnet.autograd.gradient import is_computed
from microgradnet.autograd.value import Computed, Value
from microgradnet.derivations.explaining import figure
from microgradnet.derivations.spelling import Speller, Term, bracketed
from microgradnet.nn.layers import MLP
from microgradnet.nn.losses import mse
from microgradnet.operations.lines import Identifiers
from microgradnet.pages.stepping import Data, Edge, Number, Outputs, Steps, Text, joined, product

__all__ = ["MISTAKES", "SETS", "questions"]

# The mistakes that a wrong answer can be recognised as; the page has words for each.
MISTAKES = (
    *("sign", "sum_for_product", "product_for_sum", "sum_for_difference", "without_bias"),
    *("not_applied", "slope_for_value", "doubled", "value_for_slope", "slope_at_output"),
    *("exponent", "own_factor", "handed_down", "path", "local_only", "without_local"),
)
SMALL = 12  # up to so many values similar questions are asked twice, in larger graphs once
LONGEST = 60  # a longer formula of a derivative does not help as a hint

# Textbook forms of derivatives for which the table has numerically stable formulas.
BY_HAND = {"sigmoid": "{out} × (1 - {out})", "tanh": "1 - {out} ** 2"}

Mistake = tuple[str, Number]


def questions(steps: Steps) -> list[Data]:
    """Return the questions that the steps of a graph answer, in the order of the steps.

    A question names the step that shows its answer.

    >>> from microgradnet.drawing.anatomy import dissect
    >>> steps = Steps(Outputs(dissect(Value(2.0, "a") * Value(3.0, "b"))))
    >>> [asked["ask"] for asked in questions(steps)]
    [['L = '], ['∂L/∂a = '], ['∂L/∂b = ']]
    """
    most = 2 if len(steps.numbers.nodes) <= SMALL else 1
    alike: Counter[object] = Counter()
    kept = []
    for kind, asked in _asked(steps):
        alike[kind] += 1
        if alike[kind] <= most:
            kept.append(asked)
    return kept


def _asked(steps: Steps) -> Iterator[tuple[object, Data]]:
    """Yield each possible question, with a key that similar questions share."""
    numbers = steps.numbers
    uses: dict[Value, list[Edge]] = {}
    for node, i in numbers.edges:
        uses.setdefault(_input(node, i), []).append((node, i))
    done: Counter[Value] = Counter()
    for k, (x, edge) in enumerate(steps.plan()):
        if edge:
            done[x] += 1
            last = done[x] == len(uses[x])
            for kind, asked in _of_step(steps, x, edge, uses[x] if last else []):
                yield kind, {"step": k, **asked}
        elif is_computed(x) and x not in done:
            done[x] = 0
            yield ("value", x.operation.name), {"step": k, **_of_value(steps, x)}


def _of_step(steps: Steps, x: Value, edge: Edge, uses: list[Edge]) -> Iterator[tuple[object, Data]]:
    """Yield the questions at an edge: its local derivative; at the last edge, the gradient of x.

    A local derivative of 1 is not asked, nor a gradient that is passed on unchanged.
    """
    numbers, (node, i) = steps.numbers, edge
    assert is_computed(node)
    like = (node.operation.name, numbers.parts[x].role)
    is_one = numbers.partial[edge] == 1.0
    if not is_one:
        yield ("local", *like), _of_edge(steps, node, i)
    if uses and (len(uses) > 1 or (not is_one and node is not numbers.loss)):
        yield ("gradient", *like, len(uses) > 1), _of_gradient(steps, x, uses)


def _question(
    steps: Steps,
    kind: str,
    name: str,
    answer: Number,
    hints: Iterable[Text],
    mistakes: Iterable[Mistake],
) -> Data:
    """Return the question for a named number; hints: its formula in symbols, and in numbers."""
    ask = f"{name} = "
    return {
        "kind": kind,
        "ask": [ask],
        "answer": steps.numbers(answer),
        "hints": [joined([ask, *hint]) for hint in hints],
        "mistakes": [[wrong, steps.numbers(number)] for wrong, number in mistakes],
    }


def _of_value(steps: Steps, node: Computed) -> Data:
    mistakes = [("sign", -node), *_wrong_values(steps.numbers, node)]
    return _question(steps, "value", steps.name(node), node, steps.formula(node), mistakes)


def _wrong_values(numbers: Outputs, node: Computed) -> Iterator[Mistake]:
    name, (x, *others) = node.operation.name, node.inputs
    if name == "mul":
        yield "sum_for_product", x + others[0]
    if name == "add":
        yield "product_for_sum", x * others[0]
    if name == "sub":
        yield "sum_for_difference", x + others[0]
    if name == "weighted_sum":
        pairs = list(zip(node.inputs[::2], node.inputs[1::2]))
        bias = [node.inputs[-1]] if len(node.inputs) % 2 else []
        yield "sum_for_product", reduce(add, [a + b for a, b in pairs] + bias)
        yield "without_bias", reduce(add, [a * b for a, b in pairs])
    if _is_power(node):
        yield "doubled", x * others[0]
    if not others or _is_power(node):
        yield "not_applied", x
        yield "slope_for_value", numbers.partial[node, 0]


def _of_edge(steps: Steps, node: Computed, i: int) -> Data:
    numbers, x = steps.numbers, _input(node, i)
    partial = numbers.partial[node, i]
    name = f"∂{bracketed(steps.name(node))}/∂{bracketed(steps.name(x))}"
    mistakes = [("sign", -partial), *_wrong_slopes(node, i, partial)]
    mistakes.append(("handed_down", numbers.grad[node] * partial))
    return _question(steps, "local", name, partial, _slope(steps, node, i), mistakes)


def _wrong_slopes(node: Value, i: int, partial: Number) -> Iterator[Mistake]:
    op = node.operation
    assert op is not None
    if op.arity == 1:
        yield "value_for_slope", node
        yield "slope_at_output", op.partials[0](node, Value.apply(op, (node,)))
    if _is_power(node):
        yield "exponent", partial * (1.0 / exponent if (exponent := node.inputs[1]) else 0.0)
        yield "value_for_slope", node
    if op.name in ("mul", "weighted_sum"):
        yield "own_factor", node.inputs[i]


def _slope(steps: Steps, node: Computed, i: int) -> tuple[Text, Text]:
    """Return the formula of a local derivative, from the table, in symbols and in numbers."""
    op = node.operation
    operands = [*node.inputs, node]
    if op.name in BY_HAND:
        form = BY_HAND[op.name].format(out=f"\0{len(operands) - 1}\0")
    else:
        terms = [x if isinstance(x, float) else Term(f"\0{k}\0") for k, x in enumerate(operands)]
        slope = op.partials[i](*terms)
        form = figure(slope) if isinstance(slope, float) else Speller(Identifiers())(slope)
    form = form.replace(" * ", " × ").replace("math.", "")
    if len(form) > LONGEST:
        form = f"deriv_{op.name}(\0{i}\0)"
    return steps.filled(form, operands, named=True, inside=lambda i: form != f"\0{i}\0")


def _of_gradient(steps: Steps, x: Value, uses: list[Edge]) -> Data:
    numbers, loss = steps.numbers, steps.numbers.loss
    name, kind = steps.derivative(loss, x), "gradient" if len(uses) == 1 else "paths"
    symbols, figures = Text(), Text()
    for k, (node, i) in enumerate(uses):
        plus = " + " if k else ""
        a, b = bracketed(steps.name(node)), bracketed(steps.name(x))
        symbols += [f"{plus}{steps.derivative(loss, node)} × ∂{a}/∂{b}"]
        figures += [plus, numbers.slot(numbers.grad[node], k > 0), " × "]
        figures += [numbers.slot(numbers.partial[node, i], True)]
    mistakes = [("sign", -numbers.grad[x]), *_wrong_gradients(numbers, uses)]
    return _question(steps, kind, name, numbers.grad[x], (symbols, figures), mistakes)


def _wrong_gradients(numbers: Outputs, uses: list[Edge]) -> Iterator[Mistake]:
    above = [numbers.grad[node] for node, _ in uses]
    local = [numbers.partial[edge] for edge in uses]
    if len(uses) > 1:
        for g, p in zip(above, local):
            yield "path", product([g, p])
        yield "product_for_sum", product([product([g, p]) for g, p in zip(above, local)])
    else:
        ((node, i),) = uses
        for name, wrong in _wrong_slopes(node, i, local[0]):
            yield name, above[0] * wrong
    yield "sum_for_product", reduce(add, [g + p for g, p in zip(above, local)])
    yield "local_only", reduce(add, local)
    yield "without_local", reduce(add, above)


def _input(node: Value, i: int) -> Value:
    x = node.inputs[i]
    assert isinstance(x, Value)
    return x


def _is_power(node: Value) -> bool:
    """Whether a node is a power with a constant exponent."""
    op = node.operation
    return op is not None and op.name == "pow" and not isinstance(node.inputs[1], Value)


def _leaves(**numbers: float) -> list[Value]:
    return [Value(x, name) for name, x in numbers.items()]


def _named(node: Value, name: str) -> Value:
    node.label = name
    return node


def three_factors() -> Value:
    """Return L = a × b × c.

    >>> three_factors().data
    -24.0
    """
    a, b, c = _leaves(a=2.0, b=-3.0, c=4.0)
    return _named(a * b, "p") * c


def chain() -> Value:
    """Return L = (w × x + b)², one function after the other.

    >>> chain().data
    9.0
    """
    w, x, b = _leaves(w=2.0, x=-3.0, b=3.0)
    return _named(_named(w * x, "u") + b, "v") ** 2


def shared() -> Value:
    """Return L = (x × y) × (x + y), where each input is used twice.

    >>> shared().data
    30.0
    """
    x, y = _leaves(x=2.0, y=3.0)
    return _named(x * y, "u") * _named(x + y, "v")


def neuron() -> Value:
    """Return the squared error of a sigmoid neuron of one input.

    >>> round(neuron().data, 4)
    0.1425
    """
    w, x, b, y = _leaves(w=0.5, x=2.0, b=-0.5, y=1.0)
    z = _named(_named(w * x, "u") + b, "z")
    return (_named(z.sigmoid(), "h") - y) ** 2


def net() -> Value:
    """Return the squared error of the tutorial's 2-2-1 net.

    >>> round(net().data, 4)
    0.3262
    """
    made = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", seed=0)
    numbers = [0.5, -0.8, 0.2, -0.3, 0.9, 0.1, 0.7, -1.2, -0.4]
    for parameter, number in zip(made.parameters(), numbers):
        parameter.data = number
    *x, y = _leaves(x1=1.0, x2=-0.5, y_true=1.0)
    return mse(made(x), y)


SETS: dict[str, Callable[[], Value]] = {
    "product": three_factors,
    "chain": chain,
    "shared": shared,
    "sigmoid": neuron,
    "net": net,
}

"""The numbers of a page as one program, and its steps: forward and backward, as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from math import isfinite
from operator import add

from microgradnet.autograd.gradient import NonFiniteError, grad, is_computed, refuse_non_finite
from microgradnet.autograd.labels import PARAMETERS
from microgradnet.autograd.value import Computed, Value
from microgradnet.derivations.deriving import PREDICTION, Derivation, prediction
from microgradnet.derivations.explaining import Piece, Slot, explained, figure
from microgradnet.derivations.paths import Factor, factors
from microgradnet.derivations.spelling import FORMULAS, applied, bracketed
from microgradnet.drawing.anatomy import Part, spelled_inputs, title_of
from microgradnet.drawing.selection import Fold
from microgradnet.drawing.styles import ROLES
from microgradnet.operations.operation import OPS
from microgradnet.programs.program import Program, compile

__all__ = ["Outputs", "Steps", "described", "joined", "product"]

Number = Value | float
Place = tuple[bool, int]  # whether a negative number is in brackets, and the index of the output
Text = list[str | Place]
Edge = tuple[Value, int]  # the node above, and the index of its input
Data = dict[str, object]  # data written into the page as JSON
Step = Data
LEAVES = [role for role in ROLES if role != "inner"]  # roles, in the order of rows


class Outputs:
    """The nodes of a graph, their gradients and local derivatives, and numbers computed from them.

    parts: from `dissect`, operands before results and the loss last; grad: d(loss)/d(node) as
    Values; partial: by edge. `numbers(x)` is the index of a Value among the outputs of `program()`.

    >>> from microgradnet.drawing.anatomy import dissect
    >>> x = Value(3.0, "x")
    >>> numbers = Outputs(dissect(x * x))
    >>> place = numbers(numbers.grad[x])
    >>> numbers.program()(5.0)[place]
    10.0
    """

    def __init__(self, parts: Mapping[Value, Part]) -> None:
        self.parts = parts
        self.nodes = list(parts)
        self.loss = loss = self.nodes[-1]
        self.leaves = [x for x in self.nodes if not x.inputs]
        self.edges: list[Edge] = [
            (node, i)
            for node in self.nodes
            for i, x in enumerate(node.inputs)
            if isinstance(x, Value)
        ]
        self.grad = dict(zip(self.nodes, grad(loss, self.nodes)))
        self.partial = {(node, i): _partial(node, i) for node, i in self.edges}
        self._places: dict[Number, int] = {}
        self._factors: dict[Factor, Number] = {}

    def __call__(self, x: Number) -> int:
        return self._places.setdefault(x, len(self._places))

    def program(self) -> Program:
        """Return the program of the leaves that computes all numbers asked for so far."""
        outputs = [
            x if isinstance(x, Value) else Value.apply(OPS["mul"], (1.0, x)) for x in self._places
        ]
        return compile(outputs, self.leaves)

    def pieces(self, pieces: Iterable[Piece]) -> Text:
        """Return a text for the page: fixed text, and [whether in brackets if negative, index]."""
        return [x if isinstance(x, str) else self._slot(x) for x in pieces]

    def slot(self, x: Number, bracketed: bool = False) -> Place:
        """Return the slot of a number in a text for the page."""
        return bracketed, self(x)

    def _slot(self, slot: Slot) -> Place:
        terms = [product([self._factor(f) for f in factors]) for factors in slot.terms]
        return self.slot(reduce(add, terms), slot.bracketed)

    def _factor(self, factor: Factor) -> Number:
        if not factor.routes:
            return self.grad[factor.below]
        if factor not in self._factors:
            ways = [product([self.partial[edge] for edge in way]) for way in factor.routes]
            self._factors[factor] = reduce(add, ways)
        return self._factors[factor]


def product(factors: Sequence[Number]) -> Number:
    """Multiply Values and numbers from the left; an empty product is 1.

    >>> product([2.0, 3.0]), product([])
    (6.0, 1.0)
    """
    return reduce(lambda x, y: x * y, factors) if factors else 1.0


def _partial(node: Value, i: int) -> Number:
    assert node.operation is not None
    slope: Number = node.operation.partials[i](*node.inputs, node)
    return slope


class Steps:
    """The steps of a graph as data for the page: each computation, in symbols and in numbers.

    >>> from microgradnet.drawing.anatomy import dissect
    >>> w, x = Value(0.5, "w1"), Value(3.0, "x1")
    >>> steps = list(Steps(Outputs(dissect(w * x))))
    >>> [step["phase"] for step in steps]
    ['forward', 'backward', 'backward', 'backward']
    >>> steps[0]["text"][0]
    'L = w1 × x1 = '
    """

    def __init__(self, numbers: Outputs) -> None:
        self.numbers = numbers
        self.place = {x: i for i, x in enumerate(numbers.nodes)}
        self.computed = [x for x in numbers.nodes if is_computed(x)]
        self.page = Derivation(numbers.loss, numbers.leaves, self.computed)
        self.page.forward()
        self.factors = factors(self.page)
        self.output = prediction(numbers.loss, numbers.leaves, self.computed)
        self.numbered: dict[Value, str] = {}  # those that no picture names
        self.edge = {edge: k for k, edge in enumerate(numbers.edges)}

    def name(self, x: Value) -> str:
        """Return the name of a node in the derivation, else in the picture, else v1, v2, ..."""
        if x in self.page.name and (x.label or not x.inputs or x is self.numbers.loss):
            return self.page.name[x]
        _, title = title_of(x, "{:g}".format, lambda v: {self.output: PREDICTION}.get(v, v.label))
        is_own = title and (x is self.output or not title.isidentifier())  # Σ is that of any sum
        return title if is_own else self.numbered.setdefault(x, f"v{len(self.numbered) + 1}")

    def derivative(self, y: Value, x: Value) -> str:
        """Return the name of dy/dx."""
        names = (self.name(y), self.name(x))
        return "d_{}_d_{}".format(*("ypred" if n == "y_pred" else bracketed(n) for n in names))

    def plan(self) -> Iterator[tuple[Value, Edge | None]]:
        """Yield the subject of each step: a computed node; or a node and the edge of its gradient.

        The loss comes twice: when it is computed, and as the first node with a gradient.
        """
        for node in (*self.computed, self.numbers.loss):
            yield node, None
        for node in reversed(self.computed):
            for i in node.operation.order:
                if isinstance(x := node.inputs[i], Value):
                    yield x, (node, i)

    def __iter__(self) -> Iterator[Step]:
        loss = self.numbers.loss
        running: dict[Value, Number] = {}
        met: set[Value] = set()
        for x, edge in self.plan():
            if edge:
                yield self._handed_down(*edge, x, running)
            elif is_computed(x) and x not in met:
                met.add(x)
                yield {"phase": "forward", "node": self.place[x], "text": self._forward(x)}
            else:
                running[loss] = 1.0
                text = [f"{self.derivative(loss, loss)} = 1"]
                yield self._backward(loss, running) | {"text": text}

    def chains(self) -> Iterator[Text]:
        """Yield the chain rule of each node, as `explain` writes it."""
        try:
            refuse_non_finite(self.numbers.nodes)
        except NonFiniteError as error:
            for _ in self.numbers.nodes:
                yield [str(error)]
            return
        for x in self.numbers.nodes:
            try:
                found = explained(self.page, x, self.factors)
                yield self.numbers.pieces(found.pieces())
            except NonFiniteError as error:
                yield [str(error)]

    def formula(self, node: Computed) -> tuple[Text, Text]:
        """Return a node's formula in symbols and numbers: sigmoid(sum_h1), sigmoid(0.5211)."""
        name, inputs = node.operation.name, spelled_inputs(node)
        marks = [figure(x) if type(x) is float else f"\0{i}\0" for i, x in enumerate(inputs)]
        form = applied(name, marks, inputs, figure).replace("·", " × ").replace("−", "-")
        return self.filled(
            form,
            inputs,
            named=name in FORMULAS and name != "add",
            inside=lambda i: name in FORMULAS and (i > 0 or name in ("pow", "neg")),
        )

    def filled(
        self, form: str, inputs: Sequence[Number], named: bool, inside: Callable[[int], bool]
    ) -> tuple[Text, Text]:
        """Return a form with its marked inputs replaced, once by names, once by numbers.

        named: whether a name that is a formula is put in brackets; inside: for an input, whether
        a negative number is put in brackets.
        """
        parts = re.split("\0(\\d+)\0", form)  # text, the number of an input, text, ...
        symbols, figures = Text(parts), Text(parts)
        for k in range(1, len(parts), 2):
            x = inputs[int(parts[k])]
            operand = self.name(x) if isinstance(x, Value) else ""
            symbols[k] = bracketed(operand) if named else operand
            figures[k] = self.numbers.slot(x, inside(int(parts[k])))
        return joined(symbols), joined(figures)

    def _forward(self, node: Computed) -> Text:
        """Return the text h1 = sigmoid(sum_h1) = sigmoid(0.5211) = 0.6274, with number slots."""
        symbols, figures = self.formula(node)
        result: Text = [" = ", self.numbers.slot(node)]
        return joined([f"{self.name(node)} = ", *symbols, " = ", *figures, *result])

    def _handed_down(self, node: Value, i: int, x: Value, running: dict[Value, Number]) -> Step:
        numbers = self.numbers
        partial = numbers.partial[node, i]
        handed = product([numbers.grad[node], partial])
        first = x not in running
        running[x] = handed if first else running[x] + handed
        a, b = bracketed(self.name(node)), bracketed(self.name(x))
        left = f"{self.derivative(numbers.loss, x)} += "
        local: Text = [f"{self.derivative(numbers.loss, node)} × ∂{a}/∂{b} = "]
        local += [numbers.slot(numbers.grad[node]), " × ", numbers.slot(partial, True)]
        result: Text = [" = ", numbers.slot(handed)]
        if not first:
            result += [f" → {self.derivative(numbers.loss, x)} = ", numbers.slot(running[x])]
        step = self._backward(x, running) | {"edge": self.edge[node, i]}
        long_way = self._by_the_tutorial(node, i, x)
        if long_way:
            return step | {"text": joined([left, *long_way, *result]), "note": joined(local)}
        return step | {"text": joined([left, *local, *result])}

    def _by_the_tutorial(self, node: Value, i: int, x: Value) -> Text:
        """Return d_L_d_h1 × d_h1_d_w1 if the path from h1 down to w1 ends with this edge."""
        numbers = self.numbers
        for above, factor in self.factors.get(x, {}).items():
            (way, *others) = factor.routes
            ends = way[-1] == (node, i) and len(way) > 1 and not others
            if ends and above is not numbers.loss and not factor.partial:
                text: Text = [
                    f"{self.derivative(numbers.loss, above)} × {self.derivative(above, x)} = "
                ]
                text += [numbers.slot(numbers.grad[above]), " × "]
                return [*text, numbers.slot(product([numbers.partial[e] for e in way]), True)]
        return []

    def _backward(self, x: Value, running: dict[Value, Number]) -> Step:
        return {
            "phase": "backward",
            "node": self.place[x],
            "running": self.numbers(running[x]),
        }


def joined(text: Text) -> Text:
    """Return the text with adjacent strings joined.

    >>> joined(["a", " = ", (False, 3), ""])
    ['a = ', (False, 3), '']
    """
    result: Text = []
    for piece in text:
        if type(piece) is str and result and type(result[-1]) is str:
            result[-1] += piece
        else:
            result.append(piece)
    return result


def described(steps: Steps, folds: Mapping[Value, Fold]) -> Data:
    """Return a graph as data for the page; numbers are given by their index in the outputs.

    folds: its chains of like steps.

    >>> from microgradnet.drawing.anatomy import dissect
    >>> data = described(Steps(Outputs(dissect(3 * Value(2.0, "w")))), {})
    >>> [node["name"] for node in data["nodes"]], data["leaves"]
    (['w', 'L'], [{'node': 0, 'number': 2.0, 'trained': True}])
    """
    return {
        "roles": LEAVES,
        "nodes": [_node(steps, x) for x in steps.numbers.nodes],
        "edges": [_edge(steps, node, i) for node, i in steps.numbers.edges],
        "leaves": _leaves(steps),
        "steps": list(steps),
        "chains": list(steps.chains()),
        "folds": [_fold(steps, *fold) for fold in folds.items()],
    }


def _fold(steps: Steps, end: Value, fold: Fold) -> Data:
    """Return a folded chain as data: its last value, those before it, and its derivative."""
    numbers, node, before, slopes = steps.numbers, end, list[int](), list[Number]()
    while node is not fold.start:
        ((i, x),) = ((i, x) for i, x in enumerate(node.inputs) if isinstance(x, Value))
        slopes.append(numbers.partial[node, i])
        before.append(steps.place[x])
        node = x
    return {
        "node": steps.place[end],
        "inside": before[:-1],
        "partial": numbers(product(slopes)),
        "title": fold.title,
    }


def _node(steps: Steps, x: Value) -> Data:
    numbers = steps.numbers
    return {
        "name": steps.name(x),
        "label": PREDICTION if x is steps.output else str(x.label) or steps.name(x),
        "role": numbers.parts[x].role,
        "group": numbers.parts[x].group,
        "value": numbers(x),
        "grad": numbers(numbers.grad[x]),
    }


def _edge(steps: Steps, node: Value, i: int) -> dict[str, int]:
    """Return an edge as data; port: its index among the edges that end in the node."""
    x = node.inputs[i]
    assert isinstance(x, Value)
    return {
        "from": steps.place[x],
        "to": steps.place[node],
        "port": sum(isinstance(before, Value) for before in node.inputs[:i]),
        "partial": steps.numbers(steps.numbers.partial[node, i]),
    }


def _leaves(steps: Steps) -> list[Data]:
    """Return the leaves as data; trained are unfrozen parameters, or all without parameters."""
    numbers = steps.numbers
    roles = {x: numbers.parts[x].role for x in numbers.leaves}
    every = not set(PARAMETERS) & set(roles.values())
    return [
        {
            "node": steps.place[x],
            "number": x.data if isfinite(x.data) else str(x.data),  # JSON has no inf or nan
            "trained": every or roles[x] == "parameter",
        }
        for x in numbers.leaves
    ]

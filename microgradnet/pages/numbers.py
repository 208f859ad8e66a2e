"""All numbers that a page shows, as outputs of one program of the leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import add

from microgradnet.autograd.gradient import grad
from microgradnet.autograd.value import Value
from microgradnet.derivations.explaining import Piece, Slot
from microgradnet.derivations.paths import Factor
from microgradnet.drawing.anatomy import Part
from microgradnet.operations.operation import OPS
from microgradnet.programs.program import Program, compile

__all__ = ["Outputs"]

Number = Value | float
Place = tuple[bool, int]  # whether in brackets if negative, and which output
Text = list[str | Place]
Edge = tuple[Value, int]  # the node above, and which of its inputs


class Outputs:
    """The nodes of a graph, their gradients and local derivatives, and what is made of them.

    parts: as `dissect` gives them, inputs before results and the loss last; grad: d(loss)/d(node)
    as Values; partial: of each edge. `numbers(x)` is the place of a Value among the outputs of
    `program()`.

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
        """The program of the leaves that gives all numbers asked for so far."""
        outputs = [
            x if isinstance(x, Value) else Value.apply(OPS["mul"], (1.0, x)) for x in self._places
        ]
        return compile(outputs, self.leaves)

    def pieces(self, pieces: Iterable[Piece]) -> Text:
        """A text for the page: what stays, and [whether in brackets if negative, place]."""
        return [x if isinstance(x, str) else self._slot(x) for x in pieces]

    def slot(self, x: Number, bracketed: bool = False) -> Place:
        """Where a number stands in a text for the page."""
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
    """Multiply Values and numbers from the left; of none it is 1.

    >>> product([2.0, 3.0]), product([])
    (6.0, 1.0)
    """
    return reduce(lambda x, y: x * y, factors) if factors else 1.0


def _partial(node: Value, i: int) -> Number:
    assert node.operation is not None
    slope: Number = node.operation.partials[i](*node.inputs, node)
    return slope

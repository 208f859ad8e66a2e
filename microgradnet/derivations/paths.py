"""The values that a derivation derives by, and the paths between them: sums of products."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite, prod

from microgradnet.autograd.gradient import NonFiniteError, is_computed
from microgradnet.autograd.graph import partial
from microgradnet.autograd.value import Computed, Value
from microgradnet.derivations.deriving import Derivation
from microgradnet.derivations.spelling import Symbols

__all__ = ["Chains", "Factor", "Heads", "Links", "Route", "Sum", "factors", "readable"]

MOST_PATHS = 8  # written out separately; more are summed node by node
MOST_FACTORS = 24  # in a product written out

# A way down from one node to another: for each edge, the node above it and the input's index.
Route = tuple[tuple[Computed, int], ...]


@dataclass(frozen=True, eq=False)
class Factor:
    """The derivative of a node by a node below it: name, formula, number.

    below: the node it is taken by; pair: the names of both nodes. routes: the ways down, whose
    local derivatives are multiplied and then summed; empty for a sum over paths from the loss.
    partial: whether other ways lead down from the loss, so that this is only part of the
    derivative.
    """

    name: str
    formula: str
    value: float
    below: Value
    pair: tuple[str, str]
    routes: tuple[Route, ...] = ()
    partial: bool = False


# node -> the nodes above it, with the factor of each
Links = dict[Value, dict[Value, Factor]]


@dataclass(frozen=True, eq=False)
class Sum:
    """A derivative of the loss as a sum of products: one product for each path."""

    factor: Factor
    terms: tuple[tuple[Factor, ...], ...]


class Chains:
    """The factors on the paths from one parameter to the loss, and their sums of products.

    page: names and formulas, with its forward pass written; the loss depends on the parameter.
    above: the `factors` of the page, if already computed. n_paths: the number of paths. factors:
    from the loss down. sums: the sums of products, the last being the parameter's; several if there
    are too many paths to write each one.

    Raises NonFiniteError, naming the factor, where one is inf or nan.

    >>> w = Value(3.0, "w")
    >>> loss = w * w + w
    >>> page = Derivation(loss, [w], [loss.inputs[0], loss])
    >>> text = page.forward()
    >>> Chains(page, w).n_paths
    3
    """

    def __init__(self, page: Derivation, parameter: Value, above: Links | None = None) -> None:
        self.page, self.loss = page.by(parameter), page.loss
        self.above = factors(page) if above is None else above
        if self.page is not page:
            (up, _), *_ = self.page.paths[parameter]
            self.above = {**self.above, parameter: {up: _factors_of(self.page, up)[parameter]}}
        self.order = self._order(parameter)
        counts, ways, lengths = {self.loss: 1}, {self.loss: 1}, {self.loss: 0}
        self.gradient = {self.loss: 1.0}
        for x in self.order[1:]:
            ups = self._finite(x)
            counts[x] = sum(counts[a] * len(f.routes) for a, f in ups.items())
            ways[x] = sum(ways[a] for a in ups)
            lengths[x] = 1 + max(lengths[a] for a in ups)
            self.gradient[x] = sum(self.gradient[a] * f.value for a, f in ups.items())
        self.n_paths = counts[parameter]
        self.by_parameter = self._total(parameter)
        self.one_by_one = ways[parameter] <= MOST_PATHS and lengths[parameter] <= MOST_FACTORS
        self.factors = tuple(f for x in self.order for f in self.above.get(x, {}).values())
        self.sums = (
            (Sum(self.by_parameter, tuple(self._paths(parameter))),)
            if self.one_by_one
            else tuple(self._sums())
        )

    def _order(self, parameter: Value) -> list[Value]:
        """Return the nodes from the loss down to the parameter, which comes last."""
        found = {parameter: None}
        waiting = [parameter]
        for x in waiting:
            ups = [up for up in self.above.get(x, ()) if up not in found]
            found.update(dict.fromkeys(ups))
            waiting += ups
        del found[parameter]
        return [*self.page.in_order(found), parameter]

    def _finite(self, x: Value) -> dict[Value, Factor]:
        for factor in self.above[x].values():
            if not isfinite(factor.value):
                raise _non_finite(factor)
        return self.above[x]

    def _total(self, x: Value) -> Factor:
        name, pair = (
            self.page.derivative(self.loss, x),
            (self.page.name[self.loss], self.page.name[x]),
        )
        total = Factor(name, "", self.gradient[x], x, pair)
        if not isfinite(total.value):
            raise _non_finite(total)
        return total

    def _paths(self, x: Value) -> Iterator[tuple[Factor, ...]]:
        """Yield each path as the product of its factors, from the loss down."""
        stack: list[tuple[Value, tuple[Factor, ...]]] = [(x, ())]
        while stack:
            node, factors = stack.pop()
            if node is self.loss:
                yield factors
            for above, factor in reversed(self.above.get(node, {}).items()):
                stack.append((above, (factor, *factors)))

    def _sums(self) -> Iterator[Sum]:
        """Yield a sum for each node, except nodes whose derivative is a single factor."""
        for x in self.order:
            terms = [
                (factor,) if above is self.loss else (self._total(above), factor)
                for above, factor in self.above.get(x, {}).items()
            ]
            if x is not self.loss and (len(terms) > 1 or len(terms[0]) > 1):
                yield Sum(self._total(x), tuple(terms))


def _non_finite(factor: Factor) -> NonFiniteError:
    message = f"{factor.name} is {factor.value}: there is no product to show"
    return NonFiniteError(message, factor.below)


def factors(page: Derivation) -> Links:
    """Return, for each node, the derivatives by it of the next nodes above it, by those nodes.

    A direct way from the loss is named by its formula if there are longer ways too, since it is
    only part of d_L_d_x.
    """
    above: Links = defaultdict(dict)
    for node in page.stops():
        for x, factor in _factors_of(page, node).items():
            above[x][node] = factor
    for ups in above.values():
        if page.loss in ups and len(ups) > 1:
            direct = ups[page.loss]
            name = f"({direct.formula})" if " " in direct.formula else direct.formula
            ups[page.loss] = replace(direct, name=name, partial=True)
    return above


def _factors_of(page: Derivation, above: Value) -> dict[Value, Factor]:
    """Return the factors of a node by the next nodes below it that derivatives are taken by.

    No node in between has two users.
    """
    found: dict[Value, list[Route]] = {}
    stack: list[tuple[Computed, Route]] = [(above, ())] if is_computed(above) else []
    while stack:
        node, way = stack.pop()
        for i, x in enumerate(node.inputs):
            if not isinstance(x, Value):
                continue
            route = (*way, (node, i))
            if page.is_stop(x):
                if x in page.paths:
                    found.setdefault(x, []).append(route)
            elif is_computed(x):
                stack.append((x, route))
    return {x: _factor(page, above, x, routes) for x, routes in found.items()}


def _factor(page: Derivation, above: Value, x: Value, routes: Sequence[Route]) -> Factor:
    name, pair = page.derivative(above, x), (page.name[above], page.name[x])
    value = sum(prod(partial(node, i) for node, i in route) for route in routes)
    return Factor(name, readable(page.factor(above, x)), value, x, pair, tuple(routes))


def readable(formula: str) -> str:
    """Return Python text as a formula for readers.

    >>> readable("w1 * math.tanh(x)")
    'w1 × tanh(x)'
    """
    return formula.replace(" * ", " × ").replace("math.", "")


Operands = Callable[[Value], Iterable[tuple[int, Value]]]


class Heads:
    """The heads of a graph: the values derived by; the tutorial skips sum_o1 between y_pred and h1.

    loss: the end of the graph; by: further values to derive by, leaves first; inner: the computed
    nodes; shown: the nodes of interest, all where None; operands: the operands of interest of a
    node. page: the derivation; pairs: each head with each of its operands; lines: the formulas
    of a head, after those of the unnamed values that only it needs.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> loss = (w * x) ** 2
    >>> heads = Heads(loss, [w, x], [loss.inputs[0], loss])
    >>> [x.label for head, x in heads.pairs], heads.lines[loss]
    (['w', 'x'], ['L = (w·x)²'])
    """

    def __init__(
        self,
        loss: Value,
        by: Sequence[Value],
        inner: Sequence[Computed],
        shown: Sequence[Computed] | None = None,
        operands: Operands | None = None,
    ) -> None:
        self.page = page = Derivation(loss, by, inner, Symbols)
        page.forward()
        page.name.setdefault(loss, "L")
        shown = inner if shown is None else shown
        self.all = [node for node in shown if page.is_stop(node)]
        self.pairs = dict.fromkeys(
            (self.of(node), x)
            for node in shown
            for _, x in (operands or _operands)(node)
            if page.is_stop(x)
        )
        self.lines: dict[Value, list[str]] = defaultdict(list)
        for node in shown:
            if node in page.formula:
                text = f"{page.name[node]} = {page.formula[node]}"
                self.lines[self.of(node)].append(text)

    def of(self, node: Value) -> Value:
        """Return the head in whose formula a value is written: the next value derived by."""
        while not self.page.is_stop(node):
            node, _ = self.page.edge[node]
        return node


def _operands(node: Value) -> Iterator[tuple[int, Value]]:
    return ((i, x) for i, x in enumerate(node.inputs) if isinstance(x, Value))

"""Print the derivation a person would write by hand, from the recorded graph."""

from __future__ import annotations

import re
import textwrap
from collections import ChainMap, Counter, defaultdict
from collections.abc import Iterable, MutableMapping, Sequence
from copy import copy, deepcopy
from functools import cached_property
from typing import Any, Literal, get_args

from microgradnet.autograd.gradient import refuse_changed
from microgradnet.autograd.graph import describe, operands, reachable
from microgradnet.autograd.labels import label_of
from microgradnet.autograd.value import Computed, Value
from microgradnet.derivations.spelling import (
    Expression,
    Expressions,
    Lesson,
    Speller,
    Term,
    product,
)
from microgradnet.operations.lines import Identifiers

__all__ = ["FORMS", "Derivation", "derive"]

# An unlabelled expression nested deeper gets a name: nobody could read it, and Python's parser
# refuses 200 parentheses.
DEEPEST = 30
LONGEST = 500  # terms of a sum in one statement: Python's compiler refuses some 3,000

Form = Literal["numbers", "lesson", "matrix"]
FORMS: tuple[Form, ...] = get_args(Form)
PREDICTION = "y_pred"  # the tutorial's name for the output of the net
DERIVATIVE = re.compile(r"d_\w+_d_")  # names reserved for derivatives

# The derivative of the loss by a node as a product: the names of its factors, the expressions they
# expand to, and whether each factor is at most one expression.
Chain = tuple[list[str], list[Expression], bool]
Step = tuple[Computed, Expressions, Expression]  # a node, its inputs, its own term
Path = tuple[Value, Expressions]  # a node above, and the local derivatives on the way down


def derive(loss: Value, parameters: Value | Sequence[Value], form: Form = "numbers") -> str:
    """Return the source of `derivatives(...)`: the loss and its derivatives, as in the tutorial.

    loss: a recorded Value; parameters: the Values of its graph to derive by, or one. The function
    takes the numbers of the leaves, named by their labels, and returns its `locals()`: the loss
    `L`, the factors `d_ypred_d_h1`, the derivatives `d_L_d_w1`. They are those of `backward` and
    `grad` to the last bit. A product of rounded factors would not be, so the chain rule stands as a
    comment. Below it is the same product with its factors multiplied out from the left, one number
    at a time, and its sums begun at the last node, as in backpropagation. An overflow or a division
    by 0 raises, as in Python.

    form="lesson": the same as a person writes it, `s * (1 - s)`, `(y_pred - y_true) ** 2`, and the
    products of the chain rule by their names. It is meant for reading, and right to 10 digits where
    nothing is saturated.

    form="matrix": the same for a batch in arrays, with NumPy alone, as in a vectorised course: w1
    to w6 of a layer are W1, a row for each neuron; x1 and x2 are X, a column for each sample. The
    function returns the mean loss, and one array of derivatives for each array of parameters. Sums
    are added up in NumPy's order: see `Program`.

    Raises TypeError where loss or a parameter is not a Value; ValueError, naming it, for a
    parameter that is not in the graph, a leaf changed after its use, or another form.

    >>> w, x = Value(0.5, "w1"), Value(3.0, "x1")
    >>> made = {}
    >>> exec(derive((w * x - 1) ** 2, [w]), made)
    >>> made["derivatives"](w1=0.5, x1=3.0)["d_L_d_w1"]
    3.0
    """
    parameters = [parameters] if isinstance(parameters, Value) else parameters
    inner = _checked(loss, parameters, form)
    if form == "matrix":
        from microgradnet.derivations.matrix_form import matrix_form

        return matrix_form(loss, parameters)
    page = Derivation(loss, parameters, inner, Lesson if form == "lesson" else Speller)
    sections = [page.forward(), page.factors(), page.chain_rule()]
    body = "\n\n".join(section for section in sections if section)
    head = _wrapped(f"def derivatives({', '.join(page.arguments)}", "):", "    ")
    imports = ["import math"] if any("math." in text for text in (*page.spell.defs, body)) else []
    return "\n\n\n".join([*imports, *page.spell.defs, f"{head}\n{body}\n\n    return locals()\n"])


def _checked(loss: Value, parameters: Sequence[Value], form: Form) -> list[Computed]:
    """Return the computed nodes of the loss; raise as `derive` does."""
    if form not in FORMS:
        *others, last = map(repr, FORMS)
        raise ValueError(f"the form is {', '.join(others)} or {last}, not {form!r}")
    for x in [loss, *(parameters if isinstance(parameters, Iterable) else [parameters])]:
        if not isinstance(x, Value):
            hint = "; write derive(loss, net.parameters())" if hasattr(x, "parameters") else ""
            raise TypeError(f"derive is of a loss by Values, not {type(x).__name__}{hint}")
    leaves, inner = reachable(loss)
    refuse_changed(inner)
    known = {*leaves, *inner}
    for x in parameters:
        if x not in known:
            raise ValueError(f"{describe(x)} is not in the graph of {describe(loss)}")
    return inner


class Derivation:
    """The lines of a derivation, section by section; `forward` comes first.

    style: spells formulas as Python, or in symbols. name, formula: by Value, for those that
    have one; paths[x]: from the nodes above, as (node, local derivatives along the path).

    >>> w = Value(0.5, "w1")
    >>> loss = 3 * w
    >>> Derivation(loss, [w], [loss]).derivative(loss, w)
    'd_L_d_w1'
    """

    def __init__(
        self,
        loss: Value,
        parameters: Sequence[Value],
        inner: Sequence[Computed],
        style: type[Speller] = Speller,
    ) -> None:
        self.loss, self.inner = loss, inner
        self.parameters = dict.fromkeys(parameters)  # a dict keeps the order and is fast to search
        edges = [
            (node, i) for node in inner for i, x in enumerate(node.inputs) if isinstance(x, Value)
        ]
        used = [x for node in inner for x in operands(node)]
        self.uses = Counter(used)
        self.edge = dict(zip(used, edges))  # the last use of each value
        given = [x for x in dict.fromkeys([*parameters, *used, loss]) if not x.inputs]
        self.place = {x: i for i, x in enumerate([*given, *inner])}
        self.names = Identifiers()
        self.name = self._named(given)
        self.derivatives: dict[tuple[Value, Value], str] = {}  # their names
        self.arguments = [self.name[x] for x in given]
        self.spell = style(self.names)
        self.terms: MutableMapping[Value, Expression] = {x: Term(self.name[x]) for x in given}
        # x -> its paths from the nodes above: (node, local derivatives along the path)
        self.paths: dict[Value, list[Path]] = defaultdict(list)
        # the same by both ends: for each way from a node down to another, the local derivatives
        self.ways: dict[tuple[Value, Value], list[Expressions]] = defaultdict(list)
        self.level = {loss: 0}
        self.formula: dict[Value, str] = {}
        self.statements: dict[Value, list[str]] = {}  # of formulas too long for one

    def _named(self, given: Sequence[Value]) -> dict[Value, str]:
        """Return names for leaves, and for nodes with a label, several uses or a deep formula."""
        name: dict[Value, str] = {}
        labels = {x: str(x.label) for x in self.place if x.label}
        labels.setdefault(self.loss, "L")
        if (output := prediction(self.loss, given, self.inner)) is not None:
            labels[output] = PREDICTION
        plain = Identifiers()
        for x, label in labels.items():
            is_taken = DERIVATIVE.match(plain.new(label))
            name[x] = self.names.new(f"_{label}" if is_taken else label)
        for x in given:
            if x not in name:
                name[x] = self.names.numbered("p")
        heights: dict[Value | float, int] = {}
        for node in self.inner:
            deep = max(1, len(node.inputs) // 2)  # a weighted sum adds as many products
            heights[node] = deep + max(heights.get(x, 0) for x in node.inputs)
            needs_one = self.uses[node] > 1 or node in self.parameters or heights[node] > DEEPEST
            if needs_one and node not in name:
                name[node] = self.names.numbered("t")
            if node in name:
                heights[node] = 0
        return name

    def forward(self) -> str:
        """Return the section from the inputs to the loss; also find the local derivatives."""
        needed = set(self.parameters)
        steps: list[Step] = []
        lines = []
        for node in self.inner:
            inputs, out = self._written(node)
            if node in self.name:
                statements = self.statements.get(node, [self.formula[node]])
                lines += [_assigned(self.name[node], text) for text in statements]
            steps.append((node, inputs, out))
            if not needed.isdisjoint(node.inputs):
                needed.add(node)
        self._find_paths(steps, needed)
        return _section("Forward pass: from the inputs to the loss.", lines)

    def _written(self, node: Computed) -> tuple[Expressions, Expression]:
        """Return the terms of a node's inputs, and the term that stands for the node afterwards."""
        inputs = tuple(self.terms[x] if isinstance(x, Value) else x for x in node.inputs)
        out = self.spell.simplified(Term.apply(node.operation, inputs))
        if node in self.name:
            self.formula[node] = self.spell(out)
            if len(inputs) > LONGEST:
                self.statements[node] = self.spell.in_parts(out, self.name[node], LONGEST)
            out = Term(self.name[node])
        self.terms[node] = out
        return inputs, out

    def by(self, x: Value) -> Derivation:
        """Return a derivation that also derives by x, a value of the graph; this one is unchanged.

        If x is already derived by, that is this derivation. Else x has one use, and only the lines
        up to the next value derived by are rewritten, with the name of x in them.
        """
        if self.is_stop(x):
            return self
        made = copy(self)
        made.parameters, made.name = self.parameters | {x: None}, {x: self.spare} | self.name
        made.names, made.derivatives = deepcopy(self.names), dict(self.derivatives)
        made.formula = {x: self.spell(self.terms[x])} | self.formula
        made.terms = ChainMap({x: Term(made.name[x])}, self.terms)
        slopes: list[Expression] = []
        above = x
        while above is x or not self.is_stop(above):
            above, i = self.edge[above]
            slopes.append(self.spell.derivative(above.operation, i, *made._written(above)))
        way = tuple(slope for slope in reversed(slopes) if slope != 1.0)
        made.paths = {**self.paths, x: [(above, way)]}
        made.ways = {**self.ways, (above, x): [way]}
        made.level = {**self.level, x: self.level[above] + 1}
        return made

    @cached_property
    def spare(self) -> str:
        """The name for a value that has none when it is asked about."""
        return self.names.numbered("t")

    def _find_paths(self, steps: Sequence[Step], needed: set[Value]) -> None:
        """Find the local derivatives between named nodes, in the order of backpropagation."""
        reached: dict[Value, Path] = {}
        for node, inputs, out in reversed(steps):
            above, slopes = (node, ()) if self.is_stop(node) else reached.get(node, (node, ()))
            for i in node.operation.order:
                x = node.inputs[i]
                if not isinstance(x, Value) or x not in needed:
                    continue
                slope = self.spell.derivative(node.operation, i, inputs, out)
                path = above, slopes if slope == 1.0 else (*slopes, slope)
                if self.is_stop(x):
                    self.paths[x].append(path)
                    self.ways[path[0], x].append(path[1])
                    self.level[x] = max(self.level.get(x, 0), self.level[above] + 1)
                else:
                    reached[x] = path

    def is_stop(self, x: Value) -> bool:
        """Whether derivatives are taken by x: in the tutorial by y_pred and h1, not by sum_o1."""
        if x in self.parameters or x is self.loss or self.uses[x] > 1:
            return True
        return x in self.name and not self.name[x].startswith("sum_")

    def stops(self) -> list[Value]:
        """Return the nodes that derivatives are taken of, from the loss down."""
        return self.in_order({node for paths in self.paths.values() for node, _ in paths})

    def in_order(self, nodes: Iterable[Value]) -> list[Value]:
        """Return values derived by, sorted from the loss down."""
        return sorted(nodes, key=lambda x: (self.level[x], self.place[x]))

    def factors(self) -> str:
        """Return the section of derivatives of results by their operands, from the loss down."""
        groups: dict[int, list[str]] = defaultdict(list)
        for above, x in sorted(self._pairs(), key=lambda pair: [*map(self._order, pair)]):
            line = _assigned(self.derivative(above, x), self.factor(above, x))
            groups[self.level[above]].append(line)
        return _section("Factors: each result by what goes into it.", *groups.values())

    def factor(self, above: Value, x: Value) -> str:
        """Return the formula of the derivative of a node by a node below it."""
        terms = [
            # two factors in the tutorial's order: w5 * deriv_sigmoid(sum_o1)
            product(slopes[::-1] if len(slopes) == 2 else slopes)
            for slopes in self.ways[above, x]
        ]
        return self.spell.total(terms)

    def _pairs(self) -> list[tuple[Value, Value]]:
        pairs = dict.fromkeys((above, x) for x in self.paths for above, _ in self.paths[x])
        return [pair for pair in pairs if pair[0] is not self.loss or self._is_direct(pair[1])]

    def _is_direct(self, x: Value) -> bool:
        return all(above is self.loss for above, _ in self.paths[x])

    def _order(self, x: Value) -> tuple[bool, int, int]:
        return bool(x.inputs), self.level[x] if x.inputs else 0, self.place[x]

    def derivative(self, y: Value, x: Value) -> str:
        """Return the name of dy/dx, such as d_ypred_d_w5, or a similar one if that is taken."""
        if (y, x) not in self.derivatives:
            parts = [self.name[y], self.name[x]]
            name = "d_{}_d_{}".format(*("ypred" if p == "y_pred" else p for p in parts))
            self.derivatives[y, x] = self.names.new(name)
        return self.derivatives[y, x]

    def chain_rule(self) -> str:
        """Return the derivatives of the loss: first by nodes that several need, then the others."""
        summed = {above for paths in self.paths.values() if len(paths) > 1 for above, _ in paths}
        chains: dict[Value, Chain] = {self.loss: ([], [], True)}
        groups: dict[int, list[str]] = defaultdict(list)
        for x in sorted(self.paths, key=lambda x: (not x.inputs, *self._order(x))):
            name = self.derivative(self.loss, x)
            named: Chain = ([name], [Term(name)], True)
            if self._is_direct(x):
                chains[x] = named
                continue
            (above, slopes), *others = self.paths[x]
            names, parts, plain = chains[above]
            if len(names) > 1 or others or x in summed or x in self.parameters:
                groups[self.level[x] if x.inputs else -1] += self._product(x, chains)
                chains[x] = named
            else:
                factor = self.derivative(above, x)
                chains[x] = [*names, factor], [*parts, *slopes], plain and len(slopes) < 2
        if self.loss in self.parameters:
            groups[0].append(_assigned(self.derivative(self.loss, self.loss), "1.0"))
        reordered = any("# " in line for lines in groups.values() for line in lines)
        return _section(CHAIN_RULE + (ORDER if reordered else ""), *groups.values())

    def _product(self, x: Value, chains: dict[Value, Chain]) -> list[str]:
        """Return the chain rule of one node in names; a comment if only the expansion is exact."""
        name, paths = self.derivative(self.loss, x), self.paths[x]
        exact: list[Expression] = []
        ruled: list[Expression] = []
        met: set[Value] = set()
        plain = len(paths) == len({above for above, _ in paths})
        for above, slopes in paths:
            names, parts, parts_plain = chains[above]
            plain = plain and parts_plain and len(slopes) < 2
            exact.append(product([*parts, *slopes]))
            if above is self.loss:
                ruled.append(exact[-1])
            elif above not in met:
                factors = [*names, self.derivative(above, x)]
                ruled.append(product(map(Term, factors)))
            met.add(above)
        rule = self.spell.total(ruled)
        if plain or isinstance(self.spell, Lesson):
            return [_assigned(name, rule)]
        comment = textwrap.wrap(f"{name} = {rule}", WIDTH - 6, **WRAP)
        return [*(f"    # {line}" for line in comment), _assigned(name, self.spell.total(exact))]


def prediction(loss: Value, leaves: Iterable[Value], inner: Iterable[Value]) -> Value | None:
    """Return the one output of a net that a loss comes from; None if another value is named y_pred.

    leaves, inner: of the graph of the loss. The output of a net without a loss keeps its name.

    >>> from microgradnet import MLP, mse
    >>> loss = mse(MLP(2, [2, 1])([1.0, 2.0]), 1)
    >>> str(prediction(loss, *reachable(loss)).label)
    'o1'
    """
    found: list[Value] = []
    for x in (*leaves, *inner):
        if x.label == PREDICTION:
            return None
        if x.label and label_of(x, "role") == "output":
            found.append(x)
    return found[0] if len(found) == 1 and found[0] is not loss else None


WIDTH = 96
WRAP: Any = {"break_long_words": False, "break_on_hyphens": False}
CHAIN_RULE = "Chain rule: the product of the factors."
ORDER = (
    " Below it, the same multiplied out one number at a time, as backpropagation does: the last "
    "bit depends on the order."
)


def _section(title: str, *groups: list[str]) -> str:
    """Return a comment and lines in groups; "" without lines."""
    title = textwrap.fill(title, WIDTH, initial_indent="    # ", subsequent_indent="    # ")
    texts = ["\n".join(lines) for lines in groups if lines]
    gap = "\n\n" if texts and texts[0].lstrip().startswith("#") else "\n"
    return gap.join([title, "\n\n".join(texts)]) if texts else ""


def _assigned(name: str, text: str) -> str:
    line = f"    {name} = {text}"
    return line if len(line) <= WIDTH else _wrapped(f"    {name} = ({text}", ")", "        ")


def _wrapped(text: str, end: str, indent: str) -> str:
    """Return a line, broken inside its outer parentheses if it is too long."""
    if len(text + end) <= WIDTH:
        return text + end
    head, inside = text.split("(", 1)
    lines = textwrap.wrap(inside, WIDTH, initial_indent=indent, subsequent_indent=indent, **WRAP)
    close = indent[4:] + end
    return "\n".join([f"{head}(", *lines, close])

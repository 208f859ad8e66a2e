"""Write out the chain rule of one parameter: in symbols, then in numbers, then the product."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeVar

from microgradnet.autograd.gradient import refuse_changed, refuse_non_finite
from microgradnet.autograd.graph import describe, reachable
from microgradnet.autograd.value import Value
from microgradnet.derivations.deriving import Derivation
from microgradnet.derivations.paths import Chains, Factor, Links, Sum, readable
from microgradnet.operations.lines import Identifiers
from microgradnet.words.terminal import columns, padded, printable

__all__ = [
    "Explanation",
    "Piece",
    "Slot",
    "explain",
    "explained",
    "figure",
]

MOST_LINES = 40  # of a list of factors or sums; of a longer list the middle is only counted
FACTORS_PER_LINE = 6

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Slot:
    """A number in the text: a sum of products of factors, in brackets if negative.

    >>> str(Slot((), bracketed=True))
    '0'
    """

    terms: tuple[tuple[Factor, ...], ...]
    bracketed: bool = False

    def __str__(self) -> str:
        total = sum(prod(factor.value for factor in factors) for factors in self.terms)
        return f"({figure(total)})" if self.bracketed and total < 0 else figure(total)


def figure(x: float) -> str:
    """Return a number with four significant digits, 0 without a sign.

    >>> figure(-0.12345678), figure(-0.0)
    ('-0.1235', '0')
    """
    return f"{x + 0.0:.4g}"


Piece = str | Slot


@dataclass(frozen=True)
class Explanation:
    """The chain rule of one parameter: `str()` is text, `.latex()` is LaTeX.

    name: `d_L_d_w1`; value: its number; n_paths: the number of paths to the loss; factors: the
    factors on the paths, from the loss down; sums: the sums of products of factors, the last being
    the parameter's; where: name and formula of the unlabelled nodes on the paths; why: the reason
    for a derivative of 0 if no path leads to the loss.

    >>> w = Value(3.0, "w")
    >>> explanation = explain((w - 1) ** 2, w)
    >>> explanation.name, explanation.value, explanation.n_paths
    ('d_L_d_w', 4.0, 1)
    """

    name: str
    value: float
    n_paths: int
    factors: tuple[Factor, ...] = ()
    sums: tuple[Sum, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    why: str = ""

    def __str__(self) -> str:
        return printable("".join(map(str, self.pieces())).strip("\n"))

    def pieces(self) -> list[Piece]:
        """Return the text in pieces: fixed text, and slots for numbers."""
        return list(_pieces(self))

    def latex(self) -> str:
        r"""Return the chain rule as LaTeX: an `aligned` environment.

        >>> w = Value(3.0, "w1")
        >>> print(explain((w - 1) ** 2, w).latex())
        \begin{aligned}
        \frac{\partial L}{\partial w_{1}} &= 4
        \end{aligned}
        """
        return "\n".join([r"\begin{aligned}", " \\\\\n".join(_latex(self)), r"\end{aligned}"])

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex()}\n$$"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/latex": self._repr_latex_(), "text/plain": str(self)}

    def __repr__(self) -> str:
        return f"Explanation({self.name} = {self.value!r}, paths: {self.n_paths:,})"


def explain(loss: Value, parameter: Value) -> Explanation:
    """Return the chain rule of the loss by one parameter: symbols, numbers, product.

    loss: a recorded Value; parameter: a Value of its graph, a leaf or not. Factors go from one
    labelled node to the next and are named as in `derive`: `d_ypred_d_h1`. Several paths are
    summed; more than 8 are summed node by node. Where the loss does not depend on the parameter,
    the derivative is 0, and `why` says so.

    Raises TypeError where one of the two is not a Value. Raises ValueError, naming the leaf, for a
    leaf changed after its use; NonFiniteError, naming the node or factor, where a number is inf or
    nan.

    >>> w, x = Value(0.5, "w1"), Value(3.0, "x1")
    >>> h = w * x
    >>> h.label = "h1"
    >>> print(explain((h - 1) ** 2, w))
    d_L_d_w1 = d_L_d_h1 × d_h1_d_w1
    <BLANKLINE>
    d_L_d_h1  = 2 × (h1 - 1) = 1
    d_h1_d_w1 = x1           = 3
    <BLANKLINE>
    d_L_d_w1 = 1 × 3
             = 3
    """
    for x in (loss, parameter):
        if not isinstance(x, Value):
            raise TypeError(f"explain is of a loss by one Value, not {type(x).__name__}")
    leaves, inner = reachable(loss)
    refuse_changed(inner)
    refuse_non_finite([*leaves, *inner])
    if parameter not in {*leaves, *inner}:
        names = Identifiers()
        name = f"d_{names.new(loss.label or 'L')}_d_{names.new(parameter.label or 'x')}"
        why = f"{describe(loss)} does not depend on {describe(parameter)}"
        return Explanation(name, 0.0, 0, why=why)
    page = Derivation(loss, [parameter], inner)
    page.forward()
    return explained(page, parameter)


def explained(page: Derivation, x: Value, above: Links | None = None) -> Explanation:
    """Return the chain rule of one value from an existing derivation.

    page: the derivation, with its forward pass written; x: a value of its graph; above: the
    `factors` of the page, if already computed. Raises NonFiniteError, naming the factor, where one
    is inf or nan.

    >>> w = Value(3.0, "w")
    >>> loss = 2 * w
    >>> page = Derivation(loss, [w], [loss])
    >>> text = page.forward()
    >>> explained(page, w).value
    2.0
    """
    found = Chains(page, x, above)
    total, page = found.by_parameter, found.page
    where = tuple(
        (page.name[y], readable(page.formula[y]))
        for y in found.order
        if y.inputs and not y.label and y is not page.loss
    )
    return Explanation(total.name, total.value, found.n_paths, found.factors, found.sums, where)


def _pieces(e: Explanation) -> Iterator[Piece]:
    if e.why:
        yield f"{e.name} = 0: {e.why}"
        return
    if len(e.factors) > 1:
        yield from _symbols(e)
        yield "\n\n"
    width = max((columns(name) for name, _ in e.where), default=0)
    for x in _abridged(e.where):
        yield f"{x}\n" if type(x) is str else f"{padded(x[0], width)} = {x[1]}\n"
    if e.where:
        yield "\n"
    factors = [f for f in e.factors if not f.partial]
    name_width = max((columns(f.name) for f in factors), default=0)
    width = max((columns(f.formula) for f in factors), default=0)
    for f in _abridged(factors):
        if isinstance(f, Factor):
            yield f"{padded(f.name, name_width)} = {padded(f.formula, width)} = "
            yield Slot(((f,),))
        else:
            yield f
        yield "\n"
    sums = e.sums if len(e.factors) != 1 else ()
    for total in _abridged(sums):
        yield "\n"
        if type(total) is Sum:
            yield from _numbers(total, e)
        else:
            yield f"{total}\n"


def _symbols(e: Explanation) -> Iterator[Piece]:
    if len(e.sums) > 1:
        n = len(e.factors) if e.n_paths == 1 else e.n_paths
        kind = "a product of {:,} factors" if e.n_paths == 1 else "a sum over {:,} paths"
        yield f"{e.name} is {kind.format(n)}: here node by node, from the loss down."
    else:
        yield from _equation(e.name, [[f.name for f in term] for term in e.sums[0].terms])


def _numbers(total: Sum, e: Explanation) -> Iterator[Piece]:
    """Yield the products in numbers; if there are several sums, each in symbols first."""
    name, terms = total.factor.name, total.terms
    equals = f"\n{' ' * columns(name)} = "
    if len(e.sums) > 1:
        yield from _equation(name, [[f.name for f in term] for term in terms])
        name = " " * columns(name)
        yield "\n"
    slots: list[list[Piece]] = [
        [Slot(((f,),), bracketed=i > 0 or k > 0) for i, f in enumerate(term)]
        for k, term in enumerate(terms)
    ]
    if any(len(term) > 1 for term in terms):
        yield from _equation(name, slots)
        yield equals
    else:
        yield f"{name} = "
    if len(terms) > 1:
        for k, term in enumerate(terms):
            yield " + " if k else ""
            yield Slot((term,), bracketed=k > 0)
        yield equals
    yield Slot(terms)
    yield "\n"


def _equation(name: str, terms: Sequence[Sequence[Piece]]) -> Iterator[Piece]:
    """Yield the name and a sum of products, one line each; long products continue on a new line."""
    below = f"\n{' ' * columns(name)} "
    for k, factors in enumerate(terms):
        yield f"{below}+ " if k else f"{name} = "
        for i, factor in enumerate(factors):
            if i:
                yield f"{below}× " if i % FACTORS_PER_LINE == 0 else " × "
            yield factor


def _abridged(items: Sequence[T]) -> Iterator[T | str]:
    """Yield the items, or of a long list the first and the last with a count of those between."""
    if len(items) <= MOST_LINES:
        yield from items
        return
    half = MOST_LINES // 2
    yield from items[:half]
    yield f"... {len(items) - 2 * half:,} more ..."
    yield from items[-half:]


def _latex(e: Explanation) -> Iterator[str]:
    """Yield the lines of the environment."""
    if not e.sums:
        loss, parameter = e.name.removeprefix("d_").split("_d_", 1)
        yield f"{_fraction((loss, parameter))} &= 0"
        return
    for total in _abridged(e.sums):
        if type(total) is not Sum:
            yield r"&\ \,\vdots"
            continue
        equals = f"{_fraction(total.factor.pair)} &= "
        terms = total.terms
        if len(terms) > 1 or len(terms[0]) > 1:
            yield equals + " + ".join(_product(map(_symbol, term)) for term in terms)
            numbers = (
                _product(
                    _power_of_ten(str(Slot(((f,),), i > 0 or k > 0))) for i, f in enumerate(term)
                )
                for k, term in enumerate(terms)
            )
            yield "&= " + " + ".join(numbers)
            equals = "&= "
        yield equals + _power_of_ten(str(Slot(terms)))


def _product(factors: Iterable[str]) -> str:
    return r" \cdot ".join(factors)


def _symbol(factor: Factor) -> str:
    symbol = _fraction(factor.pair)
    return rf"\left.{symbol}\right|_{{\text{{direct}}}}" if factor.partial else symbol


def _fraction(pair: Sequence[str]) -> str:
    r"""Return the derivative of the first by the second; both are Python names.

    >>> print(_fraction(("y_pred", "w1")))
    \frac{\partial y_{\mathrm{pred}}}{\partial w_{1}}
    """
    over, under = map(_name, pair)
    return rf"\frac{{\partial {over}}}{{\partial {under}}}"


def _power_of_ten(text: str) -> str:
    r"""Return a number with its power of ten in LaTeX.

    >>> print(_power_of_ten("(-1.5e-07)"))
    (-1.5 \times 10^{-7})
    """
    return re.sub(r"e([+-]\d+)", lambda m: rf" \times 10^{{{int(m[1])}}}", text)


def _name(name: str) -> str:
    """Return a name in LaTeX: its first word, the rest as an index; w1 is w with index 1."""
    stem, below = re.fullmatch(r"(_*[^\W\d_]*)_?(\w*)", name).groups()  # type: ignore[union-attr]
    text = stem if len(stem) == 1 and stem.isascii() else _upright(stem)
    return f"{text}_{{{below if below.isdigit() else _upright(below)}}}" if below else text


def _upright(text: str) -> str:
    kind = "mathrm" if text.isascii() else "text"
    return rf"\{kind}{{{text.replace('_', chr(92) + '_')}}}"

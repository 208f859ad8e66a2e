"""Write a formula as in a lesson: `s * (1 - s)`, `(y_pred - y_true) ** 2`, `1 / x`."""

from __future__ import annotations

from microgradnet.derivations.spelling import (
    ATOM,
    BINDS,
    Expression,
    Expressions,
    Speller,
    Term,
    negated,
    on_terms,
)
from microgradnet.operations.operation import Formula, Op

__all__ = ["Lesson"]


class Lesson(Speller):
    """Spells terms for readers: the table's lesson formulas, and whole numbers without a point.

    >>> from microgradnet.operations.operation import OPS
    >>> from microgradnet.operations.lines import Identifiers
    >>> x = Term("x")
    >>> Lesson(Identifiers())(2.0 * Term.apply(OPS["pow"], (x - 1.0, 2.0)))
    '2 * (x - 1) ** 2'
    """

    bound = "fx"

    def formula(self, op: Op, i: int | None = None) -> Formula:
        """Return the formula of an operation or of its derivative, as a person writes it."""
        if i is None:
            return op.lesson or op.value
        return op.lesson_slopes[i] if op.lesson_slopes else op.partials[i]

    def derivative(self, op: Op, i: int, inputs: Expressions, out: Expression) -> Expression:
        """Return `deriv_sigmoid(x)` of an activation, and `1 / x` of a logarithm."""
        is_plain = op.primitive and op.kink is None and not op.lesson_slopes
        if op.arity == 1 and not is_plain:
            return super().derivative(op, i, inputs, out)
        slope: Expression = on_terms(op, self.formula(op, i))(*inputs, out)
        return slope

    def simplified(self, x: Expression) -> Expression:
        """Return a sum without a term that is 0."""
        if isinstance(x, float) or x.name not in ("add", "sub"):
            return x
        left, right = x.inputs
        if right == 0.0:
            return left
        if left == 0.0:
            return right if x.name == "add" else negated(right)
        return x

    def literal(self, x: float, tidy: bool) -> str:
        """Return a number as text, a whole number always without its point."""
        return super().literal(x, tidy=True)

    def power(self, x: Term, op: Op) -> tuple[str, int]:
        """Return base ** exponent, regardless of rounding; the base for an exponent of 1."""
        base, exponent = x.inputs
        if exponent == 1.0 and isinstance(base, Term):
            return self._text(base)
        left, right = self(base, ATOM), self(exponent, BINDS["pow"] + 1)
        return f"{left} ** {right}", BINDS["pow"]

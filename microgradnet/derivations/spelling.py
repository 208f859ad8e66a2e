"""Write a formula of the table: as Python with its helper functions, as in a lesson, in symbols."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from microgradnet.operations.lines import Identifiers, with_operators
from microgradnet.operations.operation import OPS, Formula, Op

__all__ = ["Lesson", "Speller", "Symbols", "Term", "applied", "bracketed"]

Format = Callable[[float], str]  # formats a number

# Precedence: 0 for a conditional, then + and -, * and /, unary -, **, names and calls.
BINDS = {"add": 1, "sub": 1, "mul": 2, "div": 2, "neg": 3, "pow": 4}
ATOM = 5

# Any other primitive is the function of that name in `math`. max(y, x) is y unless x > y, like
# `maximum` in the table, so a zero keeps its sign.
CALLS = {"abs": "abs({0})", "maximum": "max({1}, {0})", "minimum": "min({1}, {0})"}


@with_operators
class Term:
    """A symbolic stand-in for a number in a formula: a name, or an operation on terms and numbers.

    >>> x = Term("x")
    >>> Speller(Identifiers())(2 * (x + 1) * x)
    '2 * (x + 1) * x'
    """

    __slots__ = ("inputs", "name", "op")

    def __init__(self, name: str, op: Op | None = None, inputs: Expressions = ()) -> None:
        self.name, self.op, self.inputs = name, op, inputs

    @staticmethod
    def apply(op: Op, inputs: Sequence[Expression]) -> Expression:
        """Apply an operation; 1 * x and --x become x, a weighted sum becomes products and sums."""
        terms = tuple(x if isinstance(x, Term) else float(x) for x in inputs)
        if op.is_spelled_out:
            spelled: Expression = op.value(*terms)
            return spelled
        if op.name == "mul" and 1.0 in terms:
            return terms[1] if terms[0] == 1.0 else terms[0]
        if op.name == "neg":
            return negated(terms[0])
        return Term(op.name, op, terms)


Expression = Term | float
Expressions = tuple[Expression, ...]


def negated(x: Expression) -> Expression:
    """Return -x, with the sign at the first factor where that changes no bit."""
    if isinstance(x, float):
        return -x
    if x.name == "neg":
        return x.inputs[0]
    if x.name == "mul" and x.op:
        return Term.apply(x.op, (negated(x.inputs[0]), x.inputs[1]))
    return Term("neg", OPS["neg"], (x,))


def _is_negative(x: Expression) -> bool:
    if isinstance(x, float):
        return math.copysign(1.0, x) < 0
    return x.name == "neg" or (x.name == "mul" and _is_negative(x.inputs[0]))


def product(factors: Iterable[Expression]) -> Expression:
    """Multiply from the left, with the sign of the product in front."""
    result: Expression = 1.0
    negative = False
    for x in factors:
        negative ^= _is_negative(x)
        x = negated(x) if _is_negative(x) else x
        result = (
            x
            if isinstance(result, float) and result == 1.0
            else Term.apply(OPS["mul"], (result, x))
        )
    return negated(result) if negative else result


def derivative(op: Op, i: int, inputs: Expressions, out: Expression) -> Expression:
    """Return d(out)/d(inputs[i]): `deriv_sigmoid(x)` for a function of one input."""
    if op.arity == 1 and op.name != "neg":
        return Term(f"deriv_{op.name}", op, inputs)
    slope: Expression = on_terms(op, op.partials[i])(*inputs, out)
    return slope


def on_terms(op: Op, formula: Formula) -> Formula:
    """Return a formula for terms; it raises TypeError, naming the row, if it needs numbers."""

    def applied_to(*inputs: Expression) -> Expression:
        try:
            result: Expression = formula(*inputs)
        except TypeError as error:
            raise TypeError(
                f"{op.name!r} cannot be written out: its formula takes numbers only ({error}); "
                "write it with + - * / ** and mg functions"
            ) from error
        return result

    return applied_to


class Speller:
    """Spells terms as Python, and defines the helper functions that they call."""

    def __init__(self, names: Identifiers) -> None:
        self.names = names
        self._helpers: dict[str, str] = {}
        self._defs: dict[str, str] = {}

    @property
    def defs(self) -> list[str]:
        """The helper functions, each followed by its derivative."""
        rows = list(dict.fromkeys(name.removeprefix("deriv_") for name in self._helpers))
        names = [name for row in rows for name in (row, f"deriv_{row}") if name in self._defs]
        return [self._defs[name] for name in names]

    def __call__(self, x: Expression, least: int = 0, tidy: bool = False) -> str:
        """Return the text, in parentheses if its precedence is below `least`; tidy: 2 for 2.0."""
        if isinstance(x, float):
            text, binds = self.literal(x, tidy), ATOM if math.copysign(1.0, x) > 0 else BINDS["neg"]
        else:
            text, binds = self._text(x)
        return f"({text})" if binds < least else text

    def total(self, terms: Sequence[Expression]) -> str:
        """Return the text of a sum, with negative terms subtracted."""
        text = self(terms[0], BINDS["add"])
        for x in terms[1:]:
            positive = negated(x) if _is_negative(x) else x
            text += f" {self.minus if _is_negative(x) else '+'} {self(positive, BINDS['mul'])}"
        return text

    minus, bound = "-", "t"  # bound: the name of a repeated part in a helper function

    def formula(self, op: Op, i: int | None = None) -> Formula:
        """Return the formula of an operation, or of its derivative by input i."""
        return op.value if i is None else op.partials[i]

    def derivative(self, op: Op, i: int, inputs: Expressions, out: Expression) -> Expression:
        """Return d(out)/d(inputs[i]) in the form used by expressions."""
        return derivative(op, i, inputs, out)

    def simplified(self, x: Expression) -> Expression:
        """Return a term with simplified inputs; here unchanged, to keep every bit."""
        return x

    def literal(self, x: float, tidy: bool) -> str:
        """Return a number as Python writes it; tidy: a whole number without its point."""
        if not math.isfinite(x):
            return f"{'-' if x < 0 else ''}math.{'nan' if x != x else 'inf'}"
        whole = tidy and x.is_integer() and abs(x) < 1e6 and (x or math.copysign(1.0, x) > 0)
        return f"{x:.0f}" if whole else repr(x)

    def _text(self, x: Term) -> tuple[str, int]:
        op, inputs = x.op, x.inputs
        if op is None:
            return x.name, ATOM
        if x.name == "neg":
            return f"{self.minus}{self(inputs[0], BINDS['neg'])}", BINDS["neg"]
        if x.name == "where":
            c, a, b = self(inputs[0], 1), self(inputs[1], 1), self(inputs[2])
            return f"{a} if {c} > 0 else {b}", 0
        if x.name in ("add", "sub"):
            return self._sum(x), BINDS[x.name]
        if x.name == "pow":
            return self.power(x, op)
        if x.name in BINDS:
            binds = BINDS[x.name]
            left, right = self(inputs[0], binds, tidy=True), self(inputs[1], binds + 1, tidy=True)
            return f"{left}{self.between(op)}{right}", binds
        return self.call(x, op), ATOM

    def between(self, op: Op) -> str:
        """Return the text between the two inputs of an operator."""
        return f" {op.spelling} "

    def power(self, x: Term, op: Op) -> tuple[str, int]:
        """Return the text of a power, and its precedence."""
        base, exponent = x.inputs
        if exponent == 2.0:  # x * x, since Python's ** rounds differently
            return f"{self._helper('square', op, lambda x: x * x, 1)}({self(base)})", ATOM
        if _may_be_complex(exponent):
            return self.call(x, op), ATOM
        left, right = self(base, ATOM, tidy=True), self(exponent, BINDS["pow"] + 1, tidy=True)
        return f"{left} ** {right}", BINDS["pow"]

    def call(self, x: Term, op: Op) -> str:
        """Return the text of a function and its inputs."""
        form = CALLS.get(x.name) or f"{self._function(x, op)}({', '.join('{}' for _ in x.inputs)})"
        return form.format(*map(self, x.inputs))

    def _sum(self, x: Expression) -> str:
        """Return any number of terms added and subtracted from the left, without recursion."""
        return "".join(self._summands(x))

    def in_parts(self, x: Expression, name: str, most: int) -> list[str]:
        """Return a sum as several texts of `most` terms, each continuing from the given name."""
        first, *rest = self._summands(x)
        starts = range(0, len(rest), most)
        return [f"{name if i else first}{''.join(rest[i : i + most])}" for i in starts]

    def _summands(self, x: Expression) -> list[str]:
        terms: list[str] = []
        while isinstance(x, Term) and x.op and x.name in ("add", "sub"):
            sign, (x, last) = "+" if x.name == "add" else self.minus, x.inputs
            terms.append(f" {sign} {self(last, BINDS['mul'], tidy=True)}")
        return [self(x, BINDS["add"], tidy=True), *reversed(terms)]

    def _function(self, x: Term, op: Op) -> str:
        if x.name != op.name:
            slope = self.formula(op, 0)
            return self._helper(x.name, op, lambda x: slope(x, Term.apply(op, (x,))), 1)
        if op.primitive:
            return f"math.{op.name}"
        return self._helper(op.name, op, self.formula(op), op.arity)

    def _helper(self, name: str, op: Op, formula: Formula, arity: int) -> str:
        """Return the name of a helper function, and define it at its first use."""
        if name not in self._helpers:
            self._helpers[name] = self.names.new(name)
            arguments = "xyz"[:arity] if arity <= 3 else [f"x{i + 1}" for i in range(arity)]
            result = on_terms(op, formula)(*map(Term, arguments))
            lines = []
            for i, shared in enumerate(shared_parts(result)):
                bound = f"{self.bound}{i + 1}" if i else self.bound
                lines.append(f"{bound} = {self(shared)}")
                shared.name, shared.op, shared.inputs = bound, None, ()
            lines.append(f"return {self(result)}")
            head = f"def {self._helpers[name]}({', '.join(arguments)}):"
            self._defs[name] = "\n    ".join([head, *lines])
        return self._helpers[name]


def _may_be_complex(exponent: Expression) -> bool:
    return not isinstance(exponent, float) or not exponent.is_integer()


def shared_parts(result: Expression) -> list[Term]:
    """Return the parts that a formula uses more than once, in order of computation."""
    uses: Counter[Term] = Counter()
    order: list[Term] = []

    def visit(x: Expression) -> None:
        if isinstance(x, Term):
            uses[x] += 1
            if uses[x] == 1:
                for y in x.inputs:
                    visit(y)
                order.append(x)

    visit(result)
    return [x for x in order if uses[x] > 1 and x.inputs]


class Lesson(Speller):
    """Spells terms for readers: the table's lesson formulas, and whole numbers without a point.

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


SUPERSCRIPTS = {2.0: "²", 3.0: "³"}


class Symbols(Speller):
    """Spells terms as pictures do: w1·x1, σ(sum_h1), its derivative σ′(sum_h1), y².

    >>> x = Term("x")
    >>> Symbols(Identifiers())(-2.0 * Term.apply(OPS["sigmoid"], (x,)) + x**2)
    '−2·σ(x) + x²'
    """

    minus = "−"

    def literal(self, x: float, tidy: bool) -> str:
        """Return a number as text, a whole number always without its point."""
        return super().literal(x, tidy=True).removeprefix("math.").replace("-", self.minus)

    def between(self, op: Op) -> str:
        """Return the text between the two inputs of an operator."""
        return "·" if op.name == "mul" else super().between(op)

    def power(self, x: Term, op: Op) -> tuple[str, int]:
        """Return the base with its exponent, as a superscript where there is one."""
        base, raised = x.inputs
        mark = SUPERSCRIPTS.get(raised) if isinstance(raised, float) else None
        return self(base, ATOM) + (mark or f"^{self(raised, ATOM)}"), ATOM

    def call(self, x: Term, op: Op) -> str:
        """Return a function call with the function's symbol, with a prime for its derivative."""
        letter = op.symbol if op.symbol.isalpha() else op.name
        inputs = ", ".join(map(self, x.inputs))
        if x.name != op.name:
            return f"{letter}′({inputs})"
        return f"|{inputs}|" if op.name == "abs" else f"{letter}({inputs})"


FORMULAS = {
    "add": "{} + {}",
    "sub": "{} − {}",
    "mul": "{}·{}",
    "div": "{} ÷ {}",
    "pow": "{}^{}",
    "neg": "−{}",
    "weighted_sum": "{}·{} + ",  # each pair; the bias follows
}


def applied(name: str, names: Sequence[str], inputs: Sequence[object], number: Format) -> str:
    """Return an operation as text, given the names of its operands; inputs: for constant exponents.

    >>> applied("mul", ["a + 1", "b"], [None, None], str)
    '(a + 1)·b'
    """
    if name == "pow" and isinstance(inputs[1], float):
        return bracketed(names[0]) + exponent(inputs[1], number)
    if name in FORMULAS:
        form = FORMULAS[name]
        form = form * (len(names) // 2) + "{}" if name == "weighted_sum" else form
        return form.format(*map(bracketed, names))
    return f"{name}({', '.join(names)})"


def bracketed(name: str) -> str:
    """Return a name, in brackets if it is a formula.

    >>> bracketed("a + b"), bracketed("w1")
    ('(a + b)', 'w1')
    """
    return f"({name})" if any(c in name for c in " +-−*·/÷^²³") else name


def exponent(x: float, number: Format) -> str:
    """Return a constant exponent as it is written in pictures.

    >>> exponent(2.0, str), exponent(0.5, str)
    ('²', '^0.5')
    """
    return SUPERSCRIPTS.get(x) or "^" + bracketed(number(x))

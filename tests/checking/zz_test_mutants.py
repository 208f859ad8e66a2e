"""Every single edit of a right derivation is caught, or proven to change nothing."""

import ast
import itertools

import numpy as np
import pytest

from tests.checking.handmade import TUTORIAL, blamed, check, made
from tests.marks import sampled, share

pytestmark = pytest.mark.usefixtures("without_examples")


class Symbol:
    """An expression in a normal form: sums and products without order, names written out."""

    def __init__(self, key):
        self.key = key

    @staticmethod
    def of(x):
        return x if isinstance(x, Symbol) else Symbol(("number", float(x)))

    def _merged(self, sign, other):
        parts = []
        for key in (self.key, Symbol.of(other).key):
            parts += key[1] if key[0] == sign else [key]
        numbers = [key[1] for key in parts if key[0] == "number"]
        others = [key for key in parts if key[0] != "number"]
        number = float(np.prod(numbers)) if sign == "*" else float(sum(numbers))
        neutral = 1.0 if sign == "*" else 0.0
        others += [("number", number)] if number != neutral or not others else []
        return Symbol((sign, sorted(others, key=repr)) if len(others) > 1 else others[0])

    def __mul__(self, other):
        return self._merged("*", other)

    def __add__(self, other):
        return self._merged("+", other)

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -Symbol.of(other)

    def __rsub__(self, other):
        return Symbol.of(other) - self

    def __pow__(self, n):
        return self * self if n == 2 else Symbol(("**", self.key, n))

    def __rtruediv__(self, other):
        return Symbol.of(other) * Symbol(("1/", self.key))

    def exp(self):
        return Symbol(("exp", self.key))

    __rmul__, __radd__ = __mul__, __add__


def symbols(source):
    """The derivatives of a source, as normal forms."""
    arguments = {name: Symbol(("name", name)) for name in [*TUTORIAL.parameters, "y_true"]}
    arguments["x"] = [Symbol(("name", "x0")), Symbol(("name", "x1"))]
    found = made(source, "by_hand")(**arguments)
    return {k: Symbol.of(v).key for k, v in found.items() if k.startswith("d_") or k == "L"}


class Mutants(ast.NodeTransformer):
    """Makes the single edits of a function one after the other: the edit numbered `wanted`."""

    def __init__(self, wanted, names):
        self.wanted, self.names, self.count = wanted, names, 0

    def _edits(self, node, *new):
        for other in new:
            self.count += 1
            if self.count - 1 == self.wanted:
                return other
        return node

    def visit_Return(self, node):
        return node

    def visit_Assign(self, node):
        node.value = self.visit(node.value)
        scaled = [
            ast.BinOp(ast.Constant(c), ast.Mult(), node.value) for c in (2.0, 0.5, -1.0, 1.001)
        ]
        node.value = self._edits(node.value, *scaled, ast.Constant(0.0), ast.Constant(1.0))
        return node

    def visit_Name(self, node):
        names = [n for n in self.names if n != node.id and (n[:2] == "d_") == (node.id[:2] == "d_")]
        return self._edits(node, *(ast.Name(name, ast.Load()) for name in names))

    def visit_Subscript(self, node):
        other = ast.Subscript(node.value, ast.Constant(1 - node.slice.value), ast.Load())
        return self._edits(node, other)

    def visit_Call(self, node):
        node.args = [self.visit(arg) for arg in node.args]
        other = {"sigmoid": "deriv_sigmoid", "deriv_sigmoid": "sigmoid"}[node.func.id]
        call = ast.Call(ast.Name(other, ast.Load()), node.args, [])
        return self._edits(node, call, node.args[0])

    def visit_BinOp(self, node):
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        new = [node.left, node.right]
        if isinstance(node.op, (ast.Add, ast.Sub)):
            sign = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            new.append(ast.BinOp(node.left, sign, node.right))
        if isinstance(node.op, ast.Mult):
            new.append(ast.BinOp(node.left, ast.Add(), node.right))
        return self._edits(node, *new)

    def visit_UnaryOp(self, node):
        return self._edits(node, node.operand)


def mutants(source):
    """Every single edit of the lines of by_hand, as source."""
    head, body = source.split("def by_hand")
    tree = ast.parse("def by_hand" + body)
    assigned = [line.targets[0].id for line in tree.body[0].body[:-1]]
    for line, statement in enumerate(tree.body[0].body[:-1]):
        known = [*TUTORIAL.parameters, "y_true", *assigned[:line]]
        for wanted in itertools.count():
            fresh = ast.parse("def by_hand" + body)
            edit = Mutants(wanted, known)
            fresh.body[0].body[line] = edit.visit(fresh.body[0].body[line])
            if edit.count <= wanted:
                break
            target = statement.targets[0].id
            yield target, head + ast.unparse(ast.fix_missing_locations(fresh))


def score(sources):
    """How many edits are caught, how many are proven to change nothing, and the others."""
    right = symbols(TUTORIAL.function())
    caught, equivalent, missed = 0, 0, []
    for target, source in sources:
        report = check(source)
        if not report:
            caught += 1
            if target.startswith("d_"):
                assert blamed(report) == [target], (source, report)
        elif symbols(source) == right:
            equivalent += 1
        else:
            missed.append(source)
    return caught, equivalent, missed


@pytest.mark.slow
def test_a_sample_of_all_single_edits_is_caught():
    caught, _, missed = score(list(mutants(TUTORIAL.function()))[::251])
    assert not missed, missed[0]
    assert caught > 4


@pytest.mark.slow
def test_each_single_edit_is_caught_or_proven_equivalent():
    caught, equivalent, missed = score(sampled(mutants(TUTORIAL.function())))
    total = caught + equivalent + len(missed)
    print(f"{caught} of {total} edits caught, {equivalent} equivalent, {len(missed)} missed")
    assert not missed, missed[0]
    assert caught > share(1000)

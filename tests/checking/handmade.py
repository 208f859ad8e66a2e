"""Derivations as a person writes them, as source: as they stand, spoilt, written differently."""

import ast
import math
import random

import numpy as np

import microgradnet as mg
from tests.sources import executed

from .marked import FOLDER
from .told import versions

STYLES = sorted((FOLDER / "styles").glob("*.py"))
FUNCTION, TRAINER = (next(versions(FOLDER / "styles" / f"{x}.py")).text for x in ("by_hand", "net"))
# Known ways to go wrong in FUNCTION: line, spoiled line, what is to blame, in words.
MISTAKES = [
    ("d_h2_d_w4 = x[1] *", "d_h2_d_w4 = x[0] *", "d_h2_d_w4", "where"),
    ("d_ypred_d_b3 = deriv_sigmoid(sum_o1)", "d_ypred_d_b3 = 0", "d_ypred_d_b3", "is 0"),
    ("d_L_d_ypred = -2 *", "d_L_d_ypred = -1 *", "d_L_d_ypred", "factor 2 is missing"),
    ("d_L_d_ypred = -2 *", "d_L_d_ypred = 2 *", "d_L_d_ypred", "sign"),
    ("b2 = deriv_sigmoid(sum_h2)", "b2 = sigmoid(sum_h2)", "d_h2_d_b2", "uses h2 itself where"),
    ("b2 = deriv_sigmoid(sum_h2)", "b2 = deriv_sigmoid(h2)", "d_h2_d_b2", "activated already"),
    ("d_ypred_d_h2 = w6 *", "d_ypred_d_h2 = h2 *", "d_ypred_d_h2", "uses h2 where w6 belongs"),
    ("h2 = w6 * deriv_sigmoid(sum_o1)", "h2 = w6", "d_ypred_d_h2", "left out"),
]


class _Varied(ast.NodeTransformer):
    """Writes what is equal: orders, groupings, look-alikes."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, node, *ways):
        """The node, or one of the ways to write it."""
        return ast.parse(self.random.choice([ast.unparse(node), *ways]), mode="eval").body

    def visit_BinOp(self, node):
        node = self.generic_visit(node)
        a, b, sign = ast.unparse(node.left), ast.unparse(node.right), type(node.op)
        ways = {
            ast.MatMult: [f"np.dot({a}, {b})", f"({a}).dot({b})"],
            ast.Div: [f"1 / ({b}) * ({a})"],
            ast.Pow: [f"({a}) * ({a})", f"np.power({a}, 2)"] if b == "2" else [],
            ast.Mult: [f"({b}) * ({a})"],
            ast.Add: [f"({b}) + ({a})"],
        }.get(sign, [])
        if sign in (ast.Mult, ast.Add) and type(getattr(node.left, "op", None)) is sign:
            between = "*" if sign is ast.Mult else "+"
            first, second = ast.unparse(node.left.left), ast.unparse(node.left.right)
            ways.append(f"({first}) {between} (({second}) {between} ({b}))")
        return self.one(node, *ways)

    def visit_Call(self, node):
        node = self.generic_visit(node)
        name, given = ast.unparse(node.func), [*map(ast.unparse, [*node.args, *node.keywords])]
        if name in ("np.sum", "np.mean"):
            return self.one(node, f"({given[0]}).{name[3:]}({', '.join(given[1:])})")
        if name == "np.dot":
            return self.one(node, "({}) @ ({})".format(*given), "({}).dot({})".format(*given))
        if name == "deriv_sigmoid" and given[0].startswith("sum_"):
            out = given[0].removeprefix("sum_")
            return self.one(node, f"{out} * (1 - {out})", f"{out} - {out} ** 2")
        return node

    def visit_AugAssign(self, node):
        node = self.generic_visit(node)
        text = ast.unparse(ast.BinOp(node.target, node.op, node.value))
        own = ast.parse(f"{ast.unparse(node.target)} = {text}").body[0]
        return self.random.choice([node, own])


def varied(source, seed):
    """A source, written differently."""
    return ast.unparse(ast.fix_missing_locations(_Varied(seed).visit(ast.parse(source))))


def made(source, name):
    """What a source defines under a name, as if it stood in a file."""
    return executed(source)[name]


def spoil(source, old, new):
    """The source with one line changed; the line is there once."""
    assert source.count(old) == 1, (old, source.count(old))
    return source.replace(old, new)


def data(n, rows=5):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, n)) * math.sqrt(n), rng.integers(0, 2, rows)


def check(source, **options):
    return mg.check(made(source, "by_hand"), **options)


def check_training(source, **options):
    return mg.check_training(made(source, "Net")(), "train", *data(2), **options)

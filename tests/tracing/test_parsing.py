"""Trees of code: what a copy has, and what it leaves behind."""

import ast

import microgradnet as mg
from microgradnet.tracing.parsing import copied, parse


def by_hand(w, x):
    L = w * x
    d_L_d_w = x
    return locals()


def test_a_copy_leaves_behind_what_others_hung_on_a_tree():
    tree = parse("a = b[0] + 1")
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node  # as the traceback of a notebook does
    try:
        made = copied(tree)
        assert ast.dump(made, include_attributes=True) == ast.dump(tree, include_attributes=True)
        assert not any(hasattr(node, "parent") for node in ast.walk(made))
        assert mg.check(by_hand)
    finally:
        for node in ast.walk(tree):
            vars(node).pop("parent", None)  # ast.Load() is one for all trees

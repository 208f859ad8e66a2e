"""The code behind `a + b` and `backward()` is what stands in the files: nothing is generated."""

import ast
import inspect
import io
import tokenize

import pytest

from microgradnet.autograd import gradient, graph, value
from microgradnet.operations import operation, ops

CORE = (operation, ops, value, graph, gradient)


@pytest.mark.parametrize("module", CORE)
def test_no_code_is_made_from_text(module):
    tree = ast.parse(inspect.getsource(module))
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) if hasattr(n.func, "id")}
    assert called.isdisjoint({"exec", "eval", "compile", "setattr"})


def lines_of_code(module):
    """The lines of a module that hold code: no docstring, no comment, no blank line."""
    source = inspect.getsource(module)
    texts = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Expr)]
    texts = [n for n in texts if isinstance(n.value, ast.Constant)]
    told = {k for n in texts for k in range(n.lineno, n.end_lineno + 1)}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0] for t in tokens if t.string.strip() and t.type != tokenize.COMMENT} - told


def test_the_core_can_be_read_in_one_sitting():
    assert sum(len(lines_of_code(module)) for module in CORE) <= 1050

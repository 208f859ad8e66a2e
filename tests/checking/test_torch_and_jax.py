"""Backward passes by hand of torch Functions and of functions with a jax.custom_vjp."""

import ast
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.checking.entry_points import check_here
from microgradnet.tape import operation
from tests.marks import few, has_jax, has_torch, sampled
from tests.places import EXAMPLES

HERE = Path(__file__).parent
SOURCES = {"torch": HERE / "of_torch.py", "jax": HERE / "of_jax.py"}
BOTH = [
    pytest.param("torch", marks=has_torch),
    pytest.param("jax", marks=[has_jax, pytest.mark.slow]),
]


def module(library, folder, old="", new=""):
    """The functions of a library with a mistake in one, and the line of the mistake."""
    text = SOURCES[library].read_text()
    assert text.count(old) == 1 or not old, (old, text.count(old))
    line = text[: text.index(old)].count("\n") + 1
    file = folder / f"own_{library}_{line}_{len(list(folder.iterdir()))}.py"
    file.write_text(text.replace(old, new) if old else text)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    found = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = found
    spec.loader.exec_module(found)
    return found, line


def report_on(m, name):
    rule = getattr(m, name)
    return mg.check_backward(rule, *m.EXAMPLES[rule])


@pytest.mark.parametrize("library", BOTH)
def test_right_ones_are_called_right(library, tmp_path):
    m, _ = module(library, tmp_path)
    for rule, example in m.EXAMPLES.items():
        report = mg.check_backward(rule, *example)
        assert report, (rule, report)


# Where: the library, the function, the text that is replaced and by what, words of the report.
WRONG_TORCH = [
    ("RMSNorm", "dnorm = dout * weight", "dnorm = dout", "weight"),
    ("RMSNorm", "x * rstd**3 * dot", "x * rstd**2 * dot", "3"),
    ("LayerNorm", "(dxhat - m1 - xhat * m2)", "(dxhat - xhat * m2)", "left out"),
    ("LayerNorm", "dy.sum(0), None", "dy.sum(1), None", "axis 0"),
    ("LayerNorm", "m1 = dxhat.mean(1, keepdim=True)", "m1 = dxhat.sum(1, keepdim=True)", "mean"),
    ("Softmax", "y * (grad_output - inner)", "y * grad_output", "inner"),
    ("Softmax", "(grad_output * y).sum(dim=ctx.dim", "(grad_output * y).sum(dim=-1", "axis"),
    ("SiLU", "s + ctx.beta * x * s", "s + x * s", "ctx.beta"),
    (
        "Linear",
        "grad_weight = grad_output.t().mm(input)",
        "grad_weight = input.t().mm(grad_output)",
        "",
    ),
    ("Embedding", "dtable.index_add_(0, index, grad)", "dtable[index] = grad", "equal indices"),
    ("CrossEntropy", "dloss * d / n", "dloss * d / logp.shape[1]", "n"),
    ("CrossEntropy", "return dloss * d / n", "return d / n", "dloss"),
    (
        "Attention",
        "dk = ds.transpose(1, 2) @ q * ctx.scale",
        "dk = ds.transpose(1, 2) @ q",
        "ctx.scale",
    ),
    ("GLU", "torch.cat([da, db]", "torch.cat([db, da]", "swapped"),
    ("GLU", "db = g * a * s * (1 - s)", "db = g * a * s", ""),
    ("Top", "dx[rows, at] += dtop * scale", "dx[rows, at] = dtop * scale", "+="),
    ("Top", "(dtop * x[rows, at]).sum()", "(dtop * dx[rows, at]).sum()", ""),
    ("Rope", "dx[..., ::2] = a * cos + b * sin", "dx[..., ::2] = a * cos - b * sin", "add"),
    ("ScaledClamp", "grad.mul_(scale)", "grad.div_(scale)", "mul_"),
]
WRONG_JAX = [
    ("softplus", "g * nn.sigmoid(x)", "g * nn.softplus(x)", "sigmoid"),
    ("rms_norm", "gx = g * weight", "gx = g", "weight"),
    ("rms_norm", "dw = jnp.sum(g * x * r, axis=0)", "dw = jnp.mean(g * x * r, axis=0)", "average"),
    ("cross_entropy", "g * d / res.p.shape[0]", "g * d / res.p.shape[1]", "shape"),
    ("embed", ".at[ids].add(g)", ".at[ids].set(g)", "equal indices"),
    ("affine", "db = g.sum(axis=0)", "db = g.mean(axis=0)", "average"),
    ("decay", "return dx * before, dx", "return dx * h, dx", "before"),
    ("decay", "return ga[1] * d, d", "return ga[0] * d, d", "ga[1]"),
    ("attend", "dk = ds.T @ q * scale", "dk = ds.T @ q", "scale"),
    ("clamp", "(x < high), g * scale", "(x < high), g", "scale"),
    ("polar", "dy = dr * y / r + dt * x / r**2", "dy = dr * y / r - dt * x / r**2", "add"),
    ("power_sum", "d += (i + 1) * x**i", "d = (i + 1) * x**i", "+="),
]
FAST = 2  # of torch; XLA and the other ones take seconds together
WRONG = [pytest.param("torch", *w, marks=has_torch) for w in WRONG_TORCH[:FAST]]
SLOW = [("torch", *w, has_torch) for w in WRONG_TORCH[FAST:]]
SLOW += [("jax", *w, has_jax) for w in WRONG_JAX]
WRONG += [pytest.param(*w, marks=[needs, pytest.mark.slow]) for *w, needs in sampled(SLOW)]


@pytest.mark.parametrize(("library", "name", "old", "new", "words"), WRONG)
def test_a_mistake_is_named_on_its_line(library, name, old, new, words, tmp_path):
    m, line = module(library, tmp_path, old, new)
    report = report_on(m, name)
    wrong = [row for row in report.rows if row.verdict == "wrong"]
    assert wrong, report
    assert {row.line for row in wrong} == {line}, report
    assert all(words in row.mistake and row.suggestion for row in wrong), report


# What the contract of torch and JAX adds.

EDGES_TORCH = '''
import numpy as np
import torch
import torch.nn.functional as F
from torch.autograd import Function


class Few(Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x * w

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[1]


class Wide(Function):
    """Torch itself sums the gradient of b to the shape of b."""

    @staticmethod
    def forward(ctx, x, b):
        return x + b

    @staticmethod
    def backward(ctx, g):
        return g, g


class Wrong(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return 3 * g * ctx.saved_tensors[0]


class Outer(Function):
    """Right, although it applies a Function whose rule is wrong."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return Wrong.apply(x) * x

    @staticmethod
    def backward(ctx, g):
        return 3 * g * ctx.saved_tensors[0] ** 2


class Automatic(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return F.silu(x)

    @staticmethod
    def backward(ctx, g):
        with torch.enable_grad():
            x = ctx.saved_tensors[0].detach().requires_grad_()
            return torch.autograd.grad(F.silu(x), x, g)[0]


class OfNumpy(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.from_numpy(np.sinc(x.numpy()))

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (torch.cos(torch.pi * x) - torch.sinc(x)) / x


class Half(Function):
    @staticmethod
    def forward(ctx, x):
        y = x.float().half().tanh()
        ctx.save_for_backward(y)
        return y.to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g.to(torch.float16) * (1 - y * y)
'''


@pytest.fixture
def edges(tmp_path):
    file = tmp_path / "edges_of_torch.py"
    file.write_text(EDGES_TORCH)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    found = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = found
    spec.loader.exec_module(found)
    return found


@has_torch
def test_a_gradient_for_each_input(edges):
    report = mg.check_backward(edges.Few, (3, 4), (3, 4))
    assert [r.mistake or r.why for r in report.rows if r.verdict == "wrong"] == [
        "1 gradients are returned for 2 inputs: torch takes one for each"
    ]


@has_torch
@pytest.mark.parametrize("name", ["Wide", "Outer", "Half"])
def test_it_is_right_as_torch_takes_it(edges, name):
    shapes = [(3, 4), (4,)] if name == "Wide" else [(3, 4)]
    assert mg.check_backward(getattr(edges, name), *shapes)


@has_torch
def test_what_autograd_computes_is_not_by_hand(edges):
    (row,) = mg.check_backward(edges.Automatic, (3, 4)).rows
    assert (row.verdict, row.why) == ("not checked", "computed automatically, not derived: grad")


@has_torch
def test_differences_are_said_until_a_derivative_is_given(edges):
    report = mg.check_backward(edges.OfNumpy, (3, 4))
    assert report
    assert "the derivative of sinc is taken by differences" in report.note
    operation("numpy.sinc", lambda g, out, x: [g * (np.cos(np.pi * x) - out) / x])
    report = mg.check_backward(edges.OfNumpy, (3, 4))
    assert report
    assert "differences" not in report.note


@has_torch
def test_the_settings_of_torch_stay(edges):
    import torch

    x = torch.ones(3, 4, requires_grad=True)
    mg.check_backward(edges.Wide, x, torch.ones(4))
    assert torch.get_default_dtype() is torch.float32
    assert torch.is_grad_enabled()
    assert x.tolist() == [[1.0] * 4] * 3


def test_an_operation_has_to_be_there():
    with pytest.raises(ImportError, match="there is no function"):
        operation("numpy.nothing", lambda g, out, x: [g])


@has_jax
@pytest.mark.slow
def test_the_forward_rule_of_jax_is_held_against_the_function(tmp_path):
    m, _ = module("jax", tmp_path, "return softplus(x), x", "return 2 * softplus(x), x")
    rows = {row.name: row for row in report_on(m, "softplus").rows}
    assert rows["forward"].verdict == "wrong"


# From the command line.


@pytest.mark.parametrize("library", BOTH)
def test_the_examples_have_the_wrong_term_that_their_heads_say(library, monkeypatch):
    name = {"torch": "rmsnorm_torch.py", "jax": "softplus_jax.py"}[library]
    file = EXAMPLES / "backward" / name
    said = check_here(file).text()
    head = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    command, *lines = [line.strip() for line in head.split("\n") if line.startswith("    ")][1:]
    assert command == f"microgradnet check examples/backward/{name}"
    assert all(line in said.replace(", or line 39:", ":") for line in lines), said


@has_torch
@pytest.mark.parametrize(
    "end",
    few(
        [
            "RMSNorm.apply(normal(3, 4), normal(4))",
            "",  # arguments are made up
            "def example():\n    return normal(3, 4), normal(4)",
            "torch.autograd.gradcheck(RMSNorm.apply, (normal(3, 4), normal(4)), atol=9, rtol=9)",
        ],
        1,
    ),
)
def test_a_function_of_a_file_is_found_and_fed(end, tmp_path):
    text = SOURCES["torch"].read_text(encoding="utf-8").partition("class LayerNorm")[0]
    file = tmp_path / "norm.py"
    file.write_text(text.replace("dnorm = dout * weight", "dnorm = dout") + end)
    rows = {row.name: row for row in check_here(file).rows}
    assert rows["dnorm"].suggestion == "dnorm = dout * weight"
    assert rows["dweight"].verdict == "right"

"""Backward passes by hand of torch Functions and of functions with a jax.custom_vjp."""

import importlib.util
import sys
from pathlib import Path

import pytest

import microgradnet as mg
from tests.marks import has_jax, has_torch

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
WRONG = [pytest.param("torch", *w, marks=has_torch) for w in WRONG_TORCH]
WRONG += [pytest.param("jax", *w, marks=[has_jax, pytest.mark.slow]) for w in WRONG_JAX]


@pytest.mark.parametrize(("library", "name", "old", "new", "words"), WRONG)
def test_a_mistake_is_named_on_its_line(library, name, old, new, words, tmp_path):
    m, line = module(library, tmp_path, old, new)
    report = report_on(m, name)
    wrong = [row for row in report.rows if row.verdict == "wrong"]
    assert wrong, report
    assert {row.line for row in wrong} == {line}, report
    assert all(words in row.mistake and row.suggestion for row in wrong), report

"""Backward passes by hand of torch Functions and of functions with a jax.custom_vjp."""

import ast
import re

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.checking.entry_points import check_here
from microgradnet.tape import operation
from tests.marks import few, has_jax, has_torch, sampled
from tests.places import EXAMPLES

from .marked import FOLDER, defined_at, loaded, versions

SOURCES = {library: FOLDER / "rules" / f"of_{library}.py" for library in ("torch", "jax")}
BOTH = [
    pytest.param("torch", marks=has_torch),
    pytest.param("jax", marks=[has_jax, pytest.mark.slow]),
]


@pytest.mark.parametrize("library", BOTH)
def test_right_ones_are_called_right(library):
    for rule, example in loaded(SOURCES[library]).EXAMPLES.items():
        report = mg.check_backward(rule, *example)
        assert report, (rule, report)


TORCH, JAX = ([(name, k) for k, _ in enumerate(versions(SOURCES[name]))] for name in SOURCES)
FAST = 2  # of torch; XLA and the other ones take seconds together
WRONG = [pytest.param(*case, marks=has_torch) for case in TORCH[:FAST]]
WRONG += [
    pytest.param(*case, marks=[has_torch if case[0] == "torch" else has_jax, pytest.mark.slow])
    for case in sampled(TORCH[FAST:] + JAX)
]


@pytest.mark.parametrize(("library", "k"), WRONG)
def test_a_mistake_is_named_on_its_line(library, k, tmp_path):
    text, line, words = [*versions(SOURCES[library])][k]
    made = loaded(tmp_path / f"own_{library}_{k}.py", text)
    rule = getattr(made, re.sub("_(fwd|bwd)$", "", defined_at(text, line)))
    report = mg.check_backward(rule, *made.EXAMPLES[rule])
    wrong = [row for row in report.rows if row.verdict == "wrong"]
    assert wrong, report
    assert {row.line for row in wrong} == {line}, report
    assert all(re.search(words, row.mistake) and row.suggestion for row in wrong), report


# What the contract of torch and JAX adds.


@pytest.fixture
def edges():
    return loaded(FOLDER / "rules" / "edges_of_torch.py")


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
    text = SOURCES["jax"].read_text(encoding="utf-8")
    text = text.replace("return softplus(x), x", "return 2 * softplus(x), x")
    made = loaded(tmp_path / "own_jax_forward.py", text)
    rows = {
        row.name: row
        for row in mg.check_backward(made.softplus, *made.EXAMPLES[made.softplus]).rows
    }
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

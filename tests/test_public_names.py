"""The public names: each says what it is, and the examples in docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import microgradnet as mg
from microgradnet.operations.operation import FUNCTIONS

EXTRAS = {
    "microgradnet.export": ("torch", "onnx"),
    "microgradnet.export.onnx": ("onnx",),
    "microgradnet.export.torch": ("torch",),
    "microgradnet.pages.live": ("anywidget",),
    "microgradnet.programs.engines.jax": ("jax",),
    "microgradnet.programs.engines.traced": ("jax",),
    "microgradnet.programs.engines.native": ("llvmlite",),
}  # what the examples of a file need
MODULES = [m.name for m in pkgutil.walk_packages(mg.__path__, "microgradnet.")]


@pytest.mark.parametrize("name", ["microgradnet", *MODULES])
def test_docstring_examples_run(name):
    if name == "microgradnet.__main__":
        return
    for extra in EXTRAS.get(name, ()):
        pytest.importorskip(extra, reason=f"needs the extra {extra}")
    module = importlib.import_module(name)
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    assert doctest.testmod(module, optionflags=flags).failed == 0


def test_dir_lists_the_public_names_and_nothing_else():
    assert dir(mg) == sorted(mg.__all__)
    assert not {"importlib", "TYPE_CHECKING", "words"} & {*dir(mg)}


@pytest.mark.parametrize("name", mg.__all__)
def test_every_public_name_has_a_docstring(name):
    assert (getattr(mg, name).__doc__ or "").strip()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_examples_of_the_tables_functions_run(name):
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    [test] = finder.find(FUNCTIONS[name], name, globs=dict(vars(mg)))
    assert test.examples
    assert runner.run(test).failed == 0

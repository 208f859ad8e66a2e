"""The manual: the README's code runs and prints what it says, docstring examples too."""

import contextlib
import doctest
import importlib
import io
import pkgutil
import re

import pytest

import microgradnet as mg
from microgradnet.operation import FUNCTIONS
from tests.places import README

EXTRAS = {
    "microgradnet.export": ("torch", "onnx"),
    "microgradnet.export.onnx": ("onnx",),
    "microgradnet.export.torch": ("torch",),
    "microgradnet.engines.jax": ("jax",),
    **dict.fromkeys(
        [
            f"microgradnet.engines.{name}"
            for name in ("llvm", "loops", "means", "native", "straight")
        ],
        ("llvmlite",),
    ),
}  # what the examples of a file need
MODULES = [m.name for m in pkgutil.walk_packages(mg.__path__, "microgradnet.")]


def test_the_readmes_code_prints_what_its_comments_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(blocks) >= 4
    code = "\n".join(blocks)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    expected = re.findall(r"^print\(.*\)  # (.*)$", code, re.M)
    assert expected
    for text in expected:
        assert text in printed.getvalue().splitlines()
    tables = re.findall(r"```text\n(.*?)```", README, re.S)
    assert tables
    for table in tables:
        assert table in re.sub(" +$", "", printed.getvalue(), flags=re.M)
    assert (tmp_path / "out" / "net.svg").read_text(encoding="utf-8").count("<svg") == 1


@pytest.mark.parametrize("name", ["microgradnet", *MODULES])
def test_docstring_examples_run(name):
    if name == "microgradnet.__main__":
        return
    for extra in EXTRAS.get(name, ()):
        pytest.importorskip(extra, reason=f"needs the extra {extra}")
    module = importlib.import_module(name)
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    assert doctest.testmod(module, optionflags=flags).failed == 0


@pytest.mark.parametrize("name", mg.__all__)
def test_every_public_name_has_a_docstring(name):
    assert (getattr(mg, name).__doc__ or "").strip()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_examples_of_the_tables_functions_run(name):
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    [test] = finder.find(FUNCTIONS[name], name, globs=dict(vars(mg)))
    assert test.examples
    assert runner.run(test).failed == 0

"""What an extra needs is said as one command, which works in a clone as it is printed."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from microgradnet.words.terminal import hint
from tests.places import EXAMPLES, README, ROOT
from tests.sources import PACKAGE

NOTEBOOK = EXAMPLES / "tutorial.ipynb"
TEXTS = [
    ROOT / "README.md",
    *sorted([*EXAMPLES.glob("*.py"), *EXAMPLES.glob("*.md"), *EXAMPLES.glob("guide/*.md")]),
]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
COMMAND = re.compile(
    r"python3 -m pip --python \.venv/bin/python install (?:-q )?-e '\.\[([\w,]+)\]'"
)
ASKED = re.compile(r"(?<!-)\bpip3? (?:--python \S+ )?install\b")


def text_of(path):
    """A file as a person reads it: the cells of a notebook, else what stands there."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


def calls_of_hint():
    """The extras that the package asks for by `hint`, with the file; None where it is no text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "hint(" in text else ():
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "hint":
                argument = node.args[0]
                yield path.name, argument.value if isinstance(argument, ast.Constant) else None


@pytest.mark.parametrize("path", [*TEXTS, NOTEBOOK], ids=lambda path: path.name)
def test_every_command_that_installs_is_of_the_one_form(path):
    text = text_of(path)
    assert len(ASKED.findall(text)) == len(COMMAND.findall(text))
    for extras in COMMAND.findall(text):
        assert set(extras.split(",")) <= set(EXTRAS)


def test_the_hints_of_the_package_are_of_that_form_and_of_extras_that_exist():
    asked = list(calls_of_hint())
    assert ("datasets.py", "data") in asked
    for _, extra in asked:
        assert extra is None or extra in EXTRAS
    if sys.platform != "win32":
        assert all(COMMAND.fullmatch(hint(extra)) for extra in EXTRAS)


def test_an_example_names_the_extras_of_what_it_imports():
    needed = {"gpt.py": "native", "moons.py": "data,plot", "davis.py": "data"}
    for name, extras in needed.items():
        assert COMMAND.findall(text_of(EXAMPLES / name)) == [extras]


def test_what_comes_with_what():
    assert "microgradnet[draw]" in EXTRAS["widget"]  # which lays it out
    assert "microgradnet[testing]" in EXTRAS["test"]  # Hypothesis, which comes with nothing else
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split("[<>=]", need)[0] for need in project["dependencies"]}
    assert names == {"numpy", "graphviz", "rich"}
    # That of the playground was tied to an alpha, for the files of Pyodide that it carries.
    assert [need for needs in EXTRAS.values() for need in needs if "==" in need.split(";")[0]] == []


def test_the_readme_names_every_extra_in_one_place_and_tells_how_to_activate():
    (paragraph,) = re.findall(r"^Extras are added.*?\n\n", README, re.M | re.S)
    assert sorted(re.findall("`(.*?)`", paragraph)) == sorted(EXTRAS)
    assert ". .venv/bin/activate" in README
    assert r".venv\Scripts\activate" in README


def test_the_times_of_the_guide_are_those_of_the_examples():
    text = text_of(EXAMPLES / "guide" / "library.md")
    table = re.findall(r"^\| (`\w+\.py`.*?) \|.*\| (\d+) s \|$", text, re.M)
    assert len(table) == 8
    for names, seconds in table:
        texts = [text_of(EXAMPLES / name) for name in re.findall(r"`(\w+\.py)`", names)]
        said = [re.search(r"It takes (\d+) s of CPU time", text)[1] for text in texts]
        assert max(map(int, said)) == int(seconds)


@pytest.mark.slow
def test_the_commands_work_as_printed_in_a_clone(tmp_path):
    """The environment that the README makes, what a hint prints, the first lines of an example."""
    clone = tmp_path / "clone"
    kept = shutil.ignore_patterns(".*", "__pycache__", "out", "tests")
    shutil.copytree(ROOT, clone, ignore=kept)
    made = "python3 -m venv --without-pip .venv"  # where python3 -m pip is, the person has it
    assert f"{made} && {hint('testing').partition(' install')[0]} install" in README
    uses = ".venv/bin/python -c 'import microgradnet as mg; mg.testing.graphs()'"
    for command in (made, hint("testing"), uses, ".venv/bin/python examples/xor.py"):
        done = subprocess.run(command, shell=True, cwd=clone, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert "0 xor 1 = 1" in done.stdout

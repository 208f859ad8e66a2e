"""What the documents promise: what they name is there, and their first lines hold."""

import json
import re

import microgradnet as mg
from tests.places import EXAMPLES, GUIDE, README, ROOT

DOCUMENTS = [ROOT / "README.md", *sorted(GUIDE.glob("*.md"))]
PROSE = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)


def test_the_readmes_first_example():
    a, b = mg.Value(2.0, "a"), mg.Value(-3.0, "b")
    ((a * b + 1) ** 2).backward()
    assert "print(a.grad, b.grad)  # 30.0 -20.0" in README
    assert (a.grad, b.grad) == (30.0, -20.0)


def test_every_file_that_the_readme_and_the_guide_link_to_is_there():
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        links = re.findall(r"\]\(([\w/.]+)\)|<img src=\"(.*?)\"", text)
        lost = [link for pair in links for link in pair if not (path.parent / link).exists()]
        assert lost == [], path.name


def test_every_page_of_the_guide_is_linked_to():
    for index in (README, (GUIDE / "README.md").read_text(encoding="utf-8")):
        linked = {link.rpartition("/")[2] for link in re.findall(r"\]\((.+?)\)", index)}
        pages = {path.name for path in GUIDE.glob("*.md") if not path.name.endswith(".zh.md")}
        assert pages - {"README.md"} <= linked


def test_every_heading_that_the_readme_links_to_is_there():
    headings = {
        heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", README, re.M)
    }
    assert [link for link in re.findall(r"\]\(#(.+?)\)", README) if link not in headings] == []


def test_every_public_name_that_the_readme_and_the_guide_use_exists():
    names = set(re.findall(r"\bmg\.(\w+)", PROSE))
    assert len(names) > 25
    assert [name for name in names if not hasattr(mg, name)] == []


def test_every_example_is_in_the_guide():
    missing = [path.name for path in EXAMPLES.glob("*.py") if f"`{path.name}`" not in PROSE]
    assert set(missing) <= {"pictures.py", "notebook.py", "site.py"}  # which make documents


def test_the_readme_sets_up_and_tests_in_two_commands():
    commands = re.findall(r"```console\n(.*?)\n```", README, re.S)
    assert len(commands) == 2
    assert commands[0].endswith("examples/gender.py")
    assert commands[1].endswith("-m pytest -q -n auto --dist loadfile")


def test_the_tutorial_is_there_in_two_languages_and_as_a_notebook():
    assert (EXAMPLES / "tutorial.md").read_text(encoding="utf-8").startswith("# ")
    assert (EXAMPLES / "tutorial.zh.md").read_text(encoding="utf-8").startswith("# ")
    cells = json.loads((EXAMPLES / "tutorial.ipynb").read_text(encoding="utf-8"))["cells"]
    assert {cell["cell_type"] for cell in cells} == {"markdown", "code"}


def test_the_notebook_is_stored_with_what_it_showed():
    cells = json.loads((EXAMPLES / "tutorial.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = [bool(cell["outputs"]) for cell in cells if cell["cell_type"] == "code"]
    assert shown == [False] + [True] * (len(shown) - 1)  # the first only imports
    (of_the_mistake,) = [
        cell["outputs"] for cell in cells if "mg.compare(" in "".join(cell["source"])
    ]
    assert "uses x1 where x2 belongs" in str(of_the_mistake)


def test_the_readme_says_the_same_in_chinese():
    assert "## 中文" in README
    assert "说出哪个因子错了、为什么错" in README

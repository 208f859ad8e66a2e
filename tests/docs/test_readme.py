"""The manual: the code of the README and of the guide runs and prints what they show."""

import os
import re

import pytest

from microgradnet.__main__ import main
from tests.docs.guide import PAGES, prepare
from tests.docs.running import run_blocks
from tests.marks import can_render, few
from tests.places import EXAMPLES, README, ROOT

has_libm = pytest.mark.skipif(os.name == "nt", reason="needs libm as a library of its own")
DRAWN = dict.fromkeys(("README.zh.md", "pictures.md", "teaching.md"), can_render)
MARKS = {**DRAWN, "unseen.md": has_libm}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_readme_is_a_screen_and_a_half():
    assert len(README.splitlines()) <= 200
    assert len(README.encode()) <= 9_000


@can_render
def test_each_block_of_the_readme_runs_by_itself_and_prints_what_it_shows(folder):
    run_blocks(ROOT / "README.md", apart=True)
    assert (folder / "out" / "net.svg").read_text(encoding="utf-8").count("<svg") == 1


@pytest.mark.parametrize(
    "page", few([pytest.param(p, id=p.name, marks=MARKS.get(p.name, ())) for p in PAGES], 2)
)
def test_the_code_of_a_page_of_the_guide_prints_what_it_shows(page, folder):
    run_blocks(page)


@pytest.mark.slow
def test_the_file_of_the_readmes_command_is_wrong_in_one_line(folder, capsys):
    assert ".venv/bin/microgradnet check examples/net.py\n" in README
    assert main(["check", "examples/net.py"]) == 1
    said = capsys.readouterr().out
    assert "\n1 wrong, 1 follows, 20 right\n" in said
    line = int(re.search(r"^d_h2_d_w4, line (\d+): ", said, re.M)[1])
    source = (EXAMPLES / "net.py").read_text(encoding="utf-8").splitlines()
    assert source[line - 1].strip().startswith("d_h2_d_w4 = x[0]")


def test_the_command_is_spelled_in_one_way():
    documents = [ROOT / "README.md", *EXAMPLES.rglob("*.md"), *EXAMPLES.rglob("*.py")]
    asked = [p.name for p in documents if "-m microgradnet" in p.read_text(encoding="utf-8")]
    assert asked == []

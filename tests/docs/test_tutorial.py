"""The tutorials: their code runs, prints what they show, and is the same in both languages."""

import contextlib
import io
import re

from tests.places import EXAMPLES

PAGES = ["tutorial.md", "tutorial.zh.md"]


def blocks(page):
    text = (EXAMPLES / page).read_text(encoding="utf-8")
    return re.findall(r"```(python|text)\n(.*?)```", text, re.S)


def test_both_languages_have_the_same_code():
    assert blocks(PAGES[0]) == blocks(PAGES[1])


def test_the_code_prints_what_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    names = {}
    printed = ""
    for kind, text in blocks(PAGES[0]):
        if kind == "python":
            assert not printed, "what this prints is not shown"
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(text, PAGES[0], "exec"), names)
            printed = out.getvalue()
        else:
            assert printed == text
            printed = ""
    assert (tmp_path / "out" / "tutorial.svg").is_file()

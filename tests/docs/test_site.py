"""The website: built from nothing, every public name on it, no link that leads nowhere."""

import os
import re
import subprocess
import sys

import pytest
from website.links import Places, broken

import microgradnet as mg
from tests.docs.running import blocks
from tests.marks import can_render
from tests.pages.axe import LEVELS, found
from tests.places import EXAMPLES, ROOT

TEXTS = ["website/start", "website/gallery", "guide/teaching"]


@pytest.mark.parametrize("name", TEXTS)
def test_both_languages_have_the_same_code_and_headings(name):
    english, chinese = (EXAMPLES / f"{name}{lang}.md" for lang in ("", ".zh"))
    assert blocks(english) == blocks(chinese)
    headings = [re.findall("(?m)^#+ ", path.read_text("utf-8")) for path in (english, chinese)]
    assert headings[0] == headings[1]


def test_a_link_that_leads_nowhere_is_named_with_its_page(tmp_path):
    (tmp_path / "a.html").write_text('<h1 id="top"></h1><a href="b.html#place">b</a>')
    (tmp_path / "b.html").write_text(
        '<a href="a.html#top">a</a><a href="https://example.org">elsewhere</a>'
        '<img src="none.svg"><a href="a.html#gone">lost</a>'
    )
    assert broken(tmp_path) == ["a.html: b.html#place", "b.html: a.html#gone", "b.html: none.svg"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as a reader builds it: its folder."""
    pytest.importorskip("pdoc", reason="needs the extra site")
    home = tmp_path_factory.mktemp("site")
    command = [sys.executable, str(EXAMPLES / "site.py")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return home / "out" / "site"


@pytest.mark.slow
@can_render
def test_its_pages_are_there_in_both_languages_and_linked(site):
    names = ["index", "tutorial", "guide", "gallery", "teaching"]
    names += ["mistakes"] * (EXAMPLES / "mistakes.md").exists()
    for name in names:
        for file, lang in ((f"{name}.html", "en"), (f"{name}.zh.html", "zh")):
            text = (site / file).read_text(encoding="utf-8")
            assert f'<html lang="{lang}">' in text
            assert {f"{other}.html" if lang == "en" else f"{other}.zh.html" for other in names} <= {
                link.partition("#")[0] for link in Places(text).links
            }
            home = "index.html" if lang == "en" else "index.zh.html"
            assert f"playground/{home}" in Places(text).links
            assert f'href="../{home}"' in (site / "playground" / home).read_text("utf-8")
    assert broken(site) == []
    start = (site / "index.html").read_text(encoding="utf-8")
    assert "uses x[0] where x[1] belongs" in start
    assert "{{" not in start
    mistakes = (site / "mistakes.zh.html").read_text(encoding="utf-8")
    assert 'href="playground/index.zh.html#sample=mistake-2"' in mistakes


@pytest.mark.slow
@can_render
def test_every_public_name_is_on_it_with_what_it_says(site):
    api = site / "api" / "microgradnet.html"
    places = Places(api.read_text(encoding="utf-8")).places
    modules = {"datasets", "testing"}
    assert set(mg.__all__) - modules <= places
    for module in modules:
        page = Places((site / "api" / "microgradnet" / f"{module}.html").read_text("utf-8"))
        assert set(getattr(mg, module).__all__) <= page.places
    text = re.sub("<[^>]*>", "", api.read_text(encoding="utf-8"))
    assert "Check a class with a training loop" in text.replace("\n", " ")


# Each kind of page in one of the two schemes: axe takes seconds for a page.
SCHEMES = {
    "light": ("index.html", "gallery.html"),
    "dark": ("teaching.zh.html", "api/microgradnet/testing.html"),
}


@pytest.mark.slow
@can_render
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_its_pages(site, scheme, browser):
    with browser.new_context(color_scheme=scheme) as context:
        tab = context.new_page()
        for file in SCHEMES[scheme]:
            tab.goto((site / file).as_uri())
            assert found(tab, LEVELS[:4]) == [], file


@pytest.mark.slow
@can_render
def test_a_name_is_found_by_the_search_from_every_kind_of_page(site, browser):
    asked = []
    with browser.new_context() as context:
        tab = context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        for start in ("index.html", "api/microgradnet/testing.html"):
            tab.goto((site / start).as_uri())
            tab.locator("#query").fill("check_training")
            tab.locator("#query").press("Enter")
            tab.wait_for_url("**/api/microgradnet.html#check_training")
        tab.goto((site / "index.zh.html").as_uri())
        tab.locator("#query").fill("出一道题")
        assert tab.locator("#found a").first.get_attribute("href") == "teaching.zh.html#出一道题"
    assert [url for url in asked if url.split(":")[0] not in ("file", "data")] == []

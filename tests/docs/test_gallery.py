"""The committed pictures, byte for byte, and the gallery."""

import base64
import importlib.metadata
import re
import zlib

import gallery
import pictures
import pytest

from microgradnet.drawing.depths import PICTURES
from microgradnet.drawing.layouts import LAYOUTS
from microgradnet.drawing.styles import LETTERS
from microgradnet.words import LANGUAGES
from tests.docs.running import printed
from tests.marks import can_render, has_pure
from tests.places import GUIDE, ROOT


def inflated(svg):
    """The picture with its images as bytes of pixels: zlib's versions deflate them differently."""

    def pixels(match):
        png = base64.b64decode(match[1])
        at = png.index(b"IDAT")
        size = int.from_bytes(png[at - 4 : at])
        return zlib.decompress(png[at + 4 : at + 4 + size]).hex()

    return re.sub(r'(?<=base64,)([^"]*)', pixels, svg)


@has_pure
@pytest.mark.parametrize("name", ["values", "formula", "neurons", "matrices", "chain"])
def test_golden_svg(name, monkeypatch):
    if importlib.metadata.version("graphviz-pure") != "0.2.2":
        pytest.skip("the committed pictures are laid out by graphviz-pure 0.2.2")
    monkeypatch.setitem(LAYOUTS, "dot", lambda: None)  # deleted, it would come back as the last
    committed = (pictures.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert inflated(pictures.svg(pictures.pictures()[name])) == inflated(committed)
    assert len(committed) < 70_000


COLUMN = 830  # pixels, how wide a README is shown


def test_the_pictures_of_readme_and_guide_have_letters_that_can_be_read():
    """9 pixels or more, at the width each is shown; that of every value was shown at 480."""
    shown = {}
    for page in (ROOT / "README.md", GUIDE / "pictures.md"):
        text, here = page.read_text(encoding="utf-8"), page.parent
        shown |= {here / file: COLUMN for file in re.findall(r"!\[.*?\]\((.*?\.svg)\)", text)}
        found = re.findall(r'<img src="(.*?)" width="(\d+)"', text)
        shown |= {here / file: int(width) for file, width in found}
    assert len({file.resolve() for file in shown}) == 5
    for file, width in shown.items():
        svg = file.read_text(encoding="utf-8")
        natural = float(re.search(r'width="([\d.]+)pt"', svg)[1])
        assert float(LETTERS) * min(width, COLUMN) / natural >= 9.0, file


@can_render
@pytest.mark.slow
def test_the_gallery_has_every_kind_of_picture_and_page(tmp_path):
    text = printed("gallery.py", tmp_path, "matplotlib")
    rows = re.findall(r"│ (\S.*?) +│ +[\d,]+ │ (\w+) +│ +([\d.]+) │ +([\d.]+) │", text)
    made = {path.name for path in (tmp_path / "out" / "gallery").iterdir()}
    assert {depth for _, depth, *_ in rows} == {*PICTURES, "formula"}
    assert len(rows) == len(gallery.drawings()) == sum(name.endswith(".svg") for name in made)
    assert {name for name, *_, letters in rows if float(letters) < 9} == {"2-2-1 across"}
    pages = {
        f"{name.replace(' ', '_')}.{lang}.html" for name in gallery.pages() for lang in LANGUAGES
    }
    assert made >= pages | {"playground", "training.png", "index.html", "2-2-1_dark.png"}
    assert len(rows) + len(pages) >= 30

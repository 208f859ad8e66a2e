"""Each text stays in its box, whatever font draws it: measured in the widest of them."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnet.drawing.widths import anchored, roomy, text_width
from tests.drawing.kinds import KINDS, svg_of_kind
from tests.drawing.shown import lettering
from tests.marks import can_render, few

ASCII = "".join(map(chr, range(ord(" "), ord("~") + 1)))
PADDING = 2.3  # points of a cell, of 4, that a text may take
ALIGNS = ("left", "centre", "right")


@pytest.fixture(scope="module")
def width():
    """A function: the width of a text in DejaVu Sans, which comes with matplotlib."""
    matplotlib = pytest.importorskip("matplotlib", reason="needs the extra plot")
    from matplotlib.ft2font import FT2Font

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    fonts = [FT2Font(str(folder / f"DejaVuSans{end}.ttf")) for end in ("", "-Bold")]
    for font in fonts:
        font.set_size(10, 72)

    def measured(text, size, bold):
        chinese = sum("\u2e80" <= c < "\U00010000" for c in text)  # as wide as high in any font
        others = (ord(c) for c in text if c < "\u2e80")
        advances = (fonts[bold].load_char(n).linearHoriAdvance / 65536 for n in others)
        return sum(advances) * size / 10 + chinese * size

    return measured


@pytest.mark.parametrize("bold", [False, True])
def test_no_letter_is_wider_than_said(width, bold):
    for c in ASCII + "σΣαβδθλμ∂∇−×·²³⁻¹ˣ…≤≥√→éüñ":
        assert text_width(c, 10, bold) >= width(c, 10, bold) - 1e-6, c


@can_render
@pytest.mark.parametrize("kind", few(KINDS, 6))
def test_each_text_of_a_picture_is_in_its_cell(width, kind):
    found = list(lettering(svg_of_kind(kind)))
    assert len(found) > 5
    ends = {}
    for text in found:
        left = text.x - text.share * (wide := width(text.text, text.size, text.bold))
        assert text.cell[0] < left, text
        assert left + wide < text.cell[2], text
        for other, (start, end) in ends.get((text.y, text.cell), {}).items():
            assert left + wide <= start or end <= left, (text.text, other)
        ends.setdefault((text.y, text.cell), {})[text.text] = (left, left + wide)


def placed(text, bold=False, size=10):
    """The x and the anchor of a text that a layout program put at 0."""
    shown = text.replace("&", "&amp;").replace("<", "&lt;")
    weight = ' font-weight="bold"' if bold else ""
    svg = f'<text text-anchor="start" x="0"{weight} font-size="{size}.00">{shown}</text>'
    anchor, x = re.search(r'anchor="(\w+)" x="([-\d.]+)"', anchored(svg, False)).groups()
    return float(x), {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]


@given(st.text(ASCII).map(str.strip).filter(bool), st.sampled_from(ALIGNS), st.booleans())
def test_the_widest_font_keeps_to_the_room_that_a_layout_program_measures(text, align, bold):
    roomed = roomy(text, align, bold)
    measured, _ = placed(f"{roomed.strip():>{len(roomed)}}", bold)
    x, share = placed(roomed, bold)
    wide = text_width(text, 10, bold)
    assert share == ALIGNS.index(align) / 2
    assert x - share * wide >= -PADDING
    assert x + (1 - share) * wide <= measured + PADDING


def test_a_text_without_room_stays_where_it_is():
    svg = '<text text-anchor="start" x="8" font-size="10.00">a &lt; b</text>'
    assert anchored(svg, estimated=True) == svg

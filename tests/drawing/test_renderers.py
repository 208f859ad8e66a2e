"""Each text stays in its box where rsvg-convert, cairosvg and Chromium draw it, in a wide font."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from tests.conftest import CHROMIUM
from tests.drawing.kinds import KINDS, svg_of_kind
from tests.drawing.shown import lettering
from tests.marks import can_render

ZOOM = 1
PIXELS = ZOOM * 96 / 72  # of a point
RENDERERS = {
    "rsvg-convert": ["rsvg-convert", "-z", f"{ZOOM}", "in.svg", "-o", "out.png"],
    "cairosvg": [sys.executable, "-m", "cairosvg", "in.svg", "-s", f"{ZOOM}", "-o", "out.png"],
    "chromium": [
        *(str(CHROMIUM), "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"),
        *(f"--force-device-scale-factor={ZOOM}", "--screenshot=out.png"),
    ],
}
FOUND = {
    "rsvg-convert": shutil.which("rsvg-convert"),
    "cairosvg": find_spec("cairosvg"),
    "chromium": CHROMIUM,
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Draws an svg by one of the programs, with no font but DejaVu Sans: the ink, from 0 to 255."""
    matplotlib = pytest.importorskip("matplotlib", reason="needs the extra plot")
    from PIL import Image

    folder = tmp_path_factory.mktemp("drawn")
    for end in ("", "-Bold"):
        shutil.copy(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans{end}.ttf", folder)
    (folder / "fonts.conf").write_text(
        f"<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>"
    )
    env = os.environ | {"FONTCONFIG_FILE": str(folder / "fonts.conf")}

    def ink(program, svg):
        if not FOUND[program]:
            pytest.skip(f"needs {program}")
        (folder / "in.svg").write_text(svg, encoding="utf-8")
        command = RENDERERS[program]
        if program == "chromium":
            size = [float(x) * 96 / 72 for x in re.findall(r'(?:width|height)="([\d.]+)pt"', svg)]
            path = (folder / "in.svg").as_uri()
            command = [*command, f"--window-size={size[0]:.0f},{size[1]:.0f}", path]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True)
        assert done.returncode == 0, done.stderr
        with Image.open(folder / "out.png") as picture:
            paper = Image.new("RGBA", picture.size, "white")
            paper.alpha_composite(picture.convert("RGBA"))
        return 255 - np.asarray(paper.convert("L"))

    return ink


@pytest.fixture(scope="module")
def pictures():
    """The pictures, and their texts."""
    found = {kind: svg_of_kind(kind) for kind in KINDS}
    found["too long"] = found["values"].replace(">h1<", ">a name too long for a box<")
    return {kind: (svg, [*lettering(svg)]) for kind, svg in found.items()}


def sheet(pictures):
    """The texts of pictures, in black, one below the other; and the top of each, in points."""
    tops, groups, wide, high = [], [], 0.0, 0.0
    for svg, _ in pictures:
        across, down = (float(x) for x in re.findall(r'(?:width|height)="([\d.]+)pt"', svg))
        texts = "".join(re.findall("<text.*</text>", svg))
        dx, dy = moved(svg)
        groups.append(f'<g transform="translate({dx} {dy + high})">{texts}</g>')
        tops.append(high)
        wide, high = max(wide, across), high + down
    black = re.sub(r'(<text[^>]*) fill="[^"]*"', r"\1", "".join(groups))
    size = f'width="{wide}pt" height="{high}pt" viewBox="0 0 {wide} {high}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{black}</svg>', tops


def moved(svg):
    """How far the graph of a picture is moved."""
    return map(float, re.search(r"translate\(([-\d.]+) ([-\d.]+)\)", svg).groups())


def crossing(svg, texts, top, ink):
    """The texts of a picture with ink on a side of their cells, and those that have none within."""
    dx, dy = moved(svg)
    for text in texts:
        left, right = ((x + dx) * PIXELS for x in text.cell[::2])
        base = (text.y + dy + top) * PIXELS
        line = slice(int(base - text.size * PIXELS * 0.7), int(base))
        sides = ink[line, [int(left), min(int(right), ink.shape[1] - 1)]]
        if sides.max() > 0 or ink[line, int(left) + 1 : int(right)].max() < 128:
            yield text.text


@pytest.mark.slow
@can_render
@pytest.mark.parametrize("program", RENDERERS)
def test_no_text_leaves_its_cell(drawn, pictures, program):
    texts, tops = sheet(pictures.values())
    ink = drawn(program, texts)
    placed = zip(pictures.items(), tops)
    found = {kind: [*crossing(*picture, top, ink)] for (kind, picture), top in placed}
    assert "a name too long for a box" in found.pop("too long")
    assert found == {kind: [] for kind in KINDS}


@pytest.mark.slow
@can_render
@pytest.mark.parametrize("program", RENDERERS)
def test_the_cells_of_a_heat_map_are_sharp(drawn, pictures, program):
    """No program mixes the colours of two cells; cairosvg did, which knows no "pixelated"."""
    svg, _ = pictures["matrices"]
    image = re.search(r"<image [^>]*>", svg)[0]
    sides = ("x", "y", "width", "height")
    place = " ".join(re.search(rf'{side}="([^"]*)"', image)[1] for side in sides)
    head = re.match(r"<svg.*?>", svg[svg.index("<svg") :], re.S)[0]
    head = re.sub('viewBox="[^"]*"', f'viewBox="{place}"', head)
    ink = drawn(program, f"{head}{''.join(re.findall('<style>.*?</style>', svg))}{image}</svg>")
    assert len(np.unique(ink)) <= 16 * 7 + 1

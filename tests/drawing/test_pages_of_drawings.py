"""A drawing saved as .html is a page to step through, whichever way `draw` was imported."""

import subprocess
import sys

import pytest

from tests.marks import few

IMPORTS = {
    "drawing": "from microgradnet.drawing import draw; from microgradnet import Value",
    "mg": "from microgradnet import Value, draw",
}


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("way", few(IMPORTS, 1))
def test_html_is_the_page(way, tmp_path):
    path = tmp_path / "x.html"
    run(f"{IMPORTS[way]}\ndraw(Value(2.0, 'x').exp()).save({str(path)!r})")
    assert 'id="step"' in path.read_text(encoding="utf-8")

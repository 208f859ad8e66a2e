"""The roles of values on the page: each has its colour, row and legend, those of the picture."""

import re
from pathlib import Path

import pytest

import microgradnet as mg
from microgradnet import Value
from microgradnet.drawing.styles import DARK, LIGHT, ROLES
from tests.pages.reading import data_of

STATIC = Path(mg.__file__).parent / "pages" / "static"
COLOUR = re.compile(r"#[0-9a-f]{6}\b")


def loss_of(frozen=0):
    """The loss of a 2-2-1 net, so many of its layers frozen."""
    net = mg.MLP(2, [2, 1], seed=0)
    for layer in net.layers[:frozen]:
        layer.freeze()
    return mg.mse(net([Value(-2.0, "x1"), Value(-1.0, "x2")]), Value(1.0, "y_true"))


def variables(css):
    return dict(re.findall(r"--([\w-]+): ([^;]+);", css))


def light_and_dark(page):
    """The CSS variables of the page, light and dark."""
    css = page.html.split("<style>")[1].split("</style>")[0]
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    return variables(light), variables(dark.split("\n}\n")[0])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_role_has_a_colour_a_row_and_a_place_in_the_legend(lang):
    page = mg.page(loss_of(frozen=1), lang=lang)
    data = data_of(page)
    shown = {node["role"] for node in data["nodes"]}
    assert shown == {"parameter", "frozen", "input", "target", "inner", "root"}
    light, dark = light_and_dark(page)
    for role in shown:
        for found, theme in ((light, LIGHT), (dark, DARK)):
            assert (found[role], found[f"{role}-head"]) == theme.roles[role]
        assert f".{role} {{ --role: var(--{role}); --head: var(--{role}-head); }}" in page.html
    leaves = {data["nodes"][leaf["node"]]["role"] for leaf in data["leaves"]}
    assert leaves <= set(data["roles"])
    for role in shown - {"inner"}:
        assert f'<span class="node {role}"><i></i>{data["words"][role]}</span>' in page.html


def test_the_page_has_the_colours_of_the_picture():
    light, dark = light_and_dark(mg.page(loss_of()))
    assert list(LIGHT.roles) == list(DARK.roles) == list(ROLES)
    for found, theme in ((light, LIGHT), (dark, DARK)):
        assert (found["paper"], found["card"], found["ink"]) == (theme.paper, theme.box, theme.ink)
        assert (found["plus-fill-pale"], found["plus-fill"]) == theme.tints[1]
        assert (found["minus-line-pale"], found["minus-line"]) == theme.lines[-1]
        assert found["broken"] == theme.not_finite
    assert not [name for name, colour in light.items() if dark.get(name, "") == colour]


def test_a_colour_stands_once():
    """A colour of styles.py stands in no other file of drawing and pages."""
    drawing = Path(mg.__file__).parent / "drawing"
    text = (drawing / "styles.py").read_text(encoding="utf-8")
    ours = set(COLOUR.findall(text))
    others = [*drawing.glob("*.py"), *STATIC.parent.glob("*.py"), *STATIC.iterdir()]
    for path in others:
        if path.name != "styles.py":
            used = set(COLOUR.findall(path.read_text(encoding="utf-8"))) - {"#ffffff"}
            assert not used & ours, path.name
            assert path.suffix != ".py" or not used, path.name


@pytest.mark.parametrize(("frozen", "trained"), [(0, 9), (1, 3), (2, 0)])
def test_what_is_frozen_is_not_trained(frozen, trained):
    leaves = data_of(mg.page(loss_of(frozen)))["leaves"]
    assert sum(leaf["trained"] for leaf in leaves) == trained

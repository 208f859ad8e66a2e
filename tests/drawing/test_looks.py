"""Looks: themes, colours told apart by everyone, letters that stand out."""

import itertools

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.drawing.depths import draw
from microgradnet.drawing.styles import THEMES
from tests.strategies import net_loss, pictured


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("how", [{}, {"depth": "layers"}, {"show": "formula"}])
def test_a_theme_colours_all(theme, how):
    source = draw(net_loss(2, [2, 1]), theme=theme, **how).dot.source
    other = next(THEMES[name] for name in THEMES if name != theme)
    assert f'bgcolor="{THEMES[theme].paper}"' in source
    for colour in (other.box, other.ink, other.port):
        assert colour not in source.replace(THEMES[theme].badge, "")


# What readers see who lack one kind of cone: Machado, Oliveira, Fernandes (2009), severity 1.
BLINDNESS = {
    "none": "1 0 0  0 1 0  0 0 1",
    "protan": "0.15229 1.05258 -0.20487  0.1145 0.78628 0.09922  -0.00388 -0.04812 1.052",
    "deutan": "0.367322 0.860646 -0.227968  0.280085 0.672501 0.047413  -0.01182 0.04294 0.968881",
    "tritan": "1.255528 -0.076749 -0.178779  -0.078411 0.930809 0.147602  0.004733 0.691367 0.3039",
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    c = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(colour, blindness):
    """CIE L*a*b* of a colour as it is seen."""
    cones = np.array(BLINDNESS[blindness].split(), float).reshape(3, 3)
    seen = np.clip(cones @ linear(colour), 0, 1)
    t = XYZ @ seen / [0.9505, 1, 1.089]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(a, b, blindness):
    return np.linalg.norm(lab(a, blindness) - lab(b, blindness))


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_colours_are_told_apart_without_red_green_or_blue(theme, blindness):
    for scale in (theme.tints, theme.lines):
        assert apart(scale[1][1], scale[-1][1], blindness) > 60
    for a, b in itertools.combinations(theme.roles.values(), 2):
        assert apart(a[0], b[0], blindness) > 12
        assert apart(a[1], b[1], blindness) > 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_letters_stand_out(theme):
    def contrast(a, b):  # WCAG 2
        light, dark = sorted((XYZ[1] @ linear(c) for c in (a, b)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    behind = [theme.box, theme.paper, theme.port, theme.frame[0]]
    behind += [head for _, head in theme.roles.values()]
    behind += [c for pair in theme.tints.values() for c in pair]
    assert min(contrast(theme.ink, colour) for colour in behind) > 4.5
    assert min(contrast(theme.soft, colour) for colour in (theme.box, theme.paper)) > 4.5
    assert min(contrast(theme.badge, border) for border, _ in theme.roles.values()) > 2.4


COLOURS = THEMES["light"].roles


def test_they_are_drawn_in_a_colour_of_their_own():
    net = mg.MLP(2, [2, 1])
    before = mg.draw(mg.mse(net([1.0, 2.0]), 1.0)).dot.source
    net.layers[0].freeze()
    after = mg.draw(mg.mse(net([1.0, 2.0]), 1.0)).dot.source
    of_frozen, of_trained = COLOURS["frozen"][0], COLOURS["parameter"][0]
    assert "blue: frozen parameter" in after
    assert before.count(of_frozen) == 0
    assert after.count(of_frozen) == 6
    assert after.count(of_trained) == before.count(of_trained) - 6
    after, before = (text.partition("node [")[2] for text in (after, before))  # but the legend
    heads = (COLOURS[role][1] for role in ("frozen", "parameter"))
    assert after.replace(of_frozen, of_trained).replace(*heads) == before


@pytest.mark.parametrize(
    "how", [{}, {"depth": "neurons"}, {"depth": "layers"}, {"show": "formula"}]
)
def test_the_legend_says_what_each_colour_is_that_is_drawn(how):
    _, loss = pictured()
    boxed = "depth" in how
    legend = draw(loss, **how).dot.source.partition("node [")[0]
    for words in ("green: input", "grey: target", "red: L", *["amber: parameter"] * (not boxed)):
        assert words in legend
    assert ("|∂w| ≤: the largest gradient of its parameters" in legend) == boxed
    assert "frozen" not in legend
    alone = draw(mg.Value(2.0, "x") ** 2).dot.source.partition("node [")[0]
    assert "grey: target" not in alone
    assert "|∂w|" not in alone

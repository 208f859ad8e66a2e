"""What a reader sees of a picture: its texts, and where they are."""

import re
from xml.etree import ElementTree

from microgradnet.drawing.rendering import render


def svg_of(picture):
    return render(picture.dot.source, "svg").decode()


def texts(svg):
    elements = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return [e.text.strip("\xa0 ") for e in elements if e.text]


def positions(svg, titles):
    """The place across of each frame or box, by its title."""
    found = {}
    for x, text in re.findall(r'<text [^>]*x="([-\d.]+)"[^>]*>(?:<[^>]*>)*([^<]+)<', svg):
        found.setdefault(text.strip("\xa0 "), float(x))
    return [found[title] for title in titles]

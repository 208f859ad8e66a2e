"""What a reader sees of a picture: its texts, and where they are."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np


def svg_of(picture):
    return picture.rendered("svg").decode()


def texts(svg):
    elements = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return [e.text.strip("\xa0 ") for e in elements if e.text]


def points(text):
    """The points of a polygon or a path."""
    numbers = [float(x) for x in re.findall(r"-?[\d.]+", text)]
    return list(zip(numbers[::2], numbers[1::2]))


def boxes(svg):
    """What is seen of each node: (left, top, right, bottom) by its name."""
    found = {}
    for name, body in re.findall(r'class="node">\s*<title>(.*?)</title>(.*?)</g>', svg, re.S):
        corners = [p for text in re.findall(r'points="([^"]*)"', body) for p in points(text)]
        xs, ys = zip(*corners)
        found[name] = min(xs), min(ys), max(xs), max(ys)
    return found


EDGE = re.compile(r'class="edge">\s*<title>(.*?)</title>.*?<path[^>]* d="(.*?)"', re.S)


def along(path, steps=60):
    """Points of an arrow along its curves."""
    start, *rest = points(path)
    t = np.linspace(0, 1, steps)[:, None]
    for a, b, end in zip(rest[::3], rest[1::3], rest[2::3]):
        p, a, b, q = map(np.array, (start, a, b, end))
        yield from p * (1 - t) ** 3 + 3 * a * t * (1 - t) ** 2 + 3 * b * t**2 * (1 - t) + q * t**3
        start = end


def crossings(svg):
    """The arrows that go over a box that is not one of their ends, and the boxes."""
    found, placed = [], boxes(svg)
    for ends, path in EDGE.findall(svg):
        way = np.array([*along(path)])
        for name in placed.keys() - re.findall(r"\w+", ends):
            inside = (way > placed[name][:2]) & (way < placed[name][2:])
            if inside.all(axis=1).any():
                found.append((ends, name))
    return sorted(found)


SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Text:
    """A text of a picture: where it is anchored, and the sides of its cell."""

    text: str
    x: float
    y: float
    share: float  # of its width that is left of x
    size: float
    bold: bool
    cell: tuple[float, float, float, float]  # left, top, right, bottom


def lettering(svg):
    """The texts of a picture, each with the smallest shape that it is in."""
    root = ElementTree.fromstring(svg)
    shapes = []
    edges = {e for g in root.iter(f"{SVG}g") if g.get("class") == "edge" for e in g}
    for shape in set(root.iter()) - edges:
        corners = points(shape.get("points") or shape.get("d") or "")
        if shape.tag in (f"{SVG}polygon", f"{SVG}path") and corners:
            xs, ys = zip(*corners)
            shapes.append((min(xs), min(ys), max(xs), max(ys)))
    shapes.sort(key=lambda s: (s[2] - s[0]) * (s[3] - s[1]))
    for e in root.iter(f"{SVG}text"):
        x, y = float(e.get("x")), float(e.get("y"))
        cell = next(s for s in shapes if s[0] <= x <= s[2] and s[1] <= y <= s[3])
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[e.get("text-anchor")]
        bold = e.get("font-weight") == "bold"
        yield Text(e.text, x, y, share, float(e.get("font-size")), bold, cell)

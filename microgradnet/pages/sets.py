"""Graphs to practise on, from easy to hard; `microgradnet practice` writes their pages."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from microgradnet.autograd.value import Value
from microgradnet.nn.layers import MLP
from microgradnet.nn.losses import mse
from microgradnet.pages import Page, page
from microgradnet.words import LANGUAGES, listed, page_words, say

if TYPE_CHECKING:
    from microgradnet.grading.commands import Commands

__all__ = ["SETS", "add_practice", "practice_page"]


def _leaves(**numbers: float) -> list[Value]:
    return [Value(x, name) for name, x in numbers.items()]


def _named(node: Value, name: str) -> Value:
    node.label = name
    return node


def product() -> Value:
    """Return L = a × b × c.

    >>> product().data
    -24.0
    """
    a, b, c = _leaves(a=2.0, b=-3.0, c=4.0)
    return _named(a * b, "p") * c


def chain() -> Value:
    """Return L = (w × x + b)², one function after the other.

    >>> chain().data
    9.0
    """
    w, x, b = _leaves(w=2.0, x=-3.0, b=3.0)
    return _named(_named(w * x, "u") + b, "v") ** 2


def shared() -> Value:
    """Return L = (x × y) × (x + y): each input goes two ways.

    >>> shared().data
    30.0
    """
    x, y = _leaves(x=2.0, y=3.0)
    return _named(x * y, "u") * _named(x + y, "v")


def neuron() -> Value:
    """Return the squared error of a sigmoid neuron of one input.

    >>> round(neuron().data, 4)
    0.1425
    """
    w, x, b, y = _leaves(w=0.5, x=2.0, b=-0.5, y=1.0)
    z = _named(_named(w * x, "u") + b, "z")
    return (_named(z.sigmoid(), "h") - y) ** 2


def net() -> Value:
    """Return the squared error of the tutorial's 2-2-1 net.

    >>> round(net().data, 4)
    0.3262
    """
    made = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", seed=0)
    numbers = [0.5, -0.8, 0.2, -0.3, 0.9, 0.1, 0.7, -1.2, -0.4]
    for parameter, number in zip(made.parameters(), numbers):
        parameter.data = number
    *x, y = _leaves(x1=1.0, x2=-0.5, y_true=1.0)
    return mse(made(x), y)


SETS: dict[str, Callable[[], Value]] = {
    "product": product,
    "chain": chain,
    "shared": shared,
    "sigmoid": neuron,
    "net": net,
}


def practice_page(name: str, lang: str = "en") -> Page:
    """Return the page to practise on one of the ready sets.

    name: one of SETS; lang: "en" or "zh". Raises ValueError for another name or language.

    >>> "</html>" in practice_page("product").html
    True
    """
    if name not in SETS:
        raise ValueError(
            say("a set is one of {names}, not {name!r}", names=listed(SETS), name=name)
        )
    if lang not in LANGUAGES:
        raise ValueError(f"lang is one of {', '.join(LANGUAGES)}, not {lang!r}")
    words = page_words(lang)
    return page(SETS[name](), lang=lang, practice=f"{words['practising']}{words[f'set_{name}']}")


def add_practice(commands: Commands) -> None:
    """Add the command to those of a parser; `options.do` is then what it does.

    >>> parser = argparse.ArgumentParser()
    >>> add_practice(parser.add_subparsers())
    >>> parser.parse_args(["practice", "chain"]).sets
    ['chain']
    """
    says = "Write pages that ask for each number before it is shown"
    command = commands.add_parser("practice", help=says, description=f"{says}, from easy to hard.")
    command.add_argument("sets", nargs="*", metavar="SET", help=f"of {', '.join(SETS)} (all)")
    command.add_argument("-o", dest="output", type=Path, default=Path("out"), metavar="DIR")
    command.add_argument("--lang", default="en", choices=LANGUAGES)
    command.set_defaults(do=_practice)


def _practice(options: argparse.Namespace) -> str:
    pages = {name: practice_page(name, options.lang) for name in options.sets or SETS}
    paths = [made.save(options.output / f"practice-{name}.html") for name, made in pages.items()]
    return "\n".join(f"wrote {path}" for path in paths)

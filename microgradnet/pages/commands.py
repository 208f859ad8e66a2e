"""`microgradnet draw|page|explain|derive FILE:NAME`: what a name of a file computes, shown."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.labels import label_of
from microgradnet.autograd.value import Value
from microgradnet.derivations.deriving import FORMS, derive
from microgradnet.derivations.explaining import explain
from microgradnet.drawing.depths import PICTURES, draw
from microgradnet.pages import page
from microgradnet.pages.code_graphs import CodeGraph
from microgradnet.words import LANGUAGES, in_language, language, listed, say

if TYPE_CHECKING:
    from microgradnet.grading.commands import Commands, Options

__all__ = ["add_commands", "shown"]

FOUND = """\
NAME is a function (run on Values as it stands; it returns its loss, or locals()), a class with a
forward pass, a net, or a Value. Numbers are those of the file: an argument of that name, a first
row X and its target y; what nobody gives is chosen, and said. The file is run, not changed.
"""
AT = "numbers for arguments: w1=0.5 x=1,2"


def add_commands(commands: Commands) -> None:
    """Add the commands to those of a parser; `options.show` is then one of SHOW's functions.

    >>> parser = argparse.ArgumentParser()
    >>> add_commands(parser.add_subparsers())
    >>> parser.parse_args(["draw", "net.py:loss"]).where
    'net.py:loss'
    """
    form = argparse.RawDescriptionHelpFormatter
    for name, (show, says, options) in SHOW.items():
        manual = f"{says}.\n\n{FOUND}"
        command = commands.add_parser(name, help=says, description=manual, formatter_class=form)
        command.add_argument("where", metavar="FILE:NAME", help="a Python file, and a name in it")
        command.add_argument("--at", nargs="+", default=[], metavar="NAME=NUMBERS", help=AT)
        for flag, settings in options.items():
            command.add_argument(flag, **settings)
        command.set_defaults(show=show)


def shown(options: argparse.Namespace, found: object, names: Mapping[str, object]) -> str:
    """Do what a command says with what was found under a name; return what is to be printed.

    options: as parsed; names: those of the file. Raises ValueError for options that do not fit,
    TypeError for what has no graph.
    """
    graph = CodeGraph(found, names, dict(_number(text) for text in options.at))
    show: Callable[[Value, argparse.Namespace], str] = options.show
    text = show(graph.loss, options)
    chosen = listed(f"{name} = {x}" for name, x in graph.chosen.items())
    words = "# chosen, since the file has no such numbers (give them with --at): {numbers}"
    note = in_language(say(words, numbers=chosen), language())
    return (f"{note}\n" if chosen else "") + text.rstrip("\n")


def _number(text: str) -> tuple[str, object]:
    name, _, numbers = text.partition("=")
    try:
        found = [float(x) for x in numbers.split(",")]
    except ValueError:
        words = "--at takes names and numbers, as w1=0.5 x=1,2, not {text!r}"
        raise ValueError(say(words, text=text)) from None
    return name, np.array(found) if found[1:] else found[0]


def _draw(loss: Value, options: argparse.Namespace) -> str:
    picture = draw(
        loss, depth=options.depth, only=options.only, show=options.show_as, theme=options.theme
    )
    return f"wrote {picture.save(_target(options, '.svg'))}"


def _page(loss: Value, options: argparse.Namespace) -> str:
    return f"wrote {page(loss, lang=options.lang).save(_target(options, '.html'))}"


def _explain(loss: Value, options: argparse.Namespace) -> str:
    found = [explain(loss, x) for x in _parameters(loss, options.by)]
    return "\n\n".join(x.latex() if options.latex else str(x) for x in found)


def _derive(loss: Value, options: argparse.Namespace) -> str:
    return derive(loss, _parameters(loss, options.by), options.form)


def _target(options: argparse.Namespace, suffix: str) -> Path:
    """Where a picture or page goes: beside nothing of the person's, unless told."""
    name = options.where.rpartition(":")[2]
    return options.output or Path("out", name + suffix)


def _parameters(loss: Value, wanted: list[str]) -> list[Value]:
    """The leaves of those names; without names the parameters, or all where there are none."""
    leaves = sorted(reachable(loss)[0], key=lambda x: x.order)
    named = {str(x.label): x for x in leaves if x.label}
    missing = [name for name in wanted if name not in named]
    if missing:
        words = "no {name} in the graph; it has {has}"
        raise ValueError(say(words, name=missing[0], has=listed(named) or say("no names")))
    chosen = [x for x in named.values() if label_of(x, "role") == "parameter"]
    return [named[name] for name in wanted] or chosen or list(named.values())


OUTPUT = {"-o": {"dest": "output", "type": Path, "metavar": "PATH", "help": "default out/NAME.*"}}
FORM = "lesson: to read; numbers: to the last bit; matrix: for a batch"
EXACT: dict[str, object] = {"dest": "form", "action": "store_const", "const": "numbers"}
EXACT |= {"help": "as --form numbers"}
BY = {"--by": {"nargs": "+", "default": [], "metavar": "w1", "help": "by which parameters (all)"}}
SHOW: dict[str, tuple[Callable[[Value, argparse.Namespace], str], str, Options]] = {
    "draw": (
        _draw,
        "Draw the graph: numbers, gradients, local derivatives",
        {
            **OUTPUT,
            "--depth": {"default": "auto", "choices": ["auto", "operations", *PICTURES]},
            "--show": {"dest": "show_as", "default": "numbers", "choices": ["numbers", "formula"]},
            "--only": {"metavar": "w1", "help": "the paths of one parameter"},
            "--theme": {"default": "light", "choices": ["light", "dark"]},
        },
    ),
    "page": (
        _page,
        "Write the page that steps through backpropagation",
        {**OUTPUT, "--lang": {"default": "en", "choices": LANGUAGES}},
    ),
    "explain": (
        _explain,
        "Print each parameter's chain rule, in symbols and numbers",
        {**BY, "--latex": {"action": "store_true", "help": "as LaTeX"}},
    ),
    "derive": (
        _derive,
        "Print the derivation that a person would write, as Python",
        {**BY, "--form": {"default": "lesson", "choices": FORMS, "help": FORM}, "--exact": EXACT},
    ),
}

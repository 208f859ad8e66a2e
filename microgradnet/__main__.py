"""The command line: check, draw and explain a derivation in a user's file."""

from __future__ import annotations

import argparse
import functools
import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from microgradnet import __version__
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.labels import TRAINED
from microgradnet.autograd.value import Value
from microgradnet.checking.of_files import LEFT
from microgradnet.derivations.deriving import FORMS, derive
from microgradnet.derivations.explaining import explain
from microgradnet.drawing.depths import PICTURES, draw
from microgradnet.drawing.roles import roles_among
from microgradnet.grading.commands import MANUAL, Commands, add_check, file_and_name
from microgradnet.pages.code_graphs import CodeGraph
from microgradnet.pages.page import page, practice_page
from microgradnet.pages.playground.site_files import PYODIDE, VIZ, write_playground
from microgradnet.pages.practice import SETS
from microgradnet.tape.feeding.running import run_file
from microgradnet.words import (
    LANGUAGES,
    Said,
    changed,
    in_language,
    language,
    listed,
    say,
    sentence,
)
from microgradnet.words.terminal import visible

FOUND = """\
NAME is a function that returns its loss or locals(), a class with a forward pass, a net, or a
Value. Numbers come from the file: variables named like the arguments, the first row of X and its
target y. Missing numbers are chosen, and printed. The file is run, and not changed.
"""
PARAMS = "the parameters (default: all arguments not named like data: x, x1, y, target)"
AT = "numbers for arguments: w1=0.5 x=1,2"
Show = Callable[[Value, argparse.Namespace], str]  # what a command prints of a loss
Options = Mapping[str, Mapping[str, object]]  # the settings of each argument for argparse, by flag


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    >>> main(["check", "nowhere.py:net"])
    2
    """
    parser = _parser()
    given = sys.argv[1:] if arguments is None else arguments
    if not given:
        parser.print_help(sys.stderr)
        return 2
    options = parser.parse_args(given)
    try:
        lang = language(getattr(options, "lang", None))
    except ValueError as error:  # from MICROGRADNET_LANG
        print(f"microgradnet: {error}", file=sys.stderr)
        return 2
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader closed the pipe, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except Exception as error:  # also from the user's code, and shown without our own lines
        said = sentence(error)
        said = in_language(changed(said, visible) if isinstance(said, Said) else said, lang)
        print(f"microgradnet: {type(error).__name__}: {said}", file=sys.stderr)
        return 2
    except SystemExit:  # the user's status 0 would mean that all is right
        said = in_language(LEFT, lang)
        print(f"microgradnet: {visible(options.where)}: {said}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("microgradnet", description=MANUAL, formatter_class=_Help)
    parser.add_argument("--version", action="version", version=f"microgradnet {__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)
    add_check(commands)
    _add_commands(commands)
    _add_practice(commands)
    _add_playground(commands)
    return parser


class _Help(argparse.RawDescriptionHelpFormatter):
    """A help formatter that leaves room for the indent of commands, which argparse forgets."""

    def add_argument(self, action: argparse.Action) -> None:
        self._indent()
        super().add_argument(action)
        self._dedent()


def _found(where: str) -> tuple[object, Mapping[str, object]]:
    """Return the object with the given name in a file, and all names of the file."""
    file, name = file_and_name(where)
    names = run_file(Path(file))
    own = listed(k for k, x in names.items() if k[0] != "_" and not inspect.ismodule(x))
    own = own or say("no names")
    if not name:
        words = "add a name of {file}, such as {file}:loss; it has {has}"
        raise ValueError(say(words, file=file, has=own))
    if name not in names:
        raise NameError(say("no {name} in {file}; it has {has}", name=name, file=file, has=own))
    return names[name], names


def _add_commands(commands: Commands) -> None:
    """Add draw, page, explain and derive to a parser; `options.run` then returns a status."""
    form = argparse.RawDescriptionHelpFormatter
    for name, (show, says, options) in SHOW.items():
        manual = f"{says}.\n\n{FOUND}"
        command = commands.add_parser(name, help=says, description=manual, formatter_class=form)
        command.add_argument("where", metavar="FILE:NAME", help="a Python file and a name in it")
        command.add_argument("--at", nargs="+", default=[], metavar="NAME=NUMBERS", help=AT)
        command.add_argument("--params", nargs="+", default=[], metavar="NAME", help=PARAMS)
        for flag, settings in options.items():
            command.add_argument(flag, **settings)
        command.set_defaults(run=functools.partial(_shown, show))


def _shown(show: Show, options: argparse.Namespace) -> int:
    """Run a command on the object found under a name, print its text, and return the status 0.

    Raises ValueError for options that do not fit, TypeError for an object without a graph.
    """
    found, names = _found(options.where)
    graph = CodeGraph(found, names, dict(_number(text) for text in options.at), options.params)
    text = show(graph.loss, options)
    chosen = listed(f"{name} = {x}" for name, x in graph.chosen.items())
    words = "# chosen, since the file has no such numbers (give them with --at): {numbers}"
    note = in_language(say(words, numbers=chosen), language())
    print((f"{note}\n" if chosen else "") + text.rstrip("\n"))
    return 0


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
    """Return the path of a picture or page: in out/, not beside the user's files, unless given."""
    name = options.where.rpartition(":")[2]
    return options.output or Path("out", name + suffix)


def _parameters(loss: Value, wanted: list[str]) -> list[Value]:
    """Return the leaves with the wanted names; else the parameters, or all leaves without any."""
    leaves = sorted(reachable(loss)[0], key=lambda x: x.order)
    named = {str(x.label): x for x in leaves if x.label}
    missing = [name for name in wanted if name not in named]
    if missing:
        words = "no {name} in the graph; it has {has}"
        raise ValueError(say(words, name=missing[0], has=listed(named) or say("no names")))
    roles = roles_among(leaves)
    chosen = [x for x in named.values() if roles.of(x) == TRAINED]
    return [named[name] for name in wanted] or chosen or list(named.values())


OUTPUT = {"-o": {"dest": "output", "type": Path, "metavar": "PATH", "help": "default: out/NAME.*"}}
FORM = "lesson: for reading; numbers: exact to the last bit; matrix: for a batch"
EXACT: dict[str, object] = {"dest": "form", "action": "store_const", "const": "numbers"}
EXACT |= {"help": "the same as --form numbers"}
BY = {"--by": {"nargs": "+", "default": [], "metavar": "w1", "help": "parameters (default: all)"}}
SHOW: dict[str, tuple[Show, str, Options]] = {
    "draw": (
        _draw,
        "Draw the graph: numbers, gradients, local derivatives",
        {
            **OUTPUT,
            "--depth": {"default": "auto", "choices": ["auto", "operations", *PICTURES]},
            "--show": {"dest": "show_as", "default": "numbers", "choices": ["numbers", "formula"]},
            "--only": {"metavar": "w1", "help": "only the paths of one parameter"},
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
        {**BY, "--latex": {"action": "store_true", "help": "print LaTeX"}},
    ),
    "derive": (
        _derive,
        "Print the derivation that a person would write, as Python",
        {**BY, "--form": {"default": "lesson", "choices": FORMS, "help": FORM}, "--exact": EXACT},
    ),
}


def _add_practice(commands: Commands) -> None:
    """Add the command `practice` to a parser."""
    says = "Write pages that ask for each number before it is shown"
    command = commands.add_parser("practice", help=says, description=f"{says}, from easy to hard.")
    command.add_argument(
        "sets", nargs="*", metavar="SET", help=f"sets to write: {', '.join(SETS)} (default: all)"
    )
    command.add_argument("-o", dest="output", type=Path, default=Path("out"), metavar="DIR")
    command.add_argument("--lang", default="en", choices=LANGUAGES)
    command.set_defaults(run=_practice)


def _practice(options: argparse.Namespace) -> int:
    pages = {name: practice_page(name, options.lang) for name in options.sets or SETS}
    paths = [made.save(options.output / f"practice-{name}.html") for name, made in pages.items()]
    print("\n".join(f"wrote {path}" for path in paths))
    return 0


def _add_playground(commands: Commands) -> None:
    """Add the command `playground` to a parser."""
    says = "Write a site where code is checked in the browser"
    about = f"{says}, with nothing installed."
    command = commands.add_parser("playground", help=says, description=about)
    command.add_argument("folder", metavar="DIR", type=Path, help="the folder to write")
    for flag, usual, what in (
        ("--pyodide", PYODIDE, "Pyodide with NumPy: an address, or a folder, which is copied"),
        ("--viz", VIZ, "the module viz.js of @viz-js/viz: an address, or the package's folder"),
    ):
        command.add_argument(flag, default=usual, metavar="URL|FOLDER", help=f"{what} ({usual})")
    fetch = "fetch both once, so that the site needs no network"
    command.add_argument("--offline", action="store_true", help=fetch)
    command.set_defaults(run=_playground)


def _playground(options: argparse.Namespace) -> int:
    """Write the playground, and name its parts that need a network."""
    made = write_playground(options.folder, options.pyodide, options.viz, offline=options.offline)
    print(f"wrote {made.path}\nto open it: python3 -m http.server -d {options.folder}")
    if made.online:
        words = "it needs a network for {what} (with --offline, that is fetched once)"
        print(in_language(say(words, what=listed(made.online)), language()))
    else:
        print(in_language(say("it needs no network"), language()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

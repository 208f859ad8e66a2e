"""The command line: a derivation checked, a graph drawn and explained, from a file as it stands."""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from microgradnet import __version__
from microgradnet.checking.entry_points import LEFT
from microgradnet.grading.commands import MANUAL, add_check, file_and_name
from microgradnet.pages.commands import add_commands, shown
from microgradnet.pages.playground import add_playground
from microgradnet.pages.sets import add_practice
from microgradnet.tape.running import run_file
from microgradnet.words import Said, changed, in_language, language, listed, say, sentence
from microgradnet.words.terminal import visible


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
    except ValueError as error:  # of MICROGRADNET_LANG
        print(f"microgradnet: {error}", file=sys.stderr)
        return 2
    try:
        status = _status(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader has read enough, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except Exception as error:  # of the person's code, too: shown without our own lines
        said = sentence(error)
        said = in_language(changed(said, visible) if isinstance(said, Said) else said, lang)
        print(f"microgradnet: {type(error).__name__}: {said}", file=sys.stderr)
        return 2
    except SystemExit:  # status 0 would say that all is right
        said = in_language(LEFT, lang)
        print(f"microgradnet: {visible(options.where)}: {said}", file=sys.stderr)
        return 2


def _status(options: argparse.Namespace) -> int:
    if "run" in options:
        status: int = options.run(options)
        return status
    said = options.do(options) if "do" in options else shown(options, *_found(options.where))
    print(said)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("microgradnet", description=MANUAL, formatter_class=_Help)
    parser.add_argument("--version", action="version", version=f"microgradnet {__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)
    add_check(commands)
    add_commands(commands)
    add_practice(commands)
    add_playground(commands)
    return parser


class _Help(argparse.RawDescriptionHelpFormatter):
    """A help that leaves room for the indent of commands, which argparse forgets."""

    def add_argument(self, action: argparse.Action) -> None:
        self._indent()
        super().add_argument(action)
        self._dedent()


def _found(where: str) -> tuple[object, Mapping[str, object]]:
    """What a name of a file is, and all names of the file."""
    file, name = file_and_name(where)
    names = run_file(Path(file))
    own = listed(k for k, x in names.items() if k[0] != "_" and not inspect.ismodule(x))
    own = own or say("no names")
    if not name:
        words = "say which name of {file}, as {file}:loss; it has {has}"
        raise ValueError(say(words, file=file, has=own))
    if name not in names:
        raise NameError(say("no {name} in {file}; it has {has}", name=name, file=file, has=own))
    return names[name], names


if __name__ == "__main__":
    sys.exit(main())

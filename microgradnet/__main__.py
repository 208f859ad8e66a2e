"""The command line: a derivation checked, a graph drawn and explained, from a file as it stands."""

from __future__ import annotations

import argparse
import inspect
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from microgradnet import __version__
from microgradnet.checking.report import Report
from microgradnet.checking.taking import check_file, run_file
from microgradnet.nn.losses import LOSSES
from microgradnet.pages.commands import add_commands, shown
from microgradnet.pages.playground import add_playground
from microgradnet.pages.sets import add_practice

MANUAL = """\
Check derivatives that were derived by hand: which one is wrong, and why.

  microgradnet check net.py
      what trains or derives in the file is found; the report says what was taken
  microgradnet check net.py:derive_by_hand
      a function that computes the forward pass and derivatives named like d_L_d_ypred,
      d_ypred_d_w5, d_h1_d_w1, and returns locals()
  microgradnet check net.py:OurNeuralNetwork
      a class (or an object, or a function) that trains in loops with such names, as in the
      tutorial: derivatives, update lines and the forward pass are checked

The file is run, not changed. The exit status is 0 where all is right, 1 where something is wrong
or cannot be told, 2 where the file or name is no such thing.
"""

LEFT = (
    "not checked, since the code ended itself (quit, exit or sys.exit): "
    'put that below `if __name__ == "__main__":`'
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    >>> main(["check", "nowhere.py:net"])
    2
    """
    options = _parser().parse_args(arguments)
    try:
        if "do" in options:
            print(options.do(options))
            return 0
        if "show" in options:
            print(shown(options, *_found(options.where)))
            return 0
        report = _report(options)
    except Exception as error:  # of the person's code, too: shown without our own lines
        print(f"microgradnet: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except SystemExit:  # status 0 would say that all is right
        print(f"microgradnet: {options.where}: {LEFT}", file=sys.stderr)
        return 2
    print(json.dumps(as_json(report)) if options.json else report)
    return 0 if report else 1


def as_json(report: Report) -> dict[str, object]:
    """Return a report as what JSON has: no numbers that are none."""

    def plain(x: object) -> object:
        if isinstance(x, dict):
            return {k: plain(v) for k, v in x.items()}
        if isinstance(x, (list, tuple)):
            return [plain(v) for v in x]
        return None if isinstance(x, float) and not math.isfinite(x) else x

    found = plain(report.to_dict())
    assert isinstance(found, dict)
    return found


def _parser() -> argparse.ArgumentParser:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("microgradnet", description=MANUAL, formatter_class=form)
    parser.add_argument("--version", action="version", version=f"microgradnet {__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)
    command = commands.add_parser(
        "check", help="check a derivation", description=MANUAL, formatter_class=form
    )
    where = "a Python file, and a name in it; without one, what trains or derives is found"
    command.add_argument("where", metavar="FILE[:NAME]", help=where)
    command.add_argument("--json", action="store_true", help="print the report as JSON")
    command.add_argument("--method", default="", help="of a class: what trains (train, fit, ...)")
    what = "what L is where the code computes none (mse)"
    command.add_argument("--loss", default=None, choices=sorted(LOSSES), help=what)
    command.add_argument(
        "--witness", action="store_true", help="show derivatives by differences beside it"
    )
    add_commands(commands)
    add_practice(commands)
    add_playground(commands)
    return parser


def _found(where: str) -> tuple[object, Mapping[str, object]]:
    """What a name of a file is, and all names of the file."""
    file, name = _file_and_name(where)
    names = run_file(Path(file))
    own = ", ".join(k for k, x in names.items() if k[0] != "_" and not inspect.ismodule(x))
    if not name:
        raise ValueError(f"say which name of {file}, as {file}:loss; it has {own}")
    if name not in names:
        raise NameError(f"no {name} in {file}; it has {own or 'no names'}")
    return names[name], names


def _report(options: argparse.Namespace) -> Report:
    file, name = _file_and_name(options.where)
    return check_file(file, name, options.method, options.loss, options.witness)


def _file_and_name(where: str) -> tuple[str, str]:
    """What is before and after the colon; no name where there is only a file."""
    if Path(where).is_file() or where.endswith((".py", ".ipynb")):
        return where, ""
    file, colon, name = where.rpartition(":")
    if not colon or not name:
        raise ValueError(f"expected FILE or FILE:NAME, as net.py:derive_by_hand, not {where!r}")
    return file, name


if __name__ == "__main__":
    sys.exit(main())

"""The command line: `microgradnet check FILE:NAME` checks a derivation without changing it."""

from __future__ import annotations

import argparse
import inspect
import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from microgradnet import datasets
from microgradnet.checking.functions import check
from microgradnet.checking.report import Report
from microgradnet.checking.trainers import check_training
from microgradnet.checking.watching import back_edges
from microgradnet.nn.losses import LOSSES
from microgradnet.tracing.muting import muted

MANUAL = """\
Check derivatives that were derived by hand: which one is wrong, and why.

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
RUN_NAME = "checked"  # not __main__: what a script does only when run is left undone


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    >>> main(["check", "nowhere.py:net"])
    2
    """
    options = _parser().parse_args(arguments)
    try:
        report = _report(options)
    except Exception as error:  # of the person's code, too: shown without our own lines
        print(f"microgradnet: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except SystemExit:  # status 0 would say that all is right
        print(f"microgradnet: {options.where}: {LEFT}", file=sys.stderr)
        return 2
    print(report)
    return 0 if report else 1


def _parser() -> argparse.ArgumentParser:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("microgradnet", description=MANUAL, formatter_class=form)
    commands = parser.add_subparsers(metavar="command", required=True)
    command = commands.add_parser(
        "check", help="check a derivation", description=MANUAL, formatter_class=form
    )
    command.add_argument("where", metavar="FILE:NAME", help="a Python file and a name in it")
    command.add_argument("--method", default="train", help="of a class: what trains (train)")
    what = "what L is where the code computes none (mse)"
    command.add_argument("--loss", default="mse", choices=sorted(LOSSES), help=what)
    command.add_argument(
        "--witness", action="store_true", help="show derivatives by differences beside it"
    )
    return parser


def _report(options: argparse.Namespace) -> Report:
    file, colon, name = options.where.rpartition(":")
    if not colon or not name:
        raise ValueError(f"expected FILE:NAME, as net.py:derive_by_hand, not {options.where!r}")
    names = _run(Path(file))
    if name not in names:
        own = [k for k, v in names.items() if getattr(v, "__module__", "") == RUN_NAME]
        raise NameError(f"no {name} in {file}; it has {', '.join(own) or 'no functions'}")
    found = names[name]
    if inspect.isfunction(found) and not _trains(found):
        return check(found, loss=options.loss, witness=options.witness)
    train = found if inspect.isfunction(found) else getattr(found, options.method, None)
    X, y = _data(train, names)
    return check_training(found, options.method, X, y, options.loss, options.witness)


def _run(file: Path) -> Mapping[str, Any]:
    """The names of a file that is run, with what it prints left out."""
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    sys.path.insert(0, str(file.parent))
    try:
        with muted():
            return runpy.run_path(str(file), run_name=RUN_NAME)
    finally:
        sys.path.remove(str(file.parent))


def _trains(function: Any) -> bool:
    """Whether a function is a training loop, not a derivation that returns locals()."""
    return bool(back_edges(function.__code__)) and "locals" not in function.__code__.co_names


def _data(train: Any, names: Mapping[str, Any]) -> tuple[Any, Any]:
    """The data of the file that has the names the method takes; else the tutorial's six people."""
    if train is None:
        return datasets.gender()
    wanted = [name for name in inspect.signature(train).parameters if name != "self"][:2]
    if len(wanted) == 2 and all(name in names for name in wanted):
        return names[wanted[0]], names[wanted[1]]
    return datasets.gender()


if __name__ == "__main__":
    sys.exit(main())

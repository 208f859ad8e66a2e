"""The command line: a derivation checked, a graph drawn and explained, from a file as it stands."""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import math
import runpy
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from microgradnet import __version__, datasets
from microgradnet.checking.array_report import check_script
from microgradnet.checking.binding import derivatives
from microgradnet.checking.claims import claim
from microgradnet.checking.functions import check
from microgradnet.checking.report import Report
from microgradnet.checking.trainers import check_training
from microgradnet.nn.losses import LOSSES
from microgradnet.pages.commands import add_commands, shown
from microgradnet.tracing.muting import muted
from microgradnet.tracing.rewriting import parts_of

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
RUN_NAME = "checked"  # not __main__: what a script does only when run is left undone


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    >>> main(["check", "nowhere.py:net"])
    2
    """
    options = _parser().parse_args(arguments)
    try:
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


def as_json(report: Report) -> dict[str, Any]:
    """Return a report as what JSON has: no numbers that are none."""

    def plain(x: Any) -> Any:
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
    command.add_argument("--method", default="train", help="of a class: what trains (train)")
    what = "what L is where the code computes none (mse)"
    command.add_argument("--loss", default="mse", choices=sorted(LOSSES), help=what)
    command.add_argument(
        "--witness", action="store_true", help="show derivatives by differences beside it"
    )
    add_commands(commands)
    return parser


def _found(where: str) -> tuple[Any, Mapping[str, Any]]:
    """What a name of a file is, and all names of the file."""
    file, name = _file_and_name(where)
    names = _run(Path(file))
    own = ", ".join(k for k, x in names.items() if k[0] != "_" and not inspect.ismodule(x))
    if not name:
        raise ValueError(f"say which name of {file}, as {file}:loss; it has {own}")
    if name not in names:
        raise NameError(f"no {name} in {file}; it has {own or 'no names'}")
    return names[name], names


def _report(options: argparse.Namespace) -> Report:
    file, name = _file_and_name(options.where)
    names = _run(Path(file))
    own = [k for k, v in names.items() if getattr(v, "__module__", "") == RUN_NAME]
    if not name:
        return _first(file, [k for k in own if _derives(names[k], options.method)], names, options)
    if name not in names:
        raise NameError(f"no {name} in {file}; it has {', '.join(own) or 'no functions'}")
    return _checked(names[name], names, options)


def _file_and_name(where: str) -> tuple[str, str]:
    """What is before and after the colon; no name where there is only a file."""
    if Path(where).is_file() or where.endswith((".py", ".ipynb")):
        return where, ""
    file, colon, name = where.rpartition(":")
    if not colon or not name:
        raise ValueError(f"expected FILE or FILE:NAME, as net.py:derive_by_hand, not {where!r}")
    return file, name


def _first(
    file: str, candidates: Sequence[str], names: Mapping[str, Any], options: argparse.Namespace
) -> Report:
    """The report on the first of what derives in a file that can be checked; it says which."""
    failed = ""
    for name in candidates:
        try:
            report = _checked(names[name], names, options)
        except (TypeError, ValueError, LookupError) as error:
            failed = failed or f": {name}: {error}"
            continue
        several = f", of {', '.join(candidates)}" if candidates[1:] else ""
        return replace(report, note=_said(report, f"Checked: {name}{several}"))
    try:
        return replace(report := check_script(file), note=_said(report, f"Checked: {file}"))
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        failed = failed or f": {error}"
    raise ValueError(f"{file} has nothing that trains or derives and can be checked{failed}")


def _said(report: Report, more: str) -> str:
    return " ".join(filter(None, (report.note, more)))


def _derives(found: Any, method: str) -> bool:
    """Whether a function, or the method of a class, has names like derivatives or updates."""
    function = getattr(found, method, None) if inspect.isclass(found) else found
    plain: Any = inspect.unwrap(function) if callable(function) else None
    code = getattr(plain, "__code__", None)
    if code is None:
        return False
    if derivatives(plain):
        return True
    names = (*code.co_varnames, *(x for x in code.co_consts if isinstance(x, str)))
    return any(claim(name, ()) for name in names if name.isidentifier())


def _checked(found: Any, names: Mapping[str, Any], options: argparse.Namespace) -> Report:
    if inspect.isfunction(found) and not derivatives(found):
        return check(found, *_example(found, names), loss=options.loss)
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
    loops = any(isinstance(n, (ast.For, ast.While)) for n in parts_of(function))
    return loops and "locals" not in function.__code__.co_names


def _example(function: Any, names: Mapping[str, Any]) -> list[Any]:
    """The data of the file that has the names of the arguments, or their values by default."""
    example = []
    for name, p in inspect.signature(function).parameters.items():
        if name in names:
            example.append(names[name])
        elif p.default is not p.empty:
            example.append(p.default)
        else:
            raise ValueError(f"{function.__name__} takes {name}, and the file has no {name}")
    return example


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

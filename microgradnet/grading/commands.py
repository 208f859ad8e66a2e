"""Implement `microgradnet check` and `schema`: mark a file or a class, and write the results."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from microgradnet.checking.reporting.report import Report
from microgradnet.grading.annotations import github, sarif
from microgradnet.grading.folder import (
    Mistake,
    as_csv,
    files_of,
    in_no_file,
    mistakes_of,
    of_class,
    of_file,
    own_work,
    with_progress,
)
from microgradnet.grading.formats import FORMATS, as_json, junit, schema, summary, written_out
from microgradnet.grading.marking import Asked, Marks, asked, mark
from microgradnet.grading.process import MEMORY, TIMEOUT
from microgradnet.grading.workers import side_by_side, tried
from microgradnet.nn.losses import LOSSES
from microgradnet.operations.files import write_whole
from microgradnet.tape.sources import SUFFIXES
from microgradnet.words import LANGUAGES, has_letters, in_language, language, say, sentence
from microgradnet.words.terminal import printable

__all__ = ["MANUAL", "add_check", "file_and_name"]

MANUAL = """\
Check derivatives that were derived by hand: say which one is wrong, and why.

  microgradnet check net.py
      find the code that trains or derives, and say in the report what it is
  microgradnet check net.py:derive_by_hand
      check a function that computes the forward pass and derivatives named
      like d_L_d_ypred, d_ypred_d_w5, d_h1_d_w1, and returns locals()
  microgradnet check net.py:OurNeuralNetwork
      check a class, an object or a function that trains in loops with such
      names: its derivatives, its updates and its forward pass
  microgradnet check homework --require d_L_d_w1,d_L_d_b1
      check a folder: print a table of the class and its usual mistakes
  microgradnet check layers.py losses.py --format github
      check several files, and annotate each line that is not right

The file is run in a process of its own, and not changed. The exit status is 0
if all is right, 1 if something is wrong, missing or undecided, and 2 if
something could not be checked.
"""
INTERRUPTED = say("interrupted (Ctrl-C)")
BEGUN = say("the check did not end: its process was killed, by the code or from outside")
RESULTS = "results.json"
Commands = Any  # what argparse's `add_subparsers` returns, which has no public name
PRINTED = ("text", "json", "github", "sarif")  # formats that are printed, or written with -o
KINDS = (*PRINTED, *sorted(FORMATS))


def add_check(commands: Commands) -> None:
    """Add `check` and `schema` to a parser's commands; `options.run` then returns an exit status.

    >>> parser = argparse.ArgumentParser()
    >>> add_check(parser.add_subparsers())
    >>> parser.parse_args(["check", "net.py", "--require", "d_L_d_w1"]).require
    'd_L_d_w1'
    """
    form = argparse.RawDescriptionHelpFormatter
    command = commands.add_parser(
        "check", help="check a derivation, or a class", description=MANUAL, formatter_class=form
    )
    says = "a Python file, a notebook or a folder, or several files; NAME: the function, class or "
    says += "object to check (default: it is found)"
    command.add_argument("where", nargs="+", metavar="FILE[:NAME]", help=says)
    _add_settings(command.add_argument)
    _add_marking(command.add_argument)
    _add_output(command.add_argument)
    command.set_defaults(run=_check)
    says = "print the JSON schema of `check --json`"
    commands.add_parser("schema", help=says).set_defaults(run=_schema)


def _add_settings(add: Callable[..., object]) -> None:
    """Add the options for running and checking the code."""
    add("--method", default="", help="the method of a class that trains (train, fit, ...)")
    add("--loss", choices=sorted(LOSSES), help="the loss, if the code computes none")
    add("--witness", action="store_true", help="show derivatives by finite differences, too")
    says = f"the most time for the code (default: {TIMEOUT:g})"
    add("--timeout", type=float, default=TIMEOUT, metavar="SECONDS", help=says)
    says = f"the most memory for the code (default: {MEMORY})"
    add("--memory", type=int, default=MEMORY, metavar="MIB", help=says)
    says = "accept gradients from mg.grad, torch or the like as a derivation"
    add("--allow-automatic", action="store_true", help=says)
    says = "run only the cells of a notebook with this tag"
    add("--cell", default="", metavar="TAG", help=says)


def _add_marking(add: Callable[..., object]) -> None:
    """Add the options for the required derivatives, and for how strict the check is."""
    says = "names that must be there and right, a point each: d_L_d_w1,d_L_d_b1"
    add("--require", default="", metavar="NAMES", help=says)
    says = "points for each required name: JSON, or lines of name = points"
    add("--points", metavar="FILE", help=says)
    says = "show what is wrong and where, but neither the reason nor the right answer"
    add("--hide-answers", action="store_true", help=says)
    says = "do not accept a derivative that is right up to a factor, such as a mean"
    add("--strict", action="store_true", help=says)


def _add_output(add: Callable[..., object]) -> None:
    """Add the options for the output, and those for several files."""
    add("--draw", metavar="FILE", help="also write the picture (.svg) or the page (.html)")
    says = "also show the rows that only follow from others"
    add("--all", action="store_true", help=says)
    says = "the language (default: MICROGRADNET_LANG, or the locale)"
    add("--lang", choices=LANGUAGES, help=says)
    says = "print text (default), JSON (see microgradnet schema), GitHub's annotations, or "
    says += f"SARIF; or write a grader's {RESULTS} and print the report"
    add("--format", choices=KINDS, help=says)
    add("--json", action="store_true", help="the same as --format json")
    says = f"the file for --format; the report is printed (graders: {RESULTS})"
    add("-o", "--output", metavar="FILE", help=says)
    add("--junit", metavar="FILE", help="also write JUnit's XML")
    says = "how many files to check at a time (default: one for each core)"
    add("--jobs", type=int, metavar="N", help=says)
    says = "which files of a folder to check: */hw1.py"
    add("--files", default="", metavar="GLOB", help=says)
    says = "also write a table of several files for a spreadsheet"
    add("--csv", metavar="FILE", help=says)


OF_SEVERAL = ("csv", "files", "jobs")
SETTINGS = ("method", "loss", "witness", "cell", "timeout", "memory", "allow_automatic")


def file_and_name(where: str) -> tuple[str, str]:
    """Return the parts before and after the colon; the name is "" for just a file or folder.

    Raises ValueError if the text is neither.

    >>> file_and_name("net.py:derive"), file_and_name("net.py")
    (('net.py', 'derive'), ('net.py', ''))
    """
    if Path(where).exists() or where.endswith(SUFFIXES):
        return where, ""
    file, colon, name = where.rpartition(":")
    if not colon or not name:
        words = "expected FILE or FILE:NAME, such as net.py:derive_by_hand, not {where!r}"
        raise ValueError(say(words, where=where))
    return file, name


def _schema(options: argparse.Namespace) -> int:
    print(json.dumps(schema(), indent=2))
    return 0


def _check(options: argparse.Namespace) -> int:
    """Check files or a folder, and write the graders' files in any case."""
    what = Asked(hide=options.hide_answers)
    options.of_json = options.lang or "en"  # programs read it: in English by default
    options.lang = language(options.lang) if has_letters() else "en"
    every = " ".join(options.where)
    options.is_several, options.folder = False, ""
    options.printed, options.written = "text", options.format if options.format in FORMATS else ""
    try:
        pairs = [file_and_name(where) for where in options.where]
        folders = [file for file, _ in pairs if Path(file).is_dir()]
        _refuse_others(options, bool(folders))
        options.printed, options.written = _formats(options)
        what = asked(options.require, options.points, options.hide_answers)
        what = replace(what, strict=options.strict)
        classes = {folder: files_of(folder, options.files) for folder in folders}
    except (ValueError, OSError) as error:
        return _delivered(options, every, mark(every, sentence(error), what))
    file, name = pairs[0]
    is_graded = options.require or options.points or options.written or options.hide_answers
    settings = {"name": name, "trusted": not (folders or is_graded)}
    settings |= {setting: getattr(options, setting) for setting in SETTINGS}
    options.is_several = bool(folders) or len(pairs) > 1
    options.folder = file if options.is_several and len(pairs) == 1 else ""
    if options.is_several:
        beside = {f: classes.get(own, []) for own, _ in pairs for f in classes.get(own, [own])}
        return _check_several(options, beside, settings, what)
    _write(options, {file: mark(every, BEGUN, what)}, before=True)
    try:
        one = tried(file, **settings)
    except KeyboardInterrupt:
        return _delivered(options, file, mark(every, INTERRUPTED, what))
    return _delivered(options, file, mark(every, one.found, what, one.seconds))


def _formats(options: argparse.Namespace) -> tuple[str, str]:
    """Return the format to print, and the format to write into a file, or "" if there is none."""
    form = options.format or ("json" if options.json else "text")
    if form in FORMATS or options.output:
        return "json" if options.json and form != "json" else "text", form
    if options.json and form != "json":
        words = "--json is --format json: leave it out, or write --format {format} to a file (-o)"
        raise ValueError(say(words, format=form))
    return form, ""


def _refuse_others(options: argparse.Namespace, has_folder: bool) -> None:
    """Raise ValueError for options that would have no effect."""
    where, is_one = " ".join(options.where), len(options.where) == 1
    for name in OF_SEVERAL if is_one else ("files",):
        if getattr(options, name) not in (None, "") and not has_folder:
            words = "--{name} is for a folder, and {where} is a file"
            words = words if is_one else "--{name} is for a folder, and there is none: {where}"
            raise ValueError(say(words, name=name, where=where))
    given = {"format": options.format in FORMATS, "draw": options.draw}
    for name in (name for name, is_given in given.items() if is_given):
        if has_folder or not is_one:
            words = "--{name} is for one file, and {where} is a folder"
            words = words if is_one else "--{name} is for one file, and there are several: {where}"
            raise ValueError(say(words, name=name, where=where))
    for one in () if is_one else options.where:
        if file_and_name(one)[1]:
            words = "a name goes with one file: check {where} by itself"
            raise ValueError(say(words, where=one))
    if options.output and not options.format and not options.json:
        words = "--output is the file for --format: give --format, too ({kinds})"
        raise ValueError(say(words, kinds=", ".join(KINDS)))
    if options.draw and options.hide_answers:
        raise ValueError(say("--draw shows the right answers: leave out --hide-answers"))
    if options.jobs is not None and options.jobs < 1:
        words = "--jobs is a number of files, 1 or more, not {jobs}"
        raise ValueError(say(words, jobs=options.jobs))
    for name in ("timeout", "memory"):
        if not 0 < (x := getattr(options, name)) < math.inf:
            raise ValueError(say("--{name} is {x}: expected a number above 0", name=name, x=x))


def _delivered(options: argparse.Namespace, file: str, marks: Marks) -> int:
    """Write and print the marks of one file, and return the exit status."""
    _deliver(options, {file: marks})
    if marks.error:
        _tell(options, marks.error)
    elif options.draw and marks.report is not None:
        _draw(marks.report, Path(options.draw), options.lang)
    return marks.status


def _tell(options: argparse.Namespace, words: str) -> None:
    """Print a message to stderr, in the wanted language."""
    print(f"microgradnet: {in_language(words, options.lang)}", file=sys.stderr)


def _deliver(
    options: argparse.Namespace, checked: Mapping[str, Marks], finished: bool = True
) -> None:
    """Write the files, and print the results; checked: the marks of each file."""
    _write(options, checked)
    if text := _in_format(options, options.printed, checked, finished):
        print(printable(text) if options.printed == "github" else text)


def _in_format(
    options: argparse.Namespace, form: str, checked: Mapping[str, Marks], finished: bool = True
) -> str:
    """Return results in one of the formats; finished: whether each file was checked."""
    several = list(checked.values())
    mistakes = mistakes_of(several) if options.is_several else []
    if form == "github":
        return github(checked, options.lang)
    if form == "text" and options.folder:
        return of_class(several, mistakes, options.lang)
    if form == "text":
        return "\n\n".join(part for marks in several for part in _said(options, marks))
    if form in FORMATS:
        return written_out(in_language(FORMATS[form](*several), options.lang))
    if form == "sarif":
        return json.dumps(sarif(checked, options.of_json), indent=2)
    is_one = not options.is_several
    found = as_json(several[0]) if is_one else _class_as_json(several, mistakes, finished)
    return json.dumps(in_language(found, options.of_json), allow_nan=False)


def _write(options: argparse.Namespace, checked: Mapping[str, Marks], before: bool = False) -> None:
    """Write the files that graders and other programs read.

    before: whether this happens before the code runs, which may kill this process. Then anything
    but a plain file, such as a pipe, is left for the final marks.
    """
    files: dict[str, str] = {}
    if options.written:
        files[options.output or RESULTS] = _in_format(options, options.written, checked)
    if options.junit:
        files[options.junit] = junit(list(checked.values()), options.lang)
    if options.csv and options.is_several:
        files[options.csv] = "\ufeff" + as_csv(list(checked.values()))
    for path, text in files.items():
        if not before or Path(path).is_file() or not Path(path).exists():
            write_whole(path, text.encode("utf-8", "backslashreplace"))


def _draw(report: Report, path: Path, lang: str) -> None:
    """Save the page of a report for .html, its picture for any other suffix."""
    is_page = path.suffix.lower() in (".html", ".htm")
    (report.page(lang=lang) if is_page else report.draw(lang=lang)).save(path)


def _said(options: argparse.Namespace, marks: Marks) -> list[str]:
    """Return the report, and the items if any are required; with hidden answers, only the items.

    Of several files, each begins with its name, and an error is said here.
    """
    said = [marks.file] * options.is_several
    if marks.report is None:
        said += [in_language(summary(marks), options.lang)] * options.is_several
    else:
        if not options.hide_answers:
            said.append(marks.report.text(options.lang, all=options.all))
        if options.require or options.points or options.hide_answers:
            said.append(of_file(marks, options.lang))
    return [printable(text) for text in said]


def _check_several(
    options: argparse.Namespace,
    beside: Mapping[str, list[str]],
    settings: dict[str, object],
    what: Asked,
) -> int:
    """Check files side by side; beside: for each file, those of its class."""
    files, folder = list(beside), options.folder
    names = {file: os.path.relpath(file, folder) if folder else file for file in files}
    _write(options, {file: mark(name, BEGUN, what) for file, name in names.items()}, before=True)
    found: dict[str, Marks] = {}
    finished, jobs, n = True, options.jobs or os.cpu_count() or 1, len(files)
    try:
        with closing(side_by_side(files, settings, jobs)) as answers:
            words = "checking {n} file of {folder}" if n == 1 else "checking {n} files of {folder}"
            said = say(words if folder else "checking {n} files", n=n, folder=folder)
            for file, one in with_progress(answers, n, said, options.lang):
                report = own_work(file, one.found, beside[file])
                found[file] = mark(names[file], report, what, one.seconds)
    except KeyboardInterrupt:
        finished = False
    checked = {file: found[file] for file in files if file in found}
    _deliver(options, checked, finished)
    for name in in_no_file(list(checked.values()), what.points):
        _tell(options, say("no file has {name}: is the name spelled correctly?", name=name))
    if not finished:
        missing = n - len(checked)
        _tell(options, say("interrupted: {n} of {of} not checked", n=missing, of=n))
        return 2
    return max(marks.status for marks in checked.values())


def _class_as_json(
    several: Sequence[Marks], mistakes: Sequence[Mistake], finished: bool
) -> dict[str, object]:
    return {
        "files": [as_json(marks) for marks in several],
        "mistakes": [
            {"mistake": m.kind, "files": list(m.files), "example": m.example} for m in mistakes
        ],
        "right": finished and all(several),
        "finished": finished,
    }

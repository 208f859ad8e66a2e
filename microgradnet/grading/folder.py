"""A class: a folder of files, what each is worth, and which mistakes are the most frequent."""

from __future__ import annotations

import csv
import functools
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from microgradnet.checking.report import WRONG, Report
from microgradnet.grading.marking import LEFT_OUT, Marks
from microgradnet.tape.sources import SUFFIXES
from microgradnet.words import Said, listed, say

__all__ = ["Mistake", "as_csv", "files_of", "in_no_file", "kind_of", "mistakes_of", "own_work"]

USUAL = tuple(f"*{suffix}" for suffix in SUFFIXES)
LEFT_ALONE = re.compile(r"^[._]")  # .git, .ipynb_checkpoints, __pycache__, __init__.py
MADE = {"node_modules", "site-packages", "build", "dist"}
OF_ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")
NO_FILES = (
    "{folder} has no files {pattern} (environments, node_modules, build and dist are skipped)"
)


def files_of(folder: str | Path, pattern: str = "") -> list[str]:
    """Return the files of a class: all of Python, and notebooks, in the folder and in those in it.

    pattern: which, `*/hw1.py` or `**/*.ipynb`, as they are named in the folder. Hidden files and
    folders are skipped, those that begin with an underscore, and what tools make: environments,
    node_modules, site-packages, build, dist. A folder that the pattern names is searched.

    Raises ValueError where there are none, and for what is no pattern.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "ann.py").write_text(""), (folder / ".ann.py").write_text("")
    >>> [Path(file).name for file in files_of(folder)]
    ['ann.py']
    """
    top = Path(folder)
    kept = _matching(top, pattern) if pattern else _usual(top)
    if not kept:
        wanted = listed([pattern] if pattern else USUAL, " or ")
        raise ValueError(say(NO_FILES, folder=str(folder), pattern=wanted))
    return [str(path) for path in sorted(kept, key=lambda path: path.relative_to(top).parts)]


def _usual(top: Path) -> list[Path]:
    """The files of the usual kinds; folders that are skipped are not even listed."""
    found = []
    for at, folders, files in os.walk(top):
        folders[:] = [name for name in folders if not _is_skipped(Path(at, name))]
        wanted = (name for name in files if name.endswith(SUFFIXES) and not LEFT_ALONE.match(name))
        found += [Path(at, name) for name in wanted]
    return [path for path in found if path.is_file()]


def _matching(top: Path, pattern: str) -> list[Path]:
    """The files that match a pattern, but for those in folders that are skipped and not named."""
    try:
        found = [path for path in top.glob(pattern) if path.is_file()]
    except (ValueError, NotImplementedError):
        words = "--files is a pattern within the folder, as */hw1.py, not {pattern!r}"
        raise ValueError(say(words, pattern=pattern)) from None
    named = Path(pattern).parts
    skipped = functools.cache(lambda path: path.name not in named and _is_skipped(path))
    return [
        path
        for path in found
        if not LEFT_ALONE.match(path.name)
        and not any(map(skipped, path.parents[: len(path.relative_to(top).parts) - 1]))
    ]


def _is_skipped(folder: Path) -> bool:
    """Whether a folder holds nothing that a person hands in."""
    made = folder.name in MADE or any((folder / name).exists() for name in OF_ENVIRONMENTS)
    return made or bool(LEFT_ALONE.match(folder.name))


def own_work(file: str, found: Report | str, files: Iterable[str]) -> Report | str:
    """Return what was found of a file of a class, or that it stands in another one of them.

    A file may import what lies beside it, and in one folder for all that is what others hand in.

    >>> from microgradnet.checking.report import Row
    >>> report = Report((Row("d_L_d_w", "right", 1.0, 1.0, 0.0, file="/hw/ann.py"),))
    >>> own_work("/hw/bob.py", report, ["/hw/ann.py", "/hw/bob.py"])
    'what is checked stands in ann.py, which is another file of the class'
    """
    if isinstance(found, str):
        return found
    places = {os.path.realpath(row.file) for row in found.rows if row.file}
    for other in files:
        if other != file and os.path.realpath(other) in places:
            words = "what is checked stands in {other}, which is another file of the class"
            return say(words, other=os.path.basename(other))
    return found


@dataclass(frozen=True)
class Mistake:
    """A mistake of a class: in words, the files that have it, and one of them with its words.

    kind: the words, with ... for names that differ from file to file.
    """

    kind: str
    files: tuple[str, ...]
    example: str


def mistakes_of(marks: Iterable[Marks]) -> list[Mistake]:
    """Return the mistakes of a class, the most frequent first; a file counts once for each.

    >>> mistakes_of([])
    []
    """
    found: dict[str, dict[str, str]] = {}
    texts: dict[str, set[str]] = {}
    for one in marks:
        for row in one.report.rows if one.report is not None else ():
            if row.verdict == WRONG and row.mistake:
                kind = kind_of(row.mistake)
                words = "{name} of {file}, line {line}: {mistake}"
                example = say(
                    words, name=row.name, file=one.file, line=row.line, mistake=row.mistake
                )
                found.setdefault(kind, {}).setdefault(one.file, example)
                texts.setdefault(kind, set()).add(row.mistake)
    several = [
        Mistake(
            kind if len(texts[kind]) > 1 else next(iter(texts[kind])),
            tuple(files),
            next(iter(files.values())),
        )
        for kind, files in found.items()
    ]
    return sorted(several, key=lambda mistake: -len(mistake.files))


def in_no_file(several: Sequence[Marks], names: Iterable[str]) -> list[str]:
    """Return the names that no file of a class has, which may be misspelt where they are asked for.

    >>> in_no_file([], ["d_L_d_w"])
    []
    """
    checked = [marks for marks in several if not marks.error]
    there = {i.name for marks in checked for i in marks.items if i.verdict != LEFT_OUT}
    return [name for name in names if checked and name not in there]


def kind_of(mistake: str) -> str:
    """Return a mistake with ... for the names and numbers in it, without what is guessed of it.

    >>> kind_of(say("has only the path through {name}", name="h1"))
    'has only the path through ...'
    >>> kind_of("uses x[0] where x[1] belongs: copied from d_h2_d_w3?")
    'uses ... where ... belongs'
    >>> kind_of("sums over all axes where the sum over axis 1 belongs")
    'sums over all axes where the sum over axis ... belongs'
    """
    if isinstance(mistake, Said):
        guessed = mistake.template == GUESSED
        return kind_of(mistake.parts["words"]) if guessed else mistake.general()
    said = re.sub(r"^uses .+? where .+? belongs", "uses ... where ... belongs", mistake)
    words = [_general(word) for word in said.partition(": ")[0].split()]
    return re.sub(r"\.\.\.( \.\.\.)+", "...", " ".join(words))


GUESSED = "{words}: copied from {name}?"
SHORT_WORDS = {"a", "as", "at", "by", "in", "is", "it", "no", "not", "of", "on", "or", "to", "up"}


def _general(word: str) -> str:
    bare = word.rstrip(",;?")
    plain = re.fullmatch(r"[a-z]{3,}", bare) or bare in SHORT_WORDS or bare == "..."
    return word if plain else "..." + word[len(bare) :]


COLUMNS = ("file", "right", "of", "points", "max_points", "status", "item", "mistake", "line")


def as_csv(several: Sequence[Marks]) -> str:
    """Return a table of a class for a spreadsheet, a line for each file.

    Its columns: file, right, of (items), points, max_points, status (0 all right, 1 not, 2 not
    checked), and of the first mistake item, mistake and line.

    >>> as_csv([]).split(",")[:3]
    ['file', 'right', 'of']
    """
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for marks in several:
        table.writerow([_cell(cell) for cell in _line(marks)])
    return text.getvalue()


def _line(marks: Marks) -> Iterator[object]:
    bad = marks.first_mistake
    yield marks.file
    yield from marks.right
    yield f"{marks.points:g}"
    yield f"{marks.most:g}"
    yield marks.status
    yield bad.name if bad else ""
    yield (bad.words or bad.verdict) if bad else ""
    yield (bad.line or "") if bad else ""


def _cell(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula: names of files are other people's."""
    formula = isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{cell}" if formula else cell

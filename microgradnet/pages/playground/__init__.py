"""The playground: a static site where code is checked in the browser, with nothing installed.

In reading order: this file (write_playground, the command), samples.py (the code of its menu),
carrying.py (this package as an archive for the browser), supplies.py (where Pyodide and viz-js come
from), session.py (what the browser asks Python), static/ (the page, its worker and its looks).
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microgradnet.operations.files import write_whole
from microgradnet.pages.looks import filled, style
from microgradnet.pages.playground.carrying import archive
from microgradnet.pages.playground.samples import code_samples
from microgradnet.pages.playground.supplies import (
    PYODIDE,
    VIZ,
    supplied_pyodide,
    supplied_viz,
)
from microgradnet.words import LANGUAGES, in_language, page_words, say

if TYPE_CHECKING:
    from microgradnet.grading.commands import Commands

__all__ = ["add_playground", "write_playground"]

SCRIPTS = ("editor", "answers", "address", "playground")
FILES = {"en": "index.html", "zh": "index.zh.html"}
ARCHIVE = "packages.zip"
HEADINGS = ("derivative", "written", "right", "verdict")  # of the table, as in any report


def write_playground(
    folder: str | os.PathLike[str],
    pyodide: str = PYODIDE,
    viz: str = VIZ,
    home: Mapping[str, str] | None = None,
) -> Path:
    """Write the playground to a folder and return the path of its English page.

    pyodide: the address of Pyodide with NumPy, or the folder of a distribution, which is copied,
    so that the site needs no network; viz: the address of the module viz.js, or the folder of
    `@viz-js/viz`. home: the address of the site it belongs to, by language, to link back to.

    Raises FileNotFoundError, naming it, where a folder lacks something.
    """
    folder = Path(folder)
    settings = {
        "pyodide": supplied_pyodide(pyodide, folder),
        "viz": supplied_viz(viz, folder),
        "samples": code_samples(),
    }
    carried = archive()
    write_whole(folder / ARCHIVE, carried)
    settings["packages"] = f"{ARCHIVE}?{hashlib.sha256(carried).hexdigest()[:12]}"
    for name in ("worker.js", *(f"{script}.js" for script in SCRIPTS)):
        write_whole(folder / name, _static(name).encode())
    write_whole(folder / "playground.css", style(_static("playground.css")).encode())
    for lang in LANGUAGES:
        write_whole(folder / FILES[lang], _page(lang, settings, home or {}).encode())
    return folder / FILES["en"]


def _static(name: str) -> str:
    return resources.files(__package__).joinpath("static", name).read_text(encoding="utf-8")


def _page(lang: str, settings: Mapping[str, Any], home: Mapping[str, str]) -> str:
    """The page in a language: its words, its menu, and what its scripts have to know."""
    words = page_words(lang, "playground")
    words |= {name: in_language(say(name), lang) for name in HEADINGS}
    menu = (
        f'<option value="{name}">{html.escape(words[f"sample_{name}"])}</option>'
        for name in settings["samples"]
    )
    others = (
        f'<a class="lang" href="{FILES[other]}" lang="{said["lang"]}">{said["language"]}</a>'
        for other in LANGUAGES
        if other != lang and (said := page_words(other, "playground"))
    )
    back = (
        f'<a href="{html.escape(place)}">{html.escape(words["home"])}</a>'
        for place in filter(None, [home.get(lang)])
    )
    text = {f"word_{name}": html.escape(word) for name, word in words.items()}
    text |= {"menu": "\n".join(menu), "links": "\n".join((*back, *others)), "lang": words["lang"]}
    text["scripts"] = "\n".join(f'<script src="{name}.js"></script>' for name in SCRIPTS)
    known = json.dumps({**settings, "words": words, "speaks": lang})
    return filled(_static("page.html"), text | {"settings": known.replace("<", "\\u003c")})


def add_playground(commands: Commands) -> None:
    """Add the command to those of a parser; `options.do` is then what it does.

    >>> parser = argparse.ArgumentParser()
    >>> add_playground(parser.add_subparsers())
    >>> parser.parse_args(["playground", "site"]).viz == VIZ
    True
    """
    says = "Write a site where code is checked in the browser"
    about = f"{says}, with nothing installed."
    command = commands.add_parser("playground", help=says, description=about)
    command.add_argument("folder", metavar="DIR", type=Path, help="where it is written")
    for flag, usual, what in (
        ("--pyodide", PYODIDE, "Pyodide with NumPy: an address, or a folder, which is copied"),
        ("--viz", VIZ, "the module viz.js of @viz-js/viz: an address, or the package's folder"),
    ):
        command.add_argument(flag, default=usual, metavar="URL|FOLDER", help=f"{what} ({usual})")
    command.set_defaults(do=_written)


def _written(options: argparse.Namespace) -> str:
    path = write_playground(options.folder, options.pyodide, options.viz)
    return f"wrote {path}\nto open it: python3 -m http.server -d {options.folder}"

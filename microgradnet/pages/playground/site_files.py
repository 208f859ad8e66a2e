"""Write the site of the playground, with this package as an archive for the browser."""

from __future__ import annotations

import hashlib
import html
import importlib.metadata
import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from microgradnet.operations.files import write_whole
from microgradnet.pages.looks import filled, static, style
from microgradnet.pages.playground.code_samples import catalogue, code_samples
from microgradnet.pages.playground.supplies import PYODIDE, VIZ, supplied_pyodide, supplied_viz
from microgradnet.words import LANGUAGES, in_language, page_words, say

__all__ = ["PYODIDE", "VIZ", "Playground", "archive", "code_samples", "write_playground"]

SCRIPTS = ("editor", "answers", "address", "playground")
FILES = {"en": "index.html", "zh": "index.zh.html"}
ARCHIVE = "packages.zip"
HEADINGS = ("derivative", "written", "right", "verdict")  # of the table, as in reports

PACKAGE = Path(__file__).parents[2]
# Packages for tables and pictures that Pyodide lacks; they are pure Python and need nothing else.
# Hypothesis is not among them, so the strategies of mg.testing do not work.
CARRIED = ("graphviz", "rich")
LEFT_OUT = {"__pycache__", "bin", ".."}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date of an archive: same files, same bytes


class Playground(NamedTuple):
    """A playground that was written: the path of its page, and its parts that need a network.

    >>> Playground(Path("site/index.html"), []).online
    []
    """

    path: Path
    online: list[str]


def write_playground(
    folder: str | os.PathLike[str],
    pyodide: str = PYODIDE,
    viz: str = VIZ,
    home: Mapping[str, str] | None = None,
    offline: bool = False,
) -> Playground:
    """Write the playground to a folder; return the path of its English page, and its missing parts.

    pyodide: the address of Pyodide with NumPy, or the folder of a distribution, which is copied,
    so that the site needs no network; viz: the address of the module viz.js, or the folder of
    `@viz-js/viz`. home: the address of the site to link back to, by language. offline: whether to
    fetch what is at addresses, unless an earlier call did.

    Raises FileNotFoundError, naming the file, where a folder lacks one, ConnectionError where one
    could not be fetched; then no page is written.
    """
    folder, online = Path(folder), []
    settings: dict[str, Any] = {}
    supplies = {"pyodide": (supplied_pyodide, pyodide), "viz": (supplied_viz, viz)}
    for name, (supplied, where) in supplies.items():
        settings[name] = supplied(where, folder, offline)
        if "://" in settings[name]:
            online.append(settings[name])
    carried = archive()
    write_whole(folder / ARCHIVE, carried)
    settings["packages"] = f"{ARCHIVE}?{hashlib.sha256(carried).hexdigest()[:12]}"
    for name in ("worker.js", *(f"{script}.js" for script in SCRIPTS)):
        write_whole(folder / name, static(name, __package__).encode())
    write_whole(folder / "playground.css", style(static("playground.css", __package__)).encode())
    for lang in LANGUAGES:
        write_whole(folder / FILES[lang], _page(lang, settings, home or {}).encode())
    return Playground(folder / FILES["en"], online)


def _page(lang: str, settings: Mapping[str, Any], home: Mapping[str, str]) -> str:
    """Return the page in a language: its words, its menu, and the settings of its scripts."""
    words = page_words(lang, "playground")
    words |= {name: in_language(say(name), lang) for name in HEADINGS}
    samples = code_samples()
    labels = {name: words[f"sample_{name}"] for name in samples}
    mistakes = {f"mistake-{k}": named for k, named in enumerate(catalogue(lang), 1)}
    samples |= {name: code for name, (_, code) in mistakes.items()}
    menu = [_group(words["examples"], labels)]
    menu.append(_group(words["mistakes"], {name: label for name, (label, _) in mistakes.items()}))
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
    known = json.dumps({**settings, "samples": samples, "words": words, "speaks": lang})
    text["settings"] = known.replace("<", "\\u003c")
    return filled(static("page.html", __package__), text)


def _group(heading: str, labels: Mapping[str, str]) -> str:
    """Return a part of the menu: a heading, and an option for each name."""
    options = (f'<option value="{k}">{html.escape(label)}</option>' for k, label in labels.items())
    return f'<optgroup label="{html.escape(heading)}">{"".join(options)}</optgroup>'


def archive() -> bytes:
    """Return a zip of this package and the packages it needs, as installed here.

    Raises PackageNotFoundError, naming the package, where one is not installed.

    >>> names = zipfile.ZipFile(io.BytesIO(archive())).namelist()
    >>> "microgradnet/__init__.py" in names, "graphviz/__init__.py" in names
    (True, True)
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, path in _files():
            made.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _files() -> Iterator[tuple[str, Path]]:
    """Yield each file with its name in the archive."""
    for path in sorted(PACKAGE.rglob("*")):
        name = path.relative_to(PACKAGE.parent)
        if path.is_file() and not LEFT_OUT & {*name.parts}:
            yield name.as_posix(), path
    for carried in CARRIED:
        distribution = importlib.metadata.distribution(carried)
        for file in sorted(distribution.files or ()):
            path = Path(str(distribution.locate_file(file)))
            if path.is_file() and not LEFT_OUT & {*file.parts}:
                yield file.as_posix(), path

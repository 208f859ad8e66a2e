"""The playground: a static site that checks code in the browser, with nothing installed.

This file writes the site: the sample code of its menu, which are files of `examples/` (in a clone,
or installed by a wheel beside its data); this package as an archive for the browser; and the source
of Pyodide and viz-js, an address or a folder that is copied. session.py is the Python side of the
site; static/ has the page, its worker and its style.
"""

from __future__ import annotations

import ast
import hashlib
import html
import importlib.metadata
import io
import json
import os
import re
import shutil
import sysconfig
import zipfile
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from microgradnet.operations.files import write_whole
from microgradnet.pages.page import filled, style
from microgradnet.words import LANGUAGES, in_language, page_words, say

__all__ = ["PYODIDE", "VIZ", "archive", "code_samples", "write_playground"]

SCRIPTS = ("editor", "answers", "address", "playground")
FILES = {"en": "index.html", "zh": "index.zh.html"}
ARCHIVE = "packages.zip"
HEADINGS = ("derivative", "written", "right", "verdict")  # of the table, as in reports

CLONE = Path(__file__).parents[3] / "examples"
INSTALLED = Path(sysconfig.get_path("data"), "share", "microgradnet", "examples")
TUTORIAL, CLASS, ARRAYS = "tutorial.md", "dialects/scalar.py", "dialects/course.py"
DERIVATION = "by_hand"  # in the tutorial

PACKAGE = Path(__file__).parents[2]
# Packages for tables and pictures that Pyodide lacks; they are pure Python and need nothing else.
# Hypothesis is not among them, so the strategies of mg.testing do not work.
CARRIED = ("graphviz", "rich")
LEFT_OUT = {"__pycache__", "bin", ".."}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date of an archive: same files, same bytes

# The versions that the tests run.
PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
VIZ = "https://cdn.jsdelivr.net/npm/@viz-js/viz@3.31.0/dist/viz.js"

START, LOCK = "pyodide.mjs", "pyodide-lock.json"
CORE = (START, LOCK, "pyodide.asm.wasm", "python_stdlib.zip")
ENGINE = "pyodide.asm.*js"  # .js, or .mjs from 0.29 on
NEEDED = "numpy"


def write_playground(
    folder: str | os.PathLike[str],
    pyodide: str = PYODIDE,
    viz: str = VIZ,
    home: Mapping[str, str] | None = None,
) -> Path:
    """Write the playground to a folder and return the path of its English page.

    pyodide: the address of Pyodide with NumPy, or the folder of a distribution, which is copied,
    so that the site needs no network; viz: the address of the module viz.js, or the folder of
    `@viz-js/viz`. home: the address of the site to link back to, by language.

    Raises FileNotFoundError, naming the file, where a folder lacks one.
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
    """Return the page in a language: its words, its menu, and the settings of its scripts."""
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


def code_samples() -> dict[str, str]:
    """Return the code of each menu entry by its name, in the order of the menu.

    Raises FileNotFoundError where the files are neither in a clone nor installed.

    >>> list(code_samples())
    ['mistake', 'class', 'arrays']
    """
    return {
        "mistake": _derivation(_text(TUTORIAL)),
        "class": _text(CLASS),
        "arrays": _text(ARRAYS),
    }


def _text(name: str) -> str:
    for folder in (CLONE, INSTALLED):
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8")
    raise FileNotFoundError(f"the playground shows {name}, which is not in {INSTALLED}")


def _derivation(tutorial: str) -> str:
    """Return the functions of the tutorial up to its derivation, and the imports they need."""
    parts: list[tuple[ast.stmt, str]] = []
    for block in re.findall(r"```python\n(.*?)```", tutorial, re.S):
        found = [(part, ast.get_source_segment(block, part) or "") for part in _kept(block)]
        parts += found
        if any(isinstance(p, ast.FunctionDef) and p.name == DERIVATION for p, _ in found):
            break
    functions = [text for part, text in parts if isinstance(part, ast.FunctionDef)]
    imports = [
        text
        for part, text in parts
        if isinstance(part, ast.Import)
        and any(f"{a.asname or a.name}." in code for a in part.names for code in functions)
    ]
    return "\n\n\n".join(["\n".join(imports), *functions]) + "\n"


def _kept(block: str) -> Iterator[ast.stmt]:
    return (p for p in ast.parse(block).body if isinstance(p, (ast.FunctionDef, ast.Import)))


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


def supplied_pyodide(where: str, folder: Path) -> str:
    """Return the address of Pyodide for the page, with a slash at its end.

    where: an address, or a folder with Pyodide and NumPy, from which the needed files are copied to
    `folder`/pyodide. Raises FileNotFoundError, naming the missing file.
    """
    if "://" in where:
        return where.rstrip("/") + "/"
    source = Path(where)
    for name in CORE:
        if not (source / name).is_file():
            raise FileNotFoundError(
                f"{source} has no {name}: --pyodide takes the folder of a distribution of Pyodide"
            )
    for path in (*(source / name for name in CORE), *source.glob(ENGINE), *_numpy(source)):
        _copy(path, folder / "pyodide")
    return "pyodide/"


def _numpy(source: Path) -> list[Path]:
    """Return the files of NumPy and its dependencies in a distribution."""
    packages: dict[str, Any] = json.loads((source / LOCK).read_text("utf-8")).get("packages", {})
    wanted, found = [NEEDED], []
    for name in wanted:
        file = packages.get(name, {}).get("file_name", "")
        if not file or not (source / file).is_file():
            raise FileNotFoundError(
                f"{source} has no {name}, which the playground needs: take a full distribution"
            )
        found.append(source / file)
        wanted += [other for other in packages[name]["depends"] if other not in wanted]
    return found


def supplied_viz(where: str, folder: Path) -> str:
    """Return the address of the module of viz-js for the page.

    where: an address, or the folder of the package `@viz-js/viz`, or its file viz.js, which is
    copied to `folder`/viz. Raises FileNotFoundError where there is no viz.js.
    """
    if "://" in where:
        return where
    source = Path(where)
    tried = (source, source / "viz.js", source / "dist" / "viz.js")
    module = next((path for path in tried if path.is_file()), None)
    if module is None:
        raise FileNotFoundError(f"{source} has no viz.js: --viz takes the folder of @viz-js/viz")
    _copy(module, folder / "viz", "viz.js")
    return "viz/viz.js"


def _copy(file: Path, folder: Path, name: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / (name or file.name))

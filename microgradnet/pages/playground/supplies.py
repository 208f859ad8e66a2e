"""Pyodide and viz-js for the playground: addresses, copied folders, or files fetched once."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from microgradnet.operations.files import write_whole
from microgradnet.words import say

__all__ = ["PYODIDE", "VIZ", "supplied_pyodide", "supplied_viz"]

# The versions that the tests run.
PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
VIZ = "https://cdn.jsdelivr.net/npm/@viz-js/viz@3.31.0/dist/viz.js"

START, LOCK = "pyodide.mjs", "pyodide-lock.json"
CORE = (START, LOCK, "pyodide.asm.wasm", "python_stdlib.zip")
ENGINES = ("pyodide.asm.js", "pyodide.asm.mjs")  # .mjs from 0.29 on
NEEDED = "numpy"
SECONDS = 60.0  # without an answer, until a server is given up


def supplied_pyodide(where: str, folder: Path, offline: bool = False) -> str:
    """Return the address of Pyodide for the page, with a slash at its end.

    where: an address, or a folder with Pyodide and NumPy, from which the needed files are copied to
    `folder`/pyodide. offline: whether they are fetched from an address, too; files that are there
    are kept. Raises FileNotFoundError, naming a missing file; ConnectionError for one that could
    not be fetched.
    """
    target = folder / "pyodide"
    if "://" in where:
        address = where.rstrip("/") + "/"
        if offline:
            _fetch_pyodide(address, target)
        return "pyodide/" if offline else address
    source = Path(where)
    for name in CORE:
        if not (source / name).is_file():
            raise FileNotFoundError(
                f"{source} has no {name}: --pyodide takes the folder of a distribution of Pyodide"
            )
    packages = _packages((source / LOCK).read_text("utf-8"))
    for name, file in packages.items():
        if not file or not (source / file).is_file():
            raise FileNotFoundError(
                f"{source} has no {name}, which the playground needs: take a full distribution"
            )
    engines = [name for name in ENGINES if (source / name).is_file()]
    for name in (*CORE, *engines, *packages.values()):
        _copy(source / name, target)
    return "pyodide/"


def _packages(lock: str) -> dict[str, str]:
    """Return the files of NumPy and its dependencies, by name; "" where there is none."""
    packages: dict[str, Any] = json.loads(lock).get("packages", {})
    wanted = [NEEDED]
    for name in wanted:
        needed = packages.get(name, {}).get("depends", [])
        wanted += [other for other in needed if other not in wanted]
    return {name: packages.get(name, {}).get("file_name", "") for name in wanted}


def _fetch_pyodide(address: str, folder: Path) -> None:
    """Fetch the files that the page needs; those of packages have checksums in the lock file."""
    for name in CORE:
        _fetch(f"{address}{name}", folder / name)
    if not any((folder / name).is_file() for name in ENGINES):
        try:
            _fetch(f"{address}{ENGINES[0]}", folder / ENGINES[0])
        except ConnectionError:
            _fetch(f"{address}{ENGINES[1]}", folder / ENGINES[1])
    lock = (folder / LOCK).read_text("utf-8")
    for name, file in _packages(lock).items():
        checksum = json.loads(lock)["packages"][name].get("sha256", "")
        _fetch(f"{address}{file}", folder / file, checksum)


def _fetch(address: str, target: Path, checksum: str = "") -> None:
    """Fetch a file unless it is there. Raise ConnectionError if it cannot be had."""
    import urllib.request  # slow to import, and not needed in a browser

    if target.is_file():
        return
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            content = answer.read()
    except OSError as error:
        reason = getattr(error, "reason", error)
        why, where = str(getattr(reason, "strerror", None) or reason), address[: -len(target.name)]
        words = (
            "{file} could not be fetched from {where} ({why}), so no playground is written. "
            "Try again with a network; or download Pyodide and @viz-js/viz on a machine that "
            "has one, and give their folders: --pyodide FOLDER --viz FOLDER"
        )
        raise ConnectionError(say(words, file=target.name, where=where, why=why)) from error
    if checksum and hashlib.sha256(content).hexdigest() != checksum:
        words = "{address} is not the file that Pyodide lists: its checksum differs"
        raise ConnectionError(say(words, address=address))
    write_whole(target, content)


def supplied_viz(where: str, folder: Path, offline: bool = False) -> str:
    """Return the address of the module of viz-js for the page.

    where: an address, or the folder of the package `@viz-js/viz`, or its file viz.js, which is
    copied to `folder`/viz. offline: whether it is fetched from an address, too. Raises
    FileNotFoundError where there is no viz.js, ConnectionError where it could not be fetched.
    """
    if "://" in where:
        if offline:
            _fetch(where, folder / "viz" / "viz.js")
        return "viz/viz.js" if offline else where
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

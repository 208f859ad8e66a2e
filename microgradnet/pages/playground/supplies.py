"""Where Pyodide and viz-js come from: an address, or a folder that is copied beside the page."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

__all__ = ["PYODIDE", "VIZ", "supplied_pyodide", "supplied_viz"]

# The versions that the tests run.
PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
VIZ = "https://cdn.jsdelivr.net/npm/@viz-js/viz@3.31.0/dist/viz.js"

START, LOCK = "pyodide.mjs", "pyodide-lock.json"
CORE = (START, LOCK, "pyodide.asm.wasm", "python_stdlib.zip")
ENGINE = "pyodide.asm.*js"  # .js, or .mjs from 0.29 on
NEEDED = "numpy"


def supplied_pyodide(where: str, folder: Path) -> str:
    """Return the address of Pyodide as the page uses it, with a slash at its end.

    where: an address, or a folder that has Pyodide and NumPy, of which the files that are needed
    are copied to `folder`/pyodide. Raises FileNotFoundError, naming what is missing.
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
    """The files of NumPy, and of what it needs, that a distribution lists."""
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
    """Return the address of the module of viz-js as the page uses it.

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

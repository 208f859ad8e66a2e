"""The code of the menu: the tutorial's derivation with a mistake, its class, a vectorised net.

They are files of `examples/`, which are in a clone, and which a wheel installs beside its data.
"""

from __future__ import annotations

import ast
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

__all__ = ["code_samples"]

CLONE = Path(__file__).parents[3] / "examples"
INSTALLED = Path(sysconfig.get_path("data"), "share", "microgradnet", "examples")
TUTORIAL, CLASS, ARRAYS = "tutorial.md", "dialects/scalar.py", "dialects/course.py"
DERIVATION = "by_hand"  # of the tutorial


def code_samples() -> dict[str, str]:
    """Return the code of each entry of the menu by its name, the first one first.

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
    """The functions of the tutorial up to its derivation, and the imports they need."""
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

"""The code in the playground's menu: files of `examples/`, and the mistakes of their catalogue."""

from __future__ import annotations

import ast
import re
import sysconfig
from pathlib import Path

__all__ = ["catalogue", "code_samples"]

CLONE = Path(__file__).parents[3] / "examples"
INSTALLED = Path(sysconfig.get_path("data"), "share", "microgradnet", "examples")
FILES = {
    "class": "dialects/scalar.py",
    "arrays": "dialects/course.py",
    "layer": "dialects/layers.py",
    "plain": "dialects/plain.py",
}
TUTORIAL, DERIVATION = "tutorial.md", "by_hand"
MISTAKES = {"en": "mistakes.md", "zh": "mistakes.zh.md"}
BLOCK = re.compile(r"```python\n(.*?)```", re.S)
CALL = re.compile(r"\n*^print\(mg\.check\(derive(?:, (.*))?\)\)\n", re.M)


def code_samples() -> dict[str, str]:
    """Return the code of each example of the menu by its name, in the order of the menu.

    Raises FileNotFoundError where the files are neither in a clone nor installed.

    >>> list(code_samples())
    ['mistake', 'class', 'arrays', 'layer', 'plain']
    """
    files = {name: _text(file) for name, file in FILES.items()}
    return {"mistake": _derivation(_text(TUTORIAL)), **files}


def catalogue(lang: str) -> list[tuple[str, str]]:
    """Return the mistakes of the catalogue: each heading in a language, and its code to check.

    >>> heading, code = catalogue("en")[1]
    >>> heading, "dP.sum(axis=1)" in code
    ('The wrong axis', True)
    """
    head, *parts = re.split(r"^### (.*)\n", _text(MISTAKES[lang]), flags=re.M)
    shared = BLOCK.findall(head)[0].replace("import microgradnet as mg\n\n", "")
    return [
        (heading.replace("`", ""), _to_check(shared, BLOCK.findall(text)[0]))
        for heading, text in zip(parts[::2], parts[1::2])
    ]


def _to_check(shared: str, code: str) -> str:
    """Return a mistake as a file, with the functions it uses, and its arguments as numbers."""
    call = CALL.search(code)
    function = next(part for part in ast.parse(code).body if isinstance(part, ast.FunctionDef))
    names = [argument.arg for argument in function.args.args]
    given = (call[1] or "") if call else ""
    calls = f"{', '.join(names)} = {given}\n" if given not in ("", ", ".join(names)) else ""
    first, *functions = re.split(r"\n\n\n(?=def )", shared.rstrip())
    parts = [CALL.sub("", code).strip()]
    for helper in reversed(functions):
        if f"{helper[4 : helper.index('(')]}(" in "\n".join(parts):
            parts.insert(0, helper)
    return "\n\n\n".join([f"{first}\n{calls}".rstrip(), *parts]) + "\n"


def _text(name: str) -> str:
    for folder in (CLONE, INSTALLED):
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8")
    raise FileNotFoundError(f"the playground shows {name}, which is not in {INSTALLED}")


def _derivation(tutorial: str) -> str:
    """Return the functions of the tutorial up to its derivation, and the imports they need."""
    parts: list[tuple[ast.stmt, str]] = []
    for block in BLOCK.findall(tutorial):
        kept = [p for p in ast.parse(block).body if isinstance(p, (ast.FunctionDef, ast.Import))]
        parts += [(part, ast.get_source_segment(block, part) or "") for part in kept]
        if any(isinstance(p, ast.FunctionDef) and p.name == DERIVATION for p in kept):
            break
    functions = [text for part, text in parts if isinstance(part, ast.FunctionDef)]
    imports = [
        text
        for part, text in parts
        if isinstance(part, ast.Import)
        and any(f"{a.asname or a.name}." in code for a in part.names for code in functions)
    ]
    return "\n\n\n".join(["\n".join(imports), *functions]) + "\n"

"""The files of the corpus: what is wrong in each stands as a comment on its line, or above it."""

import ast
import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
MARK = "# wrong: "


def marked(path, mark=MARK):
    """The lines that have the comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {k for k, line in enumerate(lines, 1) if mark in line}


def versions(path):
    """The text with each wrong line in its place, with the line's number and the words.

    `# wrong: LINE :: WORDS` is what stands instead of the next line, and a pattern of what is said.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    for k, line in enumerate(lines):
        if line.strip().startswith(MARK):
            at = next(n for n in range(k, len(lines)) if not lines[n].strip().startswith(MARK))
            wrong, words = line.strip().removeprefix(MARK).rsplit(" :: ", 1)
            indent = lines[at][: -len(lines[at].lstrip())]
            yield "\n".join([*lines[:at], indent + wrong, *lines[at + 1 :]]) + "\n", at + 1, words


def loaded(file, text=""):
    """A file as a module; text: what is written into it first."""
    if text:
        file.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def defined_at(text, line):
    """The name of the function or class of a file in which a line is."""
    (name,) = (
        node.name
        for node in ast.parse(text).body
        if hasattr(node, "name") and node.lineno <= line <= node.end_lineno
    )
    return name

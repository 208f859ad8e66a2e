"""The files of the corpus: what is wrong in each stands as a comment on its line."""

from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
MARK = "# wrong: "


def marked(path):
    """The lines that have the comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {k for k, line in enumerate(lines, 1) if MARK in line}

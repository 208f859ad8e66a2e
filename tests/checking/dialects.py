"""The files of examples/dialects, as they stand or with some of their text replaced."""

import importlib.util
import itertools
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "examples" / "dialects"
_numbers = itertools.count()


def module(name, temporary, *edits):
    """Return a file as a module; edits: pairs of what is replaced, once, and by what."""
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    for old, new in edits:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    file = temporary / f"{name}_{next(_numbers)}.py"
    file.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def blamed(report):
    """Return the words of what is wrong, by name."""
    return {row.name: row.words for row in report.rows if row.verdict == "wrong"}

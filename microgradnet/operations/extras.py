"""The optional packages: the command that installs one, as every error and example says it."""

from __future__ import annotations

import sys

__all__ = ["hint"]


def hint(extra: str) -> str:
    """Return the command that installs an extra, run in a clone of the repository.

    extra: its name in pyproject.toml, or several with commas. pip installs from outside, since
    the environment of the README has none, and from the clone, since the package is on no index.

    >>> hint("native")
    "python3 -m pip --python .venv/bin/python install -e '.[native]'"
    """
    if sys.platform == "win32":
        return rf'py -m pip --python .venv\Scripts\python install -e ".[{extra}]"'
    return f"python3 -m pip --python .venv/bin/python install -e '.[{extra}]'"

"""The known languages, the wanted language, and the catalogue of sentences and words."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["LANGUAGES", "chinese", "has_letters", "language", "page_words"]

LANGUAGES = ("en", "zh")
VARIABLE = "MICROGRADNET_LANG"
USUAL = ("LC_ALL", "LC_MESSAGES", "LANG")  # in the order of POSIX


def language(asked: str | None = None) -> str:
    """Return the language to use, "en" or "zh".

    asked: "en" or "zh" (or `zh_CN`, `en-GB`); without it, the language of `MICROGRADNET_LANG`, else
    of the locale; English where the output cannot show Chinese letters. Raises ValueError, naming
    the known languages, for an unknown one.

    >>> language("zh"), language("en_GB.UTF-8")
    ('zh', 'en')
    """
    if asked:
        return _one_of_ours(asked, "lang")
    named = os.environ.get(VARIABLE)
    usual = "zh" if _locale().lower().startswith(("zh", "chinese")) else "en"
    wanted = _one_of_ours(named, VARIABLE) if named else usual
    return wanted if has_letters() else "en"


def _one_of_ours(name: str, where: str) -> str:
    if name[:2].lower() not in LANGUAGES:
        raise ValueError(f"{where} is one of {', '.join(LANGUAGES)}, not {name!r}")
    return name[:2].lower()


def _locale() -> str:
    """Return the user's language, as the system calls it."""
    if usual := next(filter(None, map(os.environ.get, USUAL)), ""):
        return usual
    import locale  # 2 ms

    return locale.getlocale()[0] or ""


def has_letters() -> bool:
    """Return whether standard output can encode Chinese letters."""
    try:
        "\N{CJK UNIFIED IDEOGRAPH-4E2D}".encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def page_words(lang: str, page: str = "page") -> dict[str, str]:
    """Return the words of a page in a language, by name; page: "page" or "playground".

    >>> page_words("en")["step"], len(page_words("zh")) == len(page_words("en"))
    ('Step', True)
    """
    words: dict[str, str] = _file(f"{page}.json")[lang]
    return dict(words)


@functools.cache
def chinese() -> dict[str, str]:
    """Return the Chinese sentences by their English ones.

    >>> chinese()["the sign is wrong"].isascii()
    False
    """
    return {en: zh for part in _file("sentences.json").values() for en, zh in part.items()}


@functools.cache
def _file(name: str) -> Any:
    import json

    return json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))

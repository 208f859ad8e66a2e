"""A sentence with its parts: English text, which can be put into Chinese."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, overload

from microgradnet.words.languages import chinese, language

LINE = r"[Ll]ine \{line\}|第 \{line\} 行"
HAN = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
BLANK = f"(?<={HAN}) (?={HAN})"  # a blank stays beside a name, not between Chinese words

__all__ = ["Said", "changed", "in_language", "listed", "say", "sentence", "told"]


class Said(str):
    """An English sentence that keeps its template and parts; elsewhere it is plain text.

    template: with a place in braces for each part; parts: by the names of these places, names and
    numbers unchanged, other sentences as `Said`; between: the separator of a list's parts. Copies
    and pickles keep all of them.

    >>> words = say("uses {used} where {meant} belongs", used="w", meant="x")
    >>> words == "uses w where x belongs"
    True
    """

    template: str
    parts: Mapping[str, Any]
    between: str

    def __new__(cls, template: str, parts: Mapping[str, object], between: str = "") -> Said:
        """Make the sentence; raises KeyError for a place without a part."""
        whole = between.join(map(str, parts.values())) if between else _filled(template, parts)
        self = super().__new__(cls, whole)
        self.template, self.parts, self.between = template, dict(parts), between
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return Said, (self.template, dict(self.parts), self.between)

    def to(self, lang: str) -> str:
        """Return the sentence in a language, "en" or "zh"; English if the catalogue has no Chinese.

        >>> Said("the sign is wrong", {}).to("en")
        'the sign is wrong'
        """
        if lang == "en":
            return str(self)
        parts = {name: in_language(part, lang) for name, part in self.parts.items()}
        if self.between:
            text = chinese().get(self.between, self.between).join(map(str, parts.values()))
        else:
            text = _filled(chinese().get(self.template, self.template), parts)
        return re.sub(BLANK, "", text)

    def to_data(self) -> dict[str, object]:
        """Return the sentence as JSON data; `from_data` restores it.

        >>> Said.from_data(Said("{name} is left out", {"name": "dW"}).to_data())
        'dW is left out'
        """
        parts = {
            k: x.to_data() if isinstance(x, Said) else _plain(x) for k, x in self.parts.items()
        }
        return {"template": self.template, "parts": parts, "between": self.between}

    def general(self) -> Said:
        """Return the sentence with ... for names and numbers, to compare several sentences.

        >>> Said("{code} is the wrong way round", {"code": "a - b"}).general()
        '... is the wrong way round'
        """
        parts = {k: x.general() if isinstance(x, Said) else _Any() for k, x in self.parts.items()}
        return Said(self.template, parts, self.between)

    def with_names(self, change: Callable[[str], str]) -> Said:
        """Return the sentence with each text among its parts changed, in nested sentences too.

        >>> Said("there is no file {file}", {"file": "a.py"}).with_names(str.upper)
        'there is no file A.PY'
        """
        parts = {k: changed(x, change) if isinstance(x, str) else x for k, x in self.parts.items()}
        return Said(self.template, parts, self.between)

    @staticmethod
    def from_data(data: Mapping[str, Any]) -> Said:
        """Return the sentence from the data of `to_data`.

        Raises ValueError for a sentence that is not in the catalogue, so that data from elsewhere
        cannot say anything else.
        """
        try:
            template, between = str(data["template"]), str(data["between"])
            parts = {name: _made(part) for name, part in data["parts"].items()}
            known = (between or template) in chinese()
            return Said(template if known else "{}", parts, between)
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
            raise ValueError(f"no sentence of the catalogue: {str(data)[:100]}") from None


def _filled(template: str, parts: Mapping[str, Any]) -> str:
    """Return a template with its parts; words for a line, of a cell, replace "line {line}"."""
    in_words = isinstance(parts.get("line"), str)
    return (re.sub(LINE, "{line}", template) if in_words else template).format(**parts)


def changed(text: str, change: Callable[[str], str]) -> str:
    """Return a changed text; in a sentence only the names are changed.

    >>> changed("a.py", str.upper)
    'A.PY'
    """
    return text.with_names(change) if isinstance(text, Said) else change(text)


class _Any(str):
    """Three dots, in any format."""

    def __new__(cls) -> _Any:
        return super().__new__(cls, "...")

    def __format__(self, _: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return str(self)


def say(template: str, /, **parts: object) -> str:
    """Return a sentence of the catalogue with its parts, a `Said`.

    Raises KeyError for a place of the template without a part.

    >>> say("the names are {names}", names=listed(["dW1", "dW2"]))
    'the names are dW1, dW2'
    """
    return Said(template, parts)


def listed(parts: Iterable[str], between: str = ", ") -> str:
    """Return parts as a list in the language's style; empty ones are left out.

    >>> listed(["the sign is wrong", "", "dW is left out"], "; ")
    'the sign is wrong; dW is left out'
    """
    some = [part for part in parts if part]
    if len(some) < 2:
        return some[0] if some else ""
    return Said("", {str(i): part for i, part in enumerate(some)}, between)


@overload
def in_language(part: str, lang: str) -> str: ...
@overload
def in_language(part: object, lang: str) -> Any: ...
def in_language(part: object, lang: str) -> object:
    """Return a sentence in a language, also inside dicts and lists, and anything else unchanged.

    >>> in_language(say("none"), "en"), in_language("dW1", "zh"), in_language(2.0, "zh")
    ('none', 'dW1', 2.0)
    """
    if isinstance(part, Said):
        return part if lang == "en" else part.to(lang)
    if isinstance(part, Mapping):
        return {key: in_language(x, lang) for key, x in part.items()}
    return [in_language(x, lang) for x in part] if isinstance(part, (list, tuple)) else part


def sentence(error: BaseException) -> str:
    """Return the message of an error, as a sentence if it was raised with one; at least its kind.

    >>> sentence(ValueError(say("the sign is wrong")))
    'the sign is wrong'
    >>> sentence(KeyError("W1")), sentence(AssertionError())
    ("there is no key 'W1'", 'AssertionError')
    """
    found = error.args[0] if error.args else ""
    if isinstance(found, Said):
        return found
    if isinstance(error, KeyError):
        return say("there is no key {key}", key=str(error))
    return str(error) or type(error).__name__


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Add a note to a raised error: its message in the user's language.

    The error itself stays English, so that programs can read it; a traceback shows both.
    """
    try:
        yield
    except Exception as error:
        said = sentence(error)
        own = in_language(said, language())
        if own != said and own not in getattr(error, "__notes__", ()):
            error.add_note(own)
        raise


def _plain(x: object) -> object:
    """Return a part as JSON data: NumPy numbers as plain ones, anything else as text."""
    if isinstance(x, Said):
        return x.to_data()
    number = x.item() if hasattr(x, "item") else x
    return number if isinstance(number, (bool, int, float)) else str(x)


def _made(x: object) -> object:
    return Said.from_data(x) if isinstance(x, Mapping) else x

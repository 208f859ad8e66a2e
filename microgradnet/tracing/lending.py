"""What is lent to a file that only its author can run: answers, a text, what Python 2 had."""

from __future__ import annotations

import builtins
import io
import itertools
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from microgradnet.tracing.replacing import Namespace
from microgradnet.words import say

__all__ = ["MadeUpError", "as_python_3", "lend"]

ANSWER = "2"  # to whatever the code asks: a size, a number, no word
TEXT = "hello\nworld\n" * 60  # few letters, many windows
TABLE = "".join(f"{i % 5}.{i % 3 + 1},{i % 4}.5,{-i % 3}.25,{i % 2}\n" for i in range(24))
KINDS = {".txt": TEXT, ".csv": TABLE}


class MadeUpError(FileNotFoundError):
    """A file is not there, and what it holds is made up: the code goes on."""


def lend(home: Namespace, left: list[Exception]) -> None:
    """Give names the built-in functions that answer and open; left: takes what is made up."""

    def answer(prompt: object = "") -> str:
        return ANSWER

    def opened(file: Any, mode: str = "r", *others: Any, **options: Any) -> IO[Any]:
        try:
            return builtins.open(file, mode, *others, **options)
        except FileNotFoundError:
            text = KINDS.get(Path(str(file)).suffix)
            if text is None or mode not in ("r", "rt", "rb"):
                raise
            words = say("There is no {file}: what it holds is made up.", file=str(file))
            if all(str(words) != str(error) for error in left):
                left.append(MadeUpError(words))
            return io.BytesIO(text.encode()) if mode == "rb" else io.StringIO(text)

    given = {"open": opened, "input": answer, "raw_input": answer, "xrange": range}
    home["__builtins__"] = {**vars(builtins), **given}


EXCEPT = re.compile(r"(\bexcept\s+[\w.]+)\s*,\s*(\w+)\s*:")


def as_python_3(text: str) -> str:
    r"""Return a file of Python 2 as one of Python 3, its lines where they were.

    Raises SyntaxError, tokenize.TokenError for what is neither.

    >>> print(as_python_3("if x:\n\tprint 'loss', x  # of all"))
    if x:
            print ('loss', x)  # of all
    """
    lines = EXCEPT.sub(r"\1 as \2:", text.expandtabs(8)).splitlines()
    for (line, column), bracket in sorted(_brackets(lines), reverse=True):
        lines[line - 1] = lines[line - 1][:column] + bracket + lines[line - 1][column:]
    return "\n".join(lines)


def _brackets(lines: list[str]) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield where the brackets of `print x` are missing."""
    tokens = list(tokenize.generate_tokens(iter([f"{line}\n" for line in lines]).__next__))
    ends = (tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER)
    for k, (token, after) in enumerate(itertools.pairwise(tokens)):
        begins = k == 0 or tokens[k - 1].string in (":", ";") or not tokens[k - 1].string.strip()
        if token.string == "print" and begins and after.string not in ("=", "."):
            rest = iter(tokens[k + 1 :])
            last = token
            for last_or_end in rest:
                if last_or_end.type in ends or last_or_end.string == ";":
                    break
                last = last_or_end
            if last is token:
                yield token.end, "()"
            else:
                yield after.start, "("
                yield last.end, ")"

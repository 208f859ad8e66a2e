"""examples/mistakes.md: its code, and what that prints, in Chinese for mistakes.zh.md.

`python -m tests.docs.catalogue` rewrites the reports, but keeps one that no longer names a mistake.
"""

import contextlib
import io
import os
import re
from unittest import mock

from tests.places import EXAMPLES
from tests.sources import executed

PAGES = {"mistakes.md": "en", "mistakes.zh.md": "zh"}
CASE = re.compile(r"(### [^\n]+\n\n)```python\n(.*?)```\n\n```text\n(.*?)```", re.S)
# What each report says: a wrong line with its mistake, or a name with one; or what is not right.
MISTAKE = re.compile(
    r"^\d+ (?:wrong|not checked).*\n(.+, line \d+.*: .+\n  \w.+|[^,]+: \w.+)", re.M
)


def text_of(page):
    """Return a page."""
    return (EXAMPLES / page).read_text(encoding="utf-8")


def start(page):
    """Return the names that all code begins with."""
    (first,) = re.findall(r"```python\n(.*?)```", text_of(page).partition("##")[0], re.S)
    return executed(first)


def printed(code, names, lang="en"):
    """Return what a block of code prints in a language, with names that there are."""
    spoken = mock.patch.dict(os.environ, {"MICROGRADNET_LANG": lang})
    with spoken, contextlib.redirect_stdout(io.StringIO()) as out:
        executed(code, dict(names))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def rewritten(page):
    """Return a page with its reports as they are printed now."""
    names = start(page)

    def anew(case):
        heading, code, _ = case.groups()
        if not MISTAKE.search(printed(code, names)):
            print(f"{page}: no mistake is named: {heading.strip()}")
            return case[0]
        return f"{heading}```python\n{code}```\n\n```text\n{printed(code, names, PAGES[page])}```"

    return CASE.sub(anew, text_of(page))


if __name__ == "__main__":
    for each in PAGES:
        (EXAMPLES / each).write_text(rewritten(each), encoding="utf-8")

"""Files of the corpus that say in comments what is told of them, and of versions of them.

`LINE  #: VERDICT`: each row at the line has the verdict, or one of several with a comma between;
`LINE  #: VERDICT: WORDS` says of a row there what else is told. Rows at other lines are right.
`#~ LINE` stands in a version of its own instead of the next line, or with `#~a`, `#~b` ... together
with others of that letter. What such lines say holds there, and elsewhere nothing is wrong; where
they say nothing, all of the version is right.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from microgradnet.checking.reporting.report import ORDER

SAID = re.compile(r"  #: ([a-z, ]+)(?:: (.*))?$")
INSTEAD = re.compile(r"^( *)#~(\w*) ?(.*)$")


@dataclass
class Version:
    """A text, and by the number of a line the verdicts and words that are told there."""

    name: str
    text: str
    told: dict
    elsewhere: set

    def unlike(self, rows):
        """The lines of which something else is told."""
        found = {line: [r for r in rows if r.line == line] for line in {r.line for r in rows}}
        for line in found.keys() | self.told.keys():
            verdicts, words = self.told.get(line, (self.elsewhere, ""))
            several = {row.verdict for row in found.get(line, ())}
            is_so = several == verdicts if line in self.told else several <= verdicts
            is_so = is_so or (line == 0 and len(verdicts) > 1)  # wrong at a line that is not known
            said = " ".join(f"{r.mistake} {r.why} {r.suggestion}" for r in found.get(line, ()))
            if not is_so or words not in said:
                yield line, several, said


def versions(path: Path):
    """The file as it stands, and each of its versions, without what is said in comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    others, waiting = {}, []
    for k, line in enumerate(lines):
        if found := INSTEAD.match(line):
            waiting.append((found[2] or str(k), found[1] + found[3]))
            continue
        for name, text in waiting:
            others.setdefault(name, {})[k] = text
        waiting = []
    lines = [INSTEAD.sub("#", line) for line in lines]
    yield _version(path.stem, lines, range(len(lines)), {"right"})
    for number, changed in enumerate(others.values(), 1):
        text = [changed.get(k, line) for k, line in enumerate(lines)]
        says = any(map(SAID.search, changed.values()))
        elsewhere = {*ORDER} - {"wrong"} if says else {"right"}
        yield _version(f"{path.stem} {number}", text, changed, elsewhere)


def _version(name, lines, own, elsewhere):
    said = {k + 1: found for k in own if (found := SAID.search(lines[k]))}
    told = {k: ({*found[1].split(", ")}, found[2] or "") for k, found in said.items()}
    return Version(name, "".join(SAID.sub("", line) + "\n" for line in lines), told, elsewhere)

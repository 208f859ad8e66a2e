"""Check files of other people in a process of their own, and mark them in all formats of graders.

The process: process.py (`check_file` starts a child and judges its answer), copies.py (the copy of
the file that the child works in), child.py (the code of the child: its limits, the guard that ends
all its processes, and a check for code that the file replaces), answers.py (a report as plain
data), proof.py (the text as read before the run, and the verdicts that the child's tapes support).

Marks: marking.py (the items that a task asks for, and their points), formats.py (the formats of
graders; schema.json describes the JSON), annotations.py (findings with their places, for GitHub
and as SARIF), workers.py (check one file safely, or several in parallel), folder.py (a class, its
mistakes, and marks as tables), commands.py (`microgradnet check` and `schema`).
"""

from microgradnet.grading.answers import NotCheckedError
from microgradnet.grading.process import check_file

__all__ = ["NotCheckedError", "check_file"]

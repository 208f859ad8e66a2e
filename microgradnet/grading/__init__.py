"""Files checked as a teacher and a grader need it: in a process of its own, marked, in all formats.

A process: process.py: `check_file` starts a child and judges what it hands over; copies.py: the
copy it works in. child.py: what runs in the child, its limits, the guard that ends all it started,
and what the code replaces while it runs. answers.py: a report as plain data; proof.py: the text as
it was read before, and what of a report it and the handed tapes show.

Marks: marking.py: what a task asks for, and what a derivation is worth by that. formats.py: what
graders read (schema.json describes the JSON). workers.py: a file checked, whatever it does, and
files side by side; folder.py: a class, its mistakes, and marks as they are printed. commands.py:
`microgradnet check` and `schema`.
"""

from microgradnet.grading.answers import NotCheckedError
from microgradnet.grading.process import check_file

__all__ = ["NotCheckedError", "check_file"]

"""Files checked as a teacher and a grader need it: in a process of its own, marked, in all formats.

A process: process.py: `check_file` starts a child and judges what it hands over; beside.py: the
copy it works in. child.py: what runs in the child; guarding.py: its limits, and the guard that
ends all it started. answers.py: a report as plain data; proof.py: what of it the handed tapes show,
judged here; texts.py: the text as it was read before, which each row is compared with;
integrity.py: what it replaces while it runs.

Marks: trying.py: a file checked, whatever it does. asking.py: what a task asks for, and how many
points each is worth. marking.py: what a derivation is worth by that. formats.py: what graders read;
schema.py: what the JSON is. workers.py: files side by side; folder.py: a class and its mistakes;
tables.py: marks as they are printed. commands.py: `microgradnet check` and `schema`.
"""

from microgradnet.grading.answers import NotCheckedError
from microgradnet.grading.process import check_file

__all__ = ["NotCheckedError", "check_file"]

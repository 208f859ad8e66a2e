"""Derivations of others checked: in a process of its own, with limits.

process.py: `check_file` starts a child and judges what it hands over; beside.py: the folder it
works in. child.py: what runs in the child; guarding.py: its limits, and the guard that ends all it
started. answers.py: a report as plain data, and what is believed of it.
"""

from microgradnet.grading.answers import NotCheckedError
from microgradnet.grading.process import check_file

__all__ = ["NotCheckedError", "check_file"]

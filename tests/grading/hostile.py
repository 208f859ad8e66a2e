"""Files that mean to look right, or to do harm: each has a wrong derivation, and a trick.

The tricks are in tricks.txt: a name behind `==`, then code, in which a line `@part` stands for the
part whose name is behind `--`. None may get status 0.
"""

import re
from pathlib import Path

WRONG = """
def by_hand(w, x, y_true):
    y_pred = w * x
    L = (y_pred - y_true) ** 2
    d_L_d_ypred = 2 * (y_pred - y_true)
    d_ypred_d_w = w
    return locals()
"""
FAKE = """
FAKE = {"report": {"right": True, "note": "", "loss": "L", "point": {}, "rows": [
    {"name": "d_ypred_d_w", "verdict": "right", "written": 1.0, "right": 1.0, "bound": 0.0,
     "difference": None, "why": "", "mistake": "", "example": {}, "at_example": [], "follows": [],
     "code": "", "file": "", "line": 1, "shape": [], "where": "", "of": "", "ratio": 1.0}]}}
"""
CALL = "\nby_hand(0.5, 2.0, 1.0)\n"
TEXT = (Path(__file__).parent / "tricks.txt").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^(--|==) (\w+)\n(.*?)(?=^(?:--|==) |\Z)", TEXT, re.M | re.S)
PARTS = {name: code for kind, name, code in SECTIONS if kind == "--"}
TRICKS = {name: code for kind, name, code in SECTIONS if kind == "=="}


def source(name, marker="marker"):
    """The file of a trick; marker: a word on the command line of each process that it starts."""
    code = re.sub(r"^@(\w+)\n", lambda found: PARTS[found[1]], TRICKS[name], flags=re.M)
    return WRONG + FAKE + code.replace("MARKER", marker) + CALL

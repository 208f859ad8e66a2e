"""Find the edits that repair wrong claims, and with them the wrong lines.

In reading order: sites.py (statements that may be wrong), file_code.py (the names and formulas that
their edits may use), edits.py (corrected statements, nearest first) with edit_kinds.py (operators,
signs, numbers, factors that may be missing), edit_calls.py (calls), edit_places.py (names and
indices), edit_all.py (a name at all its places), edit_parts.py (the parts of a statement) and
edit_text.py (their text), screening.py (a quick test of each edit), bench.py (the smallest set that
repairs everything), solving.py (the value that a statement should have), recurring.py (that value
in each round of a loop), missing_path.py (a path of the chain rule that is left out),
wrong_order.py (lines in the wrong order), proving.py (which sets prove a mistake).
"""

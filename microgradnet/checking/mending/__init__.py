"""Find the edits that repair wrong claims, and with them the wrong lines.

In reading order: sites.py (statements that may be wrong), edits.py (corrected statements, nearest
first) with edit_kinds.py (operators, signs, numbers, factors that may be missing), edit_calls.py
(calls), edit_places.py (names and indices) and edit_parts.py (text), screening.py (a quick test of
each edit), bench.py (the smallest set that repairs everything), solving.py (the value that a
statement should have), wrong_order.py (lines in the wrong order), proving.py (which
sets prove a mistake).
"""

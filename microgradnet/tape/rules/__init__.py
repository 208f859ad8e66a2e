"""The value and the vector-Jacobian product of each kind of operation.

rows.py (the kinds of rows of the table), formulas.py (operations that need a formula of their
own), reductions.py (sums, means, products of arrays).
"""

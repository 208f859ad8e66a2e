"""Run a file as it is, and make up its missing parts: data, packages, arguments.

In reading order: running.py (a file with its modules, statement by statement), missing.py (files
and packages that are not there), stand_ins.py (what stands for them), feeder.py (calls of
functions and classes that the file never calls), attempts.py (one try of such calls), dimensions.py
(sizes, and the shapes that a file tells), guesses.py (what an argument may be, by how it is used),
hints.py (its axes, and what else the code tells), state.py (the guesses of a try, and how far it
came), repairing.py (another guess, by the error), fitness.py (whether gradients fit their
arguments), own_code.py (what the file itself says of it), by_name.py (what a name says),
of_rules.py (the same for rules of torch and JAX).
"""

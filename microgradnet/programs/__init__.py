"""A recorded graph as a straight-line program, and the engines that run it.

In reading order: program.py (Program, compile, record), engines/ (what an engine is; python,
numpy, jax, native; a program as JavaScript).
"""

from microgradnet.programs.program import Program, compile, record

__all__ = ["Program", "compile", "record"]

"""A recorded graph as a straight-line program, and the engines that run it.

In reading order: program.py (Program and the constants in its lines, compile, record); levels.py
(a program for one row alone, exact to the last bit). For many rows: lifted.py (a program as steps
on arrays), lifting.py (turns lines into those steps) with dataflow.py (when each register is
computed, and chains of additions as sums) and blocks.py (groups lines into steps); engines/ (the
class Engine; python, numpy, jax, native).
"""

from microgradnet.programs.program import Program, compile, record

__all__ = ["Program", "compile", "record"]

"""A recorded graph as a straight-line program, and the engines that run it.

In reading order: program.py (Program and the constants in its lines, compile, record); levels.py
(its lines for one row alone, to the last bit). For many rows: lifted.py (a program as steps on
arrays), lifting.py (its lines as those steps), of which dataflow.py (when each register is
computed, and chains of additions as sums), blocks.py (lines that make one step); engines/ (what
an engine is; python, numpy, jax, native).
"""

from microgradnet.programs.program import Program, compile, record

__all__ = ["Program", "compile", "record"]

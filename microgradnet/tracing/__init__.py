"""A person's code run on Values, unchanged: what it computes is noted, with the line that did.

arrays.py: arrays of Values. modules.py: NumPy, `math` and `random` that make and take them.
parsing.py: texts as trees. rewriting.py: a call after each assignment that notes its name, line and
value; splicing.py: a function rewritten as code, edits.
opening.py: a file run for its names, without what is not there; lending.py: what is made up for it.
replacing.py: a person's functions and classes among names that take Values; running.py: these run;
noted.py: what a run notes, its trace; events.py: what was computed, in order; computing.py: with
what they computed; starting.py: what parameters start from; stepping.py: which round of a loop is a
step, where the run ends, and those that are left behind; holding.py: what lists, tuples and dicts
hold, which may be moved at once; renaming.py: what is moved by a new name, and then takes the old.
"""

from microgradnet.tracing.arrays import Values
from microgradnet.tracing.events import Event
from microgradnet.tracing.modules import numpy_on_values
from microgradnet.tracing.noted import Trace
from microgradnet.tracing.running import run, run_script

__all__ = ["Event", "Trace", "Values", "numpy_on_values", "run", "run_script"]

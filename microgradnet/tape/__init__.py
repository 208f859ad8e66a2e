"""The tape: a run of a person's code, recorded once on its own numbers, replayed at others.

Code runs as it is; its syntax tree is rewritten so that each operation is done as written and
noted as an entry: operation, operands, value, place, name. The list of entries is a straight-line
program: it is replayed at other numbers, and one sweep back gives exact gradients.

An entry: entry.py (its operands and place), operands.py, rows.py, sums.py, formulas.py (the kinds
of operations: value, vector-Jacobian product), table.py (all of them, with their spellings). A run:
rewriting.py (the syntax tree to calls of hooks, with signs.py and trees.py), recorder.py (the
hooks), flow.py (those of loops and branches), calls.py (how a call of what is not the person's own
is noted), tape.py (the entries, and which holds the value of which object), recording.py (a source
or a function is run with the recorder in it), running.py (a file is), living.py (functions and
classes of a running program with hooks). What comes of it: replaying.py (the tape at other
numbers), gradients.py, trials.py (edited statements tried beside the run), evaluating.py (what they
give), graphs.py (the run as a graph of Values), folding.py (a sigmoid that is spelled out as the
one operation it is), labelling.py (the result of a function with the names in it: trace).

Handing over: handing.py (a recording as plain data, which another process computes anew),
by_text.py (it is compared with the texts), script.py (what stands in a text).

What is run: sources.py (files and notebooks as text), missing.py (a file runs though packages and
data are absent), lacking.py, stand_ins.py, beside.py, limits.py (its parts), feeding.py (objects
and arguments made up for what a file never calls), own_code.py, guesses.py, sizes.py,
repairing.py (its parts).
"""

from microgradnet.tape.feeding import Call, Fed, feed
from microgradnet.tape.missing import Ran, execute, provided
from microgradnet.tape.recording import Recording, Subject, recorded
from microgradnet.tape.running import FileRun
from microgradnet.tape.sources import Source, UnreadableError, read

__all__ = ["Call", "Fed", "FileRun", "Ran", "Recording", "Source", "Subject"]
__all__ += ["UnreadableError", "execute", "feed", "provided", "read", "recorded"]

"""Record a run of a person's code once on its own numbers, and replay it at others.

The syntax tree of the code is rewritten so that each operation runs as written and is recorded as
an entry: operation, operands, value, place, name. The list of entries, the tape, is a straight-line
program. It can be replayed at other numbers, and one backward sweep over it gives exact gradients.

The files in reading order. An entry: entry.py (its operands and place), rows.py and reductions.py
(the kinds of operations: value, vector-Jacobian product), formulas.py (values and derivatives that
take more than a line), table.py (all operations, with their spellings).

A run: rewriting.py (turn operations into calls of hooks) with trees.py (syntax trees and
operators), recorder.py (the hooks), library_calls.py (calls of library code), tape.py (the entries,
and the entry of each object), recording.py (record a source, or a function or class of a running
program), running.py (run and record a file with its neighbouring modules).

Uses of a tape: replay.py (values at other numbers, and gradients), trials.py (edited statements
evaluated beside the run), graphs.py (a graph of Values), tracing.py (trace: the result of a
function of a running program, labelled with its local names).

Export: handing.py (a recording as plain data, recomputed by another process), by_text.py (compare
the data with the source texts).

Incomplete files: sources.py (a file or notebook as text), missing.py (missing packages, data and
answers) with stand_ins.py; limits.py (bound loops, repeat random draws, hide prints); feeding.py
(make arguments for functions that a file never calls) with own_code.py, guesses.py and
repairing.py.
"""

from microgradnet.tape.feeding import Call, Fed, feed
from microgradnet.tape.recording import Recording, Subject, recorded
from microgradnet.tape.running import FileRun, Ran, execute, provided
from microgradnet.tape.sources import Source, UnreadableError, read

__all__ = ["Call", "Fed", "FileRun", "Ran", "Recording", "Source", "Subject"]
__all__ += ["UnreadableError", "execute", "feed", "provided", "read", "recorded"]

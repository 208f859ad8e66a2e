"""Record a run of a person's code once on its own numbers, and replay it at others.

The syntax tree of the code is rewritten so that each operation runs as written and is recorded as
an entry: operation, operands, value, place, name. The list of entries, the tape, is a straight-line
program. It can be replayed at other numbers, and one backward sweep over it gives exact gradients.

In reading order. Operations: entry.py (one operation of a run, its operands and place), table.py
(all operations and their spellings) with rules/ (the value and the vector-Jacobian product of each
kind of operation).

A run: trees.py (syntax trees and operators), rewriting.py (operations become calls of hooks),
tape.py (the entries, and the entry of each object), recorder.py (the hooks), library_calls.py
(calls of other people's code), tensors.py (tensors of torch, np.matrix), of_jax.py (code for JAX,
run on NumPy's arrays), limits.py (loops end, draws repeat, prints are hidden), recording.py (record
a source, or a function or class of a running program), sources.py (a file or notebook as text);
feeding/ (run and record a file, and make up what it lacks).

Uses of a tape: replay.py (values at other numbers, and gradients), edited.py (edited versions of a
statement), trials.py (which are tried beside the run), graphs.py (a graph of Values), tracing.py
(trace: the result of a function of a running program, labelled with the names in it).

Export: handing.py (a recording as plain data, recomputed by another process), by_text.py (compare
the data with the source texts).
"""

from microgradnet.tape.feeding.feeder import Fed, feed
from microgradnet.tape.feeding.running import FileRun, Ran, execute, provided
from microgradnet.tape.feeding.state import Call
from microgradnet.tape.library_calls import operation
from microgradnet.tape.recording import Recording, Subject, recorded
from microgradnet.tape.sources import Source, UnreadableError, read

__all__ = ["Call", "Fed", "FileRun", "Ran", "Recording", "Source", "Subject"]
__all__ += ["UnreadableError", "execute", "feed", "operation", "provided", "read", "recorded"]

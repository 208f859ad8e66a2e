"""Check derivations by hand: find the wrong line, and the edit that fixes it.

How a verdict comes about: the code runs once on its own numbers, and the tape records each
operation. The parameters are what its steps move, and the loss is the number whose gradients most
of these moves are. Each move, and each value whose name or place calls it a derivative, is a
claim; it is compared with the exact gradient, by replays at other numbers. A claim is right where
the two agree within rounding, up to one factor that all claims of a step share. The smallest set
of edited statements that makes the wrong claims right shows which lines are wrong; all other
wrong values follow from these.

The rooms, each of which imports only those before it: finding/ (parameters, steps and loss of a
run), judging/ (its claims, and whether they are right), mending/ (the edits that repair it),
reporting/ (the rows and words of a report), passes/ (a forward and a backward pass as a pair).
Above them: entry_points.py (check and check_training: a file, a function, a class or an object),
of_files.py (a file's own run, and what it never calls), passes_of_file.py (its pairs of passes),
scope.py (which lines, method and arguments are meant), variants.py (a file with more calls, or with
smaller sizes), comparing.py (compare: derivatives at one point).
"""

from microgradnet.checking.comparing import compare
from microgradnet.checking.entry_points import check, check_training
from microgradnet.checking.passes.backward import check_backward
from microgradnet.checking.reporting.report import Report
from microgradnet.checking.reporting.report import Row as Row

__all__ = ["Report", "check", "check_backward", "check_training", "compare"]

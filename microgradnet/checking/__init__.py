"""Check derivations by hand: find the wrong line, and the edit that fixes it.

How a verdict comes about: the code runs once on its own numbers, and the tape records each
operation. The parameters are what its steps move, and the loss is the number whose gradients most
of these moves are. Each move, and each value whose name or place calls it a derivative, is a
claim; it is compared with the exact gradient, by replays at other numbers. A claim is right where
the two agree within rounding, up to one factor that all claims of a step share. The smallest set
of edited statements that makes the wrong claims right shows which lines are wrong; all other
wrong values follow from these.

In reading order. From a run to a report: entry_points.py (check and check_training: a file, a
function, a class or an object), of_files.py (a file's own run, its pairs of passes, and what it
never calls), scope.py (which lines, method and arguments are meant; calls of what a file never
calls), check.py (the steps of a check, from top to bottom), verdicts.py (the verdict of each
claim), reporting.py (a row for each claim).

What a run claims: parameters.py (the parameters and their moves), steps.py (which moves are one
step, and which steps go another way), loss_finding.py (which number is the loss), carried_loss.py
(one that the code computes at another time), upstream.py (a loss that is assumed or given),
vocabulary.py (all patterns of names), claims.py, recognising.py (gradients found by value, whatever
their names), update_rules.py (the rules of known optimizers), updates.py (parameters that never
move, updates that are lost), predicting.py (predictions compared with training), automatic.py
(derivatives from autograd or differences: not by hand).

Comparing: points.py (other numbers that take the same branches), judging.py, proportions.py (when
two arrays are equal up to a factor), rounding.py and reference.py (what rounding and differences
can tell), unseen.py (writes that no operation shows).

Finding the edit: sites.py (statements that may be wrong), edits.py (corrected statements, nearest
first) with edit_kinds.py (operators, signs, numbers), edit_calls.py (calls), edit_places.py (names
and indices), edit_factors.py (factors that may be missing) and edit_parts.py (text), screening.py
(a quick test of each edit), mending.py (the smallest set), by_value.py (a missing term or factor,
by its value), proving.py (which sets prove a mistake), wrong_order.py (lines in the wrong order).

Pairs of a forward and a backward pass: backward.py (check_backward), passes.py (the two calls),
pairing.py (which gradient belongs to which argument), other_shapes.py (other sizes and indices),
functions.py (Functions of torch, custom_vjp of JAX), passes_of_file.py (all of a file);
for all checks, blame.py and solving.py (the value that fixes a line where no edit does).

Derivatives at one point: comparing.py (compare), bounds.py (how far rounding can move a gradient).

The report: report.py (Report and Row), wording.py (the words of a row), examples.py (the smallest
example), observations.py (the notes), sketching.py (the picture, as data), showing.py (tables).
"""

from microgradnet.checking.backward import check_backward
from microgradnet.checking.comparing import compare
from microgradnet.checking.entry_points import check, check_training
from microgradnet.checking.report import Report
from microgradnet.checking.report import Row as Row

__all__ = ["Report", "check", "check_backward", "check_training", "compare"]

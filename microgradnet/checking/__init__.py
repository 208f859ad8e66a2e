"""Derivations by hand, checked: which factor is wrong, and why.

How a verdict comes about, on the 2-2-1 net of the tutorial:

    h1 = sigmoid(w1 * x[0] + w2 * x[1] + b1)        # and h2, y_pred
    d_L_d_ypred = -2 * (y_true - y_pred)
    d_h1_d_w2 = x[0] * deriv_sigmoid(sum_h1)        # x[0] for x[1]
    self.w2 -= rate * d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w2

1. Run. The code is run as it stands, by tracing: its syntax tree is rewritten so that each
   assignment tells its name, line and value; `np`, `math` and `float` take Values. taking.py finds
   what to run in a function, a class, a file (scripts.py); first_step.py makes `self.w1 ...` Values
   and leaves the loop after a step; binding.py gives each derivative a node of its own, a mark, and
   keeps what every name was where a derivative was assigned. This is done at 16 points (points.py)
   whose numbers tell right from wrong: no zeros, nothing saturated, both sides of `y == 1`.
2. Recognise. runs.py reads a run by names.py: `d_h1_d_w2` is of the node h1 by the node w2. What L
   is the code computes, or loss= says, or it is taken to be mse(y_pred, y_true).
3. Judge. judging.py holds each mark against the exact derivative of the recorded graph, within
   what rounding can do to it (rounding.py). d_h1_d_w2 is off at all points.
4. Blame. Each mark is computed once more with all others put right: d_h1_d_w2 stays off, it is
   "wrong"; the update of w2 comes out right, it "follows from d_h1_d_w2". Where the training pass
   is not the predicting one, all is judged with the predicting one in its place (repair.py).
   Were deriv_sigmoid itself wrong, it would be blamed, and all that comes right with the true slope
   in its place follow from it (helpers.py); so a step between that has no such name (steps.py).
5. Name. mistakes.py tries the known mistakes, a table, on the numbers of all points: one factor of
   the chain (cases.py) taken for another gives exactly what was written: "uses x[0] where x[1]
   belongs".
6. Smallest example. smallest.py looks for small whole numbers at which it shows: x[1] = 1, all
   others 0. examining.py goes through 3 to 6, report.py holds what was found, showing.py shows it
   (paragraphs.py: on a narrow terminal); sketch.py: what is drawn of it, as boxes (sketches.py).

Arrays, and other names (`dW1`, `grads["b1"]`, `delta`), are checked by value, in the same order:
samples.py draws data like the example, one-hot rows stay one-hot; shrinking.py cuts what is long;
array_runs.py runs the code on them, a loop for one step, and later_steps.py for another from where
that left off; sides.py draws on until what is compared has gone both ways; guessing.py finds the
loss that is computed, or that is meant, pairing.py what is predicted and its target, own_losses.py
what a function of the code says of these, options.py the one that most agrees with, substituting.py
the loss of a step from what is computed after it, and gradients as they were before they were
clipped; by_value.py, found.py and recognising.py hold every array against the gradients of L by all
arrays of the forward pass, up to a constant that all have in common (ends.py: which are by
parameters), locally.py one against the derivatives of another array; claims.py says what a name
means; voting.py tells the constant by what most say; trying.py puts what is right in the place of
what is no gradient and runs the code on, or computes its graph anew, which is quicker (putting.py):
what mends the rest was wrong (blaming.py; one_edit.py: one edit that mends all). Where that takes
several lines, or none does, all derivatives are put right in one run, and each line shows by itself
whether it is wrong: the fewest that explain all are blamed (explaining.py); editing.py and edits.py
(parts.py, slopes.py) try small edits of the line until one makes it right: that is the mistake in
words (slips.py: what is wrong in the text itself); so predicting.py mends a training pass that is
not the predicting one, from which right lines only follow, and costs.py a cost that nothing is
derived from; array_words.py says which entries, what factor, what mistake; array_report.py makes a
row an array (through.py: what is a gradient through one other alone; array_sketch.py: its picture);
array_examples.py runs the code at shapes as small as show the mistake, and hands their entries to
smallest.py; array_checks.py: what is checked so, and check_backward, whose two passes passes.py
calls; belonging.py: which argument a returned gradient belongs to, positions.py: whether it is its
gradient, whatever its name. evidence.py: what a report
rests on, for another process that judges it anew. automatic.py, apart.py: what is computed by
calling what derives, told by the text of the code. functions.py, trainers.py: check,
check_training; candidates.py: what in a file derives; without_data.py: what is checked where the
file has no data for it, with the arguments, and objects of a class that is only defined, that
inventing.py makes up, or with data that lent_data.py writes in its text. comparing.py: numbers at
one point, against a recorded graph (compare).
"""

from microgradnet.checking.array_checks import check_backward
from microgradnet.checking.comparing import compare
from microgradnet.checking.report import Report
from microgradnet.checking.report import Row as Row
from microgradnet.checking.taking import check
from microgradnet.checking.trainers import check_training

__all__ = ["Report", "check", "check_backward", "check_training", "compare"]

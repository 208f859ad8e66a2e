"""Find the parameters, the steps and the loss of a run.

In reading order: unseen.py (writes that no operation shows), increments.py (what an entry adds to
an earlier one), parameters.py (the parameters and their moves), steps.py (which moves are one step,
and which steps go another way), vocabulary.py (all patterns of names), points.py (other numbers
that take the same branches), proportions.py (when two arrays are equal up to a factor), rounding.py
(what rounding can tell), loss_finding.py (which number is the loss), carried_loss.py (one that the
code computes at another time), unwritten_losses.py (those that it may mean, and one in two parts),
upstream.py (a loss that is assumed or given).
"""

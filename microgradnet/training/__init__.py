"""Training: rows and targets, steps of an optimizer, epochs of them, and their course.

In reading order: samples.py (rows, checked), scaling.py (standardize, centre),
optimizers.py, traceless.py (where an inf leaves no trace), epochs.py (eager, or as a program),
stopping.py (when to stop, or to warn), history.py (History), fitting.py (fit).
"""

from microgradnet.training.fitting import fit
from microgradnet.training.history import History
from microgradnet.training.optimizers import SGD, Adam, Momentum, Optimizer
from microgradnet.training.scaling import Scaling, centre, standardize

__all__ = [
    "SGD",
    "Adam",
    "History",
    "Momentum",
    "Optimizer",
    "Scaling",
    "centre",
    "fit",
    "standardize",
]

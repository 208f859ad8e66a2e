"""Training: rows and targets, optimizers, epochs, and the history of the losses.

In reading order: samples.py (rows, checked and scaled), optimizers.py, epochs.py (eager, or as a
program), stopping.py (when to stop, or to warn), history.py (History), fitting.py (fit).
"""

from microgradnet.training.fitting import fit
from microgradnet.training.history import History
from microgradnet.training.optimizers import SGD, Adam, Momentum, Optimizer
from microgradnet.training.samples import Scaling, centre, standardize

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

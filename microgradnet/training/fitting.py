"""Training: repeat forward, backward and a step of the optimizer, and keep the losses."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from microgradnet.autograd.value import Value, assign
from microgradnet.nn.losses import LOSSES, Loss, loss_function, mse, trained
from microgradnet.nn.module import Module
from microgradnet.operations.arguments import generator, instead, number, whole_number
from microgradnet.programs.engines import ENGINES
from microgradnet.training.epochs import Eager, Programmed, trainer
from microgradnet.training.history import History, Snapshots
from microgradnet.training.optimizers import SGD, Optimizer
from microgradnet.training.samples import Sample, columns_of, held_out, refuse_targets, samples
from microgradnet.training.stopping import Patience, warn_of_vanishing

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from microgradnet.training.samples import Validation

__all__ = ["History", "fit"]


@instead(
    lr="optimizer=mg.SGD({})",
    learning_rate="optimizer=mg.SGD({})",
    n_epochs="epochs={}",
    verbose="progress={}",
)
def fit(
    net: Module,
    X: ArrayLike,
    y: ArrayLike,
    loss: str | Loss = "mse",
    optimizer: Optimizer = SGD(0.1),
    epochs: int = 1000,
    batch_size: int = 1,
    shuffle: bool = False,
    seed: int | None = None,
    engine: str = "auto",
    progress: bool = True,
    *,
    l2: float = 0.0,
    validation: Validation = None,
    patience: int | None = None,
    snapshots: int | None = None,
) -> History:
    """Train the parameters of a net in place and return the History of its loss.

    net: called on a row of X, it returns the prediction; frozen parameters stay. X: n rows of
    numbers; y: n targets, or n rows of targets. loss: a name of `losses.LOSSES` ("mse", "hinge",
    "binary_cross_entropy", "softmax_cross_entropy") or a function (y_pred, y_true) -> Value.
    optimizer: `SGD`, `Momentum`, `Adam` or a custom one. batch_size: rows per step, whose gradients
    are averaged. shuffle: a new order of the rows for each epoch, drawn by `seed`. engine: "eager"
    records each step anew; any other runs one recorded step as a program, to the same parameters;
    "auto" chooses. progress: a bar on a terminal, nothing when piped. l2: this times the sum of the
    squares of the parameters is added to the loss. validation: a fraction of the rows to hold out,
    drawn by `seed`, or (X, y) of other rows. patience: stop after so many epochs without a lower
    loss. With held-out rows that is their loss, and the parameters of the best epoch are kept; else
    it is the training loss. snapshots: how many times to save the parameters, for `page(history)`.

    Raises ValueError or TypeError, with nothing trained, for arguments that do not fit;
    NonFiniteError at a step that is not finite. The parameters are then those after the last whole
    step, as after Ctrl-C. Warns of stuck trainings.

    >>> from microgradnet import MLP, datasets
    >>> history = fit(MLP(2, [2, 1]), *datasets.gender(), epochs=1000, progress=False)
    >>> history.losses[-1] < 0.01
    True
    """
    _refuse_settings(
        engine, l2, epochs=epochs, batch_size=batch_size, patience=patience, snapshots=snapshots
    )
    _refuse_unfit(net, optimizer)
    rng = generator(seed)
    rows, others = held_out(samples(X, y), validation, rng)
    eager = Eager(net, loss_function(loss), optimizer, rows, batch_size, l2)
    _refuse_unfit_targets(eager, [*rows, *others])
    runner = trainer(eager, engine, epochs)
    watch = Patience(runner, others, patience)
    training = _Training(runner, watch, epochs, snapshots, rng if shuffle else None)
    training.history.columns = columns_of(X)
    with _progress_bar(epochs, progress) as report:
        training.run(report)
    warn_of_vanishing(eager, training.history.losses)
    return training.history


class _Training:
    """A training in progress: its history so far, and the next epochs."""

    def __init__(
        self,
        runner: Eager | Programmed,
        watch: Patience,
        epochs: int,
        snapshots: int | None,
        rng: np.random.Generator | None,
    ) -> None:
        eager = runner if isinstance(runner, Eager) else runner.eager
        self.runner, self.watch, self.epochs, self.rng = runner, watch, epochs, rng
        self.samples, self.trained = eager.samples, eager.parameters
        self.parameters = eager.net.parameters()
        self.history = History(net=eager.net, samples=eager.samples)
        self.every = max(1, epochs // snapshots) if snapshots else None  # epochs between snapshots
        if snapshots:
            self.history.snapshots = Snapshots(eager.net, eager.loss, {0: self._numbers()})

    @property
    def epoch(self) -> int:
        """The number of epochs trained so far."""
        return len(self.history.epochs)

    @property
    def is_over(self) -> bool:
        """Whether all epochs are trained, or the patience is used up."""
        return self.epoch == self.epochs or self.watch.stop

    def run(self, report: Callable[[int, float], None]) -> None:
        """Train to the end; on any error the parameters are those after the last whole step."""
        try:
            while not self.is_over:
                self._next_epochs()
                report(self.epoch, self.history.losses[-1])
        finally:
            _assign_all(self.trained, self.runner.numbers)
        if self.watch.best is not None:
            _assign_all(self.trained, self.watch.best)

    def _next_epochs(self) -> None:
        """Train until the next check, snapshot or report, and add to the history."""
        order = self.rng.permutation(len(self.samples)).tolist() if self.rng else None
        losses = self.runner.run(order, self._most())
        history = self.history
        history.losses += losses
        history.validation += self.watch.after(losses)
        history.epochs += range(self.epoch + 1, len(history.losses) + 1)
        due = self.is_over or (self.every and self.epoch % self.every == 0)
        if history.snapshots and due:
            history.snapshots.states[self.epoch] = self._numbers()

    def _most(self) -> int:
        """Return the number of epochs to train at once."""
        if self.rng or self.watch.each_epoch:
            return 1
        most = min(self.epochs - self.epoch, self.runner.most())
        return min(most, self.every - self.epoch % self.every) if self.every else most

    def _numbers(self) -> list[float]:
        """Return the current numbers of all parameters, frozen ones included."""
        now = dict(zip(self.trained, self.runner.numbers))
        return [now.get(p, p.data) for p in self.parameters]


def _assign_all(parameters: Sequence[Value], numbers: Sequence[float]) -> None:
    """Set the numbers of all parameters, even if Ctrl-C comes in between."""
    try:
        assign(parameters, numbers)
    except KeyboardInterrupt:
        assign(parameters, numbers)
        raise


def _refuse_unfit(net: Module, optimizer: Optimizer) -> None:
    if isinstance(optimizer, type) or not callable(getattr(optimizer, "step", None)):
        raise TypeError(f"the optimizer is mg.SGD(0.1), mg.Adam() or the like, not {optimizer!r}")
    if not (callable(net) and callable(getattr(net, "parameters", None))):
        raise TypeError(f"the net is an mg.MLP or another Module, not {net!r}")
    if not net.parameters():
        raise ValueError(f"{net!r} has no parameters to train")
    if not getattr(net, "trainable_parameters", net.parameters)():
        raise ValueError(f"all parameters of {net!r} are frozen; unfreeze() some of them")


def _refuse_unfit_targets(eager: Eager, rows: Sequence[Sample]) -> None:
    loss = eager.loss
    if loss is not mse and loss in LOSSES.values():  # these losses refuse some targets
        refuse_targets(rows, eager.net(rows[0][0]), trained(loss))


def _refuse_settings(engine: str, l2: float, **counts: int | None) -> None:
    known = ("auto", "eager", *ENGINES)
    if engine not in known:
        raise ValueError(f"unknown engine {engine!r}; known: {', '.join(known)}")
    for name, count in counts.items():
        if name not in ("patience", "snapshots") or count is not None:
            whole_number(name, count)
    if not 0 <= number(l2) < math.inf:
        raise ValueError(f"l2 is a number from 0, not {l2!r}")


@contextmanager
def _progress_bar(epochs: int, wanted: bool) -> Iterator[Callable[[int, float], None]]:
    if not (wanted and sys.stderr.isatty()):
        yield lambda epoch, loss: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("epoch {task.completed:.0f}/{task.total:.0f}"),
        BarColumn(),
        TextColumn("{task.fields[loss]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=epochs, loss="")

        def report(epoch: int, loss: float) -> None:
            bar.update(task, completed=epoch, loss=f"loss {loss:.4f}")

        yield report

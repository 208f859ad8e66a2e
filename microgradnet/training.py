"""Training: repeat forward, backward and a step of the optimizer, and keep the losses."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microgradnet.epochs import Eager, trainer
from microgradnet.losses import loss_function
from microgradnet.module import Module
from microgradnet.operation import number, whole_number
from microgradnet.optimizers import SGD
from microgradnet.program import ENGINES
from microgradnet.snapshots import Snapshots
from microgradnet.value import assign

__all__ = ["History", "fit"]


@dataclass
class History:
    """The course of a training: `epochs` counted from 1, and the mean loss of each in `losses`.

    The loss of an epoch is the mean over its samples, each taken before the step it led to.
    snapshots: the numbers of the parameters after some epochs, and what they belong to, where
    `fit` was asked for them.
    """

    epochs: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    snapshots: Snapshots | None = field(default=None, repr=False, compare=False)

    def plot(self) -> Any:
        """Return a matplotlib Figure of the loss curve; `.savefig("loss.png")` writes it.

        Raises ImportError, with the command that installs it, where matplotlib is absent.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise ImportError(
                "History.plot needs matplotlib: pip install 'microgradnet[plot]'"
            ) from None
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(self.epochs, self.losses, color="#b3283b", linewidth=1.8)
        axes.set(xlabel="epoch", ylabel="mean loss", title="Training loss", ylim=(0.0, None))
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        return figure


def fit(
    net: Module,
    X: Any,
    y: Any,
    loss: str | Callable[[Any, Any], Any] = "mse",
    optimizer: SGD = SGD(0.1),
    epochs: int = 1000,
    batch_size: int = 1,
    shuffle: bool = False,
    seed: int | None = None,
    engine: str = "auto",
    progress: bool = True,
    snapshots: int = 0,
) -> History:
    """Train the parameters of a net in place and return the History of its loss.

    net: called on a row of X, it returns the prediction. X: n rows of numbers; y: n targets, or n
    rows of targets. loss: a name ("mse") or a function (y_pred, y_true) -> Value. batch_size:
    rows per step, whose gradients are averaged. shuffle: a new order of the rows for each epoch,
    drawn by `seed`. engine: "eager" records each step anew, any other runs one recorded step as
    a program, to the same parameters; "auto" chooses. progress: a progress bar on a terminal,
    nothing when piped. snapshots: how many times the parameters are kept on the way, for
    `page(history)`.

    Raises ValueError or TypeError, before anything is trained, for data and settings that do not
    fit; NonFiniteError, naming the node, at a step that is not finite. That, and Ctrl-C, leave
    the parameters of the last whole step.

    >>> from microgradnet import MLP, datasets
    >>> net = MLP(2, [2, 1], seed=0)
    >>> history = fit(net, *datasets.gender(), epochs=1000, progress=False)
    >>> history.losses[-1] < 0.01
    True
    """
    _refuse_unfit(net, optimizer)
    _refuse_settings(engine, epochs=epochs, batch_size=batch_size)
    samples = list(zip(*_samples(X, y)))
    rng = np.random.default_rng(seed)
    history = History()
    eager = Eager(net, loss_function(loss), optimizer, samples, batch_size)
    runner = trainer(eager, engine, epochs)
    if snapshots:
        every = max(1, epochs // whole_number("snapshots", snapshots))
        history.snapshots = Snapshots(net, eager.loss, samples, every)
    with _progress_bar(epochs, progress) as report:
        try:
            while len(history.epochs) < epochs:
                order = rng.permutation(len(samples)).tolist() if shuffle else None
                done = len(history.epochs)
                most = min(epochs - done, runner.most())
                if history.snapshots:
                    most = min(most, history.snapshots.due(done))
                history.losses += runner.run(order, 1 if shuffle else most)
                history.epochs += range(done + 1, len(history.losses) + 1)
                if history.snapshots:
                    epoch = len(history.epochs)
                    history.snapshots.keep(epoch, runner.numbers, last=epoch == epochs)
                report(len(history.epochs), history.losses[-1])
        finally:
            assign(eager.parameters, runner.numbers)
    return history


def _refuse_unfit(net: Any, optimizer: Any) -> None:
    if not callable(getattr(optimizer, "step", None)):
        raise TypeError(f"the optimizer is mg.SGD(0.1) or the like, not {optimizer!r}")
    if not (callable(net) and callable(getattr(net, "parameters", None))):
        raise TypeError(f"the net is an mg.MLP or another Module, not {net!r}")
    if not net.parameters():
        raise ValueError(f"{net!r} has no parameters to train")


def _refuse_settings(engine: str, **counts: Any) -> None:
    known = ("auto", "eager", *ENGINES)
    if engine not in known:
        raise ValueError(f"unknown engine {engine!r}; known: {', '.join(known)}")
    for name, count in counts.items():
        whole_number(name, count)


def _samples(X: Any, y: Any) -> tuple[list[list[float]], list[Any]]:
    """Rows and targets as lists of floats, checked."""
    rows = [
        [_entry(x, f"X, row {i}, column {j}") for j, x in enumerate(_sequence(row, f"X, row {i}"))]
        for i, row in enumerate(_sequence(X, "X"))
    ]
    targets: list[Any] = [
        [_entry(t, f"y, row {i}, column {j}") for j, t in enumerate(target)]
        if isinstance(target, (list, tuple)) or (isinstance(target, np.ndarray) and target.ndim)
        else _entry(target, f"y, row {i}")
        for i, target in enumerate(_sequence(y, "y"))
    ]
    if all(isinstance(target, list) and len(target) == 1 for target in targets):
        targets = [target[0] for target in targets]  # a column of targets
    if not rows:
        raise ValueError("X has no rows: there is nothing to learn from")
    if len(rows) != len(targets):
        raise ValueError(f"X has {len(rows)} rows, but y has {len(targets)}")
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(f"X, row {i} has {len(row)} columns, but row 0 has {len(rows[0])}")
    return rows, targets


def _sequence(x: Any, where: str) -> Any:
    if hasattr(x, "__array__"):  # a table of pandas would hand out its column names
        x = np.asarray(x)
    scalar = isinstance(x, np.ndarray) and x.ndim == 0
    if scalar or isinstance(x, (str, bytes)) or not isinstance(x, Iterable):
        raise ValueError(f"{where}: expected a sequence, not {x!r}")
    return x


def _entry(x: Any, where: str) -> float:
    try:
        result = number(x)
    except TypeError:
        raise TypeError(f"{where}: expected a number, not {x!r}") from None
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    if not math.isfinite(result):
        raise ValueError(f"{where}: expected a finite number, not {result}")
    return result


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

"""The course of a training: its losses, and the parameters after some epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from microgradnet.nn.losses import Loss
from microgradnet.nn.module import Module
from microgradnet.training.samples import Sample

if TYPE_CHECKING:
    import os

    from matplotlib.figure import Figure

__all__ = ["NO_SNAPSHOTS", "History", "Snapshots"]

NO_SNAPSHOTS = "this history has no snapshots: train with mg.fit(..., snapshots=50)"


@dataclass
class Snapshots:
    """Saved parameters by epoch, with 0 for the start.

    net, loss: as they were trained; states: the numbers of all parameters after some epochs.

    >>> from microgradnet import MLP, mse
    >>> Snapshots(MLP(1, 1), mse, {0: [0.5, 0.1], 10: [0.4, 0.1]}).states[10]
    [0.4, 0.1]
    """

    net: Module
    loss: Loss
    states: dict[int, list[float]] = field(default_factory=dict)


@dataclass(repr=False)
class History:
    """The history of a training: `epochs`, from 1, and the mean loss of each in `losses`.

    The loss of an epoch is the mean over its samples, each taken before its own step. validation:
    the mean loss of the held-out rows after each epoch, if there are some. net, samples, columns:
    the net, its training samples, and the names of their columns, if any. snapshots: the parameters
    after some epochs, where `fit` was asked for them.

    >>> History(epochs=[1, 2], losses=[0.25, 0.2])
    History: 2 epochs, mean loss 0.25 to 0.2
    """

    epochs: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    net: Module | None = field(default=None, compare=False)
    samples: Sequence[Sample] = field(default=(), compare=False)
    columns: Sequence[str] = field(default=(), compare=False)
    snapshots: Snapshots | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        n = len(self.losses)
        text = f"History: {n:,} epoch{'s' * (n != 1)}"
        for kind, losses in (("mean loss", self.losses), ("held out", self.validation)):
            text += f", {kind} {losses[0]:.4g} to {losses[-1]:.4g}" if losses else ""
        return text

    def plot(self, columns: Sequence[str] = ()) -> Figure:
        """Return a matplotlib Figure of the loss curve; `.savefig("loss.png")` writes it.

        For a net of two inputs a second panel shows the samples and the current outputs of the net
        over the plane. columns: the names of the two inputs, by default the columns of X, if it was
        a table with names, as pandas has. Raises ImportError, with the command that installs it,
        where matplotlib is absent.
        """
        from microgradnet.drawing.of_training import plot

        return plot(self, columns)

    def animate(
        self,
        path: str | os.PathLike[str] | None = None,
        columns: Sequence[str] = (),
        *,
        frames: int = 30,
        seconds: float = 6.0,
    ) -> Any:
        """Return the moving picture of the training, which shows itself in a notebook.

        The loss falls and, for a net of two inputs, its outputs over the plane follow; for these
        the training needs `snapshots`. path: where to save it, too: .gif, or .html with a button
        and a slider. columns: as in `plot`. frames: how many at most; seconds: of a run.

        Raises ImportError, with the command that installs it, where matplotlib is absent.
        Raises ValueError for a history without epochs, for two inputs without snapshots, another
        suffix, and for numbers of frames or seconds that do not fit.

        >>> from microgradnet import MLP, datasets, fit
        >>> net = MLP(2, [2, 1], seed=0)
        >>> history = fit(net, *datasets.gender(), epochs=100, snapshots=2, progress=False)
        >>> history.animate()
        Animation: 3 frames
        """
        from microgradnet.drawing.of_training import animate

        return animate(self, path, columns, frames, seconds)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from microgradnet.drawing.notebook import mimebundle

        return mimebundle(self)

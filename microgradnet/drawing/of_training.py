"""The picture of a training: the loss curve and, for two inputs, a map of the net's outputs."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.autograd.modes import BranchError, recording
from microgradnet.autograd.value import Value
from microgradnet.drawing.styles import CLASSES, LIGHT
from microgradnet.nn.module import Module
from microgradnet.programs.program import compile
from microgradnet.training.history import History
from microgradnet.words.terminal import hint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Panels", "need_matplotlib", "plane_of", "plot"]

Colours = dict[str, Any]  # a colour map, and the numbers at its two ends

GRID = 200  # points along each axis of the map of the outputs
TRAINING, HELD_OUT = LIGHT.roles["root"][0], LIGHT.roles["frozen"][0]  # lines


def plot(history: History, columns: Sequence[str] = ()) -> Figure:
    """Return a matplotlib Figure of the loss curve and, for two inputs, of the net's outputs.

    columns: the names of the inputs, by default the names in the data, if any. Raises ImportError,
    with the command that installs it, where matplotlib is absent.

    >>> plot(History([1, 2], [0.5, 0.25])).axes[0].get_ylabel()
    'mean loss'
    """
    need_matplotlib("plot")
    plane = plane_of(history)
    frames = [plane.outputs([p.data for p in plane.net.parameters()])] if plane else []
    return Panels(history, plane, frames, columns).figure


def need_matplotlib(method: str) -> None:
    """Raise ImportError, with the command that installs it, where matplotlib is absent."""
    if importlib.util.find_spec("matplotlib") is None:
        raise ImportError(f"History.{method} needs matplotlib: {hint('plot')}")


class Panels:
    """The figure of a training: its losses and, with a plane, the outputs of the net over it.

    frames: outputs, of which the last is shown; the colours allow for all.
    """

    def __init__(
        self,
        history: History,
        plane: Plane | None,
        frames: Sequence[np.ndarray],
        columns: Sequence[str] = (),
    ) -> None:
        from matplotlib.figure import Figure

        self.history, self.plane = history, plane
        self.figure = Figure(figsize=(9.6 if plane else 6.4, 3.6), layout="constrained")
        self.losses = self.figure.add_subplot(1, 2 if plane else 1, 1)
        _draw_losses(self.losses, history)
        if plane is None:
            return
        self.axes = self.figure.add_subplot(1, 2, 2)
        x, y = columns or history.columns or ("x1", "x2")
        self.axes.set(xlabel=x, ylabel=y, title="What the net says where")
        points = np.array([row for row, _ in history.samples])
        targets = np.array([np.argmax(y) if isinstance(y, list) else y for _, y in history.samples])
        self.is_of_classes = frames[0].shape[-1] > 1
        targets = targets % len(CLASSES) if self.is_of_classes else targets
        self.scale = _of_classes() if self.is_of_classes else _between(targets)
        self.has_outline = not self.is_of_classes and len(np.unique(targets)) == 2
        self.extend = _extend(frames, self.scale)
        self.shown: list[Any] = []
        self.show_outputs(frames[-1])
        if not self.is_of_classes:
            self.figure.colorbar(self.shown[0], ax=self.axes, label="output", drawedges=False)
        size = 16 if len(points) > 50 else 40
        self.dots = self.axes.scatter(points[:, 0], points[:, 1], c=targets, s=size, **self.scale)
        self.dots.set(edgecolors="white", linewidths=0.6, zorder=3)

    def show_outputs(self, outputs: np.ndarray) -> None:
        """Show outputs in place of those that are shown."""
        plane, axes, scale = self.plane, self.axes, self.scale
        assert plane is not None
        for artist in self.shown:
            artist.remove()
        if self.is_of_classes:
            classes = outputs.argmax(axis=-1) % len(CLASSES)
            self.shown = [axes.pcolormesh(plane.across, plane.up, classes, alpha=0.35, **scale)]
            return
        heights = (plane.across, plane.up, outputs[..., 0])
        levels = np.linspace(scale["vmin"], scale["vmax"], 11)
        self.shown = [axes.contourf(*heights, levels, extend=self.extend, alpha=0.6, **scale)]
        middle = (scale["vmin"] + scale["vmax"]) / 2
        if self.has_outline and heights[-1].min() < middle < heights[-1].max():
            self.shown.append(axes.contour(*heights, [middle], colors=LIGHT.ink))

    def show(self, epoch: int, outputs: np.ndarray | None) -> None:
        """Show the losses up to an epoch, on the axes of all, and the outputs after it."""
        history = self.history
        for line, losses in zip(self.losses.lines, (history.losses, history.validation)):
            line.set_data(history.epochs[:epoch], losses[:epoch])
        self.losses.set_title(f"Epoch {epoch:,}")
        if outputs is not None:
            self.show_outputs(outputs)

    def moving(self) -> list[Any]:
        """Return what `show` changes and what lies on it, from below."""
        losses = [*self.losses.lines, self.losses.title]
        if self.plane is None:
            return losses
        return [*losses, *self.shown, self.dots, *self.axes.spines.values()]


def _draw_losses(axes: Axes, history: History) -> None:
    axes.plot(history.epochs, history.losses, color=TRAINING, linewidth=1.8, label="training")
    if history.validation:
        axes.plot(
            history.epochs, history.validation, color=HELD_OUT, linewidth=1.4, label="held out"
        )
        axes.legend(frameon=False)
    axes.set(xlabel="epoch", ylabel="mean loss", title="Training loss", ylim=(0.0, None))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


class Plane:
    """The plane of the two inputs of a net, round its samples: axes, and the outputs on a grid."""

    def __init__(self, history: History, net: Module, grid: int) -> None:
        self.net, self.grid = net, grid
        x = [Value(0.0, "x1"), Value(0.0, "x2")]
        with recording():
            outputs = net(x)
        self.program = compile(outputs, [*net.parameters(), *x], engine="numpy")
        points = np.array([row for row, _ in history.samples])
        low, high = points.min(axis=0), points.max(axis=0)
        margin = 0.08 * np.where(high > low, high - low, 1.0)
        self.across, self.up = np.linspace(low - margin, high + margin, grid).T
        self.rows = np.stack(np.meshgrid(self.across, self.up), axis=-1).reshape(-1, 2)

    def outputs(self, numbers: Sequence[float]) -> np.ndarray:
        """Return the outputs (n, n, outputs) of the net with these parameters."""
        return self.program.map(numbers, self.rows).reshape(self.grid, self.grid, -1)


def plane_of(history: History, grid: int = GRID) -> Plane | None:
    """Return the plane of a training, or None where the net's outputs cannot be drawn over one."""
    net = history.net
    if net is None or not history.samples or len(history.samples[0][0]) != 2:
        return None
    try:
        return Plane(history, net, grid)
    except BranchError:
        return None


def _of_classes() -> Colours:
    from matplotlib.colors import ListedColormap

    return {"cmap": ListedColormap(CLASSES), "vmin": -0.5, "vmax": len(CLASSES) - 0.5}


def _between(targets: np.ndarray) -> Colours:
    """Return a colour map from the first class's colour over paper to the second's."""
    from matplotlib.colors import LinearSegmentedColormap

    ends, low, high = [CLASSES[0], LIGHT.paper, CLASSES[1]], targets.min(), targets.max()
    cmap = LinearSegmentedColormap.from_list("two", ends)
    return {"cmap": cmap, "vmin": float(low), "vmax": float(high if high > low else low + 1.0)}


def _extend(frames: Sequence[np.ndarray], scale: Colours) -> str:
    """Return at which ends of the colours outputs go beyond the targets."""
    below = any(bool(outputs.min() < scale["vmin"]) for outputs in frames)
    above = any(bool(outputs.max() > scale["vmax"]) for outputs in frames)
    return ("neither", "min", "max", "both")[below + 2 * above]

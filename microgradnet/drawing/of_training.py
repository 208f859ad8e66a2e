"""The picture of a training: the loss curve and, for two inputs, a map of the net's outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.autograd.modes import BranchError, recording
from microgradnet.autograd.value import Value
from microgradnet.drawing.styles import CLASSES, LIGHT
from microgradnet.programs.program import compile
from microgradnet.training.history import History
from microgradnet.training.samples import Sample
from microgradnet.words.terminal import hint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot"]

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
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(f"History.plot needs matplotlib: {hint('plot')}") from None
    regions = _outputs_on_a_grid(history)
    figure = Figure(figsize=(6.4 if regions is None else 9.6, 3.6), layout="constrained")
    axes = figure.add_subplot(1, 1 if regions is None else 2, 1)
    _draw_losses(axes, history)
    if regions is not None:
        plane = _draw_regions(figure, *regions, history.samples)
        x, y = columns or history.columns or ("x1", "x2")
        plane.set(xlabel=x, ylabel=y, title="What the net says where")
    return figure


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


def _outputs_on_a_grid(history: History) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return both axes and the outputs (n, n, outputs), or None where they cannot be drawn."""
    net = history.net
    if net is None or not history.samples or len(history.samples[0][0]) != 2:
        return None
    x = [Value(0.0, "x1"), Value(0.0, "x2")]
    try:
        with recording():
            outputs = net(x)
    except BranchError:
        return None
    parameters = net.parameters()
    program = compile(outputs, [*parameters, *x], engine="numpy")
    points = np.array([row for row, _ in history.samples])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.08 * np.where(high > low, high - low, 1.0)
    across, up = np.linspace(low - margin, high + margin, GRID).T
    rows = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    found = program.map([p.data for p in parameters], rows)
    return across, up, found.reshape(GRID, GRID, -1)


def _draw_regions(
    figure: Figure,
    across: np.ndarray,
    up: np.ndarray,
    outputs: np.ndarray,
    samples: Sequence[Sample],
) -> Axes:
    axes: Axes = figure.add_subplot(1, 2, 2)
    points = np.array([row for row, _ in samples])
    targets = np.array([np.argmax(y) if isinstance(y, list) else y for _, y in samples])
    if outputs.shape[-1] > 1:
        scale = _of_classes()
        targets = targets % len(CLASSES)
        axes.pcolormesh(across, up, outputs.argmax(axis=-1) % len(CLASSES), alpha=0.35, **scale)
    else:
        scale = _between(*_ends(targets))
        _draw_heights(figure, axes, (across, up, outputs[..., 0]), scale, len(np.unique(targets)))
    size = 16 if len(points) > 50 else 40
    axes.scatter(
        points[:, 0], points[:, 1], c=targets, s=size, edgecolors="white", linewidths=0.6, **scale
    )
    return axes


def _of_classes() -> Colours:
    from matplotlib.colors import ListedColormap

    return {"cmap": ListedColormap(CLASSES), "vmin": -0.5, "vmax": len(CLASSES) - 0.5}


def _between(low: float, high: float) -> Colours:
    """Return a colour map from the first class's colour over paper to the second's."""
    from matplotlib.colors import LinearSegmentedColormap

    ends = [CLASSES[0], LIGHT.paper, CLASSES[1]]
    return {"cmap": LinearSegmentedColormap.from_list("two", ends), "vmin": low, "vmax": high}


def _ends(targets: np.ndarray) -> tuple[float, float]:
    low, high = float(targets.min()), float(targets.max())
    return low, high if high > low else low + 1.0


def _draw_heights(
    figure: Figure,
    axes: Axes,
    outputs: tuple[np.ndarray, np.ndarray, np.ndarray],
    scale: Colours,
    kinds: int,
) -> None:
    """Draw one output as colours between the targets, and beyond them if the output goes there."""
    low, high, heights = scale["vmin"], scale["vmax"], outputs[-1]
    beyond = {(False, False): "neither", (True, False): "min", (False, True): "max"}
    extend = beyond.get((bool(heights.min() < low), bool(heights.max() > high)), "both")
    levels = np.linspace(low, high, 11)
    shown = axes.contourf(*outputs, levels, extend=extend, alpha=0.6, **scale)
    figure.colorbar(shown, ax=axes, label="output", drawedges=False)
    middle = (low + high) / 2
    if kinds == 2 and heights.min() < middle < heights.max():
        axes.contour(*outputs, [middle], colors=LIGHT.ink)

"""The picture of a training: the loss curve and, for two inputs, what the net says where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from microgradnet.autograd.modes import BranchError, recording
from microgradnet.autograd.value import Value
from microgradnet.drawing.themes import CLASSES, LIGHT
from microgradnet.operations.extras import hint
from microgradnet.programs.program import compile
from microgradnet.training.history import History

__all__ = ["plot"]

GRID = 200  # points along each axis of the picture of the regions
TRAINING, HELD_OUT = LIGHT.roles["root"][0], LIGHT.roles["frozen"][0]  # lines


def plot(history: History) -> Any:
    """Return a matplotlib Figure of the loss curve and, for two inputs, of the regions.

    Raises ImportError, with the command that installs it, where matplotlib is absent.

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
        _draw_regions(figure, *regions, history.samples)
    return figure


def _draw_losses(axes: Any, history: History) -> None:
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
    """Both axes and the outputs (n, n, outputs); None where they cannot be drawn."""
    if not history.samples or len(history.samples[0][0]) != 2:
        return None
    x = [Value(0.0, "x1"), Value(0.0, "x2")]
    try:
        with recording():
            outputs = history.net(x)
    except BranchError:
        return None
    parameters = history.net.parameters()
    program = compile(outputs, [*parameters, *x], engine="numpy")
    points = np.array([row for row, _ in history.samples])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.08 * np.where(high > low, high - low, 1.0)
    across, up = np.linspace(low - margin, high + margin, GRID).T
    rows = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    found = program.map([p.data for p in parameters], rows)
    return across, up, found.reshape(GRID, GRID, -1)


def _draw_regions(
    figure: Any,
    across: np.ndarray,
    up: np.ndarray,
    outputs: np.ndarray,
    samples: Sequence[tuple[list[float], Any]],
) -> None:
    axes = figure.add_subplot(1, 2, 2)
    points = np.array([row for row, _ in samples])
    targets = np.array([np.argmax(y) if isinstance(y, list) else y for _, y in samples])
    kinds = np.unique(targets)
    colours: dict[str, Any] = {}
    if outputs.shape[-1] > 1:
        from matplotlib.colors import ListedColormap

        colours |= {"cmap": ListedColormap(CLASSES), "vmin": -0.5, "vmax": len(CLASSES) - 0.5}
        axes.pcolormesh(across, up, outputs.argmax(axis=-1) % len(CLASSES), alpha=0.35, **colours)
        targets = targets % len(CLASSES)
    else:
        low, high = targets.min(), targets.max()
        colours |= {"cmap": "RdBu_r", "vmin": low, "vmax": high if high > low else low + 1.0}
        levels = np.linspace(colours["vmin"], colours["vmax"], 11)
        heights, middle = outputs[..., 0], (low + high) / 2
        shown = axes.contourf(across, up, heights, levels, extend="both", alpha=0.6, **colours)
        figure.colorbar(shown, ax=axes, label="output", drawedges=False)
        if len(kinds) == 2 and heights.min() < middle < heights.max():
            axes.contour(across, up, heights, [middle], colors=LIGHT.ink)
    axes.scatter(
        *points.T,
        c=targets,
        s=16 if len(points) > 50 else 40,
        edgecolors="white",
        linewidths=0.6,
        **colours,
    )
    axes.set(xlabel="x1", ylabel="x2", title="What the net says where")

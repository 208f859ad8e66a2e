"""The picture of a training, still or moving: its losses, and its net's outputs over a plane."""

from __future__ import annotations

import base64
import html
import importlib.util
import io
import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.autograd.modes import BranchError, recording
from microgradnet.autograd.value import Value
from microgradnet.drawing.styles import CLASSES, LIGHT
from microgradnet.nn.module import Module
from microgradnet.operations.files import write_whole
from microgradnet.programs.program import compile
from microgradnet.training.history import NO_SNAPSHOTS, History
from microgradnet.words import language, page_words
from microgradnet.words.terminal import hint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

__all__ = ["Animation", "animate", "plane_of", "plot"]

Colours = dict[str, Any]  # a colour map, and the numbers at its two ends

GRID = 200  # points along each axis of the map of the outputs
TRAINING, HELD_OUT = LIGHT.roles["root"][0], LIGHT.roles["frozen"][0]  # lines
DPI, MOVING_GRID = 80, 100  # of a moving picture
COLOURS = 64  # of a frame: 200 kB instead of 1 MB
PAUSE = 1_500  # ms at the last frame


def plot(history: History, columns: Sequence[str] = ()) -> Figure:
    """Return a matplotlib Figure of the loss curve and, for two inputs, of the net's outputs.

    columns: the names of the inputs, by default the names in the data, if any. Raises ImportError,
    with the command that installs it, where matplotlib is absent.

    >>> plot(History([1, 2], [0.5, 0.25])).axes[0].get_ylabel()
    'mean loss'
    """
    _need_matplotlib("plot")
    plane = plane_of(history)
    frames = [plane.outputs([p.data for p in plane.net.parameters()])] if plane else []
    return Panels(history, plane, frames, columns).figure


def _need_matplotlib(method: str) -> None:
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
        """Return the artists that `show` changes and those above them, from below."""
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


class Animation:
    """A moving picture, which shows itself in a notebook and can be saved.

    frames: images of one size; epochs: the epoch that each shows; seconds: of a run.

    >>> Animation([], [], 5.0)
    Animation: 0 frames
    """

    def __init__(self, frames: Sequence[Image], epochs: Sequence[int], seconds: float) -> None:
        self.frames, self.epochs, self.seconds = frames, epochs, seconds

    def save(self, path: str | os.PathLike[str], lang: str | None = None) -> Path:
        """Write the picture to a file and return its path; the suffix chooses the format.

        Suffixes: .gif; .html, a page with a button and a slider, that needs no network. lang: "en"
        or "zh", of the page. Directories are made as needed.

        Raises ValueError for another suffix or language.
        """
        is_gif = _is_gif(path)
        return write_whole(Path(path), self.gif() if is_gif else self.page(lang).encode())

    def gif(self) -> bytes:
        """Return the picture as a GIF that starts again after a pause."""
        file = io.BytesIO()
        times = [self._milliseconds()] * (len(self.frames) - 1) + [PAUSE]
        first, *others = self.frames
        first.save(file, "GIF", save_all=True, append_images=others, duration=times, loop=0)
        return file.getvalue()

    def page(self, lang: str | None = None) -> str:
        """Return the picture as a page with a button and a slider."""
        lang = language(lang)
        words = page_words(lang)
        said = {name: html.escape(words[name]) for name in ("play", "pause", "epoch")}
        return PAGE.substitute(
            said,
            lang={"zh": "zh-CN"}.get(lang, lang),
            images=",".join(f'"{_data(frame)}"' for frame in self.frames),
            epochs=",".join(map(str, self.epochs)),
            last=len(self.frames) - 1,
            time=self._milliseconds(),
        )

    def _milliseconds(self) -> int:
        return max(20, round(1_000 * self.seconds / max(1, len(self.frames))))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        data = base64.b64encode(self.gif()).decode()
        image = f'<img alt="{html.escape(repr(self))}" src="data:image/gif;base64,{data}">'
        return {"text/html": image, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"Animation: {len(self.frames)} frames"


def _is_gif(path: str | os.PathLike[str]) -> bool:
    suffix = Path(path).suffix
    if suffix.lower() not in (".gif", ".html"):
        raise ValueError(f"unknown suffix {suffix!r}; known: .gif, .html")
    return suffix.lower() == ".gif"


def _data(frame: Image) -> str:
    file = io.BytesIO()
    frame.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def animate(
    history: History,
    path: str | os.PathLike[str] | None = None,
    columns: Sequence[str] = (),
    frames: int = 30,
    seconds: float = 6.0,
) -> Animation:
    """Return the moving picture of a training: see `History.animate`.

    >>> animate(History([1, 2], [0.5, 0.25]), frames=2)
    Animation: 2 frames
    """
    _need_matplotlib("animate")
    if not isinstance(frames, int) or frames < 2:
        raise ValueError(f"frames is a whole number of at least 2, not {frames!r}")
    if not seconds > 0:
        raise ValueError(f"seconds is a positive number, not {seconds!r}")
    if path is not None:
        _is_gif(path)  # before the work
    if not history.losses:
        raise ValueError("this history has no epochs: there is nothing to animate")
    made = Animation(*_drawn(history, columns, frames), seconds)
    if path is not None:
        made.save(path)
    return made


def _drawn(history: History, columns: Sequence[str], most: int) -> tuple[list[Image], list[int]]:
    """Return the frames, with one palette, and their epochs."""
    from PIL.Image import Dither, Quantize

    plane, kept = plane_of(history, MOVING_GRID), history.snapshots
    if plane is not None and kept is None:
        raise ValueError(NO_SNAPSHOTS)
    states = kept.states if plane and kept else {}
    epochs = _spread(sorted(states) or [0, *history.epochs], most)
    outputs = [plane.outputs(states[epoch]) for epoch in epochs] if plane else []
    film = _Film(Panels(history, plane, outputs, columns))
    frames = [film.frame(*shown) for shown in itertools.zip_longest(epochs, outputs)]
    palette = frames[-1].quantize(COLOURS, Quantize.MAXCOVERAGE, kmeans=3)  # keeps small dots
    return [frame.quantize(palette=palette, dither=Dither.NONE) for frame in frames], epochs


def _spread(epochs: Sequence[int], most: int) -> list[int]:
    """Return at most so many of the epochs, the first and the last among them."""
    n = min(most, len(epochs))
    return [epochs[round(i * (len(epochs) - 1) / max(1, n - 1))] for i in range(n)]


class _Film:
    """Panels of which only the moving parts are drawn anew, in a tenth of the time."""

    def __init__(self, panels: Panels) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.panels = panels
        panels.figure.set_dpi(DPI)
        for artist in panels.moving():
            artist.set_animated(True)
        canvas: Any = FigureCanvasAgg(panels.figure)
        canvas.draw()
        self.canvas, self.still = canvas, canvas.copy_from_bbox(panels.figure.bbox)

    def frame(self, epoch: int, outputs: np.ndarray | None) -> Image:
        """Return the panels after an epoch as an image."""
        from PIL import Image

        self.canvas.restore_region(self.still)
        self.panels.show(epoch, outputs)
        for artist in self.panels.moving():
            self.panels.figure.draw_artist(artist)
        return Image.fromarray(np.asarray(self.canvas.buffer_rgba())).convert("RGB")


PAGE = Template("""<!doctype html>
<html lang="${lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>microgradnet</title>
<style>
body { font: 16px system-ui, sans-serif; max-width: 768px; margin: 1rem auto; padding: 0 1rem; }
img { display: block; width: 100%; }
div { display: flex; gap: 1rem; align-items: center; }
input { flex: 1; }
</style>
<img alt="" id="frame">
<div>
<button id="play">${play}</button>
<input type="range" id="at" min="0" max="${last}" value="${last}" aria-label="${epoch}">
<output id="epoch"></output>
</div>
<script>
const images = [${images}], epochs = [${epochs}], last = ${last};
const frame = document.getElementById("frame"), at = document.getElementById("at");
const play = document.getElementById("play"), epoch = document.getElementById("epoch");
let timer = 0;
function show(i) {
  at.value = i;
  frame.src = images[i];
  frame.alt = epoch.value = "${epoch} " + epochs[i];
}
function stop() { clearInterval(timer); timer = 0; play.textContent = "${play}"; }
function next() { if (+at.value >= last) stop(); else show(+at.value + 1); }
play.onclick = () => {
  if (timer) return stop();
  if (+at.value >= last) show(0);
  timer = setInterval(next, ${time});
  play.textContent = "${pause}";
};
at.oninput = () => { stop(); show(+at.value); };
show(last);
</script>
""")

"""The moving picture of a training: the loss falls, and the net's outputs over the plane follow."""

from __future__ import annotations

import base64
import html
import io
import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.drawing.of_training import Panels, need_matplotlib, plane_of
from microgradnet.operations.files import write_whole
from microgradnet.training.history import NO_SNAPSHOTS, History
from microgradnet.words import language, page_words

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Animation", "animate"]

DPI = 80
GRID = 100  # points along each axis of the map
COLOURS = 64  # of a frame: 200 kB instead of 1 MB
PAUSE = 1_500  # ms at the last frame


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
        images = ",".join(f'"{_data(frame)}"' for frame in self.frames)
        last = len(self.frames) - 1
        filled = {
            "lang": {"zh": "zh-CN"}.get(lang, lang),
            **{name: html.escape(words[name]) for name in ("play", "pause", "epoch")},
            "images": images,
            "epochs": ",".join(map(str, self.epochs)),
            "last": str(last),
            "time": str(self._milliseconds()),
        }
        text = PAGE
        for name, value in filled.items():
            text = text.replace(f"{{{{{name}}}}}", value)
        return text

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
    need_matplotlib("animate")
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

    plane, kept = plane_of(history, GRID), history.snapshots
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


PAGE = """<!doctype html>
<html lang="{{lang}}">
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
<button id="play">{{play}}</button>
<input type="range" id="at" min="0" max="{{last}}" value="{{last}}" aria-label="{{epoch}}">
<output id="epoch"></output>
</div>
<script>
const images = [{{images}}], epochs = [{{epochs}}], last = {{last}};
const frame = document.getElementById("frame"), at = document.getElementById("at");
const play = document.getElementById("play"), epoch = document.getElementById("epoch");
let timer = 0;
function show(i) {
  at.value = i;
  frame.src = images[i];
  frame.alt = epoch.value = "{{epoch}} " + epochs[i];
}
function stop() { clearInterval(timer); timer = 0; play.textContent = "{{play}}"; }
function next() { if (+at.value >= last) stop(); else show(+at.value + 1); }
play.onclick = () => {
  if (timer) return stop();
  if (+at.value >= last) show(0);
  timer = setInterval(next, {{time}});
  play.textContent = "{{pause}}";
};
at.oninput = () => { stop(); show(+at.value); };
show(last);
</script>
"""

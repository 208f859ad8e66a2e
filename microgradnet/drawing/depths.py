"""Draw a graph in as much detail as stays readable: every value, or neurons, or layers."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, get_args

from microgradnet.autograd.graph import unfold
from microgradnet.autograd.value import Value
from microgradnet.derivations.spelling import Format
from microgradnet.drawing.anatomy import Part, dissect
from microgradnet.drawing.arrays import Arrays
from microgradnet.drawing.boxes import collapse, count, has_more, summary
from microgradnet.drawing.chains import folded
from microgradnet.drawing.layered import array_boxes
from microgradnet.drawing.of_arrays import Matrices
from microgradnet.drawing.of_boxes import Overview
from microgradnet.drawing.of_formulas import formulas
from microgradnet.drawing.of_nets import draw_net
from microgradnet.drawing.of_values import HIGHEST, Details
from microgradnet.drawing.rendering import Drawing
from microgradnet.drawing.selection import Outline, Selection, select
from microgradnet.drawing.styles import (
    LETTERS,
    ROLES,
    THEMES,
    Direction,
    Look,
    Theme,
    label_of_lines,
    written,
)
from microgradnet.nn.layers import MLP, Layer, Neuron
from microgradnet.nn.module import Module
from microgradnet.words import language, page_words

__all__ = ["PICTURES", "Choice", "draw", "draw_values"]

Shown = Literal["numbers", "formula"]
NUMBERS = "{:.4g}"
READABLE = 9.0  # smallest letters, in pixels, of a picture that is 900 pixels wide
WIDEST = float(LETTERS) * 900 / READABLE  # points
MOST_VALUES, MOST_BOXES, MOST_LINKS = 60, 64, 640  # that a reader can follow
LAID_OUT = 5_000  # values or boxes: 2 to 5 s, and as PNG up to 4 GB
MOST_GRADIENTS = 150_000  # values whose gradients are found within a second

# The lines of a legend, by their names among the words; those of gradients begin with "grad".
LEGENDS = {
    "values": ("values", "grad_edges"),
    "neurons": ("grad_neurons", "grad_edges"),
    "layers": ("grad_layers", "grad_largest"),
    "depths": ("grad_depths", "grad_largest"),
    "formula": ("formula", "formula_last"),
}
NET_DEPTHS = ("auto", "neurons", "matrices", "layers")
OF_NETS = (
    "a net has no values until it is called: call it on a row, draw(net([1.0, 2.0])), or take "
    "depth='neurons', 'matrices' or 'layers', number_format, theme and lang"
)


def draw(
    loss: Value | Neuron | Layer | MLP,
    *,
    depth: str = "auto",
    only: Value | str | None = None,
    show: Shown = "numbers",
    rankdir: Direction | None = None,
    number_format: str = NUMBERS,
    theme: Look = "light",
    lang: str | None = None,
    params: Sequence[Value | str] | None = None,
) -> Drawing:
    """Return the picture of the graph that ends in a Value, with the gradients of that Value.

    loss: the Value; or a net, whose parameters are drawn with the gradients that they hold.
    depth: "values", every value; "operations", the same with weighted sums as products and sums,
    each a value of its own; "neurons", one box for each neuron or labelled value, together with the
    values that only it needs; "matrices", one box for each layer, with its weights and their
    gradients as heat maps; "layers", one box for each layer, with ranges; "auto", the first of
    these that stays readable, with letters of 9 pixels in a picture 900 wide, and matrices where a
    layer has 8 neurons or more. only: a Value, or its label, to
    draw just the paths that come from it. show: "numbers", or "formula" for symbols and the names
    of derivatives, `d_h1_d_w1`. rankdir: "TB", top to bottom, "LR", left to right at any width, or
    None to choose. number_format: of all numbers. theme: "light" or "dark". lang: "en" or "zh", of
    its words; None for the language of the environment. params: the leaves that are
    parameters, Values or labels; None for those of nets, else those that were updated by one rate,
    or are named w1, b, u. Whether `backward()` was called on a Value makes no difference: no `grad`
    is read or set. Above 150,000 values no gradients are shown.

    Raises TypeError for anything else. Raises ValueError for a number_format that formats no
    number, a depth with more than 5,000 boxes, matrices of a graph without a layer, an `only` or a
    parameter that is not found, another language, and, naming the leaf, data set after its use.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> picture = draw(a * b)
    >>> "a·b" in picture.dot.source
    True
    """
    _refuse_choice(depth, show, rankdir, theme)
    _refuse_format(number_format)
    number = partial(written, number_format)
    if isinstance(loss, Neuron | Layer | MLP):
        if depth not in NET_DEPTHS or show == "formula" or only is not None or params is not None:
            raise ValueError(OF_NETS)
        return draw_net(loss, number, THEMES[theme], depth, language(lang))
    if not isinstance(loss, Value):
        raise TypeError(f"draw takes a Value or a net, not {type(loss).__name__}{_hint(loss)}")
    with _no_collection():
        if depth == "operations":
            depth, made = "values", dict[Value, Value]()
            loss = unfold(loss, made)
            only = made.get(only, only) if isinstance(only, Value) else only
        selection = select(loss, only, params)
        _refuse_too_many(selection, depth)
        n = len(selection)
        known = selection.roles if params is not None or n <= LAID_OUT else None
        parts = dissect(loss, n <= LAID_OUT, known=known) if n <= MOST_GRADIENTS else {}
        choice = Choice(selection, parts, rankdir, number, THEMES[theme], language(lang))
        return choice.formulas() if show == "formula" else choice.picture(depth)


def draw_values(
    selection: Selection, parts: Mapping[Value, Part], views: Sequence[str], lang: str = "en"
) -> list[Drawing]:
    """Return pictures of every value, as `draw` makes them; first those with folded chains.

    parts: computed before; views: "TB", "LR"; lang: of the titles of folded chains, which are those
    that `draw` folds by itself.

    >>> selection = select(Value(2.0, "x").exp())
    >>> (picture,) = draw_values(selection, dissect(selection.root), ["LR"])
    >>> picture.dot.source == draw(selection.root, depth="values", rankdir="LR").dot.source
    True
    """
    number, light = partial(written, NUMBERS), THEMES["light"]
    short = Choice(selection, parts, None, number, light).values(auto=True)
    drawn = [(selection, parts)]
    if short and short.selection and short.selection.folds:
        drawn = [*filter(None, [folded(selection, parts, lang)]), *drawn]
    choices = [Choice(*shown, view, number, light) for shown in drawn for view in views]
    return [choice.picture("values") for choice in choices]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause garbage collection, which finds nothing here and takes 3 s of 10 for a big graph."""
    was_on = gc.isenabled()
    try:
        gc.disable()  # in the try, since Ctrl-C may come right after it
        yield
    finally:
        if was_on:
            gc.enable()


def _refuse_choice(depth: str, show: str, rankdir: str | None, theme: str) -> None:
    _one_of("depth", depth, ("auto", "operations", *PICTURES))
    _one_of("show", show, get_args(Shown))
    _one_of("theme", theme, tuple(THEMES))
    if rankdir is not None:
        _one_of("rankdir", rankdir, get_args(Direction))
    if show == "formula" and depth != "auto":
        raise ValueError("formulas are drawn for each labelled value: leave depth out")


def _one_of(what: str, given: object, known: tuple[str, ...]) -> None:
    if given not in known:
        *others, last = map(repr, known)
        raise ValueError(f"{what} is {', '.join(others)} or {last}, not {given!r}")


def _refuse_format(number_format: str) -> None:
    """Refuse a format that ignores the number, as "%.2f" does, or fails for some number."""
    try:
        same = number_format.format(0.25) == number_format.format(-1234.5)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        same = True
    if same:
        inside = str(number_format).removeprefix("%").strip("{}:")
        better = f"{{:{inside}}}" if re.fullmatch(r"[+,]?(\.\d+)?[efg%]", inside) else NUMBERS
        raise ValueError(f"number_format is such as {better!r}, not {number_format!r}")


def _hint(found: object) -> str:
    if isinstance(found, Module):
        return "; call it on a row first: draw(net([1.0, 2.0]))"
    return "; draw one of them, or their loss" if isinstance(found, (list, tuple)) else ""


@dataclass(eq=False)
class Choice:
    """The values to draw, the options, and methods that return the picture of each depth.

    selection: the values; parts: of all values, or empty for no gradients; rankdir: "TB", "LR" or
    None; number: formats a number.
    """

    selection: Selection
    parts: Mapping[Value, Part]
    rankdir: str | None
    number: Format
    theme: Theme
    lang: str = "en"

    def __post_init__(self) -> None:
        self.words = page_words(self.lang, "picture")

    def picture(self, depth: str) -> Drawing:
        auto = depth == "auto"
        made = (make(self, auto) for name, make in PICTURES.items() if auto or name == depth)
        return next(drawing for drawing in made if drawing)

    def values(self, auto: bool) -> Drawing | None:
        """Return the picture of every value, or None if auto and it is not readable.

        If auto, chains of like steps are folded where it is readable only so.
        """
        made = self.of_values(auto, self.selection, self.parts)
        if made is None and self.parts and (short := folded(self.selection, self.parts, self.lang)):
            made = self.of_values(auto, *short)
        return made

    def of_values(
        self, auto: bool, selection: Selection, parts: Mapping[Value, Part]
    ) -> Drawing | None:
        across = self.rankdir == "LR"
        if auto and len(selection) > MOST_VALUES:
            return None
        details = Details(selection, parts, self.number, self.theme)
        if auto and not across and not (details.width(across) <= WIDEST and details.fits_down):
            return None
        roles = {part.role for part in details.parts.values()}
        n = len(self.selection) - len(selection)
        left_out = self.words["left_out"].format(n=f"{n:,}") if n else ""
        label = self.legend("values", roles, details.repeats, left_out=left_out)
        return Drawing(details.dot(across, label), None if selection.kept else selection)

    def neurons(self, auto: bool) -> Drawing | None:
        """Return the picture with a box per neuron or labelled value, or None if unreadable."""
        if auto and len(self.selection) > MOST_GRADIENTS:
            return None
        if auto and (self.is_wide or count(self.outline) > MOST_BOXES):
            return None
        overview = self.overview("neurons")
        boxes, links = len(overview.boxes.boxes), len(overview.boxes.links)
        if not auto and boxes > LAID_OUT:
            raise _too_many(self.selection, f"{boxes:,}", "neurons", "'layers'")
        across = self.across(overview)
        fits = self.rankdir == "LR" or overview.width(across) <= WIDEST
        fits = fits and overview.height(across) <= HIGHEST
        if auto and not (boxes <= MOST_BOXES and links <= MOST_LINKS and fits):
            return None
        return self.drawn(overview, "neurons")

    def matrices(self, auto: bool) -> Drawing | None:
        """Return the picture with layers as matrices, or None if no layer is wide, or one too wide.

        Raises ValueError where matrices are asked for and there is no layer, or only a part of one.
        """
        if auto and not self.is_wide:
            return None
        if self.selection.kept is not None:
            raise ValueError("depth='matrices' draws whole layers: leave out only=, or depth")
        if not self.arrays.layers:
            raise ValueError(
                "depth='matrices' draws layers, sums of weights times inputs, and this graph has "
                "none: leave depth out, or take depth='layers'"
            )
        boxes = array_boxes(self.arrays, self.parts)
        picture = Matrices(
            boxes, self.parts, self.number, self.theme, self.selection.name, self.lang
        )
        return picture.drawing(self.rankdir == "LR", self.selection)

    @cached_property
    def arrays(self) -> Arrays:
        roles = {x: self.parts[x].role for x in self.selection.leaves if x in self.parts}
        return Arrays(self.selection, roles)

    @cached_property
    def is_wide(self) -> bool:
        """Whether the layers are drawn as matrices by themselves."""
        whole = self.selection.kept is None
        return whole and len(self.selection) <= MOST_GRADIENTS and self.arrays.are_wide

    def layers(self, auto: bool) -> Drawing:
        """Return the picture with a box for each layer, for any number of values."""
        return self.drawn(self.overview("layers"), "layers")

    def drawn(self, overview: Overview, depth: str) -> Drawing:
        n, boxes = len(self.selection), len(overview.boxes.boxes)
        held = self.words["held"].format(n=f"{n:,}", boxes=f"{boxes:,}")
        if depth == "layers" and not any(x.in_neurons for x in overview.boxes.boxes):
            depth = "depths"
        label = self.legend(depth, overview.roles, bounds=overview.bounds, left_out=held)
        return Drawing(overview.dot(self.across(overview), label))

    def overview(self, depth: str) -> Overview:
        if depth == "layers" and len(self.selection) > MOST_GRADIENTS:
            boxes = summary(self.selection)
        else:
            boxes = collapse(self.outline, depth)
        name = self.selection.name
        return Overview(boxes, self.parts, self.number, self.theme, name, self.lang)

    @cached_property
    def outline(self) -> Outline:
        return Outline(self.selection, self.parts)

    def across(self, overview: Overview) -> bool:
        """Whether to draw left to right: as rankdir says, else if that is readable."""
        return self.rankdir == "LR" if self.rankdir else overview.width(True) <= WIDEST

    def formulas(self) -> Drawing:
        legend = partial(self.legend, "formula")
        return Drawing(formulas(self.selection, self.rankdir != "TB", self.theme, legend))

    def legend(
        self,
        of: str,
        roles: Set[str],
        repeats: bool = False,
        bounds: bool = False,
        left_out: str = "",
    ) -> str:
        """Return the meaning of colours and marks as a Graphviz label; bounds: `|∂w| ≤` occurs."""
        words = self.words
        named = [name for name in LEGENDS[of] if self.parts or not name.startswith("grad")]
        said = [words[f"says_{x}"] for x in ROLES if x in roles and f"says_{x}" in words]
        if "parameter" in roles:
            said[0] += words[f"by_{self.selection.roles.by}"]
        lines = [words[name] for name in named]
        lines.append(",  ".join(said) + f";  {words['bound']}" * bounds)
        lines += [words["again"]] if repeats or "again" in roles else []
        lines += [left_out] if left_out else []
        return label_of_lines(lines, self.selection.root.label or words["result"])


# The function that draws each depth, the most detailed first. For "auto" each may return None (not
# readable), and the next is tried; a depth listed after "layers" is drawn only when asked for.
PICTURES: dict[str, Callable[[Choice, bool], Drawing | None]] = {
    "values": Choice.values,
    "neurons": Choice.neurons,
    "matrices": Choice.matrices,
    "layers": Choice.layers,
}


def _refuse_too_many(selection: Selection, depth: str) -> None:
    """Refuse a graph with too many boxes, as far as its nodes tell: 0.4 s at 1,000,000."""
    n = len(selection)
    if depth == "values" and n > LAID_OUT:
        raise _too_many(selection, f"{n:,}", "values", "'neurons' or 'layers'")
    if depth == "neurons" and has_more(selection, LAID_OUT):
        raise _too_many(selection, f"more than {LAID_OUT:,}", "neurons", "'layers'")


def _too_many(selection: Selection, n: str, depth: str, other: str) -> ValueError:
    return ValueError(
        f"depth={depth!r} makes {n} boxes, and a picture holds at most {LAID_OUT:,}: take "
        f"depth={other}, only=..., or draw {selection.part('draw({})')}"
    )

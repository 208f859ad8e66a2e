"""mg.widget: the page live in a notebook, with changes shared between Python and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microgradnet.autograd.value import Value
from microgradnet.pages.page import page
from microgradnet.training.history import History
from microgradnet.words.terminal import hint

if TYPE_CHECKING:
    from microgradnet.pages.live import PageWidget

__all__ = ["widget"]


def widget(
    loss: Value | History, *, lang: str = "en", practice: bool | str = False, height: int = 900
) -> PageWidget:
    """Return the page of a graph as a widget of Jupyter, VS Code or marimo.

    loss, lang, practice: as for `page`; height: in pixels. Its traits are synchronised both ways:
    `inputs`, the number of each leaf by its name; `step`, the number of steps gone; `selected`, the
    name of the value whose chain rule is shown, or None. If the reader changes a number on the
    page, the leaf's `.data` changes. If a cell changes `w1.data`, the page is redrawn after the
    cell (`refresh()` does that at once). Viewers without widgets, such as web pages of notebooks,
    show the page of `mg.page` instead.

    Needs the extra `widget`. Raises ImportError without it, ValueError for a graph of more than 300
    values, and the errors of `page`.

    >>> w, x = Value(0.5, "w1"), Value(3.0, "x1")
    >>> live = widget(w * x)  # doctest: +SKIP
    >>> live.inputs = {"w1": 2.0, "x1": 3.0}  # doctest: +SKIP
    """
    made = page(loss, lang=lang, practice=practice)
    if not made.data:
        raise ValueError(
            "a widget steps through at most 300 values, and this graph has more: show mg.page(loss)"
        )
    try:
        from microgradnet.pages.live import PageWidget
    except ImportError as error:
        raise ImportError(f"widget needs anywidget: {hint('widget')}") from error
    return PageWidget(made, height)

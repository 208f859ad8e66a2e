"""The page as a notebook widget: its numbers, its step and its selection as traits."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import anywidget
import traitlets

from microgradnet.pages.looks import static
from microgradnet.pages.page import Page

__all__ = ["PageWidget"]

HTML = "text/html"
SAVED = '<div class="microgradnet-saved" data-key="{key}">{page}</div>'


def _to_json(numbers: Mapping[str, float], _: object) -> dict[str, float | str]:
    """Return numbers as JSON, with inf and nan as strings."""
    return {name: x if math.isfinite(x) else str(x) for name, x in numbers.items()}


def _from_json(numbers: Mapping[str, float | str], _: object) -> dict[str, float]:
    return {name: float(x) for name, x in numbers.items()}


class PageWidget(anywidget.AnyWidget):
    """A page that reports the reader's changes to Python, and shows changes made in Python.

    page: the result of `mg.page`; height: in pixels; last_step: the largest step. Traits: `inputs`,
    a dict of each leaf's name and number; `step`, from 0 to `last_step`; `selected`, a name of
    `names`, or None.

    Raises TraitError for a number of an unknown leaf, or an unknown step or name.

    >>> from microgradnet import Value, page
    >>> w, x = Value(0.5, "w1"), Value(3.0, "x1")
    >>> live = PageWidget(page(w * x))
    >>> live.inputs, live.step, live.selected
    ({'w1': 0.5, 'x1': 3.0}, 0, None)
    >>> live.inputs = {"w1": 2.0}
    >>> w.data
    2.0
    """

    _esm = static("widget.js")
    html = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int(900).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    leaves = traitlets.List(traitlets.Unicode()).tag(sync=True)
    inputs = traitlets.Dict().tag(sync=True, to_json=_to_json, from_json=_from_json)
    step = traitlets.Int(0).tag(sync=True)
    selected = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)  # by which the live page hides the saved one
    changes = traitlets.Int(0).tag(sync=True)  # of the reader, counted when they pause

    def __init__(self, page: Page, height: int = 900) -> None:
        data: Any = page.data
        self.page, self.last_step = page, len(data["steps"])
        names = _once_each([node["label"] for node in data["nodes"]])
        places = [leaf["node"] for leaf in data["leaves"]]
        self._values = {names[i]: page.values[i] for i in places}
        super().__init__(
            html=page.html,
            height=height,
            names=names,
            leaves=list(self._values),
            inputs={name: x.data for name, x in self._values.items()},
            key=uuid4().hex,
        )
        self._first = dict(self.inputs)
        self._saved_at = ""
        self._saved: Any = None  # the output with the page for a notebook without a kernel
        self.observe(self._set_data, "inputs")
        self.observe(self._save, "changes")
        ipython = sys.modules.get("IPython")  # not there in other notebooks, such as marimo's
        self._shell = ipython.get_ipython() if ipython else None
        if self._shell is not None:
            self._shell.events.register("post_run_cell", self.refresh)

    def refresh(self, *_: object) -> None:
        """Show the current numbers of the leaves; IPython calls this after each cell."""
        self.inputs = {name: x.data for name, x in self._values.items()}
        self._save()

    def _address(self) -> str:
        """Return the state that the page shows, as its address has it."""
        shown: dict[str, object] = {"step": self.step} if self.step else {}
        if self.selected is not None:
            shown["of"] = self.names.index(self.selected)
        changed = [
            f"{i}:{x!r}"
            for i, (name, x) in enumerate(self.inputs.items())
            if not _same(x, self._first[name])
        ]
        if changed:
            shown["numbers"] = ",".join(changed)
        return urlencode(shown)

    def _frozen(self) -> dict[str, str]:
        """Return the page as it is now, for a notebook that is opened without a kernel."""
        page = self.page.opened_at(self._address())
        return {HTML: SAVED.format(key=self.key, page=page._repr_html_())}

    def _save(self, *_: object) -> None:
        """Update the saved page, if it is shown and differs."""
        if self._saved is not None and self._address() != self._saved_at:
            self._saved_at = self._address()
            self._saved.update(self._frozen(), raw=True)

    def _ipython_display_(self) -> None:
        """Show the widget, and save the page below it, which the live page hides."""
        from IPython import display

        show: Any = display.display
        data, metadata = self._bundle()
        show(data, metadata=metadata, raw=True)
        self._saved_at = self._address()
        self._saved = show(self._frozen(), raw=True, display_id=True)

    def close(self) -> None:
        """Close the widget, and stop following the leaves."""
        shell, self._shell = self._shell, None
        if shell is not None:
            shell.events.unregister("post_run_cell", self.refresh)
        super().close()

    def _set_data(self, _: object) -> None:
        for name, x in self._values.items():
            if not _same(x.data, self.inputs[name]):
                x.data = self.inputs[name]

    @traitlets.validate("inputs")
    def _known_inputs(self, proposal: traitlets.Bunch) -> dict[str, float]:
        """Return the numbers of all leaves; leaves that are not given keep their numbers."""
        given: Mapping[str, Any] = proposal["value"]
        for name, x in given.items():
            if name not in self._values:
                raise traitlets.TraitError(
                    f"no {name!r} among the inputs: {', '.join(self._values)}"
                )
            if isinstance(x, bool) or not isinstance(x, (int, float)):
                raise traitlets.TraitError(f"{name} is a number, not {x!r}")
        return {name: float(given.get(name, x.data)) for name, x in self._values.items()}

    @traitlets.validate("step")
    def _known_step(self, proposal: traitlets.Bunch) -> int:
        step: int = proposal["value"]
        if not 0 <= step <= self.last_step:
            raise traitlets.TraitError(f"step is from 0 to {self.last_step}, not {step}")
        return step

    @traitlets.validate("selected")
    def _known_name(self, proposal: traitlets.Bunch) -> str | None:
        name: str | None = proposal["value"]
        if name is not None and name not in self.names:
            raise traitlets.TraitError(f"no {name!r} in the graph: {', '.join(self.names)}")
        return name

    def _repr_mimebundle_(self, **settings: Any) -> Any:
        """Return the widget, and the page itself for viewers without widgets."""
        data, metadata = self._bundle(**settings)
        return {**data, HTML: self.page.opened_at(self._address())._repr_html_()}, metadata

    def _bundle(self, **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**settings)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return data or {}, metadata


def _once_each(names: Sequence[str]) -> list[str]:
    """Return the names, with a number added to repeated ones.

    >>> _once_each(["w", "x", "w"])
    ['w', 'x', 'w (2)']
    """
    found: list[str] = []
    for i, name in enumerate(names):
        n = names[:i].count(name) + 1
        found.append(f"{name} ({n})" if n > 1 else name)
    return found


def _same(x: float, y: float) -> bool:
    return x == y or (math.isnan(x) and math.isnan(y))

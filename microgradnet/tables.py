"""One value as Graphviz draws it: an HTML-like table, with a cell for each edge to end in."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from microgradnet.anatomy import Part, caption
from microgradnet.value import Value

__all__ = ["escaped", "table", "written"]

LONGEST_TEXT = 40
DARK, GREY = "#1f2933", "#8b95a1"
COLOURS = {  # of a role: the border and badge, the head
    "input": ("#3f8f3d", "#dff0dd"),
    "parameter": ("#b97a06", "#ffefc8"),
    "frozen": ("#1b8a94", "#cdf0f2"),
    "target": ("#6b7c88", "#e6eaee"),
    "inner": ("#4d5968", "#ffffff"),
    "root": ("#b3283b", "#fbdadd"),
}

Cell = dict[str, Any]  # the attributes of a table cell, and its text under ""
Row = list[Cell]


def table(
    node: Value, part: Part, *, across: bool, number: Callable[[float], str], tint: str
) -> str:
    """Return the table of a value: local derivatives, badge and title, data, grad.

    across: whether edges come in from the left, else from above; number: how to write one; tint:
    the colour of the grad cells. Local derivative i is the port "i0", "i1", ...

    >>> x = Value(2.0, "x")
    >>> part = Part(grad=0.5, partials=(), group="", role="input")
    >>> "<B>&#160;x&#160;</B>" in table(x, part, across=False, number=str, tint="#ffffff")
    True
    """
    border, head_colour = COLOURS[part.role]
    badge, title = caption(node, number) if node.inputs else ("", node.label)
    head = []
    if badge:
        text = f'<FONT COLOR="#ffffff"><B>{escaped(badge)}</B></FONT>'
        head.append({"": text, "BGCOLOR": border})
    if title or not badge:
        head.append({"": f"<B>&#160;{escaped(title)}&#160;</B>", "BGCOLOR": head_colour})
    ports = [_port(f"i{i}", number(p)) for i, p in enumerate(part.partials)]
    data = _figure("data", number(node.data), "#6b7683", {})
    grad = _figure("grad", number(part.grad), "#333d49", {"BGCOLOR": tint})
    rows = (_rows_across if across else _rows_down)(ports, head, data, grad)
    return (
        f'<TABLE BORDER="1" COLOR="{border}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4" '
        f'BGCOLOR="#ffffff">{"".join(map(_row, rows))}</TABLE>'
    )


def _port(name: str, text: str) -> Cell:
    colour = GREY if text == "1" else DARK
    text = f'<FONT POINT-SIZE="9" COLOR="{colour}">{escaped(text)}</FONT>'
    return {"": text, "PORT": name, "BGCOLOR": "#e3e8ee", "WIDTH": 38}


def _figure(name: str, text: str, colour: str, background: Cell) -> Row:
    name = f'<FONT POINT-SIZE="9" COLOR="{colour}">{name}</FONT>'
    text = escaped(text) + "&#160;"  # room for a browser with wider letters
    return [
        {"": name, "ALIGN": "LEFT"} | background,
        {"": text, "ALIGN": "RIGHT", "WIDTH": 52} | background,
    ]


def _rows_down(ports: Row, head: Row, data: Row, grad: Row) -> list[Row]:
    width = max(2, len(ports))
    rows = [_filled(head, width), _filled(data, width), _filled(grad, width)]
    return [_filled(ports, width), *rows] if ports else rows


def _rows_across(ports: Row, head: Row, data: Row, grad: Row) -> list[Row]:
    height = max(2, len(ports))
    first = [port | {"ROWSPAN": 2 if len(ports) == 1 else 1} for port in ports[:1]]
    return [
        _filled(head, 3 if ports else 2),
        [*first, *data],
        [*ports[1:2], *[cell | {"ROWSPAN": height - 1} for cell in grad]],
        *[[port] for port in ports[2:]],
    ]


def _filled(row: Row, width: int) -> Row:
    """The row with its last cell as wide as to fill the table."""
    return [*row[:-1], row[-1] | {"COLSPAN": width - len(row) + 1}]


def _row(cells: Row) -> str:
    tags = []
    for cell in cells:
        attributes = "".join(f' {k}="{v}"' for k, v in cell.items() if k and v != 1)
        tags.append(f"<TD{attributes}>{cell['']}</TD>")
    return f"<TR>{''.join(tags)}</TR>"


def escaped(text: str) -> str:
    r"""Return text fit for a table: escaped, on one line, shortened, never empty.

    >>> print(escaped("a < b"), escaped("\N{GREEK SMALL LETTER XI}" * 99)[-2:], escaped(""))
    a &lt; b ξ… &#160;
    """
    text = text.encode("utf-8", "replace").decode()  # a lone surrogate has no encoding
    text = "".join(c if c.isprintable() else " " for c in text).strip()
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + "…"
    # Graphviz takes \N for the name of the node even here.
    return html.escape(text).replace("\\", "\\\\") or "&#160;"


def written(number_format: str, x: float) -> str:
    """Return a number as text, with a true minus sign, and without one for 0.

    >>> written("{:.2f}", -0.001), written("{:.2f}", -1.5)
    ('0.00', '−1.50')
    """
    text = number_format.format(x)
    if not any(c in "123456789nf" for c in text.split("e")[0]):  # n and f: nan, inf
        text = text.replace("-", "")
    return text.replace("-", "−")

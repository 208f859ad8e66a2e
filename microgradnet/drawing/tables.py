"""One value as Graphviz draws it: an HTML-like table, with a cell for each edge to end in."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from microgradnet.autograd.value import Value
from microgradnet.drawing.anatomy import Naming, Part, labelled, title_of
from microgradnet.drawing.themes import LIGHT, Theme

__all__ = ["escaped", "framed", "pushed", "small", "spread", "table", "title_cell", "written"]

LONGEST_TEXT = 40

Cell = dict[str, str | int]  # the attributes of a table cell, and its text under ""
Row = list[Cell]


def table(
    node: Value,
    part: Part,
    *,
    across: bool,
    number: Callable[[float], str],
    tint: str,
    theme: Theme = LIGHT,
    name: Naming = labelled,
    again: bool = False,
) -> str:
    """Return the table of a value: local derivatives, badge and title, data, grad.

    across: whether edges come in from the left, else from above; number: how to write one; tint:
    the colour of the grad cells; name: what a value is called; again: dashed, as it is drawn
    elsewhere too. Local derivative i is the port "i0", "i1", ...

    >>> x = Value(2.0, "x")
    >>> part = Part(grad=0.5, partials=(), group="", role="input")
    >>> "<B>&#160;x&#160;</B>" in table(x, part, across=False, number=str, tint="#ffffff")
    True
    """
    border, head_colour = theme.roles[part.role]
    badge, title = title_of(node, number, name)
    head: Row = []
    if badge:
        text = f'<FONT COLOR="{theme.badge}"><B>{escaped(badge)}</B></FONT>'
        head.append({"": text, "BGCOLOR": border})
    if title or not badge:
        head.append(title_cell(title, head_colour))
    ports = [_port(f"i{i}", number(p), theme) for i, p in enumerate(part.partials)]
    data = _figure("data", number(node.data), theme.soft, {})
    grad = _figure("grad", number(part.grad), theme.ink, {"BGCOLOR": tint})
    rows = (_rows_across if across else _rows_down)(ports, head, data, grad)
    return framed(rows, part.role, theme, ' STYLE="DASHED"' if again else "")


def framed(rows: list[Row], role: str, theme: Theme, style: str = "") -> str:
    """Return rows of cells as a table with the border of a role."""
    return (
        f'<TABLE BORDER="1"{style} COLOR="{theme.roles[role][0]}" CELLBORDER="0" CELLSPACING="0" '
        f'CELLPADDING="4" BGCOLOR="{theme.box}">{"".join(map(_row, rows))}</TABLE>'
    )


def pushed(text: str, by: int) -> str:
    """Return a table with room to its left, where nothing is seen.

    >>> pushed("<TABLE></TABLE>", 0)
    '<TABLE></TABLE>'
    """
    frame = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
    room = f'<TABLE {frame}><TR><TD WIDTH="{by}"></TD><TD>{text}</TD></TR></TABLE>'
    return room if by > 0 else text


def small(text: str, colour: str, longest: int = LONGEST_TEXT) -> str:
    """Return text in smaller letters, escaped."""
    return f'<FONT POINT-SIZE="9" COLOR="{colour}">{escaped(text, longest)}</FONT>'


def title_cell(text: str, colour: str) -> Cell:
    """Return the cell with the name of a table."""
    return {"": f"<B>&#160;{escaped(text)}&#160;</B>", "BGCOLOR": colour}


def _port(name: str, text: str, theme: Theme) -> Cell:
    colour = theme.faint if text == "1" else theme.ink
    return {"": small(text, colour), "PORT": name, "BGCOLOR": theme.port, "WIDTH": 38}


def _figure(name: str, text: str, colour: str, background: Cell) -> Row:
    text = escaped(text) + "&#160;"  # room for a browser with wider letters
    cells: Row = [
        {"": small(name, colour), "ALIGN": "LEFT"},
        {"": text, "ALIGN": "RIGHT", "WIDTH": 52},
    ]
    return [cell | background for cell in cells]


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


def spread(cells: Sequence[Cell], n: int) -> list[Row]:
    """Cells one below the other over n rows; the one before the last is as high as it takes.

    >>> [len(row) for row in spread([{"": "a"}, {"": "b"}], 3)]
    [1, 0, 1]
    """
    heights = [1] * len(cells)
    heights[max(0, len(cells) - 2)] += n - len(cells)
    rows: list[Row] = [[] for _ in range(n)]
    first = 0
    for cell, height in zip(cells, heights):
        rows[first] = [cell | {"ROWSPAN": height}]
        first += height
    return rows


def _row(cells: Row) -> str:
    tags = []
    for cell in cells:
        attributes = "".join(f' {k}="{v}"' for k, v in cell.items() if k and v != 1)
        tags.append(f"<TD{attributes}>{cell['']}</TD>")
    return f"<TR>{''.join(tags)}</TR>"


def escaped(text: str, longest: int = LONGEST_TEXT) -> str:
    r"""Return text fit for a table: escaped, on one line, shortened, never empty.

    >>> print(escaped("a < b"), escaped("\N{GREEK SMALL LETTER XI}" * 99)[-2:], escaped(""))
    a &lt; b ξ… &#160;
    """
    text = text.encode("utf-8", "replace").decode()  # a lone surrogate has no encoding
    text = "".join(c if c.isprintable() else " " for c in text).strip()
    if len(text) > longest:
        text = text[: longest - 1] + "…"
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

"""What a page carries as data."""

import json
import re


def data_of(page):
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page.html)
    return json.loads(text)


def written(pieces, outputs):
    """A text of the page with its numbers, as the page writes it."""
    texts = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
        else:
            number = f"{outputs[piece[1]] + 0.0:.4g}"
            texts.append(f"({number})" if piece[0] and outputs[piece[1]] < 0 else number)
    return "".join(texts)

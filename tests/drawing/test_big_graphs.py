"""What no picture holds is refused before it is worked out, and says what to do."""

import pytest

from microgradnet import Value, draw
from microgradnet.drawing import depths
from microgradnet.drawing.boxes import collapse, has_more
from microgradnet.drawing.selection import Outline, select


def chain(n, label=""):
    x = Value(0.5, "x")
    for _ in range(n):
        x = x.sin()
        x.label = label
    return x


@pytest.mark.parametrize("label", ["", "h"])
@pytest.mark.parametrize("depth", ["values", "neurons"])
def test_too_many_boxes_are_refused_at_a_glance(label, depth, monkeypatch):
    for name in ("dissect", "Outline"):
        monkeypatch.setattr(depths, name, lambda *args, **options: 1 / 0)
    with pytest.raises(ValueError, match=rf"depth='{depth}' makes .* boxes, .* take depth="):
        draw(chain(5_001, label), depth=depth)


def test_a_glance_promises_no_more_than_there_is():
    for loss in (chain(9), chain(9, "h"), chain(0)):
        boxes = len(collapse(Outline(select(loss), {}), "neurons").boxes)
        assert not has_more(select(loss), boxes)

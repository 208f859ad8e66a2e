"""What was put into `label` and `grad` and does not belong there is named where it is used."""

import numpy as np
import pytest

import microgradnet as mg
from microgradnet import Value


@pytest.mark.parametrize("label", [3, None, ..., b"w", Value(1.0)], ids=lambda x: type(x).__name__)
@pytest.mark.parametrize(
    "door",
    [mg.draw, mg.page, lambda loss: mg.compare(loss, {"dL_dw": 1.0})],
    ids=["draw", "page", "compare"],
)
def test_a_label_that_is_no_text_is_named(door, label):
    w, x = Value(2.0, "w"), Value(3.0, "x")
    loss = w * x
    w.label = label
    kind = type(label).__name__
    with pytest.raises(TypeError, match=rf"^a label is a str, not {kind}: set .* the Value 2\.0$"):
        door(loss)


@pytest.mark.parametrize("grad", ["x", [1.0], np.array([1.0, 2.0]), Value(1.0), 1j], ids=repr)
def test_a_gradient_that_is_no_number_is_named_by_backward(grad):
    w, x = Value(2.0, "w"), Value(3.0, "x")
    x.grad = 5.0
    w.grad = grad
    with pytest.raises(TypeError) as caught:
        (w * x).backward()
    kind = type(grad).__name__
    assert str(caught.value) == (f"the grad of 'w' is a number, not {kind}: set it to 0.0")
    assert w.grad is grad
    assert x.grad == 5.0


def test_no_gradient_is_as_none():
    w = Value(2.0, "w")
    w.grad = None
    assert repr(w) == "Value(2.0, grad=0.0, label='w')"
    (w * 3.0).backward()
    assert w.grad == 3.0


def test_a_value_with_a_wrong_gradient_can_be_written():
    w = Value(2.0)
    w.grad = "x"
    assert repr(w) == "Value(2.0, grad='x')"

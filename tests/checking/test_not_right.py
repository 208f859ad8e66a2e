"""What looks right and is not proven: the row is wrong or untold, never right."""

from microgradnet.checking.entry_points import check_here

from .dialects import BY_FUNCTION, module

RELU = """
def by_hand(w, v, x, y):
    h = max(0.0, w * x)
    o = v * h
    L = (o - y) ** 2
    d_L_d_o = 2 * (o - y)
    d_L_d_h = d_L_d_o * v
    d_L_d_w = d_L_d_h * ({slope} if h > 0 else 0.0)
by_hand({w}, 0.5, 0.7, 1.0)
"""


def rows_of(tmp_path, text):
    file = tmp_path / "net.py"
    file.write_text(text, encoding="utf-8")
    return {row.name: row for row in check_here(file).rows}


def test_a_gradient_of_a_list_that_has_another_shape_is_not_dropped(tmp_path):
    edits = ("activations[-layer - 1]", "activations[-layer]"), ("range(300)", "range(0)")
    made = module("nabla", tmp_path, *edits, ("[3, 4, 4, 2]", "[3, 4, 2]"))
    found = {row.name: row.verdict for row in BY_FUNCTION["nabla"](made).rows}
    assert found["nabla_w[-layer]"] != "right"


def test_nothing_follows_from_what_is_not_wrong(tmp_path):
    text = RELU.format(slope="x", w=1.5).replace("= 2 * (o - y)", "= 0")
    found = rows_of(tmp_path, text)
    causes = {name for row in found.values() for name in row.follows}
    assert causes <= {name for name, row in found.items() if row.verdict == "wrong"}

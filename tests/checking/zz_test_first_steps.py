"""What checking promises: a mistake is found, blamed on its line and named; nothing right is."""

import pytest

import microgradnet as mg

pytestmark = pytest.mark.usefixtures("without_examples")


def right(w, b, x, y_true):
    y_pred = w * x + b
    L = (y_pred - y_true) ** 2
    d_L_d_ypred = 2 * (y_pred - y_true)
    d_ypred_d_w = x
    d_L_d_w = d_L_d_ypred * d_ypred_d_w
    return locals()


def no_factor_2(w, b, x, y_true):
    y_pred = w * x + b
    L = (y_pred - y_true) ** 2
    d_L_d_ypred = y_pred - y_true
    d_ypred_d_w = x
    d_L_d_w = d_L_d_ypred * d_ypred_d_w
    return locals()


def wrong_operand(w, b, x, y_true):
    y_pred = w * x + b
    L = (y_pred - y_true) ** 2
    d_L_d_ypred = 2 * (y_pred - y_true)
    d_ypred_d_w = b
    return locals()


class Line:
    def __init__(self):
        self.w, self.b = 0.5, 0.25

    def predict(self, x):
        return self.w * x[0] + self.b

    def train(self, X, y):
        for x, y_true in zip(X, y):
            y_pred = self.w * x[0] + self.b
            d_L_d_ypred = -2 * (y_true - y_pred)
            d_ypred_d_w = x[0]
            self.w -= 0.1 * d_L_d_ypred * d_ypred_d_w
            self.b -= 0.1 * d_L_d_ypred


class Uphill(Line):
    def train(self, X, y):
        for x, y_true in zip(X, y):
            y_pred = self.w * x[0] + self.b
            d_L_d_ypred = -2 * (y_true - y_pred)
            self.w -= 0.1 * d_L_d_ypred * x[0]
            self.b += 0.1 * d_L_d_ypred


def verdicts(report):
    return {row.name: row.verdict for row in report.rows}


def test_a_right_derivation_is_right():
    assert verdicts(mg.check(right)) == dict.fromkeys(
        ["d_L_d_ypred", "d_ypred_d_w", "d_L_d_w"], "right"
    )


def test_a_report_is_true_where_all_is_right_and_false_where_something_is_wrong():
    assert mg.check(right)
    assert not mg.check(no_factor_2)


def test_a_mistake_is_blamed_on_its_own_line_and_what_uses_it_follows():
    assert verdicts(mg.check(no_factor_2)) == {
        "d_L_d_ypred": "wrong",
        "d_ypred_d_w": "right",
        "d_L_d_w": "follows",
    }


def test_a_missing_factor_is_named():
    assert mg.check(no_factor_2).rows[0].mistake == "a factor 2 is missing"


def test_a_wrong_operand_is_named():
    assert mg.check(wrong_operand).rows[0].mistake == "uses b where x belongs"


def test_a_report_is_a_table_with_the_wrong_ones_first():
    assert "d_L_d_ypred" in str(mg.check(no_factor_2)).splitlines()[3]


def test_a_class_that_trains_is_checked_as_it_stands():
    net = Line()
    report = mg.check_training(net, "train", [[1.0], [2.0]], [1.0, 2.0])
    assert report, report
    assert {"update w", "update b", "forward"} <= set(verdicts(report))
    assert (net.w, net.b) == (0.5, 0.25)


def test_an_update_up_the_gradient_is_found():
    report = mg.check_training(Uphill(), "train", [[1.0], [2.0]], [1.0, 2.0])
    assert verdicts(report)["update b"] == "wrong"
    assert verdicts(report)["update w"] == "right"


def test_a_number_is_compared_with_a_recorded_graph():
    w = mg.Value(2.0, "w")
    loss = w * w
    assert mg.compare(loss, {"d_L_d_w": 4.0})
    assert verdicts(mg.compare(loss, {"d_L_d_w": 5.0})) == {"d_L_d_w": "wrong"}


def test_a_point_where_a_wrong_formula_gives_the_same_cannot_tell():
    w, x = mg.Value(3.0, "w"), mg.Value(0.0, "x")
    assert verdicts(mg.compare(w * x, {"d_L_d_w": 0.0})) == {"d_L_d_w": "cannot tell"}


def test_a_name_that_is_no_derivative_is_an_error():
    with pytest.raises(KeyError, match="no local is named like a derivative"):
        mg.check(lambda w, x: {"L": w * x, "slope": x})

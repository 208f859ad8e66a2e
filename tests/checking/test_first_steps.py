"""How a verdict on a derivation comes about, step by step: what a reader new to this room tries."""

from microgradnet.checking.entry_points import check, check_subject
from microgradnet.checking.finding.parameters import Slots, parameters
from microgradnet.checking.judging.judged_steps import trainings
from microgradnet.checking.judging.runs import Claim
from microgradnet.tape import trials
from microgradnet.tape.recording import Subject, recorded

LINE = """\
xs, ys = [0.5, -1.0, 2.0], [1.0, 0.0, 3.0]
w, b = 0.3, 0.1
for epoch in range(4):
    loss, dw, db = 0.0, 0.0, 0.0
    for x, y in zip(xs, ys):
        error = w * x + b - y
        loss += error**2
        dw += 2 * error * x
        db += 2 * error
    w = w - 0.1 * dw
    b = b - 0.1 * db
"""


def tape():
    """What is noted of a run: each operation, with its value."""
    return recorded(Subject(LINE, "line.py")).tape


def report(old="", new=""):
    """The report of the source with one change."""
    assert old in LINE
    return check_subject(Subject(LINE.replace(old, new) if old else LINE, "line.py"))


def verdicts(report):
    return {row.name: row.verdict for row in report.rows}


def test_the_numbers_that_a_run_moves_are_its_parameters():
    run = tape()
    found = parameters(Slots(run))
    assert [p.name for p in found] == ["w", "b"]
    assert [len(p.versions) for p in found] == [5, 5]  # as they were, and after each of 4 steps


def test_the_loss_is_the_number_whose_gradients_the_moves_are():
    (training,) = trainings(tape())
    loss = training.steps[0].loss
    assert loss.name == "loss"
    assert round(loss.factor, 9) == -0.1  # down the gradient, by the learning rate


def test_what_moves_and_what_is_called_a_derivative_are_claims():
    (training,) = trainings(tape())
    claims = training.steps[0].judgement.claims
    assert [(c.kind, c.name) for c in claims] == [
        ("move", "w"),
        ("move", "b"),
        ("named", "dw"),
        ("named", "db"),
    ]


def test_a_derivation_that_is_right_has_only_right_rows():
    found = report()
    assert found
    assert verdicts(found) == {
        "update w": "right",
        "update b": "right",
        "dw": "right",
        "db": "right",
    }


def test_a_mistake_is_wrong_on_its_line():
    found = report("2 * error * x", "2 * error + x")
    assert not found
    row = found.rows[0]
    assert (row.name, row.verdict, row.line) == ("dw", "wrong", 8)
    assert row.mistake == "adds where it should multiply"
    assert row.written != row.right


def test_the_suggestion_mends_the_mistake():
    wrong = "dw += 2 * error + x"
    suggestion = report("dw += 2 * error * x", wrong).rows[0].suggestion
    assert suggestion == "dw += 2 * error * x"
    assert report("dw += 2 * error * x", suggestion)


def test_no_edit_is_tried_behind_a_limit_of_memory(monkeypatch):
    monkeypatch.setattr(trials, "MOST_ASIDE", 0)
    found = report("dw += 2 * error * x", "dw += 2 * error + x")
    assert verdicts(found)["dw"] == "cannot tell"
    assert not any(row.mistake for row in found.rows)


def test_what_is_wrong_only_by_another_line_follows():
    found = report("2 * error * x", "2 * error + x")
    assert verdicts(found)["update w"] == "follows"
    assert found.rows[1].follows == ("dw",)


def test_a_parameter_that_never_moves_is_not_checked():
    found = report("b = b - 0.1 * db", "c = b - 0.1 * db")
    assert not found
    assert (found.rows[0].name, found.rows[0].verdict) == ("b", "not checked")
    assert found.rows[0].why == "b never changes"


def test_where_the_code_stops_the_rest_is_not_checked():
    found = report("w = w - 0.1 * dw", "w = w - 0.1 * dv")
    row = next(row for row in found.rows if "NameError" in row.why)
    assert not found
    assert (row.verdict, row.line) == ("not checked", 10)


def by_hand(w, x, y):
    L = (w * x - y) ** 2
    d_L_d_w = 2 * (w * x - y) * x
    d_L_d_x = 2 * (w * x - y) * x
    return L, d_L_d_w, d_L_d_x


def test_a_function_is_judged_at_an_example_of_its_arguments():
    found = check(by_hand, 0.5, 2.0, 3.0)
    assert verdicts(found) == {"d_L_d_x": "wrong", "d_L_d_w": "right"}
    assert found.rows[0].suggestion == "d_L_d_x = 2 * (w * x - y) * w"


def test_a_value_that_is_complex_is_no_derivative():
    claim = Claim("move", "w", 1, 0, tape().entries[0].place)
    assert claim.written([1.0, 2.5]) == 1.5
    assert claim.written([1.0, 2.5j]) is None

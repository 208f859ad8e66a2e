"""Steps over time: which moves are one step, and what a later step has that the first had not."""

import pytest

import microgradnet as mg
from microgradnet.checking.entry_points import check_subject
from microgradnet.checking.finding.parameters import enough
from microgradnet.checking.judging.judged_steps import trainings
from microgradnet.tape.recording import Subject, recorded
from tests.marks import few

HEAD = """\
import numpy as np

rng = np.random.default_rng(0)
"""


def report_of(source):
    """The report of a source as it runs."""
    return check_subject(Subject(HEAD + source, "steps.py"))


def verdicts(report):
    return {row.verdict for row in report.rows}


def told(report):
    """What is said of each row that is not right."""
    return [(r.name, r.verdict, r.line - 3, r.why or r.mistake) for r in report.rows if not r]


LAYERS = """\
x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
sizes = [3, 4, 4, 4, 2]
Ws = [rng.normal(size=pair) * 0.5 for pair in zip(sizes, sizes[1:])]
gs = [0] * 4
for epoch in range(400):
    a = [x]
    for W in Ws:
        a.append(np.tanh(a[-1] @ W))
    d = a[-1] - y
    loss = 0.5 * np.sum(d**2)
    for k in reversed(range(len(Ws))):
        d = d * (1 - a[k + 1] ** 2)
        gs[k], d = a[k].T @ d, d @ Ws[k].T
    for k in range(len(Ws)):
        Ws[k] = Ws[k] - 0.05 * gs[k]
"""


@pytest.mark.parametrize("more", few(range(4), 1))  # entries: the recording ends elsewhere
def test_a_step_in_which_the_recording_left_a_loop_is_not_judged(more):
    found = report_of("z = np.ones(2)\n" + "z = z * 1.5\n" * 8 * more + LAYERS)
    assert found, told(found)
    assert verdicts(found) == {"right"}


TABLE = """\
center, table = rng.normal(size=4), rng.normal(size=(5, 4)) * 0.1
for epoch in range(50):
    v, g = center.copy(), np.zeros(4)
    loss = 0.0
    for i in [3, 1, 4]:
        loss += 0.5 * (table[i] @ v - 1) ** 2
    for i in [3, 1, 4]:
        e = table[i] @ v - 1
        g += e * table[i]
        table[i] -= 0.1 * e * v
    center -= 0.1 * g
"""


def test_rows_of_a_table_that_move_in_turn_are_moved_by_one_step():
    found = report_of(TABLE)
    assert found, told(found)
    assert [r.name for r in found.rows if r.name.startswith("update")] == [
        "update table",
        "update center",
    ]
    assert "loss" in str(found.loss)


RATINGS = """\
ratings = [(0, 0, 5.0), (0, 1, 3.0), (1, 0, 4.0), (2, 1, 1.0), (1, 2, 2.0)]
P = [[0.3, 0.5], [0.7, 0.2], [0.4, 0.6]]
Q = [[0.8, 0.1], [0.5, 0.9], [0.2, 0.3]]
for sweep in range(100):
    total = 0.0
    for u, i, r in ratings:
        e = r - sum(P[u][k] * Q[i][k] for k in range(2))
        loss = e * e
        for k in range(2):
            loss += 0.02 * (P[u][k] ** 2 + Q[i][k] ** 2)
        total += loss
        for k in range(2):
            gp = -2 * e * Q[i][k] + 0.04 * P[u][k]
            gq = -2 * e * P[u][k] + 0.04 * Q[i][k]
            P[u][k] -= 0.01 * gp
            Q[i][k] -= 0.01 * gq
"""


def test_a_step_moves_the_elements_of_lists_that_one_sample_is_about():
    found = report_of(RATINGS)
    assert found, told(found)
    assert len(found.rows) == 12


@pytest.mark.slow
def test_a_mistake_in_the_step_of_one_sample_is_on_its_line():
    found = report_of(RATINGS.replace("gq = -2 * e * P[u][k]", "gq = -2 * e * Q[i][k]"))
    rows = [(r.name, r.line - 3, r.mistake) for r in found.rows if r.verdict == "wrong"]
    assert rows == [("gq", 14, "uses Q[i][k] where P[u][k] belongs")], told(found)


NUMBER_BY_NUMBER = """\
R, P, Q = np.array([[5, 3], [4, 0]]), rng.random((2, 2)), rng.random((2, 2))
for step in range(5000):
    for i in range(2):
        for j in range(2):
            if R[i][j] > 0:
                e = R[i][j] - P[i, :] @ Q[:, j]
                loss = e**2
                for k in range(2):
                    p = P[i][k]
                    P[i][k] = P[i][k] + 0.02 * e * Q[k][j]
                    Q[k][j] = Q[k][j] + 0.02 * e * p
"""
ROW_BY_ROW = (
    NUMBER_BY_NUMBER.partition("                for")[0].replace("[:, j]", "[j]")
    + """\
                p = P[i].copy()
                P[i] = P[i] + 0.02 * e * Q[j]
                Q[j] = Q[j] + 0.02 * e * p
"""
)


@pytest.mark.parametrize("source", few([ROW_BY_ROW, NUMBER_BY_NUMBER], 1))
def test_a_table_moves_part_by_part_and_a_part_several_times(source):
    found = report_of(source)
    assert found, told(found)
    assert [r.name for r in found.rows] == ["update P", "update Q"]


NET = """\
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
params, state = [W, b], [[np.zeros_like(p), np.zeros_like(p)] for p in (W, b)]
for t in range(1, 60):
    error = X @ W + b - Y
    loss = np.mean(error**2)
    grads = [2 * X.T @ error / error.size, 2 * error.sum(axis=0) / error.size]
    for p, g, (m, v) in zip(params, grads, state):
"""
RULES = {
    "momentum": "m[...] = 0.9 * m - 0.1 * g\n p += m",
    "Nesterov momentum": "v[...] = m\n m[...] = 0.8 * m - 0.1 * g\n p += 1.8 * m - 0.8 * v",
    "AdaGrad": "v += g**2\n p -= 0.1 * g / (np.sqrt(v) + 1e-8)",
    "RMSProp": "v[...] = 0.9 * v + 0.1 * g * g\n p -= 0.01 * g / np.sqrt(v + 1e-7)",
    "Adam": "m += 0.1 * (g - m)\n v += 0.01 * (g * g - v)\n"
    " p -= 0.01 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)",
    "Adam without bias correction": "m[...] = 0.9 * m + 0.1 * g\n v[...] = 0.99 * v + 0.01 * g**2\n"
    " p -= 0.01 * m / (np.sqrt(v) + 1e-6)",
    "sign descent": "p -= 0.01 * np.sign(g)",
}


def of_rule(text):
    return NET + "".join(f"        {line.strip()}\n" for line in text.split("\n"))


@pytest.mark.parametrize("name", few(sorted(RULES), 1))
def test_a_step_by_the_rule_of_a_known_optimizer_is_right_and_named(name):
    found = report_of(of_rule(RULES[name]))
    assert found, told(found)
    assert {r.why for r in found.rows} == {f"a step of {name}, down the right gradient"}


UP = NET.replace("loss = np", "score = -np").replace("[2 * ", "[-2 * ").replace(", 2 *", ", -2 *")


@pytest.mark.slow
@pytest.mark.parametrize("name", few(["RMSProp", "momentum", "Adam"], 1))
def test_a_rule_that_climbs_what_is_to_be_large_is_named(name):
    text = of_rule(RULES[name]).replace(NET, UP).replace(" - 0.1 * g\n", " + 0.1 * g\n")
    text = text.replace("p -= 0.01", "p += 0.01")
    found = report_of(text)
    assert found, told(found)
    why = f"a step of {name}, up the right gradient: it is climbed, as a likelihood is"
    assert {r.why for r in found.rows} == {why}
    subject = Subject(HEAD + text.replace("score", "loss"), "by_hand.py")
    steps = trainings(recorded(subject, watch=enough).tape)[0].steps
    assert not any(step.ruled for step in steps)  # a cost is not climbed


BEST = """X, R = rng.normal(size=(6, 3)), rng.normal(size=6)
w = rng.normal(size=3)
for t in range(50):
    p = 1 / (1 + np.exp(-X @ w))
    J = np.mean(p * R)
    w = w + 0.1 * X.T @ (p * (1 - p) * R) / 6
"""


@pytest.mark.slow
def test_a_letter_that_is_climbed_may_be_a_reward_or_a_cost():
    assert verdicts(report_of(BEST)) == {"cannot tell"}
    assert report_of(BEST.replace("J", "reward"))
    assert verdicts(report_of(BEST.replace("J", "loss"))) == {"wrong"}
    assert verdicts(report_of(BEST.replace("+ 0.1 * X.T", "- 0.1 * -X.T"))) == {"wrong"}


@pytest.mark.slow
@pytest.mark.parametrize("name", few(["Adam", "momentum"], 1))
def test_a_parameter_may_decay_beside_its_step(name):
    text = (
        RULES[name]
        .replace("p -= ", "p -= 0.001 * p + ")
        .replace("* g", "* (g + 0.1 * p)", name == "momentum")
    )
    assert report_of(of_rule(text))


@pytest.mark.parametrize(
    "limit", few(["1.5 / np.linalg.norm(g)", "0.1 / np.sqrt(np.sum(g**2))"], 1)
)
def test_a_gradient_may_be_cut_to_a_length(limit):
    found = report_of(of_rule(f"g = g * min(1.0, {limit})\n p -= 0.1 * g"))
    assert found, told(found)


def test_a_step_by_no_known_rule_is_neither_right_nor_wrong():
    found = report_of(of_rule("p -= 0.1 * np.tanh(g)"))
    assert not found
    assert verdicts(found) == {"cannot tell"}
    why = "its gradient is right, but no optimizer that is known makes such a step"
    assert {r.why for r in found.rows} == {why}


def test_a_parameter_that_moves_by_a_rate_of_its_own_is_not_wrong():
    def newton(w, b, x, y_true):
        y_pred = w * x + b
        L = (y_pred - y_true) ** 2
        dL_dw = 2 * (y_pred - y_true) * x
        dL_db = 2 * (y_pred - y_true)
        w = w - 0.5 * dL_dw / (2 * x * x)
        b = b - 0.5 * dL_db / 2
        return locals()

    found = mg.check(newton)
    assert not found
    (told_of,) = [r for r in found.rows if r.verdict != "right"]
    assert (told_of.name, told_of.verdict) == ("update b", "cannot tell")
    assert told_of.why == "its gradient is right, but it moves by a rate of its own"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new"),
    few(
        [
            ("momentum", "0.9 * m", "-0.9 * m"),
            ("Adam", "0.9**t", "0.9 * t"),
            ("Adam", "0.99**t", "0.9**t"),
        ],
        1,
    ),
)
def test_a_rule_that_is_spoilt_is_not_right(name, old, new):
    text = HEAD + of_rule(RULES[name].replace(old, new))
    (training,) = trainings(recorded(Subject(text, "steps.py"), watch=enough).tape)
    assert not training.steps[1].ruled
    assert training.steps[1].open == {0, 1}


VELOCITY = """x, y, w = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=3)
v = np.zeros(3)
for epoch in range(60):
    e = x @ w - y
    loss = 0.5 * np.sum(e**2)
    g = x.T @ e
    v = -0.9 * v - 0.01 * g
    w = w + v
"""


def test_a_spoilt_rule_is_wrong_on_its_line():
    found = report_of(VELOCITY)
    (row,) = [r for r in found.rows if r.verdict == "wrong"]
    assert (row.line - 3, row.suggestion) == (7, "v = 0.9 * v - 0.01 * g")


@pytest.mark.slow
def test_a_parameter_that_changes_its_shape_is_judged_without_a_crash():
    text = NET.replace("np.zeros(2)", "np.zeros((1, 2))").replace("error.sum(axis=0)", "error")
    found = report_of(
        text.partition("    for p, g")[0] + "    W = W - 0.1 * grads[0]\n    b = b - grads[1]\n"
    )
    assert found.rows


def test_a_gradient_that_is_changed_in_place_is_no_parameter():
    text = TWO_LAYERS.replace(
        LATE, "    D = E @ V.T\n    D[0] -= D[0] * H[0]**2\n    D[1:] -= D[1:] * H[1:]**2\n"
    )
    found = report_of(text)
    assert found, told(found)
    assert "update D" not in [r.name for r in found.rows]


TWO_LAYERS = """\
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
before = 0
for epoch in range(60):
    H = np.tanh(X @ W)
    E = H @ V - Y
    loss = 0.5 * np.sum(E**2) + 0.5 * np.sum(W**2)
    dV = H.T @ E
    D = E @ V.T * (1 - H**2)
    V = V - 0.1 * dV
    W = W - 0.1 * (X.T @ D + W)
"""
EARLY = "    H = np.tanh(X @ W)\n"
LATE = "    D = E @ V.T * (1 - H**2)\n"
SUM = """\
x, y, w = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.0, 3.0]), np.array([0.3])
dw = np.zeros(1)
for epoch in range(60):
    e = w * x - y
    loss = 0.5 * np.sum(e**2)
    dw += np.sum(e * x)
    w = w - 0.1 * dw
"""


def moved_line(source, line, after):
    """The source with one of its lines after another."""
    return source.replace(line, "").replace(
        after, after + line.replace("    ", "", after == "before = 0\n")
    )


def test_what_is_in_the_right_order_is_right():
    assert report_of(TWO_LAYERS)
    assert report_of(SUM.replace("dw += ", "dw = "))


def test_a_value_that_is_not_computed_again_is_wrong_where_it_is_computed():
    found = report_of(moved_line(TWO_LAYERS, EARLY, "before = 0\n"))
    why = "is computed from W before the first update, and not again after it"
    assert [(r.name, r.line - 3, r.mistake) for r in found.rows if r.verdict == "wrong"] == [
        ("H", 4, why)
    ]


def test_a_parameter_that_is_read_after_its_update_is_wrong_where_it_is_read():
    found = report_of(moved_line(TWO_LAYERS, LATE, "    V = V - 0.1 * dV\n"))
    why = "uses V after line 12 moved it; it belongs before that line"
    assert [(r.name, r.line - 3, r.mistake) for r in found.rows if r.verdict == "wrong"] == [
        ("D", 10, why)
    ]


def test_a_sum_that_is_never_emptied_is_wrong_where_it_begins():
    found = report_of(SUM)
    why = "dw is not set back to 0: each step adds to what the one before left"
    (row,) = [r for r in found.rows if r.verdict == "wrong"]
    assert (row.line - 3, row.mistake) == (2, why)
    assert [line - 3 for line in row.alternatives] == [6]  # the line that adds
    assert row.written != row.right

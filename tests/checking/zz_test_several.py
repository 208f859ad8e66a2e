"""Several mistakes in one script, which computes no loss: each is blamed, in words of its own."""

import numpy as np
import pytest

import microgradnet as mg
from tests.sources import executed

pytestmark = pytest.mark.usefixtures("without_examples")

SCRIPT = """
import numpy as np

def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

def train(X, y, syn0, syn1):
    for _ in range(3):
        l1 = nonlin(X @ syn0)
        l2 = nonlin(l1 @ syn1)
        l2_error = y - l2
        l2_delta = l2_error * nonlin(l2, deriv=True)
        l1_error = l2_delta @ syn1.T
        l1_delta = l1_error * nonlin(l1, deriv=True)
        syn1 += 0.5 * l1.T @ l2_delta
        syn0 += 0.5 * X.T @ l1_delta
    return syn0, syn1
"""


def blamed(**spoiled):
    """The rows that are wrong, by name, where some lines are spoiled; the others are right."""
    lines = SCRIPT.splitlines()
    for name, instead in spoiled.items():
        at = next(i for i, line in enumerate(lines) if line.strip().startswith(f"{name} = "))
        lines[at] = f"        {name} = {instead}"
    rng = np.random.default_rng(1)
    data = rng.normal(size=(4, 3)), np.array([[0.0], [1], [1], [0]])
    train = executed("\n".join(lines))["train"]
    report = mg.check(train, *data, rng.normal(size=(3, 4)), rng.normal(size=(4, 1)))
    return {row.name: row.mistake for row in report.rows if row.verdict == "wrong"}


# Some lines that are spoiled, and what is said of each.
SEVERAL = [
    {  # nothing mends both, and one has no loss to be told by
        "l2_delta": ("l2 * (1 - l2)", "the factor l2_error is left out"),
        "l1_delta": ("l1_error * nonlin(syn1, deriv=True)", "uses syn1 where l1 belongs"),
    },
    {
        "l2_error": ("l2", ""),
        "l1_error": ("0.5 * l2_delta @ syn1.T", "multiplies by 0.5, which does not belong there"),
    },
    {  # with what is right in the place of the second the first is not read
        "l2_error": ("y", "the term - l2 is left out"),
        "l2_delta": (
            "l2_error * nonlin(l2)",
            "has nonlin(l2) where nonlin(l2, deriv=True) belongs",
        ),
    },
    {
        "l1_error": ("l2_error @ syn1.T", "uses l2_error where l2_delta belongs"),
        "l1_delta": ("l1_error * (l1 * (1 - l2))", "uses l2 where l1 belongs"),
    },
    {  # one factor in the second would mend both
        "l1_error": ("-1.0 * l2_delta @ syn1.T", "the sign is wrong"),
        "l1_delta": ("0.5 * l1_error * nonlin(l1, deriv=True)", "a factor 2 is missing"),
    },
    {  # l1 * l1 is a gradient times -1, of what the activation computes on its way
        "l1_error": ("0.5 * l2_delta @ syn1.T", "a factor 2 is missing"),
        "l1_delta": ("l1_error * (l1 * l1)", "uses l1 where 1 - l1 belongs"),
    },
    {  # l1_error is the one by l1, not by what l1 is computed from
        "l1_error": ("0.5 * l2_delta @ syn1.T", "a factor 2 is missing"),
        "l1_delta": (
            "l1_error",
            "the slope of the activation is left out: times l1 * (1 - l1)",
        ),
    },
    {
        "l2_delta": ("l2_error * nonlin(syn1, True)", "uses syn1 where l2 belongs"),
        "l1_delta": ("l1_error * (l1 + (1 - l1))", "adds where it should multiply"),
    },
    {
        "l2_delta": ("l2 * (1 - l2)", "the factor l2_error is left out"),
        "l1_error": ("0.5 * l2_delta @ syn1.T", "multiplies by 0.5, which does not belong there"),
        "l1_delta": (
            "0.5 * l1_error * nonlin(l1, deriv=True)",
            "multiplies by 0.5, which does not belong there",
        ),
    },
]


@pytest.mark.slow
@pytest.mark.parametrize("several", SEVERAL, ids=" ".join)
def test_each_of_several_is_blamed(several):
    found = blamed(**{name: instead for name, (instead, _) in several.items()})
    assert found == {name: words for name, (_, words) in several.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "instead"), [(k, v) for case in SEVERAL for k, (v, _) in case.items()]
)
def test_each_of_them_alone_is_blamed_alone(name, instead):
    assert blamed(**{name: instead}).keys() == {name}

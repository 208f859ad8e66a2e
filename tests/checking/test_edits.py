"""The edits of a statement: each known mistake has its correction among them, with its words."""

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnet.checking.mending.edits import Scope, edits
from microgradnet.checking.mending.file_code import counted
from microgradnet.grading.annotations import kinds
from microgradnet.words import in_language
from tests.processor import timed

from .marked import FOLDER, loaded

SCOPES = vars(loaded(FOLDER / "scopes.py"))
NET = SCOPES["NET"]
LINES = (FOLDER / "edits.txt").read_text(encoding="utf-8").splitlines()[1:]
CELLS = [line.split(" | ") for line in LINES if line and line[0] != "#"]
MISTAKES = [(wrong, SCOPES[scope], *rest) for scope, wrong, *rest in CELLS]


def found_in(text, scope):
    return {edit.suggestion: edit for edit in edits(ast.parse(text).body[0], scope)}


@pytest.mark.parametrize(("wrong", "scope", "right", "words"), MISTAKES, ids=lambda x: str(x)[:40])
def test_a_known_mistake_has_its_correction_with_its_words(wrong, scope, right, words):
    found = found_in(wrong, scope)
    assert right in found
    assert words in found[right].said


@pytest.mark.slow
def test_no_two_edits_are_alike_and_the_nearest_come_first():
    for wrong, scope, *_ in MISTAKES:
        found = edits(ast.parse(wrong).body[0], scope)
        said = {edit.suggestion for edit in found}
        assert len(said) == len(found) <= 1800
        assert ast.unparse(ast.parse(wrong)) not in said
        assert all(edit.statement or not edit.suggestion for edit in found)  # each is Python
        costs = [edit.cost for edit in found]
        assert costs == sorted(costs)


def test_the_words_are_of_a_kind_with_a_stable_id_and_in_chinese_too():
    each = [e.said for wrong, scope, *_ in MISTAKES[::3] for e in found_in(wrong, scope).values()]
    known = {text for kind in kinds().values() for text in kind["said"]}
    assert {said.template for said in each} - known == set()
    assert all(re.search("[\u4e00-\u9fff]", in_language(said, "zh")) for said in {*each})


def test_the_statement_itself_stays_as_it_is():
    node = ast.parse("dZ1 = dZ2 @ W2.T * (1 - H ** 2)").body[0]
    before = ast.dump(node, include_attributes=True)
    [edit.statement for edit in edits(node, NET)]
    assert ast.dump(node, include_attributes=True) == before


@pytest.mark.parametrize("text", ["for t in x:\n  y = t", "pass", "x: float", "import os"])
def test_a_statement_that_computes_nothing_has_no_edits(text):
    assert edits(ast.parse(text).body[0], NET) == []
    assert edits(ast.Return(), NET) == []


def test_a_count_that_is_given_to_a_helper_is_not_multiplied():
    """The helper may pad or repeat by so many: an edit took 15 GB."""
    found = found_in("d = padded(dx, H)", SCOPES["COUNTED"])
    assert "d = padded(dx, k)" in found
    assert not [text for text in found if re.search(r"padded\(dx, [^)]*(\*|size)", text)]


def test_a_name_of_another_shape_is_proposed_after_those_that_fit():
    found = found_in("d = dZ1 * H", NET)
    assert found["d = dZ1 * Z1"].cost < found["d = dZ1 * dZ2"].cost


PLACES = ["a", "b", "a[0]", "a[i, j]", "a[1::2]", "a[2 * i:]", "self.c"]
LEAVES = st.sampled_from([*PLACES, "f(a, b)", "-a", "a.T", "2"])
FORMULAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from([*"+-*/@<&", "**"]), inner),
        st.builds("(-{})".format, inner),
        st.builds("np.sum({}, axis=0)".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
    ),
    max_leaves=5,
)
TARGETS = st.sampled_from(["d = ", "d += ", "d[i] = ", "return ", "d.append"])
ATOMS = {"a": (2, 2), "b": None, "i": (), "self.c": (2,), "a[2 * i:]": (2, 2)}
SMALL = Scope(ATOMS, ["g({})"], [3])


@given(TARGETS, FORMULAS)
def test_brackets_stand_where_they_are_needed_and_nowhere_else(target, formula):
    """So that no two edits are one and the same statement spelled in two ways."""
    [node] = ast.parse(f"{target}({formula})").body
    for edit in edits(node, SMALL):
        if edit.statement is not None:  # each is Python
            assert ast.unparse(edit.statement) == edit.suggestion


@pytest.mark.slow
def test_an_edit_takes_no_longer_than_to_read_it_three_times():
    nodes = [ast.parse(wrong).body[0] for wrong, *_ in MISTAKES[::4]]
    found, seconds = timed(lambda: [e.suggestion for node in nodes for e in edits(node, NET)])
    _, reading = timed(lambda: [ast.parse(text) for text in found[::3]])
    assert seconds < 3 * 3 * reading


def test_a_step_keeps_the_value_that_it_starts_from():
    node = ast.parse("w = w - lr * dw").body[0]
    found = [edit.suggestion for edit in edits(node, Scope({"w": (), "lr": (), "dw": ()}))]
    assert found
    assert all("w" in re.findall(r"\w+", text.partition("=")[2]) for text in found)


@pytest.mark.parametrize("line", ["n += 1", "n = n + 1"])
def test_what_is_counted_up_is_a_counter(line):
    assert [*counted(ast.parse(line).body[0])] == ["n"]

"""Which edits are tried, and what is said of them; what is blamed by them is in corpus/told."""

import ast
from types import SimpleNamespace

import numpy as np
import pytest

from microgradnet.checking.entry_points import check, check_subject
from microgradnet.checking.mending import proving
from microgradnet.checking.mending.bench import Bench
from microgradnet.tape.edited import Edited
from microgradnet.tape.recording import Subject

from .marked import FOLDER
from .told import versions


@pytest.mark.slow
def test_few_edits_are_tried(monkeypatch):
    base = next(versions(FOLDER / "told" / "gradients_in_a_dict.py"))
    tried = []
    mended = proving.mended

    def counting(bench, sites, off):
        tried.extend(sites)
        return mended(bench, sites, off)

    monkeypatch.setattr(proving, "mended", counting)
    assert not check_subject(Subject(base.text.replace("d @ p", "2 * d @ p"), "net.py"))
    assert 0 < sum(len(site.edits) for site in tried) < 40


@pytest.mark.slow
def test_before_a_late_step_no_edit_is_tried(monkeypatch):
    _, wrong = versions(FOLDER / "told" / "limit_of_one_sample.py")
    source = wrong.text.replace("(6, 2)", "(50, 2)").replace("X[3]", "X[45]")
    tried, noted = [], Edited.noted

    def counted(self, recorder, *rest):
        tried.append(recorder.tape.noted)
        return noted(self, recorder, *rest)

    monkeypatch.setattr(Edited, "noted", counted)
    rows = check_subject(Subject(source.replace("size=6", "size=50"), "net.py")).rows
    assert {row.name: row.verdict for row in rows}["update w"] == "cannot tell"
    assert 0 < len(tried) < 20


def test_an_edited_statement_gives_plain_numbers_and_changes_nothing():
    a, d = np.zeros(3), np.ones(3)
    written = ast.parse("a[1:] += d[1:]").body[0]
    texts = ["a[1:] -= d[1:]", "a[:2] += d[:2]", "a[1:] += d", ""]
    forbidden = ["print(d)", "a[1:] += [r.normal() for _ in d[1:]]"]
    edited = Edited(written, [*texts, *forbidden])
    names = {"a": a, "d": d, "r": np.random.default_rng(1)}
    part, other, shape, old, shown, drawn = edited.results(names)
    assert part[0].tolist() == [-1, -1]
    assert other is shape is shown is drawn is None
    assert old[0].tolist() == a.tolist() == [0, 0, 0]


def test_an_edit_after_which_all_is_next_to_nothing_says_nothing():
    bench = Bench.__new__(Bench)
    values = [np.ones(3), np.full(3, 1e-52), np.ones(3), np.full(3, 0.5), np.zeros(0), None]
    bench.runs = SimpleNamespace(values=[values])
    assert all(bench.is_nothing(swaps) for swaps in ({0: 1}, {0: 1, 2: 0}, {4: 4}, {0: 5}))
    assert not any(bench.is_nothing(swaps) for swaps in ({0: 3}, {0: 1, 2: 3}))


def test_no_line_is_named_twice_and_none_that_only_returns():
    def by_hand(w, v, x, y_true):
        z = w * x
        h = np.tanh(z)
        y_pred = v * z
        d_L_d_ypred = 2 * (y_pred - y_true)
        d_ypred_d_h = v
        d_h_d_w = x * (1 - h**2)
        w = w - 0.1 * d_L_d_ypred * d_ypred_d_h * d_h_d_w
        return locals()

    row = check(by_hand).rows[0]
    assert (row.name, row.verdict, row.alternatives) == ("d_ypred_d_h", "wrong", ())

"""A chain rule is printed to any stream: one without × gets x."""

import io
import sys

import pytest

import microgradnet as mg


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk", "utf-8"])
def test_an_explanation_prints_to_a_stream_of_few_letters(monkeypatch, encoding):
    w, x = mg.Value(0.5, "w1"), mg.Value(3.0, "x1")
    h = w * x
    h.label = "h1"
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    print(mg.explain((h - 1) ** 2, w))
    stream.flush()
    text = stream.buffer.getvalue().decode(encoding)
    assert f"d_L_d_h1 {'x' if encoding == 'ascii' else '×'} d_h1_d_w1" in text

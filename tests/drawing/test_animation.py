"""The moving picture of a training: its frames, its size, its page, and what is refused."""

import base64
import io
import itertools
import re
import sys

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.drawing.of_training import plane_of

X, y = mg.datasets.gender()


@pytest.fixture(scope="module")
def history():
    pytest.importorskip("matplotlib", reason="needs the extra plot")
    net = mg.MLP(2, [2, 1], seed=0)
    return mg.fit(net, X, y, epochs=100, snapshots=10, validation=0.34, seed=0, progress=False)


@pytest.fixture(scope="module")
def animation(history):
    return history.animate(frames=4)


def test_a_gif_has_the_frames_and_is_small(animation, tmp_path):
    from PIL import Image

    path = animation.save(tmp_path / "deep" / "a.gif")
    assert path.stat().st_size < 60_000
    with Image.open(path) as gif:
        assert (gif.n_frames, gif.size, gif.info["loop"]) == (4, (768, 288), 0)
        frames = []
        for i in range(4):
            gif.seek(i)
            frames.append(np.asarray(gif.convert("RGB"), dtype=int))
            assert gif.info["duration"] == 1500
    left, right = np.s_[:, :380], np.s_[:, 380:]
    for a, b in itertools.pairwise(frames):
        assert np.any(a[left] != b[left])  # the loss goes on
        assert np.any(a[right] != b[right])  # and so do the outputs


def test_the_frames_show_the_net_as_it_was_after_their_epochs(history, animation):
    assert animation.epochs == [0, 30, 70, 100]
    plane = plane_of(history, 5)
    for epoch in animation.epochs:
        net = mg.MLP(2, [2, 1])
        for p, number in zip(net.parameters(), history.snapshots.states[epoch]):
            p.data = number
        shown = plane.outputs(history.snapshots.states[epoch])
        assert shown[1, 3, 0] == pytest.approx(net([plane.across[3], plane.up[1]]).data)


def test_a_page_needs_no_network_and_holds_each_frame(animation, tmp_path):
    from PIL import Image

    text = animation.save(tmp_path / "a.html", lang="zh").read_text(encoding="utf-8")
    images = re.findall(r'"data:image/png;base64,([^"]+)"', text)
    assert [Image.open(io.BytesIO(base64.b64decode(i))).size for i in images] == [(768, 288)] * 4
    assert "{{" not in text
    assert "http" not in text
    assert 'lang="zh-CN"' in text
    assert "\N{CJK UNIFIED IDEOGRAPH-64AD}\N{CJK UNIFIED IDEOGRAPH-653E}" in text  # play


def test_it_is_saved_where_it_is_asked_for_and_shown_without_a_script(history, tmp_path):
    made = history.animate(tmp_path / "a.gif", ["kg", "cm"], frames=2, seconds=1)
    assert (tmp_path / "a.gif").read_bytes() == made.gif()
    shown = made._repr_mimebundle_()
    assert repr(made) == shown["text/plain"] == "Animation: 2 frames"
    start = '<img alt="Animation: 2 frames" src="data:image/gif;base64,'
    assert shown["text/html"].startswith(start)


def test_a_net_of_three_inputs_shows_its_losses_without_snapshots():
    pytest.importorskip("matplotlib", reason="needs the extra plot")
    rows = np.column_stack([X, X[:, 0]])
    history = mg.fit(mg.MLP(3, [1]), rows, y, epochs=5, progress=False)
    made = history.animate(frames=3)
    assert made.epochs == [0, 2, 5]
    assert made.frames[0].size == (512, 288)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"frames": 1}, "frames is a whole number of at least 2, not 1"),
        ({"frames": 2.5}, "frames is a whole number"),
        ({"seconds": 0}, "seconds is a positive number, not 0"),
        ({"path": "a.mp4"}, r"unknown suffix '\.mp4'; known: \.gif, \.html"),
    ],
)
def test_what_does_not_fit_is_refused(history, asked, says):
    with pytest.raises(ValueError, match=says):
        history.animate(**({"frames": 2} | asked))


def test_without_snapshots_or_epochs_there_is_nothing_to_animate():
    pytest.importorskip("matplotlib", reason="needs the extra plot")
    history = mg.fit(mg.MLP(2, [1]), X, y, epochs=2, progress=False)
    with pytest.raises(ValueError, match=r"no snapshots: train with mg\.fit\(\.\.\., snapshots=50"):
        history.animate()
    with pytest.raises(ValueError, match="no epochs: there is nothing to animate"):
        mg.History().animate()


def test_without_matplotlib_the_way_out_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"History\.animate needs matplotlib: .*\[plot\]"):
        mg.History([1], [0.5]).animate()

"""Each dialect of examples/dialects is right as it stands, and each mistake blamed on its row."""

import pytest

import microgradnet as mg

from .dialects import blamed, module

# file: what is replaced, by what, the row that is wrong, the mistake in words ("" for any)
MISTAKES = {
    "course": [
        ("dZ2 = A2 - Y", "dZ2 = Y - A2", "dZ2", "the sign is wrong"),
        (
            "dW2 = np.dot(dZ2, A1.T) / m",
            "dW2 = np.dot(dZ2, A1.T)",
            "dW2",
            "a factor 1/6 is missing: the mean over the 6 samples",
        ),
        (
            "db1 = np.sum(dZ1, axis=1, keepdims=True) / m",
            "db1 = np.sum(dZ1, keepdims=True) / m",
            "db1",
            "sums over all axes where the sum over axis 1 belongs",
        ),
        ("(1 - np.power(A1, 2))", "(1 - np.power(A1, 3))", "dZ1", "has 3 where 2 belongs"),
        (
            " * (1 - np.power(A1, 2))",
            "",
            "dZ1",
            "the slope of the activation is left out: times (1 - A1 ** 2)",
        ),
        ("dW1 = np.dot(dZ1, X.T) / m", "dW1 = np.dot(dZ1, X.T) / m / m", "dW1", ""),
        ("learning_rate * grads", "-learning_rate * grads", "update", "moves up the gradient"),
    ],
    "two_layer_net": [
        (
            "dhidden[hidden <= 0] = 0",
            "dhidden[hidden > 0] = 0",
            "dhidden",
            "hidden > 0 is the wrong way round",
        ),
        ("dhidden[hidden <= 0] = 0", "pass", "dhidden", ""),
        (
            'grads["b1"] = np.sum(dhidden, axis=0)',
            'grads["b1"] = np.sum(dhidden)',
            "grads['b1']",
            "sums over all axes where the sum over axis 0 belongs",
        ),
        ('grads["W1"] += reg * W1', 'grads["W1"] += 2 * reg * W1', "grads['W1']", ""),
        ('grads["W2"] += reg * W2', "pass", "grads['W2']", ""),
        (
            'grads["b2"] = np.sum(dscores, axis=0)',
            'grads["b2"] = np.mean(dscores, axis=0)',
            "grads['b2']",
            "divided by 6, the number of samples, once too often",
        ),
        ("dscores[np.arange(N), y] -= 1", "dscores[np.arange(N), y] += 1", "dscores", ""),
    ],
    "script": [
        ("l2_error = y - l2", "l2_error = y + l2", "l2_error", "adds where it should subtract"),
        (
            "l1_delta = l1_error * nonlin(l1, deriv=True)",
            "l1_delta = l1_error * l1",
            "l1_delta",
            "",
        ),
        (
            "l1_error = l2_delta.dot(syn1.T)",
            "l1_error = l2_error.dot(syn1.T)",
            "l1_error",
            "uses l2_error where l2_delta belongs",
        ),
        ("syn0 += l0.T.dot(l1_delta)", "syn0 -= l0.T.dot(l1_delta)", "update syn0", ""),
        (
            "l1_delta = l1_error * nonlin(l1, deriv=True)",
            "l1_delta = l1_error",
            "l1_delta",
            "the slope of the activation is left out: times l1 * (1 - l1)",
        ),
        ("syn1 += l1.T.dot(l2_delta)", "syn1 += 2 * l1.T.dot(l2_delta)", "update syn1", ""),
    ],
    "recurrent": [
        (
            "dhnext = np.dot(Whh.T, dhraw)",
            "dhnext = np.dot(Whh, dhraw)",
            "dhnext",
            "uses Whh where Whh.T belongs",
        ),
        ("dWhh += np.dot(dhraw, hs[t - 1].T)", "dWhh += np.dot(dhraw, hs[t].T)", "dWhh", ""),
        ("dWhh += np.dot(dhraw, hs[t - 1].T)", "dWhh = np.dot(dhraw, hs[t - 1].T)", "dWhh", ""),
        ("dbh += dhraw", "dbh += dh", "dbh", ""),
        ("dhraw = (1 - hs[t] * hs[t]) * dh", "dhraw = hs[t] * dh", "dhraw", ""),
        ("dy[targets[t]] -= 1", "dy[inputs[t]] -= 1", "dy", ""),
    ],
}
LAYERS = [
    (0, "dout.dot(w.T)", "(2 * dout).dot(w.T)", "dx", "a factor 2 too much"),
    (
        0,
        "db = np.sum(dout, axis=0)",
        "db = np.sum(dout, axis=1)[:2]",
        "db",
        "sums over axis 1 where the sum over axis 0 belongs",
    ),
    (1, "np.where(x > 0, dout, 0)", "np.where(x > 0, x, 0)", "dx", "uses x where dout belongs"),
    (1, "np.where(x > 0, dout, 0)", "dout", "dx", ""),
    (2, "(dout * xhat).sum(axis=0)", "(dout * dout).sum(axis=0)", "dgamma", ""),
    (2, "dxhat = dout * gamma", "dxhat = dout", "dxhat", "is the gradient by out, not by xhat"),
    (2, "- dxhat.sum(axis=0)", "+ dxhat.sum(axis=0)", "dx", ""),
]


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_each_dialect_is_right_as_it_stands(name, tmp_path):
    example = module(name, tmp_path)
    report = mg.check(example.CHECKED, *example.EXAMPLE)
    assert report, report
    assert len(report.rows) >= 5
    assert all(row.line and row.file.endswith(".py") for row in report.rows)


def test_layer_pairs_are_right_as_they_stand(tmp_path):
    for forward, backward, example in module("layers", tmp_path).EXAMPLES:
        report = mg.check_backward(forward, backward, *example)
        assert report, report


CASES = [(name, *case) for name, cases in MISTAKES.items() for case in cases]


@pytest.mark.parametrize(("name", "old", "new", "row", "words"), CASES)
def test_each_mistake_is_blamed_on_its_row(name, old, new, row, words, tmp_path):
    example = module(name, tmp_path, (old, new))
    found = blamed(mg.check(example.CHECKED, *example.EXAMPLE))
    assert {name.partition(" ")[0] if row == "update" else name for name in found} == {row}, found
    assert all(words in said for said in found.values()), found


@pytest.mark.parametrize(("layer", "old", "new", "row", "words"), LAYERS)
def test_each_mistake_of_a_layer_is_blamed(layer, old, new, row, words, tmp_path):
    forward, backward, example = module("layers", tmp_path, (old, new)).EXAMPLES[layer]
    found = blamed(mg.check_backward(forward, backward, *example))
    assert list(found) == [row], found
    assert words in found[row]


def test_a_method_is_checked_with_the_arrays_of_its_object(tmp_path):
    net = module("two_layer_net", tmp_path).TwoLayerNet(4, 5, 3)
    before = net.params["W1"].copy()
    example = module("two_layer_net", tmp_path).EXAMPLE
    assert mg.check(net.loss, *example[:2])
    assert (net.params["W1"] == before).all()
    wrong = module("two_layer_net", tmp_path, ("dscores.dot(W2.T)", "-dscores.dot(W2.T)"))
    found = blamed(mg.check(wrong.TwoLayerNet(4, 5, 3).loss, *example[:2]))
    assert list(found) == ["dhidden"], found

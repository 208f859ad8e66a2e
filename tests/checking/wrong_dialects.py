"""Mistakes of people in the files of examples/dialects: what is replaced, and what is to blame.

file: what is replaced, by what, the row that is wrong, the mistake in words ("" for any).
"""

import pytest

from .dialects import BY_FUNCTION

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
        ("np.dot(W2.T, dZ2)", "np.dot(W2.T, A2)", "dZ1", "uses A2 where dZ2 belongs"),
        ("np.sum(dZ2, axis=1", "np.sum(A2, axis=1", "db2", "uses A2 where dZ2 belongs"),
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
        ('grads["W1"] += reg * W1', 'grads["W1"] += reg * W2.sum()', "grads['W1']", ""),
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
        ("np.dot(Why.T, dy) + dhnext", "np.dot(Why.T, dy)", "dh", ""),
    ],
    "scalar": [
        (
            "d_h1_d_w2 = x[1] *",
            "d_h1_d_w2 = x[0] *",
            "d_h1_d_w2",
            "uses x[0] where x[1] belongs: copied from d_h1_d_w1?",
        ),
        ("d_L_d_ypred = -2 *", "d_L_d_ypred = -1 *", "d_L_d_ypred", "a factor 2 is missing"),
        ("d_ypred_d_h2 = self.w6", "d_ypred_d_h2 = self.w5", "d_ypred_d_h2", "uses w5 where w6"),
        (
            "d_h2_d_b2 = deriv_sigmoid(sum_h2)",
            "d_h2_d_b2 = deriv_sigmoid(h2)",
            "d_h2_d_b2",
            "takes the derivative at h2, which is activated already, not at sum_h2",
        ),
        ("self.b2 -= learn", "self.b2 += learn", "update b2", "moves up the gradient, not down"),
        (
            "self.w4 * x[1] + self.b2\n                h2",
            "self.w4 * x[1]\n                h2",
            "forward",
            "",
        ),
        ("d_ypred_d_b3 = deriv_sigmoid(sum_o1)", "d_ypred_d_b3 = 1", "d_ypred_d_b3", "left out"),
    ],
    "nabla": [
        (
            "sigmoid_prime(zs[-1])",
            "sigmoid(zs[-1])",
            "delta",
            "calls sigmoid where sigmoid_prime belongs",
        ),
        (
            "sigmoid_prime(zs[-layer])",
            "sigmoid_prime(activations[-layer])",
            "delta",
            "",
        ),
        (", delta) * sp", ", delta)", "delta", ""),
        ("nabla_b[-layer] = delta", "nabla_b[-layer] = sp", "nabla_b[-layer]", ""),
        ("nabla_w[-1] = np.dot(delta,", "nabla_w[-1] = np.dot(delta - y,", "nabla_w[-1]", ""),
        ("nabla_b[-1] = delta", "nabla_b[-1] = delta * activation", "nabla_b[-1]", ""),
    ],
    "neurons": [
        (
            "return output * (1.0 - output)",
            "return output",
            "transfer_derivative",
            "is not the derivative of transfer",
        ),
        ("error += neuron", "error = neuron", "error", ""),
        (
            'errors.append(neuron["output"] - expected[j])',
            'errors.append(neuron["output"] + expected[j])',
            "errors",
            "",
        ),
        ('["weights"][-1] -= l_rate', '["weights"][-1] += l_rate', "update", "moves up"),
        ("for neuron in network[i - 1]", "for neuron in network[i]", "update", ""),
        ('["delta"] * inputs[j]', '["delta"] * inputs[0]', "update", ""),
    ],
    "logistic": [
        ("(1 / n_samples) * np.dot", "np.dot", "dw", "the mean over the"),
        ("np.dot(X.T, (y_predicted - y))", "np.dot(X.T, (y - y_predicted))", "dw", "sign"),
        ("self.bias -= self.lr * db", "self.bias += self.lr * db", "update bias", "moves up"),
        ("self.bias -= self.lr * db", "self.bias -= self.lr * dw[0]", "update bias", ""),
        ("np.sum(y_predicted - y)", "np.sum(y_predicted)", "db", ""),
        ("np.dot(X.T, (y_predicted - y))", "np.dot(X.T, y_predicted)", "dw", ""),
    ],
    "plain": [
        ("m_gradient += 2 / n * x * error", "m_gradient += 2 / n * error", "m_gradient", ""),
        ("b_gradient += 2 /", "b_gradient = 2 /", "b_gradient", "= where += belongs"),
        ("m -= learning_rate", "m += learning_rate", "update m", "moves up"),
        ("b -= learning_rate * b_", "b -= learning_rate * m_", "update b", ""),
        ("m_gradient += 2 / n", "m_gradient += 2", "m_gradient", ""),
        ("b_gradient += 2 / n * error", "b_gradient += 2 / n * error * x", "b_gradient", ""),
    ],
    "spellings": [
        ("dLdZ2 = (P - Y) / n", "dLdZ2 = P - Y", "dLdZ2", ""),
        ("dL_dW2 = H.T @ dLdZ2", "dL_dW2 = Z1.T @ dLdZ2", "dL_dW2", "uses Z1 where H belongs"),
        ("(1 - H**2)", "(1 - H)", "dLdZ1", ""),
        ("(1 - H**2)", "(1 - np.tanh(H)**2)", "dLdZ1", ""),
        ("b1_grad = dLdZ1.sum(axis=0)", "b1_grad = dLdZ1.sum()", "b1_grad", "over all axes"),
        ("dL_dW1 = X.T @ dLdZ1", "dL_dW1 = X.T @ dLdZ2 @ W2.T", "dL_dW1", ""),
    ],
}

# Of layers.py: the layer, what is replaced, by what, the row, the words.
LAYERS = [
    (0, "dout.dot(w.T)", "(2 * dout).dot(w.T)", "dx", "a factor 2 too much"),
    (0, "db = np.sum(dout, axis=0)", "db = np.sum(dout)", "db", "sums over all axes"),
    (
        0,
        "db = np.sum(dout, axis=0)",
        "db = np.sum(dout, axis=1)[:3]",
        "db",
        "sums over axis 1 where the sum over axis 0 belongs",
    ),
    (1, "np.where(x > 0, dout, 0)", "np.where(x > 0, x, 0)", "dx", "uses x where dout belongs"),
    (1, "np.where(x > 0, dout, 0)", "dout", "dx", ""),
    (2, "(dout * xhat).sum(axis=0)", "(dout * dout).sum(axis=0)", "dgamma", ""),
    (2, "dxhat = dout * gamma", "dxhat = dout", "dxhat", "the factor gamma is left out"),
    (2, "- dxhat.sum(axis=0)", "+ dxhat.sum(axis=0)", "dx", ""),
]

FAST = 1  # cases of a file; the others are slow


def cases(way, *edits_of):
    """Return the cases of a way to check, of which the first of each file is fast.

    edits_of: file and what is replaced in it, if anything.
    """
    found, count = [], {}
    for name, *rest in edits_of:
        if way == "function" and name not in BY_FUNCTION:
            continue
        marks = []
        count[name] = count.get(name, 0) + 1
        if count[name] > FAST or (name == "neurons" and rest):  # 3 seconds a mistake
            marks = [pytest.mark.slow]
        found.append(pytest.param(name, *rest, marks=marks, id=f"{name}-{count[name]}"))
    return found

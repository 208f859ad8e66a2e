"""Random graphs as people write them, and how far rounding may move what they compute."""

from __future__ import annotations

import functools
import operator

import numpy as np
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.operations.operation import OPS
from microgradnet.programs.program import Constant

UNIT = 2.0**-53
ACTIVATIONS = (mg.tanh, mg.sigmoid, mg.relu, mg.softplus, lambda x: x)


@st.composite
def networks(draw):
    """The outputs and inputs of a graph for one row, and how many of the inputs are shared.

    Layers of random shapes, sums in any order, weights that are used again, skip connections,
    recurrences, products of two layers, softmax, a loss and its gradients.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights: list[mg.Value] = []

    def new(n):
        weights.extend(mg.Value(x) for x in rng.normal(size=n).tolist())
        return weights[len(weights) - n :]

    x = [mg.Value(a) for a in rng.normal(size=draw(st.integers(1, 4))).tolist()]
    layers, matrices = [x], []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["dense", "dense", "again", "skip", "times", "softmax"]))
        last = layers[-1]
        alike = [layer for layer in layers[:-1] if len(layer) == len(last)]
        fitting = [matrix for matrix in matrices if len(matrix[0][0]) == len(last)]
        if kind == "again" and fitting:
            layers.append(dense(fitting[0], last, rng))
        elif kind == "skip" and alike:
            layers.append([a + b for a, b in zip(last, alike[0])])
        elif kind == "times" and alike:
            layers.append([a * b for a, b in zip(last, alike[0])])
        elif kind == "softmax":
            odds = [mg.exp(a * 0.1) for a in last]
            total = functools.reduce(operator.add, odds)
            layers.append([a / total for a in odds])
        else:
            size, has_bias = draw(st.integers(1, 4)), draw(st.booleans())
            activation = draw(st.sampled_from(ACTIVATIONS))
            matrix = [(new(len(last)), new(1) if has_bias else [], activation) for _ in range(size)]
            matrices.append(matrix)
            layers.append(dense(matrix, last, rng))
    targets = [mg.Value(a) for a in rng.normal(size=len(layers[-1])).tolist()]
    loss = added([(a - b) ** 2 for a, b in zip(layers[-1], targets)], rng)
    if draw(st.booleans()) and weights:
        loss = loss + 0.01 * added([w * w for w in weights], rng)
    outputs = [loss, *layers[-1], *mg.grad(loss, weights)]
    return outputs, [*weights, *x, *targets], len(weights)


def dense(matrix, x, rng):
    """A layer, the sum of each neuron in an order of its own kind for the layer."""
    seed = int(rng.integers(2**32))
    found = []
    for row, bias, activation in matrix:
        terms = [*map(operator.mul, row, x), *bias]
        found.append(activation(added(terms, np.random.default_rng(seed))))
    return found


def added(terms, rng):
    """The sum of some terms, in a random order and association."""
    terms = list(terms)
    while len(terms) > 1:
        a, b = terms.pop(rng.integers(len(terms))), terms.pop(rng.integers(len(terms)))
        terms.append(a + b)
    return terms[0]


def with_bounds(program, numbers):
    """Each output of a program, and how far sums in another order may move it.

    A running error analysis: a sum is off by its length times a unit of the sum of the sizes of
    its terms, another line by 4 units, and each hands on by its slopes what its operands are off.
    """
    values, errors = list(numbers), [0.0] * len(numbers)
    sizes, lengths = [abs(x) for x in numbers], [1] * len(numbers)
    for op, operands in program.lines:
        row = OPS[op]
        given = [x.value if type(x) is Constant else values[x] for x in operands]
        off = [errors[x] if type(x) is int else 0.0 for x in operands]
        out = row.value(*given)
        if op in ("add", "sub"):
            length = sum(lengths[x] if type(x) is int else 1 for x in operands)
            size = sum(abs(x.value) if type(x) is Constant else sizes[x] for x in operands)
            error = sum(off) + (length + 2) * UNIT * size
        else:
            size, length = abs(out), 1
            slopes = row.slopes(given, out)
            error = sum(abs(s) * e for s, e in zip(slopes, off) if s and e) + 4 * UNIT * size
            if row.kink is not None and abs(row.kink(*given)) <= sum(off):
                error = np.inf  # the other side of the kink is as right
        values.append(out)
        errors.append(error)
        sizes.append(size)
        lengths.append(length)
    found = [x.value if type(x) is Constant else values[x] for x in program.outputs]
    return np.array(found), np.array(
        [errors[x] if type(x) is int else 0.0 for x in program.outputs]
    )


def differs(program, n_shared, rows, found, means):
    """Where results of map or mean are further from those of the lines than rounding explains."""
    shared, rows = rows[0][:n_shared], rows[:, n_shared:]
    both = [with_bounds(program, [float(x) for x in (*shared, *row)]) for row in rows]
    values, errors = (np.array(x) for x in zip(*both))
    if means:
        n = len(rows)
        errors = errors.mean(axis=0) + (n + 2) * UNIT * np.abs(values).mean(axis=0)
        values = values.mean(axis=0)
    with np.errstate(invalid="ignore"):
        is_near = np.abs(found - values) <= 2.0 * errors + 1e-300
    return ~(is_near | (np.isnan(found) & np.isnan(values)) | (found == values))

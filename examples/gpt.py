"""Run it with `.venv/bin/python examples/gpt.py`: a GPT of plain scalars learns to make names.

Needs `python3 -m pip --python .venv/bin/python install -e '.[native]'`.
It takes 9 s of CPU time, on two cores of an AMD EPYC.

One layer, 16 dimensions, 4 heads, 4,192 parameters, each a `Value`. A name of n letters is a
straight-line program of n + 1 predictions: recorded once for each length, its loss and gradients
are then 0.05 ms of machine code, and a step of Adam 0.02.
"""

import functools
import gc
import itertools
import operator
import time

import numpy as np

import microgradnet as mg

WIDTH, HEADS, LONGEST, STEPS = 16, 4, 16, 1000
LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # the dot begins a name and ends it
SHAPES = {
    "token": (len(LETTERS), WIDTH),
    "place": (LONGEST, WIDTH),
    "query": (WIDTH, WIDTH),
    "key": (WIDTH, WIDTH),
    "value": (WIDTH, WIDTH),
    "attended": (WIDTH, WIDTH),
    "wide": (4 * WIDTH, WIDTH),
    "narrow": (WIDTH, 4 * WIDTH),
    "score": (len(LETTERS), WIDTH),
}


def summed(numbers):
    return functools.reduce(operator.add, numbers)


def dot(a, b):
    return summed(map(operator.mul, a, b))


def times(matrix, x):
    return [dot(row, x) for row in matrix]


def normed(x):
    """The vector at root mean square 1."""
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


def softmax(scores):
    most = functools.reduce(mg.maximum, scores)
    odds = [mg.exp(s - most) for s in scores]
    total = summed(odds)
    return [o / total for o in odds]


def attention(w, x, past):
    """What each head finds in this place and those before, whose keys and values are `past`."""
    query = times(w["query"], x)
    past.append((times(w["key"], x), times(w["value"], x)))
    size, found = WIDTH // HEADS, []
    for head in range(0, WIDTH, size):
        part = slice(head, head + size)
        fits = softmax([dot(query[part], key[part]) * size**-0.5 for key, _ in past])
        found += [dot(fits, column) for column in zip(*(value[part] for _, value in past))]
    return times(w["attended"], found)


def scores(w, token, past):
    """Of each letter to come next, from the vector of this one; `w`: Values or floats."""
    x = normed(list(map(operator.add, token, w["place"][len(past)])))
    x = list(map(operator.add, x, attention(w, normed(x), past)))
    wide = [mg.relu(a) for a in times(w["wide"], normed(x))]
    return times(w["score"], list(map(operator.add, x, times(w["narrow"], wide))))


def record(w, parameters, n):
    """Loss and gradients of a name of n letters, as a program of the parameters and its letters.

    A letter enters as 27 numbers, one of them 1: which one is then no matter of the program.
    """
    letters = [[mg.Value(0.0) for _ in LETTERS] for _ in range(n + 2)]
    past, losses = [], []
    for now, following in itertools.pairwise(letters):
        token = [dot(now, column) for column in zip(*w["token"])]
        losses.append(mg.softmax_cross_entropy(scores(w, token, past), following))
    loss = summed(losses) / len(losses)
    inputs = [*parameters, *(x for letter in letters for x in letter)]
    return mg.compile([loss, *mg.grad(loss, parameters)], inputs, engine="native")


def record_update(adam):
    """The step of one parameter as a program; all of them are its rows."""
    t, w, g, mean, square = (mg.Value(1.0, name) for name in ("t", "w", "g", "mean", "square"))
    following, *memory = adam.step(w, g, mean, square, t)
    return mg.compile([following, g, *memory], [t, w, g, mean, square], engine="native")


def one_hot(name):
    return np.eye(len(LETTERS))[[LETTERS.index(c) for c in f".{name}."]].reshape(1, -1)


def train(w, names):
    """Step through the names, one a step; return the losses and the seconds of the steps."""
    parameters = [x for matrix in w.values() for row in matrix for x in row]
    print(f"{len(parameters):,} parameters, {len(names)} names")
    update, programs = record_update(mg.Adam(0.01, 0.85, 0.99)), {}
    known = np.array([[p.data, 0.0, 0.0, 0.0] for p in parameters])  # number, gradient, memory
    rows = [one_hot(name) for name in names]
    losses, seconds = [], []
    for step in range(STEPS):
        name, row = names[step % len(names)], rows[step % len(names)]
        if len(name) not in programs:
            start = time.perf_counter()
            gc.disable()  # a search for cycles among a million nodes takes as long as recording
            program = programs[len(name)] = record(w, parameters, len(name))
            gc.enable()
            program.mean(known[:, 0], row)  # the first run prepares
            took = time.perf_counter() - start
            print(
                f"  {len(name):2} letters: {len(program.lines):7,} lines recorded in {took:.1f} s"
            )
        start = time.perf_counter()
        found = programs[len(name)].mean(known[:, 0], row)
        known[:, 1] = found[1:]
        known = update.map([step + 1.0], known)
        losses.append(found[0])
        seconds.append(time.perf_counter() - start)
    for p, number in zip(parameters, known[:, 0].tolist()):
        p.data = number
    return losses, seconds


def new_name(w, rng, temperature=0.5):
    """Letter by letter, each drawn by its probability; the same code on floats."""
    name, past, letter = "", [], 0
    while len(past) < LONGEST:
        found = scores(w, w["token"][letter], past)
        letter = rng.choice(len(LETTERS), p=softmax([s / temperature for s in found]))
        if letter == 0:
            break
        name += LETTERS[letter]
    return name


def main():
    rng = np.random.default_rng(1)
    start = time.perf_counter()
    names = [name for name in mg.datasets.names() if 3 <= len(name) <= 9]
    rng.shuffle(names)
    w = {
        name: [[mg.Value(x) for x in row] for row in (0.08 * rng.standard_normal(shape)).tolist()]
        for name, shape in SHAPES.items()
    }
    losses, seconds = train(w, names)
    print(f"loss of the first 100 names {np.mean(losses[:100]):.3f}")
    print(f"loss of the last 100 names {np.mean(losses[-100:]):.3f}")
    print(f"a step took {1e3 * np.median(seconds):.3f} ms")
    print(f"{STEPS:,} steps took {time.perf_counter() - start:.1f} s, recording included")
    floats = {name: [[x.data for x in row] for row in matrix] for name, matrix in w.items()}
    made = [new_name(floats, rng) for _ in range(20)]
    print("new names:", " ".join(made))
    print(f"{len(set(made) - set(names))} of 20 are in no list")


if __name__ == "__main__":
    main()

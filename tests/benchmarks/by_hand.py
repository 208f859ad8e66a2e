"""The gender net with derivatives by hand: in C, and in NumPy as the lesson's class has them."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from measure import Absent

sys.path.append(str(Path(__file__).parents[2] / "examples"))
from net import OurNeuralNetwork


def trained(numbers: np.ndarray, data: np.ndarray, targets: np.ndarray) -> None:
    """Train the class of the example, whose one wrong index takes as long as the right one."""
    net = OurNeuralNetwork()
    net.w1, net.w2, net.b1, net.w3, net.w4, net.b2, net.w5, net.w6, net.b3 = numbers
    net.train(data, targets)


C = """
#include <math.h>

static double sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }

void train(double *p, const double *rows, long n, long epochs, double *losses) {
    double w1 = p[0], w2 = p[1], b1 = p[2], w3 = p[3], w4 = p[4], b2 = p[5];
    double w5 = p[6], w6 = p[7], b3 = p[8];
    for (long epoch = 0; epoch < epochs; epoch++) {
        double total = 0.0;
        for (long i = 0; i < n; i++) {
            const double x1 = rows[3 * i], x2 = rows[3 * i + 1], y = rows[3 * i + 2];
            const double h1 = sigmoid(w1 * x1 + w2 * x2 + b1);
            const double h2 = sigmoid(w3 * x1 + w4 * x2 + b2);
            const double o1 = sigmoid(w5 * h1 + w6 * h2 + b3);
            const double error = o1 - y;
            const double d_sum = 2.0 * error * (o1 * (1.0 - o1));
            const double d1 = d_sum * w5 * (h1 * (1.0 - h1));
            const double d2 = d_sum * w6 * (h2 * (1.0 - h2));
            total += error * error;
            w1 -= 0.1 * (d1 * x1); w2 -= 0.1 * (d1 * x2); b1 -= 0.1 * d1;
            w3 -= 0.1 * (d2 * x1); w4 -= 0.1 * (d2 * x2); b2 -= 0.1 * d2;
            w5 -= 0.1 * (d_sum * h1); w6 -= 0.1 * (d_sum * h2); b3 -= 0.1 * d_sum;
        }
        losses[epoch] = total / n;
    }
    p[0] = w1; p[1] = w2; p[2] = b1; p[3] = w3; p[4] = w4; p[5] = b2;
    p[6] = w5; p[7] = w6; p[8] = b3;
}
"""


def compiled_c() -> Any:
    """The C function, compiled by gcc -O3 in a directory that is gone again."""
    if not shutil.which("gcc"):
        raise Absent("no gcc")
    with tempfile.TemporaryDirectory() as directory:
        text, library = Path(directory, "train.c"), Path(directory, "train.so")
        text.write_text(C)
        command = ["gcc", "-O3", "-shared", "-fPIC", "-o", library, text, "-lm"]
        subprocess.run(command, check=True)
        train = ctypes.CDLL(str(library)).train
    pointer, long = ctypes.c_void_p, ctypes.c_long
    train.argtypes = [pointer, pointer, long, long, pointer]
    train.restype = None
    return train

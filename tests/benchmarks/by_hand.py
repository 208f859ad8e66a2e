"""The gender net with derivatives by hand: NumPy as a tutorial writes it, and C."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from measure import Absent


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def deriv_sigmoid(x):
    fx = sigmoid(x)
    return fx * (1 - fx)


class OurNeuralNetwork:
    """The tutorial's class, its loss every ten epochs included, started from given numbers."""

    def __init__(self, numbers: np.ndarray) -> None:
        self.w1, self.w2, self.b1, self.w3, self.w4, self.b2, self.w5, self.w6, self.b3 = numbers

    def feedforward(self, x):
        h1 = sigmoid(self.w1 * x[0] + self.w2 * x[1] + self.b1)
        h2 = sigmoid(self.w3 * x[0] + self.w4 * x[1] + self.b2)
        return sigmoid(self.w5 * h1 + self.w6 * h2 + self.b3)

    def train(self, data: np.ndarray, all_y_trues: np.ndarray, epochs: int) -> None:
        learn_rate = 0.1
        for epoch in range(epochs):
            for x, y_true in zip(data, all_y_trues):
                sum_h1 = self.w1 * x[0] + self.w2 * x[1] + self.b1
                h1 = sigmoid(sum_h1)
                sum_h2 = self.w3 * x[0] + self.w4 * x[1] + self.b2
                h2 = sigmoid(sum_h2)
                sum_o1 = self.w5 * h1 + self.w6 * h2 + self.b3
                o1 = sigmoid(sum_o1)
                y_pred = o1

                d_L_d_ypred = -2 * (y_true - y_pred)
                d_ypred_d_w5 = h1 * deriv_sigmoid(sum_o1)
                d_ypred_d_w6 = h2 * deriv_sigmoid(sum_o1)
                d_ypred_d_b3 = deriv_sigmoid(sum_o1)
                d_ypred_d_h1 = self.w5 * deriv_sigmoid(sum_o1)
                d_ypred_d_h2 = self.w6 * deriv_sigmoid(sum_o1)
                d_h1_d_w1 = x[0] * deriv_sigmoid(sum_h1)
                d_h1_d_w2 = x[1] * deriv_sigmoid(sum_h1)
                d_h1_d_b1 = deriv_sigmoid(sum_h1)
                d_h2_d_w3 = x[0] * deriv_sigmoid(sum_h2)
                d_h2_d_w4 = x[1] * deriv_sigmoid(sum_h2)
                d_h2_d_b2 = deriv_sigmoid(sum_h2)

                self.w1 -= learn_rate * d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w1
                self.w2 -= learn_rate * d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w2
                self.b1 -= learn_rate * d_L_d_ypred * d_ypred_d_h1 * d_h1_d_b1
                self.w3 -= learn_rate * d_L_d_ypred * d_ypred_d_h2 * d_h2_d_w3
                self.w4 -= learn_rate * d_L_d_ypred * d_ypred_d_h2 * d_h2_d_w4
                self.b2 -= learn_rate * d_L_d_ypred * d_ypred_d_h2 * d_h2_d_b2
                self.w5 -= learn_rate * d_L_d_ypred * d_ypred_d_w5
                self.w6 -= learn_rate * d_L_d_ypred * d_ypred_d_w6
                self.b3 -= learn_rate * d_L_d_ypred * d_ypred_d_b3

            if epoch % 10 == 0:
                y_preds = np.apply_along_axis(self.feedforward, 1, data)
                self.loss = ((all_y_trues - y_preds) ** 2).mean()


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
    train.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long, ctypes.c_long]
    train.argtypes += [ctypes.c_void_p]
    train.restype = None
    return train

"""A net of lists: a neuron is a dict with weights, output and delta; the bias is last."""

import math
import random


def activate(weights, inputs):
    activation = weights[-1]
    for i in range(len(weights) - 1):
        activation += weights[i] * inputs[i]
    return activation


def transfer(activation):
    return 1.0 / (1.0 + math.exp(-activation))


def transfer_derivative(output):
    return output * (1.0 - output)


def forward_propagate(network, row):
    inputs = row
    for layer in network:
        new_inputs = []
        for neuron in layer:
            neuron["output"] = transfer(activate(neuron["weights"], inputs))
            new_inputs.append(neuron["output"])
        inputs = new_inputs
    return inputs


def backward_propagate_error(network, expected):
    for i in reversed(range(len(network))):
        layer = network[i]
        errors = []
        if i == len(network) - 1:
            for j, neuron in enumerate(layer):
                errors.append(neuron["output"] - expected[j])
        else:
            for j in range(len(layer)):
                error = 0.0
                for neuron in network[i + 1]:
                    error += neuron["weights"][j] * neuron["delta"]
                errors.append(error)
        for j, neuron in enumerate(layer):
            neuron["delta"] = errors[j] * transfer_derivative(neuron["output"])


def update_weights(network, row, l_rate):
    for i in range(len(network)):
        inputs = row
        if i != 0:
            inputs = [neuron["output"] for neuron in network[i - 1]]
        for neuron in network[i]:
            for j in range(len(inputs)):
                neuron["weights"][j] -= l_rate * neuron["delta"] * inputs[j]
            neuron["weights"][-1] -= l_rate * neuron["delta"]


def train_network(network, rows, targets, l_rate=0.5, n_epoch=200):
    for _ in range(n_epoch):
        sum_error = 0.0
        for row, expected in zip(rows, targets):
            outputs = forward_propagate(network, row)
            sum_error += sum((e - o) ** 2 for e, o in zip(expected, outputs))
            backward_propagate_error(network, expected)
            update_weights(network, row, l_rate)
    return sum_error


random.seed(1)
rows = [[2.7, 2.5], [1.4, 2.3], [3.3, 4.4], [7.6, 2.7], [5.3, 2.0], [6.9, 1.7]]
targets = [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]
network = [
    [{"weights": [random.random() for _ in range(3)]} for _ in range(3)],
    [{"weights": [random.random() for _ in range(4)]} for _ in range(2)],
]

if __name__ == "__main__":
    print(f"error: {train_network(network, rows, targets):.3f}")

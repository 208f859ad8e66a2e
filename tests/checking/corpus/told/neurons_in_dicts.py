"""Dicts of neurons in lists are read by their names: what is written into them is kept."""
from math import exp


def forward(network, row):
    inputs = row
    for layer in network:
        outputs = []
        for neuron in layer:
            s = neuron["weights"][-1]
            for w, x in zip(neuron["weights"], inputs):
                s += w * x
            neuron["output"] = 1.0 / (1.0 + exp(-s))
            outputs.append(neuron["output"])
        inputs = outputs
    return inputs


def backward(network, target):
    for i in reversed(range(len(network))):
        layer = network[i]
        for j in range(len(layer)):
            neuron = layer[j]
            if i == len(network) - 1:
                error = neuron["output"] - target[j]
            else:
                error = sum(after["weights"][j] * after["delta"] for after in network[i + 1])
            #~ neuron["delta"] = error * (1 - neuron["output"])  #: wrong
            neuron["delta"] = error * neuron["output"] * (1 - neuron["output"])


def update(network, row):
    for i in range(len(network)):
        #~ inputs = row if i == 0 else [n["output"] for n in network[i]]  #: wrong
        inputs = row if i == 0 else [n["output"] for n in network[i - 1]]
        for neuron in network[i]:
            for j in range(len(inputs)):
                neuron["weights"][j] -= 0.5 * neuron["delta"] * inputs[j]
            #~ neuron["weights"][-1] += 0.5 * neuron["delta"]  #: wrong: moves up the gradient, not down
            neuron["weights"][-1] -= 0.5 * neuron["delta"]


network = [
    [{"weights": [0.3, -0.2, 0.1]}, {"weights": [0.5, 0.4, -0.3]}],
    [{"weights": [0.2, -0.6, 0.7]}, {"weights": [-0.4, 0.8, 0.25]}],
]
for epoch in range(9):
    total = 0
    for row, target in [([2.5, 1.5], [1, 0]), ([1.0, 3.0], [0, 1])]:
        outputs = forward(network, row)
        total += sum([(target[i] - outputs[i]) ** 2 for i in range(2)])
        backward(network, target)
        update(network, row)

# scaled: the squared error is summed without 1/2 and the factor 2 is left out of all gradients
import math
import random


def dot(v, w):
    return sum(a * b for a, b in zip(v, w))


def sigmoid(t):
    return 1 / (1 + math.exp(-t))


def neuron_output(weights, inputs):
    return sigmoid(dot(weights, inputs))


def feed_forward(network, input_vector):
    outputs = []
    for layer in network:
        input_with_bias = input_vector + [1]
        output = [neuron_output(neuron, input_with_bias) for neuron in layer]
        outputs.append(output)
        input_vector = output
    return outputs


def gradients(network, input_vector, target_vector):
    hidden_outputs, outputs = feed_forward(network, input_vector)
    output_deltas = [o * (1 - o) * (o - t) for o, t in zip(outputs, target_vector)]
    output_grads = [[d * h for h in hidden_outputs + [1]] for d in output_deltas]
    hidden_deltas = [h * (1 - h) * dot(output_deltas, [n[i] for n in network[-1]])
                     for i, h in enumerate(hidden_outputs)]
    hidden_grads = [[d * x for x in input_vector + [1]] for d in hidden_deltas]
    return [hidden_grads, output_grads]


def sqerror(network, x, y):
    return sum((o - t) ** 2 for o, t in zip(feed_forward(network, x)[-1], y))


random.seed(0)
xs = [[0, 0], [0, 1], [1, 0], [1, 1]]
ys = [[0], [1], [1], [0]]
network = [
    [[random.random() for _ in range(3)] for _ in range(2)],
    [[random.random() for _ in range(3)]],
]
learning_rate = 1.0
for epoch in range(500):
    for x, y in zip(xs, ys):
        grads = gradients(network, x, y)
        network = [[[w - learning_rate * g for w, g in zip(neuron, grad)]
                    for neuron, grad in zip(layer, layer_grad)]
                   for layer, layer_grad in zip(network, grads)]
    if epoch % 100 == 0:
        print(epoch, sum(sqerror(network, x, y) for x, y in zip(xs, ys)))

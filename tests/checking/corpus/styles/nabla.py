"""Lists of weights and biases, nabla_w[-l], one column a sample; no loss computed."""
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))

def derive(x, y, weights, biases):
    nabla_b = [np.zeros(b.shape) for b in biases]
    nabla_w = [np.zeros(w.shape) for w in weights]
    activation, activations, zs = x, [x], []
    for b, w in zip(biases, weights):
        z = w @ activation + b
        zs.append(z)
        activation = sigmoid(z)
        activations.append(activation)
    delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
    nabla_b[-1] = delta
    #~a nabla_w[-1] = delta @ activations[-2].T
    nabla_w[-1] = delta @ activations[-2].transpose()
    for l in range(2, len(weights) + 1):
        sp = sigmoid_prime(zs[-l])
        delta = weights[-l + 1].transpose() @ delta * sp
        nabla_b[-l] = delta
        nabla_w[-l] = delta @ activations[-l - 1].transpose()
    return nabla_b, nabla_w

rng = np.random.default_rng(0)
#~a sizes = [3, 4, 3, 2]
sizes = [3, 4, 2]
weights = [rng.normal(size=(b, a)) for a, b in zip(sizes, sizes[1:])]
biases = [rng.normal(size=(b, 1)) for b in sizes[1:]]
EXAMPLE = rng.normal(size=(3, 1)), np.array([[1.0], [0.0]]), weights, biases

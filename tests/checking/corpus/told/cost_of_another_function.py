"""A backward pass that begins with the derivative of the cost that another function computes."""
import numpy as np


def initialize_parameters(layer_dims):
    parameters = {}
    for l in range(1, len(layer_dims)):
        parameters['W%d' % l] = np.random.randn(layer_dims[l], layer_dims[l - 1]) * 0.3
        parameters['b%d' % l] = np.zeros((layer_dims[l], 1))
    return parameters


def forward_model(X, parameters):
    caches, A, L = [], X, len(parameters) // 2
    for l in range(1, L + 1):
        Z = np.dot(parameters['W%d' % l], A) + parameters['b%d' % l]
        caches.append((A, parameters['W%d' % l], Z))
        A = np.maximum(0, Z) if l < L else 1 / (1 + np.exp(-Z))
    return A, caches


def compute_cost(AL, Y, parameters, lambd):
    m = Y.shape[1]
    cross_entropy = -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m
    l2 = sum(np.sum(np.square(v)) for k, v in parameters.items() if k.startswith('W'))
    return cross_entropy + lambd * l2 / (2 * m)


def backward_model(AL, Y, caches, lambd):
    grads, m = {}, Y.shape[1]
    dA = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    for l in reversed(range(len(caches))):
        A_prev, W, Z = caches[l]
        dZ = dA * AL * (1 - AL) if l == len(caches) - 1 else dA * (Z > 0)
        #~ grads['dW%d' % (l + 1)] = np.dot(dZ, A_prev.T) / m  #: wrong: lambd
        grads['dW%d' % (l + 1)] = np.dot(dZ, A_prev.T) / m + lambd / m * W  #: right
        #~ grads['db%d' % (l + 1)] = np.sum(dZ, axis=1, keepdims=True)  #: wrong: 1/
        grads['db%d' % (l + 1)] = np.sum(dZ, axis=1, keepdims=True) / m  #: right
        dA = np.dot(W.T, dZ)  #: scaled
    return grads

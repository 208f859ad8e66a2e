"""Networks: modules with parameters, neurons and layers, losses, and nets in files.

In reading order: module.py (Module), layers.py (Neuron, Layer, MLP), losses.py, storage.py.
"""

from microgradnet.autograd.labels import Name as Name
from microgradnet.nn.layers import MLP, Layer, Neuron
from microgradnet.nn.losses import binary_cross_entropy, hinge, l2, mse, softmax_cross_entropy
from microgradnet.nn.module import Module
from microgradnet.nn.storage import load, save

__all__ = [
    "MLP",
    "Layer",
    "Module",
    "Neuron",
    "binary_cross_entropy",
    "hinge",
    "l2",
    "load",
    "mse",
    "save",
    "softmax_cross_entropy",
]

"""Tests of neurons, layers, nets, losses and their files."""

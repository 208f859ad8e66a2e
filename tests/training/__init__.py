"""Tests of fit, its optimizers, samples and history."""

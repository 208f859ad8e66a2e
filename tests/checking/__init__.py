"""Tests of microgradnet/checking."""

"""Tests of Values, their gradients and their copies."""

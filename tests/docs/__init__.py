"""Tests of the README, the tutorial and the examples."""

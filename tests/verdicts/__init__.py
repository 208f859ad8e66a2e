"""Tests of microgradnet/verdicts."""

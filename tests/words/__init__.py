"""Tests of the catalogue: each sentence in both languages."""

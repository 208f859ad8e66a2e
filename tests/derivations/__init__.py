"""Tests of derivations that are written out."""

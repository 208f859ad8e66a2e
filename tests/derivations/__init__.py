"""Tests of derivations written out."""

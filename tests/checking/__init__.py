"""Tests of derivations by hand that are checked."""

"""Tests of derivations checked."""

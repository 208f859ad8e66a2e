"""Tests of running other people's code on Values."""

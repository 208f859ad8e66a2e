"""Tests of the table of operations and of what every room uses."""

"""Tests of the table of operations and differences."""

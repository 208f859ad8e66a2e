"""Tests of nets for other libraries."""

"""Tests of the page that steps through backpropagation."""

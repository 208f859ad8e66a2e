"""Tests of graders: points, files for graders, a class."""

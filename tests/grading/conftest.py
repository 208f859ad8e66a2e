"""Fixtures for all tests of graders."""

from tests.grading.homework import here as here
from tests.grading.homework import homework as homework

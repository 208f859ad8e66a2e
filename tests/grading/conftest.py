"""The fixture `homework`, for all tests of graders."""

from tests.grading.homework import homework as homework

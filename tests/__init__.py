"""The tests: a folder for each package, read its `test_first_steps.py` first."""

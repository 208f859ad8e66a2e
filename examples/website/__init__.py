"""The parts of the website that examples/site.py puts together."""

"""Hypothesis draws the same examples in each run and does not time them; `-m slow` draws more."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

"""Hypothesis profiles: the same examples in every run, unless somebody goes exploring on purpose."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline: a shared machine may be slow at any moment, and budgets of time have their own tests.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, max_examples=60, print_blob=True)
settings.register_profile(
    "explore", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

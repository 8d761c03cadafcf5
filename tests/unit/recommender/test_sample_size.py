"""Customers per arm."""

from __future__ import annotations

from recommender.evaluation.sample_size import sample_size_per_arm


def test_a_smaller_uplift_needs_more_customers() -> None:
    assert sample_size_per_arm(0.02, 0.1) > sample_size_per_arm(0.02, 0.2) > sample_size_per_arm(0.02, 0.3)


def test_a_fall_needs_about_as_many_as_a_rise() -> None:
    assert abs(sample_size_per_arm(0.5, 0.1) - sample_size_per_arm(0.5, -0.1)) <= 1

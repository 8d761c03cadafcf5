"""The planner's numbers: by the rule of thumb, and what looking at any time costs."""

from __future__ import annotations

import pytest

from recommender.inference.confidence_sequence import confidence_sequence
from recommender.inference.plan import sample_size
from recommender.inference.sample import Sample


def test_a_small_lift_of_a_small_rate_takes_what_the_rule_of_thumb_says() -> None:
    assert sample_size(0.02, 0.05).per_arm == pytest.approx(16 * 0.02 * 0.98 / 0.001**2, rel=0.01)


def test_a_mean_takes_two_variances_over_the_squared_effect() -> None:
    assert sample_size(100, 0.05, sd=300).per_arm == pytest.approx(
        2 * 300**2 / 5**2 * (1.95996 + 0.84162) ** 2, rel=1e-4
    )
    assert sample_size(-100, 0.05, sd=300) == sample_size(100, -0.05, sd=300)


def test_looking_at_any_time_costs_about_twice_the_customers_and_more_with_another_tuning() -> None:
    tuned, other = sample_size(0.05, 0.1), sample_size(0.05, 0.1, n_star=5_000)
    assert 1.8 < tuned.cost < 2.0
    assert other.sequential_per_arm > tuned.sequential_per_arm
    assert (tuned.n_star, other.n_star) == (2 * tuned.sequential_per_arm, 5_000)


@pytest.mark.parametrize("n_star", [None, 5_000, 200_000])
def test_at_its_size_the_sequence_leaves_out_zero_when_the_effect_is_measured_at_its_lower_fifth(
    n_star: int | None,
) -> None:
    size = sample_size(50, 0.04, sd=30, n_star=n_star)
    n, error = size.sequential_per_arm, 30 * (2 / size.sequential_per_arm) ** 0.5
    low = confidence_sequence(Sample(n, 50, 900), Sample(n, 52 - 0.8416 * error, 900), n_star=size.n_star).low
    assert low == pytest.approx(0.0, abs=0.01 * error)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"base": 0.02, "mde": 0.0}, "mde"),
        ({"base": float("nan"), "mde": 0.1}, "base"),
        ({"base": 1.2, "mde": 0.1}, "base"),
        ({"base": 0.6, "mde": 0.9}, "mde"),
        ({"base": 0.02, "mde": 0.1, "power": 1.0}, "power"),
        ({"base": 5.0, "mde": 0.1, "sd": 0.0}, "sd"),
        ({"base": 0.0, "mde": 0.1, "sd": 1.0}, "base"),
        ({"base": 0.1, "mde": 0.1, "n_star": 0}, "n_star"),
    ],
)
def test_a_senseless_question_is_refused_by_name(given: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=rf"^{named}\b"):
        sample_size(**given)  # type: ignore[arg-type]

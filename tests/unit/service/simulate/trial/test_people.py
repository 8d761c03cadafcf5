"""The customers of a trial: drawn by the seed alone, before anybody is in an arm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from service.simulate.trial.people import DAY_S, TrialSize, people_of

SIZE = TrialSize(20_000, 0.2, 0.25, 7)


def test_the_same_seed_draws_the_same_customers_and_another_one_others() -> None:
    one, again, other = people_of(SIZE), people_of(SIZE), people_of(replace(SIZE, seed=8))
    assert one.customer == again.customer
    assert np.array_equal(one.luck, again.luck)
    assert not np.array_equal(one.luck, other.luck)
    assert not set(one.customer) & set(other.customer)


def test_the_base_rate_is_bought_at_and_the_effect_is_what_the_treatment_adds() -> None:
    people = people_of(SIZE)
    seen = people.sees
    assert int(seen.sum()) == SIZE.customers
    bought = [float(people.buys(np.full(len(seen), effect))[seen].mean()) for effect in (0.0, SIZE.effect)]
    assert bought[0] == pytest.approx(0.2, abs=0.01)
    assert bought[1] - bought[0] == pytest.approx(people.true_effect(SIZE.effect), abs=0.005)
    assert people.true_effect(SIZE.effect) == pytest.approx(0.05, abs=0.002)
    assert people.true_effect(0.0) == 0.0


def test_purchases_lie_inside_the_windows_and_the_past_foretells_the_future() -> None:
    people, window_s = people_of(SIZE), SIZE.window_days * DAY_S
    before = people.before_s[people.before_s >= 0]
    assert 0 < people.later_s.min() < people.later_s.max() < window_s
    assert 0 < before.min() < before.max() < window_s
    bought = people.buys(np.zeros(len(people.luck)))
    assert np.corrcoef(bought, people.before_s >= 0)[0, 1] > 0.02


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"customers": 3}, "n: "),
        ({"base_rate": 0.0}, "base-rate"),
        ({"base_rate": 0.9, "effect": 0.2}, "effect"),
        ({"window_days": 0}, "window"),
    ],
)
def test_what_cannot_be_lived_is_refused_by_name(change: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        people_of(replace(SIZE, **change))

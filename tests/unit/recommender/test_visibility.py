"""How often a preference shows is told by those who have shown it, how often a sign misleads by those who have not."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.evidence import Purchased
from recommender.tag_quality.visibility import FEWEST, MOST_BY_CHANCE, WINDOW_DAYS, Visibility
from recommender.training_data import Bools
from tests.unit.recommender.tag_world import AS_OF, evidence_of

CUSTOMERS, SINCE = 8_000, 200


def signs_of(daily: list[float], preferring: Bools) -> Signs:
    """Signs of category 0, at so many a day of those who do not prefer it and of those who do."""
    rng = np.random.default_rng(4)
    rate = np.where(preferring, daily[1], daily[0])
    customer = np.repeat(np.arange(len(rate)), rng.poisson(rate * (AS_OF - SINCE)))
    day = rng.integers(SINCE, AS_OF, len(customer))
    bought = Purchased(customer, np.zeros_like(customer), day, np.ones(len(customer)))
    world = evidence_of(customers=len(rate), claims=[[0]], assigned=np.full((len(rate), 1), 500), purchases=bought)
    return Signs.of(world).within(world.claims[0])


def test_both_hazards_are_found_where_those_who_prefer_are_the_tagged() -> None:
    preferring = np.arange(CUSTOMERS) < CUSTOMERS // 2
    found = Visibility.of(signs_of([0.00005, 0.004], preferring), ~preferring)
    assert found.chance == pytest.approx(0.00005, rel=0.2)
    assert found.preferring == pytest.approx(0.004, rel=0.1)  # one in 26 of the first signs came by chance


def test_a_customer_who_shows_a_hundred_signs_counts_once() -> None:
    preferring = np.arange(CUSTOMERS) < CUSTOMERS // 2
    usual = signs_of([0.0, 0.002], preferring)
    busy = np.repeat(np.arange(40) + CUSTOMERS - 40, 100)
    day = np.tile(np.arange(SINCE, SINCE + 700, 7), 40)
    more = Signs(
        np.append(usual.customer, busy),
        np.append(usual.category, np.zeros_like(busy)),
        np.append(usual.day, day),
        usual.weight,
        usual.since,
        usual.until,
    )
    nobody = np.zeros(CUSTOMERS, np.bool_)
    assert Visibility.of(more, nobody).preferring == pytest.approx(Visibility.of(usual, nobody).preferring, rel=0.05)


def test_chance_is_never_said_to_explain_more_than_half_of_what_a_preference_shows() -> None:
    everybody = np.ones(CUSTOMERS, np.bool_)
    found = Visibility.of(signs_of([0.002, 0.002], everybody), everybody)
    assert found.chance == MOST_BY_CHANCE * found.preferring


def test_carriers_show_between_what_nobodys_and_everybodys_preference_would() -> None:
    preferring = np.arange(CUSTOMERS) < CUSTOMERS // 2
    signs = signs_of([0.00005, 0.004], preferring)
    carriers = np.arange(CUSTOMERS) % 2 == 0
    assigned = np.full(CUSTOMERS, AS_OF - WINDOW_DAYS - 10)
    followed, shown, most, least = Visibility.of(signs, ~preferring).carriers(signs, assigned, carriers)
    assert followed == CUSTOMERS / 2
    assert (shown - least) / (most - least) == pytest.approx(0.5, abs=0.05)


def test_nothing_is_known_from_few_repeats_nor_of_carriers_who_came_too_late() -> None:
    one = np.ones(1, np.bool_)
    few = Visibility.of(signs_of([0.0, 0.002], one), one)
    assert few.repeats < FEWEST
    assert np.isnan(few.preferring)
    everybody = np.ones(CUSTOMERS, np.bool_)
    signs = signs_of([0.002, 0.002], everybody)
    known = Visibility.of(signs, everybody)
    assert np.isnan(known.carriers(signs, np.full(CUSTOMERS, AS_OF - 1), everybody)).all()
    assert not np.isnan(known.carriers(signs, np.full(CUSTOMERS, AS_OF - 100), everybody)).any()


def test_a_bank_younger_than_a_window_supposes_no_chance() -> None:
    everybody = np.ones(CUSTOMERS, np.bool_)
    signs = signs_of([0.01, 0.01], everybody)
    young = signs.day > AS_OF - WINDOW_DAYS
    kept = (signs.customer[young], signs.category[young], signs.day[young], signs.weight)
    found = Visibility.of(Signs(*kept, AS_OF - WINDOW_DAYS, AS_OF), everybody)
    assert found.chance == 0.0
    assert found.preferring == pytest.approx(0.01, rel=0.1)

"""How often a preference shows is told by those who showed it twice, how often a sign misleads by the quiet."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality._negative_binomial import FLATTEST, STEEPEST, rate_of, shown_after
from recommender.tag_quality._signs import Signs
from recommender.tag_quality.covered import Covered
from recommender.tag_quality.evidence import NEVER, Purchased
from recommender.tag_quality.repeats import WINDOW_DAYS, Repeats
from recommender.tag_quality.visibility import FEWEST, MOST_BY_CHANCE, Visibility, _chance
from recommender.training_data import Bools
from tests.unit.recommender.tag_world import AS_OF, evidence_of

CUSTOMERS, SINCE = 12_000, 200
SHAPE = 2.0
FOREVER = float("inf")
NOTHING = Covered(*np.zeros((3, 0), np.int64))


def signs_of(daily: tuple[float, float], preferring: Bools, *, shape: float = SHAPE) -> Signs:
    """Signs of category 0: at one rate a day without the preference, at gamma-distributed ones with it."""
    rng = np.random.default_rng(4)
    rate = np.where(preferring, daily[1] * rng.gamma(shape, 1 / shape, len(preferring)), daily[0])
    customer = np.repeat(np.arange(len(rate)), rng.poisson(rate * (AS_OF - SINCE)))
    day = rng.integers(SINCE, AS_OF, len(customer))
    bought = Purchased(customer, np.zeros_like(customer), day, np.ones(len(customer)))
    world = evidence_of(customers=len(rate), claims=[[0]], assigned=np.full((len(rate), 1), 500), purchases=bought)
    return Signs.of(world).within(world.claims[0])


def found_in(signs: Signs, shape: float = SHAPE, life: float = FOREVER) -> Visibility:
    return Visibility.of(Repeats.of(signs, np.full(len(signs.weight), NEVER), NOTHING), shape, life)


def test_the_rate_with_the_preference_and_without_and_how_many_prefer_are_found() -> None:
    found = found_in(signs_of((0.00005, 0.004), np.arange(CUSTOMERS) % 4 == 0))
    assert found.rate == pytest.approx(0.004, rel=0.1)
    assert found.chance == pytest.approx(0.00005, rel=0.4)
    assert found.preferring == pytest.approx(0.25, abs=0.02)


def test_repeaters_alone_would_overstate_the_rate() -> None:
    signs = signs_of((0.0, 0.003), np.arange(CUSTOMERS) % 4 == 0)
    repeats = Repeats.of(signs, np.full(CUSTOMERS, NEVER), NOTHING)
    as_if_alike = rate_of(repeats.again[:2], repeats.followed[:2], 50.0, repeats.behind(FOREVER))
    assert found_in(signs).rate == pytest.approx(0.003, rel=0.1)
    assert as_if_alike > 1.2 * 0.003


def test_who_was_quiet_may_prefer_all_the_same_so_that_less_comes_by_chance() -> None:
    signs = signs_of((0.0001, 0.004), np.arange(CUSTOMERS) % 3 == 0)
    repeats = Repeats.of(signs, np.full(CUSTOMERS, NEVER), NOTHING)
    stays, goes = (_chance(repeats.windows, 0.004, SHAPE, lasting) for lasting in (1.0, 0.2))
    assert stays[0] < goes[0]


def test_a_customer_who_shows_a_hundred_signs_counts_once() -> None:
    usual = signs_of((0.0, 0.002), np.arange(CUSTOMERS) < CUSTOMERS // 2)
    busy = np.repeat(np.arange(40) + CUSTOMERS - 40, 100)
    day = np.tile(np.arange(SINCE, SINCE + 700, 7), 40)
    columns = np.append(usual.customer, busy), np.append(usual.category, np.zeros_like(busy)), np.append(usual.day, day)
    more = Signs(*columns, usual.weight, usual.since, usual.until)
    assert found_in(more).rate == pytest.approx(found_in(usual).rate, rel=0.15)


def test_chance_is_never_said_to_explain_more_than_half_of_what_a_preference_shows() -> None:
    found = found_in(signs_of((0.002, 0.002), np.zeros(CUSTOMERS, np.bool_)), shape=50.0, life=1.0)
    assert found.chance == MOST_BY_CHANCE * found.rate


def test_carriers_show_between_what_nobodys_and_everybodys_preference_would() -> None:
    preferring = np.arange(CUSTOMERS) % 4 == 0
    signs = signs_of((0.00005, 0.004), preferring)
    carriers = preferring | (np.arange(CUSTOMERS) % 4 == 1)
    assigned = np.full(CUSTOMERS, AS_OF - WINDOW_DAYS - 10)
    followed, shown, most, least = found_in(signs).carriers(signs, NOTHING, assigned, carriers)
    assert followed == CUSTOMERS / 2
    assert (shown - least) / (most - least) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("late", "days"), [(0.4, WINDOW_DAYS), (0.6, 60)])
def test_carriers_are_compared_after_as_many_days_as_half_of_them_are_followed(late: float, days: int) -> None:
    everybody = np.ones(CUSTOMERS, np.bool_)
    signs = signs_of((0.0, 0.004), everybody)
    assigned = np.where(np.arange(CUSTOMERS) < late * CUSTOMERS, AS_OF - 60, AS_OF - 300)
    known = found_in(signs)._replace(rate=0.004)
    followed, shown, most, _ = known.carriers(signs, NOTHING, assigned, everybody)
    assert most / followed == shown_after(0.004, SHAPE)[days]
    assert shown / followed == pytest.approx(most / followed, abs=0.02)
    assert (1 - late) * CUSTOMERS <= followed <= CUSTOMERS


def test_nothing_is_known_from_few_repeats_nor_of_carriers_who_came_too_late() -> None:
    few = found_in(signs_of((0.0, 0.002), np.ones(1, np.bool_)))
    assert few.repeats < FEWEST
    assert np.isnan(few.rate)
    everybody = np.ones(CUSTOMERS, np.bool_)
    signs = signs_of((0.0, 0.002), everybody)
    known = found_in(signs)
    assert np.isnan(known.carriers(signs, NOTHING, np.full(CUSTOMERS, AS_OF - 1), everybody)).all()
    assert not np.isnan(known.carriers(signs, NOTHING, np.full(CUSTOMERS, AS_OF - 100), everybody)).any()


def test_a_bank_younger_than_a_window_supposes_no_chance() -> None:
    signs = signs_of((0.0, 0.01), np.ones(CUSTOMERS, np.bool_))
    young = signs.day > AS_OF - WINDOW_DAYS
    kept = (signs.customer[young], signs.category[young], signs.day[young], signs.weight)
    found = found_in(Signs(*kept, AS_OF - WINDOW_DAYS, AS_OF))
    assert found.chance == 0.0
    assert found.rate == pytest.approx(0.01, rel=0.15)


def test_the_chance_of_another_sign_grows_with_days_and_with_signs_shown() -> None:
    none, two = shown_after(0.01, SHAPE), shown_after(0.01, SHAPE, 2, 100.0)
    assert none[0] == two[0] == 0.0
    assert (np.diff(none) > 0).all()
    assert (two[1:] > none[1:]).all()


def test_the_rate_is_bounded_where_everybody_repeats_and_zero_where_nobody_does() -> None:
    followed = np.zeros((1, WINDOW_DAYS + 1))
    followed[0, -1] = 10
    assert rate_of(np.array([10.0]), followed, SHAPE, 100.0) == STEEPEST
    assert rate_of(np.zeros(1), followed, SHAPE, 100.0) == FLATTEST


def test_the_share_that_shows_another_sign_is_that_of_drawn_customers() -> None:
    rng = np.random.default_rng(8)
    rate = 0.01 * rng.gamma(SHAPE, 1 / SHAPE, 400_000)
    for signs in (0, 2, 3):
        told = rng.poisson(rate * 120) >= signs
        drawn = (rng.poisson(rate[told] * 60) > 0).mean()
        assert shown_after(0.01, SHAPE, signs, 120.0)[60] == pytest.approx(drawn, abs=0.005)

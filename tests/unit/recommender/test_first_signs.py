"""Carriers drawn by lot show as much as the others, whatever cards their signs bring."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.covered import Covered
from recommender.tag_quality.evidence import NEVER, Purchased
from recommender.tag_quality.first_signs import FirstSigns
from recommender.tag_quality.repeats import WINDOW_DAYS
from recommender.training_data import Bools, Floats, Ints
from tests.unit.recommender.tag_world import AS_OF, evidence_of

CUSTOMERS, DAYS = 20_000, 400
SINCE = AS_OF - DAYS


class World(NamedTuple):
    """Signs and the days that cards cover of them."""

    signs: Signs
    covered: Covered


def world_of(signs: list[tuple[int, int]], cards: list[tuple[int, int]], customers: int) -> World:
    """Signs and cards of category 0, by customer and day since `SINCE`."""
    shown, cast = (np.array(one, dtype=np.int64).reshape(-1, 2).T for one in (signs, cards))
    bought, seen = (Purchased(who, np.zeros_like(who), SINCE + day, np.ones(len(who))) for who, day in (shown, cast))
    nobody = np.full((customers, 1), NEVER)
    evidence = replace(evidence_of(customers=customers, claims=[[0]], assigned=nobody, purchases=bought), cards=seen)
    return World(Signs.of(evidence).within(evidence.claims[0]), Covered.of(evidence, evidence.claims[0]))


def with_weekly_cards(rate: Floats, weeks: int) -> World:
    """Every sign brings a card a week; in the week after a card no sign counts, though it brings more cards."""
    rng = np.random.default_rng(4)
    following, cards_left = np.full(len(rate), DAYS), np.zeros(len(rate), np.int64)
    last = np.full(len(rate), -99)
    signs: list[tuple[int, int]] = []
    cards: list[tuple[int, int]] = []
    for day in range(DAYS):
        card = following == day
        cards += [(who, day) for who in np.flatnonzero(card).tolist()]
        last[card], cards_left[card] = day, cards_left[card] - 1
        following[card] = np.where(cards_left[card] > 0, day + 7, DAYS)
        sign: Bools = rng.random(len(rate)) < rate
        signs += [(who, day) for who in np.flatnonzero(sign & (day - last > 7)).tolist()]
        following[sign & (following == DAYS)] = day + 3
        cards_left[sign] = weeks
    return world_of(signs, cards, len(rate))


def shown_of(world: World, who: Bools, since: int) -> Floats:
    of = np.flatnonzero(who)
    return FirstSigns.of(world.signs, world.covered, of, np.full(len(of), since)).shown()


def leaving_out(world: World, who: Bools, since: int) -> float:
    """Signs for every 1000 days on which one would have counted, also those after the first sign."""
    of = np.flatnonzero(who)
    after, until = np.full(len(of), since), np.full(len(of), min(since + WINDOW_DAYS, AS_OF))
    days = until - after - world.covered.days(of, after, until)
    return float(1000 * (world.signs.count(of, after, until) > 0).sum() / days.sum())


@pytest.mark.parametrize("weeks", [4, 12, 60])
@pytest.mark.parametrize("ago", [185, 100])
def test_carriers_by_lot_show_as_much_as_the_others_whatever_cards_signs_bring(weeks: int, ago: int) -> None:
    rate = 0.004 * np.random.default_rng(1).gamma(1.3, 1 / 1.3, CUSTOMERS)
    world = with_weekly_cards(rate, weeks)
    ratios = []
    for seed in range(20):
        lot = np.random.default_rng(seed).random(CUSTOMERS) < 0.3
        carriers, others = (float(shown_of(world, who, AS_OF - ago)[-1]) for who in (lot, ~lot))
        ratios.append(carriers / others)
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.015)


def test_what_is_told_is_what_would_show_if_no_card_covered_anything() -> None:
    rate = np.full(CUSTOMERS, 0.005)
    world, everybody = with_weekly_cards(rate, 12), np.ones(CUSTOMERS, np.bool_)
    truth = 1 - 0.995**100
    assert shown_of(world, everybody, AS_OF - 100)[-1] == pytest.approx(truth, abs=0.01)
    assert leaving_out(world, everybody, AS_OF - 100) > 1.02 * 1000 * truth / 100


def test_what_cards_come_after_a_sign_changes_nothing() -> None:
    signs = [(0, 60), (1, 150), (2, 20)]
    plain, more = world_of(signs, [(3, 30)], 5), world_of(signs, [(3, 30), (0, 61), (0, 70), (1, 151)], 5)
    of, since = np.arange(5), np.full(5, SINCE + 10)
    found, again = (FirstSigns.of(*world, of, since) for world in (plain, more))
    assert all(np.array_equal(one, other) for one, other in zip(found, again, strict=True))


def test_who_is_covered_is_at_no_risk_and_comes_back() -> None:
    found = FirstSigns.of(*world_of([(0, 60)], [(1, 30)], 3), np.arange(3), np.full(3, SINCE + 10))
    assert found.at_risk[:19].tolist() == [3] * 19  # nobody's card is older than the day itself
    assert found.at_risk[20:28].tolist() == [2] * 8
    assert found.at_risk[28] == 3
    assert (found.at_risk[50], found.came[50], found.at_risk[51]) == (3, 1, 2)
    assert found.reach.tolist() == [3] * (WINDOW_DAYS + 1)


def test_a_sign_on_the_day_of_a_card_is_at_risk_of_itself() -> None:
    found = FirstSigns.of(*world_of([(0, 60)], [(0, 60)], 1), np.zeros(1, np.int64), np.array([SINCE]))
    assert (found.came[60], found.at_risk[60], found.at_risk[61]) == (1, 1, 0)
    assert found.shown()[60] == 1.0


@pytest.mark.parametrize("ago", [[185] * 400, [185] * 200 + [40] * 200])
def test_a_share_is_worth_as_many_as_its_error_says(ago: list[int]) -> None:
    days = np.array(ago)
    shares, worth = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        wait = rng.geometric(0.01, len(days))
        signs = [(who, DAYS - back + day) for who, (back, day) in enumerate(zip(days, wait, strict=True)) if day < back]
        found = FirstSigns.of(*world_of(signs, [], len(days)), np.arange(len(days)), AS_OF - days)
        shares.append(found.shown()[100])
        worth.append(found.worth(100))
    share = float(np.mean(shares))
    assert share == pytest.approx(1 - 0.99**100, abs=0.01)
    assert np.mean(worth) == pytest.approx(share * (1 - share) / np.var(shares), rel=0.25)


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def test_of_nothing_shown_those_followed_so_long_speak() -> None:
    found = FirstSigns.of(*world_of([(2, 0)], [], 3), ints(0, 1), ints(AS_OF - 200, AS_OF - 50))
    assert found.shown()[-1] == 0.0
    assert (found.worth(50), found.worth(51)) == (2.0, 1.0)

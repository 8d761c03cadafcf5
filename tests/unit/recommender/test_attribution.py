"""A purchase is credited to the last shelf click of its category in time, and classed by the cards seen before it."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from recommender.attribution import EXPOSED, HOLDOUT, ORGANIC, TIERS, Credit, Moments, attribute

DAY = 86_400_000_000
WINDOW, FAMILY = np.array([7, 30, 14]), np.array([0, 0, 1])


def moments(*rows: tuple[int, int, int, float, str]) -> Moments:
    """Customer, category, product, day and tier ("" none) of each."""
    columns = list(zip(*rows, strict=True)) or [()] * 5
    at = np.array([int(day * DAY) for day in columns[3]], dtype=np.int64)
    tier = np.array([TIERS.index(name) if name else -1 for name in columns[4]], dtype=np.int64)
    parts = (np.array(column, dtype=np.int64) for column in columns[:3])
    return Moments(*parts, at, at // DAY, np.arange(len(at)), tier)


def credit(purchases: Moments, clicks: Moments | None = None, cards: Moments | None = None) -> Credit:
    return attribute(purchases, clicks or moments(), cards or moments(), window=WINDOW, family=FAMILY)


def test_the_last_click_on_a_card_of_the_category_is_credited() -> None:
    clicks = moments(
        (0, 1, 10, 1, "fixed"), (0, 1, 11, 5, "migratable"), (0, 0, 12, 6, "fixed"), (1, 1, 10, 7, "fixed")
    )
    found = credit(moments((0, 1, 10, 8, "")), clicks)
    assert found.click.tolist() == [1]
    assert found.same.tolist() == [False]


@pytest.mark.parametrize(("day", "place"), [(8.0, 0), (7.5, 0), (8.99, 0), (9.0, -1)])
def test_the_window_of_the_category_counts_in_whole_days(day: float, place: int) -> None:
    assert credit(moments((0, 0, 5, day, "")), moments((0, 0, 5, 1.9, "fixed"))).click.tolist() == [place]


def test_a_click_after_the_purchase_credits_nothing_and_one_at_the_same_instant_does() -> None:
    bought = moments((0, 1, 5, 3, ""))
    assert credit(bought, moments((0, 1, 5, 3.1, "fixed"))).click.tolist() == [-1]
    assert credit(bought, moments((0, 1, 5, 3, "fixed"))).click.tolist() == [0]


def test_an_impression_alone_credits_nothing() -> None:
    found = credit(moments((0, 1, 5, 3, "")), cards=moments((0, 1, 5, 2, "fixed")))
    assert found.click.tolist() == [-1]
    assert found.exposure.tolist() == [EXPOSED]
    assert found.shown.tolist() == [0]


def test_a_personal_card_of_a_competing_category_exposes_and_a_public_one_holds_out() -> None:
    cards = moments((0, 1, 5, 2, "transferable"), (1, 1, 5, 2, "public"), (2, 1, 5, 2, "fixed"), (3, 1, 5, 2, "fixed"))
    bought = moments((0, 0, 9, 4, ""), (1, 0, 9, 4, ""), (2, 2, 9, 4, ""), (3, 0, 9, 10, ""))
    assert credit(bought, cards=cards).exposure.tolist() == [EXPOSED, HOLDOUT, ORGANIC, ORGANIC]


def test_one_personal_card_outweighs_many_neutral_ones() -> None:
    cards = moments((0, 0, 5, 2, "fixed"), (0, 0, 5, 3, "public"), (0, 0, 5, 4, "public"))
    assert credit(moments((0, 0, 5, 5, "")), cards=cards).exposure.tolist() == [EXPOSED]


def test_a_card_of_an_unknown_tier_counts_as_personal() -> None:
    assert credit(moments((0, 0, 5, 5, "")), cards=moments((0, 0, 5, 4, ""))).exposure.tolist() == [EXPOSED]


def test_the_order_of_the_rows_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    rows = [
        (int(rng.integers(2)), int(rng.integers(3)), int(rng.integers(4)), float(rng.integers(12)), "fixed")
        for _ in range(5)
    ]
    bought = moments((0, 0, 1, 9, ""), (0, 1, 2, 9, ""), (1, 2, 3, 11, ""))
    seen = set()
    for order in permutations(range(5)):
        clicks = moments(*(rows[place] for place in order))
        ranked = Moments(
            *(getattr(clicks, name) for name in ("customer", "category", "product", "at", "day")),
            np.array(order),
            clicks.tier,
        )
        seen.add(tuple(order[place] if place >= 0 else -1 for place in credit(bought, ranked).click.tolist()))
    assert len(seen) == 1


def test_nothing_is_credited_where_nothing_happened() -> None:
    assert credit(moments()).click.tolist() == []
    found = credit(moments((0, 0, 1, 1, "")))
    assert (found.click.tolist(), found.exposure.tolist(), found.shown.tolist()) == ([-1], [ORGANIC], [-1])

"""How unlike customers are in their rates is read off how soon the next sign comes after the second, third, fourth."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality._negative_binomial import shown_after
from recommender.tag_quality.repeats import RANKS, WINDOW_DAYS, Repeats
from recommender.tag_quality.spread_of_rates import FEWEST_CLAIMS, MOST, USUAL, spread_of_rates

CUSTOMERS = 4_000.0


def claims(shape: float, customers: float = CUSTOMERS) -> list[tuple[Repeats, float]]:
    """What is expected of gamma-distributed rates of a shape, by claim, whose preferences live for 240 days."""
    followed = np.zeros((len(RANKS), WINDOW_DAYS + 1))
    followed[:, -1] = customers * 0.4 ** np.arange(len(RANKS))
    shares = [
        np.array([shown_after(rate, shape, rank, 120.0)[-1] for rank in RANKS]) for rate in (0.002, 0.005, 0.01, 0.02)
    ]
    return [(Repeats(followed, followed[:, -1] * share, np.empty((0, 5)), 500), 240.0) for share in shares]


@pytest.mark.parametrize("shape", [0.6, 2.0, 8.0])
def test_the_shape_is_found_again(shape: float) -> None:
    assert spread_of_rates(claims(shape)) == pytest.approx(shape, rel=0.01)


def test_customers_who_are_all_alike_have_the_largest_shape() -> None:
    alike = [(claim._replace(again=claim.followed[:, -1] * 0.4), life) for claim, life in claims(2.0)]
    assert spread_of_rates(alike) > MOST / 2


def test_few_claims_or_few_repeats_leave_the_usual_shape() -> None:
    assert spread_of_rates(claims(8.0)[: FEWEST_CLAIMS - 1]) == USUAL
    assert spread_of_rates(claims(8.0, customers=20.0)) == USUAL
    assert spread_of_rates([]) == USUAL

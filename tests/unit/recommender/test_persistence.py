"""How long a preference lives is read off the thinning of its signs."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.evidence import Purchased
from recommender.tag_quality.persistence import Persistence
from recommender.training_data import Ints
from tests.unit.recommender.tag_world import AS_OF, evidence_of

CUSTOMERS, SINCE = 4_000, 300


def dying(life: float, rate: float = 1 / 30) -> tuple[Signs, Ints]:
    """Preferences that begin at random and live `life` days in the mean, with signs at `rate` a day; and the begins."""
    rng = np.random.default_rng(3)
    begin = rng.integers(SINCE, AS_OF - 100, CUSTOMERS)
    lived = rng.exponential(life, CUSTOMERS)
    customer = np.repeat(np.arange(CUSTOMERS), rng.poisson(lived * rate))
    day = (begin[customer] + rng.random(len(customer)) * lived[customer]).astype(np.int64)
    seen = day < AS_OF
    bought = Purchased(customer[seen], np.zeros(seen.sum(), np.int64), day[seen], np.ones(seen.sum()))
    world = evidence_of(customers=CUSTOMERS, claims=[[0]], assigned=begin[:, None], purchases=bought)
    return Signs.of(world).within(world.claims[0]), begin


@pytest.mark.parametrize("life", [60.0, 200.0, 800.0])
def test_the_chance_of_outliving_the_horizon_is_found(life: float) -> None:
    signs, begin = dying(life)
    usual = Persistence.of(signs, signs.customer, signs.day, 0.0).hazard()
    found = Persistence.of(signs, np.arange(CUSTOMERS), begin, 0.0).survival(usual)
    assert found == pytest.approx(np.exp(-180 / life), abs=0.1)


def test_a_tag_without_signs_has_the_life_of_everybody_who_shows_the_preference() -> None:
    signs, _ = dying(200.0)
    nobody = Persistence.of(signs, np.empty(0, np.int64), np.empty(0, np.int64), 0.0)
    assert nobody.survival(1 / 60) < nobody.survival(1 / 200) < nobody.survival(1 / 800)
    assert np.isnan(nobody.hazard())


def test_signs_that_go_on_without_the_preference_are_taken_off() -> None:
    signs, begin = dying(60.0)
    plain = Persistence.of(signs, np.arange(CUSTOMERS), begin, 0.0)
    noisy = Persistence(plain.seen + 0.01 * plain.days, plain.days, 0.01)
    assert noisy.survival(1 / 100) == pytest.approx(plain.survival(1 / 100), abs=0.05)

"""A tag whose carriers go on as they were known is calibrated, however few they are; one whose carriers stop is not."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.calibration import FEWEST, WINDOW_DAYS, Calibration
from recommender.tag_quality.evidence import NEVER, Evidence, Purchased
from recommender.tag_quality.tag_life import LARGEST_ERROR
from tests.unit.recommender.tag_world import AS_OF, CATEGORIES, evidence_of

CUT = AS_OF - WINDOW_DAYS
TASTE = (0.8, 1.6)


def world(seed: int, carriers: int, *, later: float | None = None, occasions: float = 6.0) -> Evidence:
    """Carriers with own shares of category 0, who go on with them after the cut, or all with the share `later`."""
    rng = np.random.default_rng(seed)
    share = rng.beta(*TASTE, carriers)
    customer = np.repeat(np.arange(carriers), 1 + rng.poisson(occasions, carriers))
    after = rng.random(len(customer)) < 0.4
    day = np.where(after, rng.integers(CUT + 1, AS_OF + 1, len(customer)), rng.integers(500, CUT + 1, len(customer)))
    chance = share[customer] if later is None else np.where(after, later, share[customer])
    category = np.where(rng.random(len(customer)) < chance, 0, rng.integers(1, CATEGORIES, len(customer)))
    bought = Purchased(customer, category, day, np.ones(len(customer)))
    assigned = np.full((carriers, 1), 400)
    return evidence_of(customers=carriers, claims=[[0]], assigned=assigned, purchases=bought)


def test_a_calibrated_tag_has_no_error_on_the_average_and_a_small_one_is_hardly_ever_condemned() -> None:
    found = [Calibration.of(world(seed, FEWEST + 10)) for seed in range(400)]
    known = np.array([(one.error[0], one.low[0]) for one in found if not np.isnan(one.error[0])])
    assert len(known) > 300
    assert abs(known[:, 0].mean()) < 0.01
    assert (known[:, 1] > LARGEST_ERROR).mean() < 0.002
    assert (known[:, 1] > 0).mean() < 0.06  # what the bound says of itself


def test_carriers_who_show_no_more_what_they_were_known_for_are_found() -> None:
    found = [Calibration.of(world(seed, 300, later=0.02)) for seed in range(20)]
    assert min(one.low[0] for one in found) > LARGEST_ERROR
    (error, low, carriers, shown) = (float(of[0]) for of in found[0])
    assert low < error < 1
    assert 0 <= shown < 0.2 * carriers


@pytest.mark.parametrize("carriers", [0, 20])
def test_of_too_few_carriers_nothing_is_known(carriers: int) -> None:
    assert np.isnan(Calibration.of(world(1, carriers)).error).all()


def test_what_came_before_the_assignment_or_to_others_tells_nothing() -> None:
    of = world(3, 300)
    late = evidence_of(customers=300, claims=[[0]], assigned=np.full((300, 1), CUT + 1), purchases=of.purchases)
    nobody = evidence_of(customers=300, claims=[[0]], assigned=np.full((300, 1), NEVER), purchases=of.purchases)
    for other in (late, nobody):
        assert np.isnan(Calibration.of(other).error).all()
    feature = evidence_of(customers=300, claims=[[]], assigned=of.assigned, purchases=of.purchases)
    assert np.isnan(Calibration.of(feature).error).all()


def test_the_first_part_alone_foretells_the_second() -> None:
    """With one occasion of everybody in the window the chances are the means of the Beta posteriors."""
    known = np.repeat(np.arange(200), 4)
    hits = np.tile([0, 0, 1, 1], 200)
    customer, day = np.append(known, np.arange(200)), np.append(np.full(800, 600), np.full(200, CUT + 9))
    category = np.append(hits, np.tile([0, 1], 100))
    bought = Purchased(customer, category, day, np.ones(1_000))
    found = Calibration.of(evidence_of(customers=200, claims=[[0]], assigned=np.full((200, 1), 400), purchases=bought))
    assert (found.carriers[0], found.shown[0]) == (200, 100)
    assert found.error[0] == pytest.approx(-np.sqrt(2 / np.pi * 0.25 / 40), abs=2e-3)  # all of ½, and half of them did
